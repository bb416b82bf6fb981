"""Nodes as SymPy's expressions."""

from __future__ import annotations

from typing import Any

from graphbp.errors import NameProblem, did_you_mean
from graphbp.network import Network
from graphbp.notation import judge
from graphbp.ops.opening import opener


def closed_form(network: Network, name: str, wrt: str | None) -> Any:
    """A node as an expression of the leaves, or its derivative with respect to a node.

    Raises: NameProblem if there is no such node, FormulaError if arrays occur.
    """
    for node in (name, wrt):
        if node is not None and node not in network.graph:
            raise NameProblem(f"there is no node {node}", fix=did_you_mean(node, network.graph.nodes))
    formulas = {node.id: network.formulas[node.id] for node in network.graph.named if not node.leaf}
    inner = dict(list(formulas.items())[: list(formulas).index(name) + 1]) if name in formulas else {}
    if wrt is None:
        return judge.closed_form(name, inner, opener(network.functions))
    return judge.derivative(name, wrt, inner, opener(network.functions))
