"""What squashes, cuts and bends: the activation functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.calculus.lines import Fact
from graphbp.notation.tree import Call, Cases, Compare, Expr, as_expr
from graphbp.ops.base import Attrs, Elementwise, Value, Values, options
from graphbp.ops.kernels import choose, plain
from graphbp.ops.registry import register

NEAR_ONE = 2.0**-10
"""A rest to one that is smaller has lost too many digits."""


@register
class Sigmoid(Elementwise):
    """Logistic function, squashes a real number into (0, 1).  Shapes: any -> same.

    Source: Goodfellow, Bengio, Courville, Deep Learning, 3.10.
    """

    name, symbol, inputs = "sigmoid", r"\sigma", ("z",)
    why = "The slope is the output {a} times what is left to one."

    def definition(self, z: Expr) -> Expr:
        """1 / (1 + e⁻ᶻ)."""
        return 1 / (1 + Call("exp", (-z,)))

    def facts(self, output: Expr, *operands: Expr, **attrs: Any) -> tuple[Fact, ...]:
        """e⁻ᶻ / (1 + e⁻ᶻ) = 1 − a."""
        e = Call("exp", (-operands[0],))
        return (Fact(e / (1 + e), 1 - output, ("what is left to one",)),)

    def forward(self, z: Value) -> Value:
        """By e^−|z|, which never overflows."""
        small = np.exp(-np.abs(z))
        # The larger of small and a truth value: 1 where z ≥ 0, else small, in half the time that choosing takes.
        share = np.maximum(small, z >= 0)
        small += 1.0
        share /= small
        return share

    def scalar(self, z: float) -> float:
        """The same for plain numbers."""
        small = math.exp(-abs(z))
        return (1.0 if z >= 0 else small) / (1.0 + small)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · a · (1 − a); near a = 1 the rest to one comes from z again, which loses no digits."""
        if plain(output):
            return upstream * output * self.scalar(-inputs[0])
        rest = np.asarray(1.0 - output)
        near = rest < NEAR_ONE
        if near.any():
            rest[near] = self.forward(-np.asarray(inputs[0])[near])
        share = upstream * output
        share *= rest
        return share


@register
class Tanh(Elementwise):
    """Hyperbolic tangent, squashes a real number into (−1, 1).  Shapes: any -> same."""

    name, symbol, inputs = "tanh", r"\tanh", ("z",)
    why = "The slope is one minus the square of the output {a}."

    def definition(self, z: Expr) -> Expr:
        """(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)."""
        up, down = Call("exp", (z,)), Call("exp", (-z,))
        return (up - down) / (up + down)

    def forward(self, z: Value) -> Value:
        """tanh z."""
        return np.tanh(z)

    def scalar(self, z: float) -> float:
        """tanh z for plain numbers."""
        return math.tanh(z)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · (1 − a²); near |a| = 1 computed from e^−2|z|, which loses no digits."""
        if plain(output):
            return upstream * _tanh_slope(inputs[0], math.exp)
        rest = np.asarray(1.0 - output * output)
        near = rest < NEAR_ONE
        if near.any():
            rest[near] = _tanh_slope(np.asarray(inputs[0])[near], np.exp)
        return upstream * rest


def _tanh_slope(z: Value, exp: Callable[[Value], Value]) -> Value:
    small = exp(-2.0 * abs(z))
    return 4.0 * small / (1.0 + small) ** 2


@register
class Relu(Elementwise):
    """Rectifier: lets positive numbers through and stops the rest.  Shapes: any -> same."""

    name, symbol, inputs = "relu", r"\operatorname{relu}", ("z",)
    why = "The slope is 1 where {z} is positive, else 0."
    kink = "at 0 the slope 0 is chosen"

    def definition(self, z: Expr) -> Expr:
        """z if z > 0, else 0."""
        return Cases(((z, Compare(z, ">", as_expr(0))),), as_expr(0))

    def forward(self, z: Value) -> Value:
        """The larger of z and 0."""
        return np.maximum(z, 0)

    def scalar(self, z: float) -> float:
        """The same for plain numbers; a nan stays one."""
        return 0.0 if z <= 0 else z

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G where z > 0, else exactly 0."""
        return choose(inputs[0] > 0, upstream, 0.0)

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At 0."""
        return inputs[0] == 0


@register
class LeakyRelu(Elementwise):
    """Rectifier that lets a small share of negative numbers through.  Shapes: any -> same."""

    name, symbol, inputs = "leaky_relu", r"\operatorname{lrelu}", ("z",)
    attrs = options(slope=Fraction(1, 100))
    why = "The slope is 1 where {z} is positive, else the small slope."
    kink = "at 0 the slope of the left side is chosen"
    differs = "negative_slope is called slope"

    def definition(self, z: Expr, slope: Any) -> Expr:
        """z if z > 0, else slope · z."""
        return Cases(((z, Compare(z, ">", as_expr(0))),), as_expr(slope) * z)

    def forward(self, z: Value, slope: Any) -> Value:
        """z if z > 0, else slope · z."""
        return np.where(z > 0, z, slope * z)

    def scalar(self, z: float, slope: Any) -> float:
        """The same for plain numbers."""
        return z if z > 0 else slope * z

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G where z > 0, else slope · G."""
        return choose(inputs[0] > 0, upstream, attrs["slope"] * upstream)

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At 0."""
        return inputs[0] == 0


@register
class Softplus(Elementwise):
    """A smooth rectifier.  Shapes: any -> same."""

    name, symbol, inputs = "softplus", r"\operatorname{softplus}", ("z",)
    why = "The slope is the logistic function."
    differs = "no beta and threshold"

    def definition(self, z: Expr) -> Expr:
        """log(1 + eᶻ)."""
        return Call("log", (1 + Call("exp", (z,)),))

    def forward(self, z: Value) -> Value:
        """log(e⁰ + eᶻ) without overflow."""
        return np.logaddexp(0, z)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · σ(z), by e^−|z|."""
        small = np.exp(-np.abs(inputs[0]))
        return upstream * np.where(inputs[0] >= 0, 1.0, small) / (1.0 + small)


@register
class Step(Elementwise):
    """Binary step: 1 above the threshold, else 0.  Shapes: any -> same."""

    name, symbol, inputs = "step", r"\operatorname{step}", ("z",)
    attrs = options(threshold=0)
    why = "A step is flat on both sides, so no gradient passes."
    kink = "the slope 0 is chosen everywhere, at the threshold too"
    differs = "not there: heaviside with the value 0 at the threshold"

    def definition(self, z: Expr, threshold: Any) -> Expr:
        """1 if z > threshold, else 0."""
        return Cases(((as_expr(1), Compare(z, ">", as_expr(threshold))),), as_expr(0))

    def forward(self, z: Value, threshold: Any) -> Value:
        """1 above the threshold, else 0; a nan stays one."""
        return np.where(np.isnan(z), z, np.where(z > threshold, 1.0, 0.0))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """0 everywhere."""
        return 0.0 * output

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """At the threshold."""
        return inputs[0] == attrs["threshold"]
