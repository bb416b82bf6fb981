"""One entry for all views."""

from __future__ import annotations

from collections.abc import Collection

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.views.facts import Result
from graphbp.drawing.views.graph import SHOWN, graph_view
from graphbp.drawing.views.network import network_view
from graphbp.drawing.views.reverse import reverse_view
from graphbp.errors import UsageError, did_you_mean
from graphbp.network import Network

VIEWS = ("graph", "network", "reverse")
CHARTS = ("descent",)
"""Views that show numbers in the plane instead of nodes and edges."""


def views_of(network: Network) -> tuple[str, ...]:
    """The views that apply to a network: nothing flows backward where there is neither a loss nor a given gradient."""
    return VIEWS if network.has_loss or network.givens else tuple(name for name in VIEWS if name != "reverse")


def view(
    network: Network,
    name: str = "graph",
    *,
    result: Result | None = None,
    show: Collection[str] | None = None,
    fold: int = 0,
    turned: bool = False,
    digits: int = 3,
) -> Diagram:
    """What the named view shows of the network; `result` puts numbers into it.

    Raises: UsageError for an unknown view, or for the reverse of a network in which nothing flows backward.
    """
    if name == "network":
        return network_view(network, result, digits)
    if name == "graph":
        return graph_view(
            network,
            result,
            show=frozenset(show) if show is not None else SHOWN,
            fold=fold,
            turned=turned,
            digits=digits,
        )
    if name == "reverse":
        if name not in views_of(network):
            raise UsageError(
                "nothing flows backward: the network has neither a loss nor given gradients",
                fix="name a loss, or write `given: {dl/dy: ~}`; --view network draws it forward",
            )
        return reverse_view(network, result, digits)
    known = (*VIEWS, *CHARTS)
    raise UsageError(f"no view {name!r}", fix=did_you_mean(name, known) or f"views: {', '.join(known)}")


def default_view(network: Network) -> str:
    """The view that suits pages: columns of units, or of plain nodes where there are none."""
    return "network"
