"""Stacked examples, a block at a time: so few that all values of a block stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from graphbp.engine.plan import Plan
from graphbp.engine.straight import Straight
from graphbp.ops.base import Value
from graphbp.ops.program import Pulls, pull_back

BLOCK = 2**12
"""Examples in a block: with some dozens of nodes these are as many numbers as the cache next to the processor holds."""


class Stack(Sequence[Value]):
    """The values of all nodes for many examples.

    A walk over the blocks keeps what it is told to keep.  Everything else is computed once more when it is asked for:
    to fill the memory with all values costs more time than to compute them.
    """

    def __init__(self, plan: Plan, leaves: Sequence[Value], examples: int) -> None:
        self.plan, self.program, self.leaves, self.examples = plan, plan.program, leaves, examples
        self.columns = tuple(place for place, value in enumerate(leaves) if _varies(value))
        self.varying = plan.graph.kept.once((Stack, self.columns), lambda: self.program.reached(_marks(leaves)))
        self._kept: dict[int, Value] = {}
        self._first = self._computed(self._cut(slice(0, min(BLOCK, examples))))

    def __len__(self) -> int:
        return len(self.leaves)

    @overload
    def __getitem__(self, place: int) -> Value: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Value]: ...
    def __getitem__(self, place: int | slice) -> Value | Sequence[Value]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if place in self._kept:
            return self._kept[place]
        if self.examples <= BLOCK or not self.varying[place]:
            return self._first[place]
        return self._joined[place]

    @cached_property
    def _joined(self) -> Sequence[Value]:
        parts = zip(*(values for _, values in self._blocks()), strict=True)
        return [np.concatenate(part) if _varies(part[0]) else part[0] for part in parts]

    def _cut(self, these: slice) -> list[Value]:
        """The leaves of one block."""
        table = list(self.leaves)
        for place in self.columns:
            table[place] = table[place][these]
        return table

    def _computed(self, table: list[Value]) -> list[Value]:
        found = self._straight((), ()).forward(table)
        return self.program.fill(table, self.plan.dtype, rows=True) if found is None else found

    def _blocks(self) -> Iterator[tuple[slice, list[Value]]]:
        yield slice(0, min(BLOCK, self.examples)), self._first
        for start in range(BLOCK, self.examples, BLOCK):
            these = slice(start, min(start + BLOCK, self.examples))
            yield these, self._computed(self._cut(these))

    def walk(self, wanted: Collection[int], seeds: Mapping[int, Value]) -> dict[int, Value]:
        """Keep the values at some places, and add up the gradients at the places that all examples share."""
        pulls = self._pulls()
        straight = self._straight(tuple(seeds), pulls)
        kept = {place: np.empty(self.examples, self.plan.dtype) for place in wanted}
        sums: dict[int, Value] = {}
        for these, values in self._blocks():
            for place, column in kept.items():
                column[these] = values[place]
            start = {place: seed[these] if _varies(seed) else seed for place, seed in seeds.items()}
            gradients = straight.backward(values, start)
            if gradients is None:
                gradients = [start.get(place) for place in range(len(self))]
                pull_back(pulls, values, gradients, ())
            self._add(sums, gradients, these.stop - these.start)
        self._kept |= kept
        return sums

    def _add(self, sums: dict[int, Value], gradients: Sequence[Value], count: int) -> None:
        for place, gradient in enumerate(gradients):
            if gradient is not None and not self.varying[place]:
                share = np.add.reduce(gradient if _varies(gradient) else np.broadcast_to(gradient, (count,)))
                sums[place] = sums[place] + share if place in sums else share

    def _pulls(self) -> Pulls:
        """The part of the backward pass that what the examples share needs."""
        shared = [not one for one in self.varying]
        return self.plan.graph.kept.once(
            (Pulls, self.columns), lambda: self.program.pulls(self.program.reached(shared), True)
        )

    def _straight(self, seeds: tuple[int, ...], pulls: Pulls) -> Straight:
        key = (Straight, self.columns, seeds)
        return self.plan.graph.kept.once(key, lambda: Straight(self.program, seeds, pulls, rows=True))


def _varies(value: Value) -> bool:
    """Whether the value holds one entry for each example."""
    return isinstance(value, np.ndarray) and value.ndim > 0


def _marks(values: Sequence[Value]) -> list[bool]:
    return [_varies(value) for value in values]
