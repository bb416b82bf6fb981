"""What must be computed for a network, and from which numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.engine.straight import Straight
from graphbp.errors import NameProblem, ShapeError, ValueMissing, did_you_mean
from graphbp.graph import Graph, Node
from graphbp.graph.shape import show_shape
from graphbp.ops.base import Value
from graphbp.ops.literals import literal_array
from graphbp.ops.program import Program

if TYPE_CHECKING:
    from graphbp.network import Network


@dataclass(frozen=True, eq=False)
class Plan:
    """A program with the sizes that the leaves bind, and the gradients that it starts from."""

    network: Network
    graph: Graph
    sizes: Mapping[str, int]
    dtype: Any
    given: Mapping[str, Any]

    @cached_property
    def program(self) -> Program:
        """The instructions of the graph, made once for these sizes."""
        return self.graph.kept.once((Program, *self.sizes.items()), lambda: Program.of(self.graph, self.sizes))

    @cached_property
    def straight(self) -> Straight | None:
        """Both passes without loops, in double precision."""
        if self.dtype != np.float64:
            return None
        seeds = tuple(self.seeds)
        pulls = self.program.toward_parameters
        return self.graph.kept.once((Straight, seeds), lambda: Straight(self.program, seeds, pulls))

    def forward(self, values: Sequence[Value]) -> list[Value]:
        """The table of values with everything computed that leaves and constants determine."""
        found = self.straight.forward(values) if self.straight else None
        return self.program.fill(list(values), self.dtype) if found is None else found

    @cached_property
    def seeds(self) -> Mapping[int, Value]:
        """The gradients from which backward starts: 1 for the loss, or those that are given."""
        if self.graph.output is not None:
            return {self.program.places[self.graph.output]: 1.0 if self.dtype == np.float64 else self.dtype(1)}
        ready = {name: np.asarray(value, self.dtype) for name, value in self.given.items() if value is not None}
        return {self.program.places[name]: _number(value, self.dtype) for name, value in ready.items()}


def _number(array: Any, dtype: Any) -> Value:
    return array.item() if array.ndim == 0 and dtype == np.float64 else array[()]


def bound_sizes(nodes: Iterable[Node], arrays: Mapping[str, Any]) -> dict[str, int]:
    """The numbers that arrays give to the letters in the shapes of leaves.

    Raises: ShapeError if an array does not have the declared shape, or a letter would have two numbers.
    """
    sizes: dict[str, int] = {}
    for node in nodes:
        if node.leaf and node.id in arrays:
            _bind(node, np.shape(arrays[node.id]), sizes)
    return sizes


def _bind(node: Node, actual: tuple[int, ...], sizes: dict[str, int]) -> None:
    fits = len(actual) == len(node.shape)
    for want, have in zip(node.shape, actual, strict=False):
        known = sizes.setdefault(want, have) if isinstance(want, str) else want
        if known != have and isinstance(want, str):
            raise ShapeError(
                f"size {want} is {known} elsewhere and {have} in {node.id}", node=node.id, source=node.source
            )
        fits = fits and known == have
    if not fits:
        raise ShapeError(f"{node.id} has shape {show_shape(node.shape)} and its value has {show_shape(actual)}",
                         node=node.id, source=node.source)  # fmt: skip


def leaf_numbers(graph: Graph, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of all leaves that are used.

    Raises: ValueMissing with the leaves that have none.
    """
    leaves = [node for node in graph if node.leaf and not node.attrs]
    missing = [node for node in leaves if node.id not in arrays and graph.consumers[node.id]]
    if missing:
        raise _missing(missing)
    return {node.id: arrays[node.id] for node in leaves if node.id in arrays}


def _missing(nodes: list[Node]) -> ValueMissing:
    names = [node.id for node in nodes]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    has = "has no number" if len(names) == 1 else "have no numbers"
    example = "0.3" if nodes[0].shape == () else "[…]"
    return ValueMissing(f"{shown} {has}", source=nodes[0].source, fix=f"give one with --set {names[0]}={example}")


def split_overrides(network: Network, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Overrides of leaves, and overrides of assumed gradients such as dl/dz1.

    Raises: NameProblem for what is neither.
    """
    start = f"d{network.loss_name}/d"
    assumed = {name[len(start) :]: value for name, value in overrides.items() if name.startswith(start)}
    unknown = [name for name in assumed if name not in network.givens]
    if unknown:
        raise NameProblem(f"{start}{unknown[0]} is not among the gradients that are given",
                          fix=did_you_mean(unknown[0], network.givens))  # fmt: skip
    leaves = {name: value for name, value in overrides.items() if not name.startswith(start)}
    computed = [name for name in leaves if name in network.formulas]
    if computed:
        raise NameProblem(
            f"{computed[0]} is computed, not given", node=computed[0], fix="set the numbers that it is computed from"
        )
    return leaves, assumed


def given_values(network: Network, assumed: Mapping[str, Any]) -> dict[str, Any]:
    """The assumed gradients as arrays, None for those that are symbols only."""
    table = {name: None if term is None else literal_array(term) for name, term in network.givens.items()}
    return {**table, **{name: np.asarray(value, np.float64) for name, value in assumed.items()}}
