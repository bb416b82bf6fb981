"""Transposed convolution: every pixel of the image stamps the kernel onto a larger image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.smart import mul
from graphbp.notation.tree import Delta, Expr, Index, IndexExpr, Sum, affine
from graphbp.ops.axes import number_of
from graphbp.ops.base import Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand, output_letters
from graphbp.ops.registry import register
from graphbp.ops.windows import Window, pair, window


@dataclass(frozen=True, slots=True)
class _Stamp:
    """How the axes of image and filters are meant: which were left out, and the window of the convolution undone."""

    batch: bool
    channels: bool
    win: Window
    extra: tuple[int, int]
    groups: int

    def length(self, axis: int, size: int) -> int:
        """How long an axis becomes."""
        win = self.win
        border = win.padding[2 * axis] + win.padding[2 * axis + 1]
        return (size - 1) * win.stride[axis] - border + win.reach(axis) + self.extra[axis]


@register
class ConvTranspose2d(Op):
    """The transpose of a convolution: enlarges images by stamping the kernel at every pixel and adding up.

    Shapes: x (N, C, H, W), w (C, O/groups, h, w), b (O,) -> (N, O, H', W'),
    where H' = stride · (H − 1) − padding + reach + output_padding.
    Images may be (C, H, W); image and filters (H, W) and (h, w) where there is one channel.
    The output lacks the axes that were left out.
    """

    name, symbol, inputs, optional = "conv_transpose2d", r"\star^\top", ("x", "w", "b"), 1
    attrs = options(stride=1, padding=0, output_padding=0, groups=1, dilation=1)
    why = "What a convolution does backward this does forward, and the other way round."
    differs = "padding may also be (top, bottom, left, right); axes of size 1 may be left out"

    def samples(self) -> Sequence[Sample]:
        """Strides, paddings, dilations, groups, channels, and axes left out."""
        return [
            Sample(((3, 4), (2, 3))),
            Sample(((3, 2), (3, 2)), {"stride": 2, "padding": (1, 0)}),
            Sample(((2, 3, 2), (2, 3, 2, 3), (3,)), {"stride": (2, 1), "output_padding": (1, 0)}),
            Sample(((2, 2, 3, 2), (2, 1, 2, 2)), {"dilation": (1, 2)}),
            Sample(((4, 2, 3), (4, 1, 2, 2), (2,)), {"groups": 2, "stride": 2, "padding": 1}),
            Sample(((3, 2), (2, 2)), {"stride": 3, "dilation": 2}),
        ]

    def stamp(self, x: Shape, w: Shape, attrs: Mapping[str, Any]) -> _Stamp:
        """What the axes mean."""
        if not 2 <= len(x) <= 4 or len(w) != (2 if len(x) == 2 else 4):
            raise ShapeError(
                f"conv_transpose2d takes images (N, C, H, W) or (C, H, W) with filters (C, O, h, w), or (H, W) with "
                f"(h, w): {{x}} is {show_shape(x)} and {{w}} is {show_shape(w)}"
            )
        size = tuple(number_of(one, self.name, w) for one in w[-2:])
        if isinstance(attrs["padding"], str):
            raise UsageError("conv_transpose2d: padding is a number, not a word")
        win = window(self.name, size, attrs["stride"], attrs["padding"], attrs["dilation"])
        extra = pair(self.name, "output_padding", attrs["output_padding"], 0)
        for axis in (0, 1):
            if extra[axis] >= max(win.stride[axis], win.dilation[axis]):
                raise UsageError("conv_transpose2d: output_padding must be smaller than stride or dilation")
        return _Stamp(len(x) == 4, len(x) > 2, win, extra, attrs["groups"])

    def infer(self, x: Shape, w: Shape, b: Shape | None = None, **attrs: Any) -> Shape:
        """The axes that were given, enlarged."""
        stamp = self.stamp(x, w, attrs)
        if stamp.groups > 1 and not stamp.channels:
            raise UsageError(f"conv_transpose2d: {stamp.groups} groups do not divide 1 channel")
        outputs = self._outputs(x, w, stamp) if stamp.channels else ()
        if b is not None and b not in (outputs, ()):
            wanted = outputs[0] if outputs else 1
            raise ShapeError(f"conv_transpose2d: {{b}} is {show_shape(b)} and must have one entry for each of the "
                             f"{wanted} outputs")  # fmt: skip
        sizes = [stamp.length(axis, number_of(x[axis - 2], self.name, x)) for axis in (0, 1)]
        if min(sizes) < 1:
            raise ShapeError(f"conv_transpose2d: of {{x}}, which is {show_shape(x)}, the padding leaves nothing")
        return (*(x[:1] if stamp.batch else ()), *outputs, *sizes)

    def _outputs(self, x: Shape, w: Shape, stamp: _Stamp) -> tuple[int, ...]:
        channels, each, groups = number_of(w[0], self.name, w), number_of(w[1], self.name, w), stamp.groups
        if channels % groups:
            raise UsageError(f"conv_transpose2d: {groups} groups do not divide {channels} channels")
        if x[-3] != channels:
            raise ShapeError(f"conv_transpose2d: {{x}} is {show_shape(x)} with {x[-3]} channels, "
                             f"and the filters {{w}}, {show_shape(w)}, see {channels}")  # fmt: skip
        return (each * groups,)

    def output_letters(self, shape: Shape, input_shapes: Sequence[Shape]) -> tuple[Index, ...]:
        """n for the image, o for the output channel, u and v for the place."""
        lead = {2: "", 3: "o", 4: "no"}[len(input_shapes[0])]
        return output_letters(shape, lead + "uv")

    def definition(self, at: tuple[Index, ...], x: Operand, w: Operand, b: Operand | None = None, **attrs: Any) -> Expr:
        """Σ x[c, i, j] · w[c, o, u − s·i + P, v − s·j + P], 0 outside the kernel."""
        stamp = self.stamp(x.shape, w.shape, attrs)
        letters = [Index("i", x.shape[-2]), Index("j", x.shape[-1])]
        inner = [Index("p", w.shape[-2]), Index("q", w.shape[-1])]
        places = [_stamped(stamp.win, axis, at[axis - 2], letters[axis], inner[axis]) for axis in (0, 1)]
        sums = [*letters, *(inner[axis] for axis in (0, 1) if places[axis][1])]
        output = at[-3] if stamp.channels else None
        lead, channel, of_weight, more = self._channels(output, x, w, stamp)
        image = x[(*(at[:1] if stamp.batch else ()), *channel, *letters)]
        weight = w.at(*of_weight, *(place for place, _ in places), outside="zero")
        body = mul(image, weight, *(delta for _, delta in places if delta), *more)
        total = Sum((*lead, *sums), body)
        return total if b is None else total + (b[output] if b.rank and output else b[()])

    def _channels(
        self, output: Index | None, x: Operand, w: Operand, stamp: _Stamp
    ) -> tuple[list[Index], list[IndexExpr], list[IndexExpr], list[Expr]]:
        """The sums over channels, the channel of the image, those of the filters, and which belong together."""
        if output is None:
            return [], [], [], []
        c = Index("c", x.shape[-3])
        if stamp.groups == 1:
            return [c], [c], [c, output], []
        each, share = int(w.shape[1]), int(w.shape[0]) // stamp.groups
        group, m, r = Index("g", stamp.groups), Index("m", share), Index("r", each)
        seen = affine((group, share), (m, 1))
        return [group, m, r], [seen], [seen, r], [Delta(affine((group, each), (r, 1)), output)]

    def forward(self, x: Value, w: Value, b: Value | None = None, **attrs: Any) -> Value:
        """All stamps by one einsum, added up."""
        stamp = self.stamp(np.shape(x), np.shape(w), attrs)
        shape = self.infer(np.shape(x), np.shape(w), **attrs)
        parts = np.einsum("ngcyx,gcopq->ngoyxpq", _images(x, stamp), _filters(w, stamp), optimize=True)
        out = stamp.win.scatter(parts, shape).reshape(shape)
        return out if b is None else out + (np.reshape(b, (-1, 1, 1)) if np.ndim(b) else b)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """The convolution of G with w for x, windows of G joined with x for w, sums over places for b."""
        x, w = inputs[0], inputs[1]
        stamp = self.stamp(np.shape(x), np.shape(w), attrs)
        G = _images(upstream, stamp)
        if slot == 2:
            each = G.sum(axis=(0, 3, 4)).reshape(-1)
            return each if np.ndim(inputs[2]) else each.sum()
        rows, columns = np.shape(x)[-2:]
        views = stamp.win.views(G)[..., :rows, :columns, :, :]
        spec, other = (
            ("ngoyxpq,ngcyx->gcopq", _images(x, stamp)) if slot else ("ngoyxpq,gcopq->ngcyx", _filters(w, stamp))
        )
        return np.einsum(spec, views, other, optimize=True).reshape(np.shape(inputs[slot]))


def _images(x: Value, stamp: _Stamp) -> Value:
    """Images with all axes, channels by group."""
    shape = np.shape(x)
    images = shape[0] if stamp.batch else 1
    return np.reshape(x, (images, stamp.groups, -1, *shape[-2:]))


def _filters(w: Value, stamp: _Stamp) -> Value:
    """Filters by group: (g, c, o, h, w)."""
    shape = np.shape(w)
    each = shape[1] if stamp.channels else 1
    return np.reshape(w, (stamp.groups, -1, each, *shape[-2:]))


def _stamped(win: Window, axis: int, at: Index, letter: Index, inner: Index) -> tuple[IndexExpr, Expr | None]:
    """The place in the kernel that pixel `letter` puts at `at`; where kernels have gaps a condition says which."""
    step, gap, before = win.stride[axis], win.dilation[axis], win.before(axis)
    if gap == 1:
        return affine((at, 1), (letter, -step), before), None
    return inner, Delta(affine((letter, step), (inner, gap), -before), at)
