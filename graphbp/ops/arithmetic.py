"""Sums, differences, products, quotients and powers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from graphbp.graph.shape import Shape
from graphbp.notation.tree import Expr
from graphbp.ops.base import Attrs, Domain, Elementwise, Value, Values
from graphbp.ops.kernels import choose
from graphbp.ops.registry import register


@register
class Add(Elementwise):
    """Sum of two values.  Shapes: any, any -> their broadcast."""

    differs = "no alpha"
    name, symbol, inputs = "add", "+", ("x", "y")
    inline = ("{x} + {y}", "{G}", "{G}")
    light = True
    why = "A sum passes its gradient on unchanged."

    def definition(self, x: Expr, y: Expr) -> Expr:
        """x + y."""
        return x + y

    def forward(self, x: Value, y: Value) -> Value:
        """x + y."""
        return x + y

    scalar = forward

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G for both."""
        return upstream


@register
class Sub(Elementwise):
    """Difference of two values.  Shapes: any, any -> their broadcast."""

    differs = "no alpha"
    name, symbol, inputs = "sub", "-", ("x", "y")
    inline = ("{x} - {y}", "{G}", "-{G}")
    light = True
    why = "A difference passes its gradient on, with the sign turned for what is taken away."

    def definition(self, x: Expr, y: Expr) -> Expr:
        """x − y."""
        return x - y

    def forward(self, x: Value, y: Value) -> Value:
        """x − y."""
        return x - y

    scalar = forward

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G for x, −G for y."""
        return -upstream if slot else upstream


@register
class Mul(Elementwise):
    """Product of two values, entry by entry.  Shapes: any, any -> their broadcast."""

    name, symbol, inputs = "mul", r"\cdot", ("x", "y")
    inline = ("{x} * {y}", "{G} * {y}", "{G} * {x}")
    light = True
    why = "The slope for one factor is the other factor."

    def definition(self, x: Expr, y: Expr) -> Expr:
        """x · y."""
        return x * y

    def forward(self, x: Value, y: Value) -> Value:
        """x · y."""
        return x * y

    scalar = forward

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G times the other factor."""
        return upstream * inputs[1 - slot]


@register
class Div(Elementwise):
    """Quotient of two values, entry by entry.  Shapes: any, any -> their broadcast."""

    name, symbol, inputs = "div", "/", ("x", "y")
    inline = ("{x} / {y}", "{G} / {y}", "-({G} / {y}) * {output}")
    light = True
    why = "The numerator is divided by the denominator; the denominator acts on the whole quotient, with a minus sign."
    differs = "no rounding_mode"

    def definition(self, x: Expr, y: Expr) -> Expr:
        """x / y."""
        return x / y

    def forward(self, x: Value, y: Value) -> Value:
        """x / y."""
        return x / y

    scalar = forward

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G / y for x, −G · output / y for y."""
        share = upstream / inputs[1]
        return -share * output if slot else share

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """The denominator keeps clear of 0."""
        return Domain.POSITIVE if slot else Domain.REAL


@register
class Neg(Elementwise):
    """A value with its sign turned.  Shapes: any -> same."""

    name, symbol, inputs = "neg", "-", ("x",)
    inline = ("-{x}", "-{G}")
    light = True
    why = "The sign turns."

    def definition(self, x: Expr) -> Expr:
        """−x."""
        return -x

    def forward(self, x: Value) -> Value:
        """−x."""
        return -x

    scalar = forward

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """−G."""
        return -upstream


@register
class Power(Elementwise):
    """x to the power y, entry by entry.  Shapes: any, any -> their broadcast.

    Where the exponent is 0 the slope for the base is 0, and where base and exponent let y·log x be
    0·∞ the slope for the exponent is its limit, 0.
    """

    name, symbol, inputs = "power", r"\hat{}", ("x", "y")
    why = "The exponent comes down as a factor and is lowered by one."
    differs = "called pow there"

    def definition(self, x: Expr, y: Expr) -> Expr:
        """xʸ."""
        return x**y

    def forward(self, x: Value, y: Value) -> Value:
        """xʸ; a negative base with a broken exponent gives nan."""
        return np.power(x, y)

    def scalar(self, x: float, y: float) -> float:
        """xʸ for plain numbers, never complex."""
        return math.pow(x, y)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · y · xʸ⁻¹ for x, G · xʸ · log x for y, with the limits where these are 0 · ∞."""
        x, y = inputs
        if slot == 0 and np.ndim(y) == 0:
            return 0.0 * upstream if y == 0 else upstream * y * (x if y == 2 else _power(x, y - 1))
        if slot == 0:
            return choose(y == 0, 0.0 * upstream, upstream * y * _power(x, y - 1))
        return choose((x == 0) & (y > 0), 0.0 * upstream, upstream * output * np.log(x))

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """The base is positive, so that any exponent will do."""
        return Domain.REAL if slot else Domain.POSITIVE


def _power(x: Value, y: Value) -> Value:
    try:
        return math.pow(x, y) if type(x) is float and type(y) is float else np.power(x, y)
    except (ArithmeticError, ValueError):
        return np.power(np.float64(x), y)
