"""Every operation has a page: definition, derivative with its derivation, kinks, defaults, where PyTorch differs."""

from __future__ import annotations

import pytest

from graphbp import api, ops
from graphbp.document.operation import example_use, operation_document, smooth_slots
from graphbp.document.tree import StepBlock


@pytest.mark.parametrize("name", ops.names())
def test_every_operation_has_a_page(name: str) -> None:
    op = ops.get(name)
    text = api.operation(name).text(200, False)
    assert f"Written {name}({op.signature})" in text
    assert "Definition" in text
    assert "PyTorch: " in text
    assert op.kink in text
    for slot in smooth_slots(op, example_use(op)):
        assert f"The gradient for {op.inputs[slot].split('_')[0].replace('alpha', 'α')}" in text


@pytest.mark.parametrize("name", ops.names())
def test_every_gradient_is_derived_line_by_line(name: str) -> None:
    op = ops.get(name)
    blocks = [block for block in operation_document(name).blocks if isinstance(block, StepBlock)]
    assert len(blocks) >= 2 * len(smooth_slots(op, example_use(op)))
    assert all(line.reason for block in blocks for line in block.lines)
    assert op.why
