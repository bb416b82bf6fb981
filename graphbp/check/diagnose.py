"""What went wrong: the claim compared with wrong derivations of one mistake, then of two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

from graphbp.check.compare import compare, fitted
from graphbp.check.decide import Decider, Finding, Relation
from graphbp.check.mistakes import KINDS
from graphbp.check.mutate import Mutant, Mutations
from graphbp.check.sides import side
from graphbp.check.truth import POINTS, Cloud, World
from graphbp.check.verdict import Mistake
from graphbp.check.words import mistake
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Entry, Partial, Symbol, Term, walk

FEW = 6
"""So many points are enough to find the mutants that fit; those that do are tried at others."""
AGAIN = 16
"""So many other points: branches of conditions must all be met."""
CLOSE = 1e-8
MOST_PAIRS = 400
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
            found = self.decider.world.cloud(POINTS, f"{salt} shares", (self.shares,))
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


def diagnosed(decider: Decider, relation: Relation, found: Finding) -> Mistake | None:
    """The mistake that explains a wrong claim, None if nothing does."""
    try:
        return _diagnosed(decider, relation, found)
    except GraphbpError:
        return None


def _diagnosed(decider: Decider, relation: Relation, found: Finding) -> Mistake | None:
    from graphbp.check.leftover import another, left_over
    from graphbp.check.repairs import repaired
    from graphbp.check.rough import in_numbers, of_values

    if found.numbers is not None or found.evidence.get("kind") == "values":
        return in_numbers(decider, relation, found)
    if found.claimed is None or found.evidence.get("kind") == "shape":
        return repaired(decider, relation, found)
    if isinstance(relation.left, Partial) and about(relation.left) is None and not relation.free:
        return _of_formula(decider, relation, relation.left)
    pair = about(relation.left)
    if pair is None:
        return of_values(decider, relation, found)
    case = Case(decider, relation, found, *pair)
    return (
        chosen(case, matching(case))
        or _under_conditions(case)
        or repaired(decider, relation, found)
        or another(case)
        or chosen(case, misvalued(case))
        or chosen(case, doubled(case))
        or left_over(case)
    )


def _of_formula(decider: Decider, relation: Relation, left: Partial) -> Mistake | None:
    """The mistake in the derivative of a formula that the claim writes out: as if it were a node."""
    network = decider.world.original.copy()
    name = next(name for number in count() if (name := f"formula{number or ''}") not in network.graph)
    network.node(name, left.y)
    inner = Decider(World(network))
    again = replace(relation, left=replace(left, y=Symbol(name)))
    found = inner.by_points(again)
    return _diagnosed(inner, again, found) if found.outcome == "wrong" else None


def _under_conditions(case: Case) -> Mistake | None:
    """A mistake made in a derivation that holds where targets sum to 1, as p − t does."""
    from graphbp.check.conditions import share_leaves

    if case.decider.of_total(case.relation.left, case.relation.right):
        return None
    for name in share_leaves(case.decider.world):
        narrow = replace(case, shares=name)
        found = chosen(narrow, matching(narrow))
        if found is not None:
            return replace(found, explanation=f"{found.explanation} (The entries of {name} taken to sum to 1.)")
    return None


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
    return fitting(case, lambda cloud: mutants(case, cloud))


def misvalued(case: Case) -> list[Match]:
    """The derivations that fit with a wrong value of one node in them."""
    from graphbp.check.misvalued import Misvalued

    return fitting(case, lambda cloud: computed(Misvalued(cloud.world, case.of, case.wrt).all(), cloud))


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
        numbers = derivative if whole else _left(case, cloud, derivative)
        if numbers is not None and numbers.shape == true.shape:
            made.append((mutant, numbers))
    if not made:
        return []
    fits = [
        made[place][0]
        for place in _agreeing(np.stack([numbers[sure] for _, numbers in made]), claimed[sure], true[sure])
    ]
    return [Match(mutant) for mutant in fits if _fits_again(case, mutant, again)]


def doubled(case: Case) -> list[Match]:
    """The pairs of mutants that fit."""
    cloud, again = case.cloud(""), case.cloud("again", AGAIN)
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    if claimed is None or not claimed.any():
        # Two mistakes can always be found that cancel to 0.
        return []
    made = [
        (mutant, numbers)
        for mutant, derivative in mutants(case, cloud)
        if (numbers := _left(case, cloud, derivative)) is not None
    ]
    return list(_pairs(case, [item for item in made if item[1].shape == true.shape], claimed, true, again))


def mutants(case: Case, cloud: Cloud) -> Sequence[tuple[Mutant, np.ndarray]]:
    """All wrong derivatives on a cloud, computed once for all claims about the same gradient."""
    kept = case.decider.kept
    key = (case.of, case.wrt, case.shares, id(cloud.world), cloud.count)
    if key not in kept:
        if len(kept) > KEPT:
            kept.clear()
        kept[key] = computed(Mutations(cloud.world, case.of, case.wrt).all(), cloud)
    found: Sequence[tuple[Mutant, np.ndarray]] = kept[key]
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
    return np.ones_like(sure) if _close(claimed[sure], true[sure]) else sure


def _agreeing(numbers: np.ndarray, claimed: np.ndarray, true: np.ndarray) -> list[int]:
    """The places of the mutants that give the claimed numbers."""
    axes = tuple(range(1, numbers.ndim))
    with np.errstate(all="ignore"):
        gap = np.max(np.abs(numbers - claimed), axis=axes)
    size = float(np.max(np.abs(claimed)))
    near = np.flatnonzero(gap <= 1e-6 * size)
    return [int(place) for place in near if _close(claimed, numbers[place]) and not _close(true, numbers[place])]


def _left(case: Case, cloud: Cloud, derivative: np.ndarray) -> np.ndarray | None:
    try:
        return case.left(cloud, derivative)
    except GraphbpError:
        return None


def _numbers(case: Case, mutant: Mutant, cloud: Cloud, true: np.ndarray) -> np.ndarray | None:
    """The left side under the mutant, None where it is the truth or no number."""
    try:
        with np.errstate(all="ignore"):
            found = case.left(cloud, mutant.compute(cloud))
    except (GraphbpError, ValueError, IndexError, TypeError):
        return None
    if found.shape != true.shape or not np.any(np.isfinite(found)) or _close(found, true):
        return None
    return found


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    found = compare(a, b)
    return bool(found.usable.all()) and bool(np.all(found.errors < CLOSE))


def _fits_again(case: Case, mutant: Mutant, cloud: Cloud) -> bool:
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    numbers = _numbers(case, mutant, cloud, true)
    if claimed is None or numbers is None:
        return False
    sure = _telling(case.sure(cloud), claimed, true)
    return bool(sure.any()) and _close(claimed[sure], numbers[sure])


def _pairs(
    case: Case, made: Sequence[tuple[Mutant, np.ndarray]], claimed: np.ndarray, true: np.ndarray, again: Cloud
) -> Iterator[Match]:
    """Two mistakes: one after the other (factors multiply) or on two paths (differences add)."""
    unique = _distinct(made)[:MOST_PAIRS]
    if len(unique) < 2:
        return
    flat = np.stack([numbers.ravel() for _, numbers in unique])
    goal, base = claimed.ravel(), true.ravel()
    with np.errstate(all="ignore"):
        for combine in (_in_turn, _side_by_side):
            for first in range(len(unique)):
                both = combine(flat[first], flat[first + 1 :], base)
                gaps = (
                    np.max(np.abs(both - goal), axis=1) / max(float(np.max(np.abs(goal))), 1e-300)
                    if len(both)
                    else np.array([])
                )
                for second in np.flatnonzero(gaps < CLOSE):
                    pair = Match(unique[first][0], unique[first + 1 + int(second)][0])
                    if _pair_fits(case, pair, combine, again):
                        yield pair


def _in_turn(a: np.ndarray, b: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.asarray(a * b / true)


def _side_by_side(a: np.ndarray, b: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.asarray(a + b - true)


def _distinct(made: Sequence[tuple[Mutant, np.ndarray]]) -> list[tuple[Mutant, np.ndarray]]:
    """One mutant for each set of numbers, the most telling."""
    table: dict[bytes, tuple[Mutant, np.ndarray]] = {}
    for mutant, numbers in sorted(made, key=lambda item: (item[0].rank, KINDS.index(item[0].kind))):
        with np.errstate(all="ignore"):
            key = np.array([f"{value:.9e}" for value in numbers.ravel()]).tobytes()
        table.setdefault(key, (mutant, numbers))
    return [item for item in table.values() if np.all(np.isfinite(item[1]))]


def _pair_fits(case: Case, pair: Match, combine: Callable[..., np.ndarray], cloud: Cloud) -> bool:
    assert pair.second is not None
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    parts = [_numbers(case, mutant, cloud, true) for mutant in (pair.mutant, pair.second)]
    if claimed is None or parts[0] is None or parts[1] is None:
        return False
    with np.errstate(all="ignore"):
        return _close(claimed, combine(parts[0], parts[1], true))


def chosen(case: Case, matches: Sequence[Match]) -> Mistake | None:
    """The most telling of the mistakes that fit, and the kinds of the others."""
    if not matches:
        return None
    ordered = sorted(matches, key=lambda match: (match.mutant.via in case.behind, *match.order))
    best = ordered[0]
    kinds = [kind for match in ordered for kind in _kinds(match)]
    also = tuple(dict.fromkeys(kind for kind in kinds if kind != best.mutant.kind))
    if best.second is None:
        return mistake(best.mutant.kind, best.mutant.where, _sentence(best.mutant.says), also)
    said = f"{_sentence(best.mutant.says)} And {best.second.says}."
    return mistake(best.mutant.kind, best.mutant.where, said, also)


def _kinds(match: Match) -> list[str]:
    return [mutant.kind for mutant in (match.mutant, match.second) if mutant]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
