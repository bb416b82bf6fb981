"""Every operation of the registry against its own definition; a newcomer is tested without a new test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from graphbp import ops
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Expr, Index, Mul, Neg, Number, rebuild
from graphbp.ops import Elementwise, Op, Sample
from tests.ops.contract import (
    as_floats,
    check_forward,
    check_kernel,
    check_rule,
    derived_rule,
    draw,
    label,
    once,
    precise_pull,
    ready,
    smooth_slots,
    uses,
)  # fmt: skip

USES = list(uses())
PULLS = [(name, sample, slot) for name, sample in USES for slot in smooth_slots(ops.get(name), sample)]
EXTREMES = (1e3, -1e3, 30.0, -30.0, 1e-300, -1e-300, 1e-8, 0.0)


def case_ids(value: object) -> str:
    return label(value)


@pytest.mark.parametrize("name", ops.names())
def test_states_what_it_is(name: str) -> None:
    op = ops.get(name)
    assert op.name == name
    assert "Shapes:" in (type(op).__doc__ or "")
    assert op.samples(), "an operation without samples is not tested"
    assert str(op.signature)


@pytest.mark.parametrize(("name", "sample"), USES, ids=case_ids)
def test_forward_is_the_definition(name: str, sample: Sample) -> None:
    op = ops.get(name)
    check_forward(op, sample, draw(op, sample))


@pytest.mark.parametrize(("name", "sample"), USES, ids=case_ids)
def test_forward_is_the_definition_at_extremes(name: str, sample: Sample) -> None:
    op = ops.get(name)
    for inputs in extreme_inputs(op, sample):
        check_forward(op, sample, inputs, digits=800, tolerance=1e-12)


@pytest.mark.parametrize(("name", "sample"), USES, ids=case_ids)
def test_plain_numbers_give_the_same(name: str, sample: Sample) -> None:
    op = ops.get(name)
    if not op.elementwise(op.complete(sample.attrs)) or any(sample.shapes):
        pytest.skip("not for numbers")
    for inputs in [draw(op, sample), *extreme_inputs(op, sample)]:
        numbers = [float(value) for value in inputs]
        with np.errstate(all="ignore"):
            wide = float(op.forward(*(np.float64(value) for value in numbers), **ready(op, sample)))
        try:
            found = op.scalar(*numbers, **ready(op, sample))
        except (ArithmeticError, ValueError):
            assert not np.isfinite(wide)
            continue
        assert type(found) is float
        np.testing.assert_allclose(found, wide, rtol=1e-15)


@pytest.mark.parametrize(("name", "sample"), USES, ids=case_ids)
def test_what_is_not_a_number_stays_visible(name: str, sample: Sample) -> None:
    op = ops.get(name)
    attrs = ready(op, sample)
    for slot in smooth_slots(op, sample):
        inputs = draw(op, sample)
        output = op.forward(*inputs, **attrs)
        matters = op.vjp(np.ones(np.shape(output)), output, inputs, attrs, slot) != 0
        inputs[slot] = np.full(np.shape(inputs[slot]), np.nan)
        with np.errstate(all="ignore"):
            reached = np.isnan(op.forward(*inputs, **attrs))
        assert np.any(reached) or not np.any(matters), "a nan was swallowed"
        assert not op.elementwise(attrs) or np.all(reached[matters]), "a nan was swallowed"


@pytest.mark.parametrize("name", [name for name in ops.names() if isinstance(ops.get(name), Elementwise)])
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinity_gives_the_limit(name: str, infinity: float) -> None:
    op = ops.get(name)
    sample = op.samples()[0]
    for slot in smooth_slots(op, sample):
        if not _allowed(op, sample, slot, infinity):
            continue
        inputs = draw(op, sample)
        inputs[slot] = np.asarray(infinity)
        with np.errstate(all="ignore"):
            found = float(op.forward(*inputs, **ready(op, sample)))
            inputs[slot] = np.asarray(np.copysign(1e200, infinity))
            near = float(op.forward(*inputs, **ready(op, sample)))
        oscillates = name in ("sin", "cos")
        grows = abs(near) > 400 or name in ("log",)
        close = found == near or abs(found - near) < 1e-99
        assert np.isnan(found) if oscillates or np.isnan(near) else close or (grows and np.isinf(found))


@pytest.mark.parametrize(("name", "sample", "slot"), PULLS, ids=case_ids)
def test_rule_agrees_with_differences(name: str, sample: Sample, slot: int) -> None:
    op = ops.get(name)
    check_rule(op, sample, slot, derived_rule(op, sample, slot))


@pytest.mark.parametrize(("name", "sample", "slot"), PULLS, ids=case_ids)
def test_kernel_is_the_rule(name: str, sample: Sample, slot: int) -> None:
    op = ops.get(name)
    check_kernel(op, sample, slot, draw(op, sample))


@pytest.mark.parametrize(("name", "sample", "slot"), PULLS, ids=case_ids)
def test_kernel_is_the_rule_at_extremes(name: str, sample: Sample, slot: int) -> None:
    op = ops.get(name)
    for inputs in extreme_inputs(op, sample):
        check_kernel(op, sample, slot, inputs, digits=800, tolerance=1e-11)


def extreme_inputs(op: Op, sample: Sample) -> list[list[np.ndarray]]:
    """Generic inputs with extremes that lie in their domains: all at once entry by entry, else a few at a time."""
    elementwise = op.elementwise(op.complete(sample.attrs))
    if elementwise and not any(sample.shapes):
        return [_with(op, sample, slot, [extreme]) for slot in range(len(sample.shapes)) for extreme in EXTREMES]
    groups = [EXTREMES] if elementwise else [EXTREMES[:1], EXTREMES[1:3], EXTREMES[3:]]
    return [_with(op, sample, slot, group) for slot in range(len(sample.shapes)) for group in groups]


def _with(op: Op, sample: Sample, slot: int, extremes: Sequence[float]) -> list[np.ndarray]:
    """Generic inputs, the first entries of one of them replaced."""
    inputs = draw(op, sample, str(extremes))
    allowed = [extreme for extreme in extremes if _allowed(op, sample, slot, extreme)][: inputs[slot].size]
    inputs[slot].flat[: len(allowed)] = allowed
    return inputs


def _allowed(op: Op, sample: Sample, slot: int, extreme: float) -> bool:
    domain = op.domain(slot, sample.shapes, op.complete(sample.attrs))
    if domain is ops.Domain.POSITIVE:
        return extreme > 0
    return domain is ops.Domain.REAL


# The canary: the checks bite.

MUTANTS = {
    "off by a thousandth": lambda rule: replace(rule, entry=Mul((Number(1.001), rule.entry))),
    "sign turned": lambda rule: replace(rule, entry=Neg(rule.entry)),
    "transposed": lambda rule: replace(rule, entry=_exchanged(rule.entry, *rule.indices[-2:])),
}


def _exchanged(entry: Expr, first: Index, second: Index) -> Expr:
    """The formula with two of its letters exchanged."""

    def change(term: object) -> object:
        if isinstance(term, Index) and term.name in (first.name, second.name):
            return second if term.name == first.name else first
        return rebuild(term, change)  # type: ignore[type-var]

    exchanged: Expr = rebuild(entry, change)
    return exchanged


def is_zero(op: Op, sample: Sample, slot: int) -> bool:
    inputs, upstream = draw(op, sample), np.ones(op.shape(*sample.shapes, **sample.attrs))
    rule = derived_rule(op, sample, slot)
    return not once(
        lambda: np.any(as_floats(precise_pull(rule, op, sample, inputs, upstream))), "any", op.name, repr(sample), slot
    )


@pytest.mark.parametrize(("name", "sample", "slot"), PULLS, ids=case_ids)
def test_canary_wrong_rules_are_caught(name: str, sample: Sample, slot: int) -> None:
    op = ops.get(name)
    rule = derived_rule(op, sample, slot)
    if is_zero(op, sample, slot):
        pytest.skip("the gradient is 0 everywhere")
    for mutant in ("off by a thousandth", "sign turned"):
        with pytest.raises(AssertionError):
            check_rule(op, sample, slot, MUTANTS[mutant](rule))
    turned = MUTANTS["transposed"](rule) if len(rule.indices) > 1 else rule
    if turned.entry != rule.entry:
        with pytest.raises((AssertionError, ValueError, GraphbpError)):
            check_rule(op, sample, slot, turned)


@pytest.mark.parametrize(("name", "sample", "slot"), PULLS, ids=case_ids)
def test_canary_wrong_kernels_are_caught(name: str, sample: Sample, slot: int) -> None:
    op = ops.get(name)
    if is_zero(op, sample, slot):
        pytest.skip("the gradient is 0 everywhere")
    for factor in (1.001, -1.0):
        with pytest.raises(AssertionError):
            check_kernel(op, sample, slot, draw(op, sample), lambda *call, by=factor: by * op.vjp(*call))
