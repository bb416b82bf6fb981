"""Random networks, the whole way: numbers against difference quotients, every reading, every view."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

import graphbp
from graphbp.network.variable import Variable, call

READINGS = ("unit", "layer", "entry")
VIEWS = ("graph", "network", "reverse")
Shape = tuple[int, int]


class Builder:
    """Stacks random layers on a batch; sizes are drawn so that most of them differ."""

    def __init__(self, seed: int) -> None:
        self.chance, self.draw = random.Random(seed), np.random.default_rng(seed)
        self.net = graphbp.Network(f"random network {seed}")
        self.shape: Shape = (self.chance.choice([2, 3, 4]), self.chance.choice([2, 3, 5]))
        self.current = self.net.input("X", self.numbers(*self.shape))

    def numbers(self, *shape: int) -> list[float]:
        made: list[float] = np.round(self.draw.normal(size=shape), 2).tolist()
        return made

    def build(self) -> graphbp.Network:
        steps: list[Callable[[int], Variable]] = [
            self.dense, self.dense_turned, self.activation, self.scale, self.skip, self.softmax, self.centred,
            self.normed, self.weighted,
        ]  # fmt: skip
        for number in range(1, self.chance.randint(3, 5)):
            self.current = self.chance.choice(steps)(number)
        target = self.net.target("T", self.numbers(*self.shape))
        losses = [call("squared_error", self.current, target), call("mse", self.current, target),
                  call("sum", (self.current - target) ** 2) / 2, call("mean", self.current * target)]  # fmt: skip
        self.net.loss("l", self.chance.choice(losses))
        return self.net

    def dense(self, number: int) -> Variable:
        width = self.chance.choice([2, 3, 4])
        weight = self.net.parameter(f"W{number}", self.numbers(self.shape[1], width))
        bias = self.net.parameter(f"b{number}", self.numbers(width))
        self.shape = (self.shape[0], width)
        return self.net.node(f"Z{number}", self.current @ weight + bias)

    def dense_turned(self, number: int) -> Variable:
        width = self.chance.choice([2, 3, 4])
        weight = self.net.parameter(f"W{number}", self.numbers(width, self.shape[1]))
        self.shape = (self.shape[0], width)
        return self.net.node(f"Z{number}", self.current @ weight.T)

    def activation(self, number: int) -> Variable:
        return self.net.node(f"A{number}", call(self.chance.choice(["sigmoid", "tanh", "relu", "exp"]), self.current))

    def scale(self, number: int) -> Variable:
        return self.net.node(f"S{number}", self.net.parameter(f"g{number}", 1.5) * self.current + 0.5)

    def skip(self, number: int) -> Variable:
        return self.net.node(f"R{number}", self.current + call("tanh", self.current))

    def softmax(self, number: int) -> Variable:
        return self.net.node(f"P{number}", call("softmax", self.current, axis=-1))

    def centred(self, number: int) -> Variable:
        mean = self.net.node(f"M{number}", call("mean", self.current, axis=0))
        return self.net.node(f"C{number}", self.current - mean)

    def normed(self, number: int) -> Variable:
        return self.net.node(f"Q{number}", self.current / (1 + call("sum", self.current**2, axis=1, keepdims=True)))

    def weighted(self, number: int) -> Variable:
        return self.net.node(f"H{number}", self.current * self.net.parameter(f"V{number}", self.numbers(*self.shape)))


@pytest.mark.parametrize("seed", range(12))
def test_gradients_are_difference_quotients(seed: int) -> None:
    net = Builder(seed).build()
    result, step = net.run(), 1e-6
    for leaf in net.leaves.values():
        array = net.arrays[leaf.name]
        place = tuple(np.random.default_rng(seed).integers(size) for size in array.shape)
        sides = []
        for sign in (1, -1):
            moved = array.copy()
            moved[place] += sign * step
            sides.append(float(net.run({leaf.name: moved}).loss))
        quotient = (sides[0] - sides[1]) / (2 * step)
        assert np.isclose(np.asarray(result[leaf.name].gradient)[place], quotient, rtol=1e-5, atol=1e-7), leaf.name


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("seed", range(8))
def test_every_reading_tells_every_network(seed: int, reading: str) -> None:
    page = Builder(seed).build().explain(reading=reading, detail="full" if seed % 2 else "normal")
    assert page.derivation.steps
    assert page.text()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", range(8))
def test_every_view_draws_every_network(seed: int, view: str) -> None:
    assert Builder(seed).build().draw(view).scene.shapes


@pytest.mark.parametrize("seed", range(8))
def test_files_keep_every_network(seed: int) -> None:
    from graphbp.importers.yaml_file import read_network

    text = Builder(seed).build().canonical()
    again = read_network(text)
    assert again.canonical() == text
    assert float(graphbp.Network.of(again).run().loss) == float(Builder(seed).build().run().loss)


def test_a_given_gradient_holds_the_whole_way_behind_its_node() -> None:
    """n is used by m, and both gradients are given: the path over m is already in dl/dn."""
    net = graphbp.Network()
    w = net.parameter("w", 0.5)
    n = net.node("n", w * 3)
    m = net.node("m", n**2)
    net.given(n, 0.25)
    net.given(m, 2)
    assert float(net.run()["w"].gradient) == 0.75
    for reading in ("unit", "path"):
        assert net.explain(reading=reading).derivation.steps


def test_inputs_of_examples_have_no_gradient_of_the_total() -> None:
    net = graphbp.Network()
    x = net.input("x")
    net.loss("l", x**2)
    net.example(x=1)
    net.example(x=2)
    assert [step.node for step in net.explain().derivation.steps] == ["x"]
