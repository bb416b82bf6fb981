"""Random networks with sharing and several paths: the backward pass against complex steps of the definitions."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graphbp.engine import run
from graphbp.engine.differences import complex_step
from graphbp.network import Network

ONE = (
    "sigmoid({})",
    "tanh({})",
    "exp({}/4)",
    "sin({})",
    "-{}",
    "({})**2",
    "softplus({})",
    "2/(1 + {}**2)",
    "log(1 + {}**2)",
)
TWO = ("{} + {}", "{} - {}", "{}*{}", "{}/(2 + {}**2)", "{}*0.5 + {}*{}")
ARRAYS = (
    "softmax({})",
    "{} @ M",
    "sum({}, axis=0, keepdims=True) * {}",
    "{} - mean({})",
    "({} @ {}.T) @ {}",
    "{} + r",
    "{}*c",
)


def numbers(draw: st.DrawFn, count: int) -> Network:
    """A network of scalar nodes, each of which uses earlier ones again and again."""
    net = Network("numbers")
    names = ["x", "w", "b"]
    for name in names:
        net.input(name, draw(st.floats(-1.5, 1.5).filter(lambda value: abs(value) > 1e-3)))
    grow(draw, net, names, count, ONE + TWO)
    net.loss("l", " + ".join(f"{name}*{place + 1}/10" for place, name in enumerate(names[3:])))
    return net


def grow(draw: st.DrawFn, net: Network, names: list[str], count: int, patterns: tuple[str, ...]) -> None:
    for place in range(count):
        pattern = draw(st.sampled_from(patterns))
        used = [draw(st.sampled_from(names)) for _ in range(pattern.count("{}"))]
        net.node(f"n{place}", pattern.format(*used))
        names.append(f"n{place}")


def arrays(draw: st.DrawFn, count: int) -> Network:
    """A network of matrices with broadcasts, reductions and products."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    net = Network("arrays")
    net.input("X", random.normal(size=(2, 3)))
    net.parameter("M", random.normal(size=(3, 3)))
    net.parameter("r", random.normal(size=3))
    net.parameter("c", random.normal(size=(2, 1)))
    names = ["X"]
    grow(draw, net, names, count, ("sigmoid({})", "tanh({})", "{}*{}", *ARRAYS))
    net.loss("l", " + ".join(f"sum({name})*{place + 1}/10" for place, name in enumerate(names)))
    return net


def agrees(net: Network) -> None:
    result = run(net)
    assume(all(np.all(np.abs(result[name].value) < 1e6) for name in result))
    for name in result:
        expected = complex_step(net, name)
        size = max(1.0, float(np.max(np.abs(expected))))
        np.testing.assert_allclose(result[name].gradient, expected, rtol=1e-9, atol=1e-9 * size)
        shares = [part.value for part in result[name].contributions]
        if shares:
            np.testing.assert_allclose(sum(shares), result[name].gradient, rtol=1e-12, atol=1e-12 * size)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_random_numbers(data: st.DataObject) -> None:
    agrees(numbers(data.draw, data.draw(st.integers(1, 8))))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.data())
def test_random_arrays(data: st.DataObject) -> None:
    agrees(arrays(data.draw, data.draw(st.integers(1, 5))))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.data())
def test_rows_stacked_or_alone_are_the_same(data: st.DataObject) -> None:
    net = numbers(data.draw, 5)
    alone = [run(net, {"x": x}) for x in (0.3, -0.7)]
    for x in (0.3, -0.7):
        net.example(x=x)
    together = run(net)
    for example, single in zip(together.examples, alone, strict=True):
        for name in example:
            np.testing.assert_allclose(example[name].value, single[name].value, rtol=1e-13)
            np.testing.assert_allclose(example[name].gradient, single[name].gradient, rtol=1e-12, atol=1e-14)
