"""Class numbers as rows: of a table, or of zeros and a one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, Size, show_shape
from graphbp.notation.tree import Bracket, Compare, Expr, Index, Sum
from graphbp.ops.base import REQUIRED, Attrs, Domain, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand
from graphbp.ops.registry import register


class Numbered(Op):
    """An operation whose first input holds class numbers, counted from 0."""

    def differentiable(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> bool:
        """Class numbers have no gradient."""
        return slot > 0

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Class numbers come first."""
        return Domain.REAL if slot else Domain.CLASSES

    def chosen(self, x: Value, classes: int) -> Value:
        """The class numbers as whole numbers.

        Raises: UsageError if one of them is none.
        """
        numbers = np.asarray(x)
        wrong = numbers[~((numbers == np.floor(numbers)) & (numbers >= 0) & (numbers < classes))]
        if wrong.size:
            what = f"{self.name}: {wrong.flat[0]:g} is no class number"
            raise UsageError(what, fix=f"classes count from 0 to {classes - 1}")
        return numbers.astype(int)


@register
class OneHot(Numbered):
    """A row for every class number: 1 at its class, else 0.  Shapes: x (N,) -> (N, C) with num_classes C."""

    name, symbol, inputs = "one_hot", r"\operatorname{onehot}", ("x",)
    attrs = options(num_classes=REQUIRED)
    condition = True
    why = "A class number cannot change smoothly, so it has no gradient."
    differs = "num_classes must be given, because shapes are known before values; the result holds real numbers"

    def samples(self) -> Sequence[Sample]:
        """One number, several, and rows of them."""
        return [Sample((shape,), {"num_classes": 4}) for shape in ((), (3,), (2, 3))]

    def classes(self, shapes: Sequence[Shape], attrs: Attrs) -> Size:
        """The number that was asked for."""
        count: int = attrs["num_classes"]
        return count

    def infer(self, x: Shape, num_classes: Any) -> Shape:
        """The shape of x with an axis of classes behind."""
        if not isinstance(num_classes, int) or isinstance(num_classes, bool) or num_classes < 1:
            raise UsageError(f"one_hot: num_classes must be a whole number from 1, not {num_classes}")
        return (*x, num_classes)

    def definition(self, at: tuple[Index, ...], x: Operand, num_classes: int) -> Expr:
        """[x = c]."""
        return Bracket(Compare(x[at[:-1]], "=", at[-1]))

    def forward(self, x: Value, num_classes: int) -> Value:
        """1 at the class, else 0."""
        return np.where(np.expand_dims(self.chosen(x, num_classes), -1) == np.arange(num_classes), 1.0, 0.0)


@register
class Embedding(Numbered):
    """The rows of a table at class numbers.  Shapes: input (N,), weight (C, H) -> (N, H)."""

    name, symbol, inputs = "embedding", r"\operatorname{emb}", ("input", "weight")
    why = "Each row of the table collects the gradients of the places that read it; the other rows get 0."
    differs = "no padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse"

    def samples(self) -> Sequence[Sample]:
        """One number, several, and rows of them."""
        return [Sample((shape, (4, 2))) for shape in ((), (3,), (2, 3))]

    def classes(self, shapes: Sequence[Shape], attrs: Attrs) -> Size:
        """The rows of the table."""
        return shapes[1][0]

    def infer(self, input: Shape, weight: Shape) -> Shape:
        """The shape of the numbers with the axis of a row behind."""
        if len(weight) != 2:
            raise ShapeError(f"embedding reads rows of a matrix: {{weight}} is {show_shape(weight)}")
        return (*input, weight[1])

    def definition(self, at: tuple[Index, ...], input: Operand, weight: Operand) -> Expr:
        """Σ_c [input = c] · weight[c, h]."""
        c = Index("c", weight.shape[0])
        return Sum((c,), Bracket(Compare(input[at[:-1]], "=", c)) * weight[c, at[-1]])

    def forward(self, input: Value, weight: Value) -> Value:
        """The rows."""
        return np.asarray(weight)[self.chosen(input, np.shape(weight)[0])]

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """Every row of G added to the row that it was read from."""
        table = np.zeros(np.shape(inputs[1]), np.asarray(upstream).dtype)
        np.add.at(table, self.chosen(inputs[0], table.shape[0]), upstream)
        return table
