"""Numbers and arrays as literals: from Python to the tree, from the tree to NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.errors import FormulaError, ShapeError
from graphbp.graph import Shape
from graphbp.graph.shape import show_shape
from graphbp.notation.tree import Array, Expr, Neg, Number

MOST_AXES = 16
LARGE = 64
"""Arrays with more entries are kept as arrays: nobody reads their spelling."""


def held(value: Any) -> Expr | np.ndarray:
    """A value as it is kept: a large array as it is, everything else as a literal."""
    if isinstance(value, np.ndarray) and value.size > LARGE and np.isfinite(value).all():
        return value.astype(np.float64)
    return literal(value)


def literal(value: Any) -> Expr:
    """A Python number, nested list or array as a literal tree; a float as the decimal that it prints as.

    Raises: FormulaError if it is no number, or not finite.

    >>> literal(0.15)
    Number(value=Fraction(3, 20), text='0.15')
    >>> literal([1, 2])
    Array(rows=(Number(value=1, text='1'), Number(value=2, text='2')))
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, np.ndarray) or hasattr(value, "__array__"):
        value = np.asarray(value).tolist()
    if isinstance(value, list | tuple):
        return Array(tuple(literal(row) for row in value))
    return _number(value)


def _number(value: Any) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction | Decimal):
        raise FormulaError(f"{value!r} is not a number", fix="give a number or a nested list of numbers")
    if isinstance(value, int):
        return Number(value, str(value))
    if not math.isfinite(value):
        raise FormulaError(f"{value} is not a finite number")
    if isinstance(value, Fraction):
        return Number(value)
    text = str(value).removesuffix(".0")
    return Number(Fraction(text), text)


def is_literal(term: Expr) -> bool:
    """Whether the tree is a number, or an array of literals."""
    if isinstance(term, Array):
        return all(is_literal(row) for row in term.rows)
    return isinstance(term, Number) or (isinstance(term, Neg) and isinstance(term.x, Number))


def literal_shape(value: Expr | np.ndarray) -> Shape:
    """The shape of a literal.

    Raises: ShapeError if its rows have different lengths.

    >>> literal_shape(literal([[1, 2, 3], [4, 5, 6]]))
    (2, 3)
    """
    if isinstance(value, np.ndarray):
        return tuple(int(size) for size in value.shape)
    if not isinstance(value, Array):
        return ()
    shapes = [literal_shape(row) for row in value.rows]
    if not shapes:
        raise ShapeError("an array has no entries", fix="write at least one number between the brackets")
    _same_shapes(shapes)
    if len(shapes[0]) >= MOST_AXES:
        raise ShapeError(f"an array has more than {MOST_AXES} axes")
    return (len(shapes), *shapes[0])


def _same_shapes(shapes: Sequence[Shape]) -> None:
    for place, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ShapeError(f"the rows of an array differ: row 0 has shape {show_shape(shapes[0])}, "
                             f"row {place} has {show_shape(shape)}", fix="give every row as many entries")  # fmt: skip


def to_array(value: Expr | np.ndarray) -> np.ndarray:
    """The literal as a float64 array.

    Raises: FormulaError if a number is beyond float64, ShapeError if rows differ.

    >>> to_array(literal([0.5, 1]))
    array([0.5, 1. ])
    """
    if isinstance(value, np.ndarray):
        return value.astype(np.float64)
    literal_shape(value)
    return np.array(_floats(value), dtype=np.float64)


def _floats(term: Expr) -> Any:
    if isinstance(term, Array):
        return [_floats(row) for row in term.rows]
    if isinstance(term, Neg):
        return -_floats(term.x)
    assert isinstance(term, Number)
    try:
        return float(term.value)
    except OverflowError:
        raise FormulaError(f"{term.text or 'a number'} is too large", fix="the largest is about 1.8e308") from None


def bind_sizes(name: str, declared: Shape, actual: Shape, sizes: dict[str, int]) -> None:
    """Check an array's shape against the declared one and note the numbers of its letters.

    Raises: ShapeError if the shapes differ, or a letter has two numbers.
    """
    if len(declared) != len(actual):
        raise _unlike(name, declared, actual)
    for want, have in zip(declared, actual, strict=True):
        if isinstance(want, int) and want != have:
            raise _unlike(name, declared, actual)
        if isinstance(want, str) and sizes.setdefault(want, int(have)) != have:
            raise ShapeError(f"size {want} is {sizes[want]} elsewhere and {have} in {name}", node=name)


def _unlike(name: str, declared: Shape, actual: Shape) -> ShapeError:
    return ShapeError(f"{name} is declared with shape {show_shape(declared)} and its value has {show_shape(actual)}",
                      node=name, fix="change one of the two")  # fmt: skip
