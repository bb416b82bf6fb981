"""Whether two sides agree at sampled points, and where they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AGREE = 1e-10
"""Relative differences up to this are rounding."""
DIFFER = 1e-5
"""Relative differences from this on at most points are differences; what lies between is settled with more digits."""
FEW = 3
SMALL, TINY = 1e-4, 1e-13
VANISHING = 1e-9
"""Where nothing is larger than this, agreement in absolute terms means nothing."""
CLOSE = 1e-8
"""Numbers of a wrong derivation and of a claim that agree to this are the same."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The relative difference at every point; `usable` marks those where both sides are finite."""

    errors: np.ndarray
    usable: np.ndarray
    undefined: np.ndarray

    @property
    def agree(self) -> bool:
        """Whether the sides agree at every point that tells anything, and such points are many."""
        return self.enough and bool(np.all(self.errors[self.usable] <= AGREE))

    @property
    def enough(self) -> bool:
        """Whether there are points that tell anything."""
        return int(self.usable.sum()) >= FEW

    @property
    def differ(self) -> bool:
        """Whether the sides differ beyond doubt: at most points, and by more than rounding explains."""
        return self.enough and float(np.median(self.errors[self.usable])) >= DIFFER

    @property
    def worst(self) -> float:
        """The largest relative difference."""
        return float(np.max(self.errors[self.usable], initial=0.0))

    @property
    def doubtful(self) -> list[int]:
        """Some points at which the sides seem to differ, the clearest first."""
        order = np.argsort(-np.where(self.usable, self.errors, -1.0), kind="stable")
        return [int(row) for row in order[:FEW] if self.usable[row]]


def compare(claimed: np.ndarray, true: np.ndarray, tiny: float = TINY) -> Comparison:
    """Two sides of the same shape, points first; below `tiny` nothing is told apart."""
    claimed, true = np.broadcast_arrays(claimed, true)
    axes = tuple(range(1, true.ndim))
    with np.errstate(all="ignore"):
        size = np.maximum(np.max(np.abs(true), axis=axes, initial=0.0), np.max(np.abs(claimed), axis=axes, initial=0.0))
        # What is tiny beside the other points, or beside 1 everywhere, is what rounding left of a zero.
        size = np.maximum(size, max(SMALL * float(np.median(np.where(np.isfinite(size), size, 0.0))), tiny))
        gap = np.max(np.abs(claimed - true), axis=axes, initial=0.0)
        errors = np.where(gap == 0, 0.0, gap / size)
    known = np.all(np.isfinite(true), axis=axes) if axes else np.isfinite(true)
    defined = np.all(np.isfinite(claimed), axis=axes) if axes else np.isfinite(claimed)
    usable = known & defined
    return Comparison(np.where(usable, errors, 0.0), usable, known & ~defined)


def tiny(claimed: np.ndarray, true: np.ndarray) -> bool:
    """Whether both sides are tiny at all points where they are finite."""
    sizes = [np.where(np.isfinite(x), np.abs(x), 0.0) for x in (claimed, true)]
    return max(float(np.max(size, initial=0.0)) for size in sizes) < VANISHING


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of one shape are finite and the same at all points, by their own size if they are tiny."""
    if a.shape != b.shape:
        return False
    found = compare(a, b, 0.0 if tiny(a, b) else TINY)
    return bool(found.usable.all()) and bool(np.all(found.errors < CLOSE))


def fitted(claimed: np.ndarray, true: np.ndarray, vectors: str) -> np.ndarray | None:
    """The claim in the shape of the truth: as it is, a number for every entry, or a column or row for a vector."""
    if claimed.shape == true.shape:
        return claimed
    if claimed.ndim == 1:
        return claimed.reshape(-1, *[1] * (true.ndim - 1))
    if true.ndim == 2 and claimed.ndim == 3:
        if vectors != "row" and claimed.shape[2] == 1 and claimed.shape[1] == true.shape[1]:
            return claimed[:, :, 0]
        if vectors == "row" and claimed.shape[1] == 1 and claimed.shape[2] == true.shape[1]:
            return claimed[:, 0, :]
    if true.ndim == 1 and claimed[0].size == 1:
        return claimed.reshape(-1)
    return None
