"""What attributes may hold: every kind of value is taken or refused with a message, by every operation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import graphbp
from graphbp import ops
from graphbp.errors import GraphbpError
from graphbp.ops.attributes import KINDS

VALUES = [
    "word", "1.5", "-7", "(1, 2, 3, 4, 5)", "True", "None", "99", "()", '"xy"', "0", "-1", "(0, 0)", "[1, [2, 3]]",
    "1e300", "nan", '(1, "a")',
]  # fmt: skip


def test_every_attribute_has_a_row() -> None:
    met = {attr for name in ops.names() for attr in ops.get(name).attrs}
    assert met - {"params", "body", "functions"} == set(KINDS) - {"params", "body", "functions"}


def written(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return str(float(value)) if isinstance(value, Fraction) else str(value)


@pytest.mark.parametrize("name", [name for name in ops.names() if ops.get(name).attrs])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_odd_values_work_or_are_refused(name: str) -> None:
    op = ops.get(name)
    for sample in op.samples()[:2]:
        inputs = [f"p{slot}" for slot in range(len(sample.shapes))]
        for attr in op.attrs:
            others = [f"{key}={written(value)}" for key, value in sample.attrs.items() if key != attr]
            for value in VALUES:
                net = graphbp.Network()
                for leaf, shape in zip(inputs, sample.shapes, strict=True):
                    net.parameter(leaf, np.full(shape, 0.5).tolist())
                try:
                    net.node("y", f"{name}({', '.join([*inputs, f'{attr}={value}', *others])})")
                    net.loss("l", "sum(y)")
                    result = net.run()
                    assert result["l"].value is not None
                    assert result[inputs[0]].gradient is not None or not op.differentiable(0, sample.shapes, {})
                except GraphbpError as error:
                    assert str(error)


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("sum(x, axis=0, keepdims=true)", "sum(x, axis=0, keepdims=True)"),
        ("sum(x, axis=0, keepdims=1)", "sum(x, axis=0, keepdims=True)"),
        ("transpose(x, (1, 0))", "transpose(x, axes=[1, 0])"),
        ("reshape(x, (3, -1,))", "reshape(x, shape=(3, 2))"),
        ("clip(x, min=2)", "maximum(x, 2)"),
        ("clip(x, max=2.5)", "minimum(x, 2.5)"),
        ("clip(x, 2)", "maximum(x, 2)"),
    ],
)
def test_ways_to_write_the_same(formula: str, same: str) -> None:
    found = []
    for text in (formula, same):
        net = graphbp.Network()
        net.parameter("x", [[1.0, 2.5, 3.0], [4.0, 1.5, 0.5]])
        net.node("y", text)
        net.loss("l", "sum(y**2)")
        result = net.run()
        found.append((result["y"].value.tolist(), result["x"].gradient.tolist()))
    assert found[0] == found[1]
