"""A SymPy expression as a network."""

from __future__ import annotations

from typing import Any

from graphbp.importers.expression import free_name, role_of
from graphbp.network import Network
from graphbp.notation.judge import from_sympy
from graphbp.notation.tree import symbols


def read_sympy(expression: Any, title: str = "") -> Network:
    """The network whose loss is the expression; its symbols become leaves as in a formula.

    Raises: GraphbpError if a part has no counterpart.
    """
    tree = from_sympy(expression)
    names = symbols(tree)
    net = Network(title or str(expression))
    for name in names:
        net.leaf(name, role_of(name))
    net.loss(free_name(names), tree)
    assert net.graph is not None
    return net
