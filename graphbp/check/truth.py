"""The truth: values of all nodes at sampled points, and derivatives between them, computed by the engine's rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from graphbp.check.sampling import Arrays, Sampler, free_sizes, seeded
from graphbp.check.stand_ins import known
from graphbp.engine.plan import Plan, bound_sizes
from graphbp.errors import GraphbpError
from graphbp.network import Network
from graphbp.ops.base import Value
from graphbp.ops.literals import literal_array
from graphbp.ops.program import Instruction, Program, pull

Share = Callable[[Instruction, Sequence[Value], Value, int], Value]
Edits = Mapping[tuple[int, int], Share]
"""Other pull-backs for single uses of nodes, by (place of the consumer, slot)."""

POINTS = 32


class NotKnown(GraphbpError):
    """Something that the network does not determine, such as a gradient that no given one reaches."""


def backward(
    program: Program,
    values: Sequence[Value],
    seeds: Mapping[int, Value],
    *,
    through: Collection[int] | None = None,
    closed: Collection[int] = (),
    edits: Edits | None = None,
) -> list[Value]:
    """Gradients from the seeds backward, None where none arrives.

    Only places in `through` are visited; those in `closed` receive nothing.  `edits` exchange single pull-backs.
    """
    found: list[Value] = [None] * len(values)
    for place, seed in seeds.items():
        found[place] = seed
    with np.errstate(all="ignore"):
        for step in reversed(program.instructions):
            upstream = found[step.target]
            if upstream is None or (through is not None and step.target not in through):
                continue
            for slot in step.pulls:
                source = step.sources[slot]
                if source in closed or (through is not None and source not in through):
                    continue
                edit = edits.get((step.target, slot)) if edits else None
                share = pull(step, values, upstream, slot) if edit is None else edit(step, values, upstream, slot)
                if share is not None:
                    found[source] = share if found[source] is None else found[source] + share
    return found


@dataclass(eq=False)
class Cloud:
    """Several points: one table in which numbers are arrays over the points, or one table for each point."""

    world: World
    tables: Sequence[Sequence[Value]]
    count: int
    stacked: bool
    given: Mapping[str, np.ndarray] = field(default_factory=dict)
    _kept: dict[Any, np.ndarray] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        """The instructions of the network."""
        return self.world.plan.program

    @property
    def falls(self) -> str:
        """What a step of gradient descent makes smaller."""
        return self.world.network.loss_name

    @cached_property
    def kinks(self) -> np.ndarray:
        """Which points lie at a kink of some operation."""
        from graphbp.check.kinks import rows_at_kinks

        return rows_at_kinks(self)

    def knows(self, name: str) -> bool:
        """Whether the name is that of a node."""
        return name in self.program.places

    def gather(self, parts: Sequence[Value], shape: tuple[int, ...]) -> np.ndarray:
        """One value for each table as an array whose first axis runs over the points."""
        if self.stacked:
            return np.broadcast_to(np.asarray(0.0 if parts[0] is None else parts[0], float), (self.count,))
        return np.stack(
            [np.zeros(shape) if part is None else np.broadcast_to(np.asarray(part, float), shape) for part in parts]
        )

    def value(self, name: str) -> np.ndarray:
        """The values of a node, points first."""
        key = ("value", name)
        if key not in self._kept:
            place = self.program.places[name]
            self._kept[key] = self.gather([table[place] for table in self.tables], self.world.shape(name))
        return self._kept[key]

    def seeds(self, of: str) -> list[dict[int, Value]]:
        """What backward starts from: 1 at a node, or the assumed gradients where `of` is a loss that is only named."""
        places = self.program.places
        if of in places:
            return [{places[of]: 1.0}] * len(self.tables)
        if of != self.world.network.loss_name or not self.given:
            raise NotKnown(f"nothing is known of {of}")
        return [
            {places[name]: values if self.stacked else values[row][()] for name, values in self.given.items()}
            for row in range(len(self.tables))
        ]

    def gradients(
        self, of: str, wrt: str, edits: Edits | None = None, overrides: Mapping[str, np.ndarray] | None = None
    ) -> np.ndarray:
        """d(of)/d(wrt) for a number `of`; `overrides` are gradients that someone claims, taken as they are."""
        through = self.world.between(wrt)
        rows = []
        for row, (table, seeds) in enumerate(zip(self.tables, self.seeds(of), strict=True)):
            start = dict(seeds)
            for name, values in (overrides or {}).items():
                start[self.program.places[name]] = values if self.stacked else values[row]
            rows.append(
                backward(self.program, table, start, through=through, closed=start, edits=edits)[
                    self.program.places[wrt]
                ]
            )
        if of not in self.program.places and all(part is None for part in rows):
            raise NotKnown(f"the gradients that are given do not reach {wrt}")
        return self.gather(rows, self.world.shape(wrt))

    def derivative(self, of: str, wrt: str, local: bool = False) -> np.ndarray:
        """d(of)/d(wrt): points first, then the axes of `of`, then of `wrt`; `local` for the formula of `of` alone."""
        key = ("local" if local else "total", of, wrt)
        if key not in self._kept:
            self._kept[key] = self._derivative(of, wrt, local)
        return self._kept[key]

    def _derivative(self, of: str, wrt: str, local: bool) -> np.ndarray:
        if of not in self.program.places or (self.world.shape(of) == () and of != wrt and not local):
            return self.gradients(of, wrt)
        shape, inner = self.world.shape(of), self.world.shape(wrt)
        if self.world.size(of) * self.world.size(wrt) > self.world.largest_jacobian:
            raise NotKnown(f"d{of}/d{wrt} has too many entries")
        through, place = self.world.between(wrt), self.program.places[of]
        if local:
            owned = {self.program.places[node.id] for node in self.world.plan.graph if node.owner == of}
            through = through & (owned | {self.program.places[wrt]})
        parts = []
        for table in self.tables:
            entries = [self._entry(table, place, wrt, through, shape, number) for number in range(self.world.size(of))]
            parts.append(entries[0] if self.stacked else np.stack(entries).reshape((*shape, *inner)))
        return self.gather(parts, (*shape, *inner))

    def _entry(
        self,
        table: Sequence[Value],
        place: int,
        wrt: str,
        through: Collection[int],
        shape: tuple[int, ...],
        number: int,
    ) -> Value:
        """The gradient of one entry of a node."""
        seed: Value = 1.0
        if shape:
            seed = np.zeros(shape)
            seed.flat[number] = 1.0
        found = backward(self.program, table, {place: seed}, through=through)[self.program.places[wrt]]
        inner = self.world.shape(wrt)
        return np.zeros(inner) if found is None else found if self.stacked else np.broadcast_to(found, inner)

    def head(self, count: int) -> Cloud:
        """The first points only."""
        if count >= self.count:
            return self
        given = {name: values[:count] for name, values in self.given.items()}
        if not self.stacked:
            return Cloud(self.world, self.tables[:count], count, False, given)
        table = [value[:count] if np.ndim(value) else value for value in self.tables[0]]
        return Cloud(self.world, [table], count, True, given)


class World:
    """One network made ready for judging; clouds of points are drawn once and kept."""

    largest_jacobian = 40_000
    rate: float | None = None
    nodes: Any = None

    def __init__(self, network: Network, sizes: Mapping[str, int] | None = None) -> None:
        self.original = network
        self.network = known(network)
        graph = self.network.graph
        self.sizes = free_sizes(graph) if sizes is None else dict(sizes)
        self.plan = Plan(self.network, graph, self.sizes, np.float64, {})
        self.stackable = self.plan.program.numbers_only
        self._between: dict[str, frozenset[int]] = {}
        self._clouds: dict[Any, Cloud] = {}

    @cached_property
    def functions(self) -> Mapping[str, Any]:
        """What claims may call."""
        from graphbp.check.sides import claim_functions

        return claim_functions(self.network.functions)

    def learning_rate(self, count: int) -> np.ndarray:
        """A learning rate for every point: random, the network's own beside its own numbers."""
        if self.rate is not None:
            return np.full(count, float(self.rate))
        return np.asarray(seeded(self.seed, "learning rate").uniform(0.05, 0.9, count))

    @cached_property
    def seed(self) -> str:
        """What the random numbers follow from."""
        return self.original.canonical()

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a node at the sampled points."""
        return tuple(self.sizes[size] if isinstance(size, str) else size for size in self.plan.graph[name].shape)

    def size(self, name: str) -> int:
        """How many entries a node has."""
        return int(np.prod(self.shape(name), dtype=int))

    def between(self, wrt: str) -> frozenset[int]:
        """The places of a node and of everything that depends on it."""
        if wrt not in self._between:
            reached = {self.plan.program.places[wrt]}
            for step in self.plan.program.instructions:
                if not reached.isdisjoint(step.sources):
                    reached.add(step.target)
            self._between[wrt] = frozenset(reached)
        return self._between[wrt]

    def cloud(self, count: int = POINTS, salt: str = "", simplex: Sequence[str] = ()) -> Cloud:
        """So many random points; other `salt`, other points.  `simplex` names leaves whose entries shall sum to 1.

        Raises: NotKnown if the network cannot be computed at random points.
        """
        key = (count, salt, tuple(simplex))
        if key not in self._clouds:
            random = seeded(self.seed, salt, str(count))
            sampler = Sampler(self.network, self.plan, simplex)
            found = sampler.points(count, random)
            if not found:
                raise NotKnown("no random numbers were found at which the network can be computed")
            self._clouds[key] = self.of_leaves(found, random)
        return self._clouds[key]

    @cached_property
    def own(self) -> Cloud:
        """The network's own numbers as a cloud: one point, or one for each example.

        Raises: NotKnown if a leaf has no number.
        """
        network = self.original
        missing = [name for name in network.missing if not name.startswith("d") or "/" not in name]
        if missing:
            raise NotKnown(f"{missing[0]} has no number")
        rows = [{**network.arrays, **row} for row in network.rows or ({},)]
        world = World(network, bound_sizes(network.graph, rows[0]))
        world.rate = network.learning_rate
        cloud = world.of_leaves([{name: np.asarray(value, float) for name, value in row.items()} for row in rows])
        values = {name: literal_array(term) for name, term in network.givens.items() if term is not None}
        cloud.given = {name: np.broadcast_to(value, (len(rows), *np.shape(value))) for name, value in values.items()}
        return cloud

    def of_leaves(self, leaves: Sequence[Arrays], random: np.random.Generator | None = None) -> Cloud:
        """The cloud of given leaves; assumed gradients are random."""
        count, forward = len(leaves), self.plan.program.forward
        if self.stackable:
            table = {name: np.array([point[name] for point in leaves], float) for name in leaves[0]}
            tables = [forward(table, rows=True)]
        else:
            tables = [forward(point) for point in leaves]
        given = {}
        if random is not None:
            given = {name: random.standard_normal((count, *self.shape(name))) for name in self.network.givens}
        return Cloud(self, tables, count, self.stackable, given)
