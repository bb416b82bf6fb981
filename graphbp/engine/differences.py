"""Difference quotients and complex steps of a whole network: witnesses of a gradient that know no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.engine.result import Result, Table
from graphbp.engine.running import run
from graphbp.engine.witness import defined_value
from graphbp.errors import NameProblem, UsageError, ValueMissing, did_you_mean
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction

if TYPE_CHECKING:
    from graphbp.network import Network

STEPS = 2.0 ** -np.arange(5, 23, 2)
"""Step widths relative to the size of the entry, each a quarter of the one before."""

KINK_SHRINKS = 0.5
"""A smooth function's one-sided slopes approach each other fourfold from width to width; a kink's do not."""

SEEN = 1e-6
"""Slopes that differ relatively by less are taken for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """∂l/∂(name) by differences: the best estimate of each entry, its uncertainty, and both one-sided slopes.

    `kinks` marks the entries at which the slopes from left and right differ.
    """

    name: str
    value: Value
    uncertainty: Value
    left: Value
    right: Value
    kinks: Value

    @property
    def kink(self) -> bool:
        """Whether any entry lies at a kink."""
        return bool(np.any(self.kinks))


def central_difference(
    network: Network, name: str, overrides: Mapping[str, Any] | None = None, *, example: int | None = None
) -> Difference:
    """The gradient of the loss (of the total loss where there are examples) by difference quotients.

    Of a network without loss, the given gradients weigh the nodes that they belong to.
    Raises: NameProblem for an unknown node, ValueMissing without numbers, UsageError without loss or given gradients.
    """
    result = run(network, overrides)
    loss, start = _function(network, result, name, overrides or {}, example)
    flat = np.asarray(start, np.float64).reshape(-1)
    rows = [_entry_slopes(loss, flat, place) for place in range(flat.size)]
    return Difference(name, *(_shaped(column, np.shape(start)) for column in zip(*rows, strict=True)))


def complex_step(network: Network, name: str, overrides: Mapping[str, Any] | None = None) -> Value:
    """The gradient of the loss by complex steps through the definitions: exact to the last digits, away from kinks.

    Raises: NameProblem, ValueMissing, UsageError as `central_difference`.
    """
    moved = _Moved(_table(run(network, overrides)), _known(network, name), _defined)
    start = np.asarray(moved.start, np.complex128)
    width = 1e-30
    found = np.zeros(start.size)
    for place in range(start.size):
        at = start.copy()
        at.flat[place] += 1j * width
        found[place] = np.imag(moved(at[()])) / width
    return _shaped(found, start.shape)


def _entry_slopes(
    loss: Callable[[Value], Value], flat: np.ndarray, place: int
) -> tuple[float, float, float, float, bool]:
    """Estimate, uncertainty, left and right slope, and whether there is a kink, for one entry."""
    widths = STEPS * max(1.0, abs(flat[place]))
    up, down = flat[place] + widths, flat[place] - widths
    middle = loss(_with(flat, place, flat[place : place + 1]))[0]
    above, below = loss(_with(flat, place, up)), loss(_with(flat, place, down))
    with np.errstate(all="ignore"):
        central = (above - below) / (up - down)
        right, left = (above - middle) / (up - flat[place]), (middle - below) / (flat[place] - down)
        # Two widths together cancel the error of second order.
        better = (16.0 * central[1:] - central[:-1]) / 15.0
        spread = np.abs(np.diff(better))
        best = int(np.nanargmin(spread)) if np.isfinite(spread).any() else len(spread) - 1
    return (
        float(better[best + 1]),
        float(spread[best]),
        float(left[-3]),
        float(right[-3]),
        _is_kink(left, right, middle, widths),
    )


def _is_kink(left: np.ndarray, right: np.ndarray, middle: float, widths: np.ndarray) -> bool:
    """Whether the gap between the one-sided slopes stays when the steps shrink."""
    gaps = np.abs(right - left)
    size = max(abs(right[-3]), abs(left[-3]), 0.0)
    noise = 64 * np.finfo(float).eps * max(abs(middle), 1e-300) / widths[-3]
    stays = gaps[-3] > KINK_SHRINKS * gaps[-5]
    return bool(stays and gaps[-3] > SEEN * size + noise)


def _with(flat: np.ndarray, place: int, entries: np.ndarray) -> np.ndarray:
    """One copy of the array for each new entry at the place."""
    copies = np.repeat(flat[None, :], len(entries), axis=0)
    copies[:, place] = entries
    return copies


def _shaped(values: Iterable[Any], shape: tuple[int, ...]) -> Value:
    array = np.array(list(values)).reshape(shape)
    return array if shape else array.item()


def _known(network: Network, name: str) -> str:
    if name not in network.graph or not network.graph[name].named:
        raise NameProblem(f"there is no node {name}", fix=did_you_mean(name, (node.id for node in network.graph.named)))
    return name


def _table(result: Result, example: int | None = None) -> Table:
    """The table of a network without data, or that of one example."""
    table = result.examples[example].table if example is not None else result.table
    if not isinstance(table, Table):
        raise UsageError("with data a complex step needs one example", fix="take central differences of the total loss")
    return table


def _function(
    network: Network, result: Result, name: str, overrides: Mapping[str, Any], example: int | None
) -> tuple[Callable[[Value], Value], Value]:
    """The loss as a function of copies of the node's flattened value, and the value that it has."""
    if result.examples and example is None:
        return _total_function(network, result, name, overrides)
    single = _single(network, result, overrides, example)
    moved = _Moved(_table(single), _known(network, name), _forward)
    return moved.of_copies, moved.start


def _single(network: Network, result: Result, overrides: Mapping[str, Any], example: int | None) -> Result:
    """The run of one example alone."""
    if example is None:
        return result
    from graphbp.engine.plan import given_values, split_overrides
    from graphbp.engine.running import table_of

    leaves, assumed = split_overrides(network, overrides)
    row = {key: value for key, value in network.rows[example].items() if key not in leaves}
    changed = network.with_values(leaves) if leaves else network
    return Result(table_of(changed, {**changed.arrays, **row}, given_values(changed, assumed), np.float64))


def _total_function(
    network: Network, result: Result, name: str, overrides: Mapping[str, Any]
) -> tuple[Callable[[Value], Value], Value]:
    """The total loss as a function of a leaf that all examples share."""
    if name not in result or not network.graph[_known(network, name)].leaf:
        raise UsageError(
            f"{name} differs between the examples or is computed", node=name, fix="give the number of an example"
        )
    shape = np.shape(result[name].value)

    def loss(copies: np.ndarray) -> np.ndarray:
        return np.array([run(network, {**overrides, name: copy.reshape(shape)}).loss for copy in copies])

    return loss, result[name].value


Compute = Callable[[Instruction, Sequence[Value]], Value]


def _forward(step: Instruction, inputs: Sequence[Value]) -> Value:
    return step.op.forward(*(np.float64(value) if type(value) is float else value for value in inputs), **step.attrs)


def _defined(step: Instruction, inputs: Sequence[Value]) -> Value:
    return defined_value(step.op, [np.asarray(value)[()] for value in inputs], dict(step.attrs))


class _Moved:
    """The loss when one node's value is moved and all that depends on it is computed again.

    The nodes whose gradients are given weigh in with these; what they feed keeps seeing their old values,
    because a given gradient is total already.
    """

    def __init__(self, table: Table, name: str, compute: Compute) -> None:
        self.table, self.compute = table, compute
        self.place = table.plan.program.places[name]
        if not table.seeds:
            unknown = [given for given, value in table.plan.given.items() if value is None]
            if unknown:
                raise ValueMissing(f"d{table.plan.network.loss_name}/d{unknown[0]} has no number")
            raise UsageError("there is no loss whose gradient could be taken", fix="add a loss, or give gradients")

    @property
    def start(self) -> Value:
        """The value that the node has."""
        return self.table.values[self.place]

    @cached_property
    def _steps(self) -> list[Instruction]:
        """What must be computed again, in order."""
        if self.place in self.table.seeds:
            return []
        reached, steps = {self.place}, []
        for step in self.table.plan.program.instructions:
            if step.target != self.place and not reached.isdisjoint(step.sources):
                steps.append(step)
                if step.target not in self.table.seeds:
                    reached.add(step.target)
        return steps

    def __call__(self, value: Value) -> Value:
        """The loss, or the given gradients' weighted sum, for one value of the node."""
        ends = self._ends(value)
        return sum(np.sum(np.asarray(seed) * ends[place]) for place, seed in self.table.seeds.items())

    def _ends(self, value: Value) -> dict[int, Value]:
        """The values of the nodes whose gradients are known, when this node has another value."""
        old, seeds = self.table.values, self.table.seeds
        changed: dict[int, Value] = {self.place: value}
        ends: dict[int, Value] = {place: old[place] for place in seeds}
        if self.place in ends:
            ends[self.place] = value
        with np.errstate(all="ignore"):
            for step in self._steps:
                found = self.compute(step, [changed.get(source, old[source]) for source in step.sources])
                (ends if step.target in seeds else changed)[step.target] = found
        return ends

    def of_copies(self, copies: np.ndarray) -> np.ndarray:
        """The loss for each copy; all at once where all is numbers."""
        shape = np.shape(self.start)
        if shape == () and self.table.plan.program.numbers_only:
            ends = self._ends(copies[:, 0])
            total = sum(seed * ends[place] for place, seed in self.table.seeds.items())
            return np.broadcast_to(np.asarray(total), len(copies))
        return np.array([float(self(copy.reshape(shape)[()])) for copy in copies])
