"""What is claimed and what was found of it: one equality, its sides at sampled points, a counterexample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphbp.check.compare import Comparison
from graphbp.check.figures import Estimate
from graphbp.check.sides import AS_WRITTEN, Manner, Scope
from graphbp.check.truth import Cloud
from graphbp.check.verdict import Outcome
from graphbp.graph.shape import show_shape
from graphbp.notation.tree import Entry, Expr, Index, Partial, Symbol

Ready = Callable[[Cloud], Scope]
"""Makes the scope of a line on any cloud: the learner's own names and earlier claims put in."""


@dataclass(frozen=True, eq=False)
class Finding:
    """What was found of one equality.

    `claimed` and `true` are the sides at the points of `cloud`; None where the claim's sizes do not fit.
    """

    outcome: Outcome
    evidence: Mapping[str, Any] = field(default_factory=dict)
    condition: str = ""
    reason: str = ""
    note: str = ""
    claimed: np.ndarray | None = None
    true: np.ndarray | None = None
    cloud: Cloud | None = None
    manner: Manner = AS_WRITTEN
    numbers: Estimate | None = None

    @property
    def good(self) -> bool:
        """Whether the equality holds."""
        return self.outcome in ("right", "right_if")


@dataclass(frozen=True, eq=False)
class Relation:
    """left = right, over free letters, within what the learner said before."""

    left: Expr
    right: Expr
    free: tuple[Index, ...]
    ready: Ready
    language: str = "plain"
    alone: bool = False
    """Whether a step of gradient descent is made for one example, and not for the total loss."""
    locally: Ready | None = None
    """The same with the learner's own names made of derivatives of single formulas."""
    behind: tuple[Expr, ...] = ()
    """The formulas of the learner's own names."""


def single_pair(left: Expr) -> tuple[str, str] | None:
    """(of, wrt) of a derivative of one number, whole or of entries."""
    if isinstance(left, Partial) and isinstance(left.y, Symbol):
        inner = left.x.base if isinstance(left.x, Entry) else left.x
        if isinstance(inner, Symbol):
            return left.y.name, inner.name
    return None


def shapes(claimed: np.ndarray, true: np.ndarray) -> str:
    """Both shapes in words."""
    ours, theirs = show_shape(claimed.shape[1:]), show_shape(true.shape[1:])
    return f"the claim has the shape {ours}, and what it is about has {theirs}"


def counterexample(cloud: Cloud, found: Comparison, claimed: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    """The point at which the sides differ most clearly, with both numbers there."""
    row = found.doubtful[0]
    claimed = np.broadcast_to(claimed, true.shape)
    gap = np.abs(claimed[row] - true[row])
    place = np.unravel_index(int(np.argmax(np.where(np.isfinite(gap), gap, -1.0))), gap.shape) if gap.shape else ()
    evidence: dict[str, Any] = {
        "kind": "counterexample",
        "at": leaves_at(cloud, row),
        "claimed": float(claimed[row][place]),
        "true": float(true[row][place]),
    }
    if place:
        evidence["entry"] = [int(axis) for axis in place]
    return evidence


def leaves_at(cloud: Cloud, row: int) -> dict[str, Any]:
    """The inputs of the network at one point."""
    graph = cloud.world.plan.graph
    return {node.id: np.asarray(cloud.value(node.id)[row]).tolist() for node in graph.named if node.leaf}
