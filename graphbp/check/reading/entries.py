"""Entries of arrays, and Σ over their places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from graphbp.check.reading import products, raw
from graphbp.check.reading.base import bare, ungroup
from graphbp.check.reading.forms import entry_of, entry_shape
from graphbp.check.reading.naming import Naming
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written, walk
from graphbp.check.reading.scripts import place, places
from graphbp.notation.language import Level
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import (
    Add,
    Affine,
    Bracket,
    Compare,
    Condition,
    Entry,
    Expr,
    Group,
    Index,
    IndexExpr,
    Max,
    Mul,
    Neg,
    Number,
    Slice,
    Sum,
)


class Entries(Naming):
    """Square brackets, subscripts behind parentheses, and Σ."""

    def index(self, x: Expr, at: int, shift: int = 0) -> IndexExpr:
        """A place inside square brackets, counted from 0."""
        if isinstance(x, raw.Range):
            ends = [None if end is None else self.index(end, at) for end in (x.start, x.stop)]
            numbers = [end.const if isinstance(end, Affine) and not end.terms else None for end in ends]
            if any(number is None and end is not None for number, end in zip(numbers, ends, strict=True)):
                raise self.error("a range needs numbers", at)
            return Slice(*numbers)
        found = self.as_index(x)
        if found is None:
            raise self.error("this is no place of an array", at, expected=["a whole number", "a letter"])
        return found

    def as_index(self, x: Expr) -> IndexExpr | None:
        """A whole number, a letter, or a sum of both; None for anything else."""
        if isinstance(x, Number):
            return Affine((), x.value) if isinstance(x.value, int) and x.value < 10**9 else None
        if isinstance(x, Written):
            return self.letter(x)
        if isinstance(x, Neg):
            inner = self.as_index(x.x)
            return None if inner is None else inner * -1
        if isinstance(x, Add):
            inners = [self.as_index(term) for term in x.terms]
            total: IndexExpr | None = None
            for inner in inners:
                if inner is None:
                    return None
                total = inner if total is None else total + inner
            return total
        return None

    def letter(self, x: Written) -> IndexExpr | None:
        """A single letter that is no node."""
        if not x.exact or len(x.shown) != 1 or x.accent:
            return None
        if x.shown in self.scope.numbers:
            return Affine((), self.scope.numbers[x.shown] - 1)
        if x.shown in self.scope.bound:
            return self.scope.bound[x.shown]
        return None if self.vocabulary.taken(x.shown) else Index(x.shown)

    def read_indexed(self, x: raw.Indexed) -> Typed:
        """An entry in square brackets."""
        base = self.read(x.base)
        if not all(isinstance(place, raw.Range) or self.as_index(place) is not None for place in x.places):
            if len(x.places) == 1 and not isinstance(x.base, raw.Indexed):
                return products.side_by_side([self.factor(base), self.factor(self.read(Group(x.places[0])))])
            raise self.error("square brackets hold places of an array here", x.at)
        if base.scalar:
            raise self.error(
                "this is a single number and has no entries", x.at, fix="write * before a bracket that is a factor"
            )
        entry = entry_of(ungroup(base.expr, Level.ATOM), tuple(self.index(place, x.at) for place in x.places))
        if base.shape is not None:
            if len(entry.subs) > len(base.shape):
                raise self.error(f"{len(entry.subs)} places are asked for, but the shape is {base.shape}", x.at)
            self.check_places(
                entry, base.shape, 0, x.at, f"[{', '.join(PlainWriter().write(sub) for sub in entry.subs)}]"
            )
        return Typed(entry, None if base.shape is None else entry_shape(entry, base.shape))

    def read_lowered(self, x: raw.Lowered) -> Typed:
        """A subscript."""
        base = self.read(x.base)
        rank = base.rank if base.rank >= 0 else len(x.sub)
        subs = places(x.sub, rank, self.scope.known())
        if subs is None:
            raise self.error("the subscript fits no entry of this", x.at)
        entry = Entry(bare(base.expr), subs)
        if base.shape is not None:
            self.check_places(entry, base.shape, 1, x.at, ",".join(x.sub))
        return Typed(entry, None if base.shape is None else entry_shape(entry, base.shape))

    def read_big(self, x: raw.Big) -> Typed:
        """Σ or max with its letters."""
        from graphbp.check.reading.families import family_sum

        family = family_sum(self, x)
        if family is not None:
            return family
        size = (
            int(x.limits.last)
            if x.limits.last.isdigit() and x.limits.first in ("", "1") and len(x.limits.last) < 7
            else None
        )
        indices = tuple(Index(letter, size) for letter in x.limits.letters)
        with self.binding(indices):
            body = self.read(x.body)
        inner = ungroup(body.expr, Level.SUM, always=True)
        for index in indices:
            if not any(isinstance(part, Index) and part.name == index.name for part in walk(inner)):
                raise self.error(f"Σ runs over {index.name}, but {index.name} does not occur behind it", x.at)
        if x.operator == "sum":
            return body.as_expr(Sum(indices, self.limited(x, indices, inner)))
        if x.operator == "max" and not x.limits.unequal and x.limits.first in ("", "1"):
            return body.as_expr(Max(indices, inner))
        raise self.error(f"{x.operator} with these limits cannot be read", x.at)

    def limited(self, x: raw.Big, indices: tuple[Index, ...], body: Expr) -> Expr:
        """The summand with what its limits exclude."""
        conditions: list[Condition] = []
        if x.limits.unequal:
            other = place([x.limits.unequal], self.scope.known(), 1)
            assert other is not None
            conditions.append(Compare(indices[0], "!=", other))
        first = int(x.limits.first or 1)
        counted_from_zero = first == 0 and (x.limits.last.endswith("-1") or not x.limits.last)
        if first != 1 and not counted_from_zero:
            if first == 0:
                raise self.error(
                    "subscripts count from 1, and this Σ begins at 0",
                    x.at,
                    readings=["counted from 0 to the last but one", "counted from 1"],
                    fix="let it begin at 1",
                )
            conditions.append(Compare(indices[0], ">=", Affine((), first - 1)))
        if first not in (0, 1) and x.limits.last.isdigit():
            conditions.append(Compare(indices[0], "<", Affine((), int(x.limits.last))))
        for condition in conditions:
            body = Mul(
                (Bracket(condition), *(body.factors if isinstance(body, Mul) else (ungroup(body, Level.POWER),)))
            )
        return body

    @contextmanager
    def binding(self, indices: tuple[Index, ...]) -> Iterator[None]:
        """The scope inside a Σ."""
        outer = self.scope
        numbers = {
            letter: number
            for letter, number in outer.numbers.items()
            if letter not in {index.name for index in indices}
        }
        self.scope = replace(outer, bound={**outer.bound, **{index.name: index for index in indices}}, numbers=numbers)
        try:
            yield
        finally:
            self.scope = outer
