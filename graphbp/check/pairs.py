"""Two mistakes in one claim: wrong derivations combined in pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from graphbp.check.compare import CLOSE, same
from graphbp.check.matching import AGAIN, Case, Match, kept, left_of, numbers_of
from graphbp.check.mistakes import KINDS
from graphbp.check.mutate import Mutant, Mutations
from graphbp.check.truth import Cloud

MOST_PAIRS = 400


def doubled(case: Case) -> list[Match]:
    """The pairs of mutants that fit."""
    cloud, again = case.cloud(""), case.cloud("again", AGAIN)
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    if claimed is None or not claimed.any():
        # Two mistakes can always be found that cancel to 0.
        return []
    made = [
        (mutant, numbers)
        for mutant, derivative in kept(case, cloud, Mutations)
        if (numbers := left_of(case, cloud, derivative)) is not None
    ]
    return list(_pairs(case, [item for item in made if item[1].shape == true.shape], claimed, true, again))


def _pairs(
    case: Case, made: Sequence[tuple[Mutant, np.ndarray]], claimed: np.ndarray, true: np.ndarray, again: Cloud
) -> Iterator[Match]:
    """Two mistakes: one after the other (factors multiply) or on two paths (differences add)."""
    unique = _distinct(made)[:MOST_PAIRS]
    if len(unique) < 2:
        return
    flat = np.stack([numbers.ravel() for _, numbers in unique])
    goal, base = claimed.ravel(), true.ravel()
    with np.errstate(all="ignore"):
        for combine in (_in_turn, _side_by_side):
            for first in range(len(unique)):
                both = combine(flat[first], flat[first + 1 :], base)
                gaps = (
                    np.max(np.abs(both - goal), axis=1) / max(float(np.max(np.abs(goal))), 1e-300)
                    if len(both)
                    else np.array([])
                )
                for second in np.flatnonzero(gaps < CLOSE):
                    pair = Match(unique[first][0], unique[first + 1 + int(second)][0])
                    if _pair_fits(case, pair, combine, again):
                        yield pair


def _in_turn(a: np.ndarray, b: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.asarray(a * b / true)


def _side_by_side(a: np.ndarray, b: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.asarray(a + b - true)


def _distinct(made: Sequence[tuple[Mutant, np.ndarray]]) -> list[tuple[Mutant, np.ndarray]]:
    """One mutant for each set of numbers, the most telling."""
    table: dict[bytes, tuple[Mutant, np.ndarray]] = {}
    for mutant, numbers in sorted(made, key=lambda item: (item[0].rank, KINDS.index(item[0].kind))):
        with np.errstate(all="ignore"):
            key = np.array([f"{value:.9e}" for value in numbers.ravel()]).tobytes()
        table.setdefault(key, (mutant, numbers))
    return [item for item in table.values() if np.all(np.isfinite(item[1]))]


def _pair_fits(case: Case, pair: Match, combine: Callable[..., np.ndarray], cloud: Cloud) -> bool:
    assert pair.second is not None
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    parts = [numbers_of(case, mutant, cloud, true) for mutant in (pair.mutant, pair.second)]
    if claimed is None or parts[0] is None or parts[1] is None:
        return False
    with np.errstate(all="ignore"):
        return same(claimed, combine(parts[0], parts[1], true))
