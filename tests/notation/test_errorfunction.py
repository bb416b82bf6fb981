"""The error function of arrays, held to 30 digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from graphbp.notation.errorfunction import FAR, GONE, NEAR, erf, erfc

EDGES = [bound for edge in (NEAR, FAR) for bound in (edge, np.nextafter(edge, 0), np.nextafter(edge, 9))]
AT = np.array([*np.linspace(-6, 6, 1201), *np.linspace(6, 26, 101), *EDGES, 1e-300, -1e-300, 1e-8, 0.0])


@pytest.mark.parametrize(("found", "truth"), [(erf, "erf"), (erfc, "erfc")])
def test_full_double_precision(found: Callable[[Any], Any], truth: str) -> None:
    with mpmath.workdps(30):
        expected = [float(getattr(mpmath, truth)(mpmath.mpf(float(x)))) for x in AT]
    np.testing.assert_allclose(found(AT), expected, rtol=1e-15, atol=0)
    np.testing.assert_allclose([found(float(x)) for x in AT], expected, rtol=1e-15, atol=0)


def test_ends_and_what_is_no_number() -> None:
    ends = np.array([np.inf, -np.inf, GONE, -GONE, np.nan, -0.0])
    np.testing.assert_array_equal(erf(ends), [1, -1, 1, -1, np.nan, 0])
    np.testing.assert_array_equal(erfc(ends), [0, 2, 0, 2, np.nan, 1])
    assert np.signbit(erf(ends))[-1]
    assert erf(np.zeros((2, 3))).shape == (2, 3)
