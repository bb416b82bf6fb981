"""Index letters: which are free, how to replace them without capture, fresh ones, ranges, and solving for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import gcd
from typing import Any

from graphbp.graph.shape import Size
from graphbp.notation.tree import (
    Add,
    Affine,
    Call,
    Delta,
    Div,
    Entry,
    Equation,
    Expr,
    FloorMod,
    Index,
    IndexExpr,
    Max,
    Mul,
    Neg,
    Number,
    Sum,
    Symbol,
    Term,
    affine,
    children,
    rebuild,
    walk,
)

OUTER = ("a", "b", "c", "d", "e", "f", "g", "h", "u", "v", "w")
"""Letters for the entry that a derivative is taken of."""

INNER = ("k", "m", "p", "q", "r", "s", "t", "u", "v", "i", "j")
"""Letters that run under a Σ."""


def plain(index: IndexExpr) -> IndexExpr:
    """The index expression without wrapping: 1·i + 0 is i.

    >>> plain(affine(Index("i")))
    Index(name='i', size=None)
    """
    if isinstance(index, Affine):
        if len(index.terms) == 1 and index.terms[0][1] == 1 and index.const == 0:
            return plain(index.terms[0][0])
        return _positive_first(index)
    return _settled(index) if isinstance(index, FloorMod) else index


def _positive_first(index: Affine) -> Affine:
    """The sum with a positive letter in front, where there is one."""
    if index.terms and index.terms[0][1] < 0:
        first = next((place for place, (_, factor) in enumerate(index.terms) if factor > 0), 0)
        return Affine((index.terms[first], *index.terms[:first], *index.terms[first + 1 :]), index.const)
    return index


def _settled(index: FloorMod) -> IndexExpr:
    """⌊(n·a + b) / n⌋ = a and (n·a + b) mod n = b, where 0 ≤ b < n."""
    if index.n == 1:
        return index.of if index.op == "floor" else Affine()
    whole = affine(index.of)
    scale = _scale(whole, index.n)
    if scale > 1:
        return _scaled(index, whole, scale)
    inside = Affine(tuple(term for term in whole.terms if term[1] % index.n), whole.const % index.n)
    low, high = span(inside)
    if low is None or high is None or low < 0 or high >= index.n:
        return index
    if index.op == "mod":
        return plain(inside)
    outside = [(letter, factor // index.n) for letter, factor in whole.terms if factor % index.n == 0]
    return plain(affine(*outside, whole.const // index.n))


def _scale(whole: Affine, n: int) -> int:
    """The largest g that divides n and all but a rest of the index that stays below g."""
    for factor in sorted({gcd(factor, n) for _, factor in whole.terms}, reverse=True):
        rest = Affine(tuple(term for term in whole.terms if term[1] % factor), whole.const % factor)
        low, high = span(rest)
        if low is not None and high is not None and low >= 0 and high < factor < n:
            return factor
    return 1


def _scaled(index: FloorMod, whole: Affine, g: int) -> IndexExpr:
    """⌊(g·A + r) / (g·m)⌋ = ⌊A/m⌋ and (g·A + r) mod (g·m) = g·(A mod m) + r, for 0 ≤ r < g."""
    outer = plain(
        affine(*((letter, factor // g) for letter, factor in whole.terms if factor % g == 0), whole.const // g)
    )
    inner = plain(FloorMod(index.op, outer, index.n // g))
    rest = Affine(tuple(term for term in whole.terms if term[1] % g), whole.const % g)
    return inner if index.op == "floor" else shifted((inner, g), rest)


def shifted(*parts: tuple[IndexExpr, int] | IndexExpr | int) -> IndexExpr:
    """The plain form of a sum of index expressions."""
    return plain(affine(*parts))


@lru_cache(maxsize=65536)
def free_letters(term: Term) -> frozenset[str]:
    """The names of the letters that no Σ or max inside binds."""
    if isinstance(term, Index):
        return frozenset((term.name,))
    inner: Iterable[Term] = (term.body,) if isinstance(term, Sum | Max) else children(term)
    found: frozenset[str] = frozenset().union(*(free_letters(child) for child in inner))
    return found - bound_here(term)


def bound_here(term: Term) -> frozenset[str]:
    """The letters that this very term binds."""
    return frozenset(index.name for index in term.indices) if isinstance(term, Sum | Max) else frozenset()


def names_in(*terms: Term) -> set[str]:
    """All names that a fresh letter must keep clear of: letters, symbols and size letters."""
    found: set[str] = set()
    for part in (inner for term in terms for inner in walk(term)):
        if isinstance(part, Symbol | Index):
            found.add(part.name)
        size = getattr(part, "size", None)
        if isinstance(size, str):
            found.add(size)
    return found


def fresh_letter(wanted: str, avoid: Iterable[str], pool: Sequence[str] = INNER) -> str:
    """The wanted letter, or the first free one of the pool.

    >>> fresh_letter("k", {"k", "m"})
    'p'
    """
    used = set(avoid)
    if wanted not in used:
        return wanted
    numbered = (f"{wanted}{number}" for number in range(1, len(used) + 2))
    return next(letter for letter in (*pool, *numbered) if letter not in used)


def put(term: Any, table: Mapping[str, IndexExpr]) -> Any:
    """The term with letters replaced; letters that a Σ binds are renamed where they would capture."""
    if not table:
        return term
    if isinstance(term, Index):
        return table.get(term.name, term)
    if isinstance(term, Affine):
        return plain(affine(*((put(inner, table), factor) for inner, factor in term.terms), term.const))
    if isinstance(term, FloorMod):
        return plain(FloorMod(term.op, put(term.of, table), term.n))
    if isinstance(term, Sum | Max):
        return _put_under(term, table)
    return rebuild(term, lambda child: put(child, table))


def _put_under(term: Sum | Max, table: Mapping[str, IndexExpr]) -> Sum | Max:
    bound = bound_here(term)
    kept = {name: value for name, value in table.items() if name not in bound}
    arriving = set().union(*(names_in(value) for value in kept.values()))
    if bound & arriving:
        term = renamed_apart(term, arriving | set(kept))
    return type(term)(term.indices, put(term.body, kept))


def renamed_apart(term: Sum | Max, avoid: Iterable[str]) -> Sum | Max:
    """The same Σ or max with bound letters that keep clear of `avoid`."""
    used = set(avoid) | names_in(term.body)
    fresh: dict[str, IndexExpr] = {}
    indices = []
    for index in term.indices:
        name = fresh_letter(index.name, used if index.name in avoid else used - {index.name})
        used.add(name)
        indices.append(Index(name, index.size))
        if name != index.name:
            fresh[index.name] = indices[-1]
    return type(term)(tuple(indices), put(term.body, fresh))


def span(index: IndexExpr, sizes: Mapping[str, int] | None = None) -> tuple[int | None, int | None]:
    """The smallest and the largest value that an index expression can take; None where a size is a letter."""
    if isinstance(index, Index):
        size = index.size if isinstance(index.size, int) else (sizes or {}).get(str(index.size))
        return 0, None if size is None else size - 1
    if isinstance(index, FloorMod):
        if index.op == "mod":
            return 0, index.n - 1
        low, high = span(index.of, sizes)
        return None if low is None else low // index.n, None if high is None else high // index.n
    low, high = (index.const, index.const) if isinstance(index, Affine) else (None, None)
    for letter, factor in index.terms if isinstance(index, Affine) else ():
        ends = span(letter, sizes)
        first, last = ends if factor > 0 else ends[::-1]
        low = None if low is None or first is None else low + factor * first
        high = None if high is None or last is None else high + factor * last
    return low, high


def surely_within(index: IndexExpr, size: Size | None) -> bool:
    """Whether 0 ≤ index < size whatever the letters are."""
    if isinstance(index, Index) and index.size == size:
        return True
    low, high = span(index)
    return low is not None and low >= 0 and high is not None and isinstance(size, int) and high < size


def coefficient(index: IndexExpr, letter: str) -> int:
    """How often a letter is counted at the top level of an index expression."""
    found = {inner.name: factor for inner, factor in affine(index).terms if isinstance(inner, Index)}
    return found.get(letter, 0)


def solved(left: IndexExpr, right: IndexExpr, letter: Index) -> IndexExpr | None:
    """The value of the letter for which left = right, if its coefficient is ±1 and it stands nowhere deeper.

    >>> i, p, a = Index("i"), Index("p"), Index("a")
    >>> solved(i + p, a, p)
    Affine(terms=((Index(name='a', size=None), 1), (Index(name='i', size=None), -1)), const=0)
    """
    factor = coefficient(left, letter.name) - coefficient(right, letter.name)
    if factor not in (1, -1):
        return None
    value = shifted((right, factor), (left, -factor), letter)
    return None if letter.name in free_letters(value) else value


def as_value(index: IndexExpr) -> Expr:
    """An index expression as a formula, for sentences."""
    if isinstance(index, Index):
        return Symbol(index.name)
    if isinstance(index, FloorMod):
        inner = as_value(index.of)
        return (
            Call("floor", (Div(inner, Number(index.n)),))
            if index.op == "floor"
            else Call("mod", (inner, Number(index.n)))
        )
    whole = affine(index)
    parts = [_times(as_value(letter), factor) for letter, factor in whole.terms]
    if whole.const or not parts:
        parts.append(Number(whole.const) if whole.const >= 0 else Neg(Number(-whole.const)))
    return Add(tuple(parts)) if len(parts) > 1 else parts[0]


def _times(value: Expr, factor: int) -> Expr:
    size = value if abs(factor) == 1 else Mul((Number(abs(factor)), value))
    return size if factor > 0 else Neg(size)


def where(left: IndexExpr, right: IndexExpr) -> Equation:
    """left = right, for sentences."""
    return Equation(as_value(left), (as_value(right),))


def deltas(left: Sequence[IndexExpr], right: Sequence[IndexExpr]) -> tuple[Delta, ...]:
    """One δ per axis."""
    return tuple(Delta(one, other) for one, other in zip(left, right, strict=True))


def entry(base: Expr, subs: Sequence[IndexExpr]) -> Expr:
    """The entry of an array, or the number itself."""
    return Entry(base, tuple(subs)) if subs else base
