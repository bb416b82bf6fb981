"""Gradients beside difference quotients of the loss itself, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from graphbp.document.outcome import Comparison
from graphbp.engine import Result, run
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle

STEP = 1e-4
MOST_ENTRIES = 64
KINK = 1e-3


def comparisons(network: Network, result: Result, names: Iterable[str]) -> tuple[Comparison, ...]:
    """One comparison for each leaf among the names; large arrays and what has no number are left out."""
    if result.loss is None:
        return ()
    return tuple(_worst(network, result, name) for name in names if _comparable(network, result, name))


def _comparable(network: Network, result: Result, name: str) -> bool:
    """Whether the node can be moved and its gradient is known."""
    found = result.get(name)
    return (
        found is not None
        and network.graph[name].leaf
        and found.gradient is not None
        and np.size(found.value) <= MOST_ENTRIES
    )


def _worst(network: Network, result: Result, name: str) -> Comparison:
    """The entry at which gradient and difference quotient differ most."""
    return max(_entries(network, result, name), key=lambda comparison: (bool(comparison.kink), comparison.error))


def _entries(network: Network, result: Result, name: str) -> Iterator[Comparison]:
    value, gradient = np.asarray(result[name].value, dtype=float), np.asarray(result[name].gradient, dtype=float)
    middle = float(result.loss)  # type: ignore[arg-type]
    for place in np.ndindex(value.shape):
        width = STEP * max(1.0, abs(float(value[place])))
        outer, inner = ([_moved(network, name, value, place, sign * h) for sign in (1, -1)] for h in (width, width / 2))
        rough, fine = ((ahead - behind) / (2 * h) for (ahead, behind), h in ((outer, width), (inner, width / 2)))
        sides = (inner[0] - middle) / (width / 2), (middle - inner[1]) / (width / 2)
        yield Comparison(
            name, place, float(gradient[place]), (4 * fine - rough) / 3, _kink(sides, float(gradient[place]))
        )


def _moved(network: Network, name: str, value: np.ndarray, place: tuple[int, ...], by: float) -> float:
    """The loss with one entry moved."""
    changed = value.copy()
    changed[place] += by
    return float(run(network, {name: changed if changed.shape else float(changed)}).loss)  # type: ignore[arg-type]


def _kink(sides: tuple[float, float], chosen: float) -> str:
    """What to say where the slopes on both sides differ, else nothing."""
    if abs(sides[0] - sides[1]) <= KINK * max(1.0, *map(abs, sides)):
        return ""
    right, left, taken = map(NumberStyle().show, (*sides, chosen))
    return f"the slope is {left} on the left and {right} on the right; {taken} is chosen"
