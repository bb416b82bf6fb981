"""The larger and the smaller of two, choices by a condition, and the conditions themselves."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from graphbp.graph.shape import Shape
from graphbp.notation.tree import Bracket, Cases, Compare, Expr, Relation, as_expr
from graphbp.ops.base import Attrs, Domain, Elementwise, Value, Values
from graphbp.ops.kernels import choose
from graphbp.ops.registry import register


@register
class Maximum(Elementwise):
    """The larger of two values.  Shapes: any, any -> their broadcast."""

    name, symbol, inputs = "maximum", r"\max", ("x", "y")
    why = "Only the larger one passes its gradient on."
    kink = "where both are equal the first argument is chosen"
    differs = "of two equal values the first takes the whole gradient, where PyTorch gives half to each"
    relation: ClassVar[Relation] = ">="

    def definition(self, x: Expr, y: Expr) -> Expr:
        """x if x ≥ y, else y."""
        return Cases(((x, Compare(x, self.relation, y)),), y)

    def forward(self, x: Value, y: Value) -> Value:
        """The larger of both."""
        return np.maximum(x, y)

    def scalar(self, x: float, y: float) -> float:
        """The larger of two plain numbers; a nan stays one."""
        return x if x >= y or x != x else y

    def first(self, x: Value, y: Value) -> Value:
        """Whether the first argument is the one that counts."""
        return x >= y

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G for the one that counts, exactly 0 for the other."""
        first = self.first(*inputs)
        return choose(first, 0.0, upstream) if slot else choose(first, upstream, 0.0)

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """Where both are equal."""
        return inputs[0] == inputs[1]


@register
class Minimum(Maximum):
    """The smaller of two values.  Shapes: any, any -> their broadcast."""

    name, symbol = "minimum", r"\min"
    why = "Only the smaller one passes its gradient on."
    differs = "of two equal values the first takes the whole gradient, where PyTorch gives half to each"
    relation = "<="

    def forward(self, x: Value, y: Value) -> Value:
        """The smaller of both."""
        return np.minimum(x, y)

    def scalar(self, x: float, y: float) -> float:
        """The smaller of two plain numbers; a nan stays one."""
        return x if x <= y or x != x else y

    def first(self, x: Value, y: Value) -> Value:
        """Whether the first argument is the one that counts."""
        return x <= y


@register
class Where(Elementwise):
    """The second value where the condition holds, else the third.  Shapes: any, any, any -> their broadcast."""

    name, symbol, inputs = "where", "", ("condition", "x", "y")
    why = "Only the branch that was taken passes its gradient on."
    kink = "the branch that is not taken contributes 0"

    def definition(self, condition: Expr, x: Expr, y: Expr) -> Expr:
        """x where the condition is not 0, else y."""
        return Cases(((x, Compare(condition, "!=", as_expr(0))),), y)

    def forward(self, condition: Value, x: Value, y: Value) -> Value:
        """x where the condition is not 0, else y."""
        return np.where(np.asarray(condition) != 0, x, y)

    def scalar(self, condition: float, x: float, y: float) -> float:
        """The same for plain numbers."""
        return x if condition else y

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G for the branch that is taken, exactly 0 for the other."""
        taken = inputs[0] != 0
        return choose(taken, upstream, 0.0) if slot == 1 else choose(taken, 0.0, upstream)

    def differentiable(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> bool:
        """The condition has no gradient."""
        return slot > 0

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """The condition is 0 or 1."""
        return Domain.REAL if slot else Domain.CONDITION


class Comparison(Elementwise):
    """A condition: 1 where it holds, else 0; it has no gradient."""

    inputs = ("x", "y")
    condition = True
    why = "A condition is flat wherever it does not jump, so it has no gradient."
    differs = "gives 1 or 0, not True or False"
    relation: ClassVar[Relation]
    compare: ClassVar[Callable[[Any, Any], Any]]

    def definition(self, x: Expr, y: Expr) -> Expr:
        """1 where the relation holds, else 0."""
        return Bracket(Compare(x, self.relation, y))

    def forward(self, x: Value, y: Value) -> Value:
        """1 where the relation holds, else 0."""
        return np.where(type(self).compare(x, y), 1.0, 0.0)

    def scalar(self, x: float, y: float) -> float:
        """The same for plain numbers."""
        return 1.0 if type(self).compare(x, y) else 0.0


@register
class Greater(Comparison):
    """Whether x > y, as 1 or 0.  Shapes: any, any -> their broadcast."""

    name, symbol, relation, compare = "greater", ">", ">", operator.gt


@register
class GreaterEqual(Comparison):
    """Whether x ≥ y, as 1 or 0.  Shapes: any, any -> their broadcast."""

    name, symbol, relation, compare = "greater_equal", r"\geq", ">=", operator.ge


@register
class Less(Comparison):
    """Whether x < y, as 1 or 0.  Shapes: any, any -> their broadcast."""

    name, symbol, relation, compare = "less", "<", "<", operator.lt


@register
class LessEqual(Comparison):
    """Whether x ≤ y, as 1 or 0.  Shapes: any, any -> their broadcast."""

    name, symbol, relation, compare = "less_equal", r"\leq", "<=", operator.le


@register
class Equal(Comparison):
    """Whether x = y, as 1 or 0.  Shapes: any, any -> their broadcast."""

    name, symbol, relation, compare = "equal", "=", "=", operator.eq
    differs = "called eq there; gives 1 or 0, not True or False"


@register
class NotEqual(Comparison):
    """Whether x ≠ y, as 1 or 0.  Shapes: any, any -> their broadcast."""

    name, symbol, relation, compare = "not_equal", r"\neq", "!=", operator.ne


RELATIONS: Mapping[str, str] = {
    ">": "greater", ">=": "greater_equal", "<": "less", "<=": "less_equal", "=": "equal", "!=": "not_equal",
}  # fmt: skip
"""The operation for every sign of comparison."""
