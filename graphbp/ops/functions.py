"""Functions of one number that calculus tables begin with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.calculus.lines import Fact
from graphbp.graph.shape import Shape
from graphbp.notation.tree import Call, Cases, Compare, Expr, as_expr
from graphbp.ops.base import Attrs, Domain, Elementwise, Value, Values
from graphbp.ops.kernels import choose
from graphbp.ops.registry import register


class Positive(Elementwise):
    """A function that is defined on positive numbers."""

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Positive numbers."""
        return Domain.POSITIVE


@register
class Exp(Elementwise):
    """The exponential function.  Shapes: any -> same."""

    name, symbol, inputs = "exp", r"\exp", ("x",)
    why = "The exponential function is its own slope."

    def definition(self, x: Expr) -> Expr:
        """eˣ."""
        return Call("exp", (x,))

    def forward(self, x: Value) -> Value:
        """eˣ."""
        return np.exp(x)

    def scalar(self, x: float) -> float:
        """eˣ for plain numbers."""
        return math.exp(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · output."""
        return upstream * output


@register
class Log(Positive):
    """The natural logarithm.  Shapes: any -> same."""

    name, symbol, inputs = "log", r"\log", ("x",)
    why = "The slope of the logarithm is one over its argument."

    def definition(self, x: Expr) -> Expr:
        """log x."""
        return Call("log", (x,))

    def forward(self, x: Value) -> Value:
        """log x."""
        return np.log(x)

    def scalar(self, x: float) -> float:
        """log x for plain numbers."""
        return math.log(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G / x."""
        return upstream / inputs[0]


@register
class Sqrt(Positive):
    """The square root.  Shapes: any -> same."""

    name, symbol, inputs = "sqrt", r"\sqrt", ("x",)
    why = "The slope of the root is one over twice the root."

    def definition(self, x: Expr) -> Expr:
        """√x."""
        return Call("sqrt", (x,))

    def forward(self, x: Value) -> Value:
        """√x."""
        return np.sqrt(x)

    def scalar(self, x: float) -> float:
        """√x for plain numbers."""
        return math.sqrt(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G / (2 · output)."""
        return upstream / (2.0 * output)


@register
class Sin(Elementwise):
    """The sine.  Shapes: any -> same."""

    name, symbol, inputs = "sin", r"\sin", ("x",)
    why = "The slope of the sine is the cosine."

    def definition(self, x: Expr) -> Expr:
        """sin x."""
        return Call("sin", (x,))

    def forward(self, x: Value) -> Value:
        """sin x."""
        return np.sin(x)

    def scalar(self, x: float) -> float:
        """sin x for plain numbers."""
        return math.sin(x)


@register
class Cos(Elementwise):
    """The cosine.  Shapes: any -> same."""

    name, symbol, inputs = "cos", r"\cos", ("x",)
    why = "The slope of the cosine is minus the sine."

    def definition(self, x: Expr) -> Expr:
        """cos x."""
        return Call("cos", (x,))

    def forward(self, x: Value) -> Value:
        """cos x."""
        return np.cos(x)

    def scalar(self, x: float) -> float:
        """cos x for plain numbers."""
        return math.cos(x)


@register
class Abs(Elementwise):
    """The size of a number without its sign.  Shapes: any -> same."""

    name, symbol, inputs = "abs", "|", ("x",)
    why = "The slope is 1 on the right and −1 on the left."
    kink = "at 0 the slope 0 is chosen"

    def definition(self, x: Expr) -> Expr:
        """x if x > 0, −x if x < 0, else 0."""
        zero = as_expr(0)
        return Cases(((x, Compare(x, ">", zero)), (-x, Compare(x, "<", zero))), zero)

    def facts(self, output: Expr, *operands: Expr, **attrs: Any) -> tuple[Fact, ...]:
        """1 on the right, −1 on the left and 0 between is the sign."""
        (x,), one, zero = operands, as_expr(1), as_expr(0)
        cases = Cases(((one, Compare(x, ">", zero)), (-one, Compare(x, "<", zero))), zero)
        return (Fact(cases, Call("sign", (x,)), ("that is the sign of ", x)),)

    def forward(self, x: Value) -> Value:
        """The size of x."""
        return np.abs(x)

    def scalar(self, x: float) -> float:
        """The size of a plain number."""
        return abs(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G on the right, −G on the left, 0 at 0."""
        x = inputs[0]
        return choose(x > 0, upstream, choose(x < 0, -upstream, choose(x == 0, 0.0 * output, x)))

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At 0."""
        return inputs[0] == 0
