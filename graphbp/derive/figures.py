"""Numbers put into formulas, so that the line that is shown adds up as shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.derive.rows import by_entry, rank
from graphbp.notation.evaluate import evaluate
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.plain import PlainWriter
from graphbp.notation.smart import ONE, div, mul
from graphbp.notation.tree import (
    Add,
    Array,
    Div,
    Entry,
    Equation,
    Expr,
    Mark,
    Mul,
    Neg,
    Number,
    Partial,
    Symbol,
    Term,
    rebuild,
    transform,
    walk,
)  # fmt: skip

EXTRA_DIGITS = (0, 1, 2, 4, 8)
SMALL = 16
WIDE = 5

Functions = Mapping[str, Callable[..., Any]]
Sizes = Mapping[str, int]


def gradient_name(loss: str, node: str) -> str:
    """The name under which evaluation looks up ∂loss/∂node.

    >>> gradient_name("l", "z1")
    'dl/dz1'
    """
    return f"d{loss}/d{node}"


def literal(value: Any, rows: bool = False) -> Expr:
    """A number or an array as a formula; with `rows` a vector stands as a row, as it does beside a batch."""
    if isinstance(value, Fraction):
        return Number(int(value) if value.denominator == 1 else value)
    array = np.asarray(value)
    if array.ndim == 0:
        return Number(float(array))
    entries = tuple(literal(entry) for entry in (array if array.dtype == object else array.astype(float)))
    return Array((Array(entries),)) if rows and array.ndim == 1 else Array(entries)


def printable(value: Any) -> bool:
    """Whether an array is small enough to be printed entry by entry."""
    if isinstance(value, float):
        return True
    array = np.asarray(value)
    return array.ndim <= 2 and array.size <= SMALL and (array.ndim == 0 or array.shape[-1] <= WIDE)


def rounded(value: float | Fraction, digits: int) -> Expr:
    """A result: spelled with so many digits; a fraction stands as it is."""
    return literal(value) if isinstance(value, Fraction) else Number(value, NumberStyle(digits).show(value))


def with_numbers(expr: Expr, env: Mapping[str, Any], exact: Mapping[str, Expr], rows: bool = False) -> Expr:
    """The formula with every name replaced by its number; numbers that the author gave keep their spelling.

    With `rows` vectors lie as rows wherever they meet the rows of matrices.
    """

    def change(part: Any, rows: bool) -> Any:
        if isinstance(part, Symbol):
            return _signed(exact.get(part.name) or literal(env[part.name], rows)) if part.name in env else part
        if isinstance(part, Partial):
            return _signed(literal(evaluate(part, env), rows))
        if isinstance(part, Entry) and isinstance(part.base, Symbol) and part.base.name in env:
            return _signed(literal(evaluate(part, env), rows))
        if not rows or by_entry(part):
            return rebuild(part, lambda child: change(child, rows))
        return rebuild(part, lambda child: change(child, rank(child, env) > 1))

    return change(expr, rows)  # type: ignore[no-any-return]


def without_stacks(expr: Expr, env: Mapping[str, Any], functions: Functions, rows: bool = False) -> Expr:
    """The formula without arrays in fractions, where they cannot be read: quotients by arrays are worked out."""

    def change(part: Any) -> Any:
        if isinstance(part, Div) and rank(part.den, env) > 0:
            return literal(evaluate(part, env, functions=functions), rows)
        if isinstance(part, Div) and rank(part.num, env) > 0:
            return mul(div(ONE, part.den), change(part.num))
        return rebuild(part, change)

    return change(expr)  # type: ignore[no-any-return]


def _signed(number: Expr) -> Expr:
    """A negative number as −|n|, its spelling kept."""
    if isinstance(number, Number) and number.value < 0:
        return Neg(Number(-number.value, number.text and number.text.lstrip("-")))
    return number


def evaluated_factors(expr: Expr, env: Mapping[str, Any], functions: Functions) -> Expr:
    """The formula with each factor worked out: y(1 − y)·∂l/∂y becomes 0.1868 · 0.7414."""
    if isinstance(expr, Add):
        return Add(tuple(evaluated_factors(term, env, functions) for term in expr.terms))
    if isinstance(expr, Neg):
        return Neg(evaluated_factors(expr.x, env, functions))
    if isinstance(expr, Mul):
        factors = tuple(_worked_out(factor, env, functions) for factor in _grouped(expr.factors))
        return Mul(factors) if len(factors) > 1 else factors[0]
    return _worked_out(expr, env, functions)


def evaluated_terms(expr: Expr, env: Mapping[str, Any], functions: Functions) -> Expr:
    """The sum with each term worked out: 0.0554 − 0.0190."""
    if not isinstance(expr, Add):
        return _worked_out(expr, env, functions)
    return Add(tuple(_worked_term(term, env, functions) for term in expr.terms))


def _worked_term(term: Expr, env: Mapping[str, Any], functions: Functions) -> Expr:
    return _turned(_worked_out(term.x, env, functions)) if isinstance(term, Neg) else _worked_out(term, env, functions)


def _turned(number: Expr) -> Expr:
    """Minus the number; minus a negative one is shown as plus."""
    inner = number.x if isinstance(number, Mark) else number
    if not isinstance(inner, Number) or inner.value >= 0:
        return Neg(number)
    positive = Number(-inner.value, inner.text and inner.text.lstrip("-"))
    return Mark(positive, number.role) if isinstance(number, Mark) else positive


def _grouped(factors: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Neighbouring factors of one colour as one factor."""
    groups: list[list[Expr]] = []
    for factor in factors:
        role = factor.role if isinstance(factor, Mark) else None
        last = groups[-1][0] if groups else None
        if role and isinstance(last, Mark) and last.role == role:
            groups[-1].append(factor)
        else:
            groups.append([factor])
    return tuple(group[0] if len(group) == 1 else _joined(group) for group in groups)


def _joined(group: list[Expr]) -> Expr:
    role = group[0].role if isinstance(group[0], Mark) else "forward"
    return Mark(Mul(tuple(item.x for item in group if isinstance(item, Mark))), role)


def _worked_out(expr: Expr, env: Mapping[str, Any], functions: Functions) -> Expr:
    if isinstance(expr, Mark):
        return Mark(_worked_out(expr.x, env, functions), expr.role)
    return literal(evaluate(expr, env, functions=functions))


def adding_up(left: Expr, rights: list[Expr], result: float | Fraction, digits: int, functions: Functions) -> Equation:
    """left = rights = result, with as many digits as it takes for every line shown to give the result shown.

    The result has `digits` significant digits; where terms cancel, operands need more of them.
    Fractions stand as they are.
    """
    last = Mark(rounded(result, digits), "result")
    if isinstance(result, Fraction):
        shown = NumberStyle(exact=True).show(result)
        return Equation(left, (*_distinct(rights, shown, digits), last))
    shown = NumberStyle(digits).show(result)
    rights = _distinct(rights, shown, digits)
    for extra in EXTRA_DIGITS:
        spelled = [spell(right, digits + extra) for right in rights]
        if all(_gives(right, shown, digits, functions) for right in spelled):
            return Equation(left, (*spelled, last))
    return Equation(left, (*(spell(right, digits) for right in rights), last))


def _distinct(rights: list[Expr], shown: str, digits: int) -> list[Expr]:
    """The stages that differ on paper from the one before and from the bare result."""
    texts = [PlainWriter().write(spell(right, digits)).replace(" ", "") for right in rights]
    return [right for place, right in enumerate(rights) if texts[place] not in (shown, *texts[:place])]


def spell(expr: Expr, digits: int) -> Expr:
    """The formula with the spelling of every worked-out number fixed."""
    style = NumberStyle(digits)

    def change(part: Term) -> Term:
        if isinstance(part, Number) and part.text is None and isinstance(part.value, float):
            text = style.show(abs(part.value))
            number = Number(abs(part.value), text)
            return Neg(number) if part.value < 0 and text != "0" else number
        return part

    return transform(expr, change)  # type: ignore[no-any-return]


def adding_up_to(inserted: Expr, value: np.ndarray, digits: int, functions: Functions, sizes: Sizes) -> Expr:
    """Numbers put into a formula of arrays, with the digits that it takes to give every entry as it is shown."""
    if value.dtype == object:
        return spell(inserted, digits)
    shown = [NumberStyle(digits).show(float(entry)) for entry in np.ravel(value)]
    for extra in EXTRA_DIGITS[:3]:
        spelled = spell(inserted, digits + extra)
        found = np.ravel(evaluate(_as_spelled(spelled), {}, sizes, functions) + np.zeros(value.shape))
        if all(_shown_as(float(entry), text, digits) for entry, text in zip(found, shown, strict=True)):
            return spelled
    return spell(inserted, digits)


def _gives(expr: Expr, shown: str, digits: int, functions: Functions) -> bool:
    """Whether the numbers as they are spelled give the result as it is spelled."""
    if any(isinstance(part, Symbol | Partial) for part in walk(expr)):
        return True
    return _shown_as(float(evaluate(_as_spelled(expr), {}, functions=functions)), shown, digits)


def _shown_as(value: float, shown: str, digits: int) -> bool:
    return NumberStyle(digits).show(value) == shown or _same(value, shown)


def _as_spelled(expr: Expr) -> Expr:
    """The formula with the numbers that stand on paper."""

    def reread(part: Term) -> Term:
        return Number(_read(part.text)) if isinstance(part, Number) and part.text is not None else part

    return transform(expr, reread)  # type: ignore[no-any-return]


def _read(text: str) -> float:
    """The number that stands there, perhaps as a fraction."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def _same(value: float, shown: str) -> bool:
    """Whether the value rounds to the shown number at the shown number's last place."""
    mantissa, _, exponent = shown.partition("e")
    places = len(mantissa.partition(".")[2])
    return abs(value - float(shown)) <= 0.5000001 * 10.0 ** (int(exponent or 0) - places)
