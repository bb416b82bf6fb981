"""Points that lie at a kink: there a claim may take any value between the slopes from both sides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from graphbp.ops.base import Op, Value
from graphbp.ops.program import Instruction, Program

if TYPE_CHECKING:
    from graphbp.check.truth import Cloud, Edits

STEP = 1e-6
"""How far beside a kink its one-sided slopes are taken: the functions with kinks are straight there."""


def kinked_steps(program: Program) -> list[Instruction]:
    """The instructions whose operation has kinks."""
    return [step for step in program.instructions if type(step.op).at_kink is not Op.at_kink]


def rows_at_kinks(cloud: Cloud) -> np.ndarray:
    """Which points lie at a kink of some operation."""
    found = np.zeros(cloud.count, bool)
    for step in kinked_steps(cloud.program):
        for row, table in enumerate(cloud.tables):
            at = np.asarray(step.op.at_kink(*(np.asarray(table[source]) for source in step.sources), **step.attrs))
            if cloud.stacked:
                found |= np.broadcast_to(at, found.shape)
            else:
                found[row] |= bool(at.any())
    return found


def one_sided(cloud: Cloud, of: str, wrt: str, sign: int) -> np.ndarray:
    """d(of)/d(wrt) with the slope from one side at every kink; nan where several entries win together."""
    edits: Edits = {
        (step.target, slot): partial(_beside, sign) for step in kinked_steps(cloud.program) for slot in step.pulls
    }
    return cloud.gradients(of, wrt, edits)


def _beside(sign: int, step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    inputs = [np.asarray(values[source], float) for source in step.sources]
    at = np.asarray(step.op.at_kink(*inputs, **step.attrs))
    if not step.op.elementwise(step.attrs):
        share = step.op.vjp(upstream, values[step.target], inputs, step.attrs, slot)
        return share * (np.nan if at.any() else 1.0)
    inputs[0] = np.where(at, inputs[0] + sign * STEP, inputs[0])
    ready = [value[()] for value in inputs]
    return step.op.vjp(upstream, step.op.forward(*ready, **step.attrs), ready, step.attrs, slot)


def between(claimed: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """At which points the claim lies between the two one-sided slopes, or nothing can be said."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    slack = 1e-9 * np.maximum(np.abs(low), np.abs(high)) + 1e-12
    inside = (claimed >= low - slack) & (claimed <= high + slack) | np.isnan(low)
    return np.asarray(np.all(inside, axis=tuple(range(1, inside.ndim))))
