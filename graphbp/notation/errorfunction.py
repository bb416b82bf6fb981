"""The error function of arrays, which NumPy lacks: rational approximations, good to the last digits of a double.

Source: Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23, 1969, with the
coefficients of his program CALERF.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Value = Any
Coefficients = Sequence[float]

NEAR, FAR, GONE = 0.46875, 4.0, 30.0
"""Up to NEAR erf has an approximation of its own, beyond it 1 − erf has, another beyond FAR; behind GONE it is 0."""

# Numerators and denominators, the highest power first.
SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346047e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def erf(x: Value) -> Value:
    """2/√π ∫₀ˣ e^(−t²) dt, entry by entry.

    >>> erf(np.array([0.0, np.inf]))
    array([0., 1.])
    """
    if np.ndim(x) == 0:
        return math.erf(x)
    return _pieces(x, lambda x: x * _ratio(x * x, SMALL), lambda x: np.copysign(0.5 - _tail(np.abs(x)) + 0.5, x))


def erfc(x: Value) -> Value:
    """1 − erf x without losing digits where erf x is near 1, entry by entry.

    >>> erfc(0.0)
    1.0
    """
    if np.ndim(x) == 0:
        return math.erfc(x)
    return _pieces(x, lambda x: 1.0 - x * _ratio(x * x, SMALL), _far_erfc)


def _far_erfc(x: np.ndarray) -> Value:
    tail = _tail(np.abs(x))
    return np.where(x < 0, 2.0 - tail, tail)


def _pieces(x: Value, near: Any, far: Any) -> np.ndarray:
    """One function where |x| is small, the other elsewhere."""
    array = np.asarray(x, float)
    small = np.abs(array) <= NEAR
    made = np.empty_like(array)
    made[small] = near(array[small])
    made[~small] = far(array[~small])
    return made


def _tail(y: np.ndarray) -> Value:
    """erfc y for y > NEAR; what is not a number stays so."""
    y = np.minimum(y, GONE)
    scaled, beyond = _ratio(y, MIDDLE), y > FAR
    if beyond.any():
        scaled[beyond] = _far(y[beyond])
    # e^(−y²) from a y of few digits, whose square is exact, and from what it leaves.
    short = np.trunc(y * 16.0) / 16.0
    return np.exp(-short * short) * np.exp(-(y - short) * (y + short)) * scaled


def _far(y: np.ndarray) -> Value:
    inverse = 1.0 / (y * y)
    return (1.0 / math.sqrt(math.pi) - inverse * _ratio(inverse, LARGE)) / y


def _ratio(x: np.ndarray, coefficients: tuple[Coefficients, Coefficients]) -> Value:
    upper, lower = (_polynomial(x, part) for part in coefficients)
    return upper / lower


def _polynomial(x: np.ndarray, coefficients: Coefficients) -> Value:
    made = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        made *= x
        made += coefficient
    return made
