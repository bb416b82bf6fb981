"""Functions that the author declares: with a body they compute, without one they stay symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.errors import GraphbpError, ValueMissing
from graphbp.graph import Node, Shape
from graphbp.graph.shape import broadcast
from graphbp.notation.tree import Call, Expr, Symbol, substitute
from graphbp.ops.base import REQUIRED, Attrs, Elementwise, Value, Values, options

if TYPE_CHECKING:
    from graphbp.ops.program import Program


@dataclass(frozen=True, slots=True)
class Declared:
    """Parameters and body of a declared function."""

    params: tuple[str, ...]
    body: Expr | None


class UserFunctionOp(Elementwise):
    """A declared function as an operation; its definition is its body."""

    inputs = ()
    attrs = options(params=REQUIRED, body=None, functions=())

    def __init__(self, name: str) -> None:
        # Each declared function is an operation of its own.
        self.name = name  # type: ignore[misc]
        self.plain = name.partition(":")[2]
        self.symbol = self.plain  # type: ignore[misc]

    def infer(self, *shapes: Shape, params: tuple[str, ...], body: Expr | None, functions: Any) -> Shape:
        """The broadcast of the inputs, or the shape of the body over whole arrays."""
        if _by_numbers(params, body, functions):
            return broadcast(*shapes)
        assert body is not None
        return _nodes(params, body, functions, shapes)[-1].shape

    def repeated(self, shapes: Sequence[Shape], attrs: Attrs) -> Sequence[Shape]:
        """The common shape, if the body acts entry by entry."""
        return super().repeated(shapes, attrs) if self.elementwise(attrs) else shapes

    def elementwise(self, attrs: Attrs) -> bool:
        """Whether all operations of the body act entry by entry."""
        return _by_numbers(attrs["params"], attrs["body"], attrs["functions"])

    def input_names(self, attrs: Mapping[str, Any]) -> tuple[str, ...]:
        """The parameters."""
        names: tuple[str, ...] = attrs["params"]
        return names

    def formula(self, attrs: Mapping[str, Any]) -> Expr | None:
        """The body."""
        body: Expr | None = attrs["body"]
        return body

    def definition(self, *operands: Any, params: tuple[str, ...], body: Expr | None, functions: Any) -> Expr:
        """The body with the operands in place of the parameters; of an unknown function its call."""
        if body is None:
            return Call(self.plain, tuple(operands))
        opened: Expr = substitute(body, dict(zip(map(Symbol, params), operands, strict=True)))
        return opened

    def forward(self, *inputs: Value, params: tuple[str, ...], body: Expr | None, functions: Any) -> Value:
        """The body's last value."""
        values = self._values(inputs, params, body, functions)[1]
        shape = np.broadcast_shapes(*(np.shape(value) for value in inputs))
        if _by_numbers(params, body, functions) and np.shape(values[-1]) != shape:
            return np.broadcast_to(values[-1], shape)
        return values[-1]

    scalar = forward

    def _values(
        self, inputs: Sequence[Value], params: tuple[str, ...], body: Expr | None, functions: Any
    ) -> tuple[Program, list[Value]]:
        """The body's program and all its values."""
        if body is None:
            written = f'{{{self.plain}({", ".join(params)}): "…"}}'
            raise ValueMissing(f"the function {self.plain} has no formula", fix=f"give one under functions: {written}")
        leaves = dict(zip(params, inputs, strict=True))
        numbers = _by_numbers(params, body, functions)
        shapes = tuple(() if numbers else np.shape(value) for value in inputs)
        program = _program(params, body, functions, shapes)
        dtype = np.result_type(*inputs)
        stacked = numbers and any(np.ndim(value) for value in inputs)
        return program, program.forward(leaves, dtype, rows=stacked)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """One backward pass through the body."""
        program, values = self._values(inputs, attrs["params"], attrs["body"], attrs["functions"])
        gradient = program.backward(values, {len(values) - 1: upstream})[slot]
        if gradient is None:
            return np.zeros(np.shape(inputs[slot]))[()]
        return gradient


@lru_cache(maxsize=1024)
def _by_numbers(params: tuple[str, ...], body: Expr | None, functions: Any) -> bool:
    """Whether the function acts entry by entry; an unknown one is taken to."""
    if body is None:
        return True
    try:
        program = _program(params, body, functions, ((),) * len(params))
    except GraphbpError:
        return False
    return all(step.number for step in program.instructions)


@lru_cache(maxsize=1024)
def _nodes(params: tuple[str, ...], body: Expr, functions: Any, shapes: tuple[Shape, ...]) -> tuple[Node, ...]:
    """The body as nodes over its parameters."""
    from graphbp.ops.lower import lower

    table = dict(zip(params, shapes, strict=True))
    declared = {name: Declared(names, inner) for name, names, inner in functions}
    leaves = [Node(name, shape=shape, owner=name) for name, shape in table.items()]
    return (*leaves, *lower(_result(params), body, table.__getitem__, declared))


def _result(params: tuple[str, ...]) -> str:
    return "result" if "result" not in params else "_".join(params) + "_result"


@lru_cache(maxsize=1024)
def _program(params: tuple[str, ...], body: Expr, functions: Any, shapes: tuple[Shape, ...]) -> Program:
    from graphbp.ops.program import Program

    return Program.of(_nodes(params, body, functions, shapes))
