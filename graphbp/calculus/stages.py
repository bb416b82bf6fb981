"""Gradients in stages: where all of an input's influence passes through one named part u, ∂l/∂u comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphbp.calculus.lines import Chain, Definition, GradientRule, Line, Rule
from graphbp.notation.prose import prose
from graphbp.notation.tree import Einsum, Entry, Expr, Partial, Symbol, substitute, symbols, transform, walk


def separating_part(definition: Definition, wrt: str) -> Definition | None:
    """The first named part through which all of the input's influence passes, if there is one."""
    for part in definition.parts:
        if _reached(definition, wrt, None, part) and not _reached(definition, wrt, part, definition):
            return part
    return None


def _reached(definition: Definition, wrt: str, without: Definition | None, goal: Definition) -> bool:
    """Whether the goal's formula changes with the input when one part is held fixed."""
    changes = {wrt}
    for part in definition.parts:
        if part is goal:
            break
        if part is not without and changes & set(symbols(part.body)):
            changes.add(part.name)
    return bool(changes & set(symbols(goal.body)))


def staged(definition: Definition, first: GradientRule, second: GradientRule, loss: str) -> GradientRule:
    """One rule from ∂l/∂u and from the way back through u."""
    name, known = second.upstream, Partial(Symbol(loss), Symbol(first.wrt))
    entry = with_gradient(second.entry, name, known)
    layer = None if second.layer is None else with_gradient(second.layer, name, known)
    lines = [
        Line(with_gradient(line.expr, name, known), line.rule, with_gradient_prose(line.reason, name, known))
        for line in second.chain.lines
    ]
    whole = layer if layer is None or first.layer is None else substitute(layer, {known: first.layer})
    if whole is not None and whole != layer and second.indices:
        lines.append(Line(Entry(whole, second.indices), Rule.SUBSTITUTE, prose("insert {known}", known=known)))
    found = Definition(name, first.indices, first.entry, written=first.layer)
    return replace(
        second,
        definition=replace(definition, parts=_parts(definition, first, second)),
        upstream=first.upstream,
        entry=entry,
        layer=whole,
        chain=Chain(second.chain.left, tuple(lines)),
        remark=with_gradient_prose(second.remark, name, known),
        helpers=(*first.helpers, found, *second.helpers),
        stages=(*first.stages, replace(first, stages=())),
    )


def _parts(definition: Definition, first: GradientRule, second: GradientRule) -> tuple[Definition, ...]:
    """The parts as the two rules hold them, with their layer forms."""
    known = {part.name: part for part in (*first.definition.parts, *second.definition.parts)}
    return tuple(known.get(part.name, part) for part in definition.parts)


def with_gradient(term: Any, name: str, known: Partial) -> Any:
    """A term with ∂l/∂u in the place of the symbol that stood for it."""

    def change(part: Any) -> Any:
        if part == Symbol(name):
            return known
        if isinstance(part, Entry) and part.base == known:
            return Partial(known.y, replace(part, base=known.x))
        return part

    return transform(term, change)


def with_gradient_prose(reason: tuple[Any, ...], name: str, known: Partial) -> tuple[Any, ...]:
    """The same inside a sentence."""
    return tuple(
        piece if isinstance(piece, str) or not hasattr(piece, "__dataclass_fields__") else _in_piece(piece, name, known)
        for piece in reason
    )


def _in_piece(piece: Any, name: str, known: Partial) -> Any:
    if isinstance(piece, Expr):
        return with_gradient(piece, name, known)
    if hasattr(piece, "rights"):
        rights = tuple(with_gradient(right, name, known) for right in piece.rights)
        return replace(piece, left=with_gradient(piece.left, name, known), rights=rights)
    return piece


def shorter(direct: GradientRule, other: GradientRule) -> GradientRule:
    """The rule with the shorter layer form; the staged one if they are equally long."""
    forms = (_closed_layer(direct), _closed_layer(other))
    if forms[0] is None and forms[1] is None:
        return (
            direct
            if _length(direct.entry) < _length(other.entry) + sum(_length(stage.entry) for stage in other.stages)
            else other
        )
    if forms[1] is None or (forms[0] is not None and _length(forms[1]) > _length(forms[0])):
        return direct
    return other


def _closed_layer(rule: GradientRule) -> Expr | None:
    """The layer form, if it does not speak of a gradient that has none."""
    known = {part.name for part in rule.helpers}
    unknown = rule.layer is None or any(
        isinstance(part, Partial) and _gradient_name(part) in known for part in walk(rule.layer)
    )
    return None if unknown else rule.layer


def _gradient_name(part: Partial) -> str:
    return f"d{part.y.name}/d{part.x.name}" if isinstance(part.y, Symbol) and isinstance(part.x, Symbol) else ""


def _length(expr: Expr) -> int:
    """How long a formula is to read."""
    return sum(10 if isinstance(part, Einsum) else 1 for part in walk(expr))
