"""What went wrong: the claim compared with wrong derivations of one mistake, then of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graphbp.check.compare import compare, fitted
from graphbp.check.decide import Decider, Finding, Relation
from graphbp.check.mistakes import KINDS
from graphbp.check.mutate import Mutant, Mutations
from graphbp.check.sides import Scope, side
from graphbp.check.truth import Cloud
from graphbp.check.verdict import Mistake
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Entry, Expr, Partial, Symbol

FEW = 6
"""So many points are enough to find the mutants that fit; those that do are tried at others."""
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

    def cloud(self, salt: str) -> Cloud:
        """Sampled points, a few."""
        return self.decider.cloud(self.relation, salt).head(FEW)

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
    from graphbp.check.repairs import repaired
    from graphbp.check.rough import another, in_numbers, left_over, of_values

    if found.numbers is not None or found.evidence.get("kind") == "values":
        return in_numbers(decider, relation, found)
    if found.claimed is None or found.evidence.get("kind") == "shape":
        return repaired(decider, relation, found)
    pair = about(relation.left)
    if pair is None:
        return of_values(decider, relation, found)
    case = Case(decider, relation, found, *pair)
    matches = matching(case)
    if matches:
        return chosen(matches)
    mended = repaired(decider, relation, found)
    if mended is not None:
        return mended
    known = another(case)
    if known is not None:
        return known
    pairs = doubled(case)
    return chosen(pairs) if pairs else left_over(case)


def about(left: Expr) -> tuple[str, str] | None:
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
    """The mutants with one mistake that fit at two sets of points, else those with two."""
    cloud, again = case.cloud(""), case.cloud("again")
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
    for mutant, derivative in mutants(case, cloud):
        numbers = derivative if whole else _left(case, cloud, derivative)
        if numbers is not None and numbers.shape == true.shape:
            made.append((mutant, numbers))
    if not made:
        return []
    fits = [
        made[place][0]
        for place in _agreeing(np.stack([numbers[sure] for _, numbers in made]), claimed[sure], true[sure])
    ]
    fits = [mutant for mutant in fits if _fits_again(case, mutant, again)]
    if fits:
        return [Match(mutant) for mutant in fits]
    return []


def doubled(case: Case) -> list[Match]:
    """The pairs of mutants that fit."""
    cloud, again = case.cloud(""), case.cloud("again")
    true = case.left(cloud)
    claimed = case.claimed(cloud, true)
    if claimed is None:
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
    key = (case.of, case.wrt, id(cloud.world), cloud.count)
    if key not in kept:
        if len(kept) > KEPT:
            kept.clear()
        found = []
        for mutant in Mutations(cloud.world, case.of, case.wrt).all():
            with np.errstate(all="ignore"):
                try:
                    numbers = mutant.compute(cloud)
                except (GraphbpError, ValueError, IndexError, TypeError):
                    continue
            found.append((mutant, numbers))
        kept[key] = found
    found_again: Sequence[tuple[Mutant, np.ndarray]] = kept[key]
    return found_again


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


def chosen(matches: Sequence[Match]) -> Mistake:
    """The most telling of the mistakes that fit, and the kinds of the others."""
    ordered = sorted(matches, key=lambda match: match.order)
    best = ordered[0]
    kinds = [kind for match in ordered for kind in _kinds(match)]
    also = tuple(dict.fromkeys(kind for kind in kinds if kind != best.mutant.kind))
    if best.second is None:
        return Mistake(
            best.mutant.kind, best.mutant.where, _sentence(best.mutant.says), also, hint_of(best.mutant.kind)
        )
    said = f"{_sentence(best.mutant.says)} And {best.second.says}."
    return Mistake(best.mutant.kind, best.mutant.where, said, also, hint_of(best.mutant.kind))


def _kinds(match: Match) -> list[str]:
    return [mutant.kind for mutant in (match.mutant, match.second) if mutant]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def hint_of(kind: str) -> str:
    """What may be said of a kind of mistake without giving the answer away."""
    from graphbp.check.words import HINTS

    return HINTS.get(kind, "")


def fresh(cloud: Cloud) -> Scope:
    """A scope without anybody's own names."""
    return Scope(cloud)
