"""Mistakes in numbers, in the values of nodes, and in updates of weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from graphbp.check.compare import same
from graphbp.check.decide import Decider
from graphbp.check.figures import Estimate, estimate, exact_numbers, half_unit, known_numbers, matches, replaced
from graphbp.check.finding import Finding, Relation
from graphbp.check.mutate import Mutant, Mutations
from graphbp.check.sides import side
from graphbp.check.truth import Cloud
from graphbp.check.verdict import Mistake
from graphbp.check.words import mistake
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Expr, Number, Partial, walk

if TYPE_CHECKING:
    from graphbp.check.matching import Case

COARSE = 0.004
"""A number that leaves more than this share open fits too many wrong derivations."""
SURE = 1e-5
"""A number that leaves less than this share open fits a wrong derivation only if it was made that way."""

# Numbers


def in_numbers(decider: Decider, relation: Relation, found: Finding) -> Mistake | None:
    """The mistakes that would give the number that is written."""
    from graphbp.check.repairs import where

    number, true = found.numbers, found.true
    if number is None or true is None or found.cloud is None or number.value.shape != true.shape:
        return None
    place = where(decider, relation) or _name(relation.left)
    if number.one_off(true):
        return mistake("rounding", place, "The number is one unit of its last digit off.")
    kinds = list(dict.fromkeys(_numeric_kinds(decider, relation, number, true, found.cloud, place)))
    if not kinds:
        return None
    (kind, at, says), *rest = kinds
    also = tuple(dict.fromkeys(other for other, _, _ in rest if other != kind))
    return mistake(kind, at, says, also)


def _name(left: Expr) -> str:
    from graphbp.notation.plain import PlainWriter

    return PlainWriter().write(left.x if isinstance(left, Partial) else left)


def _numeric_kinds(
    decider: Decider, relation: Relation, number: Estimate, true: np.ndarray, cloud: Cloud, place: str
) -> Iterator[tuple[str, str, str]]:
    if bool(np.all(number.admits(-true))) and not np.allclose(true, 0):
        yield "sign", place, "The sign is turned."
    if not number.printed:
        # A number of the network itself that was put in is exact.
        scope = relation.ready(cloud)
        sharper = estimate(relation.right, scope, relation.free, exact=exact_numbers(cloud))
        number = sharper if sharper.value.shape == true.shape else number
    # Many digits that fit a wrong derivation are no accident; of few, a slip of the pen is likelier.
    sure = bool(np.all(number.slack <= SURE * np.abs(number.value)))
    copied = chain(_miscopied(decider, relation, cloud, place), _slips(relation, number, true, place))
    derived = _by_mutants(decider, relation, number, true, cloud)
    yield from chain(derived, copied) if sure and not number.printed else chain(copied, derived)
    yield from _other_numbers(decider, relation, number, cloud, place)


def _slips(relation: Relation, number: Estimate, true: np.ndarray, place: str) -> Iterator[tuple[str, str, str]]:
    """Printed numbers with two digits exchanged, or one that is another."""
    printed = [part for part in walk(relation.right) if isinstance(part, Number)]
    if not number.printed or len(printed) != number.value[0].size:
        return
    claimed, wanted, fits = (np.asarray(x)[0].ravel() for x in (number.value, true, number.admits(true)))
    if all(ok or _slip(float(a), float(b), one) for a, b, one, ok in zip(claimed, wanted, printed, fits, strict=True)):
        yield "copied-number", place, "The digits are nearly those of the right number: it was copied wrongly."


def _slip(claimed: float, true: float, printed: Number) -> bool:
    """Whether two digits are exchanged, or one of several is another."""
    places = max(0, round(-np.log10(2 * half_unit(printed)))) if half_unit(printed) else 0
    ours, theirs = f"{abs(claimed):.{places}f}", f"{abs(true):.{places}f}"
    if len(ours) != len(theirs) or np.sign(claimed) != np.sign(true):
        return False
    unlike = [place for place, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    exchanged = len(unlike) == 2 and [ours[place] for place in unlike] == [theirs[place] for place in reversed(unlike)]
    return exchanged or (len(unlike) == 1 and len(ours) > 4)


def _by_mutants(
    decider: Decider, relation: Relation, number: Estimate, true: np.ndarray, cloud: Cloud
) -> Iterator[tuple[str, str, str]]:
    """Wrong derivations whose numbers round to what is written; of few digits nothing is concluded."""
    from graphbp.check.matching import Case, Match, about

    if np.any(number.slack > COARSE * np.abs(number.value)):
        return
    pair = about(relation.left)
    if pair is None:
        yield from _by_wrong_values(decider, relation, number, cloud)
        return
    case = Case(decider, relation, Finding("wrong"), *pair)
    fits = []
    for mutant in Mutations(cloud.world, *pair).all():
        numbers = _under(case, mutant, cloud)
        if (
            numbers is not None
            and numbers.shape == true.shape
            and bool(np.all(number.admits(numbers)))
            and not bool(np.all(number.admits(true)))
        ):
            fits.append(Match(mutant))
    for match in sorted(fits, key=lambda one: one.order):
        yield match.mutant.kind, match.mutant.where, f"That number comes out if {match.mutant.says}."


def _under(case: Case, mutant: Mutant, cloud: Cloud) -> np.ndarray | None:
    try:
        with np.errstate(all="ignore"):
            return case.left(cloud, mutant.compute(cloud))
    except (GraphbpError, ValueError, IndexError, TypeError):
        return None


def _other_numbers(
    decider: Decider, relation: Relation, number: Estimate, cloud: Cloud, place: str
) -> Iterator[tuple[str, str, str]]:
    """The number of another node."""
    if not number.printed:
        return
    loss = decider.world.network.loss_name
    about_gradient = isinstance(relation.left, Partial)
    for name, numbers in known_numbers(cloud, loss):
        if np.size(numbers) == number.value.size and bool(
            np.all(number.admits(np.reshape(numbers, number.value.shape)))
        ):
            gradient = name.startswith(f"d{cloud.falls}/d")
            if gradient == about_gradient:
                yield "wrong-index", place, f"This is the number of {name}."
            elif about_gradient:
                yield "value-for-gradient", place, f"This is the value of {name}."
            else:
                yield "value-for-gradient", place, f"This is {name}."


def _miscopied(decider: Decider, relation: Relation, cloud: Cloud, place: str) -> Iterator[tuple[str, str, str]]:
    """A formula in numbers that is right with one of them exchanged for that of a node."""
    numbers = [part for part in walk(relation.right) if isinstance(part, Number)]
    if len(numbers) < 2:
        return
    loss = decider.world.network.loss_name
    known = [(name, values) for name, values in known_numbers(cloud, loss) if values.shape == (cloud.count,)]
    for spot, number in enumerate(numbers):
        if not half_unit(number) or next(matches(number, cloud, loss), None) is not None:
            continue
        for name, values in known:
            fresh = replace(relation, right=replaced(relation.right, spot, Number(Fraction(abs(float(values[0]))))))
            if decider.by_values(fresh).good:
                yield "copied-number", place, f"A number is not that of {name}."
                return


# Values of nodes and updated weights


def of_values(decider: Decider, relation: Relation, found: Finding) -> Mistake | None:
    """The mistake in the formula of a node, or in the update of a weight."""
    from graphbp.check.repairs import repaired

    cloud = decider.cloud(relation).head(6)
    claimed = side(relation.right, relation.ready(cloud), relation.free, found.manner)
    for kind, at, says, numbers in _wrong_values(decider, relation, cloud):
        if numbers.shape == claimed.shape and same(claimed, numbers):
            return mistake(kind, at, says)
    return repaired(decider, relation)


def _by_wrong_values(
    decider: Decider, relation: Relation, number: Estimate, cloud: Cloud
) -> Iterator[tuple[str, str, str]]:
    for kind, at, says, numbers in _wrong_values(decider, relation, cloud):
        if numbers.shape == number.value.shape and bool(np.all(number.admits(numbers))):
            yield kind, at, says


def _wrong_values(decider: Decider, relation: Relation, cloud: Cloud) -> Iterator[tuple[str, str, str, np.ndarray]]:
    from graphbp.check.forward import wrong_formulas, wrong_updates

    scope = relation.ready(cloud)
    for kind, at, says, term in (
        *wrong_formulas(decider.world, relation.left),
        *wrong_updates(decider.world, relation.left),
    ):
        try:
            yield kind, at, says, side(term, scope, relation.free)
        except GraphbpError:
            continue
