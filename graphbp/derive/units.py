"""Units: a weighted sum z that is affine in parameters × non-parameters, and the activation a that follows it.

This module alone decides what a unit is; pages, pictures and readings ask it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphbp.graph import Graph, Role
from graphbp.network import Network
from graphbp.notation.tree import (
    Add,
    Call,
    Entry,
    Expr,
    Group,
    Hadamard,
    MatMul,
    Mul,
    Number,
    Symbol,
    Transpose,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit, or one layer of units where z is an array.

    `weights` pairs each weight with the node that it multiplies, in the order written; `bias` is the
    added parameter; `a` is None where z is used as it is.  `layer` counts from 1, the first hidden layer.
    """

    z: str
    a: str | None
    layer: int
    weights: tuple[tuple[str, str], ...]
    bias: str | None
    function: str | None = None

    @property
    def output(self) -> str:
        """The node that later layers read: the activation, or z itself."""
        return self.a or self.z


def units(network: Network) -> tuple[Unit, ...]:
    """The units of a network in topological order.

    >>> net = Network()
    >>> z = net.node("z", net.parameter("w") * net.input("x") + net.parameter("b"))
    >>> units(net)[0].weights, units(net)[0].bias
    ((('w', 'x'),), 'b')
    """
    return network.graph.kept.once(Unit, lambda: _found(network))


def _found(network: Network) -> tuple[Unit, ...]:
    graph = network.graph
    found: list[Unit] = []
    depth: dict[str, int] = {}
    for node in graph.named:
        reached = [depth.get(name, 0) for name in graph.named_inputs[node.id]]
        depth[node.id] = max(reached, default=0)
        sides = affine_parts(network.formulas.get(node.id), graph) if not node.leaf else None
        if sides is None or node.role is Role.LOSS:
            continue
        depth[node.id] += 1
        weights, bias = sides
        a = _activation(network, node.id)
        found.append(Unit(node.id, a, depth[node.id], weights, bias, _function(network, a)))
    return tuple(found)


def affine_parts(formula: Expr | None, graph: Graph) -> tuple[tuple[tuple[str, str], ...], str | None] | None:
    """The (weight, source) pairs and the bias of an affine formula, or None if it is something else."""
    weights: list[tuple[str, str]] = []
    bias: str | None = None
    for term in _terms(formula):
        factors = _factors(term)
        names = [_name(factor) for factor in factors]
        if len(names) == 1 and isinstance(factors[0], Number):
            continue
        if any(name is None or name not in graph for name in names):
            return None
        parameters = [name for name in names if name and graph[name].role is Role.PARAMETER]
        others = [name for name in names if name and graph[name].role is not Role.PARAMETER]
        if len(parameters) == 1 and len(others) == 1 and len(names) == 2:
            weights.append((parameters[0], others[0]))
        elif len(parameters) == 1 and not others and bias is None:
            bias = parameters[0]
        else:
            return None
    return (tuple(weights), bias) if weights else None


def _terms(formula: Expr | None) -> Iterable[Expr]:
    if isinstance(formula, Add):
        return [inner for term in formula.terms for inner in _terms(term)]
    if isinstance(formula, Group):
        return _terms(formula.x)
    return [] if formula is None else [formula]


def _factors(term: Expr) -> list[Expr]:
    if isinstance(term, Group):
        return _factors(term.x)
    return list(term.factors) if isinstance(term, Mul | MatMul | Hadamard) else [term]


def _name(factor: Expr) -> str | None:
    """The node that a factor names, turned or not; None for any other formula."""
    if isinstance(factor, Group | Transpose):
        return _name(factor.x)
    if isinstance(factor, Entry) and isinstance(factor.base, Symbol):
        return factor.base.name
    return factor.name if isinstance(factor, Symbol) else None


def _activation(network: Network, z: str) -> str | None:
    """The one consumer of z that is a function of z alone, or with one parameter of its own, entry by entry."""
    graph = network.graph
    consumers = [name for name in graph.named_consumers[z] if name != network.loss_name or not network.has_loss]
    shaped = [name for name in consumers if shape_parameter(network, z, name) is not None]
    alone = [name for name in shaped if _elementwise(network, z, name)]
    return (
        alone[0]
        if len(alone) == 1 and len(consumers) == 1 and affine_parts(network.formulas[alone[0]], graph) is None
        else None
    )


def shape_parameter(network: Network, z: str, a: str) -> str | None:
    """The parameter that shapes the activation a of z (PReLU's slope), "" if there is none, None if a reads more.

    Only a call may have one: in `w*sigmoid(z)` the parameter is a weight of what follows.
    """
    graph = network.graph
    others = [name for name in graph.named_inputs[a] if name != z]
    if not others:
        return ""
    own = [name for name in others if graph[name].role is Role.PARAMETER and graph.named_consumers[name] == (a,)]
    return own[0] if own == others and len(own) == 1 and isinstance(network.formulas[a], Call) else None


def _elementwise(network: Network, z: str, name: str) -> bool:
    from graphbp import ops

    graph = network.graph
    if graph[name].shape != graph[z].shape:
        return False
    own = [node for node in graph.owned[name] if node.role is not Role.IMPLICIT and not node.leaf]
    return all(ops.get(str(node.op)).elementwise(dict(node.attrs)) for node in own)


def _function(network: Network, a: str | None) -> str | None:
    """The name of the activation function, if the formula is one call."""
    formula = network.formulas[a] if a else None
    return formula.function if isinstance(formula, Call) and not formula.order else None


def by_layer(found: Iterable[Unit]) -> Mapping[int, tuple[Unit, ...]]:
    """The units of each layer, from the first to the last."""
    table: dict[int, tuple[Unit, ...]] = {}
    for unit in found:
        table[unit.layer] = (*table.get(unit.layer, ()), unit)
    return dict(sorted(table.items()))
