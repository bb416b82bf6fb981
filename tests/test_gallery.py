"""Every ready-made network runs, explains and draws, and shows what the lecture shows."""

from __future__ import annotations

import numpy as np
import pytest

import graphbp
from graphbp import gallery
from graphbp.errors import UsageError

NAMES = gallery.names()
VIEWS = ("graph", "network", "reverse")


def test_the_course_is_there() -> None:
    wanted = {"two-layer", "one-neuron", "lecture-c1", "lecture-d3", "lecture-e4", "lecture-e7", "lecture-e8",
              "chain-rule-one-path", "chain-rule-two-paths", "affine-softmax"}  # fmt: skip
    assert wanted <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_network_has_title_and_description(name: str) -> None:
    assert graphbp.example(name).title
    assert 10 < len(gallery.describe(name)) < 120


@pytest.mark.parametrize("name", NAMES)
def test_every_network_explains(name: str) -> None:
    page = graphbp.example(name).explain(detail="brief")
    assert page.derivation.steps
    assert page.text()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", NAMES)
def test_every_network_draws(name: str, view: str) -> None:
    net = graphbp.example(name)
    if view == "reverse" and not (net.has_loss or net.givens):
        with pytest.raises(UsageError, match="nothing flows backward"):
            net.draw(view)
        return
    scene = net.draw(view).scene
    assert scene.width > 0
    assert scene.shapes


@pytest.mark.parametrize("name", [name for name in NAMES if graphbp.example(name).has_numbers])
def test_every_network_with_numbers_has_true_gradients(name: str) -> None:
    """Against difference quotients of the loss, or of the total where there are examples."""
    net = graphbp.example(name)
    result, step = net.run(), 1e-6
    if result.loss is None:
        return
    for leaf in net.leaves.values():
        if leaf.role != "parameter":
            continue
        array = net.arrays[leaf.name]
        for place in np.ndindex(array.shape):
            moved = [array.copy(), array.copy()]
            moved[0][place] += step
            moved[1][place] -= step
            high, low = (float(net.run({leaf.name: one}).loss) for one in moved)
            assert np.isclose((high - low) / (2 * step), np.asarray(result[leaf.name].gradient)[place], atol=1e-8)


def test_d3_has_the_figures_of_the_lecture() -> None:
    result = graphbp.example("lecture-d3").run()
    figures = {"z1_1": 4, "z1_2": -2, "a1_1": 0.98, "a1_2": 0.12, "a2_1": 0.86, "a2_2": 0.11, "y1": 0.62, "y2": 0.83}
    assert {name: round(float(result[name].value), 2) for name in figures} == figures


def test_c1_is_a_sum_over_examples() -> None:
    result = graphbp.example("lecture-c1").run()
    assert np.isclose(result.loss, sum(one["l"].value for one in result.examples))
    assert np.isclose(result["w"].gradient, sum(one["w"].gradient for one in result.examples))


def test_e4_assumes_two_gradients() -> None:
    net = graphbp.example("lecture-e4")
    leaves = {"x1": 0.5, "x2": -1, "w1": 0.2, "w2": 0.4, "b": 0.1, "w3": 0.7, "w4": -0.3}
    result = net.with_values({**leaves, "dl/dz1": 0.31, "dl/dz2": 0.2}).run()
    a = float(result["a"].value)
    assert np.isclose(result["z"].gradient, a * (1 - a) * (0.7 * 0.31 - 0.3 * 0.2))
    assert [part.via for part in result["a"].contributions] == ["z1", "z2"]


def test_e7_finds_every_unit_once() -> None:
    steps = [step.node for step in graphbp.example("lecture-e7").explain().derivation.steps]
    order = [steps.index(name) for name in ("z5", "z3", "z1")]
    assert order == sorted(order)
    assert all(steps.count(f"z{unit}") == 1 for unit in range(1, 7))


def test_b2_adds_both_paths() -> None:
    text = graphbp.example("chain-rule-two-paths").explain().text()
    assert "g′(s)" in text
    assert "h′(s)" in text
