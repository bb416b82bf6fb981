"""Formulas in quotes and SymPy expressions as networks."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import graphbp
from graphbp.errors import GraphbpError
from graphbp.graph import Role
from graphbp.importers.expression import looks_like_formula, read_expression


def test_roles_by_convention() -> None:
    net = read_expression("(sigmoid(w*x1 + b) - yhat)**2")
    assert {name: leaf.role for name, leaf in net.leaves.items()} == {
        "w": Role.PARAMETER, "x1": Role.INPUT, "b": Role.PARAMETER, "yhat": Role.TARGET,
    }  # fmt: skip


def test_the_result_may_be_named() -> None:
    assert read_expression("y = w*x").loss_name == "y"
    assert read_expression("w*l").loss_name == "y"


@pytest.mark.parametrize("text", ["two-layer", "net.yaml", "a/b.yaml", "folder/net", "lecture-e4"])
def test_names_are_not_formulas(text: str) -> None:
    assert not looks_like_formula(text)


HOSTILE = ["__import__('os')", "().__class__", "x.__class__", "w*x;1", "lambda: 0", "x" * 60_000 + "*y"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_hostile_formulas_are_refused(text: str) -> None:
    with pytest.raises(GraphbpError):
        read_expression(text)


@given(st.text(alphabet="wxt01.+-*/()[]@,= '\"sigmoidexpT\n\u202e", max_size=40))
@settings(max_examples=200, deadline=None)
def test_random_formulas_raise_nothing_else(text: str) -> None:
    try:
        read_expression(text)
    except GraphbpError as error:
        assert str(error)


x, w, t = sympy.symbols("x w t")


@pytest.mark.parametrize(
    "expression",
    [
        (w * x - t) ** 2 / 2, sympy.exp(-w * x) / (1 + sympy.exp(-x)), sympy.sqrt(w**2 + x**2), sympy.log(x / w) * t,
        sympy.tanh(w * x) - sympy.Rational(1, 3) * t, x ** sympy.Rational(-3, 2) * w, sympy.sin(x) * sympy.cos(w) * t,
        sympy.Float(0.25) * x - 2 * w, -x * w, sympy.Max(x, w), x**w / (t - x) + sympy.E * t,
    ],
)  # fmt: skip
def test_sympy_expressions_keep_value_and_gradient(expression: sympy.Expr) -> None:
    at = {"x": 0.7, "w": 1.3, "t": 0.4}
    names = sorted(symbol.name for symbol in expression.free_symbols)
    result = graphbp.from_sympy(expression).run({name: at[name] for name in names})
    numbers = {symbol: at[str(symbol)] for symbol in expression.free_symbols}
    assert np.isclose(float(result.loss), float(expression.evalf(subs=numbers)))
    for symbol in expression.free_symbols:
        truth = float(sympy.diff(expression, symbol).doit().evalf(subs=numbers))
        assert np.isclose(float(result[str(symbol)].gradient), truth)


def test_sympy_parts_without_counterpart() -> None:
    with pytest.raises(GraphbpError, match="no counterpart"):
        graphbp.from_sympy(sympy.Integral(x, x) + w)
    with pytest.raises(GraphbpError, match="no counterpart"):
        graphbp.from_sympy(sympy.zeta(x))


def test_nodes_as_sympy() -> None:
    net = graphbp.load("two-layer")
    value, slope = net.sympy("l"), net.sympy("l", wrt="w5")
    symbols = {symbol.name: symbol for symbol in value.free_symbols}
    at = {symbols[name]: float(net.arrays[name]) for name in symbols}
    result = net.run()
    assert np.isclose(float(value.subs(at)), float(result.loss))
    assert np.isclose(float(slope.subs(at)), float(result["w5"].gradient))
    assert net.sympy("x1") == symbols["x1"]
    with pytest.raises(GraphbpError, match="did you mean"):
        net.sympy("ll")
