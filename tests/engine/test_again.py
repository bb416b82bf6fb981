"""A network that is run again and again: what is kept between runs shows nowhere but in the time."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from graphbp.engine import run
from graphbp.engine.blocks import BLOCK
from graphbp.errors import GraphbpError
from graphbp.network import Network
from graphbp.ops.kernels import in_blocks


def network(style: str = "numbers") -> Network:
    net = Network("again")
    large = BLOCK + 5 if style == "large" else 3
    net.input("x", 0.5 if style == "numbers" else np.linspace(-3, 3, large))
    net.parameter("w", 0.8)
    net.node("a", "sigmoid(w*x) + tanh(x)**2")
    net.loss("l", "a*a" if style == "numbers" else "sum(a*a)")
    return net


@pytest.mark.parametrize("style", ["numbers", "arrays", "large"])
def test_the_next_run_gives_the_same(style: str) -> None:
    net = network(style)
    first = run(net)
    values = {name: (first[name].value, first[name].gradient) for name in first}
    for _ in range(4):
        again = run(net)
        for name in reversed(values):
            np.testing.assert_array_equal(again[name].gradient, values[name][1])
            np.testing.assert_array_equal(again[name].value, values[name][0])


def test_a_network_that_changes_forgets_its_plan() -> None:
    net = network()
    run(net)
    net.node("more", "3*l")
    assert run(net)["more"].value == 3 * run(net)["l"].value
    assert run(net, {"w": 0.0})["a"].value == pytest.approx(0.5 + np.tanh(0.5) ** 2)
    assert run(net, dtype="float32")["a"].value.dtype == np.float32
    assert type(run(net)["a"].value) is float


def test_plans_stay_at_home() -> None:
    net = network("large")
    assert run(net)["w"].gradient is not None
    copy = pickle.loads(pickle.dumps(net))
    assert not copy.kept and not copy.graph.kept
    assert run(copy).loss == run(net).loss


def test_gradients_of_inputs_are_found_when_asked_for() -> None:
    early, late = run(network()), run(network())
    assert late["w"].gradient == early["w"].gradient
    assert late["x"].gradient == early["x"].gradient
    assert late["x"].contributions[0].via == "a"


def test_blocks_join_to_the_whole() -> None:
    x = np.linspace(-1, 1, 2 * BLOCK + 7).reshape(-1, 1)
    np.testing.assert_array_equal(
        in_blocks(lambda a, b, c: a * b + c, (x, np.broadcast_to(2.0, x.shape), 1.0)), 2 * x + 1
    )
    turned = np.ones((BLOCK, 3)).T
    np.testing.assert_array_equal(in_blocks(np.exp, (turned,)), np.exp(turned))


def blocks(total: str) -> tuple[Network, np.ndarray]:
    """A network with examples for several blocks, and their inputs."""
    xs = np.random.default_rng(0).normal(size=2 * BLOCK + 3)
    net = Network("blocks")
    net.input("x")
    net.parameter("w", 0.5)
    net.parameter("lone", 2.0)
    net.loss("l", "tanh(w*x)")
    net.total("L", total)
    for x in xs:
        net.example(x=float(x))
    return net, xs


def test_examples_in_several_blocks() -> None:
    net, xs = blocks("mean(l) + w**2 + lone")
    result = run(net)
    np.testing.assert_allclose(result.loss, np.tanh(0.5 * xs).mean() + 2.25, rtol=1e-13)
    np.testing.assert_allclose(result["w"].gradient, ((1 - np.tanh(0.5 * xs) ** 2) * xs).mean() + 1, rtol=1e-12)
    assert result["lone"].gradient == pytest.approx(1.0)
    assert sum(part.value for part in result["w"].contributions) == pytest.approx(result["w"].gradient)
    assert result.examples[2 * BLOCK + 1]["x"].value == xs[2 * BLOCK + 1]
    assert result.examples[-1]["w"].gradient == pytest.approx((1 - np.tanh(0.5 * xs[-1]) ** 2) * xs[-1])


def test_gradients_of_all_parameters() -> None:
    net = network()
    net.parameter("unused", 1.0)
    result = run(net)
    assert result.gradients == {"w": result["w"].gradient, "unused": 0.0}
    assert "x" not in result.gradients
    net.example(x=1.0)
    net.example(x=-2.0)
    total = run(net)
    assert total.gradients == {name: total[name].gradient for name in ("w", "unused")}


@pytest.mark.parametrize("total", ["sum(l**2)", "mean(l)*lone", "max(l) - w"])
def test_totals_that_need_a_second_walk(total: str) -> None:
    net, xs = blocks(total)
    results = [run(net) for _ in range(3)]
    for name in ("w", "lone"):
        found = {result[name].gradient for result in results}
        whole = sum(part.value for part in results[0][name].contributions)
        assert len(found) == 1
        np.testing.assert_allclose(found.pop(), whole, rtol=1e-12)
    assert results[0]["w"].gradient == pytest.approx(expected(total, xs))


def expected(total: str, xs: np.ndarray) -> float:
    """The gradient for w, written by hand."""
    losses = np.tanh(0.5 * xs)
    slopes = (1 - losses**2) * xs
    if total == "sum(l**2)":
        return float(np.sum(2 * losses * slopes))
    return float(2 * np.mean(slopes)) if total == "mean(l)*lone" else float(slopes[np.argmax(losses)]) - 1


@pytest.mark.parametrize("style", ["numbers", "arrays"])
def test_other_numbers_in_the_same_plan(style: str) -> None:
    net = network(style)
    x = 0.25 if style == "numbers" else np.array([0.1, 0.2, 0.3])
    first = run(net)
    other, slow = run(net, {"x": x, "w": 2}), run(net.with_values({"x": x, "w": 2}))
    assert other.table.plan is first.table.plan
    for name in slow:
        np.testing.assert_array_equal(other[name].value, slow[name].value)
        np.testing.assert_array_equal(other[name].gradient, slow[name].gradient)
    assert run(net)["w"].value == 0.8


def test_numbers_may_change_after_the_run() -> None:
    net, x = network("arrays"), np.array([0.1, 0.2, 0.3])
    expected = run(net, {"x": x})["w"].gradient
    result = run(net, {"x": x})
    x[:] = 0
    assert result["w"].gradient == expected


@pytest.mark.parametrize("value", [np.nan, "0.5x", [1.0, np.inf, 2.0], True, np.ones((2, 2, 2, 2)) * 1j])
def test_what_is_no_number_is_refused_as_before(value: object) -> None:
    with pytest.raises(GraphbpError):
        run(network("arrays"), {"w": value})


def test_another_shape_makes_another_graph() -> None:
    result = run(network("arrays"), {"x": [1.0, 2.0]})
    assert result["a"].value.shape == (2,)
    assert run(network("arrays"), {"x": np.ones(5)})["a"].value.shape == (5,)
    assert run(network("arrays"), {"w": [0.1, 0.2, 0.3]}, dtype="float32")["w"].value.dtype == np.float32
    with pytest.raises(GraphbpError):
        run(network(), {"w": 10**400})
