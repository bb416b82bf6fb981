"""The shapes of formulas between arrays, aligned on the right as NumPy does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphbp.calculus.lines import Definition
from graphbp.calculus.table import SLOPES
from graphbp.errors import ShapeError
from graphbp.graph.shape import Shape, Size, broadcast
from graphbp.notation.tree import (
    Array,
    Broadcast,
    Call,
    Cases,
    Compare,
    Einsum,
    Entry,
    Expr,
    Group,
    Mark,
    MatMul,
    Outer,
    Pad,
    Reduce,
    Reshape,
    Slice,
    Sum,
    Symbol,
    Transpose,
)


class Shaper:
    """Finds shapes; a subclass says what calls of operations are."""

    shapes: Mapping[str, Shape]

    def opened(self, call: Call) -> Definition | None:
        """The definition of a call; None for a function that acts entry by entry."""
        raise NotImplementedError

    @staticmethod
    def native(call: Call) -> bool:
        """Whether a call needs no definition: elementary functions, sums and means, and derivatives by name."""
        return call.function in SLOPES or call.function in ("sum", "mean") or bool(call.order)

    def shape(self, expr: Expr) -> Shape:
        """The shape of a formula."""
        found: Callable[[Any], Shape] | None = getattr(self, f"_shape_{type(expr).__name__.lower()}", None)
        if found is not None:
            return found(expr)
        return broadcast(*(self.shape(child) for child in _children(expr)))

    def _shape_symbol(self, expr: Symbol) -> Shape:
        return self.shapes.get(expr.name, ())

    def _shape_array(self, expr: Array) -> Shape:
        return (len(expr.rows), *self.shape(expr.rows[0]))

    def _shape_sum(self, expr: Sum) -> Shape:
        return ()

    _shape_max = _shape_sum

    def _shape_entry(self, expr: Entry) -> Shape:
        base = self.shape(expr.base)
        cut = [_slice_length(sub, size) for sub, size in zip(expr.subs, base, strict=False) if isinstance(sub, Slice)]
        return (*cut, *base[len(expr.subs) :])

    def _shape_matmul(self, expr: MatMul) -> Shape:
        first, *rest = (self.shape(factor) for factor in expr.factors)
        for other in rest:
            rows, columns = first[:-1][-1:], other[1:][-1:]
            if first[-1] != other[-2:][0]:
                raise ShapeError(f"inner sizes {first[-1]} and {other[-2:][0]} of a matrix product must match")
            first = (*broadcast(first[:-2], other[:-2]), *rows, *columns)
        return first

    def _shape_transpose(self, expr: Transpose) -> Shape:
        inner = self.shape(expr.x)
        return (*inner[:-2], inner[-1], inner[-2]) if len(inner) > 1 else inner

    def _shape_outer(self, expr: Outer) -> Shape:
        return (*self.shape(expr.x), *self.shape(expr.y))

    def _shape_reduce(self, expr: Reduce) -> Shape:
        inner = self.shape(expr.x)
        return tuple(size for axis, size in enumerate(inner) if axis not in reduced_axes(expr.axis, len(inner)))

    def _shape_broadcast(self, expr: Broadcast) -> Shape:
        return (*self.shape(expr.x), 1) if expr.axis == "column" else self.shape(expr.x)

    def _shape_reshape(self, expr: Reshape) -> Shape:
        return expr.shape

    def _shape_pad(self, expr: Pad) -> Shape:
        inner = self.shape(expr.x)
        head = len(inner) - len(expr.widths)
        return (
            *inner[:head],
            *(whole(size) + before + after for size, (before, after) in zip(inner[head:], expr.widths, strict=True)),
        )

    def _shape_call(self, expr: Call) -> Shape:
        if expr.function in ("sum", "mean") and not expr.order:
            options, inner = dict(expr.options), self.shape(expr.args[0])
            axes = axes_of(options.get("axis"), len(inner))
            kept = [
                (1 if axis in axes else size)
                for axis, size in enumerate(inner)
                if axis not in axes or options.get("keepdims")
            ]
            return tuple(kept)
        own = None if self.native(expr) else self.opened(expr)
        if own is not None:
            return tuple(index.size if index.size is not None else 1 for index in own.indices)
        return broadcast(*(self.shape(arg) for arg in expr.args))

    def _shape_einsum(self, expr: Einsum) -> Shape:
        sizes = self.einsum_sizes(expr)
        return tuple(sizes[letter] for letter in expr.spec.split("->")[1])

    def einsum_sizes(self, expr: Einsum) -> dict[str, Size]:
        """The size of every letter of an einsum."""
        words = expr.spec.split("->")[0].split(",")
        return {
            letter: size
            for word, arg in zip(words, expr.args, strict=True)
            for letter, size in zip(word, self.shape(arg), strict=True)
        }


def bare(expr: Expr) -> Expr:
    """The formula without parentheses and colours around it."""
    while isinstance(expr, Group | Mark):
        expr = expr.x
    return expr


def _children(expr: Expr) -> list[Expr]:
    if isinstance(expr, Cases):
        conditions = [
            side for _, test in expr.branches if isinstance(test, Compare) for side in (test.left, test.right)
        ]
        return [
            *(value for value, _ in expr.branches),
            expr.otherwise,
            *(side for side in conditions if isinstance(side, Expr)),
        ]
    found: list[Expr] = []
    for name in type(expr).__dataclass_fields__:
        value = getattr(expr, name)
        found += [item for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, Expr)]
    return found


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """The axes counted from 0; None means all."""
    if axis is None:
        return tuple(range(rank))
    return tuple(one % rank for one in (axis if isinstance(axis, tuple) else (axis,)))


def reduced_axes(axis: str, rank: int) -> tuple[int, ...]:
    """The axes over which a Reduce sums."""
    return tuple(range(rank)) if axis == "total" else (rank - 2,) if axis == "column" and rank > 1 else (rank - 1,)


def whole(size: Size) -> int:
    """A size that must be a number.

    Raises: ShapeError if it is a letter.
    """
    if isinstance(size, str):
        raise ShapeError(f"the formula must compute with size {size}", fix=f"write a number in place of {size}")
    return size


def _slice_length(cut: Slice, size: Size) -> Size:
    if cut == Slice():
        return size
    return len(range(*slice(cut.start, cut.stop, cut.step).indices(whole(size))))
