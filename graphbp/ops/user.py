"""Functions that the author declares: with a body they compute, without one they stay symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from graphbp.errors import ValueMissing
from graphbp.graph import Node, Shape
from graphbp.graph.shape import broadcast
from graphbp.notation.tree import Call, Expr, Symbol, substitute
from graphbp.ops.base import REQUIRED, Attrs, Elementwise, Value, Values, options


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
        if body is None:
            return broadcast(*shapes)
        return _nodes(params, body, functions, shapes)[-1].shape

    def repeated(self, shapes: Sequence[Shape], attrs: Mapping[str, Any]) -> Sequence[Shape]:
        return shapes if attrs["body"] is not None else super().repeated(shapes, attrs)

    def elementwise(self, attrs: Mapping[str, Any]) -> bool:
        if attrs["body"] is None:
            return True
        program = _program(attrs["params"], attrs["body"], attrs["functions"], ((),) * len(attrs["params"]))
        return all(step.number for step in program.instructions)

    def input_names(self, attrs: Mapping[str, Any]) -> tuple[str, ...]:
        names: tuple[str, ...] = attrs["params"]
        return names

    def formula(self, attrs: Mapping[str, Any]) -> Expr | None:
        body: Expr | None = attrs["body"]
        return body

    def definition(self, *operands: Any, params: tuple[str, ...], body: Expr | None, functions: Any) -> Expr:
        if body is None:
            return Call(self.plain, tuple(operands))
        opened: Expr = substitute(body, dict(zip(map(Symbol, params), operands, strict=True)))
        return opened

    def forward(self, *inputs: Value, params: tuple[str, ...], body: Expr | None, functions: Any) -> Value:
        if body is None:
            raise ValueMissing(f"the function {self.plain} has no formula",
                               fix=f'give one under functions: {{{self.plain}({", ".join(params)}): "…"}}')  # fmt: skip
        return self._values(inputs, params, body, functions)[1][-1]

    scalar = forward

    def _values(
        self, inputs: Sequence[Value], params: tuple[str, ...], body: Expr, functions: Any
    ) -> tuple[Any, list[Value]]:
        shapes = tuple(np.shape(value) for value in inputs)
        program = _program(params, body, functions, shapes)
        dtype = np.result_type(*inputs) if inputs else np.float64
        return program, program.forward(dict(zip(params, inputs, strict=True)), dtype)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        program, values = self._values(inputs, attrs["params"], attrs["body"], attrs["functions"])
        gradient = program.backward(values, {len(values) - 1: upstream})[slot]
        return 0.0 * np.asarray(inputs[slot]) if gradient is None else gradient


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
def _program(params: tuple[str, ...], body: Expr, functions: Any, shapes: tuple[Shape, ...]) -> Any:
    from graphbp.ops.program import Program

    return Program.of(_nodes(params, body, functions, shapes))
