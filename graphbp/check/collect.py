"""Formulas over several examples: sums and means collect them, all else is computed for one example after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphbp.check.claim import EXAMPLES
from graphbp.check.examples import Examples
from graphbp.check.sides import AS_WRITTEN, Manner, Scope, side
from graphbp.notation.tree import Call, Expr, Index, Mark, Partial, Symbol, Term, children, rebuild

COLLECT: Mapping[str, Callable[..., np.ndarray]] = {"sum": np.sum, "mean": np.mean}
"""What the outermost of these collects are the examples, as in a network's `total`; inner ones run over entries."""


def over_examples(
    term: Expr, scope: Scope, free: Sequence[Index] = (), manner: Manner = AS_WRITTEN
) -> np.ndarray:
    """The value of a formula at every point; where it differs between examples, with an axis for them.

    Raises: GraphbpError where shapes do not fit or something is not known.
    """
    return _spread(term, scope, free, manner)[0]


def introduce(scope: Scope, name: str, term: Expr, free: Sequence[Index]) -> None:
    """Put a name of the learner's own into the scope, and into those of the examples."""
    values, varies = _spread(term, scope, free, AS_WRITTEN)
    scope.own[name] = values
    for place, one in enumerate(scope.parts):
        one.own[name] = values[:, place] if varies else values
    if varies:
        scope.varying |= {name}


def _spread(term: Expr, scope: Scope, free: Sequence[Index], manner: Manner) -> tuple[np.ndarray, bool]:
    """The value, and whether it has an axis for the examples."""
    if not scope.parts:
        return side(term, scope, free, manner), False
    found: dict[str, np.ndarray] = {}
    body = _collected(term, scope, free, manner, found)
    if not _varies(body, scope):
        return side(body, replace(scope, parts=(), own={**scope.own, **found}), free, manner), False
    rows = [side(body, replace(one, own={**one.own, **found}), free, manner) for one in scope.parts]
    return np.stack(rows, axis=1), True


def _collected(term: Expr, scope: Scope, free: Sequence[Index], manner: Manner, found: dict[str, np.ndarray]) -> Expr:
    """The formula with a name for each of its sums over examples; their numbers are put into `found`."""

    def change(part: Any) -> Any:
        if _collects(part, scope):
            each = [side(part.args[0], one, free, manner) for one in scope.parts]
            name = f"{part.function} of examples {len(found)}"
            found[name] = COLLECT[part.function](np.stack(each), axis=0)
            return Symbol(name)
        return part if isinstance(part, Partial) or _whole(part) else rebuild(part, change)

    return change(term)  # type: ignore[no-any-return]


def _collects(part: Any, scope: Scope) -> bool:
    return isinstance(part, Call) and part.function in COLLECT and not part.options and _varies(part.args[0], scope)


def _whole(part: Term) -> bool:
    """Whether a formula speaks of all examples by their numbers: lₙ."""
    return isinstance(part, Call) and part.function == EXAMPLES


def _varies(term: Term, scope: Scope) -> bool:
    """Whether the formula has another value for each example."""
    cloud = scope.cloud
    assert isinstance(cloud, Examples)
    if isinstance(term, Mark):
        return _varies(term.x, scope)
    if _whole(term):
        return False
    if isinstance(term, Partial):
        # The total loss is one number, but its gradient for an example's own node is one for each.
        parts = (term.x,) if term.y == Symbol(cloud.total) else (term.y,)
        return any(_varies(part, scope) for part in parts)
    if isinstance(term, Symbol):
        return term.name in cloud.varying or term.name in scope.varying
    return any(_varies(part, scope) for part in children(term))
