"""Entries of arrays, and Σ over their places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from graphbp.check.claim import EXAMPLES
from graphbp.check.reading import products, raw, scripts
from graphbp.check.reading.base import bare, ungroup
from graphbp.check.reading.forms import entry_of, entry_shape
from graphbp.check.reading.naming import Naming
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written, walk
from graphbp.check.reading.scripts import place, tokens
from graphbp.graph.shape import Size
from graphbp.notation.language import Level
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import (
    Add,
    Affine,
    Bracket,
    Call,
    Compare,
    Condition,
    Entry,
    Expr,
    FloorMod,
    Group,
    Index,
    IndexExpr,
    Max,
    Mul,
    Neg,
    Number,
    Reshape,
    Slice,
    Sum,
    Symbol,
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
        if isinstance(x, Group):
            return self.as_index(x.x)
        if isinstance(x, raw.Signed) and x.signs[0] in ("//", "%"):
            return self.as_digit(x)
        if isinstance(x, raw.Signed | raw.Juxtaposed):
            return self.as_multiple(x)
        return None

    def as_digit(self, x: raw.Signed) -> IndexExpr | None:
        """i//2 and i%2, the place of a window and the place in it."""
        inner, step = self.as_index(x.factors[0]), x.factors[1]
        if len(x.factors) != 2 or inner is None or not isinstance(step, Number) or not isinstance(step.value, int):
            return None
        return FloorMod("floor" if x.signs[0] == "//" else "mod", inner, step.value)

    def as_multiple(self, x: raw.Signed | raw.Juxtaposed) -> IndexExpr | None:
        """2*i or 2i, a place in every second step."""
        if len(x.factors) != 2 or (isinstance(x, raw.Signed) and x.signs[0] not in ("*", "·")):
            return None
        numbers = [factor.value for factor in x.factors if isinstance(factor, Number)]
        letters = [place for factor in x.factors if isinstance(factor, Written) and (place := self.letter(factor))]
        if len(numbers) != 1 or len(letters) != 1 or not isinstance(numbers[0], int):
            return None
        return letters[0] * numbers[0]

    def letter(self, x: Written) -> IndexExpr | None:
        """A single letter that is no node."""
        if not x.exact or len(x.shown) != 1 or x.accent:
            return None
        if x.shown in self.scope.numbers:
            return Affine((), self.scope.numbers[x.shown] - 1)
        if x.shown in self.scope.bound:
            return self.scope.bound[x.shown]
        # A node A or a1 leaves the letter a free.
        named = x.shown in self.vocabulary.shapes or self.vocabulary.owned(x)
        return None if named else Index(x.shown)

    def read_indexed(self, x: raw.Indexed) -> Typed:
        """An entry in square brackets."""
        base = self.read(x.base)
        if any(isinstance(place, Written) and place.shown in ("None", "newaxis") for place in x.places):
            return self.with_new_axes(x, base)
        if not all(isinstance(place, raw.Range) or self.as_index(place) is not None for place in x.places):
            if len(x.places) == 1:
                return products.side_by_side([self.factor(base), self.factor(self.read(Group(x.places[0])))])
            raise self.error("square brackets hold places of an array here", x.at)
        if base.scalar and self.network.total_formula is not None and len(x.places) == 1:
            return Typed(Entry(Call(EXAMPLES, (base.expr,)), (self.index(x.places[0], x.at),)))
        if base.scalar:
            raise self.error(
                "this is a single number and has no entries", x.at, fix="write * before a bracket that is a factor"
            )
        places = tuple(self.index(place, x.at) for place in x.places)
        if base.shape is not None and any(isinstance(place, Index) for place in places):
            # X[n] of programs is a row.
            places = (*places, *[Slice()] * (len(base.shape) - len(places)))
        hidden = self.vocabulary.customs.probability(base.expr, places, self.scope)
        if hidden is not None:
            return Typed(hidden, ())
        entry = entry_of(ungroup(base.expr, Level.ATOM), places)
        if base.shape is not None:
            if len(entry.subs) > len(base.shape):
                raise self.error(f"{len(entry.subs)} places are asked for, but the shape is {base.shape}", x.at)
            self.check_places(
                entry, base.shape, 0, x.at, f"[{', '.join(PlainWriter().write(sub) for sub in entry.subs)}]"
            )
        return Typed(entry, None if base.shape is None else entry_shape(entry, base.shape))

    def with_new_axes(self, x: raw.Indexed, base: Typed) -> Typed:
        """v[:, None] of programs, a column with an axis of length 1."""
        kept = [place for place in x.places if isinstance(place, raw.Range) and place.start is place.stop is None]
        new = [isinstance(place, Written) for place in x.places]
        if base.shape is None or len(kept) + sum(new) != len(x.places) or len(kept) != base.rank:
            raise self.error("only whole axes and new ones can be read here", x.at, expected=["[:, None]"])
        sizes = iter(base.shape)
        shape = tuple(1 if is_new else next(sizes) for is_new in new)
        if not all(isinstance(size, int) for size in shape):
            raise self.error("a new axis needs an array whose sizes are numbers", x.at)
        return Typed(Reshape(ungroup(base.expr, Level.SUM, always=True), shape), shape)

    def read_lowered(self, x: raw.Lowered) -> Typed:
        """A subscript."""
        base = self.read(x.base)
        rank = base.rank if base.rank >= 0 else len(x.sub)
        subs = scripts.places(x.sub, rank, self.scope.known())
        if subs is None:
            raise self.error("the subscript fits no entry of this", x.at)
        entry = Entry(bare(base.expr), subs)
        if base.shape is not None:
            self.check_places(entry, base.shape, 1, x.at, ",".join(x.sub))
        return Typed(entry, None if base.shape is None else entry_shape(entry, base.shape))

    def read_big(self, x: raw.Big) -> Typed:
        """Σ or max with its letters."""
        from graphbp.check.reading.families import family_sum, product

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
        if x.operator == "prod":
            return product(self, x, self.axis_length(body.expr, indices[0]))
        inner = ungroup(body.expr, Level.SUM, always=True)
        for index in indices:
            if not any(isinstance(part, Index) and part.name == index.name for part in walk(inner)):
                raise self.error(f"Σ runs over {index.name}, but {index.name} does not occur behind it", x.at)
        if x.operator == "sum":
            return body.as_expr(Sum(indices, self.limited(x, indices, inner)))
        if x.operator == "max" and not x.limits.unequal and x.limits.first in ("", "1"):
            return body.as_expr(Max(indices, inner))
        raise self.error(f"{x.operator} with these limits cannot be read", x.at)

    def axis_length(self, body: Expr, index: Index) -> Size | None:
        """The length of the axis of which a letter is the place."""
        for part in walk(body):
            if isinstance(part, Entry) and isinstance(part.base, Symbol) and index in part.subs:
                shape = self.vocabulary.shapes.get(part.base.name, ())
                place = part.subs.index(index)
                return shape[place] if place < len(shape) else None
        return None

    def limited(self, x: raw.Big, indices: tuple[Index, ...], body: Expr) -> Expr:
        """The summand with what its limits exclude."""
        conditions: list[Condition] = []
        if x.limits.unequal:
            other = place([x.limits.unequal], self.scope.known(), 1)
            assert other is not None
            conditions.append(Compare(indices[0], "!=", other))
        if x.limits.first and not x.limits.first.isdigit():
            return self.bounded(x, indices[0], body)
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
        return _restricted(body, conditions)

    def bounded(self, x: raw.Big, index: Index, body: Expr) -> Expr:
        """The summand of a Σ that begins at a letter: Σ_{k=j+1}."""
        least = place(tokens(x.limits.first), self.scope.known(), 1)
        if least is None or index in (least, *getattr(least, "terms", ())):
            raise self.error(f"the Σ cannot begin at {x.limits.first}", x.at)
        return _restricted(body, [Compare(index, ">=", least)])

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


def _restricted(body: Expr, conditions: list[Condition]) -> Expr:
    """The summand where the conditions hold, else 0."""
    for condition in conditions:
        factors = body.factors if isinstance(body, Mul) else (ungroup(body, Level.POWER),)
        body = Mul((Bracket(condition), *factors))
    return body
