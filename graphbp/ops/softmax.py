"""Soft-max and its kin, along one axis of any array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError
from graphbp.graph.shape import Shape
from graphbp.notation.tree import Call, Expr, Index, Sum
from graphbp.ops.axes import axes_of, axis_of, reduced
from graphbp.ops.base import Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand
from graphbp.ops.reductions import reduced_entry
from graphbp.ops.registry import register

K = Index("k")


def total_exp(at: tuple[Index, ...], x: Operand, axis: int) -> Expr:
    """Σₖ exp(x[…, k, …]) along the axis."""
    return Sum((K,), Call("exp", (x[(*at[:axis], K, *at[axis + 1 :])],)))


class AlongAxis(Op):
    """An operation that keeps its shape and looks along one axis."""

    inputs = ("x",)
    attrs = options(axis=-1)
    keyword_only = ("axis",)

    def samples(self) -> Sequence[Sample]:
        """Vectors, rows, columns, and an axis in the middle."""
        return [Sample(((4,),)), Sample(((2, 4),)), Sample(((4, 2),), {"axis": 0}), Sample(((2, 4, 3),), {"axis": 1})]

    def infer(self, x: Shape, axis: int) -> Shape:
        """The shape of x."""
        if not x:
            raise ShapeError(f"{self.name} needs several numbers: {{x}} is one number", fix="give it a vector")
        axis_of(axis, x, self.name)
        return x


@register
class Softmax(AlongAxis):
    """Positive shares that sum to 1 along an axis.  Shapes: (N, C) -> same.

    Source: Goodfellow, Bengio, Courville, Deep Learning, 6.2.2.3.
    """

    name, symbol = "softmax", r"\operatorname{softmax}"
    why = "Raising one score raises its own share and lowers all others."
    differs = "dim is called axis, and is the last axis if it is left out"

    def definition(self, at: tuple[Index, ...], x: Operand, axis: int) -> Expr:
        """e^x[j] / Σₖ e^x[k]."""
        return Call("exp", (x[at],)) / total_exp(at, x, axis_of(axis, x.shape, self.name))

    def forward(self, x: Value, axis: int) -> Value:
        """The largest score is taken off first, so nothing overflows."""
        shares = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return shares / shares.sum(axis=axis, keepdims=True)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """p · (G − Σ G · p)."""
        inner = np.sum(upstream * output, axis=attrs["axis"], keepdims=True)
        return output * (upstream - inner)


@register
class LogSoftmax(AlongAxis):
    """Logarithm of soft-max, computed without overflow.  Shapes: (N, C) -> same."""

    name, symbol = "log_softmax", r"\log\operatorname{softmax}"
    why = "Each entry passes its gradient on; the shared sum takes the shares back."
    differs = "dim is called axis, and is the last axis if it is left out"

    def definition(self, at: tuple[Index, ...], x: Operand, axis: int) -> Expr:
        """x[j] − log Σₖ e^x[k]."""
        return x[at] - Call("log", (total_exp(at, x, axis_of(axis, x.shape, self.name)),))

    def forward(self, x: Value, axis: int) -> Value:
        """The largest score is taken off first."""
        shifted = x - np.max(x, axis=axis, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G − p · Σ G."""
        return upstream - np.exp(output) * np.sum(upstream, axis=attrs["axis"], keepdims=True)


@register
class LogSumExp(Op):
    """Logarithm of a sum of exponentials, computed without overflow.  Shapes: (N, C) -> (N,) over axis -1."""

    name, symbol, inputs = "logsumexp", r"\operatorname{logsumexp}", ("x",)
    attrs = options(axis=None, keepdims=False)
    keyword_only = ("axis", "keepdims")
    why = "The slopes are the soft-max shares."
    differs = "dim is called axis and may be left out: all axes"

    def samples(self) -> Sequence[Sample]:
        """All axes, the last, and the first kept."""
        return [Sample(((4,),)), Sample(((2, 4),), {"axis": -1}), Sample(((2, 4),), {"axis": 0, "keepdims": True})]

    def infer(self, x: Shape, axis: Any, keepdims: bool) -> Shape:
        """The shape without the reduced axes."""
        return reduced(x, axes_of(axis, x, self.name), keepdims)

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool) -> Expr:
        """log Σ eˣ."""
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        body = Call("exp", (entry,))
        return Call("log", (Sum(inner, body) if inner else body,))

    def forward(self, x: Value, axis: Any, keepdims: bool) -> Value:
        """The largest entry is taken off first; an infinite one stays."""
        top = np.max(x, axis=axis, keepdims=True)
        safe = np.where(np.isfinite(top), top, 0.0)
        total = np.sum(np.exp(x - safe), axis=axis, keepdims=True)
        result = np.log(total) + safe
        return result if keepdims else np.squeeze(result, axis=axes_of(axis, np.shape(x), self.name))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G times the soft-max shares."""
        x = np.asarray(inputs[0])
        axes = () if attrs["keepdims"] else axes_of(attrs["axis"], x.shape, self.name)
        return np.expand_dims(upstream, axes) * np.exp(x - np.expand_dims(output, axes))
