"""The axis along which a batch holds its examples, so that x_n and x^{(n)} are one example."""

from __future__ import annotations

from graphbp.check.reading.forms import Reading, Scope, entry_reading
from graphbp.check.reading.raw import Script
from graphbp.check.reading.scripts import place, tokens
from graphbp.graph import Role
from graphbp.graph.shape import Shape, Size
from graphbp.network import Network
from graphbp.notation.tree import Affine, IndexExpr, Slice, Symbol

FIRST, LAST = 0, -1
COUNTS = frozenset({"N", "m", "M", "B"})
"""Letters that books use for the number of examples."""


class Rows:
    """The examples of a network whose inputs and targets are batches."""

    def __init__(self, network: Network) -> None:
        data = [node for node in network.graph.named if node.role in (Role.INPUT, Role.TARGET) and node.shape]
        self.parameters = {node.id for node in network.graph.named if node.role == Role.PARAMETER}
        self.widths = {size for node in network.graph.named if node.id in self.parameters for size in node.shape}
        self.axis: int | None = None
        self.size: Size | None = None
        roles = {node.role for node in data}
        if len(roles) == 2 and any(len(node.shape) == 2 for node in data):
            self._find([node.shape for node in data])

    def _find(self, shapes: list[Shape]) -> None:
        """The one axis whose length all inputs and targets share."""
        fits = [axis for axis in (FIRST, LAST) if len({shape[axis] for shape in shapes}) == 1]
        if len(fits) > 1:
            # The axis of examples is no axis of a parameter.
            fits = [axis for axis in fits if shapes[0][axis] not in self.widths]
        if len(fits) == 1:
            self.axis, self.size = fits[0], shapes[0][fits[0]]

    def reading(self, node: str, shape: Shape, script: Script, scope: Scope, near: int) -> Reading | None:
        """What one example of a batch is: a vector, or a number where the batch holds one number each."""
        if self.axis is None or not shape or len(shape) > 2 or node in self.parameters or shape[self.axis] != self.size:
            return None
        where = place(tokens(script[0]), scope.known(), 1) if len(script) == 1 else None
        if where is None or isinstance(where, Slice):
            return None
        found = entry_reading(Symbol(node), self._subs(where, shape), shape, near)
        return Reading(found.expr, found.shape, f"example {script[0]} of {node}", near)

    def _subs(self, where: IndexExpr, shape: Shape) -> tuple[IndexExpr, ...]:
        if len(shape) == 1:
            return (where,)
        other: IndexExpr = Affine() if self.axis == LAST and shape[0] == 1 else Slice()
        return (where, other) if self.axis == FIRST else (other, where)
