"""Passes without loops: the same numbers, bit by bit, as instruction by instruction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbp import gallery, ops
from graphbp.engine import Result, run
from graphbp.engine.straight import MOST, WARM
from graphbp.errors import GraphbpError
from graphbp.network import Network
from tests.engine.test_random import ONE, TWO, arrays, grow

NUMBERS = [name for name in ops.names() if ops.get(name).elementwise(ops.get(name).attrs)]


def warmed(net: Network) -> Result:
    for _ in range(WARM):
        result = run(net)
        # Reads all gradients, so that the backward passes are compiled too.
        assert result.gradients.keys() <= set(result)
        _ = [reading.gradient for one in result.examples for reading in one.values()]
    return result


def agrees(net: Network) -> Result:
    """The last of several runs, which gave what the first one gave."""
    first, last = run(net), warmed(net)
    for one, other in zip([first, *first.examples], [last, *last.examples], strict=True):
        for name in one:
            np.testing.assert_array_equal(other[name].value, one[name].value, err_msg=name)
            np.testing.assert_array_equal(other[name].gradient, one[name].gradient, err_msg=name)
    return last


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("at", [0.7, -0.7, 0.0, 800.0, -800.0])
def test_every_operation_on_numbers(name: str, at: float) -> None:
    op = ops.get(name)
    net = Network(name)
    inputs = [f"x{slot}" for slot in range(len(op.inputs))]
    for slot, item in enumerate(inputs):
        net.parameter(item, at + slot)
    options = [f"{key}=2" for key, value in op.attrs.items() if value is ops.base.REQUIRED]
    try:
        net.loss("l", f"{name}({', '.join([*inputs, *options])})**2")
        net.graph  # noqa: B018
    except GraphbpError:
        pytest.skip("is written with a sign, not called")
    assert list(agrees(net).gradients) == inputs


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_random_networks_of_parameters(data: st.DataObject) -> None:
    net = Network("numbers")
    names = ["x", "w", "b"]
    for name in names:
        net.parameter(name, data.draw(st.floats(-3, 3)))
    grow(data.draw, net, names, data.draw(st.integers(1, 12)), (*ONE, *TWO, "{}/{}"))
    net.loss("l", " + ".join(names))
    assert all(type(gradient) is float for gradient in agrees(net).table._learned if gradient is not None)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.data())
def test_random_networks_of_arrays(data: st.DataObject) -> None:
    agrees(arrays(data.draw, data.draw(st.integers(1, 6))))


@pytest.mark.parametrize("name", gallery.names())
def test_networks_of_the_gallery(name: str) -> None:
    net = gallery.load(name)
    if net.has_numbers:
        agrees(net)


def test_given_gradients() -> None:
    net = Network("open")
    net.parameter("w", 0.5)
    net.node("z", "w*w")
    net.node("y", "z - w")
    net.given("z", 0.25)
    net.given("y", -2)
    assert agrees(net)["w"].gradient == 0.25 * 2 * 0.5 + 2


def test_it_is_compiled_for_the_third_run_and_not_for_giants() -> None:
    net = Network("one")
    net.parameter("w", 0.5)
    net.loss("l", "w*w")
    run(net)
    straight = run(net).table.plan.straight
    assert straight is not None and "_forward" not in straight.__dict__
    assert warmed(net)["w"].gradient == 1.0
    assert {"_forward", "_backward"} <= set(straight.__dict__)
    net.node("long", "+".join(["w"] * (MOST // 4)))
    for place in range(4):
        net.node(f"longer{place}", "+".join(["w"] * (MOST // 4 + 2)))
    assert not warmed(net).table.plan.straight.fits
