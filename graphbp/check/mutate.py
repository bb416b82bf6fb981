"""Wrong derivations: the true one with a known mistake at one place, each computed at the same points as the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from graphbp.check.examples import Examples
from graphbp.check.mistakes import ROWS, Row, Use
from graphbp.check.truth import Cloud, Edits, Share, World, backward
from graphbp.graph import Node, Role
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction, pull

BUDGET = 300_000
"""How many pull-backs all mutants of a claim may take together."""
NEIGHBOURS = 40
"""How many other nodes are tried in the place of a factor."""


@dataclass(frozen=True, eq=False)
class Mutant:
    """A wrong derivation: what went wrong, where, and the derivative that comes out on a cloud."""

    kind: str
    where: str
    says: str
    compute: Callable[[Cloud], np.ndarray]
    rank: int = 0


class Mutations:
    """All wrong derivations of d(of)/d(wrt) with one mistake."""

    def __init__(self, world: World, of: str, wrt: str) -> None:
        self.world, self.of, self.wrt = world, of, wrt
        self.graph, self.program = world.plan.graph, world.plan.program
        self.nodes: list[Node] = list(self.graph)
        self.loss = world.network.loss_name
        self._grads: dict[int, Sequence[Sequence[Value]]] = {}
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
        found = [(step, slot) for step in self.program.instructions if step.target in self.through
                 for slot in step.pulls if step.sources[slot] in self.through]  # fmt: skip
        return found

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
        for name in self._between_names():
            yield from self._at_node(name)
        yield Mutant("value-for-gradient", self.wrt, f"the value of {self.wrt} stands where its gradient belongs", self._own_value, rank=1)
        yield from self._everywhere()
        yield from self._paths()
        yield from self._exchanged()
        yield from self._updated()

    # At one use of an operation

    def _rows(self, step: Instruction, slot: int) -> Iterator[Mutant]:
        for row in ROWS:
            if row.asks(step, slot):
                compute = self._edited({(step.target, slot): _edit(row)})
                for place, kind in enumerate(self._kinds(row, step, slot)):
                    yield Mutant(kind, self.where(step, slot), self._says(row, step, slot), compute, rank=row.rank + place)
        yield Mutant("sign", self.where(step, slot), "a sign is turned", self._edited({(step.target, slot): _negated}), rank=2)
        twice = step.op.name == "mul" and all(source in self.through for source in step.sources)
        if twice:
            says = "both factors depend on it, and only one of them is differentiated"
            yield Mutant("product-rule", self.where(step, slot), says, self._edited({(step.target, slot): _lost}), rank=0 if self._near(step) else 1)

    def _says(self, row: Row, step: Instruction, slot: int) -> str:
        shown = {"op": self._op(step), "other": self._shown(step, 1 - slot), "to": self._shown(step, slot), "via": self._owner(step.target)}
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
                return (first, "missing-factor" if first == "extra-factor" else "extra-factor")
        return (row.kind,)

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
        return self.wrt not in names and all(name == own or self.wrt in self.graph.named_inputs.get(name, ()) for name in names)

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

    # The same mistake in every place of a kind

    @cached_property
    def _levels(self) -> Mapping[str, int]:
        """How far each named node is from what is differentiated, by the longest way."""
        level: dict[str, int] = {}
        for node in reversed(self.graph.named):
            level[node.id] = 1 + max((level[name] for name in self.graph.named_consumers[node.id]), default=-1)
        return level

    def _everywhere(self) -> Iterator[Mutant]:
        """A mistake made for a whole layer, for all uses of one node, or for all uses of an operation."""
        for row in ROWS:
            uses = [(step, slot) for step, slot in self.uses if row.asks(step, slot)]
            if len(uses) < 2 or row.kind in ("missing-path", "product-rule"):
                continue
            for group in self._groups(uses):
                step, slot = group[0]
                edits = {(one.target, place): _edit(row) for one, place in group}
                for rank, kind in enumerate(self._kinds(row, step, slot), row.rank + 1):
                    yield Mutant(kind, self.where(step, slot), self._says(row, step, slot) + ", and so elsewhere", self._edited(edits), rank=rank)

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

    # Computing

    def _own_value(self, cloud: Cloud) -> np.ndarray:
        return cloud.value(self.wrt)

    def _edited(self, edits: Edits, seeds: Callable[[Cloud, int], Mapping[int, Value]] | None = None) -> Callable[[Cloud], np.ndarray]:
        return lambda cloud: self.derivative(cloud, edits, seeds)

    def derivative(self, cloud: Cloud, edits: Edits, seeds: Callable[[Cloud, int], Mapping[int, Value]] | None = None,
                   tables: Sequence[Sequence[Value]] | None = None) -> np.ndarray:  # fmt: skip
        """d(of)/d(wrt) with other pull-backs, other starting gradients, or other numbers on the way back."""
        if isinstance(cloud, Examples):
            return self._of_total(cloud, edits, seeds)
        if len(edits) == 1 and seeds is None and tables is None and (self.of not in self.program.places or cloud.world.shape(self.of) == ()):
            return self._nudged(cloud, edits)
        place, shape, inner = self.program.places.get(self.of), (), self.world_of(cloud).shape(self.wrt)
        if place is not None and self.of != self.wrt:
            shape = self.world_of(cloud).shape(self.of)
        wanted = self.program.places[self.wrt]
        parts = []
        for row, table in enumerate(tables or cloud.tables):
            more = dict(seeds(cloud, row)) if seeds else {}
            if place is None or shape == ():
                start = {**cloud.seeds(self.of)[row], **more}
                parts.append(backward(self.program, table, start, through=self.through, closed=start, edits=edits)[wanted])
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
            found = backward(self.program, cloud.tables[row], {source: np.asarray(change)[()]}, through=self.through, closed=start)
            return found[wanted]
        key = (id(cloud), source)
        if key not in self._slopes:
            self._slopes[key] = backward(self.program, cloud.tables[row], {source: 1.0}, through=self.through, closed=start)[wanted]
        slope = self._slopes[key]
        return None if slope is None else change * slope

    @cached_property
    def _step_at(self) -> Mapping[int, Instruction]:
        return {step.target: step for step in self.program.instructions}

    def _true(self, cloud: Cloud) -> Sequence[Sequence[Value]]:
        """The true gradients at all places, one list for each table."""
        if id(cloud) not in self._grads:
            starts = cloud.seeds(self.of)
            self._grads[id(cloud)] = [backward(self.program, table, start, through=self.through, closed=start)
                                      for table, start in zip(cloud.tables, starts, strict=True)]  # fmt: skip
            self._held.append(cloud)
        return self._grads[id(cloud)]

    def _jacobian(self, table: Sequence[Value], place: int, shape: tuple[int, ...], inner: tuple[int, ...], edits: Edits,
                  more: Mapping[int, Value], wanted: int) -> np.ndarray:  # fmt: skip
        entries = []
        for number in range(int(np.prod(shape))):
            seed = np.zeros(shape)
            seed.flat[number] = 1.0
            start = {place: seed, **more}
            found = backward(self.program, table, start, through=self.through, closed=start, edits=edits)[wanted]
            entries.append(np.zeros(inner) if found is None else np.broadcast_to(found, inner))
        return np.stack(entries).reshape(*shape, *inner)

    def world_of(self, cloud: Cloud) -> World:
        """The world in which the cloud was drawn: at a network's own numbers sizes may differ."""
        return cloud.world

    def _of_total(self, cloud: Examples, edits: Edits, seeds: Any) -> np.ndarray:
        single = Mutations(self.world, self.loss, self.wrt)
        parts = np.stack([single.derivative(one, edits, seeds) for one in cloud.clouds])
        return cloud.combined(parts, self.wrt)

    # The whole gradient

    def _whole(self) -> Iterator[Mutant]:
        true = self._edited({})
        shape = self.graph[self.wrt].shape
        yield Mutant("sign", self.wrt, "the sign of the whole is turned", lambda cloud: -true(cloud), rank=3)
        if len(shape) == 2:
            says = "the gradient has the shape of the parameter; this is its transpose"
            yield Mutant("transposed", self.wrt, says, lambda cloud: np.swapaxes(true(cloud), -1, -2))
        for axis, size in enumerate(shape):
            if size != 1:
                yield Mutant("reversed", self.wrt, "the entries stand in reversed order", lambda cloud, axis=axis: np.flip(true(cloud), axis - len(shape)))
        if len(shape) == 2:
            yield Mutant("reversed", self.wrt, "the entries stand in reversed order", lambda cloud: np.flip(true(cloud), (-1, -2)))
        if self._total:
            yield from self._wrong_totals(true)
        for size in dict.fromkeys(self._batch_sizes()):
            yield Mutant("extra-mean", self.wrt, "a division by the number of examples is too much", lambda cloud, size=size: true(cloud) / self._length(cloud, size), rank=2)

    def _batch_sizes(self) -> Iterator[int | str]:
        """The lengths of first axes of inputs and targets."""
        for node in self.graph.named:
            if node.role in (Role.INPUT, Role.TARGET) and len(node.shape) > 1 and node.shape[0] != 1:
                yield node.shape[0]

    def _length(self, cloud: Cloud, size: int | str) -> int:
        return size if isinstance(size, int) else cloud.world.sizes[size]

    def _wrong_totals(self, true: Callable[[Cloud], np.ndarray]) -> Iterator[Mutant]:
        total = self.of

        def count(cloud: Cloud) -> int:
            return len(cloud.clouds) if isinstance(cloud, Examples) else 1

        formula = self.world.network.total_formula
        means = formula is not None and "mean" in {getattr(part, "function", "") for part in _walk(formula[1])}
        if means:
            yield Mutant("missing-mean", total, "the total is the mean over the examples", lambda cloud: self._weighted(cloud, count(cloud)))
        else:
            yield Mutant("extra-mean", total, "the total is the sum over the examples and no mean", lambda cloud: self._weighted(cloud, 1 / count(cloud)))
        yield Mutant("missing-regularisation", total, "the total has a term in the parameter itself, and its gradient is missing",
                     lambda cloud: self._without_direct(cloud))  # fmt: skip
        for example in (0, -1):
            yield Mutant("missing-sum", total, "the total collects the gradients of all examples", lambda cloud, example=example: self._one_example(cloud, example))

    def _weighted(self, cloud: Cloud, factor: float) -> np.ndarray:
        if not isinstance(cloud, Examples):
            return cloud.derivative(self.of, self.wrt)
        data = self._without_direct(cloud)
        return np.asarray(cloud.derivative(self.of, self.wrt) + (factor - 1) * data)

    def _without_direct(self, cloud: Cloud) -> np.ndarray:
        if not isinstance(cloud, Examples):
            return cloud.derivative(self.of, self.wrt)
        parts = np.stack([one.derivative(self.loss, self.wrt) for one in cloud.clouds])
        return cloud.combined(parts, self.wrt, direct=False)

    def _one_example(self, cloud: Cloud, example: int) -> np.ndarray:
        if not isinstance(cloud, Examples):
            return cloud.derivative(self.of, self.wrt)
        return cloud.clouds[example].derivative(self.loss, self.wrt)

    # At a named node

    def _between_names(self) -> list[str]:
        """The named nodes strictly between, nearest to the variable first."""
        return [node.id for node in self.graph.named
                if self.program.places[node.id] in self.through and node.id not in (self.wrt, self.of)]  # fmt: skip

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
            says = f"this is the local derivative d{name}/d{self.wrt}; the upstream gradient d{self.loss}/d{name} is missing"
            yield Mutant("local-for-total", f"{name} -> {self.wrt}", says, self._edited({}, ones))
        yield Mutant("missing-upstream", name, f"the gradient that arrives at {name} is missing", self._edited({}, ones), rank=1)
        says = f"the value of {name} stands where its gradient belongs"
        yield Mutant("value-for-gradient", name, says, self._edited({}, value))
        for other in self._siblings(name):
            yield self._sibling(name, other)

    def _siblings(self, name: str) -> list[str]:
        """Other nodes between, of the same shape and of the same kind."""
        node = self.graph[name]
        ends = self.of if self.of in self.program.places else None
        return [other.id for other in self.graph.named
                if other.id not in (name, self.wrt, ends) and not other.leaf and other.shape == node.shape and other.op == node.op][:NEIGHBOURS]  # fmt: skip

    def _sibling(self, name: str, other: str) -> Mutant:
        place = self.program.places[name]

        def seeds(cloud: Cloud, row: int) -> Mapping[int, Value]:
            found = cloud.derivative(self.of if not self._total else self.loss, other)
            return {place: found if cloud.stacked else found[row]}

        says = f"the gradient of {other} stands where that of {name} belongs"
        return Mutant("wrong-index", name, says, self._edited({}, seeds), rank=1)

    # Paths

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
                    yield Mutant("missing-path", self.where(step, slot), says, self._edited({(step.target, slot): _lost}), rank=1)

    def _without(self, name: str, lost: Sequence[str], uses: Sequence[tuple[Instruction, int]], consumers: Sequence[str]) -> Mutant:
        edits = {(step.target, slot): _lost for step, slot in uses if self._owner(step.target) in lost}
        paths = " and ".join(lost)
        penalty = lost == [self.loss] and self.graph[name].role is Role.PARAMETER
        kind = "missing-regularisation" if penalty else "missing-path"
        says = f"the path through {paths} is missing; {name} acts through {' and '.join(consumers)}"
        return Mutant(kind, f"{lost[0]} -> {name}", says, self._edited(edits))

    # Another quantity in the place of a factor

    def _exchanged(self) -> Iterator[Mutant]:
        for step, slot in self.uses:
            if step.op.name not in ("mul", "matmul", "outer", "dot"):
                continue
            factor = self._named_place(step.sources[1 - slot])
            if factor is None:
                continue
            for other in self._candidates(factor):
                yield self._exchange(step, slot, factor, other)

    def _named_place(self, place: int) -> str | None:
        node = self.nodes[place]
        while node.role is Role.IMPLICIT and node.inputs:
            node = self.graph[node.inputs[0]]
        return node.id if node.named else None

    def _candidates(self, factor: str) -> list[str]:
        node = self.graph[factor]
        same = [other for other in self.graph.named if other.id != factor and other.shape == node.shape and other.id != self.loss]
        near = [other for other in same if self._linked(other.id, factor)]
        alike = [other for other in same if other.role == node.role and other not in near]
        rest = [other for other in same if other not in near and other not in alike]
        return [other.id for other in [*near, *alike, *rest]][:NEIGHBOURS]

    def _linked(self, a: str, b: str) -> bool:
        """Whether one is computed from the other alone, as an activation from its sum."""
        inputs = self.graph.named_inputs
        return inputs.get(a) == (b,) or inputs.get(b) == (a,)

    def _exchange(self, step: Instruction, slot: int, factor: str, other: str) -> Mutant:
        source, place = step.sources[1 - slot], self.program.places[other]

        def share(inner: Instruction, values: Sequence[Value], upstream: Value, at: int) -> Value:
            changed = list(values)
            changed[source] = np.broadcast_to(values[place], np.shape(values[source])) if np.ndim(values[source]) else values[place]
            inputs = [changed[place_] for place_ in inner.sources]
            return inner.op.vjp(upstream, values[inner.target], inputs, inner.attrs, at)

        kind = self._exchange_kind(step, slot, factor, other)
        says = f"in the place of {factor} stands {other}"
        near = self.graph[other].role == self.graph[factor].role
        return Mutant(kind, self.where(step, slot), says, self._edited({(step.target, slot): share}), rank=0 if near else 1)

    def _exchange_kind(self, step: Instruction, slot: int, factor: str, other: str) -> str:
        if self._linked(factor, other):
            return "activation-for-preactivation"
        roles = {self.graph[factor].role, self.graph[other].role}
        if roles == {Role.PARAMETER} and not self.graph[self._owner(step.sources[slot])].leaf and self._is_transposed_weight(step, slot, other):
            return "forward-instead-of-backward-weights"
        return "wrong-index"

    def _is_transposed_weight(self, step: Instruction, slot: int, other: str) -> bool:
        """Whether the weight leads to another unit of the next layer from another unit: an entry of W and not of Wᵀ."""
        here, source = self._owner(step.target), self._owner(step.sources[slot])
        theirs = [name for name in self.graph.named_consumers[other] if name != here and self._levels[name] == self._levels[here]]
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

    # Updated weights

    def _updated(self) -> Iterator[Mutant]:
        if self.of not in (self.loss, *((self.world.network.total_formula or ("",))[:1])) or self._total:
            return
        parameters = [node.id for node in self.graph.named if node.role is Role.PARAMETER and node.id != self.wrt]
        parameters = [name for name in parameters if any(step.sources[1 - slot] == self.program.places[name] for step, slot in self.uses if len(step.sources) == 2)]
        chosen = [parameters, *([[name] for name in parameters] if 1 < len(parameters) <= NEIGHBOURS else [])]
        for names in chosen:
            if names:
                yield Mutant("updated-weights", names[0] if len(names) == 1 else self.wrt,
                             "a weight that is updated already is used on the way back; the old one belongs there", self._with_updates(names))  # fmt: skip

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


def _edit(row: Row) -> Share:
    def share(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
        use = Use(step, values, upstream, slot)
        found = row.share(use)
        return found

    return share


def _negated(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return -Use(step, values, upstream, slot).share


def _lost(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return None


def _walk(term: Any) -> Iterator[Any]:
    from graphbp.notation.tree import walk

    return walk(term)
