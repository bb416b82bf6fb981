"""Lines about examples as vectors, such as Σ_n x_n δ_nᵀ, as lines about their entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphbp import ops
from graphbp.calculus.entries import Entries, Subs
from graphbp.calculus.letters import names_in
from graphbp.calculus.lines import Definition
from graphbp.check.claim import UPDATE
from graphbp.errors import FormulaError
from graphbp.graph.shape import Shape
from graphbp.notation.tree import Affine, Call, Entry, Expr, Index, IndexExpr, Partial, Slice, Sum, affine, walk
from graphbp.ops.base import Elementwise


def is_row(expr: Expr) -> bool:
    """Whether a letter and a whole axis stand side by side in some subscript: x[n, :]."""
    return any(
        isinstance(part, Entry) and any(isinstance(sub, Slice) for sub in part.subs) and any(map(_lettered, part.subs))
        for part in walk(expr)
    )


def _lettered(sub: IndexExpr) -> bool:
    return isinstance(sub, Index) or (isinstance(sub, Affine) and bool(sub.terms))


def entrywise(sides: Iterable[Expr], shapes: Mapping[str, Shape]) -> tuple[tuple[Index, ...], list[Expr]]:
    """The letters of an entry of the first side, and that entry of every side.

    Raises: GraphbpError where the entries of a side cannot be told.
    """
    sides = list(sides)
    reader = RowEntries(shapes, taken={*shapes, *names_in(*sides)})
    shape = reader.shape(sides[0])
    others = {reader.shape(side) for side in sides[1:]} - {()}
    if len(shape) == 2 and 1 in shape and others == {shape[:1] if shape[1] == 1 else shape[1:]}:
        # A column or a row of a matrix's shape, claimed to be a vector.
        (letter,) = reader.indices(next(iter(others)))
        places = (letter, affine(0)) if shape[1] == 1 else (affine(0), letter)
        return (Index(letter.name),), [reader.at(sides[0], places), *(reader.at(side, (letter,)) for side in sides[1:])]
    if any(len(other) != len(shape) for other in others):
        raise FormulaError("its sides have different shapes")
    letters = reader.indices(shape)
    return tuple(Index(letter.name) for letter in letters), [reader.at(side, letters) for side in sides]


@dataclass
class RowEntries(Entries):
    """Entries of formulas whose sums may run over vectors."""

    def opened(self, call: Call) -> Definition | None:
        """Only functions that act entry by entry, and those of the claim's own, are taken."""
        known = call.function == UPDATE or call.order or call.function not in ops.names()
        if known or isinstance(ops.get(call.function), Elementwise):
            return None
        raise FormulaError(f"the entries of {call.function}(…) are not known")

    def _shape_sum(self, expr: Sum) -> Shape:
        return self.shape(expr.body)

    def _shape_partial(self, expr: Partial) -> Shape:
        return self.shape(expr.x)

    def _at_sum(self, expr: Sum, subs: Subs) -> Expr:
        return Sum(expr.indices, self.at(expr.body, subs))

    def _at_partial(self, expr: Partial, subs: Subs) -> Expr:
        return Partial(expr.y, self.at(expr.x, subs), expr.total)

    def _at_call(self, expr: Call, subs: Subs) -> Expr:
        if expr.function == "sum" and not expr.options and not expr.order:
            return self._summed(expr.args[0], range(len(self.shape(expr.args[0]))), (), False)[0]
        self.opened(expr)
        return Call(expr.function, tuple(self.at(arg, subs) for arg in expr.args), expr.options, expr.order)
