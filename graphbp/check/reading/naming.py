"""Names: the one node, entry or custom that a written name means, and messages where there is none or are two."""

from __future__ import annotations

from dataclasses import replace

from graphbp.check.claim import EXAMPLES, UPDATE, Unreadable
from graphbp.check.reading import raw
from graphbp.check.reading.base import Base
from graphbp.check.reading.forms import Reading
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written
from graphbp.check.reading.rows import COUNTS
from graphbp.check.reading.scripts import filled, place, tokens
from graphbp.graph.shape import Shape, Size
from graphbp.notation.tree import (
    Affine,
    Bracket,
    Call,
    Compare,
    Delta,
    Entry,
    Expr,
    Index,
    IndexExpr,
    Neg,
    Number,
    Partial,
    Pow,
    Sum,
    Symbol,
)


class Naming(Base):
    """Written names."""

    def read_number(self, x: Number) -> Typed:
        """A number with its spelling."""
        return Typed(x)

    def read_written(self, x: Written) -> Typed:
        """A name as it is written."""
        reading = self.chosen(x, self.vocabulary.readings(x, self.scope))
        if reading is None:
            return self.in_time(x) or self.constant(x)
        if x.updated:
            return Typed(Call(UPDATE, (reading.expr,)), reading.shape)
        if x.primes:
            raise self.error(
                f"{x.shown} has a prime, but {reading.words} is no function",
                x.at,
                fix="write σ'(z) for the derivative of a function",
            )
        return Typed(reading.expr, reading.shape)

    def in_time(self, x: Written) -> Typed | None:
        """w^{(t+1)} is a parameter after a step, w^{(t)} the parameter before it."""
        if x.sup not in (("t+1",), ("t",)) or x.primes:
            return None
        found = self.vocabulary.readings(replace(x, sup=(), bare=False), self.scope)
        if len(found) != 1 or not self.vocabulary.parameter(found[0].expr):
            return None
        expr = Call(UPDATE, (found[0].expr,)) if x.sup == ("t+1",) else found[0].expr
        return Typed(expr, found[0].shape)

    def chosen(self, x: Written, found: list[Reading]) -> Reading | None:
        """The one reading of a name, None if there is none."""
        if len(found) > 1:
            found = self.as_elsewhere(x, found)
        if len(found) > 1:
            raise self.ambiguous(x, found)
        if not found:
            return None
        reading = found[0]
        if isinstance(reading.expr, Pow) and len(reading.shape or ()) > 1:
            self.refuse_matrix_power(reading.expr, reading.shape, x.at)
        self.in_range(x, reading.expr)
        self.one_name(x, reading.expr)
        return reading

    def as_elsewhere(self, x: Written, found: list[Reading]) -> list[Reading]:
        """a_1^2 is a power where the line writes its layers below, and an entry where it writes them above."""
        powers = [reading for reading in found if isinstance(reading.expr, Pow)]
        entries = [reading for reading in found if isinstance(reading.expr, Entry)]
        if len(powers) + len(entries) != len(found) or not (x.sub and x.sup):
            return found
        return {"below": powers, "above": entries}.get(self.layers_stand(), found)

    def layers_stand(self) -> str:
        """Where the line writes the numbers of layers: "below", "above", or "" if that is not clear."""
        places = set()
        for part in self.line:
            script = "".join(filled((*part.sub, *part.sup), self.scope.numbers))
            if not script.isdigit() or (part.sub and part.sup):
                continue
            found = self.vocabulary.readings(part, self.scope)
            wholes = [one.expr.x if isinstance(one.expr, Partial) else one.expr for one in found if one.shape]
            if len(found) == 1 and any(isinstance(whole, Symbol) for whole in wholes):
                places.add("below" if part.sub else "above")
        return places.pop() if len(places) == 1 else ""

    def refuse_matrix_power(self, x: Pow, shape: Shape | None, at: int) -> None:
        """W² may be W W and W⁻¹ the inverse, if W may be square."""
        if isinstance(x.exp, Neg) or (isinstance(x.exp, Number) and x.exp.value < 0):
            raise self.error("inverses of matrices are not read", at)
        if shape is None or shape[-1] == shape[-2]:
            raise self.error(
                "the power of a matrix",
                at,
                readings=["entry by entry", "the product of the matrix with itself"],
                fix="write W ⊙ W, W**2 or W W",
            )

    def ambiguous(self, x: Written, found: list[Reading]) -> Unreadable:
        """A name that fits several nodes."""
        words = [reading.words for reading in found]
        return self.error(
            f"{x.shown} can be {' or '.join(words)}", x.at, readings=words, fix="write the name as the network does"
        )

    def one_name(self, x: Written, expr: Expr) -> None:
        """ŷ is the target for some and the output for others: beside the target's other name it is unclear."""
        if not isinstance(expr, Symbol | Entry):
            return
        before = self.used.setdefault(expr, x)
        if before.base != x.base and "hat" in (before.accent, x.accent):
            node = expr if isinstance(expr, Symbol) else expr.base
            raise self.error(f"{before.shown} and {x.shown} both mean {getattr(node, 'name', 'it')} here", x.at,
                             fix="write the names as the network does")  # fmt: skip

    def in_range(self, x: Written, expr: Expr) -> None:
        """A place beyond the end in this counting may be legal in the other: then both are told."""
        entry = expr.base if isinstance(expr, Pow) else expr.x if isinstance(expr, Partial) else expr
        if not isinstance(entry, Entry) or not isinstance(entry.base, Symbol):
            return
        shape = self.vocabulary.shapes.get(entry.base.name)
        if shape is not None:
            self.check_places(entry, shape, 1, x.at, x.shown)

    def check_places(self, entry: Entry, shape: Shape, first: int, at: int, shown: str) -> None:
        """Raise if a literal place lies outside the array."""
        pairs = [
            (sub.const, size)
            for sub, size in zip(entry.subs, shape, strict=False)
            if isinstance(sub, Affine) and not sub.terms and isinstance(size, int)
        ]
        if all(-size <= place < size and (place >= 0 or not first) for place, size in pairs):
            return
        other = -1 if not first else 1
        legal = all(0 <= place + other < size for place, size in pairs)
        here = [str(place + first) for place, _ in pairs]
        counting, else_counting = ("1", "0") if first else ("0", "1")
        name = entry.base.name if isinstance(entry.base, Symbol) else "it"
        asked = f"{shown[:60]} asks for place {', '.join(here)} of {name}"
        what = f"{asked}, which has the shape {shape}, counted from {counting}"
        ways = [f"counted from {counting}: outside of {name}", f"counted from {else_counting}: inside"] if legal else []
        raise self.error(what, at, readings=ways, fix="subscripts count from 1, square brackets from 0")

    def constant(self, x: Written) -> Typed:
        """e and π, or the error."""
        if x.base == "pi" and not x.sub and not x.sup:
            return Typed(Call("pi", ()))
        if x.base == "e" and not x.sub and x.bare:
            return Typed(Call("exp", (Number(int("".join(x.sup)), "".join(x.sup)),)))
        if x.base == "e" and not x.sub and not x.sup:
            return Typed(Call("exp", (Number(1, "1"),)))
        if x.base == "delta" and not x.sup:
            return self.kronecker(x)
        size = self.size(x)
        if size is not None:
            return Typed(size)
        raise self.unknown(x)

    def size(self, x: Written) -> Expr | None:
        """N where a Σ of the line runs up to N, or where an axis of the network is called N."""
        if not x.exact or len(x.shown) != 1:
            return None
        found: set[Size] = (
            {self.bounds[x.shown]}
            if x.shown in self.bounds
            else {size for shape in self.vocabulary.shapes.values() for size in shape if size == x.shown}
        )
        if not found and x.shown in COUNTS:
            if self.network.total_formula is not None:
                return self.number_of_examples()
            found = {self.vocabulary.rows.size} - {None}  # type: ignore[assignment]
        size = next(iter(found), None)
        if isinstance(size, int):
            return Number(size)
        # As many ones as the axis is long.
        return None if size is None else Sum((Index(x.shown.lower(), size),), Number(1))

    def number_of_examples(self) -> Expr:
        """As many ones as there are examples: Σ_n lₙ⁰."""
        letter = Index("n")
        return Sum((letter,), Pow(Entry(Call(EXAMPLES, (Symbol(self.network.loss_name),)), (letter,)), Number(0, "0")))

    def kronecker(self, x: Written) -> Typed:
        """δ_ij of two letters; one may be a node that holds a class number."""
        run = [token for part in x.sub for token in tokens(part)]
        if len(run) != 2 or not any(token.isalpha() for token in run):
            raise self.unknown(x)
        sides = [self.number_or_place(token, x.at) for token in run]
        if any(isinstance(side, Expr) for side in sides):
            return Typed(Bracket(Compare(sides[0], "=", sides[1])))
        left, right = (side for side in sides if isinstance(side, Index | Affine))
        return Typed(Delta(left, right))

    def number_or_place(self, token: str, at: int) -> IndexExpr | Expr:
        """What a letter of δ_it stands for: a node that holds one number, or a place."""
        node = self.vocabulary.readings(Written(token, exact=True, shown=token, at=at), self.scope)
        if len(node) == 1 and node[0].scalar_node and token not in self.scope.known():
            return node[0].expr
        found = place([token], self.scope.known(), 1)
        if found is None:
            raise self.error(f"δ has no place {token}", at)
        return found

    def read_ones(self, x: raw.Ones) -> Typed:
        """A vector of ones."""
        raise self.error("a vector of ones stands alone", x.at, fix="write the sum that it makes, such as 1^T D")
