"""Losses over classes: cross-entropy and the likelihood of the right class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.calculus.lines import Definition, Fact
from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, show_shape
from graphbp.notation.tree import Bracket, Call, Compare, Expr, Index, Neg, Sum, Symbol, as_expr
from graphbp.ops.base import Attrs, Domain, Sample, Value, Values
from graphbp.ops.losses import Loss, reductions
from graphbp.ops.operand import Operand, fresh
from graphbp.ops.registry import register
from graphbp.ops.softmax import LogSoftmax

CLASS = "c"


class Classes(Loss):
    """A loss over scores of classes, which lie on axis 1 (axis 0 of a single example)."""

    def class_axis(self, scores: Shape) -> int:
        """The axis of the classes."""
        if not scores:
            raise ShapeError(f"{self.name}: {{{self.inputs[0]}}} is one number; it needs a score for each class")
        return 0 if len(scores) == 1 else 1

    def numbered(self, scores: Shape, target: Shape) -> bool:
        """Whether the target holds class numbers, and no probabilities."""
        axis = self.class_axis(scores)
        if target == (*scores[:axis], *scores[axis + 1 :]):
            return True
        if target == scores and self.probabilities:
            return False
        wanted = show_shape((*scores[:axis], *scores[axis + 1 :]))
        other = f", or probabilities of shape {show_shape(scores)}" if self.probabilities else ""
        raise ShapeError(
            f"{self.name}: {{{self.inputs[0]}}} is {show_shape(scores)} and {{target}} is {show_shape(target)}; "
            f"the target must hold class numbers of shape {wanted}{other}"
        )

    probabilities = True

    def samples(self) -> Sequence[Sample]:
        """One example, rows, a spatial axis, probabilities, and all reductions."""
        shapes: list[tuple[Shape, Shape]] = [((4,), ()), ((3, 4), (3,)), ((3, 4, 2), (3, 2))]
        if self.probabilities:
            shapes += [((4,), (4,)), ((3, 4), (3, 4))]
        return [*(Sample(pair) for pair in shapes), *(Sample(shapes[1], attrs) for attrs in reductions(self))]

    def infer(self, scores: Shape, target: Shape, reduction: str) -> Shape:
        """A number, or one loss for each example."""
        self.numbered(scores, target)
        axis = self.class_axis(scores)
        return self.reduced_shape((*scores[:axis], *scores[axis + 1 :]), reduction)

    def differentiable(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> bool:
        """Class numbers have no gradient."""
        return slot == 0 or not self.numbered(shapes[0], shapes[1])

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Class numbers, or probabilities that sum to 1."""
        if slot == 0:
            return Domain.REAL
        return Domain.CLASSES if self.numbered(shapes[0], shapes[1]) else Domain.SIMPLEX

    def one_hot(self, scores: Value, target: Value) -> Value:
        """The target as weights of the classes, along the axis of the scores.

        Raises: UsageError if a class number is none.
        """
        if not self.numbered(np.shape(scores), np.shape(target)):
            return target
        axis = self.class_axis(np.shape(scores))
        classes = np.shape(scores)[axis]
        numbers = np.asarray(target)
        wrong = numbers[(numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= classes)]
        if wrong.size:
            raise UsageError(f"{self.name}: the target holds {wrong.flat[0]:g}, which is no class number",
                             fix=f"classes count from 0 to {classes - 1}")  # fmt: skip
        hot = np.arange(classes) == numbers[..., None]
        return np.moveaxis(hot, -1, axis).astype(np.asarray(scores).dtype)

    def letters_of(self, at: tuple[Index, ...], scores: Operand, reduction: str) -> tuple[tuple[Index, ...], int]:
        """The letters of the places, and the axis of the classes."""
        axis = self.class_axis(scores.shape)
        shape = (*scores.shape[:axis], *scores.shape[axis + 1 :])
        return self.places(at, shape, reduction), axis


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


def _entry(operand: Operand, places: tuple[Index, ...], axis: int, letter: Index) -> Expr:
    return operand[(*places[:axis], letter, *places[axis:])]


def _share_name(logits: Operand, target: Operand) -> str:
    return fresh("p", {logits.name, target.name})


@register
class CrossEntropy(Classes):
    """Cross-entropy of soft-max scores: log Σ exp(x) − x[target], averaged over the examples.

    Shapes: logits (N, C), target class numbers (N,) or probabilities (N, C) -> a number.
    """

    name, symbol, inputs = "cross_entropy", r"\operatorname{ce}", ("logits", "target")
    why = "The slope is what was predicted minus what was right."
    differs = "no weight, ignore_index and label_smoothing"

    def definition(self, at: tuple[Index, ...], logits: Operand, target: Operand, reduction: str) -> Expr:
        """−Σ over the classes of weight · log p, p the soft-max of the scores."""
        places, axis = self.letters_of(at, logits, reduction)
        c = Index(CLASS, logits.shape[axis])
        shares = Operand(_share_name(logits, target), logits.shape)
        weight = self._weight(places, axis, c, logits, target)
        body = Neg(Sum((c,), weight * Call("log", (_entry(shares, places, axis, c),))))
        return self.reduced(body, places, reduction)

    def _weight(self, places: tuple[Index, ...], axis: int, c: Index, logits: Operand, target: Operand) -> Expr:
        """The weight of a class: its probability, or 1 for the right class."""
        if self.numbered(logits.shape, target.shape):
            return Bracket(Compare(target[places], "=", c))
        return _entry(target, places, axis, c)

    def parts(self, *operands: Operand, **attrs: Any) -> tuple[Definition, ...]:
        """p, the soft-max of the scores."""
        logits, target = operands
        axis = self.class_axis(logits.shape)
        at = self.output_letters(logits.shape, [logits.shape])
        k = Index("k", logits.shape[axis])
        total = Sum((k,), Call("exp", (logits[(*at[:axis], k, *at[axis + 1 :])],)))
        places = (*at[:axis], *at[axis + 1 :])
        c = Index(CLASS, logits.shape[axis])
        reason = (
            ("exactly one class is right",)
            if self.numbered(logits.shape, target.shape)
            else ("the targets add up to 1",)
        )
        fact = Fact(Sum((c,), self._weight(places, axis, c, logits, target)), as_expr(1), reason)
        options = () if axis == len(logits.shape) - 1 else (("axis", axis),)
        written = Call("softmax", (Symbol(logits.name),), options)
        name = _share_name(logits, target)
        return (Definition(name, at, Call("exp", (logits[at],)) / total, facts=(fact,), written=written),)

    def forward(self, logits: Value, target: Value, reduction: str) -> Value:
        """By the logarithm of soft-max, which never overflows."""
        axis = self.class_axis(np.shape(logits))
        weights = self.one_hot(logits, target)
        logs = LogSoftmax().forward(np.asarray(logits), axis)
        return self.reduce_values(-np.sum(np.where(weights == 0, 0.0, weights * logs), axis=axis), reduction)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G · (p − t) for the scores, −G · log p for probabilities."""
        logits = np.asarray(inputs[0])
        axis = self.class_axis(logits.shape)
        logs = LogSoftmax().forward(logits, axis)
        each = np.expand_dims(self.spread(upstream, _without(logits.shape, axis), attrs["reduction"]), axis)
        if slot:
            return -each * logs
        weights = self.one_hot(logits, inputs[1])
        return each * (np.exp(logs) * weights.sum(axis=axis, keepdims=True) - weights)


@register
class Nll(Classes):
    """Minus the log-probability of the right class, averaged over the examples.

    Shapes: log_probs (N, C), target class numbers (N,) -> a number.
    """

    name, symbol, inputs = "nll", r"\operatorname{nll}", ("log_probs", "target")
    why = "Only the right class counts, with a minus sign."
    probabilities = False
    differs = "called nll_loss there; no weight and ignore_index"

    def definition(self, at: tuple[Index, ...], log_probs: Operand, target: Operand, reduction: str) -> Expr:
        """−log_probs at the right class."""
        places, axis = self.letters_of(at, log_probs, reduction)
        c = Index(CLASS, log_probs.shape[axis])
        right = Bracket(Compare(target[places], "=", c))
        return self.reduced(Neg(Sum((c,), right * _entry(log_probs, places, axis, c))), places, reduction)

    def forward(self, log_probs: Value, target: Value, reduction: str) -> Value:
        """The entries of the right classes, reduced."""
        weights = self.one_hot(log_probs, target)
        picked = np.where(weights == 0, 0.0, weights * log_probs).sum(axis=self.class_axis(np.shape(log_probs)))
        return self.reduce_values(-picked, reduction)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """−G at the right class, 0 elsewhere."""
        axis = self.class_axis(np.shape(inputs[0]))
        each = self.spread(upstream, _without(np.shape(inputs[0]), axis), attrs["reduction"])
        return -np.expand_dims(each, axis) * self.one_hot(inputs[0], inputs[1])
