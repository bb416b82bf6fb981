"""Which entry, and when: the index side of formulas, and the conditions on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graphbp.graph.shape import Size

Relation = Literal["<", "<=", ">", ">=", "=", "!="]


@dataclass(frozen=True, slots=True)
class Term:
    """Anything that stands in a formula."""


# Which entry


@dataclass(frozen=True, slots=True)
class IndexExpr(Term):
    """An integer that says which entry is meant; counted from 0."""

    def __add__(self, other: IndexExpr | int) -> Affine:
        return affine((self, 1), other)

    def __radd__(self, other: int) -> Affine:
        return affine((self, 1), other)

    def __sub__(self, other: IndexExpr | int) -> Affine:
        return affine((self, 1), -other if isinstance(other, int) else other * -1)

    def __rsub__(self, other: int) -> Affine:
        return affine((self, -1), other)

    def __mul__(self, factor: int) -> Affine:
        return affine((self, factor))

    __rmul__ = __mul__


@dataclass(frozen=True, slots=True)
class Index(IndexExpr):
    """A letter that runs from 0 to size − 1; `size` is None until it is read off the arrays."""

    name: str
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Affine(IndexExpr):
    """A sum of letters with whole coefficients, in the author's order, and a constant: 2i + p − 1."""

    terms: tuple[tuple[IndexExpr, int], ...] = ()
    const: int = 0


@dataclass(frozen=True, slots=True)
class FloorMod(IndexExpr):
    """⌊e / n⌋ (`op` "floor") or e mod n (`op` "mod")."""

    op: Literal["floor", "mod"]
    of: IndexExpr
    n: int


@dataclass(frozen=True, slots=True)
class Slice(IndexExpr):
    """A range start:stop of an axis, as the author writes it in `x[0, 1:3]`."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None


def affine(*parts: tuple[IndexExpr, int] | IndexExpr | int) -> Affine:
    """The sum of the parts, equal letters joined, in order of first mention.

    >>> i = Index("i")
    >>> affine((i, 2), 3, (i, -1))
    Affine(terms=((Index(name='i', size=None), 1),), const=3)
    """
    terms: dict[IndexExpr, int] = {}
    const = 0
    for part in parts:
        index, factor = part if isinstance(part, tuple) else (part, 1)
        if isinstance(index, int):
            const += index * factor
        elif isinstance(index, Affine):
            const += index.const * factor
            for inner, coefficient in index.terms:
                terms[inner] = terms.get(inner, 0) + coefficient * factor
        else:
            terms[index] = terms.get(index, 0) + factor
    return Affine(tuple((index, factor) for index, factor in terms.items() if factor), const)


def position(place: IndexExpr | int | slice) -> IndexExpr:
    """What stands in square brackets as an index expression.

    >>> position(2)
    Affine(terms=(), const=2)
    """
    if isinstance(place, slice):
        return Slice(place.start, place.stop, place.step)
    return Affine((), place) if isinstance(place, int) else place


# When


@dataclass(frozen=True, slots=True)
class Condition(Term):
    """Something true or false."""


@dataclass(frozen=True, slots=True)
class Within(Condition):
    """0 ≤ e < size."""

    index: IndexExpr
    size: Size


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    """Two values or two indices compared."""

    left: Term
    relation: Relation
    right: Term
