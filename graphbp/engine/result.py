"""What a run computed: for every named node its value, and its gradient with the contributions it is made of."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graphbp.errors import NameProblem, did_you_mean
from graphbp.ops.base import Value
from graphbp.ops.program import pull, pull_back

if TYPE_CHECKING:
    from graphbp.engine.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """One consumer's share of a gradient.

    `to` receives it, `via` is the named node whose formula uses `to`, `slot` the place of `to` among its named inputs.
    """

    to: str
    via: str
    slot: int
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """The gradient of a node as the sum of its contributions."""

    node: str
    contributions: tuple[Contribution, ...]
    total: Value


class Readable(Protocol):
    """Anything that knows values, gradients and their parts by name."""

    plan: Plan

    def knows(self, name: str) -> bool:
        """Whether there is a value of that name."""

    def value(self, name: str) -> Value | None:
        """The value of a node."""

    def gradient(self, name: str) -> Value | None:
        """The gradient of a node, None where it is not known."""

    def of_parameters(self) -> dict[str, Value | None]:
        """The gradients of all parameters."""

    def shares(self, name: str) -> dict[str, Value]:
        """The gradient split by the named nodes that use this one."""

    def slot(self, name: str, via: str) -> int:
        """The place of a node among the named inputs of another."""

    def nonfinite(self) -> str | None:
        """The named node from which on numbers are not finite."""


class Table:
    """The values of one forward pass, and on demand the gradients of one backward pass.

    `seeds` are the gradients to start from, by default the plan's; with `open_seeds` they receive contributions too.
    """

    def __init__(
        self, plan: Plan, values: Sequence[Value], seeds: Mapping[int, Value] | None = None, *, open_seeds: bool = False
    ) -> None:
        self.plan, self.program, self.values = plan, plan.program, values
        self.seeds = plan.seeds if seeds is None else seeds
        self.fixed: Container[int] = () if open_seeds else self.seeds

    @cached_property
    def _learned(self) -> list[Value]:
        """The gradients of parameters and of all that depends on them; no others yet."""
        # What is compiled takes numbers for numbers; of stacked examples they are arrays.
        alone = isinstance(self.values, list) and self.seeds is self.plan.seeds
        straight = self.plan.straight if alone else None
        found = straight.backward(self.values, self.seeds) if straight else None
        if found is not None:
            return found
        gradients: list[Value] = [None] * len(self.values)
        for place, seed in self.seeds.items():
            gradients[place] = seed
        pull_back(self.program.toward_parameters, self.values, gradients, self.fixed)
        return gradients

    @cached_property
    def gradients(self) -> Sequence[Value]:
        """The gradient at every place, None where none arrives."""
        pull_back(self.program.aside, self.values, self._learned, self.fixed)
        return self._learned

    def knows(self, name: str) -> bool:
        """Whether there is a named node that has a value."""
        return name in self.program.named and self.values[self.program.places[name]] is not None

    def value(self, name: str) -> Value:
        """The value of a node."""
        return self.values[self.program.places[name]]

    def gradient(self, name: str) -> Value | None:
        """The gradient of a node; None where it has no meaning or nothing is known of it."""
        program = self.program
        place = program.places[name]
        if not self.seeds or name in program.meaningless:
            return None
        found = (self._learned if program.learned[place] else self.gradients)[place]
        if found is None:
            return _zero(self.value(name)) if self.plan.graph.output is not None else None
        return found

    def of_parameters(self) -> dict[str, Value | None]:
        """The gradients of all parameters."""
        found = self._learned
        return {name: one if type(one := found[place]) is float else _plain(self.gradient(name))
                for name, place in self.program.parameters.items()}  # fmt: skip

    def shares(self, name: str) -> dict[str, Value]:
        """The gradient of a node, split by the named nodes that use it."""
        places = self.program.places
        if places[name] in self.fixed or self.gradient(name) is None:
            return {}
        shares: dict[str, Value] = {}
        for consumer, slot in self.plan.graph.consumers[name]:
            step = self.program.by_target[places[consumer]]
            upstream = self.gradients[step.target]
            if upstream is not None and slot in step.pulls:
                with np.errstate(all="ignore"):
                    share = pull(step, self.values, upstream, slot)
                via = step.node.owner
                shares[via] = shares[via] + share if via in shares else share
        return shares

    def slot(self, name: str, via: str) -> int:
        """The place of a node among the named inputs of another."""
        return self.plan.graph.named_inputs[via].index(name)

    def nonfinite(self) -> str | None:
        """The named node from which on values are not finite, or the first met backward with such a gradient."""
        nodes = list(self.plan.graph)
        for node, value in zip(nodes, self.values, strict=True):
            if value is not None and not _finite(value):
                return node.owner or node.id
        if not self.seeds:
            return None
        for node, gradient in zip(reversed(nodes), reversed(self.gradients), strict=True):
            if gradient is not None and not _finite(gradient):
                return node.owner or node.id
        return None


@dataclass(slots=True, eq=False)
class NodeResult:
    """What is known of one named node: its symbol, its value, its gradient."""

    name: str
    table: Readable
    example: int | None = None

    @property
    def value(self) -> Value:
        """The node's number, or its array."""
        return self._pick(self.table.value(self.name))

    @property
    def gradient(self) -> Value | None:
        """∂l/∂node, of the shape of the value; None where it has no meaning or is not known."""
        return self._pick(self.table.gradient(self.name))

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """The gradient's parts, one for each named node that uses this one."""
        shares = self.table.shares(self.name)
        return tuple(Contribution(self.name, via, self.table.slot(self.name, via), self._pick(share))
                     for via, share in shares.items())  # fmt: skip

    @property
    def symbol(self) -> str:
        """The node's name in LaTeX."""
        from graphbp.notation.latex import LatexWriter
        from graphbp.notation.tree import Symbol

        return LatexWriter(self.table.plan.network.names).write(Symbol(self.name))

    def sympy(self) -> Any:
        """The node's value as a SymPy expression of the leaves.

        Raises: FormulaError if it has none, as arrays.
        """
        from graphbp.notation.judge import closed_form
        from graphbp.ops.opening import opener

        network = self.table.plan.network
        formulas = {node.id: network.formulas[node.id] for node in network.graph.named if not node.leaf}
        return closed_form(self.name, formulas, opener(network.functions))

    def _pick(self, value: Value | None) -> Value | None:
        if self.example is not None and isinstance(value, np.ndarray) and value.ndim:
            value = value[self.example]
        return _plain(value)

    def __repr__(self) -> str:
        return f"{self.name}: value {self.value}, gradient {self.gradient}"


class Readings(Mapping[str, NodeResult]):
    """Named nodes of one pass, by name."""

    def __init__(self, table: Readable, names: Iterable[str] | None = None, example: int | None = None) -> None:
        self.table, self.example, self._given_names = table, example, names

    @cached_property
    def _names(self) -> dict[str, None]:
        if self._given_names is not None:
            return dict.fromkeys(self._given_names)
        return {node.id: None for node in self.table.plan.graph.named if self.table.knows(node.id)}

    def __getitem__(self, name: str) -> NodeResult:
        if name not in self:
            raise NameProblem(f"there is no number for {name}", fix=did_you_mean(name, self._names))
        return NodeResult(name, self.table, self.example)

    def __contains__(self, name: object) -> bool:
        # Few of many names may be asked for: the list of all is made only to be walked over.
        if self._given_names is not None:
            return name in self._names
        return isinstance(name, str) and self.table.knows(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Result(Readings):
    """One run of a network: `result["z1"].value`, `.gradient`, `.contributions`.

    With data, `examples` holds one reading per row with the gradients of the loss l, and the result itself
    holds what all examples share, with the gradients of the total loss, whose name is `total`.
    """

    total: str | None = None
    examples: Sequence[Readings] = ()

    @property
    def loss(self) -> Value | None:
        """The loss, or the total loss where there are examples; None if only gradients are given."""
        output = self.total or self.table.plan.graph.output
        return self[output].value if output is not None else None

    @property
    def gradients(self) -> dict[str, Value | None]:
        """The gradients of all parameters by name: what a step of training takes off them."""
        return self.table.of_parameters()

    @cached_property
    def nonfinite(self) -> str | None:
        """The named node from which on the numbers are not finite."""
        return self.table.nonfinite()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        plan, found = self.table.plan, []
        if self.nonfinite is not None:
            found.append(f"the numbers are not finite from node {self.nonfinite} on")
        unknown = [name for name, value in plan.given.items() if value is None]
        if unknown and plan.graph.output is None:
            gradient = f"d{plan.network.loss_name}/d{unknown[0]}"
            found.append(
                f"{gradient} has no number, so gradients behind it are not known; give one with --set {gradient}=0.3"
            )
        return tuple(found)


def _plain(value: Value | None) -> Value | None:
    return float(value) if type(value) is np.float64 else value


def _zero(like: Value) -> Value:
    return 0.0 if type(like) is float else np.zeros_like(like)


def _finite(value: Value) -> bool:
    if type(value) is float:
        return value - value == 0.0
    return bool(np.isfinite(value).all())
