"""What a chart of gradient descent shows, in numbers: the iterates, and the loss around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from graphbp.engine import run
from graphbp.errors import NameProblem, UsageError, ValueMissing, did_you_mean
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.tree import Call, Entry, Expr, Symbol, position

RATES = (2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
"""Learning rates that are tried where the network names none; a gradient near 0 would ask for any larger one."""

LISTED = 8
"""Parameters that a message names at most."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One number among the parameters: a parameter, or an entry of one."""

    name: str
    place: tuple[int, ...] = ()

    @property
    def symbol(self) -> Expr:
        """w₁, or W with its indices."""
        return Entry(Symbol(self.name), tuple(map(position, self.place))) if self.place else Symbol(self.name)


def chosen_axes(network: Network, wrt: Sequence[str]) -> tuple[Axis, ...]:
    """The one or two numbers that move; without `wrt` all parameters, if they are no more.

    Raises: UsageError if it is not clear which, or without a loss, NameProblem for a parameter that does not exist,
    ValueMissing without numbers.
    """
    if not network.has_loss:
        raise UsageError("there is no loss to walk down", fix="name one under loss")
    if network.missing:
        name = network.missing[0]
        raise ValueMissing(f"{name} has no number, and a chart needs them all", fix=f"give it with --set {name}=0.3")
    known = [axis for node in network.graph.named if node.role is Role.PARAMETER for axis in _entries(network, node.id)]
    axes = tuple(_named(network, text, known) for text in wrt) or tuple(known)
    if not axes:
        raise UsageError("there is no parameter to move", fix="declare one under parameters")
    if len(axes) > 2 or len(set(axes)) < len(axes):
        names = [f"--wrt {_spelled(axis)}" for axis in known]
        shown = " ".join(names[:LISTED]) + (" …" if len(names) > LISTED else "")
        raise UsageError(
            f"a contour picture shows two parameters, and {len(set(axes))} are asked for",
            fix=f"choose two of {shown}",
        )
    return axes


def _entries(network: Network, name: str) -> list[Axis]:
    return [Axis(name, place) for place in np.ndindex(np.shape(network.arrays[name]))]


def _spelled(axis: Axis) -> str:
    return f'"{axis.name}[{",".join(map(str, axis.place))}]"' if axis.place else axis.name


def _named(network: Network, text: str, known: Sequence[Axis]) -> Axis:
    table = {_spelled(axis).strip('"'): axis for axis in known}
    name = text.replace(" ", "")
    if name not in table:
        raise NameProblem(f"{text} is no number among the parameters", fix=did_you_mean(name, table) or _hint(table))
    return table[name]


def _hint(table: Mapping[str, Axis]) -> str:
    return f"choose from {', '.join(list(table)[:LISTED])}"


@dataclass(frozen=True)
class Survey:
    """A network's loss as a function of the chosen numbers; all others keep their values."""

    network: Network
    axes: tuple[Axis, ...]
    steps: int

    @cached_property
    def loss(self) -> Symbol:
        """What falls: the total over the examples where there are several."""
        total = self.network.total_formula
        return Symbol(total[0] if self.network.data and total else self.network.loss_name)

    @cached_property
    def rate(self) -> float:
        """The network's learning rate; without one the round number that takes the loss furthest down, never up."""
        if self.network.learning_rate is not None:
            return self.network.learning_rate
        ways = {rate: self._walk(rate) for rate in RATES}
        falling = {rate: way[-1][2] for rate, way in ways.items() if self._falls(way)}
        return min(falling, key=falling.__getitem__, default=RATES[-1])

    @cached_property
    def path(self) -> tuple[tuple[np.ndarray, np.ndarray, float], ...]:
        """Every iterate: the point, the gradient there, the loss there; as far as they are finite.

        Raises: UsageError if already the first is not.
        """
        found = self._walk(self.rate)
        if not found:
            raise UsageError(
                f"{self.loss.name} or its gradient is not finite at the start", fix="start elsewhere with --set"
            )
        return found

    def _walk(self, rate: float) -> tuple[tuple[np.ndarray, np.ndarray, float], ...]:
        point, found = self._start(), list[tuple[np.ndarray, np.ndarray, float]]()
        while len(found) <= self.steps:
            gradient, loss = self._slope(point)
            if not np.isfinite([*point, *gradient, loss]).all():
                break
            found.append((point, gradient, loss))
            point = point - rate * gradient
        return tuple(found)

    def _falls(self, path: Sequence[tuple[np.ndarray, np.ndarray, float]]) -> bool:
        losses = [loss for *_, loss in path]
        return len(losses) > self.steps and all(b <= a for a, b in pairwise(losses))

    def _start(self) -> np.ndarray:
        return np.array([self.network.arrays[axis.name][axis.place] for axis in self.axes], float)

    def _slope(self, point: np.ndarray) -> tuple[np.ndarray, float]:
        result = run(self.network, self._values(point))
        gradient = [np.asarray(result[axis.name].gradient)[axis.place] for axis in self.axes]
        return np.array(gradient, float), float(np.asarray(result.loss))

    def _values(self, point: Sequence[float] | np.ndarray) -> dict[str, Any]:
        """The parameters whose numbers move, whole."""
        arrays = {axis.name: np.array(self.network.arrays[axis.name], float) for axis in self.axes}
        for axis, value in zip(self.axes, point, strict=True):
            arrays[axis.name][axis.place] = value
        return arrays

    def losses(self, points: np.ndarray) -> np.ndarray:
        """The loss at many points, in one run: each point is an example whose inputs are the chosen parameters."""
        rows = [self._values(point) for point in points]
        data = [dict(row) for row in self.network.rows] or [{}]
        batch = [{**own, **row} for row in rows for own in data]
        found = _batched(self.network, [axis.name for axis in self.axes], batch, self.network.loss_name)
        if not self.network.data:
            return found
        return self._totals(found.reshape(len(points), len(data)), rows)

    def _totals(self, found: np.ndarray, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """The total loss at each point: its formula over the losses of all examples, as a network of its own."""
        assert self.network.total_formula is not None
        name, formula = self.network.total_formula
        outer = Network()
        outer.functions.update(self.network.functions)
        each = self.network.loss_name
        outer.input(each, found[0])
        for leaf, array in self.network.arrays.items():
            outer.input(leaf, array)
        outer.loss(name, formula)
        batch = [{each: losses, **row} for losses, row in zip(found, rows, strict=True)]
        return _batched(outer, (), batch, name)


def _batched(network: Network, moved: Sequence[str], rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    """The value of one node for every row, the moved parameters being inputs: only these differ between examples."""
    made = Network()
    made.functions.update(network.functions)
    for leaf in network.leaves.values():
        made.leaf(leaf.name, Role.INPUT if leaf.name in moved else leaf.role, network.arrays.get(leaf.name))
    for node, formula in network.formulas.items():
        (made.loss if node == name else made.node)(node, formula)
    for row in rows:
        made.row(row)
    # Only each point's own loss is read; its sum over all points needs a name that is free.
    made.total(f"{name}_of_all", Call("sum", (Symbol(name),)))
    return np.array([float(one[name].value) for one in run(made).examples])
