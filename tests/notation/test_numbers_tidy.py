"""Numbers as they are shown, and lines as they are cleaned."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbp.notation.evaluate import evaluate
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.plain import PlainWriter
from graphbp.notation.reading import parse_formula
from graphbp.notation.tidy import tidy, tidyings
from tests.notation.strategies import scalar_formulas


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.35, "0.35"),
        (0.1 + 0.2, "0.3"),
        (0.377512, "0.3775"),
        (-0.0381, "-0.0381"),
        (0.24999999, "0.2500"),
        (1e-17, "1e-17"),
        (1.23456e-7, "1.235e-7"),
        (123456.0, "123456"),
        (1234567.0, "1.235e6"),
        (0.00012345, "0.0001234"),
        (99999.6, "100000"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (2, "2"),
        (1e300, "1e300"),
        (0.99996, "1.000"),
        (12.5, "12.5"),
    ],
)
def test_significant_digits(value: float, shown: str) -> None:
    assert NumberStyle().show(value) == shown


@settings(max_examples=300)
@given(st.floats(-1e300, 1e300), st.integers(2, 9))
def test_the_shown_number_is_near_and_never_a_false_zero(value: float, digits: int) -> None:
    text = NumberStyle(digits).show(value)
    assert math.isclose(float(text), value, rel_tol=0.6 * 10.0 ** (1 - digits), abs_tol=5e-324)
    assert (float(text) == 0) == (value == 0)
    assert not text.startswith("-0") or float(text) != 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1*x", "x"),
        ("x + 0", "x"),
        ("0*x + y", "y"),
        ("-(-x)", "x"),
        ("a + (-b)*c", "a - b*c"),
        ("x**1", "x"),
        ("x**0", "1"),
        ("2/2*x", "x"),
        ("x/1", "x"),
        ("a*(-b)*(-c)", "a*b*c"),
        ("y - t", "y - t"),
        ("b + a", "b + a"),
        ("0.5*0.25", "0.5*0.25"),
        ("0/x", "0"),
    ],
)
def test_tidying(before: str, after: str) -> None:
    assert PlainWriter().write(tidy(parse_formula(before))) == after


@settings(max_examples=200, deadline=None)
@given(scalar_formulas())
def test_each_tidying_keeps_the_value(tree: object) -> None:
    env = {"x": 0.37, "y": -0.61, "w": 0.23}
    functions = {"sigmoid": lambda z: 1 / (1 + math.exp(-min(max(z, -700), 700)))}
    before = evaluate(tree, env, functions=functions)  # type: ignore[arg-type]
    for line, reason in tidyings(tree):  # type: ignore[arg-type]
        assert reason
        after = evaluate(line, env, functions=functions)
        assert math.isclose(after, before, rel_tol=1e-9, abs_tol=1e-12) or math.isnan(before) or math.isinf(before)
