"""Claims in numbers judged on the network's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphbp.check.compare import fitted
from graphbp.check.examples import Examples
from graphbp.check.figures import Estimate, estimate, exact_numbers
from graphbp.check.finding import Finding, Relation, shapes
from graphbp.check.sides import Manner, Scope
from graphbp.check.truth import Cloud
from graphbp.errors import GraphbpError


def on_numbers(relation: Relation, scope: Scope, true: np.ndarray, manners: Iterable[Manner]) -> Finding:
    """The finding in the first way to read arrays that makes the claim right, else the first that fits."""
    best: Finding | None = None
    for manner in manners:
        found = _in_manner(relation, scope, true, manner)
        if found.good:
            return found
        # A way in which the shapes fit tells more than one in which they do not.
        best = found if best is None or (_fits(found) and not _fits(best)) else best
    assert best is not None
    return best


def _fits(found: Finding) -> bool:
    return found.claimed is not None and found.true is not None and found.claimed.shape == found.true.shape


def _in_manner(relation: Relation, scope: Scope, true: np.ndarray, manner: Manner) -> Finding:
    cloud = scope.cloud
    try:
        found = estimate(relation.right, scope, relation.free, manner)
        if found.value.shape == true.shape and found.vague(true):
            found = estimate(relation.right, scope, relation.free, manner, exact_numbers(cloud))
    except GraphbpError as error:
        return Finding("wrong", {"kind": "values"}, reason=error.what, true=true, cloud=cloud)
    value, slack = fitted(found.value, true, manner.vectors), fitted(found.slack, true, manner.vectors)
    if value is None or slack is None:
        sides: dict[str, Any] = {"claimed": found.value, "true": true, "cloud": cloud, "numbers": found}
        return Finding("wrong", {"kind": "values"}, reason=shapes(found.value, true), **sides)
    return _valued(Estimate(value, slack, found.printed), true, cloud, manner)


def _valued(found: Estimate, true: np.ndarray, cloud: Cloud, manner: Manner) -> Finding:
    """What the estimate says where its shape fits."""
    sides: dict[str, Any] = {"claimed": found.value, "true": true, "cloud": cloud, "manner": manner, "numbers": found}
    if not np.all(np.isfinite(true)):
        return Finding("undecided", reason="the network's numbers are not finite", **sides)
    if not np.all(np.isfinite(found.value)):
        return Finding("wrong", {"kind": "values"}, **sides)
    fits = found.admits(true)
    if not np.all(fits):
        rows = np.flatnonzero(np.all(fits.reshape(cloud.count, -1), axis=1))
        if len(rows) and cloud.count > 1 and not isinstance(cloud, Examples):
            # A number belongs to one example; which one is for the reader to see.
            shown = " and ".join(str(row + 1) for row in rows)
            return Finding("right_if", {"kind": "values"}, f"it is meant for example {shown}", **sides)
        return Finding("wrong", {"kind": "values"}, **sides)
    if found.vague(true):
        return Finding("undecided", reason="the numbers that were put in are rounded too much to decide", **sides)
    return Finding("right", {"kind": "values"}, **sides)
