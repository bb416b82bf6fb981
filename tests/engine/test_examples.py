"""Several examples and their total, stacked and one by one."""

from __future__ import annotations

import numpy as np
import pytest

from graphbp.engine import run
from graphbp.engine.differences import central_difference
from graphbp.errors import GraphError
from graphbp.network import Network

ROWS = [(0.5, 0.0), (2.0, 1.0), (-1.0, 0.0)]


def neuron(total: str | None = None, *, vector: bool = False) -> Network:
    """One neuron and three examples; as vectors of length 1 it cannot be stacked."""
    net = Network("neuron")
    net.input("x", shape=[1] if vector else None)
    net.parameter("w", [0.8] if vector else 0.8)
    net.parameter("b", -0.5)
    net.target("t")
    net.node("z", "w*x + b" if not vector else "sum(w*x) + b")
    net.loss("l", "(sigmoid(z) - t)**2/2")
    for x, t in ROWS:
        net.example(x=[x] if vector else x, t=t)
    if total:
        net.total("L", total)
    return net


@pytest.mark.parametrize("vector", [False, True])
def test_the_total_is_the_sum_over_the_examples(vector: bool) -> None:
    result = run(neuron(vector=vector))
    assert len(result.examples) == 3
    assert result.total == "L"
    losses = [example["l"].value for example in result.examples]
    assert result.loss == result["L"].value == pytest.approx(sum(losses))
    parts = [example["w"].gradient for example in result.examples]
    np.testing.assert_allclose(result["w"].gradient, sum(parts))
    assert "x" not in result and "z" not in result
    assert set(result) == {"w", "b", "L"}


@pytest.mark.parametrize("vector", [False, True])
@pytest.mark.parametrize("total", ["sum(l)", "mean(l)", "mean(l) + 0.1*sum(w**2)/2", "sum(l**2) + b**2", "max(l)"])
def test_totals_agree_with_differences(total: str, vector: bool) -> None:
    net = neuron(total, vector=vector)
    result = run(net)
    for name in ("w", "b"):
        np.testing.assert_allclose(result[name].gradient, central_difference(net, name).value, rtol=1e-7, atol=1e-9)
        shares = [part.value for part in result[name].contributions]
        np.testing.assert_allclose(sum(shares), result[name].gradient)


def test_each_example_is_a_run_of_its_own() -> None:
    stacked, single = run(neuron()), run(neuron(vector=True))
    for place, (x, t) in enumerate(ROWS):
        alone = neuron()
        alone._rows.clear()
        alone._changed()
        expected = run(alone, {"x": x, "t": t})
        for name in ("w", "b", "z", "l", "t"):
            assert stacked.examples[place][name].value == pytest.approx(expected[name].value)
            assert stacked.examples[place][name].gradient == pytest.approx(expected[name].gradient)
            np.testing.assert_allclose(single.examples[place][name].gradient, expected[name].gradient)
        assert type(stacked.examples[place]["w"].value) is float


def test_differences_of_one_example() -> None:
    net = neuron()
    result = run(net)
    assert result.examples[1]["z"].gradient == pytest.approx(central_difference(net, "z", example=1).value, rel=1e-8)


def test_overrides_reach_all_examples() -> None:
    result = run(neuron(), {"w": 0.0, "x": 7.0})
    assert [example["z"].value for example in result.examples] == [-0.5] * 3
    assert [example["x"].value for example in result.examples] == [7.0] * 3


def test_slices_and_ends() -> None:
    examples = run(neuron()).examples
    assert [item["x"].value for item in examples[1:]] == [2.0, -1.0]
    assert examples[-1]["x"].value == -1.0


def test_a_total_that_is_not_one_number() -> None:
    with pytest.raises(GraphError, match="not one number"):
        run(neuron("l*2"))


def test_rows_of_different_lengths() -> None:
    net = Network("lengths")
    net.input("x", shape=["N"])
    net.parameter("w", 2.0)
    net.loss("l", "sum(w*x)")
    net.example(x=[1, 2, 3])
    net.example(x=[5])
    result = run(net)
    assert result.loss == 22.0
    assert result["w"].gradient == 11.0


def test_open_networks_with_data() -> None:
    net = Network("open")
    net.input("x")
    net.parameter("w", 3)
    net.node("z", "w*x")
    net.given("z", 0.5)
    net.example(x=1)
    net.example(x=2)
    result = run(net)
    assert [example["w"].gradient for example in result.examples] == [0.5, 1.0]


def test_many_examples_in_one_pass() -> None:
    random = np.random.default_rng(0)
    net = Network("many")
    net.input("x")
    net.parameter("w", 0.5)
    net.loss("l", "tanh(w*x)")
    xs = random.normal(size=500)
    for x in xs:
        net.example(x=float(x))
    result = run(net)
    assert result["w"].gradient == pytest.approx(float(np.sum((1 - np.tanh(0.5 * xs) ** 2) * xs)))


def test_declared_functions_keep_examples_apart() -> None:
    net = Network("declared")
    net.input("x")
    net.parameter("w", 0.5)
    net.function("f", ["u", "k"], "tanh(k*u)*k")
    net.loss("l", "f(x, w)")
    for x in (1.0, 2.0, -3.0):
        net.example(x=x)
    result = run(net)
    assert len({example["w"].gradient for example in result.examples}) == 3
    assert result["w"].gradient == pytest.approx(central_difference(net, "w").value, rel=1e-8)
