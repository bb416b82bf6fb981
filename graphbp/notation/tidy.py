"""A dozen rewrites that clean a line without changing its order: 1·x, x + 0, 0·x, −−x, + (−x), x¹, whole constants.

Numbers that come from the network are never multiplied out; each rewrite can be shown as a substep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from graphbp.notation.tree import Add, Div, Expr, Group, MatMul, Mul, Neg, Number, Pow, Transpose, rebuild

Rewrite = Callable[[Expr], Expr | None]


def _is(x: Expr, value: int) -> bool:
    return isinstance(x, Number) and x.value == value


def _zero_factor(x: Expr) -> Expr | None:
    if isinstance(x, Mul) and any(_is(factor, 0) for factor in x.factors):
        return Number(0)
    return None


def _one_factor(x: Expr) -> Expr | None:
    if not isinstance(x, Mul) or not any(_is(factor, 1) for factor in x.factors):
        return None
    kept = tuple(factor for factor in x.factors if not _is(factor, 1))
    return Mul(kept) if len(kept) > 1 else kept[0] if kept else Number(1)


def _zero_term(x: Expr) -> Expr | None:
    if not isinstance(x, Add) or not any(_is(_bare(term), 0) for term in x.terms):
        return None
    kept = tuple(term for term in x.terms if not _is(_bare(term), 0))
    return Add(kept) if len(kept) > 1 else kept[0] if kept else Number(0)


def _bare(term: Expr) -> Expr:
    return term.x if isinstance(term, Neg) else term


def _double_minus(x: Expr) -> Expr | None:
    if isinstance(x, Neg) and isinstance(x.x, Neg):
        return x.x.x
    return Number(0) if isinstance(x, Neg) and _is(x.x, 0) else None


def _minus_in_front(x: Expr) -> Expr | None:
    if isinstance(x, Mul) and any(isinstance(factor, Neg) for factor in x.factors):
        minus = sum(isinstance(factor, Neg) for factor in x.factors) % 2
        product = Mul(tuple(_bare(factor) for factor in x.factors))
        return Neg(product) if minus else product
    if isinstance(x, Div) and isinstance(x.num, Neg):
        return Neg(Div(x.num.x, x.den))
    return None


def _nested(x: Expr) -> Expr | None:
    if isinstance(x, Mul) and any(isinstance(factor, Mul) for factor in x.factors):
        return Mul(
            tuple(inner for factor in x.factors for inner in (factor.factors if isinstance(factor, Mul) else (factor,)))
        )
    if isinstance(x, Add) and any(isinstance(term, Add) for term in x.terms):
        return Add(tuple(inner for term in x.terms for inner in (term.terms if isinstance(term, Add) else (term,))))
    return None


def _first_power(x: Expr) -> Expr | None:
    if isinstance(x, Pow) and _is(x.exp, 1):
        return x.base
    return Number(1) if isinstance(x, Pow) and _is(x.exp, 0) else None


def _over_one(x: Expr) -> Expr | None:
    if isinstance(x, Div) and _is(x.den, 1):
        return x.num
    return Number(0) if isinstance(x, Div) and _is(x.num, 0) and not _is(x.den, 0) else None


def _whole_constants(x: Expr) -> Expr | None:
    """Whole numbers without the author's spelling: 2/2, 3 − 1 in an exponent."""
    if isinstance(x, Div) and _whole(x.num) and _whole(x.den) and not _is(x.den, 0):
        ratio = Fraction(_value(x.num), _value(x.den))
        return Number(int(ratio)) if ratio.denominator == 1 else None
    if isinstance(x, Add) and all(_whole(_bare(term)) for term in x.terms):
        total = sum(-_value(term.x) if isinstance(term, Neg) else _value(term) for term in x.terms)
        return Neg(Number(-total)) if total < 0 else Number(total)
    return None


def _whole(x: Expr) -> bool:
    return isinstance(x, Number) and isinstance(x.value, int)


def _value(x: Expr) -> int:
    assert isinstance(x, Number) and isinstance(x.value, int)
    return x.value


def _outer_parentheses(x: Expr) -> Expr | None:
    return x.x if isinstance(x, Group) and not isinstance(x.x, Add | Neg | Mul | MatMul | Div) else None


def _double_transpose(x: Expr) -> Expr | None:
    return x.x.x if isinstance(x, Transpose) and isinstance(x.x, Transpose) else None


REWRITES: tuple[tuple[str, Rewrite], ...] = (
    ("a product with 0 is 0", _zero_factor),
    ("a factor of 1 changes nothing", _one_factor),
    ("adding 0 changes nothing", _zero_term),
    ("minus minus is plus", _double_minus),
    ("the sign stands in front", _minus_in_front),
    ("one product, one sum", _nested),
    ("a first power is the number itself", _first_power),
    ("over 1", _over_one),
    ("whole numbers worked out", _whole_constants),
    ("parentheses that nothing needs", _outer_parentheses),
    ("a transpose turned back", _double_transpose),
)
"""Each rewrite with the reason that is given for it."""


def tidy(expr: Expr) -> Expr:
    """The formula with all rewrites applied until none fits.

    >>> from graphbp.notation.tree import Symbol
    >>> tidy(Number(1) * Symbol("x") + 0)
    Symbol(name='x')
    """
    last = expr
    for last, _ in tidyings(expr):  # noqa: B007
        pass
    return last


def tidyings(expr: Expr) -> Iterator[tuple[Expr, str]]:
    """Each single tidying, one after the other: the whole formula after it, and its reason."""
    while True:
        found = _first(expr)
        if found is None:
            return
        expr = found[0]
        yield found


def _first(expr: Expr) -> tuple[Expr, str] | None:
    """The formula after the first rewrite that fits, the innermost first."""
    done: list[str] = []

    def change(part: Expr) -> Expr:
        if done:
            return part
        new = rebuild(part, lambda child: change(child) if isinstance(child, Expr) else child)
        if done:
            return new
        for reason, rewrite in REWRITES:
            cleaned = rewrite(new)
            if cleaned is not None and cleaned != new:
                done.append(reason)
                return cleaned
        return new

    result = change(expr)
    return (result, done[0]) if done else None
