"""The one number formatter: significant digits, no noise, no −0, exact fractions on request."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

NOISE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are shown: `digits` significant digits, or exact fractions.

    >>> NumberStyle().show(0.377512), NumberStyle().show(0.1 + 0.2), NumberStyle().show(-0.0)
    ('0.3775', '0.3', '0')
    >>> NumberStyle().show(1e-17), NumberStyle().show(0.25000001), NumberStyle(6).show(0.123456789)
    ('1e-17', '0.2500', '0.123457')
    >>> NumberStyle(exact=True).show(Fraction(3, 20))
    '3/20'
    """

    digits: int = 4
    exact: bool = False

    def show(self, value: float | Fraction) -> str:
        """The number as text: ASCII minus, at most one point, a power of ten as `e-07` → `e-7`.

        A value that needs no more than `digits` digits is shown as it is; any other is rounded and
        keeps its trailing zeros, so that 0.2500 tells of rounding and 0.25 does not.
        """
        if isinstance(value, Fraction):
            if self.exact or value.denominator == 1:
                return str(value)
            value = float(value)
        if isinstance(value, int):
            return str(value)
        if not math.isfinite(value):
            return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
        if value == 0:
            return "0"
        return self._short(value) or self._rounded(value)

    def _short(self, value: float) -> str | None:
        """The value without noise, if that takes no more digits than are allowed."""
        text = f"{value:.{NOISE_DIGITS}g}"
        mantissa, _, exponent = text.partition("e")
        if len(mantissa.lstrip("-").replace(".", "").lstrip("0").rstrip("0") or "0") > self.digits:
            return None
        whole = value == int(value) and abs(value) < 10**15
        if whole and len(str(abs(int(value))).rstrip("0")) <= self.digits and abs(value) < 10 ** max(6, self.digits):
            return str(int(value))
        if exponent and not _readable(value):
            return f"{mantissa}e{int(exponent)}"
        return f"{value:.{NOISE_DIGITS}f}".rstrip("0").rstrip(".") if exponent else text

    def _rounded(self, value: float) -> str:
        """The value with `digits` significant digits; whole digits before the point are never cut."""
        mantissa, exponent = f"{value:.{self.digits - 1}e}".split("e")
        if not _readable(value):
            return f"{mantissa}e{int(exponent)}"
        return f"{value:.{max(0, self.digits - 1 - int(exponent))}f}"


def _readable(value: float) -> bool:
    """Whether the number is written without a power of ten."""
    return 1e-4 <= abs(value) < 1e6
