"""SymPy's expressions read as trees; by the names of their kinds, so that SymPy itself is not needed here."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from graphbp.errors import FormulaError
from graphbp.notation.tree import Add, Call, Cases, Compare, Condition, Div, Expr, Mul, Neg, Number, Pow, Symbol


class NotScalar(FormulaError):
    """A formula about arrays, or something else that has no counterpart between SymPy and the tree."""


CALLS: Mapping[str, str] = {
    "exp": "exp",
    "log": "log",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "tanh": "tanh",
    "sinh": "sinh",
    "cosh": "cosh",
    "atan": "arctan",
    "erf": "erf",
    "Abs": "abs",
    "sign": "sign",
    "Max": "max",
    "Min": "min",
}
SIGNS: Mapping[str, Any] = {
    "StrictLessThan": "<",
    "LessThan": "<=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
    "Equality": "=",
    "Unequality": "!=",
}


def from_sympy(value: Any) -> Expr:
    """A SymPy expression as a tree.

    Raises: NotScalar if it holds something without a counterpart.

    >>> import sympy
    >>> from_sympy(sympy.Symbol("w") * sympy.Symbol("x") - 1)
    Add(terms=(Mul(factors=(Symbol(name='w'), Symbol(name='x'))), Neg(x=Number(value=1, text=None))))
    """
    kind = type(value).__name__
    if isinstance(value, int | float):
        return _signed_number(Fraction(str(value)))
    if not hasattr(value, "is_Symbol"):
        raise NotScalar(f"{kind} is no SymPy expression")
    if value.is_Symbol:
        return Symbol(value.name)
    if value.is_Rational:
        return _signed_number(Fraction(int(value.p), int(value.q)))
    if value.is_Float:
        return _signed_number(Fraction(str(value)))
    if kind in ("Pi", "Exp1"):
        return Call("pi", ()) if kind == "Pi" else Call("exp", (Number(1),))
    if value.is_Add:
        return Add(tuple(from_sympy(term) for term in _positive_first(value.as_ordered_terms())))
    if value.is_Mul:
        return _product(value)
    if value.is_Pow:
        return _power(value)
    if kind == "Piecewise":
        return _piecewise(value)
    if kind in CALLS:
        return Call(CALLS[kind], tuple(from_sympy(arg) for arg in value.args))
    raise NotScalar(f"the SymPy expression holds {kind}, which has no counterpart here")


def _positive_first(terms: list[Any]) -> list[Any]:
    return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


def _signed_number(value: Fraction) -> Expr:
    number = Number(int(abs(value)) if value.denominator == 1 else abs(value))
    return Neg(number) if value < 0 else number


def _product(value: Any) -> Expr:
    if value.as_coeff_Mul()[0].is_negative:
        return Neg(from_sympy(-value))
    num, den = value.as_numer_denom() if _fractional(value) else (value, 1)
    if den != 1:
        return Div(from_sympy(num), from_sympy(den))
    return Mul(tuple(from_sympy(factor) for factor in value.as_ordered_factors()))


def _fractional(value: Any) -> bool:
    """Whether a product has a factor below the bar."""
    factors = value.as_ordered_factors()
    return any((f.is_Rational and f.q != 1) or (f.is_Pow and f.exp.could_extract_minus_sign()) for f in factors)


def _power(value: Any) -> Expr:
    if value.exp.is_Rational and value.exp.p == 1 and value.exp.q == 2:
        return Call("sqrt", (from_sympy(value.base),))
    if value.exp.could_extract_minus_sign():
        return Div(Number(1), from_sympy(value.base**-value.exp))
    return Pow(from_sympy(value.base), from_sympy(value.exp))


def _piecewise(value: Any) -> Expr:
    *branches, (last, always) = value.args
    if str(always) != "True":
        raise NotScalar("a Piecewise without a last case")
    return Cases(tuple((from_sympy(inner), _condition(condition)) for inner, condition in branches), from_sympy(last))


def _condition(value: Any) -> Condition:
    kind = type(value).__name__
    if kind not in SIGNS:
        raise NotScalar(f"the condition {value} has no counterpart here")
    return Compare(from_sympy(value.lhs), SIGNS[kind], from_sympy(value.rhs))
