"""Roughly how wide formulas are, in letters, for formats that cannot measure them."""

from __future__ import annotations

from graphbp.notation.numbers import NumberStyle
from graphbp.notation.paper import unmarked
from graphbp.notation.tree import Add, Array, Call, Cases, Div, Expr, Number, Partial, Symbol, Term, children

_SIGN = 2


def breadth(x: Term, numbers: NumberStyle) -> int:
    """The formula on one line.

    >>> from graphbp.notation.tree import Symbol
    >>> breadth(Symbol("a") + Symbol("b"), NumberStyle()), breadth(Symbol("a") / Symbol("b"), NumberStyle())
    (6, 2)
    """
    if isinstance(x, Number):
        return len(x.text or numbers.show(x.value)) + 1
    if isinstance(x, Symbol | Partial):
        return 2
    parts = [breadth(part, numbers) for part in children(x)]
    if isinstance(x, Cases):
        return max(breadth(value, numbers) + breadth(when, numbers) for value, when in x.branches) + 4 * _SIGN
    if isinstance(x, Array):
        flat = not any(isinstance(row, Array) for row in x.rows)
        return sum(parts, len(parts)) if flat else max(parts, default=0) + _SIGN
    if isinstance(x, Div):
        return max(parts)
    signs = _SIGN * (len(parts) - 1) if isinstance(x, Add) else 1
    return sum(parts, signs) + (len(x.function) if isinstance(x, Call) else 0)


def widest_part(x: Expr, numbers: NumberStyle) -> int:
    """The formula's widest part within which no line can break: a sum breaks at its signs."""
    bare = unmarked(x)
    if isinstance(bare, Add):
        return max(breadth(term, numbers) for term in bare.terms)
    return breadth(bare, numbers)
