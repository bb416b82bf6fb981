"""Steps between arrays: the entry of the gradient, then the form that a layer's formula gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.calculus.lines import Rule
from graphbp.derive import words
from graphbp.derive.figures import literal, printable, spell, with_numbers
from graphbp.derive.local import PullBack, entry_of, pull_back
from graphbp.derive.steps import Step
from graphbp.errors import UsageError
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.plain import PlainWriter
from graphbp.notation.prose import Prose, prose
from graphbp.notation.smart import add
from graphbp.notation.tree import (
    Equation,
    Expr,
    Mark,
    Partial,
    Symbol,
    Transpose,
    rebuild,
    walk,
)  # fmt: skip

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep


def array_lines(sweep: Sweep, node: str, consumers: Sequence[str]) -> list[Step]:
    """The lines of a step in which arrays occur."""
    shares = {c: pull_back(sweep.network, c, node) for c in consumers}
    made: list[Step] = []
    for consumer, share in shares.items():
        if sweep.detail != "brief":
            made += _entry_lines(sweep, node, consumer, share, len(consumers) > 1)
    total = add(*(_final(sweep, node, consumer, share) for consumer, share in shares.items()))
    made.append(_layer_line(sweep, node, consumers, shares, total))
    return made


def _entry_lines(sweep: Sweep, node: str, consumer: str, share: PullBack, several: bool) -> list[Step]:
    """The chain rule over all entries of the consumer, and what is left of it."""
    left = Partial(sweep.loss, entry_of(node, share.rule.indices))
    lines = [line for line in share.rule.chain.lines]
    shown = lines if sweep.detail == "full" else _essential(lines)
    through: Prose = prose("through {c}: ", c=Symbol(consumer)) if several else ()
    made = (
        []
        if consumer == sweep.loss.name or not share.rule.indices
        else [_chain_line(sweep, node, consumer, share, left, through)]
    )
    for line in shown:
        right = share.named(line.expr)
        if not made or made[-1].claim.rights[-1] != right:
            made.append(Step("", line.rule, node, Equation(left, (right,)), line.reason))
    return made


def _chain_line(sweep: Sweep, node: str, consumer: str, share: PullBack, left: Expr, through: Prose) -> Step:
    first = share.rule.chain.lines[0]
    return Step("", Rule.CHAIN, node, Equation(left, (share.named(first.expr),)), (*through, *first.reason))


def _essential(lines: Sequence[Any]) -> list[Any]:
    """The first line and the last one."""
    return [lines[-1]] if lines else []


def _final(sweep: Sweep, node: str, consumer: str, share: PullBack) -> Expr:
    """The share as a formula for the whole array.

    Raises: UsageError if the calculus found no layer form and the gradient is an array.
    """
    expr = share.rule.layer if share.rule.layer is not None else None if share.rule.indices else share.rule.entry
    if expr is None:
        raise UsageError(
            f"the gradient of {consumer} with respect to {node} has no matrix form", fix="use --reading entry"
        )
    return _coloured(share.named(expr), sweep)


def _coloured(expr: Expr, sweep: Sweep) -> Expr:
    """Upstream gradients in the colour of the backward pass."""

    def change(part: Any) -> Any:
        if isinstance(part, Partial):
            return Mark(part, "backward")
        return rebuild(part, change)

    return change(expr)  # type: ignore[no-any-return]


def _layer_line(sweep: Sweep, node: str, consumers: Sequence[str], shares: Mapping[str, PullBack], total: Expr) -> Step:
    if len(consumers) > 1:
        reason: Prose = words.chain_reason(sweep.network, node, consumers)
        rule = Rule.SEVERAL_PATHS
    else:
        share = shares[consumers[0]]
        reason = share.rule.remark or ("all entries at once",)
        rule = Rule.RECOGNISE
    return Step(
        "", rule, node, Equation(sweep.gradient(node), (total,)), reason, shapes=factor_shapes(sweep.network, total)
    )


def factor_shapes(network: Network, formula: Expr) -> Mapping[str, Shape]:
    """The shape of every name, transpose and gradient in the formula, by its spelling in the formula language."""
    writer = PlainWriter()
    table: dict[str, Shape] = {}
    for part in walk(formula):
        shape = _shape(network, part)
        if shape is not None:
            table[writer.write(part)] = shape
    return table if any(table.values()) else {}


def _shape(network: Network, part: Any) -> Shape | None:
    if isinstance(part, Symbol) and part.name in network.graph:
        return network.shape(part.name)
    if isinstance(part, Partial):
        return _shape(network, part.x)
    if isinstance(part, Mark):
        return None
    if isinstance(part, Transpose):
        inner = _shape(network, part.x.x if isinstance(part.x, Mark) else part.x)
        return None if inner is None else (*inner[:-2], *reversed(inner[-2:]))
    return None


def array_numbers(sweep: Sweep, node: str, formula: Expr) -> Equation | None:
    """The layer formula with matrices put in, if all are small enough to print."""
    from graphbp.derive.figures import gradient_name
    from graphbp.notation.tree import symbols

    env, value = sweep.env, sweep.env[gradient_name(sweep.loss.name, node)]
    used = [env[name] for name in symbols(formula) if name in env and name != sweep.loss.name]
    gradients = [
        env[gradient_name(part.y.name, part.x.name)]
        for part in walk(formula)
        if isinstance(part, Partial) and isinstance(part.x, Symbol) and isinstance(part.y, Symbol)
    ]
    if not all(printable(x) for x in (*used, *gradients, value)):
        return None
    inserted = spell(with_numbers(formula, env, sweep.exact), sweep.digits)
    return Equation(sweep.gradient(node), (inserted, Mark(spell(literal(np.asarray(value)), sweep.digits), "result")))
