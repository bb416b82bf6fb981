"""Values, gradients and their contributions, on networks small enough to check by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphbp.engine import Result, run
from graphbp.engine.differences import central_difference, complex_step
from graphbp.errors import GraphbpError, NameProblem, ShapeError, UsageError, ValueMissing
from graphbp.network import Network


def shared() -> Network:
    """x is used twice by z and once by l: several paths."""
    net = Network("shared")
    net.input("x", 0.5)
    net.parameter("w", -2)
    net.node("z", "w*x + x**2")
    net.node("a", "tanh(z)")
    net.loss("l", "(a - x)**2/2")
    return net


def layers() -> Network:
    """A batch through a dense layer, with an implicit broadcast and named sizes."""
    random = np.random.default_rng(0)
    net = Network("layers")
    net.input("X", random.normal(size=(4, 3)), shape=["N", 3])
    net.parameter("W", random.normal(size=(2, 3)))
    net.parameter("b", [0.1, -0.2])
    net.target("t", [0, 1, 1, 0], shape=["N"])
    net.node("Z", "X @ W.T + b")
    net.node("A", "sigmoid(Z)")
    net.loss("l", "cross_entropy(A, t) + sum(W**2)/20")
    return net


def all_agree(net: Network, result: Result, names: list[str], **overrides: Any) -> None:
    for name in names:
        found = central_difference(net, name, overrides)
        assert not found.kink
        np.testing.assert_allclose(result[name].gradient, found.value, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(result[name].gradient, complex_step(net, name, overrides), rtol=1e-11, atol=1e-14)


def test_values_and_gradients_by_hand() -> None:
    result = run(shared())
    a = math.tanh(-0.75)
    assert result["z"].value == -0.75
    assert result["a"].value == pytest.approx(a)
    assert result["a"].gradient == pytest.approx(a - 0.5)
    assert result["w"].gradient == pytest.approx((a - 0.5) * (1 - a * a) * 0.5)
    assert result["l"].gradient == 1.0
    assert result.loss == result["l"].value == pytest.approx((a - 0.5) ** 2 / 2)
    assert type(result["z"].value) is float
    all_agree(shared(), result, ["x", "w", "z", "a"])


def test_a_gradient_is_the_sum_of_one_contribution_for_each_named_consumer() -> None:
    result = run(shared())
    parts = result["x"].contributions
    assert [(part.to, part.via, part.slot) for part in parts] == [("x", "z", 1), ("x", "l", 1)]
    assert sum(part.value for part in parts) == pytest.approx(result["x"].gradient)
    assert result["l"].contributions == ()


def test_running_backward_twice_gives_the_same() -> None:
    result = run(shared())
    assert result["x"].gradient == result["x"].gradient == run(shared())["x"].gradient


def test_arrays_with_named_sizes_and_a_broadcast_bias() -> None:
    net = layers()
    result = run(net)
    assert result["Z"].value.shape == (4, 2)
    np.testing.assert_allclose(result["b"].gradient, result["Z"].gradient.sum(axis=0))
    assert result["t"].gradient is None, "class numbers have no gradient"
    assert "Z/1" not in result
    via = [part.via for part in result["W"].contributions]
    assert sorted(via) == ["Z", "l"]
    np.testing.assert_allclose(sum(part.value for part in result["W"].contributions), result["W"].gradient)
    all_agree(net, result, ["X", "W", "b", "Z", "A"])


def test_what_the_loss_does_not_use_has_gradient_zero() -> None:
    net = shared()
    net.node("unused", "w*3")
    assert run(net)["unused"].gradient == 0.0


def test_conditions_have_no_gradient() -> None:
    net = Network("choice")
    net.input("x", [-1, 2])
    net.node("y", "where(x > 0, x**2, -x)")
    net.loss("l", "sum(y)")
    np.testing.assert_array_equal(run(net)["x"].gradient, [-1, 4])


def test_overrides() -> None:
    assert run(shared(), {"w": 3})["z"].value == 1.75
    with pytest.raises(NameProblem, match="did you mean w"):
        run(shared(), {"ww": 3})
    with pytest.raises(NameProblem, match="z is computed"):
        run(shared(), {"z": 3})
    with pytest.raises(ShapeError):
        run(layers(), {"b": [1, 2, 3]})
    with pytest.raises(ShapeError, match="size N is 4 elsewhere and 3 in t"):
        run(layers(), {"t": [1, 0, 1]})


def test_another_number_of_rows_is_another_plan_and_no_other_graph() -> None:
    net = layers()
    small = run(net, {"X": np.ones((2, 3)), "t": [0, 1]})
    assert small["Z"].value.shape == (2, 2)
    assert small["b"].gradient.shape == (2,)


def test_single_precision() -> None:
    for net in (shared(), layers()):
        wide, narrow = run(net), run(net, dtype="float32")
        for name in wide:
            assert np.asarray(narrow[name].value).dtype == np.float32
            np.testing.assert_allclose(narrow[name].value, wide[name].value, rtol=1e-5, atol=1e-6)
            if wide[name].gradient is not None:
                assert np.asarray(narrow[name].gradient).dtype == np.float32
                np.testing.assert_allclose(narrow[name].gradient, wide[name].gradient, rtol=1e-4, atol=1e-6)
    with pytest.raises(UsageError, match="float16"):
        run(shared(), dtype="float16")


def test_missing_numbers_are_named_with_the_remedy() -> None:
    net = Network("symbols")
    net.input("x")
    net.parameter("w")
    net.loss("l", "w*x")
    with pytest.raises(ValueMissing, match=r"x, w have no numbers.*--set x=0\.3"):
        run(net)
    assert run(net, {"x": 2, "w": 3}).loss == 6.0


def test_unknown_functions_have_no_numbers() -> None:
    net = Network("unknown")
    net.input("x", 1)
    net.function("g", ["u"])
    net.loss("l", "g(x)")
    with pytest.raises(ValueMissing, match="g has no formula"):
        run(net)


def test_declared_functions_compute_and_differentiate() -> None:
    net = Network("declared")
    net.input("x", 0.7)
    net.parameter("V", [0.5, -1])
    net.function("swish", ["u"], "u*sigmoid(u)")
    net.function("twice", ["p", "q"], "swish(p) + swish(q)*p")
    net.function("length", ["v"], "sqrt(sum(v**2))")
    net.node("y", "twice(x, x**2)")
    net.loss("l", "y*length(V) + sum(swish(V))")
    result = run(net)
    all_agree(net, result, ["x", "V", "y"])


def test_given_gradients_start_the_backward_pass() -> None:
    net = Network("open")
    for name, value in (("x", 0.3), ("w3", 0.5), ("w4", -0.8)):
        net.input(name, value)
    net.node("a", "sigmoid(x)")
    net.node("z1", "w3*a")
    net.node("z2", "w4*a + z1")
    net.given("z1", 0.31)
    net.given("z2", -0.2)
    result = run(net)
    assert result.loss is None
    assert result["z1"].gradient == 0.31, "a given gradient is total already"
    assert result["a"].gradient == pytest.approx(0.5 * 0.31 + 0.8 * 0.2)
    all_agree(net, result, ["x", "w3", "a", "z1", "z2"])
    assert run(net, {"dl/dz2": 0})["a"].gradient == pytest.approx(0.5 * 0.31)
    with pytest.raises(NameProblem, match="dl/dz3"):
        run(net, {"dl/dz3": 0})


def test_given_gradients_without_numbers_leave_gradients_unknown() -> None:
    net = Network("open")
    net.input("x", 1)
    net.node("z", "2*x")
    net.given("z")
    result = run(net)
    assert result["x"].value == 1.0
    assert result["x"].gradient is None
    assert "dl/dz has no number" in result.warnings[0]
    assert run(net, {"dl/dz": 3})["x"].gradient == 6.0


def test_without_loss_there_are_values_and_no_gradients() -> None:
    net = Network("forward")
    net.input("x", 1)
    net.node("z", "2*x")
    assert run(net)["z"].value == 2.0
    assert run(net)["z"].gradient is None
    with pytest.raises(UsageError, match="no loss"):
        central_difference(net, "x")


def test_the_first_node_that_is_not_finite_is_named_once() -> None:
    net = Network("overflow")
    net.input("x", 800)
    net.node("e", "exp(x)")
    net.node("f", "e/e")
    net.loss("l", "f**2")
    result = run(net)
    assert result["e"].value == math.inf
    assert math.isnan(result["l"].value)
    assert result.nonfinite == "e"
    assert len(result.warnings) == 1 and "e" in result.warnings[0]
    assert run(shared()).nonfinite is None


@pytest.mark.parametrize("formula", ["1/x", "log(x)", "x**(-1)", "sqrt(x)", "(x - 1)**0.5", "exp(1000) - exp(1000)*x"])
def test_plain_numbers_never_raise(formula: str) -> None:
    net = Network("edge")
    net.input("x", 0)
    net.loss("l", formula)
    result = run(net)
    assert result["x"].gradient is not None
    assert result.nonfinite is not None


def test_an_unknown_node() -> None:
    with pytest.raises(NameProblem, match="did you mean"):
        run(shared())["zz"]
    with pytest.raises(GraphbpError):
        central_difference(shared(), "nothing")


def test_symbols_are_latex() -> None:
    assert run(layers())["W"].symbol.startswith("W")


def test_growth_is_linear_and_nothing_recurses() -> None:
    net = Network("chain")
    net.input("x", 0.5)
    net.parameter("w", 0.3)
    before = "x"
    for place in range(3000):
        net.node(f"z{place}", f"sigmoid(w*{before})")
        before = f"z{place}"
    net.loss("l", before)
    result = run(net)
    assert len(result) == 3003
    assert result["w"].gradient == pytest.approx(central_difference(net, "w").value, rel=1e-6)


def test_class_numbers_stay_without_gradient_when_their_entries_are_moved() -> None:
    net = Network("classes")
    net.input("x", [[0.1, 0.2], [0.3, -0.4]])
    net.target("t", [[0, 1]])
    net.loss("l", "cross_entropy(x, t[0])")
    assert run(net)["t"].gradient is None
    assert run(net)["x"].gradient is not None


def test_declared_functions_of_arrays_and_numbers() -> None:
    net = Network("mixed")
    net.input("x", [0.5, -1, 2])
    net.parameter("w", 0.3)
    net.parameter("M", [[1, 2, 0], [0, -1, 1]])
    net.function("scaled", ["u", "k"], "tanh(k*u) + k")
    net.function("image", ["A", "v"], "A @ v")
    net.function("three", ["u"], "3")
    net.node("y", "scaled(x, w)")
    net.loss("l", "sum(image(M, y)**2) + sum(three(y))")
    result = run(net)
    assert result["l"].value == pytest.approx(
        float(np.sum((np.array([[1, 2, 0], [0, -1, 1]]) @ result["y"].value) ** 2) + 9)
    )
    all_agree(net, result, ["x", "w", "M", "y"])


def test_giants_are_refused_before_they_are_allocated() -> None:
    net = Network("giant")
    net.input("x", np.ones((2, 1)))
    net.node("y", "x @ x.T")
    big = Network("big")
    big.input("u", np.ones(200_000))
    big.node("outer", "outer(u, u)")
    big.loss("l", "sum(outer)")
    with pytest.raises(ShapeError, match=r"would need 320000000000 bytes"):
        run(big)


def test_a_node_as_sympy() -> None:
    net = Network("closed")
    net.input("x", 2)
    net.parameter("w", 3)
    net.function("double", ["u"], "2*u")
    net.node("z", "leaky_relu(double(w*x), 0.5)")
    net.loss("l", "max(z, 0)**2")
    result = run(net)
    assert str(result["x"].sympy()) == "x"
    closed = result["l"].sympy()
    numbers = {"x": 2, "w": 3}
    value = closed.subs({symbol: numbers[symbol.name] for symbol in closed.free_symbols})
    assert float(value) == result["l"].value == 144.0
