"""Proofs of claims about single numbers, within a budget."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from graphbp import ops
from graphbp.check.truth import World
from graphbp.derive.local import local_derivative
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Call, Expr, Partial, Symbol, substitute, symbols

if TYPE_CHECKING:
    from graphbp.notation.judge import Nodes

BUDGET = 800
LARGEST = 150
"""Beyond so many nodes no proof is tried."""


def proved(world: World, left: Expr, right: Expr) -> bool:
    """Whether left = right could be proved; the learner's own names must be written out already."""
    graph = world.plan.graph
    if not world.stackable or len(graph) > LARGEST or any(name not in graph for name in symbols(right)):
        return False
    from graphbp.notation.judge import equal, gradient_equal

    if isinstance(left, Symbol) and left.name in world.original.formulas:
        return equal(right, world.original.formulas[left.name], BUDGET, opener(world))
    if not isinstance(left, Partial) or not isinstance(left.y, Symbol) or not isinstance(left.x, Symbol):
        return False
    if left.y.name not in world.original.formulas:
        return False
    return gradient_equal(right, left.y.name, left.x.name, nodes_of(world), BUDGET)


def nodes_of(world: World) -> Nodes:
    """The formulas of the named nodes in order of computation, and the local derivatives that the calculus finds."""
    if world.nodes is None:
        from graphbp.notation.judge import Nodes

        network = world.original
        formulas = {node.id: network.formulas[node.id] for node in network.graph.named if node.id in network.formulas}
        slopes = {
            (name, source): local_derivative(network, name, source).result
            for name in formulas
            for source in network.graph.named_inputs[name]
            if _smooth(formulas[name])
        }
        world.nodes = Nodes(formulas, slopes, opener(world))
    found: Nodes = world.nodes
    return found


def _smooth(formula: Expr) -> bool:
    """A single call, whose slope is best known by its output."""
    return isinstance(formula, Call) and not formula.order


def opener(world: World) -> Callable[[Call], Expr | None]:
    """Gives the definition of operations and of declared functions; unknown ones stay as they are."""
    functions = world.original.functions

    def opened(call: Call) -> Expr | None:
        if call.function in functions:
            own = functions[call.function]
            if own.body is None:
                return None
            return substitute(own.body, dict(zip(map(Symbol, own.params), call.args, strict=True)))  # type: ignore[no-any-return]
        return _definition(call)

    return opened


@lru_cache(maxsize=1024)
def _definition(call: Call) -> Expr | None:
    if call.function not in ops.names():
        return None
    try:
        op = ops.get(call.function)
        names = [f"argument {place}" for place in range(len(op.inputs))]
        body = op.index_form([()] * len(op.inputs), dict(call.options), names, "output").body
    except (GraphbpError, ValueError, KeyError, IndexError):
        return None
    table = dict(zip(map(Symbol, names), call.args, strict=False))
    found: Expr = substitute(body, table)
    return None if isinstance(found, Call) and found.function == call.function else found
