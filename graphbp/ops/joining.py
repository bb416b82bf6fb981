"""Operations that put arrays beside each other, around each other, or the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.smart import add
from graphbp.notation.tree import Delta, Expr, Index, IndexExpr, affine
from graphbp.ops.axes import axes_of, axis_of, number_of
from graphbp.ops.base import REQUIRED, Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand, stepped
from graphbp.ops.registry import register


@register
class Concatenate(Op):
    """Arrays joined along an axis, two or more.  Shapes: (N, D), (N, E) -> (N, D + E) along axis 1."""

    name, symbol, inputs = "concatenate", r"\operatorname{concat}", ("a", "b")
    attrs = options(axis=0)
    keyword_only = ("axis",)
    folds = True
    why = "Every entry only moves, so each part takes back its own piece of the gradient."
    differs = "called cat there; the arrays stand one after the other, not in a list; dim is called axis"

    def samples(self) -> Sequence[Sample]:
        """Vectors, rows below each other, columns beside each other."""
        return [
            Sample(((3,), (2,))),
            Sample(((2, 3), (4, 3))),
            Sample(((4, 2), (4, 3)), {"axis": 1}),
            Sample(((2, 3, 4), (2, 1, 4)), {"axis": -2}),
        ]

    def infer(self, a: Shape, b: Shape, axis: int) -> Shape:
        """The shape of a, the sizes along the axis added."""
        place = axis_of(axis, a, self.name, "a")
        if len(a) != len(b) or any(one != other for k, (one, other) in enumerate(zip(a, b, strict=True)) if k != place):
            what = f"concatenate: {{a}} is {show_shape(a)} and {{b}} is {show_shape(b)}"
            raise ShapeError(f"{what}; all sizes but those along axis {axis} must be equal")
        joined = number_of(a[place], self.name, a) + number_of(b[place], self.name, b)
        return (*a[:place], joined, *a[place + 1 :])

    def definition(self, at: tuple[Index, ...], a: Operand, b: Operand, axis: int) -> Expr:
        """a at the place, or b behind the end of a; outside both are 0."""
        place = axis_of(axis, a.shape, self.name)
        behind = stepped(at[place], 1, -number_of(a.shape[place], self.name, a.shape))
        return a.at(*at, outside="zero") + b.at(*at[:place], behind, *at[place + 1 :], outside="zero")

    def forward(self, a: Value, b: Value, axis: int) -> Value:
        """NumPy's concatenation."""
        return np.concatenate([a, b], axis=axis)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """The piece of G that belongs to the part."""
        axis = attrs["axis"]
        return np.split(np.asarray(upstream), [np.shape(inputs[0])[axis]], axis=axis)[slot]


@register
class Stack(Op):
    """Arrays of one shape as layers along a new axis, one or more.  Shapes: (N,), (N,) -> (2, N) along axis 0."""

    name, symbol, inputs, optional = "stack", r"\operatorname{stack}", ("a", "b"), 1
    attrs = options(axis=0)
    keyword_only = ("axis",)
    why = "Every entry only moves, so each layer takes back its own piece of the gradient."
    differs = "the arrays stand one after the other, not in a list; dim is called axis"

    def samples(self) -> Sequence[Sample]:
        """Numbers, vectors, columns, one array alone."""
        return [
            Sample(((), ())),
            Sample(((3,), (3,))),
            Sample(((2, 3), (2, 3)), {"axis": -1}),
            Sample(((2, 3), (2, 3)), {"axis": 1}),
            Sample(((2, 3),), {"axis": 1}),
        ]

    def infer(self, *shapes: Shape, axis: int) -> Shape:
        """The common shape with the number of layers at the new axis."""
        first = shapes[0]
        if any(shape != first for shape in shapes):
            raise ShapeError(f"stack: {{a}} is {show_shape(first)} and {{b}} is {show_shape(shapes[-1])}; "
                             "all must have one shape")  # fmt: skip
        place = axis_of(axis, (*first, len(shapes)), self.name, "a")
        return (*first[:place], len(shapes), *first[place:])

    def definition(self, at: tuple[Index, ...], *operands: Operand, axis: int) -> Expr:
        """The array whose number the new axis says."""
        place = axis_of(axis, (*operands[0].shape, len(operands)), self.name)
        inside = (*at[:place], *at[place + 1 :])
        layers = [Delta(at[place], affine(number)) * operand[inside] for number, operand in enumerate(operands)]
        return add(*layers)

    def forward(self, *arrays: Value, axis: int) -> Value:
        """NumPy's stack."""
        return np.stack(arrays, axis=axis)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """The layer of G that belongs to the array."""
        return np.take(upstream, slot, axis=attrs["axis"])


@register
class Flip(Op):
    """The order along axes turned round, along all by default.  Shapes: any -> same."""

    name, symbol, inputs = "flip", r"\operatorname{flip}", ("x",)
    attrs = options(axis=None)
    keyword_only = ("axis",)
    why = "Every entry only moves, so its gradient moves back."
    differs = "dims is called axis and may be left out: all axes"

    def samples(self) -> Sequence[Sample]:
        """All axes, and one."""
        return [Sample(((3,),)), Sample(((2, 3),)), Sample(((2, 3),), {"axis": 1})]

    def infer(self, x: Shape, axis: Any) -> Shape:
        """The shape of x."""
        axes_of(axis, x, self.name)
        return x

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any) -> Expr:
        """x at the place counted from the other end."""
        turned = axes_of(axis, x.shape, self.name)
        return x[tuple(self._place(letter, place in turned, x.shape) for place, letter in enumerate(at))]

    def _place(self, letter: Index, turned: bool, shape: Shape) -> IndexExpr:
        if not turned or letter.size is None:
            return letter
        return stepped(letter, -1, number_of(letter.size, self.name, shape) - 1)

    def forward(self, x: Value, axis: Any) -> Value:
        """A view in the other order."""
        return np.flip(x, axis)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G turned back."""
        return np.flip(upstream, attrs["axis"])


@register
class PadZeros(Op):
    """A border of zeros; `pad` holds before and after for the last axis, then for the one before it.

    Shapes: (H, W) -> (H + 2, W + 2) with pad [1, 1, 1, 1].
    """

    name, symbol, inputs = "pad", r"\operatorname{pad}", ("x",)
    attrs = options(pad=REQUIRED)
    why = "The border is constant, so only the inside takes back its gradient."
    differs = "zeros only"

    def samples(self) -> Sequence[Sample]:
        """One axis, and two."""
        return [Sample(((4,),), {"pad": (1, 2)}), Sample(((2, 3),), {"pad": (0, 2, 1, 0)})]

    def widths(self, x: Shape, pad: Any) -> list[tuple[int, int]]:
        """Before and after for each axis of x, the first axis first."""
        given = pad if isinstance(pad, tuple) else (pad, pad)
        if len(given) % 2 or len(given) > 2 * len(x) or any(not isinstance(one, int) or one < 0 for one in given):
            raise UsageError(f"pad: {{x}} is {show_shape(x)}, and pad holds two whole numbers for an axis, not {pad}")
        pairs = [(given[place], given[place + 1]) for place in range(0, len(given), 2)]
        return [(0, 0)] * (len(x) - len(pairs)) + pairs[::-1]

    def infer(self, x: Shape, pad: Any) -> Shape:
        """The sizes with the border added."""
        pairs = zip(x, self.widths(x, pad), strict=True)
        return tuple(size if not any(width) else number_of(size, self.name, x) + sum(width) for size, width in pairs)

    def definition(self, at: tuple[Index, ...], x: Operand, pad: Any) -> Expr:
        """x at the place inside the border, 0 on it."""
        widths = self.widths(x.shape, pad)
        return x.at(*(stepped(letter, 1, -width[0]) for letter, width in zip(at, widths, strict=True)), outside="zero")

    def forward(self, x: Value, pad: Any) -> Value:
        """x inside zeros."""
        return np.pad(x, self.widths(np.shape(x), pad))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G without the border."""
        shape = np.shape(inputs[0])
        widths = self.widths(shape, attrs["pad"])
        return upstream[tuple(slice(before, before + size) for (before, _), size in zip(widths, shape, strict=True))]
