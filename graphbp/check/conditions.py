"""Conditions under which a claim is right though it is not in general: divisors, and targets that sum to 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from graphbp.check.compare import compare
from graphbp.check.sides import Scope, side
from graphbp.check.truth import World
from graphbp.errors import GraphbpError
from graphbp.graph import Role
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import Div, Expr, Index, Neg, Number, Partial, Pow, Symbol, Term, walk

if TYPE_CHECKING:
    from graphbp.check.finding import Finding


def divisions(term: Expr, scope: Scope, free: tuple[Index, ...]) -> str:
    """ "z ≠ 0" for each divisor of the claim that can become 0 and by which the network itself does not divide."""
    found = []
    for divisor in dict.fromkeys(_divisors(term)):
        try:
            values = side(divisor, scope, free)
        except GraphbpError:
            continue
        if np.min(values) < 0 < np.max(values) and not _divides(scope, values):
            found.append(f"{PlainWriter().write(divisor)} ≠ 0")
    return " and ".join(found)


def _divisors(term: Term) -> Iterator[Expr]:
    for part in walk(term):
        if isinstance(part, Div) and not isinstance(part.den, Number):
            yield part.den
        if isinstance(part, Pow) and (
            isinstance(part.exp, Neg) or (isinstance(part.exp, Number) and part.exp.value < 0)
        ):
            yield part.base


def _divides(scope: Scope, values: np.ndarray) -> bool:
    """Whether the network divides by the same numbers, or takes their logarithm."""
    program = scope.cloud.program
    for step in program.instructions:
        slot = 1 if step.op.name in ("div",) else 0 if step.op.name in ("log", "sqrt", "power") else None
        if slot is None:
            continue
        known = [np.asarray(table[step.sources[slot]], float) for table in scope.cloud.tables]
        sizes = [np.sort(np.abs(part).ravel()) for part in known]
        ours = [np.sort(np.abs(part).ravel()) for part in ([values] if scope.cloud.stacked else values)]
        if all(a.shape == b.shape and np.allclose(a, b, rtol=1e-9) for a, b in zip(sizes, ours, strict=False)):
            return True
    return False


def share_leaves(world: World) -> list[str]:
    """Arrays of targets that an author may have meant as probabilities: logarithms stand in the network."""
    logs = any(node.op in ("log", "log_softmax", "logsumexp", "cross_entropy", "nll") for node in world.plan.graph)
    return [node.id for node in world.plan.graph.named if node.role is Role.TARGET and node.shape and logs]


def unsaid_mean(world: World, left: Expr, found: Finding) -> bool:
    """Whether a claim about a total that the author left unsaid is right if the total is a mean."""
    from graphbp.check.examples import Examples

    if (
        world.original._total is not None
        or not isinstance(found.cloud, Examples)
        or found.claimed is None
        or found.true is None
        or found.claimed.shape != found.true.shape
    ):
        return False
    about_total = isinstance(left, Partial) and left.y == Symbol(found.cloud.total)
    return about_total and compare(found.claimed * len(found.cloud.clouds), found.true).agree
