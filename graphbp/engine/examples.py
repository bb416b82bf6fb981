"""Several examples: stacked in one pass where all is numbers, one after the other elsewhere; and their total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from graphbp.engine.blocks import Stack
from graphbp.engine.data import Data, data_of
from graphbp.engine.plan import Plan, leaf_numbers
from graphbp.engine.result import Readings, Result, Table
from graphbp.engine.running import table_of
from graphbp.errors import GraphError
from graphbp.graph import SCALAR, Graph, Node, Shape
from graphbp.notation.tree import symbols
from graphbp.ops.base import Value
from graphbp.ops.lower import lower
from graphbp.ops.program import Program

if TYPE_CHECKING:
    from graphbp.network import Network


@dataclass(frozen=True, eq=False)
class Batch:
    """All examples: one stacked table, or one table for each."""

    tables: Sequence[Table]
    count: int
    stacked: bool

    def joined(self, values: Sequence[Value]) -> Value:
        """One value per table as one array with the examples on axis 0."""
        return (
            np.broadcast_to(values[0], (self.count,))
            if self.stacked
            else np.stack([np.asarray(value) for value in values])
        )

    def summed(self, values: Sequence[Value | None]) -> Value | None:
        """The sum over the examples; None if nothing is known."""
        known = [value for value in values if value is not None]
        if not known:
            return None
        total = np.sum(np.broadcast_to(known[0], (self.count,))) if self.stacked else sum(known[1:], known[0])
        return float(total) if np.ndim(total) == 0 and np.asarray(total).dtype == np.float64 else total

    @property
    def readings(self) -> Sequence[Readings]:
        """One reading for each example."""
        return Stacked(self.tables[0], self.count) if self.stacked else [Readings(table) for table in self.tables]


class Stacked(Sequence[Readings]):
    """The examples of one pass in which every value holds all of them."""

    def __init__(self, table: Table, count: int) -> None:
        self.table, self.length = table, count

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> Readings: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Readings]: ...
    def __getitem__(self, place: int | slice) -> Readings | Sequence[Readings]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self.length))]
        return Readings(self.table, None, range(self.length)[place])


class Total:
    """The total loss: its formula run over the examples' losses and what the examples share."""

    def __init__(self, network: Network, batch: Batch, reached: frozenset[str]) -> None:
        assert network.total_formula is not None
        (self.name, self.formula), self.network, self.batch = network.total_formula, network, batch
        self.plan = batch.tables[0].plan
        self.used = symbols(self.formula)
        self.reached = reached
        self.each = [item for item in self.used if item in reached or item == self.plan.graph.output]

    @cached_property
    def inputs(self) -> Mapping[str, Value]:
        """What the formula runs over."""
        return {item: self._input(item) for item in self.used}

    def _input(self, name: str) -> Value:
        values = [table.value(name) for table in self.batch.tables]
        return self.batch.joined(values) if name in self.each else values[0]

    @cached_property
    def program(self) -> Program:
        """The formula's instructions; the same for every run over values of these shapes."""
        shapes = {item: np.shape(value) for item, value in self.inputs.items()}
        return self.network.kept.once((Total, *shapes.items()), lambda: self._program(shapes))

    def _program(self, shapes: Mapping[str, Shape]) -> Program:
        leaves = [Node(item, shape=shape, owner=item) for item, shape in shapes.items()]
        nodes = lower(self.name, self.formula, shapes.__getitem__, self.network.functions)
        if nodes[-1].shape != SCALAR:
            raise GraphError(
                f"the total {self.name} is not one number", node=self.name, fix="make it one with sum(…) or mean(…)"
            )
        return Program.of(Graph.of([*leaves, *nodes]))

    @cached_property
    def values(self) -> Sequence[Value]:
        """The value of every node of the formula."""
        return self.program.forward(self.inputs, self.plan.dtype)

    @property
    def value(self) -> Value:
        """The total loss."""
        return self.values[self.program.places[self.name]]

    @cached_property
    def gradients(self) -> Mapping[str, Value | None]:
        """The gradient of the total for everything that its formula uses."""
        found = self.program.backward(self.values, {self.program.places[self.name]: 1.0})
        return {name: found[self.program.places[name]] for name in self.used}

    def seeds(self, place: int) -> dict[int, Value]:
        """What the backward pass of one table starts from."""
        return {self.plan.program.places[name]: seed for name, gradient in self.gradients.items()
                if gradient is not None and (seed := self._seed(name, gradient, place)) is not None}  # fmt: skip

    def _seed(self, name: str, gradient: Value, place: int) -> Value | None:
        if name in self.each:
            return gradient if self.batch.stacked else gradient[place][()]
        # What the examples share is counted once, with the first example.
        if not self.batch.stacked:
            return gradient if place == 0 else None
        return np.eye(1, self.batch.count)[0] * gradient


class Supposed(Total):
    """The total of losses that are not known yet: of all losses 0."""

    def _input(self, name: str) -> Value:
        return np.zeros(self.batch.count, self.plan.dtype) if name in self.each else super()._input(name)


class TotalTable:
    """Values that all examples share, and gradients of the total loss: sums over the examples."""

    def __init__(self, total: Total) -> None:
        self.total, self.batch, self.plan = total, total.batch, total.plan
        self._sums = self._summed() if self.batch.stacked else {}

    def _summed(self) -> dict[int, Value]:
        """The gradients of what stacked examples share.

        Nearly every total is linear in the losses, as a sum or a mean is.  Its slopes are known before any loss is, so
        one walk over the blocks computes forward and backward; another total takes a second walk.
        """
        supposed = Supposed(self.total.network, self.batch, self.total.reached)
        stack, places = self.batch.tables[0].values, self.plan.program.places
        assert isinstance(stack, Stack)
        wanted = [places[name] for name in self.total.each if stack.varying[places[name]]]
        sums = stack.walk(wanted, supposed.seeds(0))
        found = self.total.seeds(0)
        if all(np.array_equal(seed, found[place]) for place, seed in supposed.seeds(0).items()):
            return sums
        return stack.walk((), found)

    @cached_property
    def tables(self) -> Sequence[Table]:
        """The examples' tables, started from the gradients of the total."""
        return [Table(table.plan, table.values, self.total.seeds(place), open_seeds=True)
                for place, table in enumerate(self.batch.tables)]  # fmt: skip

    def value(self, name: str) -> Value:
        """The value of a shared node, or of the total."""
        return self.total.value if name == self.total.name else self.batch.tables[0].value(name)

    def knows(self, name: str) -> bool:
        """Whether this is the total or a node."""
        return name == self.total.name or self.batch.tables[0].knows(name)

    def gradient(self, name: str) -> Value | None:
        """The gradient of the total loss."""
        if name == self.total.name:
            return 1.0
        if self.batch.stacked:
            return self._stacked_gradient(name)
        return self.batch.summed([table.gradient(name) for table in self.tables])

    def of_parameters(self) -> dict[str, Value | None]:
        """The gradients of the total loss for all parameters."""
        return {name: self.gradient(name) for name in self.plan.program.parameters}

    def _stacked_gradient(self, name: str) -> Value | None:
        program = self.plan.program
        if not self.total.gradients or name in program.meaningless:
            return None
        found = self._sums.get(program.places[name], 0.0 if self.plan.graph.output is not None else None)
        return float(found) if isinstance(found, np.float64) else found

    def shares(self, name: str) -> dict[str, Value]:
        """The gradient of a shared node, split by the named nodes that use it, the total among them."""
        if name == self.total.name:
            return {}
        tables = [table.shares(name) for table in self.tables]
        split = {via: self.batch.summed([table.get(via) for table in tables]) for via in tables[0]}
        direct = self.total.gradients.get(name)
        return {**split, self.total.name: direct} if direct is not None else split

    def slot(self, name: str, via: str) -> int:
        """The place of a node among the named inputs of another."""
        return self.total.used.index(name) if via == self.total.name else self.batch.tables[0].slot(name, via)

    def nonfinite(self) -> str | None:
        """The first named node, over all examples, whose numbers are not finite."""
        return next((found for table in self.batch.tables if (found := table.nonfinite()) is not None), None)


def run_examples(network: Network, given: Mapping[str, Any], dtype: Any, kept: frozenset[str] = frozenset()) -> Result:
    """All rows of data; `kept` names leaves whose numbers rows do not change."""
    data = data_of(network)
    reached, shared = network.kept.once(("reached", kept), lambda: _reached(network.graph, data.names - kept))
    stacked = stacked_table(network, data, given, dtype, kept)
    tables = [stacked] if stacked else one_by_one(network, data, given, dtype, kept)
    batch = Batch(tables, len(data.rows), stacked is not None)
    if network.total_formula is None:
        result = Result(tables[0], shared)
    else:
        total = Total(network, batch, reached)
        result = Result(TotalTable(total), [*shared, total.name])
        result.total = total.name
    result.examples = batch.readings
    return result


def _reached(graph: Graph, leaves: frozenset[str]) -> tuple[frozenset[str], list[str]]:
    """What depends on the rows of data, and the named nodes that do not."""
    reached = reached_by(graph, leaves)
    return reached, [node.id for node in graph.named if node.id not in reached]


def reached_by(graph: Graph, leaves: frozenset[str]) -> frozenset[str]:
    """The leaves and all nodes that depend on them."""
    reached = set(leaves)
    for node in graph:
        if not reached.isdisjoint(node.inputs):
            reached.add(node.id)
    return frozenset(reached)


def stacked_table(
    network: Network, data: Data, given: Mapping[str, Any], dtype: Any, kept: frozenset[str]
) -> Table | None:
    """All examples in one pass, if every value is a number and every operation acts on numbers."""
    if len(data.rows) < 2 or not network.graph.kept.once("numbers", lambda: not any(n.shape for n in network.graph)):
        return None
    plan = Plan(network, network.graph, {}, dtype, given)
    if not plan.program.numbers_only:
        return None
    leaves = network.kept.once((Stack, dtype, kept), lambda: _leaves(network, data, plan, kept))
    return Table(plan, Stack(plan, leaves, len(data.rows)))


def _leaves(network: Network, data: Data, plan: Plan, kept: frozenset[str]) -> list[Value]:
    """The table of values with leaves filled in, those that rows of data give as columns."""
    columns = {name: column.astype(plan.dtype, copy=False) for name, column in data.columns.items() if name not in kept}
    numbers = leaf_numbers(network.graph, {**network.arrays, **columns})
    ready = {name: value if np.ndim(value) else plan.dtype(value) for name, value in numbers.items()}
    return plan.program.start(ready, plan.dtype, rows=True)


def one_by_one(network: Network, data: Data, given: Mapping[str, Any], dtype: Any, kept: frozenset[str]) -> list[Table]:
    """One pass for each example; examples of the same sizes share one plan."""
    plans: dict[tuple[Any, ...], Plan] = {}
    tables = []
    for row in data.rows:
        changed = {name: value for name, value in row.items() if name not in kept}
        table = table_of(network, {**network.arrays, **changed}, given, dtype, plans)
        tables.append(table)
    return tables
