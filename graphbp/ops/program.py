"""Nodes as a list of instructions: forward in order, backward in reverse, linear in the number of nodes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from graphbp.errors import GraphbpError, ShapeError
from graphbp.graph import Node, Role, Shape
from graphbp.graph.shape import bind, show_shape
from graphbp.ops.base import Op, Value
from graphbp.ops.literals import kernel_value, literal_array
from graphbp.ops.registry import get

MOST_BYTES = 2**34
"""The largest array that is computed: 16 GiB."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One node: its operation and attributes, from where to where; `pulls` lists the slots with a gradient."""

    node: Node
    op: Op
    attrs: Mapping[str, Any]
    sources: tuple[int, ...]
    target: int
    number: bool
    pulls: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """Instructions over a table of values; `places` says where each node's value stands."""

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
        return cls(places, tuple(instructions), tuple(constants), tuple(variable))

    def forward(self, leaves: Mapping[str, Value], dtype: Any = np.float64, *, rows: bool = False) -> list[Value]:
        """The value of every node.  With `rows` numbers may be arrays, one entry for each example."""
        values: list[Value] = [None] * len(self.places)
        for place, term in self.constants:
            values[place] = _ready(literal_array(term, dtype), dtype)
        for name, value in leaves.items():
            values[self.places[name]] = value if rows else _ready(np.asarray(value, dtype), dtype)
        fast = dtype == np.float64 and not rows
        with np.errstate(all="ignore"):
            for step in self.instructions:
                inputs = [values[source] for source in step.sources]
                try:
                    values[step.target] = (
                        _scalar(step, inputs) if fast and step.number else _array(step, inputs, dtype, rows)
                    )
                except GraphbpError as error:
                    raise error.at(node=step.node.owner, source=step.node.source) from None
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
        with np.errstate(all="ignore"):
            for step in reversed(self.instructions):
                upstream = gradients[step.target]
                if upstream is None:
                    continue
                for slot in step.pulls:
                    source = step.sources[slot]
                    if source in closed:
                        continue
                    share = pull(step, values, upstream, slot)
                    known = gradients[source]
                    gradients[source] = share if known is None else known + share
        return gradients


def pull(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    """One slot's share of the upstream gradient of a node."""
    inputs = [values[source] for source in step.sources]
    try:
        return step.op.vjp(upstream, values[step.target], inputs, step.attrs, slot)
    except (ArithmeticError, ValueError):
        # Plain Python numbers refuse what NumPy answers with inf or nan.
        if not step.number:
            raise
    wide = [np.float64(value) for value in inputs]
    return float(step.op.vjp(np.float64(upstream), np.float64(values[step.target]), wide, step.attrs, slot))


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
    return Instruction(node, op, ready, sources, place, number, pulls)


def _refuse_giants(node: Node, sizes: Mapping[str, int]) -> None:
    """Refuse, before anything is allocated, an array that no memory holds."""
    known = [sizes.get(size, 1) if isinstance(size, str) else size for size in node.shape]
    needed = 8 * prod(known)
    if needed > MOST_BYTES and node.role is not Role.IMPLICIT:
        raise ShapeError(
            f"{node.owner} has shape {show_shape(tuple(known))} and would need {needed} bytes",
            node=node.owner,
            source=node.source,
            fix="use smaller sizes",
        )


def _bound(shape: Any, sizes: Mapping[str, int]) -> Any:
    return bind(shape, sizes) if isinstance(shape, tuple) else shape


def _ready(array: Any, dtype: Any) -> Value:
    """A number as a Python float where double precision is wanted, everything else as it is."""
    return array.item() if array.ndim == 0 and dtype == np.float64 else array if array.ndim else array[()]


def _scalar(step: Instruction, inputs: Sequence[float]) -> float:
    try:
        return step.op.scalar(*inputs, **step.attrs)
    except (ArithmeticError, ValueError):
        return float(step.op.forward(*(np.float64(value) for value in inputs), **step.attrs))


def _array(step: Instruction, inputs: Sequence[Value], dtype: Any, rows: bool) -> Value:
    value = step.op.forward(*inputs, **step.attrs)
    if rows:
        return value
    value = np.asarray(value)
    return _ready(value if value.dtype == dtype else value.astype(dtype), dtype)
