"""NumPy helpers that several families share; they serve plain Python numbers as well."""

from __future__ import annotations

from typing import Any

import numpy as np


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
    extra = value.ndim - len(shape)
    summed = value.sum(axis=tuple(range(extra))) if extra else value
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1 and summed.shape[axis] != 1)
    return summed.sum(axis=ones, keepdims=True) if ones else summed
