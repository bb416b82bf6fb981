"""Formulas that differ only in names are differentiated once: large networks repeat few of them."""

from __future__ import annotations

from typing import Any

from graphbp.calculus.lines import Chain, Line
from graphbp.derive.local import Local, local_derivative
from graphbp.network import Network
from graphbp.notation.reading import name_pattern
from graphbp.notation.tree import Equation, Partial, Symbol, Term, renamed


class Alike:
    """The local derivatives of one network, each pattern of a formula worked out at its first use."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.known: dict[tuple[str, int], tuple[Chain, tuple[str, ...]]] = {}

    def local(self, consumer: str, wrt: str) -> Local:
        """∂consumer/∂wrt of a node whose formula speaks of numbers only."""
        pattern, names = name_pattern(self.network.graph[consumer].written or "")
        if pattern is None or wrt not in names:
            return local_derivative(self.network, consumer, wrt)
        key = pattern, names.index(wrt)
        if key not in self.known:
            self.known[key] = local_derivative(self.network, consumer, wrt).chain, (*names, consumer)
        chain, before = self.known[key]
        table = dict(zip(before, (*names, consumer), strict=True))
        lines = tuple(
            Line(renamed(line.expr, table), line.rule, tuple(_piece(piece, table) for piece in line.reason))
            for line in chain.lines
        )
        return Local(consumer, wrt, Chain(Partial(Symbol(consumer), Symbol(wrt)), lines))


def _piece(piece: Any, table: dict[str, str]) -> Any:
    if isinstance(piece, Equation):
        return Equation(
            renamed(piece.left, table), tuple(renamed(side, table) for side in piece.rights), piece.relation
        )
    return renamed(piece, table) if isinstance(piece, Term) else piece
