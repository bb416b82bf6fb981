"""A network as plain data: what a program needs to compute every number of a derivation anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.derive.total import first_example
from graphbp.engine.plan import bound_sizes
from graphbp.graph import Node
from graphbp.network import Network
from graphbp.network.save import formula

if TYPE_CHECKING:
    from graphbp.engine import Result


def network_facts(network: Network, result: Result | None) -> Mapping[str, Any]:
    """Nodes in the order in which they are computed, own functions, open sizes, examples and the total loss.

    Numbers are those with which the steps are filled in: with examples, those of the first one.
    """
    readings = None if result is None else first_example(result)
    facts: dict[str, Any] = {"nodes": [dict(_node(network, node, readings)) for node in network.graph.named]}
    known = {f"{name}({', '.join(own.params)})": own.body for name, own in network.functions.items()}
    facts["functions"] = {head: None if body is None else formula(body) for head, body in known.items()}
    facts["sizes"] = bound_sizes(network.graph, network.arrays)
    facts["given"] = [f"d{network.loss_name}/d{name}" for name in network.givens]
    if network.total_formula is not None:
        name, total = network.total_formula
        facts["total"] = {"name": name, "formula": formula(total)}
        facts["examples"] = [{key: np.asarray(value).tolist() for key, value in row.items()} for row in network.rows]
    return facts


def _node(network: Network, node: Node, readings: Any) -> Iterator[tuple[str, Any]]:
    """A leaf with its number, any other node with its formula."""
    yield from (("name", node.id), ("role", str(node.role)), ("shape", list(node.shape)))
    if node.leaf:
        yield "value", None if readings is None else np.asarray(readings[node.id].value, dtype=float).tolist()
    else:
        yield "formula", formula(network.formulas[node.id])
