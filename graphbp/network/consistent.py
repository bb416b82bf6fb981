"""What must hold across a network once its graph stands: given gradients, data, total, names, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.errors import GraphError, NameProblem, ShapeError, did_you_mean
from graphbp.graph import Graph, Role
from graphbp.graph.shape import show_shape
from graphbp.network.declared import NAME
from graphbp.network.literals import literal_shape
from graphbp.notation.tree import symbols

if TYPE_CHECKING:
    from graphbp.network.builder import Network


def check_network(network: Network, graph: Graph) -> None:
    """Refuse what cannot be meant.

    Raises: GraphError, NameProblem, ShapeError.
    """
    _check_shapes(network)
    _check_givens(network, graph)
    _check_total(network, graph)
    for name in network.latex_names:
        if name not in graph:
            raise NameProblem(f"names: {name} is not defined", node=name, fix=did_you_mean(name, graph.nodes))
    network._values.check_rows()


def _check_shapes(network: Network) -> None:
    for leaf in network.leaves.values():
        for size in leaf.shape or ():
            if not _is_size(size):
                raise ShapeError(f"{leaf.name} has the size {size!r}", node=leaf.name, source=leaf.source,
                                 fix="a size is a number from 1 on, or a letter")  # fmt: skip
    # Reading the sizes checks every value against its declared shape.
    assert network._values.sizes is not None


def _is_size(size: object) -> bool:
    if isinstance(size, str):
        return NAME.fullmatch(size) is not None
    return isinstance(size, int) and not isinstance(size, bool) and size > 0


def _check_givens(network: Network, graph: Graph) -> None:
    for name, (value, source) in network._givens.items():
        if network.has_loss:
            raise GraphError(f"there is a loss, {network.loss_name}, and d{network.loss_name}/d{name} is given",
                             source=source, fix="keep one of the two")  # fmt: skip
        if name not in graph or not graph[name].named:
            raise NameProblem(f"a gradient is given for {name}, which is not defined", node=name, source=source,
                              fix=did_you_mean(name, graph.nodes))  # fmt: skip
        shape = graph[name].shape
        if value is not None and len(literal_shape(value)) != len(shape):
            raise ShapeError(f"the gradient given for {name} has shape {show_shape(literal_shape(value))}, and {name} "
                             f"has {show_shape(shape)}", node=name, source=source)  # fmt: skip


def _check_total(network: Network, graph: Graph) -> None:
    if network._total is None:
        return
    name, formula, source = network._total.name, network._total.expr, network._total.source
    if not network.has_loss:
        raise GraphError(f"the total {name} needs a loss for each example", source=source, fix="add loss: {l: …}")
    if name in graph:
        raise NameProblem(f"the total {name} is a node too", node=name, source=source, fix="rename one of the two")
    allowed = [network.loss_name, *(node.id for node in graph.named if node.role is Role.PARAMETER)]
    for symbol in symbols(formula):
        if symbol not in allowed:
            raise NameProblem(f"the total {name} uses {symbol}", node=symbol, source=source,
                              fix=f"it may use the loss {network.loss_name} and parameters")  # fmt: skip
    if network.loss_name not in symbols(formula):
        raise GraphError(f"the total {name} does not use the loss {network.loss_name}", source=source,
                         fix=f"write sum({network.loss_name})")  # fmt: skip
