"""Convolution as deep learning means it: the kernel slides without being turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.tree import Affine, Expr, FloorMod, Index, IndexExpr, Sum
from graphbp.ops.base import Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand, output_letters, stepped
from graphbp.ops.registry import register
from graphbp.ops.windows import Window, window, window_places


@dataclass(frozen=True, slots=True)
class Layout:
    """How the axes of image and filters are meant: which were left out."""

    batch: bool
    channels: bool
    outputs: bool
    inputs: bool
    win: Window
    groups: int

    def image(self, x: Any) -> Any:
        """The image with all four axes: N, C, H, W."""
        return np.reshape(x, (*(() if self.batch else (1,)), *(() if self.channels else (1,)), *np.shape(x)))

    def filters(self, w: Any) -> Any:
        """The filters with all four axes: O, I, H, W."""
        shape = np.shape(w)
        return np.reshape(w, (shape[0] if self.outputs else 1, shape[1] if self.inputs else 1, *shape[-2:]))


@register
class Conv2d(Op):
    """Cross-correlation of images with filters.

    Shapes: x (N, C, H, W), w (O, C/groups, h, w), b (O,) -> (N, O, H', W'),
    where H' = ⌊(H + padding − reach) / stride⌋ + 1.
    Images may be (C, H, W) or (H, W); filters (O, h, w) or (h, w) where there is one channel.
    The output lacks the axes that were left out.
    """

    name, symbol, inputs, optional = "conv2d", r"\star", ("x", "w", "b"), 1
    attrs = options(stride=1, padding=0, dilation=1, groups=1)
    why = "Each weight is used at every place of the image, so its gradient is a sum over places."
    differs = "padding may also be (top, bottom, left, right); axes of size 1 may be left out"

    def samples(self) -> Sequence[Sample]:
        """Strides, paddings, dilations, groups, channels, and axes left out."""
        return [
            Sample(((6, 5), (3, 2))),
            Sample(((6, 5), (3, 2)), {"stride": 2, "padding": (1, 0)}),
            Sample(((5, 4), (2, 3, 2), (2,)), {"padding": 1}),
            Sample(((2, 5, 4), (3, 2, 2, 3), (3,)), {"stride": (2, 1), "padding": (1, 0, 2, 1)}),
            Sample(((2, 2, 5, 4), (3, 2, 3, 2)), {"dilation": (1, 2)}),
            Sample(((2, 7, 5), (4, 1, 2, 3), (4,)), {"groups": 2, "stride": 2}),
            Sample(((4, 4, 5), (2, 2, 2, 2)), {"groups": 2}),
        ]

    def layout(self, x: Shape, w: Shape, attrs: Mapping[str, Any]) -> Layout:
        """What the axes mean."""
        if not 2 <= len(x) <= 4 or not 2 <= len(w) <= 4:
            raise ShapeError(f"conv2d takes images with 2 to 4 axes and filters with 2 to 4: "
                             f"{{x}} is {show_shape(x)} and {{w}} is {show_shape(w)}")  # fmt: skip
        size = tuple(w[-2:])
        if any(isinstance(one, str) for one in size):
            raise ShapeError(f"conv2d must know the size of its filters: {{w}} is {show_shape(w)}")
        win = window("conv2d", size, attrs["stride"], attrs["padding"], attrs["dilation"])
        return Layout(len(x) == 4, len(x) > 2, len(w) > 2, len(w) == 4, win, attrs["groups"])

    def infer(self, x: Shape, w: Shape, b: Shape | None = None, **attrs: Any) -> Shape:
        """The axes that were given, with the number of places."""
        layout = self.layout(x, w, attrs)
        outputs = w[0] if layout.outputs else 1
        self._check_channels(x, w, layout)
        wanted = (outputs,) if layout.outputs else ()
        if b is not None and b not in (wanted, ()):
            raise ShapeError(
                f"conv2d: {{b}} is {show_shape(b)} and must have one entry for each of the {outputs} filters"
            )
        places = window_places("conv2d", layout.win, x)
        return (*(x[:1] if layout.batch else ()), *((outputs,) if layout.outputs else ()), *places)

    def _check_channels(self, x: Shape, w: Shape, layout: Layout) -> None:
        channels = x[-3] if layout.channels else 1
        each = w[1] if layout.inputs else 1
        outputs = w[0] if layout.outputs else 1
        groups = layout.groups
        if groups == 1 and channels == each:
            return
        if not all(isinstance(size, int) for size in (channels, each, outputs)):
            raise UsageError(f"conv2d: with {groups} groups the channels must be numbers, not {channels}")
        if int(channels) % groups or int(outputs) % groups:
            raise ShapeError(f"conv2d: {groups} groups do not divide {channels} channels and {outputs} filters")
        if int(channels) // groups != each:
            raise ShapeError(f"conv2d: {{x}} is {show_shape(x)} with {channels} channels in {groups} group"
                             f"{'s' * (groups > 1)}, and the filters {{w}}, {show_shape(w)}, see {each}")  # fmt: skip

    def output_letters(self, shape: Shape, input_shapes: Sequence[Shape]) -> tuple[Index, ...]:
        """n for the image, o for the filter, i and j for the place."""
        lead = ("n" if len(input_shapes[0]) == 4 else "") + ("o" if len(input_shapes[1]) > 2 else "")
        return output_letters(shape, lead + "ij")

    def definition(self, at: tuple[Index, ...], x: Operand, w: Operand, b: Operand | None = None, **attrs: Any) -> Expr:
        """Σ x[c, s·i + d·p − P, s·j + d·q − P] · w[o, c, p, q], 0 outside the image."""
        layout = self.layout(x.shape, w.shape, attrs)
        output = at[-3] if layout.outputs else None
        p, q = Index("p", w.shape[-2]), Index("q", w.shape[-1])
        c = Index("c", w.shape[1]) if layout.inputs and w.shape[1] != 1 else None
        places = [place_reached(layout.win, at[axis - 2], letter, axis) for axis, letter in enumerate((p, q))]
        channel = channel_seen(output, c, x, w, layout)
        image = x.at(
            *(at[:1] if layout.batch else ()), *((channel,) if layout.channels else ()), *places, outside="zero"
        )
        weight = w[(*((output,) if output else ()), *(((c or 0),) if layout.inputs else ()), p, q)]
        total = Sum((c, p, q) if c else (p, q), image * weight)
        return total if b is None else total + (b[output] if b.rank and output else b[()])

    def forward(self, x: Value, w: Value, b: Value | None = None, **attrs: Any) -> Value:
        """All windows as one view, joined with the filters by one einsum."""
        layout = self.layout(np.shape(x), np.shape(w), attrs)
        shape = self.infer(np.shape(x), np.shape(w), **attrs)
        views = self._views(x, layout)
        kernels = _by_group(layout.filters(w), layout.groups)
        out = np.einsum("ngcyxpq,gocpq->ngoyx", views, kernels, optimize=True)
        out = out.reshape(shape)
        return out if b is None else out + (np.reshape(b, (-1, 1, 1)) if np.ndim(b) else b)

    def _views(self, x: Value, layout: Layout) -> Value:
        """All windows, channels by group: (n, g, c, places, places, h, w)."""
        image = layout.image(x)
        views = layout.win.views(image)
        return views.reshape(image.shape[0], layout.groups, -1, *views.shape[2:])

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """Windows joined with G for w; G spread over the windows for x; sums over places for b."""
        x, w = inputs[0], inputs[1]
        layout = self.layout(np.shape(x), np.shape(w), attrs)
        places = np.shape(upstream)[-2:]
        images = np.shape(x)[0] if layout.batch else 1
        G = np.reshape(upstream, (images, layout.groups, -1, *places))
        if slot == 2:
            each = G.sum(axis=(0, 3, 4)).reshape(-1)
            return each if np.ndim(inputs[2]) else each.sum()
        if slot == 1:
            found = np.einsum("ngcyxpq,ngoyx->gocpq", self._views(x, layout), G, optimize=True)
            return found.reshape(np.shape(w))
        kernels = _by_group(layout.filters(w), layout.groups)
        parts = np.einsum("ngoyx,gocpq->ngcyxpq", G, kernels, optimize=True)
        parts = parts.reshape(images, -1, *parts.shape[3:])
        return layout.win.scatter(parts, np.shape(x)).reshape(np.shape(x))


def _by_group(filters: Value, groups: int) -> Value:
    return filters.reshape(groups, -1, *filters.shape[1:])


def place_reached(win: Window, place: Index, letter: Index, axis: int) -> IndexExpr:
    """The row or column of the image that a window at `place` reaches with its own `letter`."""
    return stepped(place, win.stride[axis], (letter, win.dilation[axis]), -win.before(axis))


def channel_seen(output: Index | None, c: Index | None, x: Operand, w: Operand, layout: Layout) -> IndexExpr | int:
    """The channel of the image that channel c of a filter sees."""
    if layout.groups == 1 or output is None:
        return c or 0
    each, share = int(w.shape[0]) // layout.groups, int(x.shape[-3]) // layout.groups
    group: IndexExpr = output if each == 1 else FloorMod("floor", output, each)
    terms = ((group, share), (c, 1)) if c else ((group, share),)
    return Affine(terms) if c or share != 1 else group
