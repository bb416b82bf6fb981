"""NumPy helpers that several families share; they serve plain Python numbers as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

BLOCK = 2**14
"""Entries that are worked on at a time: so few that what a kernel makes on its way stays in the processor's cache."""

SMALL = 2**10
"""Arrays with at most so many entries cost more in calls than in arithmetic."""


def choose(condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`; what is not taken contributes nothing, not even a nan.

    >>> choose(True, 1.0, 2.0)
    1.0
    """
    if condition is True or condition is False:
        return yes if condition else no
    return np.where(condition, yes, no)


def plain(value: Any) -> bool:
    """Whether the value is a Python number, for which `math` is faster than NumPy."""
    return type(value) is float


def sum_to(value: Any, shape: tuple[int, ...]) -> Any:
    """The value summed over the axes along which `shape` was repeated to make it.

    >>> sum_to(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    value = np.asarray(value)
    if value.shape == shape:
        return value
    extra = value.ndim - len(shape)
    summed = value.sum(axis=tuple(range(extra))) if extra else value
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1 and summed.shape[axis] != 1)
    return summed.sum(axis=ones, keepdims=True) if ones else summed


def repeated(value: Any, shape: tuple[int, ...]) -> Any:
    """The value repeated to fill the shape.

    >>> repeated(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    have = np.asarray(value)
    if have.shape == shape:
        return value
    if prod(shape) > SMALL:
        return np.broadcast_to(value, shape)
    # A few entries are copied in a tenth of the time that NumPy takes to make the view.
    made = np.empty(shape, have.dtype)
    made[...] = value
    return made


def blockwise(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that acts entry by entry, walking over large arrays in blocks."""

    def run(*inputs: Any, **attrs: Any) -> Any:
        return in_blocks(lambda *parts: kernel(*parts, **attrs), inputs)

    return run


def blockwise_vjp(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a kernel that pulls gradients back."""

    def run(upstream: Any, output: Any, inputs: Sequence[Any], attrs: Any, slot: int) -> Any:
        return in_blocks(lambda G, y, *parts: kernel(G, y, parts, attrs, slot), (upstream, output, *inputs))

    return run


def in_blocks(kernel: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """The kernel's result at all entries, block by block where the arrays lie alike in memory.

    >>> in_blocks(lambda x, y: x * y, (np.ones((2, 2**14)), 3.0)).sum()
    np.float64(98304.0)
    """
    ready = [_single(array) for array in arrays]
    shapes = {array.shape for array in ready if np.ndim(array)}
    if len(shapes) != 1 or not all(array.flags.c_contiguous for array in ready if np.ndim(array)):
        return kernel(*arrays)
    (shape,) = shapes
    flat = [array.reshape(-1) if np.ndim(array) else array for array in ready]
    made: Any = None
    for start in range(0, max(map(np.size, flat)), BLOCK):
        part = np.asarray(kernel(*(array[start : start + BLOCK] if np.ndim(array) else array for array in flat)))
        if made is None:
            made = np.empty(shape, part.dtype)
        made.reshape(-1)[start : start + BLOCK] = part
    return made


def _single(array: Any) -> Any:
    """The one number that fills the array, if it is a view that repeats one; else the array."""
    return array[(0,) * array.ndim] if np.ndim(array) and not any(array.strides) else array
