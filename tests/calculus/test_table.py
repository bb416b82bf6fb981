"""The derivatives declared once: each against differences, and proved by an independent algebra system."""

from __future__ import annotations

import pytest
import sympy

from graphbp.calculus.table import SLOPES, SMOOTH, slope, slope_or_name
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import Call, Symbol

X = Symbol("x")
POINTS = (0.3, 0.7, 1.1)
NAMES = {"abs": "Abs", "arctan": "atan", "log1p": None}


@pytest.mark.parametrize("name", sorted(SLOPES))
@pytest.mark.parametrize("at", POINTS)
def test_against_differences(name: str, at: float) -> None:
    def value(x: float) -> float:
        return float(evaluate(Call(name, (X,)), {"x": x}))

    known = slope(Call(name, (X,)), 0)
    assert known is not None
    assert float(evaluate(known, {"x": at})) == pytest.approx((value(at + 1e-6) - value(at - 1e-6)) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_proved(name: str) -> None:
    """sympy's derivative of sympy's function equals ours at exact points, to 30 digits."""
    z = sympy.Symbol("z", positive=True)
    function = sympy.log(1 + z) if name == "log1p" else getattr(sympy, NAMES.get(name) or name)(z)
    known = slope(Call(name, (X,)), 0)
    assert known is not None
    functions = {
        key: getattr(sympy, key) for key in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sign")
    }
    ours = evaluate(known, {"x": sympy.Rational(3, 7)}, functions=functions)
    truth = function.diff(z).subs(z, sympy.Rational(3, 7))
    digits = 14 if name == "erf" else 30
    assert abs(sympy.N(ours - truth, 40)) < sympy.Float(10) ** -digits


def test_an_unknown_function_keeps_its_name() -> None:
    assert slope(Call("g", (X,)), 0) is None
    assert slope_or_name(Call("g", (X,)), 0) == Call("g", (X,), (), (0,))


def test_the_kink_of_abs() -> None:
    known = slope(Call("abs", (X,)), 0)
    assert known is not None
    assert evaluate(known, {"x": 0.0}) == 0
