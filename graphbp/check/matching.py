"""Wrong derivations compared with a claim: which of them give its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphbp.check.compare import fitted, same
from graphbp.check.decide import Decider
from graphbp.check.examples import Examples
from graphbp.check.finding import Finding, Relation
from graphbp.check.mistakes import KINDS
from graphbp.check.misvalued import Misvalued
from graphbp.check.mutate import Mutant, Mutations
from graphbp.check.sides import side
from graphbp.check.truth import POINTS, Cloud
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Entry, Partial, Symbol, Term, walk

FEW = 6
"""So many points are enough to find the mutants that fit; those that do are tried at others."""
AGAIN = 16
"""So many other points: branches of conditions must all be met."""
KEPT = 200
"""Of so many gradients the wrong derivations are kept for later claims."""


@dataclass(eq=False)
class Case:
    """A wrong claim, on any cloud: its numbers, and what the left side would be under a wrong derivative."""

    decider: Decider
    relation: Relation
    found: Finding
    of: str
    wrt: str
    shares: str = ""
    """An array of targets whose entries sum to 1 at the points, where the network does not say so."""

    def cloud(self, salt: str, count: int = FEW) -> Cloud:
        """Sampled points: all where one computation does for them, else a few."""
        if self.shares:
            found = of_shares(self.decider, self.shares, salt)
        else:
            found = self.decider.cloud(self.relation, salt)
        return found if found.stacked else found.head(count)

    def claimed(self, cloud: Cloud, true: np.ndarray) -> np.ndarray | None:
        """The claim's numbers in the shape of the truth."""
        scope = self.relation.ready(cloud)
        values = side(self.relation.right, scope, self.relation.free, self.found.manner)
        fit = fitted(values, true, self.found.manner.vectors)
        return None if fit is None else np.broadcast_to(fit, true.shape)

    def sure(self, cloud: Cloud) -> np.ndarray:
        """The points at which the truth does not hang on what is chosen at a kink."""
        if not cloud.kinks.any():
            return np.ones(cloud.count, bool)
        sided = self.decider.one_sided(self.relation, self.relation.ready(cloud))
        found = ~cloud.kinks
        if sided is not None:
            found = found | (np.abs(sided[0] - sided[1]).reshape(cloud.count, -1).max(axis=1) < 1e-12)
        # Where every point lies at some kink, the convention is the best that there is.
        return found if found.any() else np.ones(cloud.count, bool)

    @cached_property
    def behind(self) -> frozenset[str]:
        """The nodes behind gradients that the claim mentions: there the learner derived nothing."""
        named = {pair[1] for part in walk(self.relation.right) if (pair := about(part)) and pair[0] == self.of}
        consumers = self.decider.world.plan.graph.named_consumers
        if not named - {self.wrt}:
            return frozenset()
        met: set[str] = set()
        waiting = [self.wrt]
        while waiting:
            fresh = set(consumers.get(waiting.pop(), ())) - met
            met |= fresh
            waiting.extend(fresh - named)
        return frozenset(consumers) - met - {self.wrt}

    def left(self, cloud: Cloud, derivative: np.ndarray | None = None) -> np.ndarray:
        """The left side, with another derivative in the place of the true one."""
        scope = self.relation.ready(cloud)
        if derivative is not None:
            scope.claimed = {(self.of, self.wrt): derivative}
        return side(self.relation.left, scope, self.relation.free)


@dataclass(frozen=True, eq=False)
class Match:
    """A mutant that fits, and the numbers of the left side under it."""

    mutant: Mutant
    second: Mutant | None = None

    @property
    def order(self) -> tuple[int, int, int]:
        """The more telling first."""
        kinds = [KINDS.index(mutant.kind) for mutant in (self.mutant, self.second) if mutant]
        return (len(kinds), self.mutant.rank, min(kinds))


def of_shares(decider: Decider, name: str, salt: str) -> Cloud:
    """Points at which the entries of a target sum to 1."""
    return decider.world.cloud(POINTS, f"{salt} shares", (name,))


def about(left: Term) -> tuple[str, str] | None:
    """(of, wrt) of a derivative, whole or of entries."""
    if not isinstance(left, Partial):
        return None
    names = [part.base if isinstance(part, Entry) else part for part in (left.y, left.x)]
    if all(isinstance(name, Symbol) for name in names):
        of, wrt = names
        assert isinstance(of, Symbol) and isinstance(wrt, Symbol)
        return of.name, wrt.name
    return None


def matching(case: Case) -> list[Match]:
    """The mutants with one mistake that fit at two sets of points."""
    return fitting(case, lambda cloud: kept(case, cloud, Mutations))


def misvalued(case: Case) -> list[Match]:
    """The derivations that fit with a wrong value of one node in them."""
    return fitting(case, lambda cloud: kept(case, cloud, Misvalued))


def fitting(case: Case, make: Callable[[Cloud], Sequence[tuple[Mutant, np.ndarray]]]) -> list[Match]:
    """Those of the wrong derivations that give the claim's numbers."""
    cloud, again = case.cloud(""), case.cloud("again", AGAIN)
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    if claimed is None:
        return []
    sure = _telling(case.sure(cloud), claimed, true)
    whole = (
        isinstance(case.relation.left, Partial)
        and isinstance(case.relation.left.x, Symbol)
        and isinstance(case.relation.left.y, Symbol)
    )
    made: list[tuple[Mutant, np.ndarray]] = []
    for mutant, derivative in make(cloud):
        numbers = derivative if whole else left_of(case, cloud, derivative)
        if numbers is not None and numbers.shape == true.shape:
            made.append((mutant, numbers))
    if not made:
        return []
    fits = [
        made[place][0]
        for place in _agreeing(np.stack([numbers[sure] for _, numbers in made]), claimed[sure], true[sure])
    ]
    return [Match(mutant) for mutant in fits if _fits_again(case, mutant, again)]


def kept(case: Case, cloud: Cloud, make: type[Mutations] | type[Misvalued]) -> Sequence[tuple[Mutant, np.ndarray]]:
    """All wrong derivatives of one sort on a cloud, computed once for all claims about the same gradient."""
    table = case.decider.kept
    examples = len(cloud.clouds) if isinstance(cloud, Examples) else 0
    key = (make, case.of, case.wrt, case.shares, id(cloud.world), cloud.count, examples)
    if key not in table:
        if len(table) > KEPT:
            table.clear()
        table[key] = computed(make(cloud.world, case.of, case.wrt).all(), cloud)
    found: Sequence[tuple[Mutant, np.ndarray]] = table[key]
    return found


def computed(made: Iterable[Mutant], cloud: Cloud) -> list[tuple[Mutant, np.ndarray]]:
    """The wrong derivations with their numbers; those that do not fit together are left out."""
    found = []
    for mutant in made:
        with np.errstate(all="ignore"):
            try:
                numbers = mutant.compute(cloud)
            except (GraphbpError, ValueError, IndexError, TypeError):
                continue
        found.append((mutant, numbers))
    return found


def _telling(sure: np.ndarray, claimed: np.ndarray, true: np.ndarray) -> np.ndarray:
    """The points that tell claim and truth apart: all, if those without a doubt do not."""
    return np.ones_like(sure) if same(claimed[sure], true[sure]) else sure


def _agreeing(numbers: np.ndarray, claimed: np.ndarray, true: np.ndarray) -> list[int]:
    """The places of the mutants that give the claimed numbers."""
    axes = tuple(range(1, numbers.ndim))
    with np.errstate(all="ignore"):
        gap = np.max(np.abs(numbers - claimed), axis=axes)
    size = float(np.max(np.abs(claimed)))
    near = np.flatnonzero(gap <= 1e-6 * size)
    return [int(place) for place in near if same(claimed, numbers[place]) and not same(true, numbers[place])]


def left_of(case: Case, cloud: Cloud, derivative: np.ndarray) -> np.ndarray | None:
    """The left side under another derivative, None where it does not fit."""
    try:
        return case.left(cloud, derivative)
    except GraphbpError:
        return None


def numbers_of(case: Case, mutant: Mutant, cloud: Cloud, true: np.ndarray) -> np.ndarray | None:
    """The left side under the mutant, None where it is the truth or no number."""
    try:
        with np.errstate(all="ignore"):
            found = case.left(cloud, mutant.compute(cloud))
    except (GraphbpError, ValueError, IndexError, TypeError):
        return None
    if found.shape != true.shape or not np.any(np.isfinite(found)) or same(found, true):
        return None
    return found


def _fits_again(case: Case, mutant: Mutant, cloud: Cloud) -> bool:
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    numbers = numbers_of(case, mutant, cloud, true)
    if claimed is None or numbers is None:
        return False
    sure = _telling(case.sure(cloud), claimed, true)
    return bool(sure.any()) and same(claimed[sure], numbers[sure])
