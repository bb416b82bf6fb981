"""One operation as a page: what it computes, its gradient from the definition, defaults and kinks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphbp import ops
from graphbp.calculus.lines import Chain, Definition, GradientRule
from graphbp.document.tree import Block, Document, EquationRow, Equations, Heading, Note, Paragraph, StepBlock, StepLine
from graphbp.errors import GraphbpError
from graphbp.graph import Shape
from graphbp.notation.names import Names
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Entry, Expr, Mark, Symbol
from graphbp.ops import REQUIRED, Op

SIGNATURE = re.compile(r"\(([^()]*)\)")


def summary(name: str) -> str:
    """What an operation does, in one sentence.

    >>> summary("sigmoid")
    'Logistic function, squashes a real number into (0, 1).'
    """
    return _words(ops.get(name)).split("  ")[0]


def operation_document(name: str) -> Document:
    """The page of an operation.

    Raises: NameProblem if there is none of that name.
    """
    op = ops.get(name)
    return Document((name,), tuple(_blocks(op)), (summary(name),), names=Names())


def _words(op: Op) -> str:
    return " ".join(line.strip() for line in (op.__doc__ or "").split("\n\n")[0].strip().splitlines())


def _blocks(op: Op) -> Iterator[Block]:
    rest = _words(op).partition("  ")[2].strip()
    yield Paragraph((f"Written {op.name}({op.signature}). {rest}".strip(),))
    if op.kink:
        yield Paragraph((f"Where no derivative exists: {op.kink}.",))
    shapes = example_shapes(op)
    if shapes is None:
        return
    definition = op.index_form(shapes)
    yield Heading(("Definition",))
    yield Equations(tuple(EquationRow(_left(part), (part.body,)) for part in (*definition.parts, definition)))
    for slot, wrt in enumerate(tuple(definition.shapes)):
        if op.differentiable(slot, shapes, op.complete({})):
            yield from _gradient(op, slot, wrt, shapes)
    if op.why:
        yield Note((op.why.replace("{a}", definition.name),))


def _left(definition: Definition) -> Expr:
    return Entry(Symbol(definition.name), definition.indices) if definition.indices else Symbol(definition.name)


def _gradient(op: Op, slot: int, wrt: str, shapes: tuple[Shape, ...]) -> Iterator[Block]:
    """The derivation of one input's gradient, line by line."""
    try:
        rule = op.rule(slot, shapes)
    except GraphbpError:
        return
    yield Heading(("The gradient for ", Symbol(wrt)))
    yield StepBlock(1, f"{wrt}.local", _local_title(rule), tuple(_lines(rule.lemmas)))
    title: Prose = ("Times the upstream gradient ", Symbol(rule.upstream))
    yield StepBlock(2, f"{wrt}.chain", title, tuple(_lines((rule.chain,))))
    if rule.remark:
        yield Note(rule.remark)


def _local_title(rule: GradientRule) -> Prose:
    return "How does one output react to ", Symbol(rule.wrt), "?"


def _lines(chains: tuple[Chain, ...]) -> Iterator[StepLine]:
    for chain in chains:
        for place, line in enumerate(chain.lines):
            right = Mark(line.expr, "result") if place == len(chain.lines) - 1 else line.expr
            yield StepLine((right,), line.reason, chain.left if place == 0 else None)


def example_shapes(op: Op) -> tuple[Shape, ...] | None:
    """Shapes for which the operation can be shown: those of its documentation, else numbers, else vectors."""
    if any(value is REQUIRED for value in op.attrs.values()):
        return None
    count = len(op.inputs)
    written = SIGNATURE.findall(_words(op).partition("Shapes:")[2].partition("->")[0])
    documented = tuple(tuple(size.strip() for size in shape.split(",") if size.strip()) for shape in written)
    for shapes in (documented, ((),) * count, (("n",),) * count):
        if len(shapes) == count and _fits(op, shapes):
            return shapes
    return None


def _fits(op: Op, shapes: tuple[Shape, ...]) -> bool:
    try:
        op.index_form(shapes)
    except GraphbpError:
        return False
    return True


