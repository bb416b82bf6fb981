"""How a vector lies on paper: as a row where it meets the rows of a matrix, standing where a matrix multiplies it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import (
    Add,
    Bracket,
    Call,
    Cases,
    Compare,
    Div,
    Group,
    Hadamard,
    Mark,
    MatMul,
    Mul,
    Neg,
    Partial,
    Pow,
    Symbol,
    Term,
    children,
)  # fmt: skip

_ENTRY_BY_ENTRY = (Add, Bracket, Cases, Compare, Div, Group, Hadamard, Mark, Mul, Neg, Pow)


def by_entry(term: Term) -> bool:
    """Whether the parts of a term meet entry by entry, so that vectors in it lie as the term lies."""
    if isinstance(term, Call):
        return term.function in ops.names() and ops.get(term.function).elementwise(dict(term.options))
    return isinstance(term, _ENTRY_BY_ENTRY)


def meeting(term: Term) -> Iterator[Term]:
    """The parts that meet entry by entry in a term."""
    if by_entry(term):
        for child in children(term):
            yield from meeting(child)
    else:
        yield term


def rank(term: Term, env: Mapping[str, Any]) -> int:
    """The number of axes, as far as the names that meet in a term tell it."""
    return max((_rank(part, env) for part in meeting(term)), default=0)


def _rank(part: Term, env: Mapping[str, Any]) -> int:
    if isinstance(part, MatMul):
        ends = rank(part.factors[0], env), rank(part.factors[-1], env)
        return 2 if ends == (2, 2) else max(0, sum(ends) - 2)
    named = isinstance(part, Partial) or (isinstance(part, Symbol) and part.name in env)
    return int(np.ndim(evaluate(part, env))) if named else 0  # type: ignore[arg-type]


def standing(formula: Term, env: Mapping[str, Any]) -> bool:
    """Whether a matrix times a vector is added up in the formula: then vectors stand in all of it.

    >>> W, x, b = map(Symbol, "Wxb")
    >>> numbers = {"W": np.ones((2, 3)), "x": np.ones(3), "b": np.ones(2)}
    >>> standing(W @ x + b, numbers), standing(W + x, numbers)
    (True, False)
    """
    products = (part for part in meeting(formula) if isinstance(part, MatMul))
    return any(rank(part.factors[-1], env) == 1 for part in products)
