"""What the layer kinds of the tree mean in NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from graphbp.notation import errorfunction

Value = Any
Axes = int | tuple[int, ...] | None


def total(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Sum over axes."""
    return np.sum(x, axis=axis, keepdims=keepdims)


def mean(x: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """Mean over axes."""
    return np.mean(x, axis=axis, keepdims=keepdims)


def largest(x: Value, *others: Value, axis: Axes = None, keepdims: bool = False) -> Value:
    """The largest of an array along axes, or the larger of several values entry by entry."""
    for other in others:
        x = np.maximum(x, other)
    return x if others else np.max(x, axis=axis, keepdims=keepdims)


def erf(x: Value) -> Value:
    """The error function, entry by entry."""
    if np.iscomplexobj(x):
        return _complex_erf(np.asarray(x))[()]
    return errorfunction.erf(x)


def _complex_erf(z: np.ndarray) -> np.ndarray:
    """2/√π e^(−z²) Σ 2ⁿ z²ⁿ⁺¹ / (1·3···(2n+1)), whose terms near the real axis all have one sign.

    Source: Abramowitz, Stegun, Handbook of Mathematical Functions, 7.1.6.
    """
    near = np.where(np.abs(z.real) < 6, z, 6 * np.sign(z.real))
    term = total = near
    for n in range(1, 200):
        term = term * 2 * near**2 / (2 * n + 1)
        total = total + term
    return np.asarray(2 / math.sqrt(math.pi) * np.exp(-(near**2)) * total)


def one_hot(x: Value, num_classes: int) -> Value:
    """A row for every class number: 1 at the class, else 0.

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return np.where(np.expand_dims(x, -1) == np.arange(num_classes), 1.0, 0.0)


def chain_product(first: Value, *rest: Value) -> Value:
    """The matrix product of all factors, from left to right."""
    for factor in rest:
        first = first @ factor
    return first


def transposed(x: Value) -> Value:
    """The last two axes exchanged; a vector stays a vector."""
    return np.swapaxes(x, -1, -2) if np.ndim(x) > 1 else x


def reduced(x: Value, axis: str) -> Value:
    """The sum of every column, of every row, or of all entries."""
    if axis == "total":
        return np.sum(x)
    return np.sum(x, axis=-2 if axis == "column" and np.ndim(x) > 1 else -1)


def padded(x: Value, widths: Sequence[tuple[int, int]]) -> Value:
    """Zeros around the last axes; negative widths crop."""
    lead = np.ndim(x) - len(widths)
    cut = [
        slice(max(-before, 0), size - max(-after, 0))
        for (before, after), size in zip(widths, np.shape(x)[lead:], strict=True)
    ]
    grow = [(0, 0)] * lead + [(max(before, 0), max(after, 0)) for before, after in widths]
    return np.pad(x[(..., *cut)], grow)


def dilated(x: Value, steps: Sequence[int]) -> Value:
    """steps − 1 zeros between neighbours along the last axes."""
    shape, lead = np.shape(x), np.ndim(x) - len(steps)
    wide = tuple(max((size - 1) * step + 1, 0) for size, step in zip(shape[lead:], steps, strict=True))
    out: Value = np.zeros(shape[:lead] + wide, dtype=np.asarray(x).dtype)
    out[(..., *(slice(None, None, step) for step in steps))] = x
    return out


def correlate(x: Value, kernel: Value, letters: str = "", stride: Sequence[int] = ()) -> Value:
    """The kernel slid over the last axes of x without turning it; plain axes joined as `letters` say.

    >>> correlate(np.arange(4.0), np.array([1.0, 1.0]))
    array([1., 3., 5.])
    """
    names, out = letters.split("->") if letters else (",", "")
    of_kernel, of_x = names.split(",")
    spatial = np.ndim(x) - len(of_x)
    window = np.shape(kernel)[np.ndim(kernel) - spatial :]
    views = sliding_window_view(x, window, axis=tuple(range(-spatial, 0)))
    views = views[(*[slice(None)] * len(of_x), *(slice(None, None, step) for step in stride or (1,) * spatial))]
    places, offsets = "ABCDEFGH"[:spatial], "STUVWXYZ"[:spatial]
    return np.einsum(f"{of_x}{places}{offsets},{of_kernel}{offsets}->{out}{places}", views, kernel, optimize=True)


def upsampled(x: Value, sizes: Sequence[int], shape: Sequence[int]) -> Value:
    """Every entry repeated over its window, then cropped or padded with zeros to `shape` if there is one."""
    lead = np.ndim(x) - len(sizes)
    for axis, size in enumerate(sizes):
        x = np.repeat(x, size, axis=lead + axis)
    if not shape:
        return x
    return padded(
        x, [(0, wanted - size) for wanted, size in zip(shape[-len(sizes) :], np.shape(x)[lead:], strict=True)]
    )
