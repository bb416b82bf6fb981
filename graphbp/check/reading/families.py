"""Letters that stand for numbers in names: Σ_k w_k over scalar nodes w1, w2, …, and δ^{(l)} for every layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from graphbp.check.claim import Unreadable
from graphbp.check.reading import products
from graphbp.check.reading.forms import Scope, free_letters
from graphbp.check.reading.raw import Big, Limits, Written, walk
from graphbp.check.reading.scripts import filled, tokens
from graphbp.graph.shape import Size
from graphbp.notation.tree import Expr, Index, Number

if TYPE_CHECKING:
    from graphbp.check.reading.base import UnknownName
    from graphbp.check.reading.entries import Entries as Resolver
    from graphbp.check.reading.products import Typed

T = TypeVar("T")
LAST = frozenset({"L"})
"""A letter that stands for the last layer only."""
MOST_INSTANCES = 200
MOST_ATTEMPTS = 400
MOST_TERMS = 5_000


class Budget:
    """How many assignments of numbers to letters may be tried for one line."""

    def __init__(self) -> None:
        self.tries = 0

    def spent(self) -> bool:
        """Count one round of tries; whether there have been too many."""
        self.tries += 1
        return self.tries > MOST_ATTEMPTS


def family_sum(resolver: Resolver, x: Big) -> Typed | None:
    """Σ or Π over scalar nodes, written out term by term; None if the letters run over entries of arrays."""
    letter, *others = x.limits.letters
    body: Expr = Big(x.operator, Limits(tuple(others)), x.body, x.at) if others else x.body
    names = [part for part in walk(x.body) if isinstance(part, Written) and letter in free_letters(part)]
    with resolver.binding((Index(letter),)):
        scope = resolver.scope
    if not names or all(
        _means(resolver, name, replace(scope, bound={**scope.bound, letter: Index(letter)})) for name in names
    ):
        return None
    if x.operator not in ("sum", "prod"):
        raise resolver.error(f"{x.operator} over names cannot be read", x.at, fix="write the names out")
    values = _values(resolver, x, letter, names)
    return written_out(resolver, x.operator, [_term(resolver, body, letter, value) for value in values])


def product(resolver: Resolver, x: Big, size: Size | None) -> Typed:
    """Π over the places of an axis, written out factor by factor."""
    letter, *others = x.limits.letters
    first, last = _ends(resolver, x)
    last = last or str(size or "")
    if others or not first.isdigit() or not last.isdigit() or int(last) - int(first) > MOST_INSTANCES:
        raise resolver.error("a product needs numbers as limits", x.at, fix="write \\prod_{k=1}^{3}, or the factors")
    values = [value for value in range(int(first), int(last) + 1) if not _excluded(resolver, x, value)]
    return written_out(resolver, "prod", [_term(resolver, x.body, letter, value) for value in values])


def written_out(resolver: Resolver, operator: str, terms: list[Typed]) -> Typed:
    """A sum or a product of terms; of none it is 0 or 1."""
    if not terms:
        return products.Typed(Number(0 if operator == "sum" else 1))
    if len(terms) == 1:
        return terms[0]
    if operator == "sum":
        return products.added(terms)
    return products.side_by_side([resolver.factor(term) for term in terms])


def _ends(resolver: Resolver, x: Big) -> tuple[str, str]:
    """The limits with numbers for letters; the first is 1 where none is written."""
    first, last = (filled((end,), resolver.scope.numbers)[0] if end else "" for end in (x.limits.first, x.limits.last))
    return first or "1", last


def _term(resolver: Resolver, body: Expr, letter: str, value: int) -> Typed:
    resolver.vocabulary.terms += 1
    if resolver.vocabulary.terms > MOST_TERMS:
        raise Unreadable(f"the sums and products stand for more than {MOST_TERMS} terms")
    outer = resolver.scope
    bound = {name: index for name, index in outer.bound.items() if name != letter}
    resolver.scope = Scope(bound, {**outer.numbers, letter: value})
    try:
        return resolver.read(body)
    finally:
        resolver.scope = outer


def _means(resolver: Resolver, name: Written, scope: Scope) -> bool:
    kronecker = name.base == "delta" and not name.sup and len("".join(name.sub)) == 2
    return bool(resolver.vocabulary.readings(name, scope)) or kronecker


def _values(resolver: Resolver, x: Big, letter: str, names: list[Written]) -> list[int]:
    """The numbers that the letter stands for: the written limits, or those for which every name exists."""
    first, last = _ends(resolver, x)
    if first.isdigit() and last.isdigit() and int(last) < 1000:
        return [value for value in range(int(first), int(last) + 1) if not _excluded(resolver, x, value)]
    sets: dict[str, list[int]] = {}
    for name in names:
        known = [
            v
            for v in resolver.vocabulary.fixed()
            if _means(resolver, name, Scope(dict(resolver.scope.bound), {**resolver.scope.numbers, letter: v}))
        ]
        if not known:
            raise resolver.unknown(name)
        sets[name.shown] = known
    found = {tuple(values) for values in sets.values()}
    if len(found) > 1:
        shown = "; ".join(f"{name}: {', '.join(map(str, values))}" for name, values in sets.items())
        raise resolver.error(
            f"{letter} can run over different numbers ({shown})", x.at, fix="write the limits, or the terms"
        )
    least = int(first) if x.limits.first and first.isdigit() else 0
    return [value for value in found.pop() if value >= least and not _excluded(resolver, x, value)]


def _excluded(resolver: Resolver, x: Big, value: int) -> bool:
    return bool(x.limits.unequal) and resolver.scope.numbers.get(x.limits.unequal) == value


def instances(
    attempt: Callable[[dict[str, int]], T], numbers: tuple[int, ...], left: Callable[[dict[str, int]], object]
) -> list[tuple[dict[str, int], T]]:
    """The line as it is, or once for each number that a letter in its names can stand for.

    A line that holds for hidden layers only leaves the border out: there l + 1 or l − 1 has no node.
    """
    return _instances(attempt, numbers, left, {}, Budget())


def _instances(
    attempt: Callable[[dict[str, int]], T],
    numbers: tuple[int, ...],
    left: Callable[[dict[str, int]], object],
    given: dict[str, int],
    budget: Budget,
) -> list[tuple[dict[str, int], T]]:
    from graphbp.check.reading.base import UnknownName

    try:
        return [(given, attempt(given))]
    except UnknownName as error:
        # A letter above stands for a layer more often than one below.
        above = replace(error.written, sub=())
        candidates = [
            letter
            for letter in dict.fromkeys((*free_letters(above), *free_letters(error.written)))
            if letter not in given
        ]
        if not candidates or len(given) > 1 or budget.spent():
            raise
        first = error
    for letter in candidates:
        found = _assigned(attempt, numbers, left, given, letter, budget)
        if found:
            return found[-1:] if letter in LAST else found
    raise first


def _assigned(
    attempt: Callable[[dict[str, int]], T],
    numbers: tuple[int, ...],
    left: Callable[[dict[str, int]], object],
    given: dict[str, int],
    letter: str,
    budget: Budget,
) -> list[tuple[dict[str, int], T]]:
    """The lines for every number that one letter can stand for."""
    from graphbp.check.reading.base import UnknownName

    found: list[tuple[dict[str, int], T]] = []
    failed: UnknownName | None = None
    for value in numbers:
        try:
            found += _instances(attempt, numbers, left, {**given, letter: value}, budget)
        except UnknownName as error:
            # What has the number 0 is where a recursion begins.
            if (
                value
                and letter not in LAST
                and not _border(error.written, letter)
                and _succeeds(left, {**given, letter: value})
            ):
                failed = failed or error
    if failed is not None:
        raise failed
    if len(found) > MOST_INSTANCES:
        raise Unreadable(f"the line stands for more than {MOST_INSTANCES} lines")
    return found


def _border(written: Written, letter: str) -> bool:
    """Whether the name asks for a neighbour of the letter: l + 1."""
    found = [tokens(part) for part in (*written.sub, *written.sup)]
    return any(letter in part and ("+" in part or "-" in part) for part in found)


def _succeeds(call: Callable[[dict[str, int]], object], given: dict[str, int]) -> bool:
    try:
        call(given)
    except Unreadable:
        return False
    return True
