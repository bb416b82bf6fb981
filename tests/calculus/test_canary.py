"""The tests bite: a wrong sign, a missing guard, a transposed factor are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graphbp.calculus.gradient import derive_gradient
from graphbp.calculus.lines import Chain, GradientRule
from graphbp.calculus.verify import WrongLine, verify
from graphbp.errors import GraphbpError
from graphbp.notation.tree import (
    Bracket,
    Delta,
    Entry,
    Expr,
    Flip,
    MatMul,
    Mul,
    Neg,
    Number,
    Sum,
    Symbol,
    Transpose,
    transform,
)
from tests.calculus.samples import affine_rows, conv2d, everything, pool, softmax


def planted(rule: GradientRule, number: int, change: Any) -> GradientRule:
    """The rule with one line of its chain changed."""
    lines = list(rule.chain.lines)
    changed = change(lines[number].expr)
    assert changed != lines[number].expr, "nothing was planted"
    lines[number] = replace(lines[number], expr=changed)
    return replace(rule, chain=Chain(rule.chain.left, tuple(lines)))


def without(kind: type[Expr]) -> Any:
    """A change that takes a factor of this kind out."""
    return lambda expr: transform(expr, lambda part: _less(part, kind) if isinstance(part, Mul) else part)


def _less(part: Mul, kind: type[Expr]) -> Expr:
    kept = tuple(factor for factor in part.factors if not isinstance(factor, kind))
    return Mul(kept) if kept else Number(1)


def strict(expr: Expr) -> Expr:
    """Every entry read without a zero outside, at the nearest place instead."""
    return transform(expr, lambda part: Number(1) if isinstance(part, Entry) and part.outside == "zero" else part)  # type: ignore[no-any-return]


SLIPS: list[tuple[str, str, int, Any]] = [
    ("affine", "X", 2, Neg),
    ("affine", "X", -1, lambda expr: replace(expr, base=MatMul((Symbol("G"), Symbol("W"))))),
    ("affine", "W", -1, lambda expr: replace(expr, base=Transpose(expr.base))),
    ("affine", "W", 1, without(Delta)),
    ("softmax", "x", 2, lambda expr: expr.terms[0]),
    ("softmax", "x", 3, Neg),
    ("conv", "X", 2, strict),
    ("conv", "X", -2, lambda expr: transform(expr, lambda part: part.x if isinstance(part, Flip) else part)),
    ("max pool", "X", 1, lambda expr: Sum(expr.indices, expr.body.factors[0])),
    ("average pool overlapping", "X", 1, without(Bracket)),
    ("layer norm", "x", 2, lambda expr: Mul((Number(2), expr))),
]


@pytest.mark.parametrize(("name", "wrt", "number", "change"), SLIPS)
def test_a_planted_slip_is_refused(name: str, wrt: str, number: int, change: Any) -> None:
    rule = derive_gradient(everything()[name], wrt)
    verify(rule)
    with pytest.raises((GraphbpError, ValueError)):
        verify(planted(rule, number, change))


def test_a_rule_off_by_a_thousandth_is_refused() -> None:
    rule = derive_gradient(softmax(), "x")
    with pytest.raises(WrongLine):
        verify(planted(rule, 4, lambda expr: Mul((Number(1.001), expr))))


def test_a_wrong_layer_form_is_refused() -> None:
    rule = derive_gradient(conv2d(), "K")
    with pytest.raises(WrongLine):
        verify(replace(rule, layer=Neg(rule.layer)))  # type: ignore[arg-type]
    with pytest.raises((GraphbpError, ValueError)):
        verify(replace(derive_gradient(affine_rows(), "W"), layer=Symbol("X")))


def test_ties_show_a_max_in_which_every_winner_counts() -> None:
    """On random reals [X = Z] is as good as the first winner; on whole numbers it is not."""
    first = derive_gradient(pool(), "X")
    every = derive_gradient(replace(pool(), first_winner=False), "X")
    changed = replace(first.chain, lines=(*first.chain.lines[:-1], replace(first.chain.lines[-1], expr=every.entry)))
    with pytest.raises(WrongLine, match="whole numbers"):
        verify(replace(first, indices=every.indices, chain=changed))
