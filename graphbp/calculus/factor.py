"""Algebra on sums of products: cancel, collect equal terms, draw out common factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import gcd

from graphbp.calculus.terms import Product, build, key
from graphbp.notation.tree import Add, Expr, Number


def cancel(term: Product) -> Product:
    """Factors that are also divisors removed."""
    dens = list(term.dens)
    keys = [key(den) for den in dens]
    nums = []
    for num in term.nums:
        if key(num) in keys:
            place = keys.index(key(num))
            del dens[place], keys[place]
        else:
            nums.append(num)
    return _whole_decimals(replace(term, nums=tuple(nums), dens=tuple(dens)))


def _whole_decimals(term: Product) -> Product:
    """0.5 · 2 = 1: a decimal that another number makes whole is multiplied out; else it stays as written."""
    for place, num in enumerate(term.nums):
        if isinstance(num, Number) and isinstance(num.value, Fraction) and term.coef != 1:
            value = term.coef * num.value
            if value.denominator == 1:
                return replace(term, coef=value, nums=term.nums[:place] + term.nums[place + 1 :])
    return term


def collect(terms: Sequence[Product]) -> list[Product]:
    """Equal products added."""
    table: dict[str, Product] = {}
    for term in terms:
        name = key(build(replace(term, coef=Fraction(1))))
        known = table.get(name)
        table[name] = replace(known, coef=known.coef + term.coef) if known else term
    return [term for term in table.values() if term.coef]


def common(terms: Sequence[Product]) -> Product | None:
    """One product with the common factors and divisors of all terms drawn out; None if there are none."""
    if len(terms) < 2 or any(term.sums for term in terms):
        return None
    nums, dens = _shared([term.nums for term in terms]), _shared([term.dens for term in terms])
    number = _common_number([term.coef for term in terms])
    if not nums and not dens and number == 1:
        return None
    rests = [Product(term.coef / number, (), _without(term.nums, nums), _without(term.dens, dens)) for term in terms]
    inner = build(*rests)
    return (
        Product(number, (), (*nums, inner) if isinstance(inner, Add) else nums, dens)
        if isinstance(inner, Add)
        else None
    )


def _common_number(numbers: Sequence[Fraction]) -> Fraction:
    """What all coefficients share; negative if all of them are."""
    size = Fraction(gcd(*(abs(n.numerator) for n in numbers)), _shared_denominator(numbers))
    return -size if all(number < 0 for number in numbers) else size


def _shared_denominator(numbers: Sequence[Fraction]) -> int:
    return gcd(*(number.denominator for number in numbers))


def _shared(groups: Sequence[tuple[Expr, ...]]) -> tuple[Expr, ...]:
    """The factors that all groups hold, as often as the poorest holds them."""
    shared: list[Expr] = []
    left = [[key(factor) for factor in group] for group in groups[1:]]
    for factor in groups[0]:
        if all(key(factor) in group for group in left):
            shared.append(factor)
            for group in left:
                group.remove(key(factor))
    return tuple(shared)


def _without(factors: tuple[Expr, ...], taken: tuple[Expr, ...]) -> tuple[Expr, ...]:
    names = [key(factor) for factor in taken]
    kept = []
    for factor in factors:
        if key(factor) in names:
            names.remove(key(factor))
        else:
            kept.append(factor)
    return tuple(kept)
