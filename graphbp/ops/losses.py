"""Losses, with the names, the argument order and the defaults of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, broadcast, show_shape
from graphbp.notation.tree import Call, Expr, Index, Mul, Neg, Number, Sum
from graphbp.ops.activations import Sigmoid
from graphbp.ops.base import Attrs, Domain, Op, Sample, Value, Values, options
from graphbp.ops.indexform import aligned
from graphbp.ops.operand import as_number
from graphbp.ops.registry import register

REDUCTIONS = ("mean", "sum", "none")
INNER = ("n", "m", "u", "v")


class Loss(Op):
    """Losses of many places, averaged, summed or left as they are."""

    attrs = options(reduction="mean")

    def reduced_shape(self, places: Shape, reduction: str) -> Shape:
        """The shape after the reduction.

        Raises: UsageError if the reduction is unknown.
        """
        if reduction not in REDUCTIONS:
            raise UsageError(f"{self.name}: reduction is {', '.join(REDUCTIONS)}, not {reduction}")
        return places if reduction == "none" else ()

    def reduced(self, body: Expr, letters: tuple[Index, ...], reduction: str) -> Expr:
        """The body summed or averaged over its places."""
        if reduction == "none" or not letters:
            return body
        total = Sum(letters, body)
        return total / count(letters) if reduction == "mean" else total

    def places(self, at: tuple[Index, ...], shape: Shape, reduction: str) -> tuple[Index, ...]:
        """The letters of the places: the output's own, or those that are summed over."""
        return at if reduction == "none" else tuple(Index(name, size) for name, size in zip(INNER, shape, strict=False))

    def reduce_values(self, values: Value, reduction: str) -> Value:
        """Numbers reduced."""
        if reduction == "none":
            return values
        return np.mean(values) if reduction == "mean" else np.sum(values)

    def spread(self, upstream: Value, shape: Sequence[int], reduction: str) -> Value:
        """The upstream gradient at every place."""
        if reduction == "none":
            return upstream
        places = int(np.prod(shape, dtype=int))
        return np.broadcast_to(upstream / places if reduction == "mean" else upstream, tuple(shape))


def count(letters: Sequence[Index]) -> Expr:
    """The number of places that the letters run over."""
    sizes = tuple(as_number(index.size if index.size is not None else 1) for index in letters)
    return Mul(sizes) if len(sizes) > 1 else sizes[0]


def reductions(op: Op) -> Sequence[Attrs]:
    """Every reduction that the operation offers beside its default, as attributes."""
    return (
        [{"reduction": name} for name in REDUCTIONS if name != op.attrs["reduction"]] if "reduction" in op.attrs else []
    )


class Paired(Loss):
    """A loss that compares two arrays entry by entry."""

    def samples(self) -> Sequence[Sample]:
        """Numbers, vectors, matrices, and all reductions."""
        shapes: list[tuple[Shape, Shape]] = [((), ()), ((3,), (3,)), ((4, 3), (4, 3))]
        return [*(Sample(pair) for pair in shapes), *(Sample(shapes[-1], attrs) for attrs in reductions(self))]

    def infer(self, *shapes: Any, reduction: str = "sum") -> Shape:
        """A number, or the broadcast without reduction."""
        try:
            return self.reduced_shape(broadcast(*shapes), reduction)
        except ShapeError as error:
            shown = " and ".join(
                f"{{{name}}} is {show_shape(shape)}" for name, shape in zip(self.inputs, shapes, strict=True)
            )
            raise ShapeError(
                f"{self.name} compares entry by entry: {shown}; {error.what.rsplit('fit: ', 1)[-1]}"
            ) from None

    def repeated(self, shapes: Sequence[Shape], attrs: Mapping[str, Any]) -> Sequence[Shape]:
        """Both inputs in their common shape."""
        return [broadcast(*shapes)] * len(shapes)

    def definition(self, at: tuple[Index, ...], *operands: Any, reduction: str = "sum") -> Expr:
        """The loss of one place, summed or averaged."""
        letters = self.places(at, broadcast(*(operand.shape for operand in operands)), reduction)
        return self.reduced(self.entry(*(aligned(operand, letters) for operand in operands)), letters, reduction)

    def entry(self, *entries: Expr) -> Expr:
        """The loss of one place."""
        raise NotImplementedError(self.name)


@register
class SquaredError(Paired):
    """Half the sum of squared differences, ½ Σ (y − t)².  Shapes: y, t alike -> a number."""

    name, symbol, inputs = "squared_error", r"\tfrac12\lVert\cdot\rVert^2", ("y", "t")
    attrs = options()
    why = "The ½ cancels the 2 that comes down, so the slope is the plain difference."
    differs = 'not there: mse_loss(y, t, reduction="sum") / 2'

    def definition(self, at: tuple[Index, ...], *operands: Any, reduction: str = "sum") -> Expr:
        """Σ (y − t)² / 2."""
        letters = self.places(at, broadcast(*(operand.shape for operand in operands)), "sum")
        y, t = (aligned(operand, letters) for operand in operands)
        square = (y - t) ** Number(2)
        return (Sum(letters, square) if letters else square) / Number(2)

    def forward(self, y: Value, t: Value) -> Value:
        """Half the sum of squares."""
        return 0.5 * np.sum((y - t) ** 2)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · (y − t), with the sign turned for t."""
        difference = inputs[0] - inputs[1]
        return upstream * (-difference if slot else difference)


@register
class Mse(Paired):
    """Mean of squared differences.  Shapes: input, target alike -> a number."""

    name, symbol, inputs = "mse", r"\operatorname{mse}", ("input", "target")
    why = "The 2 comes down, and the mean divides by the number of entries."
    differs = "called mse_loss there; no weight"

    def entry(self, *entries: Expr) -> Expr:
        """(y − t)²."""
        return (entries[0] - entries[1]) ** Number(2)

    def forward(self, input: Value, target: Value, reduction: str) -> Value:
        """The squares, reduced."""
        return self.reduce_values((input - target) ** 2, reduction)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """2 G (y − t) / n, with the sign turned for the target."""
        difference = inputs[0] - inputs[1]
        each = self.spread(upstream, np.shape(difference), attrs["reduction"])
        return 2.0 * each * (-difference if slot else difference)


@register
class BinaryCrossEntropy(Paired):
    """−t log p − (1 − t) log(1 − p), averaged; 0 · log 0 counts as 0.  Shapes: input p, target t alike -> a number."""

    name, symbol, inputs = "binary_cross_entropy", r"\operatorname{bce}", ("input", "target")
    why = "A wrong certainty is punished without bound."
    differs = "no weight; logarithms are not cut off at −100"

    def entry(self, *entries: Expr) -> Expr:
        """−(t log p + (1 − t) log(1 − p))."""
        p, t = entries
        return Neg(t * Call("log", (p,)) + (1 - t) * Call("log", (1 - p,)))

    def forward(self, input: Value, target: Value, reduction: str) -> Value:
        """By log1p near p = 0; what t multiplies by 0 counts as 0."""
        p, t = np.asarray(input), np.asarray(target)
        yes = np.where(t == 0, 0.0, t * np.log(p))
        no = np.where(t == 1, 0.0, (1 - t) * np.log1p(-p))
        return self.reduce_values(-(yes + no), reduction)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G ((1 − t)/(1 − p) − t/p) for p, G log((1 − p)/p) for t."""
        p, t = (np.asarray(value) for value in inputs)
        each = self.spread(upstream, p.shape, attrs["reduction"])
        if slot:
            return each * (np.log1p(-p) - np.log(p))
        yes = np.where(t == 0, 0.0, t / p)
        no = np.where(t == 1, 0.0, (1 - t) / (1 - p))
        return each * (no - yes)

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Between 0 and 1."""
        return Domain.UNIT


@register
class BinaryCrossEntropyWithLogits(Paired):
    """Binary cross-entropy of σ(z), computed from z without overflow, averaged.

    Shapes: input z, target t alike -> a number.
    """

    name, symbol, inputs = "binary_cross_entropy_with_logits", r"\operatorname{bce}", ("input", "target")
    why = "The slope is what was predicted minus what was right."
    differs = "no weight and pos_weight"

    def entry(self, *entries: Expr) -> Expr:
        """log(1 + eᶻ) − t · z."""
        z, t = entries
        return Call("log", (1 + Call("exp", (z,)),)) - t * z

    def forward(self, input: Value, target: Value, reduction: str) -> Value:
        """By log(e⁰ + eᶻ), which does not overflow."""
        return self.reduce_values(np.logaddexp(0, input) - target * input, reduction)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G (σ(z) − t) for z, −G z for t."""
        z, t = (np.asarray(value) for value in inputs)
        each = self.spread(upstream, z.shape, attrs["reduction"])
        return -each * z if slot else each * (Sigmoid().forward(z) - t)

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Targets lie between 0 and 1."""
        return Domain.UNIT if slot else Domain.REAL
