"""Random points at which a network can be computed: leaves within the domains that operations ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphbp import ops
from graphbp.engine.plan import Plan
from graphbp.graph import Graph, Node, Role, Shape
from graphbp.network import Network

Arrays = dict[str, np.ndarray]

SCALES = (1.0, 0.4, 1.7, 0.8, 2.6)
"""Widths of the random numbers, in turn; all moderate, so that nothing saturates."""
LARGE = 8.0
"""Points with values beyond this are drawn again while others can be found."""
TRIES = 60


@dataclass(frozen=True, slots=True)
class Want:
    """What a leaf's numbers must satisfy: its domain, the axis that sums to 1, the number of classes."""

    domain: ops.Domain = ops.Domain.REAL
    axis: int = -1
    classes: int = 2


def seeded(*words: str) -> np.random.Generator:
    """A generator that follows from the words alone."""
    digest = hashlib.sha256("\0".join(words).encode("utf-8", "replace")).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def free_sizes(graph: Graph) -> dict[str, int]:
    """A number for every letter that stands for a size, all different and different from all fixed sizes."""
    fixed = {size for node in graph for size in node.shape if isinstance(size, int)}
    letters = sorted({size for node in graph for size in node.shape if isinstance(size, str)})
    free = (number for number in range(2, 2 + len(fixed) + len(letters)) if number not in fixed)
    return dict(zip(letters, free, strict=False))


class Sampler:
    """Draws the leaves of one network, many points at once where all is numbers."""

    def __init__(self, network: Network, plan: Plan, simplex: Iterable[str] = ()) -> None:
        self.network, self.plan, self.graph = network, plan, plan.graph
        self.simplex = frozenset(simplex)

    @cached_property
    def leaves(self) -> list[Node]:
        """The leaves that need numbers."""
        return [node for node in self.graph if node.leaf and not node.attrs]

    @cached_property
    def wants(self) -> Mapping[str, Want]:
        """What each leaf must satisfy."""
        return {node.id: self._want(node) for node in self.leaves}

    def shape(self, node: Node) -> tuple[int, ...]:
        """The shape with the letters' numbers."""
        return tuple(self.plan.sizes[size] if isinstance(size, str) else size for size in node.shape)

    def _want(self, node: Node) -> Want:
        if node.id in self.simplex:
            return Want(ops.Domain.SIMPLEX, self._class_axis(node))
        found = [self._asked(consumer, slot) for consumer, slot in self._uses(node.id)]
        strict = [want for want in found if want.domain is not ops.Domain.REAL]
        order = [ops.Domain.CLASSES, ops.Domain.SIMPLEX, ops.Domain.UNIT, ops.Domain.CONDITION, ops.Domain.POSITIVE]
        return min(strict, key=lambda want: order.index(want.domain), default=Want())

    def _class_axis(self, node: Node) -> int:
        return -1

    def _uses(self, name: str) -> Iterable[tuple[Node, int]]:
        for consumer, slot in self.graph.consumers[name]:
            node = self.graph[consumer]
            if node.role is Role.IMPLICIT:
                yield from self._uses(consumer)
            else:
                yield node, slot

    def _asked(self, node: Node, slot: int) -> Want:
        op = ops.get(str(node.op))
        shapes: list[Shape] = [self.shape(self.graph[name]) for name in node.inputs]
        attrs = op.complete(dict(node.attrs))
        domain = op.domain(slot, shapes, attrs)
        if node.op in ("div", "power"):
            # Zero is never drawn, and whole exponents take any base; points that fail are drawn again.
            return Want()
        rank = len(shapes[0]) if shapes else 0
        axis = (0 if rank == 1 else 1) if rank else -1
        classes = op.classes(shapes, attrs) if domain is ops.Domain.CLASSES else 2
        return Want(domain, axis, int(classes))

    def draw(
        self, random: np.random.Generator, scale: float, *, positive: bool = False, names: Iterable[str] | None = None
    ) -> Arrays:
        """One point: a number or an array for each leaf."""
        chosen = None if names is None else set(names)
        return {
            node.id: self._numbers(node, random, scale, positive)
            for node in self.leaves
            if chosen is None or node.id in chosen
        }

    def _numbers(self, node: Node, random: np.random.Generator, scale: float, positive: bool) -> np.ndarray:
        shape, want = self.shape(node), self.wants[node.id]
        if want.domain is ops.Domain.CLASSES:
            return random.integers(0, want.classes, shape).astype(float)
        if want.domain is ops.Domain.CONDITION or node.role is Role.NOISE:
            return random.integers(0, 2, shape).astype(float)
        if want.domain is ops.Domain.SIMPLEX and shape:
            share = random.uniform(0.1, 1.0, shape)
            return np.asarray(share / share.sum(axis=want.axis, keepdims=True))
        if want.domain in (ops.Domain.UNIT, ops.Domain.SIMPLEX):
            return np.asarray(random.uniform(0.1, 0.9, shape))
        if want.domain is ops.Domain.POSITIVE or positive:
            return np.asarray(random.uniform(0.15, 0.15 + scale, shape))
        return np.asarray(scale * random.standard_normal(shape))

    def points(self, count: int, random: np.random.Generator) -> list[Arrays]:
        """So many points at which all values are finite and, if such can be found, moderate.

        Fewer, even none, where the network cannot be computed at random points.
        """
        found: list[Arrays] = []
        spare: list[Arrays] = []
        for attempt in range(count * TRIES):
            point = self.draw(random, SCALES[attempt % len(SCALES)], positive=attempt % 4 == 3)
            size = self._largest(point)
            if size <= LARGE:
                found.append(point)
            elif np.isfinite(size):
                spare.append(point)
            if len(found) == count:
                break
        return [*found, *spare[: count - len(found)]]

    def _largest(self, point: Arrays) -> float:
        """The size of the largest value, nan if one is no number."""
        values = (value for value in self.plan.program.forward(point) if value is not None)
        sizes = [abs(value) if isinstance(value, float) else _size(value) for value in values]
        # Python's own max loses a nan that is not the first.
        return float(np.max(np.array(sizes), initial=0.0))


def _size(value: object) -> float:
    return float(np.max(np.abs(np.asarray(value)), initial=0.0))
