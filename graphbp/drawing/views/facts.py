"""What all views ask of a network: its numbers as notation, its columns, its shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from graphbp.graph import Role
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.prose import Piece, Prose
from graphbp.notation.tree import Expr, Neg, Number, Symbol


class NodeResult(Protocol):
    """What a run knows of one node."""

    @property
    def value(self) -> Any:
        """The node's number, or its array."""

    @property
    def gradient(self) -> Any:
        """∂l/∂node."""


class Result(Protocol):
    """What a run found, by node; nodes that differ between examples are not in it."""

    def __getitem__(self, name: str) -> NodeResult: ...
    def __contains__(self, name: object) -> bool: ...


def number(value: Any) -> Expr | None:
    """A scalar as notation, None for an array or for nothing."""
    if value is None or getattr(value, "shape", ()) not in ((), (1,)):
        return None
    return Number(float(value))


def value_of(network: Network, result: Result | None, name: str) -> Expr | None:
    """The number of a scalar node: as its author wrote it, or as computed; None where it is not known."""
    written = network.values.get(name) if not network.data else None
    if isinstance(written, Number) or (isinstance(written, Neg) and isinstance(written.x, Number)):
        return (
            written
            if result is None or name not in result or _same(written, result[name].value)
            else number(result[name].value)
        )
    return None if result is None or name not in result else number(result[name].value)


def _same(written: Expr, computed: Any) -> bool:
    sign, x = (-1, written.x) if isinstance(written, Neg) else (1, written)
    return isinstance(x, Number) and computed is not None and float(x.value) * sign == float(computed)


def gradient_of(result: Result | None, name: str) -> Expr | None:
    """The number of a scalar node's gradient, None where it is not known."""
    return None if result is None or name not in result else number(result[name].gradient)


def is_array(network: Network, name: str) -> bool:
    """Whether the node holds more than one number."""
    return len(network.graph[name].shape) > 0


def shape_note(shape: Shape) -> Prose | None:
    """A shape as it stands under a box: 4 × N."""
    pieces: list[Piece] = []
    for size in shape:
        pieces += [" × ", Symbol(size) if isinstance(size, str) else str(size)]
    return tuple(pieces[1:]) or None


def columns(inputs: Mapping[str, Iterable[str]], leaves: Iterable[str]) -> dict[str, int]:
    """The column of every box: one past its latest input; leaves directly before their first consumer.

    `inputs` is in topological order.
    """
    rank: dict[str, int] = {}
    for name, sources in inputs.items():
        rank[name] = max((rank[source] + 1 for source in sources), default=0)
    first: dict[str, int] = {}
    for name, sources in inputs.items():
        for source in sources:
            first[source] = min(first.get(source, rank[name]), rank[name])
    rank.update({leaf: max(0, first.get(leaf, 1) - 1) for leaf in leaves})
    return rank


def by_turns(names: Sequence[str], rank: Mapping[str, int], leaf: Callable[[str], bool]) -> list[str]:
    """The boxes in order, leaves of later columns by turns above and below the one that the flow goes on from."""
    hung: dict[int, list[str]] = {rank[name]: [] for name in names if not leaf(name)}
    for name in names:
        if leaf(name) and rank[name] in hung:
            hung[rank[name]].append(name)
    below = {name for column in hung.values() for name in column[1::2]}
    return [*(name for name in names if name not in below), *(name for name in names if name in below)]


def leaf_role(role: Role) -> str:
    """The style of a leaf's box."""
    return "weight" if role is Role.PARAMETER else "data"
