"""Derived rules of numbers, proved against SymPy's own derivative of the definition."""

from __future__ import annotations

import pytest

from graphbp import ops
from graphbp.notation import judge
from graphbp.notation.tree import Symbol
from tests.ops.contract import smooth_slots

OPS = [ops.get(name) for name in ops.names()]
SMOOTH = [op.name for op in OPS if isinstance(op, ops.Elementwise) and not op.kink]
CASES = [(name, slot) for name in SMOOTH for slot in smooth_slots(ops.get(name), ops.get(name).samples()[0])]


@pytest.mark.parametrize(("name", "slot"), CASES)
def test_sympy_proves_the_derived_rule(name: str, slot: int) -> None:
    op = ops.get(name)
    rule = op.rule(slot, [()] * len(op.inputs))
    definition = rule.definition
    slope = judge.derivative(definition.name, rule.wrt, {definition.name: definition.body})
    expected = Symbol(rule.upstream) * judge.from_sympy(slope)
    assert judge.equal(rule.entry, expected, where={definition.name: definition.body}), (rule.entry, expected)


@pytest.mark.parametrize(("name", "slot"), CASES)
def test_a_wrong_rule_is_not_proved(name: str, slot: int) -> None:
    op = ops.get(name)
    rule = op.rule(slot, [()] * len(op.inputs))
    definition = rule.definition
    expected = Symbol(rule.upstream) * judge.from_sympy(
        judge.derivative(definition.name, rule.wrt, {definition.name: definition.body})
    )
    where = {definition.name: definition.body}
    assert not judge.equal(-rule.entry, expected, where=where)
    assert not judge.equal(rule.entry * 2, expected, where=where)
