"""Starting numbers for parameters, drawn from a seed."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import numpy as np

from graphbp.errors import ShapeError, UsageError, did_you_mean
from graphbp.graph import Shape
from graphbp.graph.shape import bind

Draw = Callable[["np.random.Generator", tuple[int, ...]], np.ndarray]

MOST_BYTES = 2**31
"""Refused beyond this, before anything is allocated."""


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs and outputs a weight of this shape joins: (out, in, …) for matrices and filters.

    >>> fans((3, 5))
    (5, 3)
    """
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def xavier(draw: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform in ±√(6 / (in + out)).  Source: Glorot and Bengio, 2010."""
    bound = math.sqrt(6 / sum(fans(shape)))
    return draw.uniform(-bound, bound, shape)


def he(draw: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal with variance 2 / in.  Source: He et al., 2015."""
    return draw.normal(0.0, math.sqrt(2 / fans(shape)[0]), shape)


SCHEMES: dict[str, Draw] = {
    "xavier": xavier,
    "he": he,
    "normal": lambda draw, shape: draw.normal(0.0, 1.0, shape),
    "uniform": lambda draw, shape: draw.uniform(-1.0, 1.0, shape),
    "zeros": lambda draw, shape: np.zeros(shape),
    "ones": lambda draw, shape: np.ones(shape),
}


def checked_scheme(scheme: str) -> str:
    """The name itself if such a scheme exists.

    Raises: UsageError, naming the known ones.
    """
    if scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        raise UsageError(f"unknown init {scheme}", fix=did_you_mean(scheme, SCHEMES) or f"known are {known}")
    return scheme


def initial(name: str, scheme: str, shape: Shape, seed: int) -> np.ndarray:
    """Starting numbers; they depend on the seed and the name, so that equal shapes differ.

    Raises: UsageError on an unknown scheme, ShapeError if a size is open or the array too large.

    >>> initial("b", "zeros", (2,), seed=0)
    array([0., 0.])
    """
    sizes = bind(shape, {})
    needed = 8 * math.prod(sizes)
    if needed > MOST_BYTES:
        raise ShapeError(f"{name} would need {needed} bytes", node=name, fix="use smaller sizes")
    draw = np.random.default_rng([abs(seed), zlib.crc32(name.encode())])
    return SCHEMES[checked_scheme(scheme)](draw, sizes)
