"""Convolution of signals: a row of numbers instead of an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.tree import Expr, Index, Sum
from graphbp.ops.base import Attrs, Op, Sample, Value, Values, options
from graphbp.ops.convolution import Conv2d, Layout, channel_seen, place_reached
from graphbp.ops.operand import Operand, output_letters
from graphbp.ops.registry import register

IMAGES = Conv2d()


@register
class Conv1d(Op):
    """Cross-correlation of signals with filters.

    Shapes: x (N, C, L), w (O, C/groups, k), b (O,) -> (N, O, L'),
    where L' = ⌊(L + padding − reach) / stride⌋ + 1.
    Signals may be (C, L) or (L,); filters (O, k) or (k,) where there is one channel.
    The output lacks the axes that were left out.
    """

    name, symbol, inputs, optional = "conv1d", r"\star", ("x", "w", "b"), 1
    attrs = options(stride=1, padding=0, dilation=1, groups=1)
    why = "Each weight is used at every place of the signal, so its gradient is a sum over places."
    differs = "padding may also be (before, after); axes of size 1 may be left out"

    def samples(self) -> Sequence[Sample]:
        """Strides, paddings, dilations, groups, channels, and axes left out."""
        return [
            Sample(((6,), (3,))),
            Sample(((7,), (3,)), {"stride": 2, "padding": 1}),
            Sample(((5,), (2, 3), (2,)), {"padding": (2, 0)}),
            Sample(((2, 7), (3, 2, 2), (3,)), {"dilation": 2}),
            Sample(((2, 4, 5), (2, 2, 3)), {"groups": 2, "stride": 2}),
        ]

    def infer(self, x: Shape, w: Shape, b: Shape | None = None, **attrs: Any) -> Shape:
        """The axes that were given, with the number of places."""
        self._check_axes(x, w)
        try:
            found = IMAGES.infer(_wide(x), _wide(w), b, **_flat(attrs))
        except (ShapeError, UsageError) as error:
            raise type(error)(error.what.replace("conv2d", self.name), fix=error.fix) from None
        return (*found[:-2], found[-1])

    def _check_axes(self, x: Shape, w: Shape) -> None:
        if not 1 <= len(x) <= 3 or not 1 <= len(w) <= 3:
            raise ShapeError(f"conv1d takes signals with 1 to 3 axes and filters with 1 to 3: "
                             f"{{x}} is {show_shape(x)} and {{w}} is {show_shape(w)}")  # fmt: skip

    def layout(self, x: Shape, w: Shape, attrs: Mapping[str, Any]) -> Layout:
        """What the axes mean, as for images that are one row high."""
        return IMAGES.layout(_wide(x), _wide(w), _flat(attrs))

    def output_letters(self, shape: Shape, input_shapes: Sequence[Shape]) -> tuple[Index, ...]:
        """n for the signal, o for the filter, i for the place."""
        lead = ("n" if len(input_shapes[0]) == 3 else "") + ("o" if len(input_shapes[1]) > 1 else "")
        return output_letters(shape, lead + "i")

    def definition(self, at: tuple[Index, ...], x: Operand, w: Operand, b: Operand | None = None, **attrs: Any) -> Expr:
        """Σ x[c, s·i + d·p − P] · w[o, c, p], 0 outside the signal."""
        layout = self.layout(x.shape, w.shape, attrs)
        output = at[-2] if layout.outputs else None
        p = Index("p", w.shape[-1])
        c = Index("c", w.shape[1]) if layout.inputs and w.shape[1] != 1 else None
        channel = channel_seen(output, c, _operand(x), _operand(w), layout)
        lead = (*(at[:1] if layout.batch else ()), *((channel,) if layout.channels else ()))
        signal = x.at(*lead, place_reached(layout.win, at[-1], p, 1), outside="zero")
        weight = w[(*((output,) if output else ()), *(((c or 0),) if layout.inputs else ()), p)]
        total = Sum((c, p) if c else (p,), signal * weight)
        return total if b is None else total + (b[output] if b.rank and output else b[()])

    def forward(self, x: Value, w: Value, b: Value | None = None, **attrs: Any) -> Value:
        """As images that are one row high."""
        found = IMAGES.forward(_row(x), _row(w), b, **_flat(attrs))
        return np.squeeze(found, axis=-2)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """As images that are one row high."""
        images = [_row(inputs[0]), _row(inputs[1]), *inputs[2:]]
        found = IMAGES.vjp(_row(upstream), _row(output), images, _flat(attrs), slot)
        return found if slot == 2 else np.squeeze(found, axis=-2)


def _wide(shape: Shape) -> Shape:
    return (*shape[:-1], 1, *shape[-1:])


def _operand(operand: Operand) -> Operand:
    return Operand(operand.name, _wide(operand.shape))


def _row(value: Value) -> Value:
    return np.expand_dims(value, -2)


def _flat(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """The options of images one row high: nothing happens across the row."""
    padding = attrs["padding"]
    if not isinstance(padding, str):
        sides = padding if isinstance(padding, tuple) else (padding,)
        padding = (0, 0, *(sides * 2 if len(sides) == 1 else sides))
    return {
        "stride": (1, _single("stride", attrs["stride"])),
        "padding": padding,
        "dilation": (1, _single("dilation", attrs["dilation"])),
        "groups": attrs["groups"],
    }


def _single(name: str, value: Any) -> Any:
    one = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    if not isinstance(one, int):
        raise UsageError(f"conv1d: {name} must be one whole number, not {value}")
    return one
