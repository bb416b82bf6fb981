"""From an operation's definition to the index form that the calculus differentiates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphbp.calculus.lines import Definition, Fact
from graphbp.graph.shape import Shape
from graphbp.notation.tree import Expr, Index, Symbol, walk
from graphbp.ops.base import Elementwise, Op
from graphbp.ops.operand import Operand, fresh, rename_indices, with_sizes


def index_form(
    op: Op, shapes: Sequence[Shape], attrs: Mapping[str, Any], names: Sequence[str] | None = None, output: str = ""
) -> Definition:
    """The definition of `op` over inputs of the given shapes; letters keep clear of all names."""
    chosen = _distinct(names or op.input_names(attrs)[: len(shapes)])
    operands = [Operand(name, tuple(shape)) for name, shape in zip(chosen, shapes, strict=True)]
    shape = op.infer(*shapes, **attrs)
    result = output or fresh("Z" if shape else "a", chosen)
    at = op.output_letters(shape, shapes)
    plain = _over_numbers(op, at, operands, attrs) if isinstance(op, Elementwise) else None
    body = plain if plain is not None else op.definition(at, *operands, **attrs)
    table = {operand.name: operand.shape for operand in operands}
    known = dict(table)
    sized = [_sized_part(part, known) for part in op.parts(*operands, **attrs)]
    raw = Definition(
        result,
        at,
        with_sizes(body, known, at),
        table,
        tuple(sized),
        _facts(op, result, at, operands, attrs),
        op.first_winner,
    )
    return clear_of(raw, {*known, result, *_size_letters(shapes)})


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, a repeated one marked with primes: x * x has two slots."""
    result: list[str] = []
    for name in names:
        primes = 0
        while name + "'" * primes in result:
            primes += 1
        result.append(name + "'" * primes)
    return result


def _over_numbers(
    op: Elementwise, at: tuple[Index, ...], operands: Sequence[Operand], attrs: Mapping[str, Any]
) -> Expr:
    return op.definition(*(aligned(operand, at) for operand in operands), **attrs)


def aligned(operand: Operand, at: tuple[Index, ...]) -> Expr:
    """The operand's entry at output indices, as broadcasting pairs them."""
    letters = at[len(at) - operand.rank :]
    places = [
        0 if size == 1 and letter.size != 1 else letter for letter, size in zip(letters, operand.shape, strict=True)
    ]
    return operand.at(*places)


def _facts(
    op: Op, result: str, at: tuple[Index, ...], operands: Sequence[Operand], attrs: Mapping[str, Any]
) -> tuple[Fact, ...]:
    if not isinstance(op, Elementwise):
        return ()
    output = Operand(result, tuple(index.size or 1 for index in at)).at(*at) if at else Symbol(result)
    return op.facts(output, *(aligned(operand, at) for operand in operands), **attrs)


def _shape(part: Definition) -> Shape:
    return tuple(index.size if index.size is not None else 1 for index in part.indices)


def _sized_part(part: Definition, known: dict[str, Shape]) -> Definition:
    """The part with its sizes; its own shape becomes known to the parts and the body that follow."""
    sized = replace(part, body=with_sizes(part.body, known, part.indices), shapes=dict(known))
    known[part.name] = _shape(part)
    return sized


def _size_letters(shapes: Iterable[Shape]) -> set[str]:
    return {size for shape in shapes for size in shape if isinstance(size, str)}


def clear_of(definition: Definition, taken: Collection[str]) -> Definition:
    """The definition with index letters exchanged that are also names of something else."""
    letters = {part.name for part in walk(definition.body) if isinstance(part, Index)} | {
        index.name for index in definition.indices
    }
    for part in definition.parts:
        letters |= {item.name for item in walk(part.body) if isinstance(item, Index)} | {
            index.name for index in part.indices
        }
    table: dict[str, str] = {}
    for letter in sorted(letters.intersection(taken)):
        table[letter] = fresh(letter, {*taken, *letters, *table.values()})
    return _renamed(definition, table) if table else definition


def _renamed(definition: Definition, table: Mapping[str, str]) -> Definition:
    return replace(
        definition,
        indices=tuple(Index(table.get(index.name, index.name), index.size) for index in definition.indices),
        body=rename_indices(definition.body, table),
        parts=tuple(_renamed(part, table) for part in definition.parts),
        facts=tuple(
            Fact(rename_indices(f.left, table), rename_indices(f.right, table), f.reason) for f in definition.facts
        ),
    )
