"""Functions of one number that calculus tables begin with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.graph.shape import Shape
from graphbp.notation.tree import Call, Cases, Compare, Expr, as_expr
from graphbp.ops.base import Attrs, Domain, Elementwise, Value, Values
from graphbp.ops.kernels import choose
from graphbp.ops.registry import register


class Positive(Elementwise):
    """A function that is defined on positive numbers."""

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        return Domain.POSITIVE


@register
class Exp(Elementwise):
    """The exponential function.  Shapes: any -> same."""

    name, symbol, inputs = "exp", r"\exp", ("x",)
    why = "The exponential function is its own slope."

    def definition(self, x: Expr) -> Expr:
        return Call("exp", (x,))

    def forward(self, x: Value) -> Value:
        return np.exp(x)

    def scalar(self, x: float) -> float:
        return math.exp(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        return upstream * output


@register
class Log(Positive):
    """The natural logarithm.  Shapes: any -> same."""

    name, symbol, inputs = "log", r"\log", ("x",)
    why = "The slope of the logarithm is one over its argument."

    def definition(self, x: Expr) -> Expr:
        return Call("log", (x,))

    def forward(self, x: Value) -> Value:
        return np.log(x)

    def scalar(self, x: float) -> float:
        return math.log(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        return upstream / inputs[0]


@register
class Sqrt(Positive):
    """The square root.  Shapes: any -> same."""

    name, symbol, inputs = "sqrt", r"\sqrt", ("x",)
    why = "The slope of the root is one over twice the root."

    def definition(self, x: Expr) -> Expr:
        return Call("sqrt", (x,))

    def forward(self, x: Value) -> Value:
        return np.sqrt(x)

    def scalar(self, x: float) -> float:
        return math.sqrt(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        return upstream / (2.0 * output)


@register
class Sin(Elementwise):
    """The sine.  Shapes: any -> same."""

    name, symbol, inputs = "sin", r"\sin", ("x",)
    why = "The slope of the sine is the cosine."

    def definition(self, x: Expr) -> Expr:
        return Call("sin", (x,))

    def forward(self, x: Value) -> Value:
        return np.sin(x)

    def scalar(self, x: float) -> float:
        return math.sin(x)


@register
class Cos(Elementwise):
    """The cosine.  Shapes: any -> same."""

    name, symbol, inputs = "cos", r"\cos", ("x",)
    why = "The slope of the cosine is minus the sine."

    def definition(self, x: Expr) -> Expr:
        return Call("cos", (x,))

    def forward(self, x: Value) -> Value:
        return np.cos(x)

    def scalar(self, x: float) -> float:
        return math.cos(x)


@register
class Abs(Elementwise):
    """The size of a number without its sign.  Shapes: any -> same."""

    name, symbol, inputs = "abs", "|", ("x",)
    why = "The slope is 1 on the right and −1 on the left."
    kink = "at 0 the slope 0 is chosen"

    def definition(self, x: Expr) -> Expr:
        zero = as_expr(0)
        return Cases(((x, Compare(x, ">", zero)), (-x, Compare(x, "<", zero))), zero)

    def forward(self, x: Value) -> Value:
        return np.abs(x)

    def scalar(self, x: float) -> float:
        return abs(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        x = inputs[0]
        return choose(x > 0, upstream, choose(x < 0, -upstream, choose(x == 0, 0.0 * output, x)))

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        return inputs[0] == 0
