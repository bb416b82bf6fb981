"""More activation functions, and functions that cut off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.errors import UsageError
from graphbp.graph.shape import Shape
from graphbp.notation.tree import Call, Cases, Compare, Expr, Relation, as_expr
from graphbp.ops.activations import Sigmoid
from graphbp.ops.base import Attrs, Domain, Elementwise, Sample, Value, Values, options
from graphbp.ops.kernels import choose
from graphbp.ops.registry import register

ZERO = as_expr(0)


@register
class Log1p(Elementwise):
    """log(1 + x), exact for small x.  Shapes: any -> same."""

    name, symbol, inputs = "log1p", r"\operatorname{log1p}", ("x",)
    why = "The slope of the logarithm is one over its argument."

    def definition(self, x: Expr) -> Expr:
        """log(1 + x)."""
        return Call("log", (1 + x,))

    def forward(self, x: Value) -> Value:
        """log(1 + x) without losing the digits of x."""
        return np.log1p(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G / (1 + x)."""
        return upstream / (1.0 + inputs[0])

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Positive numbers, though any above −1 would do."""
        return Domain.POSITIVE


@register
class Sign(Elementwise):
    """1 for positive numbers, −1 for negative ones, 0 for 0.  Shapes: any -> same."""

    name, symbol, inputs = "sign", r"\operatorname{sign}", ("x",)
    why = "The sign is flat on both sides, so no gradient passes."
    kink = "the slope 0 is chosen everywhere, at 0 too"

    def definition(self, x: Expr) -> Expr:
        """1 if x > 0, −1 if x < 0, else 0."""
        return Cases(((as_expr(1), Compare(x, ">", ZERO)), (as_expr(-1), Compare(x, "<", ZERO))), ZERO)

    def forward(self, x: Value) -> Value:
        """The sign; a nan stays one."""
        return np.sign(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """0 everywhere."""
        return 0.0 * output

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At 0."""
        return inputs[0] == 0


@register
class Silu(Elementwise):
    """x · σ(x), also called swish.  Shapes: any -> same."""

    name, symbol, inputs = "silu", r"\operatorname{silu}", ("x",)
    why = "Both factors depend on x, so the product rule gives two terms."

    def definition(self, x: Expr) -> Expr:
        """x / (1 + e⁻ˣ)."""
        return x / (1 + Call("exp", (-x,)))

    def forward(self, x: Value) -> Value:
        """x · σ(x) by the stable σ; 0 at −∞."""
        return np.where(np.isneginf(x), -0.0, x) * Sigmoid().forward(np.where(np.isneginf(x), 0.0, x))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · σ(x) · (1 + x · σ(−x))."""
        x = np.asarray(inputs[0])
        share = Sigmoid().forward
        return upstream * share(x) * (1.0 + x * share(-x))


@register
class LogSigmoid(Elementwise):
    """log σ(x), computed without overflow.  Shapes: any -> same."""

    differs = "called logsigmoid there"
    name, symbol, inputs = "log_sigmoid", r"\log\sigma", ("x",)
    why = "The slope is what the logistic function leaves to one."

    def definition(self, x: Expr) -> Expr:
        """−log(1 + e⁻ˣ)."""
        return -Call("log", (1 + Call("exp", (-x,)),))

    def forward(self, x: Value) -> Value:
        """−log(e⁰ + e⁻ˣ) without overflow."""
        return -np.logaddexp(0, -np.asarray(x))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · σ(−x)."""
        return upstream * Sigmoid().forward(-np.asarray(inputs[0]))


class TwoSided(Elementwise):
    """A function with one formula for x > 0 and another for the rest."""

    kink = "at 0 the slope of the left side is chosen"

    def definition(self, x: Expr, *more: Expr, **attrs: Any) -> Expr:
        """The right side if x > 0, else the left side."""
        return Cases(((self.right(x), Compare(x, ">", ZERO)),), self.left(x, *more, **attrs))

    def right(self, x: Expr) -> Expr:
        """The formula for positive numbers."""
        return x

    def left(self, x: Expr, *more: Expr, **attrs: Any) -> Expr:
        """The formula for the rest."""
        raise NotImplementedError(self.name)

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At 0."""
        return inputs[0] == 0


@register
class Prelu(TwoSided):
    """Rectifier whose slope on the left is learned.  Shapes: x any, alpha any -> their broadcast."""

    name, symbol, inputs = "prelu", r"\operatorname{prelu}", ("x", "alpha")
    why = "Where x is negative, the slope for x is alpha and the slope for alpha is x."
    differs = "alpha meets x as NumPy pairs shapes, so a slope for each channel has shape (C, 1, 1)"

    def left(self, x: Expr, *more: Expr, **attrs: Any) -> Expr:
        """alpha · x."""
        return more[0] * x

    def forward(self, x: Value, alpha: Value) -> Value:
        """x where positive, else alpha · x."""
        return np.where(np.asarray(x) > 0, x, alpha * x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G or alpha · G for x; 0 or x · G for alpha."""
        x, alpha = inputs
        return choose(x > 0, 0.0, upstream * x) if slot else choose(x > 0, upstream, alpha * upstream)


@register
class Elu(TwoSided):
    """x where positive, else alpha (eˣ − 1).  Shapes: any -> same."""

    name, symbol, inputs = "elu", r"\operatorname{elu}", ("x",)
    attrs = options(alpha=1)
    why = "The slope is 1 on the right and alpha · eˣ on the left."

    def left(self, x: Expr, *more: Expr, **attrs: Any) -> Expr:
        """alpha · (eˣ − 1)."""
        return as_expr(attrs["alpha"]) * (Call("exp", (x,)) - 1)

    def forward(self, x: Value, alpha: Any) -> Value:
        """By eˣ − 1 without losing digits, and without overflow on the right."""
        return np.where(np.asarray(x) > 0, x, alpha * np.expm1(np.minimum(x, 0)))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G on the right, alpha · eˣ · G on the left."""
        x = np.asarray(inputs[0])
        return np.where(x > 0, upstream, attrs["alpha"] * np.exp(np.minimum(x, 0)) * upstream)


SELU_SCALE = Fraction("1.0507009873554804934193349852946")
SELU_ALPHA = Fraction("1.6732632423543772848170429916717")


@register
class Selu(TwoSided):
    """Scaled elu with constants that keep mean 0 and variance 1.  Shapes: any -> same.

    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    name, symbol, inputs = "selu", r"\operatorname{selu}", ("x",)
    why = "The slope is a constant on the right and falls like eˣ on the left."

    def right(self, x: Expr) -> Expr:
        """scale · x."""
        return as_expr(SELU_SCALE) * x  # type: ignore[arg-type]

    def left(self, x: Expr, *more: Expr, **attrs: Any) -> Expr:
        """scale · alpha · (eˣ − 1)."""
        return as_expr(SELU_SCALE * SELU_ALPHA) * (Call("exp", (x,)) - 1)  # type: ignore[arg-type]

    def forward(self, x: Value) -> Value:
        """By eˣ − 1 without losing digits, and without overflow on the right."""
        left = float(SELU_SCALE * SELU_ALPHA) * np.expm1(np.minimum(x, 0))
        return np.where(np.asarray(x) > 0, float(SELU_SCALE) * x, left)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """scale · G on the right, scale · alpha · eˣ · G on the left."""
        x = np.asarray(inputs[0])
        left = float(SELU_SCALE * SELU_ALPHA) * np.exp(np.minimum(x, 0))
        return upstream * np.where(x > 0, float(SELU_SCALE), left)


ENDS = (-math.inf, math.inf)
"""The bounds of what is not cut off."""


class Cut(Elementwise):
    """A function that stays between two bounds."""

    inputs = ("x",)
    # Whether a value that equals a bound counts as beyond it.
    below: Relation = "<"
    above: Relation = ">"

    def bounds(self, attrs: Attrs) -> tuple[Any, Any]:
        """The lower and the upper bound."""
        return tuple(attrs.values())[:2]

    def definition(self, x: Expr, **attrs: Any) -> Expr:
        """The bound that x passes, else x."""
        ends = zip(self.bounds(attrs), (self.below, self.above), strict=True)
        bounds = [(as_expr(bound), relation) for bound, relation in ends if bound is not None]
        cut = tuple((bound, Compare(x, relation, bound)) for bound, relation in bounds)
        return Cases(cut, x) if cut else x

    def forward(self, x: Value, **attrs: Any) -> Value:
        """x between the bounds."""
        return np.clip(x, *self.bounds(attrs))

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At the bounds."""
        low, high = (math.nan if bound is None else bound for bound in self.bounds(attrs))
        return (inputs[0] == low) | (inputs[0] == high)


@register
class Clip(Cut):
    """x cut off at a least and a largest value.  Shapes: any -> same."""

    name, symbol = "clip", r"\operatorname{clip}"
    attrs = options(min=None, max=None)
    why = "Between the bounds the gradient passes unchanged, beyond them it stops."
    kink = "at the bounds the slope 1 is chosen"

    def samples(self) -> Sequence[Sample]:
        """Bounds on both sides of 0, and one bound alone."""
        both = [Sample(((),), {"min": -1, "max": Fraction(1, 2)}), Sample(((4, 3),), {"min": -1, "max": 1})]
        return [*both, Sample(((4, 3),), {"min": Fraction(1, 4)}), Sample(((4, 3),), {"max": Fraction(1, 4)})]

    def infer(self, *shapes: Any, **attrs: Any) -> Shape:
        """The input's shape.

        Raises: UsageError if there is no bound at all.
        """
        if self.bounds(attrs) == (None, None):
            raise UsageError("clip needs a bound", fix=f"write clip({self.signature}) with min, max or both")
        return super().infer(*shapes, **attrs)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G between the bounds and at them, else exactly 0."""
        low, high = (end if bound is None else bound for bound, end in zip(self.bounds(attrs), ENDS, strict=True))
        return choose((inputs[0] >= low) & (inputs[0] <= high), upstream, 0.0)


@register
class Hardtanh(Cut):
    """x cut off at −1 and 1.  Shapes: any -> same."""

    name, symbol = "hardtanh", r"\operatorname{hardtanh}"
    attrs = options(min_val=-1, max_val=1)
    below, above = "<=", ">="
    why = "Between the bounds the gradient passes unchanged, beyond them it stops."
    kink = "at the bounds the slope 0 is chosen"

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G between the bounds, else exactly 0."""
        low, high = self.bounds(attrs)
        return choose((inputs[0] > low) & (inputs[0] < high), upstream, 0.0)
