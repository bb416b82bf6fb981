"""Sides that are tiny at all points: gradients that vanish in a deep network, or what rounding left of a zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from graphbp.check.compare import Comparison, compare, fitted
from graphbp.check.examples import Examples
from graphbp.check.finding import Relation, single_pair
from graphbp.check.sides import Manner, side
from graphbp.check.truth import Cloud, backward
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Expr, walk

NUDGE = 1e-12
"""A change of the inputs that moves a number by about as much, and throws what rounding left about."""
JUMP, SOME = 1e-3, 0.2
"""A side that jumps by more than this share of itself, at more than a few points, is made of rounding errors."""
FAR = 100.0
"""Differences beyond so many times what rounding does are differences."""


def closely(
    relation: Relation, cloud: Cloud, manner: Manner, found: Comparison, claimed: np.ndarray, true: np.ndarray
) -> Comparison:
    """Tiny sides compared by their own size; a difference that rounding explains is none."""
    again = compare(claimed, true, 0.0)
    if again.agree:
        return again
    noise = _noise(relation, cloud, manner, claimed, true)
    if noise is None:
        return found
    axes = tuple(range(1, true.ndim))
    explained = np.all(np.abs(claimed - true) <= FAR * noise, axis=axes)
    return replace(again, errors=np.where(explained, 0.0, again.errors))


def _noise(
    relation: Relation, cloud: Cloud, manner: Manner, claimed: np.ndarray, true: np.ndarray
) -> np.ndarray | None:
    """How far both sides move if the inputs hardly do: what rounding left of a zero jumps by its own size."""
    scope = relation.ready(_nudged(cloud))
    try:
        moved = side(relation.left, scope, relation.free)
        fit = fitted(side(relation.right, scope, relation.free, manner), moved, manner.vectors)
    except GraphbpError:
        return None
    return None if fit is None else _jump(true, moved) + _jump(claimed, fit)


def _jump(before: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """How far one side moves; if it is all rounding errors, their largest everywhere."""
    step = np.abs(moved - before)
    jumps = step > JUMP * np.abs(before)
    return np.full_like(step, max(np.max(step), np.max(np.abs(before)))) if np.mean(jumps) > SOME else step


def _nudged(cloud: Cloud) -> Cloud:
    """The same points, every input moved by a trillionth of itself."""
    if isinstance(cloud, Examples):
        return Examples(cloud.world, [_nudged(one) for one in cloud.clouds], cloud.varying)
    leaves = [node.id for node in cloud.world.plan.graph if node.leaf and not node.attrs]
    points = [
        {name: cloud.value(name)[row] * (1 + NUDGE * (1 + place % 3)) for place, name in enumerate(leaves)}
        for row in range(cloud.count)
    ]
    found = cloud.world.of_leaves(points)
    found.given = cloud.given
    return found


def vanishes(left: Expr, cloud: Cloud) -> bool:
    """Whether a derivative on the left is 0 only because double precision knows no smaller numbers."""
    return any(_underflows(cloud, *pair) for pair in _pairs(left))


def _pairs(left: Expr) -> Iterator[tuple[str, str]]:
    return (pair for part in walk(left) if isinstance(part, Expr) and (pair := single_pair(part)) is not None)


def _underflows(cloud: Cloud, of: str, wrt: str) -> bool:
    """A backward pass in numbers of a wider range finds something, where the usual one finds nothing."""
    one = cloud.clouds[0] if isinstance(cloud, Examples) else cloud
    places = one.program.places
    if of not in places or wrt not in places or one.world.shape(of):
        return False
    place = places[wrt]
    start = {places[of]: np.longdouble(1)}
    rows = (backward(one.program, table, start, through=one.world.between(wrt))[place] for table in one.tables)
    return any(np.any(np.asarray(row) != 0) for row in rows if row is not None)
