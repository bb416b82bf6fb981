"""Sums, means and extremes over axes, and the repetition that broadcasting inserts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphbp.calculus.lines import Definition, Fact
from graphbp.errors import ShapeError
from graphbp.graph.shape import Shape, broadcast, show_shape
from graphbp.notation.tree import Call, Expr, Index, Max, Mul, Neg, Number, Sum
from graphbp.ops.axes import axes_of, reduced
from graphbp.ops.base import REQUIRED, Attrs, Op, Sample, Value, Values, options
from graphbp.ops.indexform import aligned
from graphbp.ops.kernels import repeated, sum_to
from graphbp.ops.operand import Operand, as_number, fresh
from graphbp.ops.registry import register

INNER = ("k", "m", "p", "q", "r", "s")


def reduced_entry(
    op: str, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool
) -> tuple[tuple[Index, ...], Expr]:
    """The letters that run over the reduced axes, and the entry of x that they and `at` reach."""
    axes = axes_of(axis, x.shape, op)
    inner = {place: Index(letter, x.shape[place]) for place, letter in zip(axes, INNER, strict=False)}
    kept = iter([index for place, index in enumerate(at) if not (keepdims and place in inner)])
    places = tuple(inner[place] if place in inner else next(kept) for place in range(x.rank))
    return tuple(inner.values()), x[places]


class Reduction(Op):
    """An operation over some axes, or all."""

    inputs = ("x",)
    attrs = options(axis=None, keepdims=False)
    keyword_only: ClassVar[tuple[str, ...]] = ("axis", "keepdims")

    def samples(self) -> Sequence[Sample]:
        """All axes, one, several, kept ones, and none to reduce."""
        given: list[Attrs] = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}]
        return [*(Sample(((4, 3, 2),), attrs) for attrs in given), Sample(((),)), Sample(((5,),))]

    def infer(self, x: Shape, axis: Any, keepdims: bool) -> Shape:
        """The shape without the reduced axes."""
        return reduced(x, axes_of(axis, x, self.name), keepdims)

    def _expanded(self, value: Value, x: Value, axis: Any, keepdims: bool) -> Value:
        """A value per group, with the reduced axes put back as axes of size 1."""
        if keepdims or axis is None:
            return value
        return np.expand_dims(value, axes_of(axis, x.shape, self.name))


@register
class SumOver(Reduction):
    """Sum over the given axes, or over all.  Shapes: (N, D) -> (), or (D,) over axis 0."""

    name, symbol = "sum", r"\sum"
    why = "Every entry adds to its sum with slope 1."
    differs = "dim is called axis"

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool) -> Expr:
        """Σ over the reduced axes."""
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        return Sum(inner, entry) if inner else entry

    def forward(self, x: Value, axis: Any, keepdims: bool) -> Value:
        """The sum."""
        return np.sum(x, axis=axis, keepdims=keepdims)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G repeated over the reduced axes."""
        x = np.asarray(inputs[0])
        return repeated(self._expanded(upstream, x, **attrs), x.shape)


@register
class Mean(Reduction):
    """Mean over the given axes, or over all.  Shapes: (N, D) -> (), or (D,) over axis 0."""

    name, symbol = "mean", r"\operatorname{mean}"
    why = "Every entry adds to its mean with slope one over their number."
    differs = "dim is called axis"

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool) -> Expr:
        """Σ over the reduced axes, divided by the number of entries."""
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        counts = tuple(as_number(index.size or 1) for index in inner)
        return Sum(inner, entry) / (Mul(counts) if len(counts) > 1 else counts[0]) if inner else entry

    def forward(self, x: Value, axis: Any, keepdims: bool) -> Value:
        """The mean."""
        return np.mean(x, axis=axis, keepdims=keepdims)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G divided by the number of entries, repeated over the reduced axes."""
        x = np.asarray(inputs[0])
        count = x.size // max(np.size(output), 1)
        return repeated(self._expanded(upstream, x, **attrs) / count, x.shape)


@register
class Var(Reduction):
    """Mean squared deviation from the mean over the given axes, or over all.

    Shapes: (N, D) -> (), or (D,) over axis 0.  `correction` is taken off the number of entries.
    """

    name, symbol = "var", r"\operatorname{var}"
    attrs = options(axis=None, keepdims=False, correction=0)
    keyword_only = ("axis", "keepdims", "correction")
    why = "The deviations from the mean add up to 0, so the mean's own reaction drops out."
    differs = "correction is 0 if it is left out, not 1; dim is called axis"

    def infer(self, x: Shape, axis: Any, keepdims: bool, correction: int = 0) -> Shape:
        """The shape without the reduced axes."""
        return super().infer(x, axis, keepdims)

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool, correction: int) -> Expr:
        """Σ (x − μ)² over the reduced axes, divided by the number of entries."""
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        mean = Operand(self._mean_name(x), tuple(letter.size or 1 for letter in at))[at]
        square = (entry - mean) ** Number(2)
        return (Sum(inner, square) if inner else square) / self._count(inner, correction)

    def parts(self, *operands: Operand, **attrs: Any) -> tuple[Definition, ...]:
        """μ, the mean, from which the deviations add up to 0."""
        x, axis, keepdims = operands[0], attrs["axis"], attrs["keepdims"]
        at = self.output_letters(super().infer(x.shape, axis, keepdims), [x.shape])
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        name = self._mean_name(x)
        mean = Operand(name, tuple(letter.size or 1 for letter in at))[at]
        fact = Fact(Sum(inner, entry - mean), Number(0), ("deviations from the mean add up to 0",))
        body = (Sum(inner, entry) if inner else entry) / self._count(inner, 0)
        return (Definition(name, at, body, facts=(fact,) if inner else ()),)

    def _mean_name(self, x: Operand) -> str:
        return fresh("mu", {x.name})

    def _count(self, inner: tuple[Index, ...], correction: int) -> Expr:
        counts = tuple(as_number(index.size or 1) for index in inner) or (Number(1),)
        number = Mul(counts) if len(counts) > 1 else counts[0]
        return number - correction if correction else number

    def forward(self, x: Value, axis: Any, keepdims: bool, correction: int) -> Value:
        """By deviations from the mean."""
        return np.var(x, axis=axis, keepdims=keepdims, ddof=correction)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """2 G (x − μ) / n."""
        x = np.asarray(inputs[0])
        count = x.size // max(np.size(output), 1) - attrs["correction"]
        deviations = x - np.mean(x, axis=attrs["axis"], keepdims=True)
        return 2.0 * self._expanded(upstream, x, attrs["axis"], attrs["keepdims"]) * deviations / count


@register
class Norm(Reduction):
    """Euclidean length over the given axes, or over all.  Shapes: (N, D) -> (), or (D,) over axis 0."""

    name, symbol = "norm", r"\lVert\cdot\rVert"
    why = "The slope is the unit vector in the direction of x."
    kink = "where the length is 0 the slope 0 is chosen"
    differs = "Euclidean only; dim is called axis"

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool) -> Expr:
        """√ Σ x²."""
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        square = entry ** Number(2)
        return Call("sqrt", (Sum(inner, square) if inner else square,))

    def forward(self, x: Value, axis: Any, keepdims: bool) -> Value:
        """The largest entry is taken out first, so squares neither overflow nor vanish."""
        size = np.max(np.abs(x), axis=axis, keepdims=True)
        safe = np.where((size > 0) & np.isfinite(size), size, 1.0)
        length = np.sqrt(np.sum((x / safe) ** 2, axis=axis, keepdims=True)) * safe
        return length if keepdims else np.squeeze(length, axis=axes_of(axis, np.shape(x), self.name))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · x / length, and 0 where the length is 0."""
        x = np.asarray(inputs[0])
        length = self._expanded(output, x, **attrs)
        return self._expanded(upstream, x, **attrs) * np.where(length == 0, 0.0, x / np.where(length == 0, 1.0, length))

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """Where the length is 0."""
        return self.forward(*inputs, **attrs) == 0


@register
class MaxOver(Reduction):
    """Largest entry over the given axes, or over all.  Shapes: (N, D) -> (), or (D,) over axis 0."""

    name, symbol = "max", r"\max"
    why = "Only the winner passes its gradient on."
    kink = "of several equal winners the first in row-major order is chosen"
    first_winner = True
    differs = (
        "dim is called axis; values only; of equal winners the first takes all, where PyTorch over all axes shares"
    )
    sign = 1

    def infer(self, x: Shape, axis: Any, keepdims: bool) -> Shape:
        """The shape without the reduced axes, which must not be empty."""
        shape = super().infer(x, axis, keepdims)
        if any(x[place] == 0 for place in axes_of(axis, x, self.name)):
            raise ShapeError(f"{self.name} of nothing: {{x}} is {show_shape(x)}")
        return shape

    def definition(self, at: tuple[Index, ...], x: Operand, axis: Any, keepdims: bool) -> Expr:
        """The largest entry; the smallest as −max(−x)."""
        inner, entry = reduced_entry(self.name, at, x, axis, keepdims)
        if not inner:
            return entry
        return Max(inner, entry) if self.sign > 0 else Neg(Max(inner, Neg(entry)))

    def forward(self, x: Value, axis: Any, keepdims: bool) -> Value:
        """The extreme entry."""
        return (np.max if self.sign > 0 else np.min)(x, axis=axis, keepdims=keepdims)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G at the first winner of each group, 0 elsewhere."""
        x = np.asarray(inputs[0])
        axes = axes_of(attrs["axis"], x.shape, self.name)
        last = tuple(range(-len(axes), 0))
        moved = np.moveaxis(x, axes, last) if axes else x[..., None]
        groups = moved.reshape(*moved.shape[: x.ndim - len(axes)], -1)
        winners = (groups.argmax if self.sign > 0 else groups.argmin)(axis=-1)
        result = np.zeros_like(groups)
        share = np.reshape(upstream, winners.shape)[..., None]
        np.put_along_axis(result, winners[..., None], share, axis=-1)
        return np.moveaxis(result.reshape(moved.shape), last, axes) if axes else result[..., 0]

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """Where a group has several winners."""
        x = np.asarray(inputs[0])
        best = self._expanded(self.forward(x, **attrs), x, **attrs)
        return np.sum(x == best, axis=attrs["axis"]) > 1


@register
class MinOver(MaxOver):
    """Smallest entry over the given axes, or over all.  Shapes: (N, D) -> (), or (D,) over axis 0."""

    name, symbol = "min", r"\min"
    sign = -1


@register
class BroadcastTo(Op):
    """A value repeated along new axes and axes of size 1, as NumPy pairs shapes.  Shapes: (H,) -> (N, H)."""

    name, symbol, inputs = "broadcast", "", ("x",)
    attrs = options(shape=REQUIRED)
    why = "What was used several times collects the gradients of all its uses."
    differs = "called broadcast_to there; formulas insert it by themselves"

    def samples(self) -> Sequence[Sample]:
        """Numbers, rows, columns, and new leading axes."""
        pairs: list[tuple[Shape, Shape]] = [((), (2, 3)), ((3,), (2, 3)), ((2, 1), (4, 2, 3)), ((1, 3), (2, 3))]
        return [Sample((have,), {"shape": want}) for have, want in pairs]

    def complete(self, attrs: Attrs) -> dict[str, Any]:
        """The attributes, one size standing for a shape of one axis."""
        full = super().complete(attrs)
        return full if isinstance(full["shape"], tuple) else {"shape": (full["shape"],)}

    def infer(self, x: Shape, shape: Shape) -> Shape:
        """The wanted shape."""
        if any(isinstance(size, int) and size < 1 for size in shape) or broadcast(x, shape) != tuple(shape):
            raise ShapeError(f"{{x}} is {show_shape(x)} and cannot be repeated to {show_shape(shape)}")
        return tuple(shape)

    def definition(self, at: tuple[Index, ...], x: Operand, shape: Shape) -> Expr:
        """The entry of x that is repeated there."""
        return aligned(x, at)

    def forward(self, x: Value, shape: Any) -> Value:
        """A view that repeats x."""
        return repeated(x, shape)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G summed over the repeated axes."""
        return sum_to(upstream, np.shape(inputs[0]))
