"""The truth as it would be if a learner's earlier lines were right: what a careful grader compares later lines with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphbp.check.truth import Cloud
from graphbp.ops.base import Value

Pair = tuple[str, str]


class Followed(Cloud):
    """A cloud in which some values and some derivatives are what the learner claimed."""

    def __init__(self, base: Cloud, values: Mapping[str, np.ndarray], slopes: Mapping[Pair, np.ndarray]) -> None:
        tables = [recomputed(base, row, values) for row in range(len(base.tables))] if values else base.tables
        super().__init__(base.world, tables, base.count, base.stacked, base.given)
        self.slopes = dict(slopes)

    def _derivative(self, of: str, wrt: str, local: bool) -> np.ndarray:
        if (of, wrt) in self.slopes:
            return np.asarray(self.slopes[of, wrt])
        mine = {x: values for (y, x), values in self.slopes.items() if y == of}
        if any(y != of for y, _ in self.slopes) and self.stacked and not local:
            return self._through_names(of, wrt, mine)
        usable = {x: values for x, values in mine.items() if x in self.program.places}
        if usable and not local and self.world.shape(of) == () if of in self.program.places else usable:
            return self.gradients(of, wrt, overrides=usable)
        return super()._derivative(of, wrt, local)

    def _through_names(self, of: str, wrt: str, mine: Mapping[str, np.ndarray]) -> np.ndarray:
        """The chain rule over named nodes with the learner's local derivatives in it."""
        graph = self.world.plan.graph
        found: dict[str, np.ndarray] = dict(mine.items())
        if of in graph:
            found[of] = np.ones(self.count)
        else:
            found |= {name: values for name, values in self.given.items() if name not in found}
        for node in reversed(graph.named):
            if node.id in found:
                continue
            shares = [found[c] * self._local(c, node.id) for c in graph.named_consumers[node.id] if c in found]
            if shares:
                found[node.id] = np.asarray(sum(shares))
        return np.broadcast_to(found.get(wrt, np.zeros(self.count)), (self.count,))

    def _local(self, consumer: str, node: str) -> np.ndarray:
        if (consumer, node) in self.slopes:
            return np.asarray(self.slopes[consumer, node])
        return Cloud.derivative(self, consumer, node, local=True)


def recomputed(base: Cloud, row: int, values: Mapping[str, np.ndarray]) -> Sequence[Value]:
    """One table with some nodes' values set and all that follows computed again."""
    program = base.program
    fixed = {
        program.places[name]: found if base.stacked else found[row]
        for name, found in values.items()
        if name in program.places
    }
    table: list[Any] = list(base.tables[row])
    for place, value in fixed.items():
        table[place] = value if np.ndim(value) else np.asarray(value, float)[()]
    changed = set(fixed)
    with np.errstate(all="ignore"):
        for step in program.instructions:
            if step.target in fixed or changed.isdisjoint(step.sources):
                continue
            table[step.target] = step.op.forward(
                *(np.asarray(table[source])[()] for source in step.sources), **step.attrs
            )
            changed.add(step.target)
    return table
