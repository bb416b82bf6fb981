"""The error function, and the activation that is made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.errors import UsageError
from graphbp.notation.errorfunction import erf, erfc
from graphbp.notation.tree import Call, Expr, Number
from graphbp.ops.base import Attrs, Elementwise, Sample, Value, Values, options
from graphbp.ops.registry import register

PI = Call("pi", ())
HALF = Fraction(1, 2)
CUBIC = Fraction("0.044715")
VARIANTS = ("none", "tanh")


@register
class Erf(Elementwise):
    """The error function, the integral of the bell curve: 2/√π ∫₀ˣ e^(−t²) dt.  Shapes: any -> same.

    Source: Abramowitz, Stegun, Handbook of Mathematical Functions, 7.1.1.
    """

    name, symbol, inputs = "erf", r"\operatorname{erf}", ("x",)
    why = "The slope of an integral in its upper limit is what is integrated: the bell curve."

    def definition(self, x: Expr) -> Expr:
        """erf x."""
        return Call("erf", (x,))

    def forward(self, x: Value) -> Value:
        """erf x."""
        return erf(x)

    def scalar(self, x: float) -> float:
        """erf x for plain numbers."""
        return math.erf(x)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · 2 e^(−x²) / √π."""
        return upstream * (2 / math.sqrt(math.pi)) * np.exp(-np.square(inputs[0]))


@register
class Gelu(Elementwise):
    """x times the share of the bell curve that lies left of x; approximate="tanh" is its cheaper neighbour.

    Shapes: any -> same.
    Source: Hendrycks, Gimpel, Gaussian Error Linear Units, 2016.
    """

    name, symbol, inputs = "gelu", r"\operatorname{gelu}", ("x",)
    attrs = options(approximate="none")
    why = "Both factors depend on x, so the product rule gives two terms."

    def samples(self) -> Sequence[Sample]:
        """Both variants."""
        return [*super().samples(), *(Sample((shape,), {"approximate": "tanh"}) for shape in ((), (4, 3)))]

    def complete(self, attrs: Attrs) -> dict[str, Any]:
        """The attributes with defaults filled in.

        Raises: UsageError if the variant is unknown.
        """
        full = super().complete(attrs)
        if full["approximate"] not in VARIANTS:
            raise UsageError(f"gelu: approximate is {' or '.join(VARIANTS)}, not {full['approximate']}")
        return full

    def definition(self, x: Expr, approximate: str) -> Expr:
        """x/2 · (1 + erf(x / √2)), or with tanh in place of erf."""
        if approximate == "none":
            return x / 2 * (1 + Call("erf", (x / Call("sqrt", (Number(2),)),)))
        inner = Call("sqrt", (2 / PI,)) * (x + Number(CUBIC) * x**3)
        return x / 2 * (1 + Call("tanh", (inner,)))

    def forward(self, x: Value, approximate: str) -> Value:
        """x times the share on its left; 0 at −∞."""
        left = np.isneginf(x)
        return np.where(left, -0.0, x) * _share(np.where(left, 0.0, x), approximate)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · (share + x · slope of the share)."""
        x = np.asarray(inputs[0])
        return upstream * (_share(x, attrs["approximate"]) + x * _slope(x, attrs["approximate"]))


def _bend(x: Value) -> Value:
    return math.sqrt(2 / math.pi) * (x + float(CUBIC) * x**3)


def _share(x: Value, approximate: str) -> Value:
    """The share of the bell curve left of x; (1 + tanh u)/2 is σ(2u), which keeps its digits."""
    if approximate == "none":
        return 0.5 * erfc(-np.asarray(x) / math.sqrt(2))
    small = np.exp(-2.0 * np.abs(_bend(x)))
    return np.where(np.asarray(x) >= 0, 1.0, small) / (1.0 + small)


def _slope(x: Value, approximate: str) -> Value:
    if approximate == "none":
        return np.exp(-np.square(x) / 2) / math.sqrt(2 * math.pi)
    small = np.exp(-2.0 * np.abs(_bend(x)))
    bent = math.sqrt(2 / math.pi) * (1 + 3 * float(CUBIC) * np.square(x))
    return 2 * bent * small / (1.0 + small) ** 2
