"""How a vector lies on paper: as a row where it meets the rows of a matrix, standing where a matrix multiplies it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.derive.kernels import operation_kernels
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
    walk,
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
    if isinstance(part, Call) and all(inner.function in ops.names() for inner in _calls(part)):
        return int(np.ndim(evaluate(part, env, functions=operation_kernels())))
    named = isinstance(part, Symbol) and part.name in env
    known = isinstance(part, Partial) and isinstance(part.y, Symbol) and isinstance(part.x, Symbol)
    return int(np.ndim(evaluate(part, env))) if named or known else 0  # type: ignore[arg-type]


def _calls(term: Term) -> Iterator[Call]:
    return (part for part in walk(term) if isinstance(part, Call))


def lying(formula: Term, env: Mapping[str, Any]) -> bool:
    """Whether vectors lie as rows in a formula: a matrix is there, and none multiplies a vector that is added up.

    >>> W, x, b = map(Symbol, "Wxb")
    >>> numbers = {"W": np.ones((2, 3)), "x": np.ones(3), "b": np.ones(3)}
    >>> lying(W + b, numbers), lying(W @ x, numbers), lying(x + b, numbers)
    (True, False, False)
    """
    products = (part for part in meeting(formula) if isinstance(part, MatMul))
    matrices = any(_rank(part, env) > 1 for part in walk(formula) if isinstance(part, Symbol | Partial))
    return matrices and not any(rank(part.factors[-1], env) == 1 for part in products)
