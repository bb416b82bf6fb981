"""Points of a network with data: several examples each, and the total loss over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from graphbp.check.sampling import Arrays, Sampler, seeded
from graphbp.check.truth import POINTS, Cloud, Edits, NotKnown, World, backward
from graphbp.engine.examples import reached_by
from graphbp.graph import Graph, Node, Role
from graphbp.notation.tree import symbols
from graphbp.ops.base import Value
from graphbp.ops.lower import lower
from graphbp.ops.program import Program

FEWEST = 3


class Examples(Cloud):
    """Points that hold one cloud for each example; what differs between examples has an axis for them."""

    def __init__(self, world: World, clouds: Sequence[Cloud], varying: frozenset[str]) -> None:
        super().__init__(world, [], clouds[0].count, False)
        self.clouds, self.varying = clouds, varying
        assert world.network.total_formula is not None
        self.total, self.formula = world.network.total_formula
        self.loss = world.network.loss_name

    @property
    def falls(self) -> str:
        """What a step of gradient descent makes smaller."""
        return self.total

    @cached_property
    def kinks(self) -> np.ndarray:
        """Where no derivative exists."""
        return np.asarray(np.any([cloud.kinks for cloud in self.clouds], axis=0))

    def knows(self, name: str) -> bool:
        """Whether the name is known."""
        return name == self.total or super().knows(name)

    def value(self, name: str) -> np.ndarray:
        """The node's number, or its array."""
        if name == self.total:
            place = self.formula_program.places[name]
            return np.array([float(table[place]) for table in self._tables])
        if name in self.varying:
            return np.stack([cloud.value(name) for cloud in self.clouds], axis=1)
        return self.clouds[0].value(name)

    def derivative(self, of: str, wrt: str, local: bool = False) -> np.ndarray:
        """A derivative for each example."""
        if of == self.total:
            return self._of_total(wrt)
        if of in self.varying:
            return np.stack([cloud.derivative(of, wrt, local) for cloud in self.clouds], axis=1)
        return self.clouds[0].derivative(of, wrt, local)

    def _of_total(self, wrt: str) -> np.ndarray:
        if wrt == self.total:
            return np.ones(self.count)
        return self.combined(np.stack([cloud.derivative(self.loss, wrt) for cloud in self.clouds]), wrt)

    def combined(
        self, parts: np.ndarray, wrt: str, direct: bool = True, edits: Edits | None = None
    ) -> np.ndarray:
        """The gradients of the examples' losses, examples first, as the total weighs them; with what it adds itself.

        `edits` exchange single pull-backs within the formula of the total.
        """
        slopes = self._slopes if edits is None else self.slopes(edits)
        weights = np.moveaxis(slopes[self.loss], 1, 0)
        weighted = parts * weights.reshape(*weights.shape, *[1] * (parts.ndim - 2))
        if wrt in self.varying:
            return np.moveaxis(weighted, 0, 1)
        own = slopes.get(wrt, 0.0) if direct else 0.0
        return np.asarray(weighted.sum(axis=0) + own)

    def head(self, count: int) -> Examples:
        """What a claim speaks of."""
        return Examples(self.world, [cloud.head(count) for cloud in self.clouds], self.varying)

    @cached_property
    def formula_program(self) -> Program:
        """The formula of the total loss as instructions over the examples' losses and what it uses besides."""
        shapes = {name: self.value(name).shape[1:] for name in symbols(self.formula)}
        leaves = [Node(name, shape=shape, owner=name) for name, shape in shapes.items()]
        nodes = lower(self.total, self.formula, shapes.__getitem__, self.world.network.functions)
        return Program.of(Graph.of([*leaves, *nodes]))

    @cached_property
    def _tables(self) -> Sequence[Sequence[Value]]:
        """What the instructions of the total compute at every point."""
        used = symbols(self.formula)
        return [
            self.formula_program.forward({name: self.value(name)[row] for name in used}) for row in range(self.count)
        ]

    @cached_property
    def _slopes(self) -> Mapping[str, np.ndarray]:
        return self.slopes()

    def slopes(self, edits: Edits | None = None) -> Mapping[str, np.ndarray]:
        """The slopes of the total loss for the examples' losses and for what it uses besides, points first."""
        program, used = self.formula_program, symbols(self.formula)
        start = {program.places[self.total]: 1.0}
        rows = [backward(program, table, start, edits=edits) for table in self._tables]
        return {
            name: np.stack(
                [
                    np.broadcast_to(_or_zero(found[program.places[name]]), self.value(name).shape[1:])
                    for found in rows
                ]
            )
            for name in used
        }


def _or_zero(value: object) -> np.ndarray:
    return np.asarray(0.0 if value is None else value, float)


def varying_leaves(world: World) -> set[str]:
    """The leaves that differ between examples: those in the data, else all inputs and targets."""
    rows = world.network.rows
    if rows:
        return {name for row in rows for name in row}
    return {node.id for node in world.plan.graph.named if node.role in (Role.INPUT, Role.TARGET)}


def sampled_examples(world: World, count: int = POINTS, salt: str = "", number: int = 0) -> Examples:
    """Random points of a network with a total, each with several examples: so many, or a few.

    Raises: NotKnown if there is no total, or no point.
    """
    if world.network.total_formula is None:
        raise NotKnown("the network has no total loss")
    varying = varying_leaves(world)
    number = number or max(FEWEST, min(len(world.network.rows), 2 * FEWEST))
    base = Sampler(world.network, world.plan).points(count, seeded(world.seed, "examples", salt))
    if not base:
        raise NotKnown("no random numbers were found at which the network can be computed")
    clouds = []
    for example in range(number):
        fresh = Sampler(world.network, world.plan).points(len(base), seeded(world.seed, "example", salt, str(example)))
        points: list[Arrays] = [
            {**shared, **{name: own[name] for name in varying}} for shared, own in zip(base, fresh, strict=True)
        ]
        clouds.append(world.of_leaves(points))
    return Examples(world, clouds, reached_by(world.plan.graph, frozenset(varying)))


def own_examples(world: World) -> Examples:
    """The network's own examples, as one point.

    Raises: NotKnown if a leaf has no number, or there is no total.
    """
    if world.network.total_formula is None:
        raise NotKnown("the network has no total loss")
    whole = world.own
    rows = [
        {name: np.asarray(whole.value(name)[row]) for name in world.plan.program.places if _is_leaf(whole.world, name)}
        for row in range(whole.count)
    ]
    clouds = [whole.world.of_leaves([row]) for row in rows]
    return Examples(whole.world, clouds, reached_by(world.plan.graph, frozenset(varying_leaves(world))))


def _is_leaf(world: World, name: str) -> bool:
    node = world.plan.graph[name]
    return node.leaf and not node.attrs
