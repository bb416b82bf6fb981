"""Where no derivative exists one value is chosen; kernels and derived rules choose the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graphbp import ops
from graphbp.ops.derived import derived_vjp
from graphbp.ops.literals import kernel_value

NUMBERS: list[tuple[str, tuple[float, ...], int, float]] = [
    ("relu", (0.0,), 0, 0.0),
    ("leaky_relu", (0.0,), 0, 0.01),
    ("abs", (0.0,), 0, 0.0),
    ("step", (0.0,), 0, 0.0),
    ("step", (1.0,), 0, 0.0),
    ("sign", (0.0,), 0, 0.0),
    ("prelu", (0.0, 0.3), 0, 0.3),
    ("prelu", (0.0, 0.3), 1, 0.0),
    ("hardtanh", (1.0,), 0, 0.0),
    ("hardtanh", (-1.0,), 0, 0.0),
    ("elu", (0.0,), 0, 1.0),
    ("maximum", (2.0, 2.0), 0, 1.0),
    ("maximum", (2.0, 2.0), 1, 0.0),
    ("minimum", (2.0, 2.0), 0, 1.0),
    ("minimum", (2.0, 2.0), 1, 0.0),
    ("where", (1.0, 5.0, 7.0), 1, 1.0),
    ("where", (1.0, 5.0, 7.0), 2, 0.0),
    ("where", (0.0, 5.0, 7.0), 1, 0.0),
]


def pulled(name: str, inputs: Sequence[Any], attrs: dict[str, Any], slot: int) -> tuple[Any, Any]:
    """The kernel's and the derived rule's gradient for an upstream gradient of ones."""
    op = ops.get(name)
    full = {key: kernel_value(value) for key, value in op.complete(attrs).items()}
    output = op.forward(*inputs, **full)
    upstream = np.ones(np.shape(output))
    return op.vjp(upstream, output, inputs, full, slot), derived_vjp(op, upstream, output, inputs, full, slot)


@pytest.mark.parametrize(("name", "inputs", "slot", "chosen"), NUMBERS)
def test_chosen_slopes(name: str, inputs: tuple[float, ...], slot: int, chosen: float) -> None:
    for made in pulled(name, [np.asarray(value) for value in inputs], {}, slot):
        assert float(made) == chosen
    op = ops.get(name)
    attrs = {key: kernel_value(value) for key, value in op.complete({}).items()}
    assert op.vjp(1.0, op.scalar(*inputs, **attrs), inputs, attrs, slot) == chosen


@pytest.mark.parametrize("bound", [-2.0, 3.0])
def test_clip_passes_the_gradient_at_its_bounds(bound: float) -> None:
    for made in pulled("clip", [np.asarray(bound)], {"min": -2, "max": 3}, 0):
        assert float(made) == 1.0


def test_kinks_are_known() -> None:
    assert ops.get("relu").at_kink(np.array([0.0, 1.0])).tolist() == [True, False]
    assert ops.get("maximum").at_kink(1.0, 1.0)
    assert ops.get("max").at_kink(np.array([3.0, 1.0, 3.0]), axis=None, keepdims=False)
    pooled = ops.get("max_pool2d").at_kink(
        np.array([[1.0, 1.0], [0.0, 0.5]]), **ops.get("max_pool2d").complete({"size": 2})
    )
    assert pooled.tolist() == [[True]]


def test_max_gives_all_to_the_first_winner() -> None:
    tied = np.array([[3.0, 1.0, 3.0], [0.0, 0.0, 0.0]])
    for made in pulled("max", [tied], {"axis": 1}, 0):
        np.testing.assert_array_equal(made, [[1, 0, 0], [1, 0, 0]])
    for made in pulled("max", [tied], {}, 0):
        np.testing.assert_array_equal(made, [[1, 0, 0], [0, 0, 0]])
    for made in pulled("min", [tied], {}, 0):
        np.testing.assert_array_equal(made, [[0, 0, 0], [1, 0, 0]])


def test_pooling_gives_all_to_the_first_winner_of_each_window() -> None:
    # Filter 2 of the lecture: its first window is a four-way tie.
    image = np.array([[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]], float)
    expected = np.zeros((4, 4))
    expected[0, 0] = expected[1, 3] = expected[3, 1] = expected[3, 3] = 1
    np.testing.assert_array_equal(
        ops.get("max_pool2d").forward(image, **ops.get("max_pool2d").complete({"size": 2})), [[-1, 1], [0, 3]]
    )
    for made in pulled("max_pool2d", [image], {"size": 2}, 0):
        np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(
    "attrs", [{"size": 2, "stride": 1}, {"size": 3, "stride": 2, "padding": 1}, {"size": (2, 3), "stride": 2}]
)
def test_ties_in_overlapping_windows(attrs: dict[str, Any]) -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        image = random.integers(0, 3, (5, 6)).astype(float)
        kernel, derived = pulled("max_pool2d", [image], attrs, 0)
        np.testing.assert_array_equal(kernel, derived)


def test_the_branch_not_taken_contributes_exactly_zero() -> None:
    where = ops.get("where")
    upstream = np.array([np.nan, 2.0])
    inputs = [np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.array([1.0, 1.0])]
    assert where.vjp(upstream, inputs[1], inputs, {}, 1).tolist() == [0.0, 2.0]
    assert ops.get("relu").vjp(np.array([np.inf]), np.array([0.0]), [np.array([-1.0])], {}, 0).tolist() == [0.0]


@np.errstate(all="ignore")
def test_power_where_the_formula_is_undefined() -> None:
    power = ops.get("power")
    assert power.vjp(1.0, 0.0, (0.0, 2.0), {}, 0) == 0.0
    assert power.vjp(1.0, 1.0, (0.0, 0.0), {}, 0) == 0.0
    assert power.vjp(1.0, 0.0, (0.0, 2.0), {}, 1) == 0.0
    assert power.vjp(1.0, -8.0, (-2.0, 3.0), {}, 0) == 12.0
