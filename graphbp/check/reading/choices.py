"""Arrays, matrices, conditions and cases."""

from __future__ import annotations

from typing import cast

from graphbp.check.reading import products, raw
from graphbp.check.reading.base import ungroup
from graphbp.check.reading.entries import Entries
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written, walk
from graphbp.check.reading.scripts import letters
from graphbp.graph.shape import Shape
from graphbp.notation.language import Level
from graphbp.notation.tree import Array, Bracket, Cases, Compare, Condition, Expr, Index, Mul, Number, Relation, Term


class Choices(Entries):
    """Arrays and conditions."""

    def read_array(self, x: Array) -> Typed:
        """A literal array."""
        rows = self.all(x.rows)
        shapes = {row.shape for row in rows}
        inner = next(iter(shapes)) if len(shapes) == 1 else None
        if len(shapes) > 1:
            raise self.error("the rows of the array have different lengths", self.where_of(x))
        return Typed(
            Array(tuple(ungroup(row.expr, Level.SUM, always=True) for row in rows)),
            None if inner is None else (len(rows), *inner),
        )

    def where_of(self, x: Expr) -> int:
        """A place inside a part, 0 if none is known."""
        return next((part.at for part in walk(x) if isinstance(part, Written)), 0)

    def read_matrix(self, x: raw.Matrix) -> Typed:
        """A matrix in rows."""
        rows = [[self.read(item) for item in row] for row in x.rows]
        if len({len(row) for row in rows}) > 1:
            raise self.error("the rows of the matrix have different lengths", x.at)
        if len(rows[0]) == 1:
            return self.column([row[0] for row in rows])
        return Typed(Array(tuple(self.column(row).expr for row in rows)), (len(rows), len(rows[0])))

    def column(self, items: list[Typed]) -> Typed:
        """A vector."""
        return Typed(Array(tuple(ungroup(item.expr, Level.SUM, always=True) for item in items)), (len(items),))

    def read_indicator(self, x: raw.Indicator) -> Typed:
        """1 where a condition holds."""
        conditions, shape = self.conditions(x.condition)
        exprs: list[Expr] = [Bracket(condition) for condition in conditions]
        return Typed(exprs[0] if len(exprs) == 1 else Mul(tuple(exprs)), shape)

    def conditions(self, x: raw.Comparison) -> tuple[list[Condition], Shape | None]:
        """One comparison for each relation of a chain."""
        sides: list[tuple[Term, Shape | None]] = []
        as_letters = [self.as_index(side) for side in x.sides]
        lettered = any(isinstance(part, Written) for side in x.sides for part in walk(side))
        if lettered and all(side is not None for side in as_letters):
            first = self.counted_from(x)
            sides = [
                (letter - first if isinstance(side, Number) else letter, ())
                for side, letter in zip(x.sides, as_letters, strict=True)
                if letter is not None
            ]
        else:
            sides = [self.compared(side) for side in x.sides]
        found_conditions: list[Condition] = [
            Compare(left[0], cast(Relation, relation), right[0])
            for left, relation, right in zip(sides, x.relations, sides[1:], strict=False)
        ]
        return found_conditions, products.together(*(side[1] for side in sides))

    def counted_from(self, x: raw.Comparison) -> int:
        """What the numbers beside a letter count from: 0 where the line puts the letter in brackets, else 1."""
        own = {part.shown for side in x.sides for part in walk(side) if isinstance(part, Written)}
        bracketed, below = own & self.bracketed, own & {letter for part in self.line for letter in letters(part.sub)}
        if bracketed and below and any(isinstance(side, Number) for side in x.sides):
            raise self.error(
                f"{', '.join(sorted(own))} counts from 0 in brackets and from 1 in subscripts",
                x.at,
                readings=["counted from 0", "counted from 1"],
                fix="write all places in one way",
            )
        return 0 if bracketed else 1

    def compared(self, x: Expr) -> tuple[Term, Shape | None]:
        """A side of a comparison: a value, or a letter that is compared with a class number, both counted from 0."""
        if isinstance(x, Written) and not self.known(x) and isinstance(place := self.letter(x), Index):
            return place, ()
        found = self.read(x)
        return ungroup(found.expr, Level.SUM, always=True), found.shape

    def where(self, x: raw.Applied) -> Typed:
        """The condition that chooses."""
        if len(x.args) != 3 or not isinstance(x.args[0], raw.Comparison | raw.Indicator):
            raise self.error("where takes a condition and two values", x.at, fix="write where(z > 0, z, 0)")
        condition = x.args[0].condition if isinstance(x.args[0], raw.Indicator) else x.args[0]
        if len(condition.relations) == 1:
            return self.read_choice(raw.Choice(((x.args[1], (condition,)), (x.args[2], ())), x.at))
        value, otherwise = self.all(x.args[1:])
        conditions, shape = self.conditions(condition)
        chosen = ungroup(value.expr, Level.SUM, always=True)
        for one in reversed(conditions):
            chosen = Cases(((chosen, one),), ungroup(otherwise.expr, Level.SUM, always=True))
        return Typed(chosen, products.together(value.shape, otherwise.shape, shape))

    def read_comparison(self, x: raw.Comparison) -> Typed:
        """Two sides compared."""
        return self.read_indicator(raw.Indicator(x))

    def read_choice(self, x: raw.Choice) -> Typed:
        """Cases behind a brace."""
        branches: list[tuple[Expr, Condition]] = []
        shapes: list[Shape | None] = []
        otherwise: Expr | None = None
        for value, conditions in x.branches:
            found = self.read(value)
            shapes.append(found.shape)
            plain = ungroup(found.expr, Level.SUM, always=True)
            if not conditions:
                otherwise = plain
                break
            condition, shape = self.conditions(conditions[0])  # type: ignore[arg-type]
            if len(condition) != 1:
                raise self.error("a case needs one comparison", x.at)
            shapes.append(shape)
            branches.append((plain, condition[0]))
        if otherwise is None:
            otherwise = self.completed(x, branches)
        return Typed(Cases(tuple(branches), otherwise), products.together(*shapes))

    def completed(self, x: raw.Choice, branches: list[tuple[Expr, Condition]]) -> Expr:
        """Without "otherwise" the last case is it, if it is what the others leave."""
        if len(branches) < 2:
            raise self.error("the cases do not say what holds otherwise", x.at, expected=["otherwise"])
        first, last = branches[0][1], branches[-1][1]
        opposite = {"<": (">=", ">"), "<=": (">",), ">": ("<=", "<"), ">=": ("<",), "=": ("!=",), "!=": ("=",)}
        if (
            len(branches) == 2
            and isinstance(first, Compare)
            and isinstance(last, Compare)
            and (first.left, first.right) == (last.left, last.right)
            and last.relation in opposite[first.relation]
        ):
            return branches.pop()[0]
        raise self.error("the cases do not say what holds otherwise", x.at, expected=["otherwise"])
