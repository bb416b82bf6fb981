"""Exported steps evaluated anew by a script that knows nothing of graphbp; `many_networks` is the long run of it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import graphbp
from graphbp import gallery
from tests.derive.many_networks import DEPTHS, READINGS, exported, faults
from tests.derive.random_networks import Spec, array_specs, scalar_specs
from tests.derive.reread import Steps

quick = settings(
    deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
depths = st.sampled_from(DEPTHS)


@pytest.mark.parametrize("reading", READINGS)
@settings(quick, max_examples=40)
@given(spec=scalar_specs(), depth=depths)
def test_every_line_about_numbers_is_true(reading: str, depth: str, spec: Spec) -> None:
    assert faults(spec, reading, depth, Counter()) == []


@pytest.mark.parametrize("reading", ["layer", "entry"])
@settings(quick, max_examples=40)
@given(spec=array_specs(), depth=depths)
def test_every_line_about_arrays_is_true(reading: str, depth: str, spec: Spec) -> None:
    assert faults(spec, reading, depth, Counter()) == []


@pytest.mark.parametrize("name", gallery.names())
def test_every_line_of_the_gallery_is_true(name: str) -> None:
    net = graphbp.example(name)
    if net.has_numbers and net.has_loss:
        assert list(Steps(exported(net, "unit", "full")).wrong_lines()) == []


def test_every_line_about_open_arrays_is_true() -> None:
    """Without a loss: what every entry of a node does to every entry of its consumer."""
    nodes = {"Z": "X @ W", "A": "softmax(Z)*W[0]", "p": "max(A, axis=1)"}
    spec = Spec({"X": ("input", [[0.5, -1.0], [2.0, 0.1]]), "W": ("parameter", [[0.3, 1.1], [-0.4, 0.6]])}, nodes)
    net = spec.network()
    data: Any = exported(net, "layer", "full")
    assert [step["claim"] for step in data["steps"] if step["id"] == "1"] == ["dZ[i, j]/dW[a, b] = X[i, a]*delta(j, b)"]
    assert not list(Steps(data).wrong_lines())
    assert str(net.explain(wrt=["W", "Z", "A"]))


MATRICES: dict[str, Any] = {
    "X": ("input", [[0.5, -1.0, 0.2]]),
    "W": ("parameter", [[0.3, 1.1], [-0.4, 0.6], [0.9, 2.0]]),
}


def spoiled(data: dict[str, Any], old: str, new: str) -> int:
    """How many lines the reader refuses after one text was exchanged."""
    changed = json.loads(json.dumps(data).replace(old, new))
    assert changed != data, old
    return len(list(Steps(changed).wrong_lines()))


@pytest.mark.parametrize(
    ("old", "new"),
    [("X.T @ dl/dZ", "dl/dZ.T @ X"), ("dl/dZ[i, b]", "-dl/dZ[i, b]"), ("0.3197", "0.3187"), ("delta(", "2*delta(")],
)  # fmt: skip
def test_a_spoiled_line_is_seen(old: str, new: str) -> None:
    """The reader of these tests bites: a transposed form, a sign, a digit, a factor."""
    spec = Spec(MATRICES, {"Z": "X @ W", "l": "sum(Z**3)"})
    data: Any = exported(spec.network(), "layer", "full")
    assert not list(Steps(data).wrong_lines())
    assert spoiled(data, old, new)


def test_numbers_of_the_first_example_are_put_in() -> None:
    """A row of data overrides a leaf's own number in every line."""
    leaves = {"x": ("input", 3.0), "w": ("parameter", 0.25)}
    spec = Spec(leaves, {"z": "w*x", "l": "z**2"}, [{"x": 0.5}, {"x": 2.0}], "sum(l)")
    data: Any = exported(spec.network(), "unit", "normal")
    claims = [step["claim"] for step in data["steps"]]
    assert "dl/dw = 0.5 * 0.25 = 0.125" in claims
