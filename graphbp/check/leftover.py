"""What can be said of a wrong claim that no known mistake explains: a factor, a term, another node's number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from graphbp.check.compare import CLOSE, same
from graphbp.check.examples import Examples
from graphbp.check.truth import Cloud, backward
from graphbp.check.verdict import Mistake
from graphbp.check.words import mistake

if TYPE_CHECKING:
    from graphbp.check.matching import Case

SIMPLE = 60
"""Denominators up to this make a factor simple; and of so many names at most pairs are tried."""
SEEN = 240
"""So many entries of all points are enough to tell quantities apart."""

Known = list[tuple[str, np.ndarray]]
"""Quantities of the network by name, each with its numbers at the entries that are compared."""


def left_over(case: Case) -> Mistake | None:
    """The factor between claim and truth, or their difference, if it is simple in the network's names."""
    from graphbp.check.repairs import where

    cloud = case.cloud("")
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    if claimed is None or not claimed.any() or not np.all(np.isfinite(true)) or not np.all(np.isfinite(claimed)):
        return None
    at = where(case.decider, case.relation)
    return _factor(case, cloud, claimed, true, at) or _term(case, cloud, claimed - true, at)


def _factor(case: Case, cloud: Cloud, claimed: np.ndarray, true: np.ndarray, at: str) -> Mistake | None:
    # Where a function is flat both are 0, and nothing can be said of a factor.
    told = (true != 0) & (claimed != 0)
    if not told.any() or np.any((true == 0) != (claimed == 0)):
        return None
    ratio = (claimed[told] / true[told])[:SEEN]
    if _alike(ratio, np.full_like(ratio, ratio[0])):
        return constant_factor(float(ratio[0]), at)
    size = np.abs(true[told])[:SEEN]
    names = [
        (name, values)
        for name, values in _known(case, cloud, true.shape, told)
        if np.all(values != 0) and not _alike(np.abs(values), size)
    ]
    return _one_factor(names, ratio, at) or _two_factors(names, ratio, at)


def constant_factor(factor: float, at: str) -> Mistake | None:
    """What a constant between claim and truth says, None if it is no simple number."""
    simple = Fraction(factor).limit_denominator(SIMPLE)
    exactly = abs(float(simple) - factor) <= CLOSE * abs(factor)
    if not exactly and abs(round(factor, 4) - factor) > CLOSE:
        return None
    if simple == -1:
        return mistake("sign", at, "Your answer is minus the truth.")
    shown = str(simple) if exactly else f"{factor:g}"
    sign = ("sign",) if factor < 0 else ()
    kind, other = ("extra-factor", "missing-factor") if abs(factor) > 1 else ("missing-factor", "extra-factor")
    return mistake(kind, at, f"Your answer is {shown} times the truth.", (other, *sign))


def _one_factor(names: Known, ratio: np.ndarray, at: str) -> Mistake | None:
    for name, values in names:
        for sign, also in (("", ()), ("−", ("sign",))):
            signed = -values if sign else values
            if _alike(ratio, signed):
                return mistake("extra-factor", at, f"Your answer is the truth times {sign}{name}.", also)
            if _alike(ratio * signed, np.ones_like(ratio)):
                return mistake("missing-factor", at, f"Your answer is the truth divided by {sign}{name}.", also)
            if not sign and _alike(ratio * values, 1 - values):
                return mistake("wrong-index", at, f"Your answer has 1 − {name} where {name} belongs.")
            if not sign and _alike(ratio * (1 - values), values):
                return mistake("wrong-index", at, f"Your answer has {name} where 1 − {name} belongs.")
    return None


def _two_factors(names: Known, ratio: np.ndarray, at: str) -> Mistake | None:
    """Two names that multiply, divide, or stand in each other's place; all pairs at once."""
    names = names[:SIMPLE]
    if not names:
        return None
    table = np.stack([values for _, values in names])
    for goal, kind, says in (
        (ratio / table, "extra-factor", "Your answer is the truth times {a} times {b}."),
        (1 / (ratio * table), "missing-factor", "Your answer is the truth divided by {a} and by {b}."),
        (ratio * table, "wrong-index", "Your answer has {b} where {a} belongs."),
    ):
        pair = _first_pair(goal, table)
        if pair is not None:
            return mistake(kind, at, says.format(a=names[pair[0]][0], b=names[pair[1]][0]))
    return None


def _first_pair(goal: np.ndarray, table: np.ndarray) -> tuple[int, int] | None:
    """The first rows of both tables that are equal."""
    for first, wanted in enumerate(goal):
        gaps = np.max(np.abs(table - wanted) / np.abs(wanted), axis=1)
        place = int(np.argmin(gaps))
        if gaps[place] < CLOSE:
            return first, place
    return None


def _term(case: Case, cloud: Cloud, gap: np.ndarray, at: str) -> Mistake | None:
    """A term too much, or one too few: a quantity, or a product of two."""
    told = np.ones(gap.shape, bool)
    wanted = gap[told][:SEEN]
    names = list(_known(case, cloud, gap.shape, told))[:SIMPLE]
    products = ((f"{a}*{b}", x * y) for place, (a, x) in enumerate(names) for b, y in names[place:])
    for name, values in (*names, *products):
        if _alike(wanted, values):
            return mistake("wrong-definition", at, f"The term {name} is too much.")
        if _alike(wanted, -values):
            return mistake("missing-path", at, f"The term {name} is missing.")
    return None


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.all(np.abs(a - b) <= CLOSE * np.abs(b)))


def _known(case: Case, cloud: Cloud, shape: tuple[int, ...], told: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The quantities that are numbers, or arrays of the shape that is asked for, at the entries that tell."""
    for name, values in _quantities(case, cloud):
        if values.shape == shape or values.ndim == 1:
            spread = values.reshape(-1, *[1] * (len(shape) - 1)) if values.shape != shape else values
            yield name, np.broadcast_to(spread, shape)[told][:SEEN]


def _quantities(case: Case, cloud: Cloud) -> Iterator[tuple[str, np.ndarray]]:
    """Values of all nodes, slopes of functions of numbers, and gradients."""
    world = cloud.world
    graph = world.plan.graph
    if isinstance(cloud, Examples):
        yield from ((node.id, cloud.value(node.id)) for node in graph.named if node.id not in cloud.varying)
        return
    yield from ((node.id, cloud.value(node.id)) for node in graph.named)
    for node in graph.named:
        inputs = graph.named_inputs.get(node.id, ())
        if len(inputs) == 1 and world.shape(node.id) == () == world.shape(inputs[0]):
            yield f"d{node.id}/d{inputs[0]}", cloud.derivative(node.id, inputs[0], local=True)
    yield from gradients(case.of, cloud)


def gradients(of: str, cloud: Cloud) -> Iterator[tuple[str, np.ndarray]]:
    """The gradients of all named nodes that one number depends on, by name."""
    world, program = cloud.world, cloud.program
    if of not in program.places or not cloud.tables or world.shape(of) != ():
        return
    rows = [backward(program, table, {program.places[of]: 1.0}) for table in cloud.tables]
    for node in world.plan.graph.named:
        place = program.places[node.id]
        if node.id != of and rows[0][place] is not None:
            yield f"d{of}/d{node.id}", cloud.gather([row[place] for row in rows], world.shape(node.id))


def another(case: Case) -> Mistake | None:
    """The value or the gradient of another node in the place of what was asked for."""
    from graphbp.check.repairs import where

    cloud = case.cloud("")
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    if claimed is None or isinstance(cloud, Examples):
        return None
    at = where(case.decider, case.relation)
    graph = cloud.world.plan.graph
    for node in graph.named:
        if same(claimed, cloud.value(node.id)):
            return mistake("value-for-gradient", at, f"This is the value of {node.id}.")
    for name, values in gradients(case.of, cloud):
        if same(claimed, values) and not same(true, values):
            source = name.removeprefix(f"d{case.of}/d")
            if graph.named_inputs.get(case.wrt) == (source,):
                says = f"This is {name}: the derivative of {case.wrt} belongs to the step before."
                return mistake("extra-activation-derivative", at, says, ("wrong-index",))
            return mistake("wrong-index", at, f"This is {name}.")
    return None
