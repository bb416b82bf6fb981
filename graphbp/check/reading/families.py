"""Letters that stand for numbers in names: Σ_k w_k over scalar nodes w1, w2, …, and δ^{(l)} for every layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from graphbp.check.claim import Unreadable
from graphbp.check.reading import products
from graphbp.check.reading.forms import Scope, free_letters
from graphbp.check.reading.raw import Big, Limits, Written, walk
from graphbp.check.reading.scripts import tokens
from graphbp.notation.tree import Expr, Index

if TYPE_CHECKING:
    from graphbp.check.reading.base import UnknownName
    from graphbp.check.reading.entries import Entries as Resolver
    from graphbp.check.reading.products import Typed

T = TypeVar("T")
LAST = frozenset({"L"})
"""A letter that stands for the last layer only."""
MOST_INSTANCES = 200
MOST_ATTEMPTS = 400


class Budget:
    """How many assignments of numbers to letters may be tried for one line."""

    def __init__(self) -> None:
        self.tries = 0

    def spent(self) -> bool:
        """Count one round of tries; whether there have been too many."""
        self.tries += 1
        return self.tries > MOST_ATTEMPTS


def family_sum(resolver: Resolver, x: Big) -> Typed | None:
    """Σ over scalar nodes, written out term by term; None if the letters run over entries of arrays."""
    letter, *others = x.limits.letters
    body: Expr = Big(x.operator, Limits(tuple(others)), x.body, x.at) if others else x.body
    names = [part for part in walk(x.body) if isinstance(part, Written) and letter in free_letters(part)]
    with resolver.binding((Index(letter),)):
        scope = resolver.scope
    if not names or all(
        _means(resolver, name, replace(scope, bound={**scope.bound, letter: Index(letter)})) for name in names
    ):
        return None
    values = _values(resolver, x, letter, names)
    if x.operator != "sum":
        raise resolver.error(f"{x.operator} over names cannot be read", x.at, fix="write the names out")
    terms = [_term(resolver, body, letter, value) for value in values]
    return terms[0] if len(terms) == 1 else products.added(terms)


def _term(resolver: Resolver, body: Expr, letter: str, value: int) -> Typed:
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
    first, last = x.limits.first or "1", x.limits.last
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
    return [value for value in found.pop() if not _excluded(resolver, x, value)]


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
