"""Layers in words: `dense 2 sigmoid` as named nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from graphbp.errors import FormulaError, GraphError, NameProblem, Source, did_you_mean
from graphbp.graph import Role, Size
from graphbp.network.variable import Variable, call

if TYPE_CHECKING:
    from graphbp.network.builder import Network

LAYER = re.compile(r"(?P<kind>[A-Za-z_]\w*)(?:\s+(?P<width>\d{1,6}))?(?:\s+(?P<activation>[A-Za-z_]\w*))?\s*")


def declare_layers(network: Network, rows: Iterable[str], source: Source | None) -> Variable:
    """Declare the nodes of all layers, from the only input on; the last layer's output.

    Raises: GraphError if there is not exactly one input that is a vector or a batch of them.
    """
    name, width, batch = _only_input(network, source)
    current = network.symbol(name)
    for number, row in enumerate(rows, 1):
        out, activation = _read(row, source)
        current = _dense(network, number, current, (out, width), batch, source)
        width = out
        if activation:
            current = network.node(f"a{number}", call(activation, current), source=source)
    return current


def _only_input(network: Network, source: Source | None) -> tuple[str, Size, bool]:
    inputs = [leaf.name for leaf in network.leaves.values() if leaf.role is Role.INPUT]
    if len(inputs) != 1:
        shown = ", ".join(inputs) or "none"
        raise GraphError(f"layers start from one input, and the network has {shown}", source=source,
                         fix="make one vector of them: inputs: {x: [0.5, 1]}")  # fmt: skip
    shape = network._values.shape(inputs[0])
    if len(shape) not in (1, 2):
        raise GraphError(f"layers start from a vector or from a batch of vectors, and {inputs[0]} is neither",
                         source=source, fix="write inputs: {x: [0.5, 1]} or {x: {shape: [N, 2]}}")  # fmt: skip
    return inputs[0], shape[-1], len(shape) == 2


def _read(row: str, source: Source | None) -> tuple[int, str | None]:
    from graphbp import ops

    match = LAYER.fullmatch(row.strip()) if isinstance(row, str) else None
    if not match or match["kind"] != "dense" or not match["width"] or int(match["width"]) < 1:
        raise FormulaError(f"cannot read the layer {row!r}", source=source, fix="write dense 2, or dense 2 sigmoid")
    if match["activation"] and match["activation"] not in ops.names():
        raise NameProblem(f"unknown operation {match['activation']}", source=source,
                          fix=did_you_mean(match["activation"], ops.names()))  # fmt: skip
    return int(match["width"]), match["activation"]


def _dense(network: Network, number: int, x: Variable, shape: tuple[Size, Size], batch: bool,
           source: Source | None) -> Variable:  # fmt: skip
    """z = W x + b, for a batch X Wᵀ + b; weights that the author did not declare are drawn, biases are 0."""
    weight, bias = f"W{number}", f"b{number}"
    if weight not in network.leaves:
        network.parameter(weight, shape=shape, init="xavier", source=source)
    if bias not in network.leaves:
        network.parameter(bias, shape=shape[:1], init="zeros", source=source)
    w, b = network.symbol(weight), network.symbol(bias)
    return network.node(f"z{number}", x @ w.T + b if batch else w @ x + b, source=source)
