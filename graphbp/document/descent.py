"""Gradient descent with all parameters in one vector: what is looked for, the gradient, and the first two updates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from graphbp.derive.figures import literal, spell
from graphbp.derive.steps import Derivation
from graphbp.document.outcome import gradient_of, spelled
from graphbp.document.tree import Block, EquationRow, Equations, Heading, Paragraph
from graphbp.engine import Result, run
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.names import Label
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Array, Call, Entry, Equation, Expr, Mark, Mul, Partial, Symbol, position

LONGEST = 6
"""Vectors with more entries are too high for a line."""
UPDATES = 2
MANY = 100
SMALL = 1e-6
"""How many updates are followed: a number of them, or until the gradient is a small part of what it was."""


def descent(derivation: Derivation, result: Result, digits: int) -> tuple[tuple[Block, ...], Mapping[str, Label]]:
    """θ* = argmin L(θ), θ and ∇L(θ) as columns, θ⁰ → θ¹ → θ², and the names of these; nothing where it does not apply.

    It applies where a learning rate is given and all parameters are asked for, if they are few numbers.
    """
    network = derivation.network
    names = [node.id for node in network.graph.named if node.role is Role.PARAMETER]
    size = sum(int(np.size(result[name].value)) for name in names)
    asked = set(names) <= set(derivation.wrt) and all(gradient_of(result, name) is not None for name in names)
    if network.learning_rate is None or result.loss is None or not asked or not 1 < size <= LONGEST:
        return (), {}
    told = _Descent(network, result, names, derivation.result, network.learning_rate, NumberStyle(digits))
    return told.blocks(), told.labels()


@dataclass(frozen=True)
class _Descent:
    """One network's parameters on their way."""

    network: Network
    result: Result
    names: Sequence[str]
    formulas: Mapping[str, Expr]
    rate: float
    style: NumberStyle

    @cached_property
    def vector(self) -> str:
        """The name of the vector of all parameters: θ, or that of the only one if it is a vector itself."""
        only = self.names[0] if len(self.names) == 1 and len(self.network.shape(self.names[0])) == 1 else None
        free = (name for name in ("theta", "Theta", "vartheta") if name not in self.network.graph)
        return only or next(free, "parameters")

    @cached_property
    def loss(self) -> Symbol:
        """What is made small."""
        return Symbol(self.result.total or self.network.loss_name)

    @cached_property
    def path(self) -> tuple[Result, ...]:
        """The start and what every update leads to, as long as all is finite."""
        found = [self.result]
        while len(found) <= UPDATES and (after := self._updated(found[-1])) is not None:
            found.append(after)
        return tuple(found)

    def labels(self) -> dict[str, Label]:
        """θ, θ*, θ⁰, θ¹, …"""
        label = self.network.names.label(self.vector)
        marks = ("*", *map(str, range(UPDATES + 1)))
        raised = {self._at(mark): replace(label, sup=f"{label.sup}({mark})" if label.sup else mark) for mark in marks}
        return {self.vector: label, **raised}

    def _at(self, mark: str | int) -> str:
        return f"{self.vector}^{mark}"

    def blocks(self) -> tuple[Block, ...]:
        """The section."""
        theta, best = Symbol(self.vector), Symbol(self._at("*"))
        gradient = Call("_gradient", (self.loss, theta))
        rows = tuple(self._update(place) for place in range(len(self.path) - 1))
        return (
            Heading(("Gradient descent",)),
            Paragraph(("Wanted is ", Equation(best, (Call("_argmin", (theta, self.loss)),)), "; ", theta,
                       " holds all parameters, ", gradient, " their derivatives in the same order:")),
            Equations((*self._stacked(theta, gradient),), compact=True),
            Paragraph(("Every update goes against the gradient, with the learning rate ",
                       Equation(Symbol("eta"), (spelled(self.rate, self.style),)), ":")),
            Equations(rows),
            Paragraph(self._course()),
        )  # fmt: skip

    def _stacked(self, theta: Symbol, gradient: Expr) -> Iterator[EquationRow]:
        """θ and ∇L(θ), the gradient also as the formulas that were found for it."""
        entries = tuple(self._entries())
        if theta.name not in self.names:
            yield EquationRow(theta, (Array(entries),))
        partials = Array(tuple(Partial(self.loss, entry) for entry in entries))
        plain = self.loss.name == self.network.loss_name and all(
            self.network.shape(name) == () and name in self.formulas for name in self.names
        )
        found = (Array(tuple(self.formulas[name] for name in self.names)),) if plain else ()
        yield EquationRow(gradient, (partials, *found))

    def _entries(self) -> Iterator[Expr]:
        """Every number among the parameters, by its sign."""
        for name in self.names:
            for place in np.ndindex(np.shape(self.result[name].value)):
                yield Entry(Symbol(name), tuple(map(position, place))) if place else Symbol(name)

    def _update(self, place: int) -> EquationRow:
        """θ¹ = θ⁰ − η ∇L(θ⁰), with its numbers."""
        before, after = self.path[place : place + 2]
        start = Symbol(self._at(place))
        formula = start - Mul((Symbol("eta"), Call("_gradient", (self.loss, start))))
        eta = spelled(self.rate, self.style)
        gradient = Mark(self._column(before, "gradient"), "backward")
        inserted = self._column(before, "value") - Mul((eta, gradient))
        reached = Mark(self._column(after, "value"), "forward")
        return EquationRow(Symbol(self._at(place + 1)), (formula, inserted, reached))

    def _column(self, at: Result, what: str) -> Expr:
        return spell(literal(_stack(at, self.names, what)), self.style.digits)

    def _course(self) -> Prose:
        """What the updates do to the loss."""
        losses = [one.loss for one in self.path if one.loss is not None]
        if not any(_stack(self.result, self.names, "gradient")):
            return ("The gradient is 0, so nothing moves and ", self.loss, " stays at ", self._number(losses[0]), ".")
        told: Prose = (self.loss,)
        way = ""
        for before, after in pairwise(losses):
            last, way = way, _way(before, after)
            start: Prose = () if last else (" from ", self._number(before))
            told = (*told, *([", then"] if last == way else [f", then {way}" if last else f" {way}"]), *start, " to ")
            told = (*told, self._number(after))
        return (*told, *self._end())

    def _end(self) -> Prose:
        """Where many more updates lead, with the numbers of just these updates: no promise of what they tend to."""
        last = self.path[-1]
        if not any(_stack(last, self.names, "gradient")):
            return (", where the gradient is 0.",)
        count, small = len(self.path) - 1, SMALL * self._length(self.result)
        while count < MANY and self._length(last) > small:
            after = self._updated(last)
            if after is None:
                return (f", and so on; update {count + 1} leads to numbers that are not finite.",)
            last, count = after, count + 1
        gradient = Call("_gradient", (self.loss, Symbol(self.vector)))
        return (f", and so on: after {count} updates ", self.loss, " is ", self._number(float(last.loss or 0)),
                " and the length of ", gradient, " is ", self._number(self._length(last)), ".")  # fmt: skip

    def _length(self, at: Result) -> float:
        """The length of the gradient."""
        return float(np.linalg.norm(_stack(at, self.names, "gradient")))

    def _updated(self, at: Result) -> Result | None:
        """What one update leads to; None where it is not finite."""
        after = run(self.network, {name: _moved(at, name, self.rate) for name in self.names})
        numbers = (_stack(after, self.names, what) for what in ("value", "gradient"))
        return after if all(np.isfinite(one).all() for one in numbers) else None

    def _number(self, value: float) -> Expr:
        return spelled(float(value), self.style)


def _way(before: float, after: float) -> str:
    """What a loss does."""
    return "falls" if after < before else "rises" if after > before else "moves"


def _moved(at: Result, name: str, rate: float) -> Any:
    """A parameter after one update."""
    return np.asarray(at[name].value) - rate * np.asarray(at[name].gradient)


def _stack(at: Result, names: Iterable[str], what: str) -> np.ndarray:
    """All values, or all gradients, below each other."""
    return np.concatenate([np.ravel(getattr(at[name], what)) for name in names]).astype(float)
