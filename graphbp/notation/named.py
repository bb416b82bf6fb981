"""Names that formulas use beside the network's nodes, with what they stand for."""

from __future__ import annotations

from dataclasses import dataclass

from graphbp.notation.tree import Expr, Index


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for, so that a line can be read by itself.

    Either an array by the formula of its entry at `indices`, or the share of a gradient that comes `along` a path
    of nodes: the product of their local derivatives times the gradient of the last.
    """

    name: str
    indices: tuple[Index, ...] = ()
    formula: Expr | None = None
    along: tuple[str, ...] = ()
