"""Literals inside formulas: their shapes, their numbers, and what they mean as attributes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.errors import FormulaError, ShapeError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.tree import Array, Expr, Group, Neg, Number


def is_literal(term: Expr) -> bool:
    """Whether the formula is a number, or an array of literals.

    >>> is_literal(Array((Number(1), Neg(Number(2)))))
    True
    """
    if isinstance(term, Array):
        return all(is_literal(row) for row in term.rows)
    return isinstance(term, Number) or (isinstance(term, Neg | Group) and isinstance(term.x, Number))


def literal_shape(term: Expr) -> Shape:
    """The shape of a literal.

    Raises: ShapeError if its rows differ.

    >>> literal_shape(Array((Number(1), Number(2))))
    (2,)
    """
    if not isinstance(term, Array):
        return ()
    shapes = [literal_shape(row) for row in term.rows]
    for place, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ShapeError(f"the rows of an array differ: row 0 has shape {show_shape(shapes[0])}, "
                             f"row {place} has {show_shape(shape)}", fix="give every row as many entries")  # fmt: skip
    return (len(shapes), *shapes[0]) if shapes else (0,)


def literal_value(term: Expr) -> Any:
    """The literal as a Python number or a tuple; decimals as exact fractions.

    Raises: FormulaError if it is no literal.

    >>> literal_value(Neg(Number(2)))
    -2
    """
    if isinstance(term, Array):
        return tuple(literal_value(row) for row in term.rows)
    if isinstance(term, Neg):
        return -literal_value(term.x)
    if isinstance(term, Group):
        return literal_value(term.x)
    if not isinstance(term, Number):
        raise FormulaError("an option is a number, not a formula", fix="write the number itself")
    return term.value


def literal_array(term: Expr, dtype: Any = np.float64) -> np.ndarray:
    """The literal as an array.

    >>> literal_array(Array((Number(1), Number(Fraction(1, 2)))))
    array([1. , 0.5])
    """
    return np.asarray(_floats(literal_value(term)), dtype=dtype)


def _floats(value: Any) -> Any:
    return [_floats(row) for row in value] if isinstance(value, tuple) else float(value)


def kernel_value(value: Any) -> Any:
    """An attribute as kernels want it: fractions as floats.

    >>> kernel_value(Fraction(1, 4))
    0.25
    """
    if isinstance(value, tuple):
        return tuple(kernel_value(item) for item in value)
    return float(value) if isinstance(value, Fraction) else value
