"""Wrong derivations: the true one with a known mistake at one place, each computed at the same points as the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from graphbp.check.derivatives import Mutant as Mutant
from graphbp.check.mistakes import ROWS, Row
from graphbp.check.shares import Use
from graphbp.check.totals import Totals, edit
from graphbp.check.truth import Cloud, Edits
from graphbp.graph import Role
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction

BUDGET = 300_000
"""How many pull-backs all mutants of a claim may take together."""


LAYOUT = "the entries are right, but the gradient is transposed: it has the shape of what it belongs to"
BRANCHES: Mapping[str, tuple[int, ...]] = {"where": (1, 2), "maximum": (0, 1), "minimum": (0, 1)}
"""The slots of the branches of each operation that chooses between two."""


class Mutations(Totals):
    """All wrong derivations of d(of)/d(wrt) with one mistake."""

    def all(self) -> Iterator[Mutant]:
        """The mutants, within the budget."""
        most = max(60, BUDGET // max(1, len(self.uses)))
        for number, mutant in enumerate(self._all()):
            if number >= most:
                return
            yield mutant

    def _all(self) -> Iterator[Mutant]:
        yield from self._whole()
        for step, slot in self.uses:
            yield from self._rows(step, slot)
        yield from self._branches()
        for name in self._between_names():
            yield from self._at_node(name)
        yield Mutant(
            "value-for-gradient",
            self.wrt,
            f"the value of {self.wrt} stands where its gradient belongs",
            self._own_value,
            rank=1,
        )
        yield from self._everywhere()
        yield from self._paths()
        yield from self._exchanged()
        yield from self._updated()

    def _rows(self, step: Instruction, slot: int) -> Iterator[Mutant]:
        for row in ROWS:
            if row.asks(step, slot):
                compute = self._edited({(step.target, slot): edit(row)})
                for place, kind in enumerate(self._kinds(row, step, slot)):
                    yield Mutant(
                        kind, self.where(step, slot), self._says(row, step, slot), compute, rank=row.rank + place
                    )
        yield Mutant(
            "sign", self.where(step, slot), "a sign is turned", self._edited({(step.target, slot): _negated}), rank=2
        )
        twice = step.op.name == "mul" and all(source in self.through for source in step.sources)
        if twice:
            says = "both factors depend on it, and only one of them is differentiated"
            yield Mutant(
                "product-rule",
                self.where(step, slot),
                says,
                self._edited({(step.target, slot): _lost}),
                rank=0 if self._near(step) else 1,
            )

    def _branches(self) -> Iterator[Mutant]:
        """One branch of a choice taken everywhere, as if there were no condition."""
        for step in {step.target: step for step, _ in self.uses if step.op.name in BRANCHES}.values():
            slots = BRANCHES[step.op.name]
            for kept in slots:
                says = f"only one of the branches of {step.op.name} is differentiated, as if it were taken everywhere"
                edits: Edits = {(step.target, slot): _passed if slot == kept else _lost for slot in slots}
                yield Mutant("missing-condition", self.where(step, kept), says, self._edited(edits))

    def _says(self, row: Row, step: Instruction, slot: int) -> str:
        shown = {
            "op": self._op(step),
            "other": self._shown(step, 1 - slot),
            "to": self._shown(step, slot),
            "via": self._owner(step.target),
        }
        return row.says.format(**shown)

    def _kinds(self, row: Row, step: Instruction, slot: int) -> Sequence[str]:
        """The kind of the row; a lost number may as well be one too much, and not every function is an activation."""
        if row.kind.endswith("-activation-derivative") and not self._activation(step):
            factor = {"missing": "missing-factor", "extra": "extra-factor"}.get(row.kind.partition("-")[0])
            return (factor, row.kind) if factor else (row.kind,)
        if row.kind == "forward-instead-of-backward-weights" and not self._is_weight(step.sources[1 - slot]):
            return ("transposed",)
        if row.kind == "quotient-rule" and slot == 1 and not self._near(step):
            return ("missing-path", "quotient-rule") if row.says.startswith("the denominator depends") else (row.kind,)
        if row.kind in ("missing-factor", "extra-factor") and step.op.name in ("mul", "div") and len(step.sources) == 2:
            other = step.sources[1 - slot]
            if not self.program.variable[other]:
                grows = (row.kind == "extra-factor") == (step.op.name == "mul")
                large = abs(self._constant(other)) > 1
                first = "extra-factor" if grows == large else "missing-factor"
                second = "missing-factor" if first == "extra-factor" else "extra-factor"
                return (*self._mean_kind(step, row.kind, self._constant(other)), first, second)
        return (row.kind,)

    def _mean_kind(self, step: Instruction, kind: str, number: float) -> Sequence[str]:
        """A division by the number of rows makes a mean, written out; one by 2 belongs to a square."""
        if step.op.name != "div" or number == 2 or number not in [self._length(size) for size in self._batch_sizes()]:
            return ()
        return ("missing-mean" if kind == "missing-factor" else "extra-mean",)

    def _is_weight(self, place: int) -> bool:
        """Whether a factor is a parameter, turned or not."""
        node = self.nodes[place]
        while not node.named and node.op == "transpose":
            node = self.graph[node.inputs[0]]
        return node.role is Role.PARAMETER

    def _near(self, step: Instruction) -> bool:
        """Whether both parts of a product or quotient use the variable directly, so that one rule covers it."""
        names = [self._owner(source) for source in step.sources]
        own = self._owner(step.target)
        return self.wrt not in names and all(
            name == own or self.wrt in self.graph.named_inputs.get(name, ()) for name in names
        )

    def _constant(self, place: int) -> float:
        """The number that a part without variables stands for."""
        table = self.world.cloud(1).tables[0]
        return float(np.max(np.abs(np.asarray(table[place], float)), initial=0.0))

    def _activation(self, step: Instruction) -> bool:
        """Whether a function is what follows the sum of a unit, or known as an activation."""
        module = type(step.op).__module__.rpartition(".")[2]
        return module in ("activations", "softmax") or self._owner(step.target) in self._outputs

    @cached_property
    def _outputs(self) -> frozenset[str]:
        from graphbp.derive.units import units

        return frozenset(unit.a for unit in units(self.world.network) if unit.a)

    def _op(self, step: Instruction) -> str:
        return step.op.name.removeprefix("function:")

    def _everywhere(self) -> Iterator[Mutant]:
        """A mistake made for a whole layer, for all uses of one node, or for all uses of an operation."""
        for row in ROWS:
            uses = [(step, slot) for step, slot in self.uses if row.asks(step, slot)]
            if len(uses) < 2 or row.kind in ("missing-path", "product-rule"):
                continue
            for group in self._groups(uses):
                step, slot = group[0]
                edits = {(one.target, place): edit(row) for one, place in group}
                for rank, kind in enumerate(self._kinds(row, step, slot), row.rank + 1):
                    yield Mutant(
                        kind,
                        self.where(step, slot),
                        self._says(row, step, slot) + ", and so elsewhere",
                        self._edited(edits),
                        rank=rank,
                    )

    def _groups(self, uses: Sequence[tuple[Instruction, int]]) -> Iterator[Sequence[tuple[Instruction, int]]]:
        seen = set()
        keys: tuple[Callable[[tuple[Instruction, int]], Any], ...] = (
            lambda use: (use[0].op.name, use[0].sources[use[1]]),
            lambda use: (use[0].op.name, self._levels[self._owner(use[0].target)]),
            lambda use: use[0].op.name,
            lambda use: True,
        )
        for key in keys:
            table: dict[Any, list[tuple[Instruction, int]]] = {}
            for use in uses:
                table.setdefault(key(use), []).append(use)
            for group in table.values():
                mark = frozenset((step.target, slot) for step, slot in group)
                if len(group) > 1 and mark not in seen:
                    seen.add(mark)
                    yield group

    def _whole(self) -> Iterator[Mutant]:
        true = self._edited({})
        shape = self.graph[self.wrt].shape
        yield Mutant("sign", self.wrt, "the sign of the whole is turned", lambda cloud: -true(cloud), rank=3)
        if len(shape) == 2:
            for rank, kind in enumerate(("layout", "transposed")):
                yield Mutant(kind, self.wrt, LAYOUT, lambda cloud: np.swapaxes(true(cloud), -1, -2), rank)
        for axis, size in enumerate(shape):
            if size != 1:
                yield Mutant(
                    "reversed",
                    self.wrt,
                    "the entries stand in reversed order",
                    partial(_flipped, true, axis - len(shape)),
                )
        if len(shape) == 2:
            yield Mutant(
                "reversed",
                self.wrt,
                "the entries stand in reversed order",
                lambda cloud: np.flip(true(cloud), (-1, -2)),
            )
        if self._total:
            yield from self._wrong_totals()
        for size in dict.fromkeys(self._batch_sizes()):
            yield Mutant(
                "extra-mean",
                self.wrt,
                "a division by the number of examples is too much",
                partial(self._shared, true, size),
                rank=2,
            )

    def _shared(self, true: Callable[[Cloud], np.ndarray], size: int | str, cloud: Cloud) -> np.ndarray:
        return np.asarray(true(cloud) / self._length(size))

    def _batch_sizes(self) -> Iterator[int | str]:
        """The lengths of first axes of inputs and targets."""
        for node in self.graph.named:
            if node.role in (Role.INPUT, Role.TARGET) and len(node.shape) > 1 and node.shape[0] != 1:
                yield node.shape[0]

    def _length(self, size: int | str) -> int:
        return size if isinstance(size, int) else self.world.sizes[size]

    def _at_node(self, name: str) -> Iterator[Mutant]:
        place = self.program.places[name]
        given = self.of not in self.program.places and name in self.world.network.givens

        def ones(cloud: Cloud, row: int) -> Mapping[int, Value]:
            return {place: np.ones(cloud.world.shape(name)) if cloud.world.shape(name) else 1.0}

        def value(cloud: Cloud, row: int) -> Mapping[int, Value]:
            return {place: cloud.tables[row][place]}

        direct = self.wrt in self.graph.named_inputs.get(name, ())
        alone = self.graph.named_consumers[self.wrt] == (name,)
        if direct and alone and not given:
            local, upstream = f"d{name}/d{self.wrt}", f"d{self.loss}/d{name}"
            says = f"this is the local derivative {local}; the upstream gradient {upstream} is missing"
            yield Mutant("local-for-total", f"{name} -> {self.wrt}", says, self._edited({}, ones))
        yield Mutant(
            "missing-upstream", name, f"the gradient that arrives at {name} is missing", self._edited({}, ones), rank=1
        )
        says = f"the value of {name} stands where its gradient belongs"
        yield Mutant("value-for-gradient", name, says, self._edited({}, value), rank=1)
        for other in self._siblings(name):
            yield self._sibling(name, other)

    def _paths(self) -> Iterator[Mutant]:
        for name in [self.wrt, *self._between_names()]:
            place = self.program.places[name]
            uses = [(step, slot) for step, slot in self.uses if step.sources[slot] == place]
            consumers = list(dict.fromkeys(self._owner(step.target) for step, _ in uses))
            if len(consumers) > 1:
                for consumer in consumers:
                    yield self._without(name, [consumer], uses, consumers)
                if len(consumers) > 2:
                    for consumer in consumers:
                        yield self._without(name, [other for other in consumers if other != consumer], uses, consumers)
            elif len(uses) > 1:
                for step, slot in uses:
                    says = f"one of the places where {name} stands in {consumers[0]} is left out"
                    yield Mutant(
                        "missing-path", self.where(step, slot), says, self._edited({(step.target, slot): _lost}), rank=1
                    )

    def _without(
        self, name: str, lost: Sequence[str], uses: Sequence[tuple[Instruction, int]], consumers: Sequence[str]
    ) -> Mutant:
        edits = {(step.target, slot): _lost for step, slot in uses if self._owner(step.target) in lost}
        paths = " and ".join(lost)
        penalty = lost == [self.loss] and self.graph[name].role is Role.PARAMETER
        kind = "missing-regularisation" if penalty else "missing-path"
        says = f"the path through {paths} is missing; {name} acts through {' and '.join(consumers)}"
        return Mutant(kind, f"{lost[0]} -> {name}", says, self._edited(edits))


def _flipped(true: Callable[[Cloud], np.ndarray], axis: int, cloud: Cloud) -> np.ndarray:
    return np.flip(true(cloud), axis)


def _negated(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return -Use(step, values, upstream, slot).share


def _passed(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return upstream + 0 * np.asarray(values[step.sources[slot]])[()]


def _lost(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return None
