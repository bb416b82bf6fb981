"""Nodes as a list of instructions: forward in order, backward in reverse, linear in the number of nodes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from graphbp.errors import GraphbpError, ShapeError
from graphbp.graph import Node, Role, Shape
from graphbp.graph.shape import bind, show_shape
from graphbp.ops.base import Domain, Op, Value
from graphbp.ops.kernels import BLOCK, blockwise, blockwise_vjp
from graphbp.ops.literals import kernel_value, literal_array
from graphbp.ops.registry import get

MOST_BYTES = 2**34
"""The largest array that is computed: 16 GiB."""

Pulls = Sequence[tuple["Instruction", Sequence[int]]]
"""Which slots of which instructions hand a gradient on, consumers before what they consume."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One node: its operation and attributes, from where to where; `pulls` lists the slots with a gradient.

    `forward` and `vjp` are the operation's, arranged for the size of its arrays.
    """

    node: Node
    op: Op
    attrs: Mapping[str, Any]
    sources: tuple[int, ...]
    target: int
    number: bool
    pulls: tuple[int, ...]
    forward: Callable[..., Value]
    vjp: Callable[..., Value]


@dataclass(frozen=True)
class Program:
    """Instructions over a table of values; `places` says where each node's value stands."""

    nodes: tuple[Node, ...]
    places: Mapping[str, int]
    instructions: tuple[Instruction, ...]
    constants: tuple[tuple[int, Any], ...]
    variable: tuple[bool, ...] = field(repr=False)

    @classmethod
    def of(cls, nodes: Iterable[Node], sizes: Mapping[str, int] | None = None) -> Program:
        """The program of nodes that are in topological order.

        Raises: ShapeError if a letter in an operation's attributes has no number.
        """
        ordered = tuple(nodes)
        places = {node.id: place for place, node in enumerate(ordered)}
        variable = [True] * len(ordered)
        instructions, constants = [], []
        ops: dict[str, Op] = {}
        shapes = [node.shape for node in ordered]
        for place, node in enumerate(ordered):
            if node.op is None:
                value = dict(node.attrs).get("value") if node.attrs else None
                if value is not None:
                    variable[place] = False
                    constants.append((place, value))
                continue
            if node.op not in ops:
                ops[node.op] = get(node.op)
            sources = tuple(places[name] for name in node.inputs)
            variable[place] = any(variable[source] for source in sources)
            instructions.append(_instruction(node, ops[node.op], sources, place, variable, shapes, sizes or {}))
        return cls(ordered, places, tuple(instructions), tuple(constants), tuple(variable))

    @cached_property
    def by_target(self) -> Mapping[int, Instruction]:
        """The instruction that computes each place."""
        return {step.target: step for step in self.instructions}

    @cached_property
    def numbers_only(self) -> bool:
        """Whether every value is one number, computed entry by entry."""
        return all(node.shape == () for node in self.nodes) and all(step.number for step in self.instructions)

    @cached_property
    def learned(self) -> Sequence[bool]:
        """For each place whether its value is a parameter or depends on one."""
        return self.reached([node.role is Role.PARAMETER for node in self.nodes])

    @cached_property
    def toward_parameters(self) -> Pulls:
        """The part of the backward pass that parameters, and all that depends on them, need."""
        return self.pulls(self.learned, True)

    @cached_property
    def aside(self) -> Pulls:
        """The rest of the backward pass: toward inputs and targets, which training never asks for."""
        return self.pulls(self.learned, False)

    def reached(self, marked: Sequence[bool]) -> list[bool]:
        """For each place whether it is marked or depends on one that is."""
        found = list(marked)
        for step in self.instructions:
            found[step.target] = found[step.target] or any(found[source] for source in step.sources)
        return found

    def pulls(self, marked: Sequence[bool], wanted: bool) -> Pulls:
        """The part of the backward pass that hands gradients to the places which are marked, or to the others."""
        found = [(step, [slot for slot in step.pulls if marked[step.sources[slot]] is wanted])
                 for step in reversed(self.instructions)]  # fmt: skip
        return [(step, slots) for step, slots in found if slots]

    @cached_property
    def parameters(self) -> Mapping[str, int]:
        """The parameters that a gradient may have, and their places."""
        return {node.id: self.places[node.id] for node in self.nodes
                if node.role is Role.PARAMETER and node.id not in self.meaningless}  # fmt: skip

    @cached_property
    def named(self) -> frozenset[str]:
        """The nodes that the author named."""
        return frozenset(node.id for node in self.nodes if node.named and node.role is not Role.IMPLICIT)

    @cached_property
    def meaningless(self) -> frozenset[str]:
        """The nodes whose gradient means nothing: conditions and class numbers."""
        found: set[str] = set()
        for place in reversed(range(len(self.nodes))):
            if self._condition(place) or self._counts_classes(place, found):
                found.add(self.nodes[place].id)
        return frozenset(found)

    @cached_property
    def _uses(self) -> Sequence[Sequence[tuple[Instruction, int]]]:
        uses: list[list[tuple[Instruction, int]]] = [[] for _ in self.nodes]
        for step in self.instructions:
            for slot, source in enumerate(step.sources):
                uses[source].append((step, slot))
        return uses

    def _condition(self, place: int) -> bool:
        step = self.by_target.get(place)
        return step is not None and step.op.condition

    def _counts_classes(self, place: int, meaningless: set[str]) -> bool:
        """Whether all uses take the value for class numbers, directly or after moving entries about."""
        uses = self._uses[place]
        return bool(uses) and all(
            (step.node.id in meaningless and not step.op.condition) or self._domain(step, slot) is Domain.CLASSES
            for step, slot in uses
        )

    def _domain(self, step: Instruction, slot: int) -> Domain:
        return step.op.domain(slot, [self.nodes[source].shape for source in step.sources], step.attrs)

    def start(self, leaves: Mapping[str, Value], dtype: Any = np.float64, *, rows: bool = False) -> list[Value]:
        """The table of values with leaves and constants filled in; with `rows` numbers may be arrays over examples."""
        values: list[Value] = [None] * len(self.nodes)
        for place, term in self.constants:
            values[place] = _ready(literal_array(term, dtype), dtype)
        for name, value in leaves.items():
            values[self.places[name]] = value if rows else _ready(np.asarray(value, dtype), dtype)
        return values

    def forward(self, leaves: Mapping[str, Value], dtype: Any = np.float64, *, rows: bool = False) -> list[Value]:
        """The value of every node."""
        return self.fill(self.start(leaves, dtype, rows=rows), dtype, rows=rows)

    def fill(self, values: list[Value], dtype: Any = np.float64, *, rows: bool = False) -> list[Value]:
        """The table of values with everything computed that leaves and constants determine."""
        fast = dtype == np.float64 and not rows
        with np.errstate(all="ignore"):
            for step in self.instructions:
                inputs = [values[source] for source in step.sources]
                try:
                    if fast and step.number:
                        values[step.target] = _scalar(step, inputs)
                        continue
                    value = step.forward(*inputs, **step.attrs)
                except GraphbpError as error:
                    raise error.at(node=step.node.owner, source=step.node.source) from None
                values[step.target] = value if rows else settled(value, dtype)
        return values

    def backward(
        self, values: Sequence[Value], seeds: Mapping[int, Value], fixed: Container[int] | None = None
    ) -> list[Value]:
        """The gradient of every node, None where none arrives.

        `seeds` are the gradients to start from; those in `fixed` (by default all) receive nothing more.
        """
        closed = seeds if fixed is None else fixed
        gradients: list[Value] = [None] * len(values)
        for place, seed in seeds.items():
            gradients[place] = seed
        for pulls in (self.toward_parameters, self.aside):
            pull_back(pulls, values, gradients, closed)
        return gradients


def pull_back(pulls: Pulls, values: Sequence[Value], gradients: list[Value], closed: Container[int]) -> None:
    """Add to the gradients what one part of the backward pass brings; places in `closed` receive nothing."""
    with np.errstate(all="ignore"):
        for step, slots in pulls:
            upstream = gradients[step.target]
            if upstream is None:
                continue
            inputs = [values[source] for source in step.sources]
            for slot in slots:
                source = step.sources[slot]
                if source in closed:
                    continue
                share = _pull(step, upstream, values[step.target], inputs, slot)
                known = gradients[source]
                gradients[source] = share if known is None else known + share


def pull(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    """One slot's share of the upstream gradient of a node."""
    return _pull(step, upstream, values[step.target], [values[source] for source in step.sources], slot)


def _pull(step: Instruction, upstream: Value, output: Value, inputs: Sequence[Value], slot: int) -> Value:
    try:
        return step.vjp(upstream, output, inputs, step.attrs, slot)
    except (ArithmeticError, ValueError):
        # Plain Python numbers refuse what NumPy answers with inf or nan.
        if not step.number:
            raise
    wide = [np.float64(value) for value in inputs]
    return float(step.op.vjp(np.float64(upstream), np.float64(output), wide, step.attrs, slot))


def _instruction(
    node: Node, op: Op, sources: tuple[int, ...], place: int, variable: Sequence[bool],
    shapes: Sequence[Shape], sizes: Mapping[str, int],
) -> Instruction:  # fmt: skip
    _refuse_giants(node, sizes)
    attrs = op.complete(dict(node.attrs)) if node.attrs or op.attrs else {}
    given = [shapes[source] for source in sources]
    pulls = tuple(
        slot for slot, source in enumerate(sources) if variable[source] and op.differentiable(slot, given, attrs)
    )
    number = node.shape == () and op.elementwise(attrs)
    ready = {
        name: _bound(kernel_value(value), sizes) if name == "shape" else kernel_value(value)
        for name, value in attrs.items()
    }
    large = _entries(node, sizes) > BLOCK and op.elementwise(attrs) and not op.light
    forward, vjp = (blockwise(op.forward), blockwise_vjp(op.vjp)) if large else (op.forward, op.vjp)
    return Instruction(node, op, ready, sources, place, number, pulls, forward, vjp)


def _entries(node: Node, sizes: Mapping[str, int]) -> int:
    return prod(sizes.get(size, 1) if isinstance(size, str) else size for size in node.shape)


def _refuse_giants(node: Node, sizes: Mapping[str, int]) -> None:
    """Refuse, before anything is allocated, an array that no memory holds."""
    needed = 8 * _entries(node, sizes)
    if needed > MOST_BYTES and node.role is not Role.IMPLICIT:
        shown = show_shape(tuple(sizes.get(str(size), size) for size in node.shape))
        raise ShapeError(
            f"{node.owner} has shape {shown} and would need {needed} bytes",
            node=node.owner,
            source=node.source,
            fix="use smaller sizes",
        )


def _bound(shape: Any, sizes: Mapping[str, int]) -> Any:
    return bind(shape, sizes) if isinstance(shape, tuple) else shape


def _ready(array: Any, dtype: Any) -> Value:
    """A number as a Python float where double precision is wanted, everything else as it is."""
    return array.item() if array.ndim == 0 and dtype == np.float64 else array if array.ndim else array[()]


def settled(value: Value, dtype: Any = np.float64) -> Value:
    """What a kernel gave as it stands in the table: an array of the type, or one number."""
    if type(value) is np.ndarray and value.ndim and value.dtype.type is dtype:
        return value
    return _ready(np.asarray(value, dtype), dtype)


def _scalar(step: Instruction, inputs: Sequence[float]) -> float:
    try:
        return step.op.scalar(*inputs, **step.attrs)
    except (ArithmeticError, ValueError):
        return float(step.op.forward(*(np.float64(value) for value in inputs), **step.attrs))
