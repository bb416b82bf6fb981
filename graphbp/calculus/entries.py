"""Entries of formulas between arrays: what stands at given indices of X @ W + b."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphbp.calculus.letters import fresh_letter, names_in, plain, shifted
from graphbp.calculus.shaping import Shaper, reduced_axes, whole
from graphbp.errors import FormulaError
from graphbp.graph.shape import Shape, Size
from graphbp.notation.smart import mul
from graphbp.notation.tree import (
    Broadcast,
    Cases,
    Compare,
    Condition,
    Einsum,
    Entry,
    Expr,
    Flip,
    FloorMod,
    Group,
    Hadamard,
    Index,
    IndexExpr,
    Mark,
    MatMul,
    Mul,
    Number,
    Outer,
    Pad,
    Reduce,
    Reshape,
    Slice,
    Sum,
    Symbol,
    Transpose,
    affine,
    rebuild,
)

Subs = Sequence[IndexExpr]
_OUTER = {0: "", 1: "i", 2: "ij", 3: "bij", 4: "bcij"}


@dataclass
class Entries(Shaper):
    """Reads entries off formulas; letters keep clear of all names in `taken`."""

    shapes: Mapping[str, Shape]
    letters: Sequence[str] = ()
    taken: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)

    # Letters

    def indices(self, shape: Shape) -> tuple[Index, ...]:
        """Output letters for a shape; the same each time."""
        wanted = self.letters or _OUTER.get(len(shape), "") or [f"i{axis}" for axis in range(len(shape))]
        chosen: list[Index] = []
        for name, size in zip(wanted, shape, strict=True):
            free = fresh_letter(name, self.taken | {index.name for index in chosen})
            chosen.append(Index(free, size))
        self.outer |= {index.name for index in chosen}
        return tuple(chosen)

    def inner(self, size: Size, subs: Subs) -> Index:
        """A letter to sum over, clear of all letters in use."""
        used = self.taken | self.outer | names_in(*subs)
        name = fresh_letter("k", used)
        self.outer.add(name)
        return Index(name, size)

    # Entries

    def at(self, expr: Expr, subs: Subs) -> Expr:
        """The entry of a formula at indices that may belong to a larger shape."""
        places = self._aligned(self.shape(expr), subs)
        found: Callable[[Any, Subs], Expr] | None = getattr(self, f"_at_{type(expr).__name__.lower()}", None)
        if found is not None:
            return found(expr, places)
        raise FormulaError(f"{type(expr).__name__} has no entries of its own")

    @staticmethod
    def _aligned(shape: Shape, subs: Subs) -> Subs:
        last = subs[len(subs) - len(shape) :]
        return tuple(
            affine(0) if size == 1 and getattr(sub, "size", None) != 1 else sub
            for size, sub in zip(shape, last, strict=True)
        )

    def _at_number(self, expr: Number, subs: Subs) -> Expr:
        return expr

    def _at_symbol(self, expr: Symbol, subs: Subs) -> Expr:
        return Entry(expr, tuple(subs)) if subs else expr

    _at_array = _at_symbol

    def _each(self, expr: Expr, subs: Subs) -> Expr:
        """Entry by entry: the same formula between entries."""
        return rebuild(expr, lambda child: self.at(child, subs) if isinstance(child, Expr) else child)

    _at_add = _at_neg = _at_div = _at_pow = _each

    def _at_sum(self, expr: Sum, subs: Subs) -> Expr:
        return expr

    _at_max = _at_sum

    def _at_mul(self, expr: Mul | Hadamard, subs: Subs) -> Expr:
        return Mul(tuple(self.at(factor, subs) for factor in expr.factors))

    _at_hadamard = _at_mul

    def _at_group(self, expr: Group | Mark | Broadcast, subs: Subs) -> Expr:
        return self.at(expr.x, subs[:-1] if isinstance(expr, Broadcast) and expr.axis == "column" else subs)

    _at_mark = _at_broadcast = _at_group

    def _at_cases(self, expr: Cases, subs: Subs) -> Expr:
        branches = tuple((self.at(value, subs), self._condition(condition, subs)) for value, condition in expr.branches)
        return Cases(branches, self.at(expr.otherwise, subs))

    def _condition(self, condition: Condition, subs: Subs) -> Condition:
        if isinstance(condition, Compare) and isinstance(condition.left, Expr) and isinstance(condition.right, Expr):
            return Compare(self.at(condition.left, subs), condition.relation, self.at(condition.right, subs))
        return condition

    def _at_entry(self, expr: Entry, subs: Subs) -> Expr:
        left = list(subs)
        places: list[IndexExpr] = []
        for sub in expr.subs:
            places.append(_sliced(sub, left.pop(0)) if isinstance(sub, Slice) else sub)
        return self.at(expr.base, (*places, *left))

    # Layers

    def _at_matmul(self, expr: MatMul, subs: Subs) -> Expr:
        *first, last = expr.factors
        left: Expr = MatMul(tuple(first)) if len(first) > 1 else first[0]
        rank, other = len(self.shape(left)), len(self.shape(last))
        rows, columns = min(rank - 1, 1), min(other - 1, 1)
        batch = subs[: len(subs) - rows - columns]
        letter = self.inner(self.shape(left)[-1], subs)
        one = self.at(left, (*batch, *subs[len(batch) : len(batch) + rows], letter))
        two = self.at(last, (*batch, letter, *(subs[len(subs) - columns :] if columns else ())))
        if isinstance(one, Sum):
            return Sum((*one.indices, letter), _times(one.body, two))
        return Sum((letter,), _times(one, two))

    def _at_transpose(self, expr: Transpose, subs: Subs) -> Expr:
        return self.at(expr.x, (*subs[:-2], subs[-1], subs[-2]) if len(subs) > 1 else subs)

    def _at_outer(self, expr: Outer, subs: Subs) -> Expr:
        rank = len(self.shape(expr.x))
        return _times(self.at(expr.x, subs[:rank]), self.at(expr.y, subs[rank:]))

    def _at_reduce(self, expr: Reduce, subs: Subs) -> Expr:
        return self._summed(expr.x, reduced_axes(expr.axis, len(self.shape(expr.x))), subs, False)[0]

    def _summed(self, x: Expr, axes: Sequence[int], subs: Subs, keepdims: bool) -> tuple[Expr, tuple[Index, ...]]:
        """Σ over axes, and its letters."""
        shape, left = self.shape(x), list(subs)
        letters: list[Index] = []
        places: list[IndexExpr] = []
        for axis, size in enumerate(shape):
            outer = left.pop(0) if axis not in axes or keepdims else None
            if axis in axes:
                letters.append(self.inner(size, (*subs, *letters)))
                places.append(letters[-1])
            elif outer is not None:
                places.append(outer)
        body = self.at(x, places)
        return (Sum(tuple(letters), body) if letters else body), tuple(letters)

    def _at_reshape(self, expr: Reshape, subs: Subs) -> Expr:
        position, count = affine(0), 1
        for sub, size in zip(reversed(subs), reversed(expr.shape), strict=True):
            position = affine((sub, count), position)
            count *= whole(size)
        places: list[IndexExpr] = []
        below = 1
        for axis, size in reversed(list(enumerate(self.shape(expr.x)))):
            digit: IndexExpr = FloorMod("floor", position, below) if below > 1 else position
            places.insert(0, plain(FloorMod("mod", plain(digit), whole(size))) if axis else plain(digit))
            below *= whole(size)
        return self.at(expr.x, places)

    def _at_flip(self, expr: Flip, subs: Subs) -> Expr:
        shape = self.shape(expr.x)
        return self.at(
            expr.x,
            [shifted((sub, -1), whole(shape[axis]) - 1) if axis in expr.axes else sub for axis, sub in enumerate(subs)],
        )

    def _at_pad(self, expr: Pad, subs: Subs) -> Expr:
        head = len(subs) - len(expr.widths)
        moved = [shifted(sub, -before) for sub, (before, _) in zip(subs[head:], expr.widths, strict=True)]
        inner = self.at(expr.x, (*subs[:head], *moved))
        return replace(inner, outside="zero") if isinstance(inner, Entry) else inner

    def _at_einsum(self, expr: Einsum, subs: Subs) -> Expr:
        words, out = expr.spec.split("->")
        sizes = self.einsum_sizes(expr)
        table: dict[str, IndexExpr] = dict(zip(out, subs, strict=True))
        letters: list[Index] = []
        for letter in dict.fromkeys(words.replace(",", "")):
            if letter not in table:
                letters.append(self.inner(sizes[letter], (*subs, *letters)))
                table[letter] = letters[-1]
        body = mul(
            *(
                self.at(arg, [table[letter] for letter in word])
                for word, arg in zip(words.split(","), expr.args, strict=True)
            )
        )
        return Sum(tuple(letters), body) if letters else body


def _times(one: Expr, two: Expr) -> Expr:
    return Mul((*(one.factors if isinstance(one, Mul) else (one,)), *(two.factors if isinstance(two, Mul) else (two,))))


def _sliced(cut: Slice, sub: IndexExpr) -> IndexExpr:
    return shifted((sub, cut.step or 1), cut.start or 0)
