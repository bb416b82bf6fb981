"""Gradients beside difference quotients of the loss itself, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from graphbp.document.outcome import Comparison
from graphbp.engine import Result
from graphbp.engine.differences import central_difference
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle

MOST_ENTRIES = 64
BUDGET = 400_000
"""Entries times nodes: what comes later than that is left out, so that no page takes minutes."""


def comparisons(network: Network, result: Result, names: Iterable[str]) -> tuple[Comparison, ...]:
    """One comparison for each leaf among the names, as many as the budget allows; large arrays are left out."""
    if result.loss is None and (not network.givens or None in network.givens.values()):
        return ()
    movable = [name for name in names if _comparable(network, result, name)]
    costs = np.cumsum([np.size(result[name].value) * len(network.graph) for name in movable])
    return tuple(_worst(network, result, name) for name, cost in zip(movable, costs, strict=True) if cost <= BUDGET)


def _comparable(network: Network, result: Result, name: str) -> bool:
    """Whether the node can be moved and its gradient is known."""
    if name not in result or not network.graph[name].leaf:
        return False
    return result[name].gradient is not None and np.size(result[name].value) <= MOST_ENTRIES


def _worst(network: Network, result: Result, name: str) -> Comparison:
    """The entry at which gradient and difference quotient differ most; an entry at a kink comes first."""
    found = central_difference(network, name)
    gradient = np.asarray(result[name].gradient, dtype=float)
    numeric, kinks = np.asarray(found.value), np.asarray(found.kinks)
    pairs = [
        Comparison(name, place, float(gradient[place]), float(numeric[place]), bool(kinks[place]))
        for place in np.ndindex(gradient.shape)
    ]
    worst = max(pairs, key=lambda comparison: (comparison.kink, comparison.error))
    if not worst.kink:
        return worst
    sides = (float(np.asarray(side)[worst.place]) for side in (found.left, found.right))
    left, right, taken = map(NumberStyle().show, (*sides, worst.analytic))
    return worst.remarked(f"the slope is {left} on the left and {right} on the right; {taken} is chosen")
