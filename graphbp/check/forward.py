"""Wrong values: the formula of a node, or the update of a weight, with one mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from graphbp.check.claim import LEARNING_RATE, UPDATE
from graphbp.check.repairs import linked, swapped
from graphbp.check.truth import World
from graphbp.graph import Graph
from graphbp.notation.tree import (
    Add,
    Call,
    Div,
    Entry,
    Expr,
    MatMul,
    Mul,
    Neg,
    Number,
    Partial,
    Pow,
    Symbol,
    Transpose,
    substitute,
    walk,
)

Wrong = tuple[str, str, str, Expr]
"""Kind, node, what went wrong, and the formula that comes out."""


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a formula exchanged for another, and which mistake that is."""

    kind: str
    says: str
    old: Expr
    new: Expr


def wrong_formulas(world: World, left: Expr) -> Iterator[Wrong]:
    """The node's own formula, or that of a node in it, changed at one place."""
    base = left.base if isinstance(left, Entry) else left
    name = base.name if isinstance(base, Symbol) else ""
    formula = world.network.formulas.get(name)
    if formula is None:
        return
    for change in changes(world, formula):
        yield change.kind, name, change.says, _like(left, swapped(formula, change.old, change.new))
    for inner in world.plan.graph.named_inputs.get(name, ()):
        deeper = world.network.formulas.get(inner)
        if deeper is not None:
            for change in changes(world, deeper):
                wrong = substitute(formula, {Symbol(inner): swapped(deeper, change.old, change.new)})
                yield change.kind, inner, change.says, _like(left, wrong)


def _like(left: Expr, formula: Expr) -> Expr:
    """The formula, or the entry of it that is asked for."""
    return Entry(formula, left.subs, "zero") if isinstance(left, Entry) else formula


def changes(world: World, formula: Expr) -> Iterator[Change]:
    """Single changes of a formula, as people make them when they copy or compute it."""
    for part in walk(formula):
        rule = RULES.get(type(part))
        if rule is not None:
            yield from rule(part)
        if isinstance(part, Symbol):
            yield from _other_names(world.plan.graph, part)


def _sums(part: Add) -> Iterator[Change]:
    for place, term in enumerate(part.terms):
        turned = term.x if isinstance(term, Neg) else Neg(term)
        signed = Add((*part.terms[:place], turned, *part.terms[place + 1 :]))
        yield Change("wrong-definition", "A term of the formula is missing.", part, _without(part, part.terms, place))
        yield Change("sign", "The sign of a term is turned.", part, signed)


def _products(part: Mul) -> Iterator[Change]:
    for place in range(len(part.factors)):
        yield Change("missing-factor", "A factor of the formula is missing.", part, _without(part, part.factors, place))


def _without(part: Add | Mul, items: tuple[Expr, ...], place: int) -> Expr:
    rest = (*items[:place], *items[place + 1 :])
    return rest[0] if len(rest) == 1 else type(part)(rest)


def _calls(part: Call) -> Iterator[Change]:
    if part.function in POOLS:
        yield Change("missing-mean", "The mean divides by the size of the window.", part, _times_window(part))
    if len(part.args) != 1:
        return
    yield Change("wrong-definition", f"The function {part.function} is missing.", part, part.args[0])
    for other in COMMON:
        if other != part.function:
            yield Change("wrong-definition", f"The function is not {other}.", part, Call(other, part.args))
    if part.function == "mean":
        yield Change("missing-mean", "The value is a mean.", part, Call("sum", part.args, part.options))
    if part.function == "sum":
        yield Change("extra-mean", "The value is a sum.", part, Call("mean", part.args, part.options))


def _times_window(part: Call) -> Expr:
    """A pooled mean times the number of places in its window: their sum."""
    given = dict(part.options).get("size", part.args[1] if len(part.args) > 1 else Number(1))
    numbers = [one.value for one in walk(given) if isinstance(one, Number)] if isinstance(given, Expr) else []
    if isinstance(given, int | tuple | list):
        numbers = list(given) if isinstance(given, tuple | list) else [given]
    return Mul((Number(prod(numbers) if len(numbers) > 1 else numbers[0] ** 2), part))


def _quotients(part: Div) -> Iterator[Change]:
    yield Change("missing-factor", "A division of the formula is missing.", part, part.num)


def _powers(part: Pow) -> Iterator[Change]:
    yield Change("wrong-definition", "The power is missing.", part, part.base)


def _transposes(part: Transpose) -> Iterator[Change]:
    yield Change("transposed", "A transposition is missing.", part, part.x)


def _matrix_products(part: MatMul) -> Iterator[Change]:
    if len(part.factors) == 2:
        a, b = part.factors
        yield Change("transposed", "A matrix is transposed.", part, MatMul((Transpose(a), b)))
        yield Change("transposed", "A matrix is transposed.", part, MatMul((a, Transpose(b))))
        yield Change("order-of-operations", "The factors stand in the wrong order.", part, MatMul((b, a)))


def _other_names(graph: Graph, part: Symbol) -> Iterator[Change]:
    """Another node of the same shape in the place of one."""
    if part.name not in graph or not graph[part.name].named:
        return
    for node in graph.named:
        if node.id != part.name and node.shape == graph[part.name].shape:
            kind = "activation-for-preactivation" if linked(graph, node.id, part.name) else "wrong-index"
            yield Change(kind, f"In the place of {part.name} stands {node.id}.", part, Symbol(node.id))


COMMON = ("sigmoid", "tanh", "relu", "exp")
POOLS = ("avg_pool2d",)

RULES: Mapping[type, Callable[[Any], Iterator[Change]]] = {
    Add: _sums,
    Mul: _products,
    Call: _calls,
    Div: _quotients,
    Pow: _powers,
    Transpose: _transposes,
    MatMul: _matrix_products,
}
"""Which changes each kind of formula invites."""


def wrong_updates(world: World, left: Expr) -> Iterator[Wrong]:
    """An updated weight with one mistake in the rule of the update."""
    if not isinstance(left, Call) or left.function != UPDATE:
        return
    weight = left.args[0]
    base = weight.base if isinstance(weight, Entry) else weight
    name = base.name if isinstance(base, Symbol) else ""
    total = world.network.total_formula
    slope: Expr = Partial(Symbol(total[0] if total and world.network.rows else world.network.loss_name), weight)
    rate: Expr = Symbol(LEARNING_RATE)
    step = Mul((rate, slope))
    yield "sign", name, "A weight moves against its gradient.", Add((weight, step))
    yield "missing-factor", name, "The learning rate is missing.", Add((weight, Neg(slope)))
    yield "missing-factor", name, "The learning rate is missing, and the sign is turned.", Add((weight, slope))
    yield "wrong-definition", name, "The step alone is not the new weight.", Neg(step)
    yield "wrong-definition", name, "The step alone is not the new weight.", step
    yield (
        "value-for-gradient",
        name,
        "The value of the weight stands where its gradient belongs.",
        Add((weight, Neg(Mul((rate, weight))))),
    )
    yield "extra-factor", name, "The step is taken twice.", Add((weight, Neg(Mul((Number(2), step)))))
    yield "value-for-gradient", name, "This is the old weight.", weight
