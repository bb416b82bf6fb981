"""Wrong values: the formula of a node, or the update of a weight, with one mistake."""

from __future__ import annotations

from collections.abc import Iterator

from graphbp.check.claim import LEARNING_RATE, UPDATE
from graphbp.check.repairs import linked, swapped
from graphbp.check.truth import World
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
    walk,
)

Wrong = tuple[str, str, str, Expr]


def wrong_formulas(world: World, left: Expr) -> Iterator[Wrong]:
    """The node's own formula, changed at one place."""
    name = left.name if isinstance(left, Symbol) else ""
    formula = world.network.formulas.get(name)
    if formula is None:
        return
    for kind, says, old, new in _changes(world, formula):
        yield kind, name, says, swapped(formula, old, new)
    for inner in world.plan.graph.named_inputs.get(name, ()):
        deeper = world.network.formulas.get(inner)
        if deeper is not None:
            for kind, says, old, new in _changes(world, deeper):
                yield kind, inner, says, _put(formula, inner, swapped(deeper, old, new))


def _put(formula: Expr, name: str, value: Expr) -> Expr:
    from graphbp.notation.tree import substitute

    return substitute(formula, {Symbol(name): value})  # type: ignore[no-any-return]


def _changes(world: World, formula: Expr) -> Iterator[tuple[str, str, Expr, Expr]]:
    graph = world.plan.graph
    for part in walk(formula):
        if isinstance(part, Add):
            for place, term in enumerate(part.terms):
                rest = (*part.terms[:place], *part.terms[place + 1 :])
                yield (
                    "wrong-definition",
                    "A term of the formula is missing.",
                    part,
                    rest[0] if len(rest) == 1 else Add(rest),
                )
                turned = term.x if isinstance(term, Neg) else Neg(term)
                yield (
                    "sign",
                    "The sign of a term is turned.",
                    part,
                    Add((*part.terms[:place], turned, *part.terms[place + 1 :])),
                )
        if isinstance(part, Mul):
            for place in range(len(part.factors)):
                rest = (*part.factors[:place], *part.factors[place + 1 :])
                yield (
                    "missing-factor",
                    "A factor of the formula is missing.",
                    part,
                    rest[0] if len(rest) == 1 else Mul(rest),
                )
        if isinstance(part, Call) and len(part.args) == 1:
            yield "wrong-definition", f"The function {part.function} is missing.", part, part.args[0]
            for other in ("sigmoid", "tanh", "relu", "exp"):
                if other != part.function:
                    yield "wrong-definition", f"The function is not {other}.", part, Call(other, part.args)
            if part.function == "mean":
                yield "missing-mean", "The value is a mean.", part, Call("sum", part.args, part.options)
            if part.function == "sum":
                yield "extra-mean", "The value is a sum.", part, Call("mean", part.args, part.options)
        if isinstance(part, Div):
            yield "missing-factor", "A division of the formula is missing.", part, part.num
        if isinstance(part, Pow):
            yield "wrong-definition", "The power is missing.", part, part.base
        if isinstance(part, Transpose):
            yield "transposed", "A transposition is missing.", part, part.x
        if isinstance(part, MatMul) and len(part.factors) == 2:
            a, b = part.factors
            yield "transposed", "A matrix is transposed.", part, MatMul((Transpose(a), b))
            yield "transposed", "A matrix is transposed.", part, MatMul((a, Transpose(b)))
            yield "order-of-operations", "The factors stand in the wrong order.", part, MatMul((b, a))
        if isinstance(part, Symbol) and part.name in graph and graph[part.name].named:
            for node in graph.named:
                if node.id != part.name and node.shape == graph[part.name].shape:
                    kind = "activation-for-preactivation" if linked(graph, node.id, part.name) else "wrong-index"
                    yield kind, f"In the place of {part.name} stands {node.id}.", part, Symbol(node.id)


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
