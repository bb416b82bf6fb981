"""Pooling: one number for each window of an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.tree import Expr, Index, Max, Mul, Number, Outside, Sum
from graphbp.ops.base import REQUIRED, Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand, as_number, stepped
from graphbp.ops.registry import register
from graphbp.ops.windows import Window, window, window_places


class Pooling(Op):
    """An operation over windows of the last two axes."""

    inputs = ("x",)
    outside: Outside = "zero"

    def samples(self) -> Sequence[Sample]:
        """Windows side by side, overlapping, padded, and in batches."""
        given: list[Attrs] = [{"size": 2}, {"size": (3, 2), "stride": 2}, {"size": 3, "stride": 2, "padding": 1}]
        return [*(Sample(((5, 4),), attrs) for attrs in given), Sample(((2, 3, 4, 5),), {"size": 2, "stride": 1})]

    def window(self, attrs: Mapping[str, Any]) -> Window:
        """The window that the options describe."""
        return window(self.name, attrs["size"], attrs["stride"], attrs["padding"], attrs.get("dilation", 1))

    def infer(self, x: Shape, **attrs: Any) -> Shape:
        """The shape with the number of places."""
        if not 2 <= len(x) <= 4:
            raise ShapeError(f"{self.name} takes images with 2 to 4 axes: {{x}} is {show_shape(x)}")
        win = self.window(attrs)
        if any(border > win.size[axis] // 2 for axis in (0, 1) for border in win.padding[2 * axis : 2 * axis + 2]):
            raise UsageError(f"{self.name}: padding {attrs['padding']} is more than half of the window {attrs['size']}",
                             fix="some window would see nothing of the image")  # fmt: skip
        return (*x[:-2], *window_places(self.name, win, x))

    def _inside(self, at: tuple[Index, ...], x: Operand, attrs: Mapping[str, Any]) -> tuple[tuple[Index, ...], Expr]:
        """The letters that run over a window, and the entry that they reach."""
        win = self.window(attrs)
        letters = (Index("p", win.size[0]), Index("q", win.size[1]))
        places = [stepped(at[axis - 2], win.stride[axis], (letter, win.dilation[axis]), -win.before(axis))
                  for axis, letter in enumerate(letters)]  # fmt: skip
        return letters, x.at(*at[:-2], *places, outside=self.outside if any(win.padding) else "error")


@register
class MaxPool2d(Pooling):
    """Largest entry of each window.  Shapes: (N, C, H, W) -> (N, C, H', W'); (C, H, W) and (H, W) alike."""

    name, symbol = "max_pool2d", r"\operatorname{maxpool}"
    attrs = options(size=REQUIRED, stride=None, padding=0, dilation=1)
    why = "Only the winner of each window passes its gradient on."
    kink = "of several equal winners the first in row-major order is chosen"
    first_winner = True
    differs = "kernel_size is called size; padding may also be (top, bottom, left, right); no ceil_mode"
    outside = "lowest"

    def definition(self, at: tuple[Index, ...], x: Operand, **attrs: Any) -> Expr:
        """The largest entry of the window; outside the image nothing wins."""
        letters, entry = self._inside(at, x, attrs)
        return Max(letters, entry)

    def forward(self, x: Value, **attrs: Any) -> Value:
        """The largest entry of each window."""
        return self.window(attrs).views(np.asarray(x), -np.inf).max(axis=(-2, -1))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G at the first winner of each window."""
        win = self.window(attrs)
        views = win.views(np.asarray(inputs[0]), -np.inf)
        flat = views.reshape(*views.shape[:-2], -1)
        parts = np.zeros(flat.shape, np.asarray(upstream).dtype)
        np.put_along_axis(parts, flat.argmax(axis=-1)[..., None], np.asarray(upstream)[..., None], axis=-1)
        return win.scatter(parts.reshape(views.shape), np.shape(inputs[0]))

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """Where a window has several winners."""
        views = self.window(attrs).views(np.asarray(inputs[0]), -np.inf)
        return (views == views.max(axis=(-2, -1), keepdims=True)).sum(axis=(-2, -1)) > 1


@register
class GlobalAvgPool2d(Op):
    """Mean of each image.  Shapes: (N, C, H, W) -> (N, C); (C, H, W) -> (C,); (H, W) -> a number."""

    name, symbol, inputs = "global_avg_pool2d", r"\operatorname{avgpool}", ("x",)
    why = "Every entry adds to its mean with the same slope."
    differs = "adaptive_avg_pool2d(x, 1) without its two axes of size 1"

    def samples(self) -> Sequence[Sample]:
        """One image, and a batch with channels."""
        return [Sample(((4, 3),)), Sample(((2, 3, 4, 5),))]

    def infer(self, x: Shape) -> Shape:
        """The shape without the last two axes."""
        if not 2 <= len(x) <= 4:
            raise ShapeError(f"global_avg_pool2d takes images with 2 to 4 axes: {{x}} is {show_shape(x)}")
        return x[:-2]

    def definition(self, at: tuple[Index, ...], x: Operand) -> Expr:
        """The sum of the image divided by its size."""
        p, q = Index("p", x.shape[-2]), Index("q", x.shape[-1])
        return Sum((p, q), x[(*at, p, q)]) / Mul((as_number(x.shape[-2]), as_number(x.shape[-1])))

    def forward(self, x: Value) -> Value:
        """The mean over the last two axes."""
        return np.mean(x, axis=(-2, -1))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G divided by the size of the image, at all its entries."""
        shape = np.shape(inputs[0])
        share = np.asarray(upstream)[..., None, None] / (shape[-2] * shape[-1])
        return np.broadcast_to(share, shape)


@register
class AvgPool2d(Pooling):
    """Mean of each window, the border counted as zeros.

    Shapes: (N, C, H, W) -> (N, C, H', W'); (C, H, W) and (H, W) alike.
    """

    name, symbol = "avg_pool2d", r"\operatorname{avgpool}"
    attrs = options(size=REQUIRED, stride=None, padding=0)
    why = "Every entry of a window adds to its mean with the same slope."
    differs = (
        "kernel_size is called size; padding may also be (top, bottom, left, right) and always counts; no ceil_mode"
    )

    def definition(self, at: tuple[Index, ...], x: Operand, **attrs: Any) -> Expr:
        """The sum of the window divided by its size."""
        letters, entry = self._inside(at, x, attrs)
        return Sum(letters, entry) / Number(int(letters[0].size or 1) * int(letters[1].size or 1))

    def forward(self, x: Value, **attrs: Any) -> Value:
        """The mean of each window."""
        return self.window(attrs).views(np.asarray(x)).mean(axis=(-2, -1))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G divided by the size of the window, at all its entries."""
        win = self.window(attrs)
        share = np.asarray(upstream) / (win.size[0] * win.size[1])
        parts = np.broadcast_to(share[..., None, None], (*share.shape, *win.size))
        return win.scatter(parts, np.shape(inputs[0]))
