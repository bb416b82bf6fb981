"""Constructors for rules: flatten, drop 0 and 1, bring signs out; never reorder, never multiply numbers out."""

from __future__ import annotations

from collections.abc import Iterable

from graphbp.notation.tree import Add, Div, Expr, Mul, Neg, Number, Pow

ZERO, ONE = Number(0), Number(1)


def is_number(x: Expr, value: int) -> bool:
    """Whether the formula is this whole number, however written."""
    return isinstance(x, Number) and x.value == value


def add(*terms: Expr) -> Expr:
    """The sum without zeros, inner sums opened.

    >>> from graphbp.notation.tree import Symbol
    >>> add(Symbol("a"), ZERO)
    Symbol(name='a')
    """
    flat = [term for term in _flatten(terms) if not is_number(term, 0)]
    return Add(tuple(flat)) if len(flat) > 1 else flat[0] if flat else ZERO


def _flatten(terms: Iterable[Expr]) -> Iterable[Expr]:
    for term in terms:
        if isinstance(term, Add):
            yield from _flatten(term.terms)
        elif isinstance(term, Neg) and isinstance(term.x, Add):
            yield from _flatten(neg(inner) for inner in term.x.terms)
        else:
            yield term


def neg(x: Expr) -> Expr:
    """−x, with −−x = x and −0 = 0."""
    if isinstance(x, Neg):
        return x.x
    return x if is_number(x, 0) else Neg(x)


def mul(*factors: Expr) -> Expr:
    """The product without ones, inner products opened, signs in front, 0 if any factor is 0.

    >>> from graphbp.notation.tree import Symbol
    >>> mul(Symbol("a"), Neg(Symbol("b")))
    Neg(x=Mul(factors=(Symbol(name='a'), Symbol(name='b'))))
    """
    flat: list[Expr] = []
    negative = False
    stack = list(reversed(factors))
    while stack:
        factor = stack.pop()
        if isinstance(factor, Neg):
            negative = not negative
            stack.append(factor.x)
        elif isinstance(factor, Mul):
            stack.extend(reversed(factor.factors))
        elif is_number(factor, 0):
            return ZERO
        elif not is_number(factor, 1):
            flat.append(factor)
    product = Mul(tuple(flat)) if len(flat) > 1 else flat[0] if flat else ONE
    return neg(product) if negative else product


def div(num: Expr, den: Expr) -> Expr:
    """num / den with the sign in front; 0 / x = 0 and x / 1 = x."""
    if isinstance(num, Neg):
        return neg(div(num.x, den))
    if isinstance(den, Neg):
        return neg(div(num, den.x))
    if is_number(num, 0) or is_number(den, 1):
        return num
    return Div(num, den)


def power(base: Expr, exp: Expr) -> Expr:
    """base^exp with x¹ = x and x⁰ = 1."""
    if is_number(exp, 1):
        return base
    return ONE if is_number(exp, 0) else Pow(base, exp)
