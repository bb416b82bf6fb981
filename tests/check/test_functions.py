"""Gradients as code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphbp
from graphbp.errors import UsageError


def test_a_right_gradient_by_complex_steps() -> None:
    report = graphbp.check_gradient(
        lambda x: np.sum(np.sin(x) * x), lambda x: np.cos(x) * x + np.sin(x), at=[0.3, -1.0, 2.0]
    )
    assert report.ok and report.method == "complex step"
    assert report.slope == pytest.approx(2, abs=0.1)


def test_a_wrong_entry_is_named() -> None:
    report = graphbp.check_gradient(lambda x: np.sum(x**2), lambda x: 2 * x + np.eye(1, 3, 1)[0], at=[1.0, 2.0, 3.0])
    assert not report.ok and [entry.place for entry in report.wrong] == [(1,)]
    assert report.slope == pytest.approx(1, abs=0.1)


def test_code_that_takes_no_complex_numbers_is_held_to_differences() -> None:
    report = graphbp.check_gradient(
        lambda x: float(np.sum(np.abs(x) ** 3)), lambda x: 3 * x * np.abs(x), at=[1.0, -2.0]
    )
    assert report.ok and report.method == "central differences"


def test_a_kink_is_noticed_and_held_against_nobody() -> None:
    report = graphbp.check_gradient(lambda x: np.sum(np.abs(x)), np.sign, at=[1.0, 0.0])
    assert report.ok and [entry.kink for entry in report.entries] == [False, True]


def test_shapes_are_checked_first() -> None:
    report = graphbp.check_gradient(np.sum, lambda x: np.ones((3, 2)), at=np.zeros((2, 3)))
    assert not report.ok and "transposed" in report.problem
    with pytest.raises(UsageError):
        graphbp.check_gradient(lambda x: x, lambda x: x, at=[1.0, 2.0])


def test_the_remainder_is_drawn(tmp_path: Path) -> None:
    graphbp.check_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, at=[1.0, 2.0]).draw(str(tmp_path / "r.svg"))
    assert (tmp_path / "r.svg").read_text().startswith("<?xml")


def test_a_backward_pass_of_ones_own() -> None:
    net = graphbp.example("one-neuron")

    def backward(v: dict[str, float]) -> dict[str, float]:
        dz = (v["y"] - v["t"]) * v["y"] * (1 - v["y"])
        return {"w1": dz * v["x1"], "dl/dw2": dz * v["x2"], "b": dz}

    assert net.check_function(backward).ok

    def by_names(x1: float, x2: float, y: float, t: float) -> dict[str, float]:
        return {"w1": (y - t) * x1, "w2": (y - t) * x2}

    report = net.check_function(by_names)
    assert not report.ok and report.missing == ("b",) and not report.gradients["w1"].ok
