"""What went wrong: the claim compared with wrong derivations of one mistake, then of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import count

from graphbp.check.conditions import share_leaves
from graphbp.check.decide import Decider
from graphbp.check.finding import Finding, Relation
from graphbp.check.matching import Case, Match, about, matching, misvalued, of_shares
from graphbp.check.pairs import doubled
from graphbp.check.repairs import repaired
from graphbp.check.truth import World
from graphbp.check.verdict import Mistake
from graphbp.check.words import mistake
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Partial, Symbol


def diagnosed(decider: Decider, relation: Relation, found: Finding) -> Mistake | None:
    """The mistake that explains a wrong claim, None if nothing does."""
    try:
        return _diagnosed(decider, relation, found)
    except GraphbpError:
        return None


def _diagnosed(decider: Decider, relation: Relation, found: Finding) -> Mistake | None:
    from graphbp.check.leftover import another, left_over
    from graphbp.check.rough import in_numbers, of_values

    if found.numbers is not None or found.evidence.get("kind") == "values":
        return in_numbers(decider, relation, found)
    if found.claimed is None or found.evidence.get("kind") == "shape":
        return repaired(decider, relation) or _repaired_under_conditions(decider, relation)
    if isinstance(relation.left, Partial) and about(relation.left) is None and not relation.free:
        return _of_formula(decider, relation, relation.left)
    pair = about(relation.left)
    if pair is None:
        return of_values(decider, relation, found)
    case = Case(decider, relation, found, *pair)
    return (
        chosen(case, matching(case))
        or _under_conditions(case)
        or repaired(decider, relation)
        or _repaired_under_conditions(decider, relation)
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
    for name in _shares(case.decider, case.relation):
        narrow = replace(case, shares=name)
        found = chosen(narrow, matching(narrow))
        if found is not None:
            return _if_shares(found, name)
    return None


def _repaired_under_conditions(decider: Decider, relation: Relation) -> Mistake | None:
    for name in _shares(decider, relation):
        found = repaired(decider, relation, partial(of_shares, decider, name))
        if found is not None:
            return _if_shares(found, name)
    return None


def _shares(decider: Decider, relation: Relation) -> Sequence[str]:
    """Targets that may be meant as shares."""
    return () if decider.of_total(relation.left, relation.right) else share_leaves(decider.world)


def _if_shares(found: Mistake, name: str) -> Mistake:
    return replace(found, explanation=f"{found.explanation} (The entries of {name} taken to sum to 1.)")


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
