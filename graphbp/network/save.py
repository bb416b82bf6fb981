"""The network as its file, always the same text for the same network, and as a networkx graph."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphbp.files import write_whole
from graphbp.graph import Role, Shape
from graphbp.network.declared import Leaf, UserFunction
from graphbp.notation import styles
from graphbp.notation.tree import Array, Expr, Neg, Number, Symbol, walk

if TYPE_CHECKING:
    import networkx

    from graphbp.network.builder import Network

GROUPS = {"inputs": Role.INPUT, "parameters": Role.PARAMETER, "targets": Role.TARGET}
PLAIN = re.compile(r"[A-Za-z0-9(Α-ω](?:[^\s:#\"'`{}|>%@&!?\\]|@(?! *$)| (?!#))*(?<! )")


def canonical(network: Network) -> str:
    """The network's file.

    >>> from graphbp.network import Network
    >>> net = Network("one weight", learning_rate=0.5)
    >>> _ = net.parameter("w", 0.5), net.input("x")
    >>> print(canonical(net), end="")
    graphbp: 1
    title: one weight
    inputs:
      x: ~
    parameters:
      w: 0.5
    loss: ~
    learning_rate: 0.5
    """
    return "\n".join(_lines(network)) + "\n"


def _lines(network: Network) -> Iterator[str]:
    yield "graphbp: 1"
    yield from (f"{key}: {text(value)}" for key, value in _texts(network))
    for group, role in GROUPS.items():
        yield from _block(group, {leaf.name: _leaf(leaf) for leaf in network.leaves.values() if leaf.role is role})
    yield from _block("functions", dict(_function(*item) for item in network.functions.items()))
    plain = {name: text(formula(expr)) for name, expr in network.formulas.items()}
    loss = {network.loss_name: plain.pop(network.loss_name)} if network.has_loss else {}
    yield from _block("nodes", plain)
    yield from _block("loss", loss)
    upper = f"d{network.loss_name}/d"
    yield from _block("given", {upper + name: value_text(value) for name, value in network.givens.items()})
    if not loss and not network.givens:
        yield "loss: ~"
    yield from _rest(network)


def _texts(network: Network) -> Iterator[tuple[str, str]]:
    if network.title:
        yield "title", network.title
    if network.description:
        yield "description", network.description


def _rest(network: Network) -> Iterator[str]:
    if network.data:
        yield "data:"
        for row in network.data:
            yield "  - {" + ", ".join(f"{name}: {value_text(value)}" for name, value in row.items()) + "}"
    if network._total:
        yield from _block("total", {network._total.name: text(formula(network._total.expr))})
    if network.learning_rate is not None:
        yield f"learning_rate: {network.learning_rate!r}"
    if network.style != styles.DEFAULT and network.style in styles.names():
        yield f"style: {text(network.style)}"
    yield from _block("names", {name: single_quoted(latex) for name, latex in network.latex_names.items()})


def _block(key: str, rows: dict[str, str]) -> Iterator[str]:
    if rows:
        yield f"{key}:"
        yield from (f"  {name}: {value}" for name, value in rows.items())


def _leaf(leaf: Leaf) -> str:
    if leaf.shape is None and leaf.init is None:
        return value_text(leaf.value)
    parts = [f"value: {value_text(leaf.value)}"] if leaf.value is not None else []
    parts += [f"shape: {_shape(leaf.shape)}"] if leaf.shape is not None else []
    parts += [f"init: {leaf.init}"] if leaf.init else []
    parts += [f"seed: {leaf.seed}"] if leaf.seed else []
    return "{" + ", ".join(parts) + "}"


def _shape(shape: Shape) -> str:
    return "[" + ", ".join(str(size) for size in shape) + "]"


def _function(name: str, function: UserFunction) -> tuple[str, str]:
    params = ", ".join(function.params)
    if function.body is None:
        return name, f"[{params}]"
    return f"{name}({params})", text(formula(function.body))


def formula(expr: Expr) -> str:
    """The formula in the formula language."""
    from graphbp.notation.names import Names
    from graphbp.notation.numbers import NumberStyle
    from graphbp.notation.plain import PlainWriter

    return PlainWriter(Names(), NumberStyle(digits=17, exact=True)).write(expr)


def value_text(value: Expr | np.ndarray | None) -> str:
    """A literal as the file holds it.

    >>> from graphbp.network.literals import literal
    >>> value_text(literal([[1, 0.50], [-2, 3]]))
    '[[1, 0.5], [-2, 3]]'
    """
    if value is None:
        return "~"
    if isinstance(value, np.ndarray):
        return json.dumps(value.tolist())
    if isinstance(value, Array):
        return "[" + ", ".join(value_text(row) for row in value.rows) + "]"
    if isinstance(value, Neg):
        return f"-{value_text(value.x)}"
    assert isinstance(value, Number)
    return value.text or str(value.value)


def text(words: str) -> str:
    """The words as a YAML scalar: plain where YAML reads them back as they are, else quoted.

    >>> text("w1*x1 + b1"), text("a: b"), text("@x")
    ('w1*x1 + b1', '"a: b"', '"@x"')
    """
    return words if PLAIN.fullmatch(words) else json.dumps(words, ensure_ascii=not words.isprintable())


def single_quoted(words: str) -> str:
    """The words in single quotes, in which a backslash is a backslash."""
    return "'" + words.replace("'", "''") + "'"


def save(network: Network, path: Path) -> None:
    """Write the network's file.

    Raises: FileProblem if it cannot be written.
    """
    write_whole(path, canonical(network).encode())


def as_networkx(network: Network) -> networkx.MultiDiGraph:
    """The named nodes as a networkx graph, with role, shape and formula, one edge for each use in a formula."""
    import networkx

    made = networkx.MultiDiGraph(title=network.title, loss=network.graph.output)
    for node in network.graph.named:
        expr = network.formulas.get(node.id)
        made.add_node(node.id, role=str(node.role), shape=node.shape, formula=None if expr is None else formula(expr))
    for name, expr in network.formulas.items():
        uses = (part.name for part in walk(expr) if isinstance(part, Symbol))
        made.add_edges_from((use, name, {"slot": slot}) for slot, use in enumerate(uses))
    return made
