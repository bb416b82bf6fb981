"""A value passed on under another name."""

from __future__ import annotations

from graphbp.notation.tree import Expr
from graphbp.ops.base import Attrs, Elementwise, Value, Values
from graphbp.ops.registry import register


@register
class Identity(Elementwise):
    """The value itself.  Shapes: any -> same."""

    name, symbol, inputs = "identity", "", ("x",)
    differs = "not there as a function"
    why = "Nothing changes, so the gradient passes unchanged."

    def definition(self, x: Expr) -> Expr:
        """x."""
        return x

    def forward(self, x: Value) -> Value:
        """x."""
        return x

    scalar = forward

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G."""
        return upstream
