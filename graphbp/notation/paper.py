"""What a formula looks like on paper: without colours and parentheses, its first and last sign."""

from __future__ import annotations

from graphbp.notation.tree import (
    Affine,
    Array,
    Div,
    Expr,
    Group,
    Hadamard,
    IndexExpr,
    Mark,
    MatMul,
    Mul,
    Neg,
    Number,
    Pow,
    transform,
)  # fmt: skip

_NUMBERS = (Number, Array)
_PRODUCTS = (Mul, MatMul, Hadamard)


def unmarked(x: Expr) -> Expr:
    """The formula inside its colours."""
    while isinstance(x, Mark):
        x = x.x
    return x


def uncoloured(x: Expr) -> Expr:
    """The formula without any colour in it."""
    return transform(x, unmarked)  # type: ignore[no-any-return]


def ungrouped(x: Expr) -> Expr:
    """The formula without parentheses around all of it."""
    while isinstance(x, Group):
        x = x.x
    return x


def _open(x: Expr) -> Expr:
    """The formula without colours, and a fraction without the parentheses that its bar replaces."""
    x = unmarked(x)
    if not isinstance(x, Group):
        return x
    inner = unmarked(ungrouped(x))
    return inner if isinstance(inner, Div) else x


def numeric(x: Expr) -> bool:
    """Whether a formula is a number or an array of numbers, with or without a sign."""
    x = unmarked(x)
    return isinstance(x, _NUMBERS) or (isinstance(x, Neg) and numeric(x.x))


def leading(x: Expr) -> Expr:
    """What a formula begins with on paper."""
    x = _open(x)
    if isinstance(x, _PRODUCTS):
        return leading(x.factors[0])
    return leading(x.base) if isinstance(x, Pow) else x


def trailing(x: Expr) -> Expr:
    """What a formula ends with on paper."""
    x = _open(x)
    return trailing(x.factors[-1]) if isinstance(x, _PRODUCTS) else x


def positive(x: Expr) -> Expr:
    """A negative number, in colour or not, without its sign."""
    if isinstance(x, Mark):
        return Mark(positive(x.x), x.role)
    assert isinstance(x, Number)
    return Number(-x.value, x.text and x.text.lstrip("-"))


def literal_place(sub: IndexExpr) -> bool:
    """Whether a place is a number that counts from the front."""
    return isinstance(sub, Affine) and not sub.terms and sub.const >= 0
