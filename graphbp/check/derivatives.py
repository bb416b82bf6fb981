"""Derivatives with something wrong in them: single pull-backs exchanged, other starting gradients, other numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from graphbp.check.examples import Examples
from graphbp.check.truth import Cloud, Edits, World, backward
from graphbp.graph import Node, Role
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction, pull

Seeds = Callable[[Cloud, int], Mapping[int, Value]]
"""Gradients to start from at one point of a cloud, by place, beside the true ones."""


@dataclass(frozen=True, eq=False)
class Mutant:
    """A wrong derivation: what went wrong, where, and the derivative that comes out on a cloud."""

    kind: str
    where: str
    says: str
    compute: Callable[[Cloud], np.ndarray]
    rank: int = 0

    @property
    def via(self) -> str:
        """The node through which the gradient comes where the mistake is made."""
        return self.where.partition(" -> ")[0]


class Derivatives:
    """d(of)/d(wrt) as it comes out with mistakes on the way, and the names of the places where they are made."""

    def __init__(self, world: World, of: str, wrt: str) -> None:
        self.world, self.of, self.wrt = world, of, wrt
        self.graph, self.program = world.plan.graph, world.plan.program
        self.nodes: list[Node] = list(self.graph)
        self.loss = world.network.loss_name
        self._grads: dict[int, Sequence[Sequence[Value]]] = {}
        self._reach: dict[int, Sequence[Sequence[Value]]] = {}
        self._slopes: dict[tuple[int, int], Value] = {}
        self._held: list[Cloud] = []

    @cached_property
    def through(self) -> frozenset[int]:
        """The places on paths from the variable to what is differentiated."""
        ends = [self.of] if self.of in self.program.places else list(self.world.network.givens)
        if self._total:
            ends = [self.loss]
        reached = {self.program.places[name] for name in ends}
        for step in reversed(self.program.instructions):
            if step.target in reached:
                reached.update(step.sources)
        return frozenset(reached) & self.world.between(self.wrt)

    @property
    def _total(self) -> bool:
        total = self.world.network.total_formula
        return total is not None and self.of == total[0]

    @cached_property
    def uses(self) -> list[tuple[Instruction, int]]:
        """Every use of a node on these paths, nearest to the variable first."""
        return [
            (step, slot)
            for step in self.program.instructions
            if step.target in self.through
            for slot in step.pulls
            if step.sources[slot] in self.through
        ]

    def _edited(self, edits: Edits, seeds: Seeds | None = None) -> Callable[[Cloud], np.ndarray]:
        return lambda cloud: self.derivative(cloud, edits, seeds)

    def derivative(
        self, cloud: Cloud, edits: Edits, seeds: Seeds | None = None, tables: Sequence[Sequence[Value]] | None = None
    ) -> np.ndarray:
        """d(of)/d(wrt) with other pull-backs, other starting gradients, or other numbers on the way back."""
        if isinstance(cloud, Examples):
            return self._of_total(cloud, edits, seeds)
        if (
            len(edits) == 1
            and seeds is None
            and tables is None
            and (self.of not in self.program.places or cloud.world.shape(self.of) == ())
        ):
            return self._nudged(cloud, edits)
        place, inner = self.program.places.get(self.of), self.world_of(cloud).shape(self.wrt)
        shape: tuple[int, ...] = ()
        if place is not None and self.of != self.wrt:
            shape = self.world_of(cloud).shape(self.of)
        wanted = self.program.places[self.wrt]
        parts = []
        for row, table in enumerate(tables or cloud.tables):
            more = dict(seeds(cloud, row)) if seeds else {}
            if place is None or shape == ():
                start = {**cloud.seeds(self.of)[row], **more}
                parts.append(
                    backward(self.program, table, start, through=self.through, closed=start, edits=edits)[wanted]
                )
            else:
                parts.append(self._jacobian(table, place, shape, inner, edits, more, wanted))
        return cloud.gather(parts, (*shape, *inner))

    def _nudged(self, cloud: Cloud, edits: Edits) -> np.ndarray:
        """One pull-back exchanged: gradients are linear, so only the change travels on."""
        (target, slot), edit = next(iter(edits.items()))
        step = self._step_at[target]
        source, wanted = step.sources[slot], self.program.places[self.wrt]
        parts = []
        for row, table in enumerate(cloud.tables):
            found = self._true(cloud)[row]
            upstream, true = found[target], found[wanted]
            if upstream is None or found[source] is None:
                parts.append(true)
                continue
            share = edit(step, table, upstream, slot)
            change = (0.0 if share is None else share) - np.asarray(pull(step, table, upstream, slot))
            moved = self._pushed(cloud, row, source, change)
            parts.append(true if moved is None else (0.0 if true is None else true) + moved)
        return cloud.gather(parts, cloud.world.shape(self.wrt))

    def _pushed(self, cloud: Cloud, row: int, source: int, change: Value) -> Value:
        """What a change of the gradient at one place does to that of the variable."""
        wanted = self.program.places[self.wrt]
        if source == wanted:
            return change
        start = dict.fromkeys(cloud.seeds(self.of)[row])
        if not cloud.stacked:
            found = backward(
                self.program, cloud.tables[row], {source: np.asarray(change)[()]}, through=self.through, closed=start
            )
            return found[wanted]
        key = (id(cloud), source)
        if key not in self._slopes:
            self._slopes[key] = backward(
                self.program, cloud.tables[row], {source: 1.0}, through=self.through, closed=start
            )[wanted]
        slope = self._slopes[key]
        return None if slope is None else change * slope

    @cached_property
    def _step_at(self) -> Mapping[int, Instruction]:
        return {step.target: step for step in self.program.instructions}

    def _true(self, cloud: Cloud) -> Sequence[Sequence[Value]]:
        """The true gradients at all places, one list for each table."""
        if id(cloud) not in self._grads:
            starts = cloud.seeds(self.of)
            self._grads[id(cloud)] = [
                backward(self.program, table, start, through=self.through, closed=start)
                for table, start in zip(cloud.tables, starts, strict=True)
            ]
            self._held.append(cloud)
        return self._grads[id(cloud)]

    def everywhere(self, cloud: Cloud) -> Sequence[Sequence[Value]]:
        """The true gradients of all nodes, by one backward pass for each table."""
        if id(cloud) not in self._reach:
            starts = cloud.seeds(self.of if not self._total else self.loss)
            self._reach[id(cloud)] = [
                backward(self.program, table, start, closed=start)
                for table, start in zip(cloud.tables, starts, strict=True)
            ]
            self._held.append(cloud)
        return self._reach[id(cloud)]

    def _jacobian(
        self,
        table: Sequence[Value],
        place: int,
        shape: tuple[int, ...],
        inner: tuple[int, ...],
        edits: Edits,
        more: Mapping[int, Value],
        wanted: int,
    ) -> np.ndarray:
        entries = []
        for number in range(int(np.prod(shape))):
            seed = np.zeros(shape)
            seed.flat[number] = 1.0
            start = {place: seed, **more}
            found = backward(self.program, table, start, through=self.through, closed=start, edits=edits)[wanted]
            entries.append(np.zeros(inner) if found is None else np.broadcast_to(found, inner))
        return np.stack(entries).reshape((*shape, *inner))

    def world_of(self, cloud: Cloud) -> World:
        """The world in which the cloud was drawn: at a network's own numbers sizes may differ."""
        return cloud.world

    def _of_total(self, cloud: Examples, edits: Edits, seeds: Any) -> np.ndarray:
        single = Derivatives(self.world, self.loss, self.wrt)
        parts = np.stack([single.derivative(one, edits, seeds) for one in cloud.clouds])
        return cloud.combined(parts, self.wrt)

    def _shown(self, step: Instruction, slot: int) -> str:
        """How an input is called: by its name, or by the formula that it stands for."""
        return self._written(step.sources[slot]) if 0 <= slot < len(step.sources) else "it"

    def _written(self, place: int) -> str:
        node = self.nodes[place]
        if node.named:
            return node.id
        if node.leaf and node.attrs:
            from graphbp.notation.plain import PlainWriter

            return PlainWriter().write(dict(node.attrs)["value"])
        inner = [self._written(self.program.places[name]) for name in node.inputs]
        sign = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "power": "**", "matmul": " @ "}.get(str(node.op))
        if node.role is Role.IMPLICIT or node.op == "identity":
            return inner[0]
        return f"({sign.join(inner)})" if sign else f"{node.op}({', '.join(inner)})"

    def _owner(self, place: int) -> str:
        """The named node in whose formula a part stands; of a repetition, what is repeated."""
        node = self.nodes[place]
        while node.role is Role.IMPLICIT and node.inputs:
            node = self.graph[node.inputs[0]]
        return node.owner or node.id

    def where(self, step: Instruction, slot: int) -> str:
        """The edge, in the direction of the gradient, or the node in whose formula the use stands."""
        via, to = self._owner(step.target), self._owner(step.sources[slot])
        if via != to:
            return f"{via} -> {to}"
        inputs = [name for name in self.graph.named_inputs.get(via, ()) if self.program.places[name] in self.through]
        return f"{via} -> {inputs[0]}" if len(inputs) == 1 else via

    def _named_place(self, place: int) -> str | None:
        node = self.nodes[place]
        while node.role is Role.IMPLICIT and node.inputs:
            node = self.graph[node.inputs[0]]
        return node.id if node.named else None

    @cached_property
    def _levels(self) -> Mapping[str, int]:
        """How far each named node is from what is differentiated, by the longest way."""
        level: dict[str, int] = {}
        for node in reversed(self.graph.named):
            level[node.id] = 1 + max((level[name] for name in self.graph.named_consumers[node.id]), default=-1)
        return level

    def _between_names(self) -> list[str]:
        """The named nodes strictly between, nearest to the variable first."""
        return [
            node.id
            for node in self.graph.named
            if self.program.places[node.id] in self.through and node.id not in (self.wrt, self.of)
        ]

    def _own_value(self, cloud: Cloud) -> np.ndarray:
        return cloud.value(self.wrt)
