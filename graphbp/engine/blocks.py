"""Stacked examples, a block at a time: so few that what kernels make on their way stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np

from graphbp.ops.base import Value
from graphbp.ops.kernels import BLOCK
from graphbp.ops.program import Program, pull_back


class Blocks(Sequence[Value]):
    """The values of all nodes for many examples: kept as they were computed, joined when a node is asked for."""

    def __init__(self, parts: Sequence[Sequence[Value]], lengths: Sequence[int]) -> None:
        self.parts, self.lengths = parts, lengths
        self._joined: dict[int, Value] = {}

    def __len__(self) -> int:
        return len(self.parts[0])

    @overload
    def __getitem__(self, place: int) -> Value: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Value]: ...
    def __getitem__(self, place: int | slice) -> Value | Sequence[Value]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if place not in self._joined:
            self._joined[place] = self._join([part[place] for part in self.parts])
        return self._joined[place]

    def _join(self, values: Sequence[Value]) -> Value:
        return np.concatenate(values) if len(values) > 1 and np.ndim(values[0]) else values[0]

    def slices(self) -> Iterator[slice]:
        """The examples that each part holds."""
        start = 0
        for length in self.lengths:
            yield slice(start, start + length)
            start += length


def forward(program: Program, values: Sequence[Value], count: int, dtype: Any) -> Blocks:
    """The values of all nodes, from a table in which leaves are numbers, or arrays over the examples."""
    columns = [place for place, value in enumerate(values) if np.ndim(value)]
    parts, lengths = [], []
    for start in range(0, count, BLOCK):
        part = list(values)
        for place in columns:
            part[place] = values[place][start : start + BLOCK]
        parts.append(program.fill(part, dtype, rows=True))
        lengths.append(min(BLOCK, count - start))
    return Blocks(parts, lengths)


def shared_gradients(
    program: Program, values: Blocks, seeds: Mapping[int, Value], shared: Collection[int]
) -> dict[int, Value]:
    """The gradients, summed over the examples, at the places whose value all examples share; no others are computed."""
    pulls = program.pulls(program.reached([place in shared for place in range(len(values))]), True)
    totals: dict[int, Value] = {}
    for part, these in zip(values.parts, values.slices(), strict=True):
        gradients: list[Value] = [None] * len(part)
        for place, seed in seeds.items():
            gradients[place] = seed[these] if np.ndim(seed) else seed
        pull_back(pulls, part, gradients, ())
        for place in shared:
            if gradients[place] is not None:
                share = _summed(gradients[place], these.stop - these.start)
                totals[place] = totals[place] + share if place in totals else share
    return totals


def _summed(value: Value, count: int) -> Value:
    """The sum over a block; a number stands for all of its examples."""
    return np.sum(value if np.ndim(value) else np.broadcast_to(value, (count,)))
