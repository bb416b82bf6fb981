"""The graph: nodes, each one use of an operation, in an order in which they can be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from graphbp.errors import GraphError, NameProblem, Source, did_you_mean
from graphbp.graph.shape import SCALAR, Shape

T = TypeVar("T")


class Role(StrEnum):
    """What a node is for."""

    INPUT = "input"
    PARAMETER = "parameter"
    TARGET = "target"
    NOISE = "noise"
    STATE = "state"
    CONSTANT = "constant"
    VALUE = "value"
    IMPLICIT = "implicit"
    LOSS = "loss"


LEAF_ROLES = frozenset({Role.INPUT, Role.PARAMETER, Role.TARGET, Role.NOISE, Role.STATE, Role.CONSTANT})


@dataclass(frozen=True, slots=True)
class Node:
    """One use of an operation, or a leaf (`op` is None).

    `owner` is the named node whose formula this node belongs to; a named node owns itself.
    `written` is the formula as its author wrote it, on named nodes that are not leaves.
    """

    id: str
    op: str | None = None
    attrs: tuple[tuple[str, Any], ...] = ()
    inputs: tuple[str, ...] = ()
    shape: Shape = SCALAR
    role: Role = Role.VALUE
    owner: str = ""
    written: str | None = None
    source: Source | None = None

    @property
    def named(self) -> bool:
        """Whether the author gave this node a name (all leaves but constants in formulas have one)."""
        return self.owner == self.id

    @property
    def leaf(self) -> bool:
        """Whether the node has no operation: its value is given and not computed."""
        return self.op is None


class Kept(dict[Any, Any]):
    """What others have made of a graph or a network, for the next time; copies and other processes start with none.

    >>> from copy import deepcopy
    >>> deepcopy(Kept(plan=1))
    {}
    """

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What was made under this key, made now if it was not before."""
        if key not in self:
            self[key] = make()
        found: T = self[key]
        return found

    def __reduce__(self) -> tuple[type[Kept], tuple[()]]:
        return Kept, ()


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, and the one scalar node that is the loss (None in open networks).

    Raises: GraphError on a cycle, NameProblem on an input that does not exist or a name used twice.
    """

    nodes: Mapping[str, Node]
    output: str | None = None

    @classmethod
    def of(cls, nodes: Iterable[Node], output: str | None = None) -> Graph:
        """A graph of nodes in any order."""
        table: dict[str, Node] = {}
        for node in nodes:
            if node.id in table:
                raise NameProblem(
                    f"{node.id} is defined twice", node=node.id, source=node.source, fix="rename one of the two"
                )
            table[node.id] = node
        for node in table.values():
            for name in node.inputs:
                if name not in table:
                    raise NameProblem(
                        f"unknown name {name}",
                        node=node.owner or node.id,
                        source=node.source,
                        fix=did_you_mean(name, table),
                    )
        return cls({name: table[name] for name in _topological(table)}, output)

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def __contains__(self, name: object) -> bool:
        return name in self.nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def kept(self) -> Kept:
        """What others have made of this graph: it never changes, so neither does that."""
        return Kept()

    @cached_property
    def consumers(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """For every node the (consumer, slot) pairs that use it, in topological order."""
        table: dict[str, list[tuple[str, int]]] = {name: [] for name in self.nodes}
        for node in self.nodes.values():
            for slot, name in enumerate(node.inputs):
                table[name].append((node.id, slot))
        return {name: tuple(uses) for name, uses in table.items()}

    @cached_property
    def owned(self) -> Mapping[str, tuple[Node, ...]]:
        """For every named node the nodes of its formula, itself included, in topological order."""
        table: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            table.setdefault(node.owner, []).append(node)
        return {name: tuple(nodes) for name, nodes in table.items()}

    @cached_property
    def named(self) -> tuple[Node, ...]:
        """The nodes that the author named, leaves included, in topological order."""
        return tuple(node for node in self.nodes.values() if node.named and node.role is not Role.IMPLICIT)

    @cached_property
    def named_inputs(self) -> Mapping[str, tuple[str, ...]]:
        """For every named node the named nodes that its formula uses, each once, in the order written."""
        table: dict[str, dict[str, None]] = {node.id: {} for node in self.named}
        for node in self.nodes.values():
            for name in node.inputs:
                if self.nodes[name].named and node.owner in table:
                    table[node.owner][name] = None
        return {name: tuple(uses) for name, uses in table.items()}

    @cached_property
    def named_consumers(self) -> Mapping[str, tuple[str, ...]]:
        """For every named node the named nodes whose formulas use it, each once."""
        table: dict[str, dict[str, None]] = {node.id: {} for node in self.named}
        for consumer, uses in self.named_inputs.items():
            for name in uses:
                table[name][consumer] = None
        return {name: tuple(uses) for name, uses in table.items()}


def _topological(table: Mapping[str, Node]) -> tuple[str, ...]:
    """The ids so that inputs stand before their consumers; ties keep the order in which they were given."""
    sorter = TopologicalSorter({node.id: node.inputs for node in table.values()})
    try:
        sorter.prepare()
    except CycleError as error:
        names = [name for name in error.args[1] if table[name].named]
        loop = " → ".join(reversed(names or error.args[1]))
        node = table[names[0]] if names else None
        raise GraphError(
            f"the nodes use each other in a circle: {loop}",
            source=node.source if node else None,
            fix="a network has no cycles; unroll a recurrence into one node per time step",
        ) from None
    rank = {name: place for place, name in enumerate(table)}
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return tuple(order)
