"""Operations that move entries and change none: transpose, reshape, flatten, indexing."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, Size, show_shape
from graphbp.notation.tree import Affine, Expr, FloorMod, Index, IndexExpr, Slice
from graphbp.ops.axes import axis_of, number_of
from graphbp.ops.base import REQUIRED, Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand, stepped
from graphbp.ops.registry import register


@register
class Transpose(Op):
    """Axes in another order; by default the last two are exchanged.  Shapes: (N, D) -> (D, N)."""

    name, symbol, inputs = "transpose", r"\top", ("x",)
    attrs = options(axes=None)
    why = "Every entry only moves, so its gradient moves back."
    differs = "axes lists all axes, as permute does; left out, the last two are exchanged, as .mT does"

    def samples(self) -> Sequence[Sample]:
        """A matrix, a batch of matrices, and an order of one's own."""
        return [Sample(((2, 3),)), Sample(((2, 3, 4),)), Sample(((2, 3, 4),), {"axes": (2, 0, 1)})]

    def infer(self, x: Shape, axes: Any) -> Shape:
        """The sizes in the new order."""
        return tuple(x[axis] for axis in self._order(x, axes))

    def _order(self, x: Sequence[Any], axes: Any) -> tuple[int, ...]:
        if axes is None:
            if len(x) < 2:
                raise ShapeError(f"{{x}} is {show_shape(tuple(x))}; .T exchanges the last two axes and needs two",
                                 fix="reshape it to (n, 1) first")  # fmt: skip
            return (*range(len(x) - 2), len(x) - 1, len(x) - 2)
        order = tuple(axis_of(axis, tuple(x), self.name) for axis in (axes if isinstance(axes, tuple) else (axes,)))
        if sorted(order) != list(range(len(x))):
            raise ShapeError(f"transpose of {{x}}, which is {show_shape(tuple(x))}, needs each axis once, not {axes}")
        return order

    def definition(self, at: tuple[Index, ...], x: Operand, axes: Any) -> Expr:
        """The entry of x at the indices put back in order."""
        order = self._order(x.shape, axes)
        return x[tuple(at[order.index(place)] for place in range(x.rank))]

    def forward(self, x: Value, axes: Any) -> Value:
        """x with its axes in the new order."""
        if axes is None:
            return x.swapaxes(-1, -2)
        return np.transpose(x, self._order(np.shape(x), axes))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G with its axes put back."""
        if attrs["axes"] is None:
            return upstream.swapaxes(-1, -2)
        order = self._order(np.shape(inputs[0]), attrs["axes"])
        return np.transpose(upstream, np.argsort(order))


class Rearranged(Op):
    """The same entries in row-major order in another shape."""

    inputs = ("x",)
    why = "Every entry only moves, so its gradient moves back."

    def forward(self, x: Value, **attrs: Any) -> Value:
        """The entries in row-major order."""
        return np.reshape(x, self.infer(np.shape(x), **attrs))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G in the shape of x."""
        return np.reshape(upstream, np.shape(inputs[0]))


@register
class Reshape(Rearranged):
    """The same entries in row-major order in another shape; one size may be −1.  Shapes: (2, 3) -> (3, 2)."""

    name = "reshape"
    attrs = options(shape=REQUIRED)

    def samples(self) -> Sequence[Sample]:
        """Fewer and more axes, a free size, a leading axis that stays."""
        given = [((4, 3), (6, 2)), ((2, 3, 4), (2, -1)), ((6,), (3, 1, 2))]
        return [Sample((have,), {"shape": want}) for have, want in given]

    def infer(self, x: Shape, shape: Any) -> Shape:
        """The wanted shape, its −1 replaced by what is left."""
        wanted: Shape = shape if isinstance(shape, tuple) else (shape,)
        first = _common(x, wanted)
        have, rest = x[first:], wanted[first:]
        sizes = [number_of(size, self.name, x) for size in have]
        known = [number_of(size, self.name, wanted) for size in rest]
        count, given = prod(sizes), prod(size for size in known if size != -1)
        if known.count(-1) > 1 or any(size < -1 for size in known):
            raise ShapeError(f"reshape to {show_shape(wanted)}: only one size may be -1, and none less")
        filled = [count // given if size == -1 and given else size for size in known]
        if prod(filled) != count:
            raise ShapeError(f"cannot reshape {{x}} from {show_shape(x)} to {show_shape(wanted)}: "
                             f"{count} entries do not fill {given}")  # fmt: skip
        return (*wanted[:first], *filled)

    def definition(self, at: tuple[Index, ...], x: Operand, shape: Any) -> Expr:
        """The entry of x at the same row-major place."""
        result = self.infer(x.shape, shape)
        first = _common(x.shape, result)
        sizes = [number_of(size, self.name, result) for size in result[first:]]
        terms = [(letter, prod(sizes[place + 1 :])) for place, letter in enumerate(at[first:]) if sizes[place] != 1]
        row_major = stepped(*terms[0], *terms[1:]) if terms else Affine((), 0)
        return x[(*at[:first], *unravel(row_major, x.shape[first:]))]


def _common(x: Shape, wanted: Shape) -> int:
    """How many leading axes are the same in both shapes."""
    count = 0
    for have, want in zip(x, wanted, strict=False):
        if have != want:
            break
        count += 1
    return count


def unravel(place: IndexExpr, shape: Shape) -> tuple[IndexExpr, ...]:
    """The index on each axis of the entry that stands at a row-major place.

    >>> unravel(Index("u"), (4,))
    (Index(name='u', size=None),)
    """
    sizes = [number_of(size, "reshape", shape) for size in shape]
    wide = [axis for axis, size in enumerate(sizes) if size != 1]
    places: list[IndexExpr] = [Affine((), 0)] * len(sizes)
    for axis in wide:
        below = prod(sizes[axis + 1 :])
        whole: IndexExpr = place if below == 1 else FloorMod("floor", place, below)
        places[axis] = whole if axis == wide[0] else FloorMod("mod", whole, sizes[axis])
    return tuple(places)


@register
class Flatten(Rearranged):
    """Axes from `start_dim` to `end_dim` joined into one.  Shapes: (C, H, W) -> (C·H·W,)."""

    name, symbol = "flatten", r"\operatorname{vec}"
    attrs = options(start_dim=0, end_dim=-1)

    def samples(self) -> Sequence[Sample]:
        """All axes, the last ones, and a number."""
        return [Sample(((4, 3),)), Sample(((2, 3, 4),), {"start_dim": 1}), Sample(((),))]

    def infer(self, x: Shape, **attrs: Any) -> Shape:
        """The shape with the axes joined."""
        if not x:
            return (1,)
        start, end = (axis_of(attrs[name], x, self.name) for name in ("start_dim", "end_dim"))
        if start > end:
            raise UsageError(f"flatten: start_dim {attrs['start_dim']} comes after end_dim {attrs['end_dim']}")
        if start == end:
            return x
        joined = prod(number_of(size, self.name, x) for size in x[start : end + 1])
        return (*x[:start], joined, *x[end + 1 :])

    def definition(self, at: tuple[Index, ...], x: Operand, **attrs: Any) -> Expr:
        """The entry of x at the same row-major place."""
        if not x.rank:
            return x[()]
        start, end = (axis_of(attrs[name], x.shape, self.name) for name in ("start_dim", "end_dim"))
        return x[(*at[:start], *unravel(at[start], x.shape[start : end + 1]), *at[start + 1 :])]


@register
class Take(Op):
    """Entries and slices by place, counted from 0: x[0, 1:3].  Shapes: (N, D) -> (D,) for x[0]."""

    name, symbol, inputs = "index", "", ("x",)
    attrs = options(places=REQUIRED)
    why = "Only the entries that were taken receive a gradient."
    differs = "only places and slices that are written as numbers"

    def samples(self) -> Sequence[Sample]:
        """Places, slices, steps, and counting from the end."""
        first, last, every_second = Affine((), 0), Affine((), -1), Slice(None, None, 2)
        places = [(Affine((), 1),), (first, Slice(1, 3)), (every_second, Slice()), (Slice(None, None, -1), last)]
        return [Sample(((4, 3),), {"places": place}) for place in places]

    def infer(self, x: Shape, places: tuple[IndexExpr, ...]) -> Shape:
        """The axes that slices leave."""
        if len(places) > len(x):
            raise ShapeError(f"{{x}} is {show_shape(x)} and has {len(x)} axes, not {len(places)}")
        taken = [self._size(place, size, x, axis) for axis, (place, size) in enumerate(zip(places, x, strict=False))]
        return (*(size for size in taken if size is not None), *x[len(places) :])

    def _size(self, place: IndexExpr, size: Size, x: Shape, axis: int) -> Size | None:
        if isinstance(place, Slice):
            return size if place == Slice() else len(_range(place, number_of(size, "a slice", x)))
        _inside(_whole(place), size, x, axis)
        return None

    def definition(self, at: tuple[Index, ...], x: Operand, places: tuple[IndexExpr, ...]) -> Expr:
        """The entry of x that the place, or the slice, leads to."""
        letters = iter(at)
        subs: list[IndexExpr | int] = []
        for axis, size in enumerate(x.shape):
            place = places[axis] if axis < len(places) else Slice()
            subs.append(_entry(place, size, letters, x.shape))
        return x[tuple(subs)]

    def forward(self, x: Value, places: tuple[IndexExpr, ...]) -> Value:
        """What NumPy takes."""
        return np.asarray(x)[python_places(places)]

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G at the places that were taken, 0 elsewhere."""
        result = np.zeros(np.shape(inputs[0]), np.asarray(upstream).dtype)
        result[python_places(attrs["places"])] = upstream
        return result


def _whole(place: IndexExpr) -> int:
    """The place as a number; a letter has no meaning here."""
    if isinstance(place, Affine) and not place.terms:
        return place.const
    raise UsageError(f"an index must be a whole number or a slice, not {place}")


def _inside(place: int, size: Size, x: Shape, axis: int) -> None:
    if isinstance(size, str):
        if place < 0:
            number_of(size, "a negative index", x)
        return
    if not -size <= place < size:
        also = f"; counted from 1, entry {place} is [{place - 1}]" if place == size else ""
        raise ShapeError(
            f"index {place} is outside axis {axis} of {{x}}, which is {show_shape(x)}",
            fix=f"square brackets count from 0 to {size - 1}{also}",
        )


def _range(place: Slice, size: int) -> range:
    return range(*slice(place.start, place.stop, place.step).indices(size))


def _entry(place: IndexExpr, size: Size, letters: Any, x: Shape) -> IndexExpr | int:
    """The index of the operand's axis in terms of the output's letters."""
    if not isinstance(place, Slice):
        whole = _whole(place)
        return whole if whole >= 0 else whole + number_of(size, "a negative index", x)
    letter = next(letters)
    if place == Slice():
        return letter  # type: ignore[no-any-return]
    taken = _range(place, number_of(size, "a slice", x))
    return stepped(letter, taken.step, taken.start)


def python_places(places: tuple[IndexExpr, ...]) -> tuple[int | slice, ...]:
    """The places as NumPy takes them."""
    return tuple(
        slice(place.start, place.stop, place.step) if isinstance(place, Slice) else _whole(place) for place in places
    )
