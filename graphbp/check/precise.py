"""A second opinion with many digits, where double precision cannot tell a small difference from rounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from graphbp.check.sides import Scope, Wanted, _named, names_in
from graphbp.check.truth import World
from graphbp.engine.witness import precise_functions, with_digits
from graphbp.errors import GraphbpError
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import Call, Expr, Symbol, substitute

DIGITS = 60
STEP_DIGITS = 18
"""A step of 1e-18: its square is far below the digits that decide, the quotient keeps 42 digits."""
LARGEST = 64
"""A derivative of more entries is not taken by differences."""


def precise(value: Any) -> Any:
    """A number, or an array of numbers, with many digits."""
    found = with_digits(value, DIGITS)
    return found.item() if isinstance(found, np.ndarray) and found.ndim == 0 else found


class Precise:
    """One sampled point of a network with 60 digits: values by the definitions, derivatives by differences."""

    def __init__(self, world: World, scope: Scope, row: int) -> None:
        self.world, self.scope, self.row = world, scope, row
        self.functions = precise_functions(DIGITS)
        self.leaves = {node.id: self._leaf(node.id) for node in world.plan.graph.named if node.leaf}
        self.values = self.forward(self.leaves)

    def _leaf(self, name: str) -> Any:
        return precise(self.scope.cloud.value(name)[self.row])

    def forward(self, leaves: Mapping[str, Any]) -> dict[str, Any]:
        """The values of all named nodes."""
        values = dict(leaves)
        for name in self._computed():
            values[name] = evaluate(
                self._opened(self.world.network.formulas[name]), values, self.world.sizes, self.functions
            )
        return values

    def _computed(self) -> Iterator[str]:
        return (node.id for node in self.world.plan.graph.named if not node.leaf)

    def _opened(self, term: Expr) -> Expr:
        """The formula with declared functions written out."""
        found: Expr = opened(term, self.world)
        return found

    def value(self, name: str) -> Any:
        """A node, a derivative, or a size."""
        if name in self.values:
            return self.values[name]
        if name in self.world.sizes:
            return precise(float(self.world.sizes[name]))
        raise GraphbpError(f"{name} is not known with many digits")

    def derivative(self, wanted: Wanted) -> Any:
        """The central difference quotient, entry by entry.

        Raises: GraphbpError where the node is no leaf, or there are too many entries.
        """
        of, wrt = wanted.of, wanted.wrt
        if of not in self.values or np.size(self.values[wrt]) > LARGEST or np.size(self.values[of]) > 1:
            raise GraphbpError("no difference quotient with many digits")
        start = np.asarray(self.values[wrt], dtype=object)
        found = np.empty(start.shape, dtype=object)
        for place in np.ndindex(start.shape):
            found[place] = self._quotient(of, wrt, start, place)
        return found[()] if start.shape else found.item()

    def _quotient(self, of: str, wrt: str, start: Any, place: tuple[int, ...]) -> Any:
        step = precise(1.0) / 10**STEP_DIGITS
        ends = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] = moved[place] + sign * step
            ends.append(self._with(wrt, moved if start.shape else moved.item())[of])
        return (ends[0] - ends[1]) / (2 * step)

    def _with(self, name: str, value: Any) -> dict[str, Any]:
        values = {**self.leaves, name: value}
        for inner in self._computed():
            if inner != name:
                values[inner] = evaluate(
                    self._opened(self.world.network.formulas[inner]), values, self.world.sizes, self.functions
                )
        return values

    def side(self, term: Expr) -> Any:
        """The value of a side of a claim."""
        wanted: dict[str, Wanted] = {}
        body = _named(term, wanted, self.scope)
        table = {name: self.derivative(wanted[name]) if name in wanted else self.value(name) for name in names_in(body)}
        return evaluate(self._opened(body), table, self.world.sizes, self.functions)


def opened(term: Any, world: World) -> Any:
    """A formula with calls of declared functions, and slopes of operations on numbers, written out."""
    from graphbp.derive.local import slope
    from graphbp.notation.tree import rebuild

    def change(part: Any) -> Any:
        part = rebuild(part, change)
        if isinstance(part, Call) and part.order:
            found = slope(world.network, Call(part.function, part.args, part.options), part.order[0])
            return part if found is None else change(found)
        if isinstance(part, Call) and part.function in world.network.functions:
            own = world.network.functions[part.function]
            body = own.body
            return (
                part
                if body is None
                else change(substitute(body, dict(zip(map(Symbol, own.params), part.args, strict=True))))
            )
        return part

    return change(term)


def relative_difference(left: Expr, right: Expr, scope: Scope, rows: list[int]) -> float | None:
    """The largest relative difference of two sides over some points, None if it cannot be computed."""
    worst = 0.0
    try:
        for row in rows:
            point = Precise(scope.cloud.world, scope, row)
            a, b = point.side(left), point.side(right)
            if np.shape(a) != np.shape(b):
                return None
            size = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
            if size:
                worst = max(worst, float(np.max(np.abs(a - b)) / size))
    except (GraphbpError, TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
        return None
    return worst
