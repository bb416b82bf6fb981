"""Mistakes by exchange: another quantity in the place of a factor, another gradient, an updated weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from graphbp.check.derivatives import Derivatives, Mutant
from graphbp.check.examples import Examples
from graphbp.check.truth import Cloud, Share
from graphbp.graph import Role
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction

NEIGHBOURS = 40
"""How many other nodes are tried in the place of a factor."""


class Exchanges(Derivatives):
    """Wrong derivations in which something stands in the place of something else."""

    def _exchanged(self) -> Iterator[Mutant]:
        for step, slot in self.uses:
            if step.op.name not in ("mul", "matmul", "outer", "dot"):
                continue
            source = step.sources[1 - slot]
            factor = self._named_place(source)
            if factor is not None:
                for other in self._candidates(factor):
                    yield self._exchange(step, slot, factor, other)
            for place, kind, says in self._parts_beside(step, source):
                shown = says.format(here=self._written(source), there=self._written(place))
                share = _with_factor(source, place)
                yield Mutant(kind, self.where(step, slot), shown, self._edited({(step.target, slot): share}), rank=1)

    def _parts_beside(self, step: Instruction, source: int) -> Iterator[tuple[int, str, str]]:
        """Parts of the same formula that may stand in the place of a factor: others' factors, what it is made of."""
        says = "in the place of {here} stands {there}"
        owner = self._owner(step.target)
        products = [other for other in self.program.instructions if other.op.name == "mul" and other is not step]
        factors = {place for other in products if self._owner(other.target) == owner for place in other.sources}
        inner = self._step_at.get(source)
        if inner is not None and not self.nodes[source].named and inner.op.name != "broadcast":
            for place in inner.sources:
                yield place, "wrong-index" if place in factors else "wrong-definition", says
        for place in sorted(factors - {source}):
            if self._named_place(place) is None and self.program.variable[place]:
                yield place, "wrong-index", says

    def _candidates(self, factor: str) -> list[str]:
        node = self.graph[factor]
        same = [
            other
            for other in self.graph.named
            if other.id != factor and other.shape == node.shape and other.id != self.loss
        ]
        # Neighbours first, then nodes of the same role; the sort keeps their order otherwise.
        order = {True: 0, False: 1}
        ranked = sorted(same, key=lambda other: (order[self._linked(other.id, factor)], order[other.role == node.role]))
        return [other.id for other in ranked][:NEIGHBOURS]

    def _linked(self, a: str, b: str) -> bool:
        """Whether one is computed from the other alone, as an activation from its sum."""
        inputs = self.graph.named_inputs
        return inputs.get(a) == (b,) or inputs.get(b) == (a,)

    def _exchange(self, step: Instruction, slot: int, factor: str, other: str) -> Mutant:
        source, place = step.sources[1 - slot], self.program.places[other]
        kind = self._exchange_kind(step, slot, factor, other)
        says = f"in the place of {factor} stands {other}"
        near = self.graph[other].role == self.graph[factor].role
        compute = self._edited({(step.target, slot): _with_factor(source, place)})
        return Mutant(kind, self.where(step, slot), says, compute, rank=0 if near else 1)

    def _exchange_kind(self, step: Instruction, slot: int, factor: str, other: str) -> str:
        if self._linked(factor, other):
            return "activation-for-preactivation"
        roles = {self.graph[factor].role, self.graph[other].role}
        if (
            roles == {Role.PARAMETER}
            and not self.graph[self._owner(step.sources[slot])].leaf
            and self._is_transposed_weight(step, slot, other)
        ):
            return "forward-instead-of-backward-weights"
        return "wrong-index"

    def _is_transposed_weight(self, step: Instruction, slot: int, other: str) -> bool:
        """Whether the weight leads to another unit of the next layer from another unit: an entry of W and not of Wᵀ."""
        here, source = self._owner(step.target), self._owner(step.sources[slot])
        theirs = [
            name
            for name in self.graph.named_consumers[other]
            if name != here and self._levels[name] == self._levels[here]
        ]
        sources = {name for consumer in theirs for name in self._multiplied(other, consumer)}
        return any(name != source and self._levels[name] == self._levels[source] for name in sources)

    def _multiplied(self, weight: str, consumer: str) -> set[str]:
        """The nodes that the weight multiplies in a formula."""
        found = set()
        for step in self.program.instructions:
            if step.op.name == "mul" and self._owner(step.target) == consumer:
                names = {self._named_place(source) for source in step.sources}
                if weight in names:
                    found |= {name for name in names if name and name != weight}
        return found

    def _updated(self) -> Iterator[Mutant]:
        if self.of not in (self.loss, *((self.world.network.total_formula or ("",))[:1])) or self._total:
            return
        parameters = [node.id for node in self.graph.named if node.role is Role.PARAMETER and node.id != self.wrt]
        parameters = [
            name
            for name in parameters
            if any(
                step.sources[1 - slot] == self.program.places[name]
                for step, slot in self.uses
                if len(step.sources) == 2
            )
        ]
        chosen = [parameters, *([[name] for name in parameters] if 1 < len(parameters) <= NEIGHBOURS else [])]
        for names in chosen:
            if names:
                yield Mutant(
                    "updated-weights",
                    names[0] if len(names) == 1 else self.wrt,
                    "a weight that is updated already is used on the way back; the old one belongs there",
                    self._with_updates(names),
                )

    def _with_updates(self, names: Sequence[str]) -> Callable[[Cloud], np.ndarray]:
        def compute(cloud: Cloud) -> np.ndarray:
            if isinstance(cloud, Examples):
                return cloud.derivative(self.of, self.wrt)
            rate = cloud.world.learning_rate(cloud.count)
            tables = []
            for row, table in enumerate(cloud.tables):
                changed = list(table)
                for name in names:
                    slope = cloud.derivative(self.of, name)
                    place = self.program.places[name]
                    changed[place] = table[place] - (rate * slope if cloud.stacked else rate[row] * slope[row])
                tables.append(changed)
            return self.derivative(cloud, {}, None, tables)

        return compute

    def _siblings(self, name: str) -> list[str]:
        """Other nodes between, of the same shape and of the same kind."""
        node = self.graph[name]
        ends = self.of if self.of in self.program.places else None
        if ends is not None and self.graph[ends].shape:
            return []
        return [
            other.id
            for other in self.graph.named
            if other.id not in (name, self.wrt, ends)
            and not other.leaf
            and other.shape == node.shape
            and other.op == node.op
        ][:NEIGHBOURS]

    def _sibling(self, name: str, other: str) -> Mutant:
        place = self.program.places[name]

        def seeds(cloud: Cloud, row: int) -> Mapping[int, Value]:
            found = self.everywhere(cloud)[row][self.program.places[other]]
            return {place: np.zeros(cloud.world.shape(name))[()] if found is None else found}

        says = f"the gradient of {other} stands where that of {name} belongs"
        return Mutant("wrong-index", name, says, self._edited({}, seeds), rank=1)


def _with_factor(source: int, place: int) -> Share:
    """The pull-back of a product in which one factor's number is that of another place."""

    def share(inner: Instruction, values: Sequence[Value], upstream: Value, at: int) -> Value:
        changed = list(values)
        wide = np.ndim(values[source])
        changed[source] = np.broadcast_to(values[place], np.shape(values[source])) if wide else values[place]
        inputs = [changed[one] for one in inner.sources]
        return inner.op.vjp(upstream, values[inner.target], inputs, inner.attrs, at)

    return share
