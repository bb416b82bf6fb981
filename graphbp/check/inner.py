"""Derivatives of formulas that a claim writes out: d(Σₖ vₖ hₖ)/dW, d/dz of 1/(1 + e^(−z))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from graphbp.check.sides import Scope, letter_axes, names_in
from graphbp.check.truth import NotKnown
from graphbp.errors import GraphbpError
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import Expr, Index, Max, Partial, Sum, Term, children, walk

WIDTH = 1e-30
"""A complex step has no cancellation: the smaller the better."""
LARGEST = 20_000
"""So many evaluations of a formula about arrays are made, one for each entry at each point."""


def free_letters(term: Term, bound: frozenset[str] = frozenset()) -> tuple[Index, ...]:
    """The letters that no Σ binds, in order of first mention."""
    if isinstance(term, Index):
        return () if term.name in bound else (Index(term.name),)
    inner = bound | {index.name for index in term.indices} if isinstance(term, Sum | Max) else bound
    return tuple(dict.fromkeys(letter for child in children(term) for letter in free_letters(child, inner)))


def of_formula(term: Expr, wrt: str, scope: Scope, letters: Sequence[Index] = ()) -> np.ndarray:
    """The derivative by complex steps along the derivatives of what stands in the formula.

    Points first, then the axes of the formula or those of its letters, then those of the node.  In a local scope
    only the node itself moves.
    Raises: NotKnown for second derivatives, and where there are too many entries.
    """
    from graphbp.check.precise import opened

    if any(isinstance(part, Partial) for part in walk(term)):
        raise NotKnown("a derivative of a derivative is not read")
    body = opened(term, scope.cloud.world)
    names = list(names_in(body))
    values = {name: scope.array(name) for name in names}
    moves = {name: _moves(name, wrt, scope) for name in names}
    if scope.cloud.stacked:
        return np.broadcast_to(_step(body, values, moves, scope), (scope.cloud.count,))
    shape = scope.cloud.world.shape(wrt)
    grid = letter_axes(letters, body, values, scope.cloud.world.sizes)
    if scope.cloud.count * int(np.prod(shape)) > LARGEST:
        raise NotKnown(f"the derivative of a formula for {wrt} has too many entries")
    rows = []
    for row in range(scope.cloud.count):
        here = {name: found[row] for name, found in values.items()}
        entries = [
            _step(body, here, {name: found[(row, ..., *place)] for name, found in moves.items()}, scope, grid)
            for place in np.ndindex(shape)
        ]
        rows.append(np.stack(entries, axis=-1).reshape(*np.shape(entries[0]), *shape))
    return np.stack(rows)


def _step(
    body: Expr,
    values: dict[str, np.ndarray],
    moves: dict[str, np.ndarray],
    scope: Scope,
    grid: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> np.ndarray:
    from graphbp.engine.witness import Defined

    table: dict[str, Any] = {name: values[name] + 1j * WIDTH * moves[name] for name in values}
    try:
        value = np.asarray(evaluate(body, {**table, **grid}, scope.cloud.world.sizes, Defined()))
    except (GraphbpError, ValueError, IndexError, TypeError):
        raise NotKnown("the derivative of this formula cannot be computed") from None
    whole = np.broadcast_shapes(value.shape, *(places.shape for places in grid.values()))
    return np.asarray(np.broadcast_to(np.imag(value) / WIDTH, whole))


def _moves(name: str, wrt: str, scope: Scope) -> np.ndarray:
    """How the numbers of a name move with the node: points, axes of the name, axes of the node."""
    world, cloud = scope.cloud.world, scope.cloud
    if name in scope.terms and not scope.local:
        term, letters = scope.terms[name]
        return of_formula(term, wrt, scope, letters)
    own = name in scope.own or not cloud.knows(name)
    if own or (scope.local and name != wrt):
        value = scope.array(name)
        return np.zeros((*value.shape, *world.shape(wrt)))
    return cloud.derivative(name, wrt)
