"""Claims that are right up to their layout: transposed, reshaped, reversed, not summed, only a diagonal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from graphbp.check.compare import same
from graphbp.check.finding import Relation
from graphbp.check.sides import side
from graphbp.check.truth import Cloud
from graphbp.errors import GraphbpError

LAYOUT = "The entries are right, but the result is transposed: a gradient has the shape of what it belongs to."


def by_result(relation: Relation, cloud: Cloud, true: np.ndarray) -> Iterator[tuple[str, str]]:
    """The mistake whose undoing in the result makes the claim right, at most one."""
    try:
        claimed = side(relation.right, relation.ready(cloud), relation.free)
    except GraphbpError:
        return
    for kind, says, change in RESULTS:
        try:
            changed = change(claimed, true)
        except (ValueError, IndexError, np.exceptions.AxisError):
            continue
        if changed is not None and same(changed, true):
            yield kind, says
            return


Change = Callable[[np.ndarray, np.ndarray], "np.ndarray | None"]


def _turned(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
    return np.swapaxes(x, -1, -2) if x.ndim == 3 else None


def _jacobian(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
    """The axes of a derivative of arrays exchanged as a whole."""
    half = (true.ndim - 1) // 2
    if x.ndim != true.ndim or x.ndim < 3 or true.ndim % 2 == 0:
        return None
    return np.moveaxis(x, tuple(range(1 + half, x.ndim)), tuple(range(1, 1 + half)))


def _summed(axis: int) -> Change:
    def change(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
        return x.sum(axis=axis + 1).reshape(true.shape) if x.ndim > axis + 1 else None

    return change


def _averaged(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
    return x.mean(axis=1).reshape(true.shape) if x.ndim > 1 else None


def _reshaped(order: str) -> Change:
    def change(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
        if x.size != true.size or x.shape == true.shape:
            return None
        return np.stack([row.reshape(true.shape[1:], order=order) for row in x])

    return change


def _on_diagonal(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
    """A vector of the diagonal where a whole matrix belongs: right only there."""
    if true.ndim != 3 or x.ndim != 2 or true.shape[1] != true.shape[2] or x.shape[1] != true.shape[1]:
        return None
    return true if same(x, np.stack([np.diag(row) for row in true])) else None


def _diagonal_only(x: np.ndarray, true: np.ndarray) -> np.ndarray | None:
    if true.ndim != 3 or x.shape != true.shape or x.shape[1] != x.shape[2]:
        return None
    eye = np.eye(x.shape[1])
    return true if same(x * eye, true * eye) and np.allclose(x * (1 - eye), 0) else None


def _flipped(axes: tuple[int, ...]) -> Change:
    return lambda x, true: np.flip(x, axes) if x.ndim > len(axes) else None


RESULTS: tuple[tuple[str, str, Change], ...] = (
    ("layout", LAYOUT, _turned),
    ("layout", "The derivative is right, but its axes stand the other way round (numerator layout).", _jacobian),
    (
        "missing-sum",
        "The sum over the first axis is missing: what is used for every row collects the gradients of all rows.",
        _summed(0),
    ),
    ("missing-sum", "The sum over the second axis is missing.", _summed(1)),
    ("missing-sum", "The mean over the first axis is missing: the gradients of all rows are collected.", _averaged),
    ("missing-jacobian-terms", "Only the diagonal of the derivative is there.", _diagonal_only),
    ("missing-jacobian-terms", "Only the diagonal of the derivative is there.", _on_diagonal),
    ("layout", "The entries are right, but they stand in another shape.", _reshaped("C")),
    ("layout", "The entries are right, but they are flattened in another order.", _reshaped("F")),
    ("reversed", "The entries stand in reversed order.", _flipped((-1,))),
    ("reversed", "The entries stand in reversed order.", _flipped((-2, -1))),
)
