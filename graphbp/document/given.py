"""What is given: the numbers of all leaves, grouped as one reads them, and the rows of data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphbp.derive.figures import literal, printable, spell
from graphbp.derive.units import Unit
from graphbp.derive.words import listed
from graphbp.document.tree import Block, Givens, Paragraph, Table
from graphbp.document.wording import chunked, times
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.prose import Piece, Prose
from graphbp.notation.tree import Equation, Expr, Partial, Symbol

A_ROW = 4


def given_blocks(network: Network, units: Sequence[Unit], digits: int) -> tuple[Block, ...]:
    """Groups of `name = value`, then what is too large to print, what is only assumed, and the data."""
    values = {
        name: value for name in _order(network, units) if (value := leaf_value(network, name, digits)) is not None
    }
    groups = [_rows(network, names, values) for names in _groups(network, units)]
    assumed = tuple(
        (Equation(_gradient(network, name), (value,)),) for name, value in network.givens.items() if value is not None
    )
    shown = tuple(group for group in (*groups, assumed) if group)
    return (*([Givens(shown)] if shown else []), *_large(network, values), *_assumed(network), *_data(network))


def leaf_value(network: Network, name: str, digits: int) -> Expr | None:
    """The number of a leaf as its author spelled it, or rounded where it was drawn; None without one."""
    if any(name in row for row in network.data) or name not in network.arrays or not printable(network.arrays[name]):
        return None
    written = network.values.get(name)
    return written if written is not None else spell(literal(network.arrays[name]), digits)


def _order(network: Network, units: Sequence[Unit]) -> Iterable[str]:
    return (name for names in _groups(network, units) for row in names for name in row)


def _groups(network: Network, units: Sequence[Unit]) -> list[list[Sequence[str]]]:
    """Inputs and targets; weights layer by layer; biases likewise; all others."""
    leaves = [node for node in network.graph.named if node.leaf]
    data = [[node.id for node in leaves if node.role is role] for role in (Role.INPUT, Role.TARGET)]
    weights, biases = (
        _by_layer((weight, unit) for unit in units for weight, _ in unit.weights),
        _by_layer((u.bias, u) for u in units),
    )
    placed = {name for rows in (data, weights, biases) for row in rows for name in row}
    others = [node.id for node in leaves if node.id not in placed]
    return [list(filter(None, data)), weights, biases, [others] if others else []]


def _by_layer(pairs: Iterable[tuple[str | None, Unit]]) -> list[Sequence[str]]:
    """Names in rows, a row for the units of each layer; a shared one stands with its first unit."""
    layer: dict[str, int] = {}
    for name, unit in pairs:
        if name is not None:
            layer.setdefault(name, unit.layer)
    return [[name for name in layer if layer[name] == number] for number in sorted(set(layer.values()))]


def _rows(
    network: Network, names: Sequence[Sequence[str]], values: Mapping[str, Expr]
) -> tuple[tuple[Equation, ...], ...]:
    """Rows of equations: numbers side by side, an array in a row of its own."""
    rows: list[tuple[Equation, ...]] = []
    if len(names) > A_ROW and all(len(row) == 1 and not network.shape(row[0]) for row in names):
        # Layers of one unit each: a list would be long and narrow.
        names = [[name for row in names for name in row]]
    for row in names:
        shown = [Equation(Symbol(name), (values[name],)) for name in row if name in values]
        width = 1 if any(len(network.shape(name)) > 1 for name in row) else A_ROW
        rows += [tuple(part) for part in chunked(shown, width)]
    return tuple(rows)


def _large(network: Network, values: Mapping[str, Expr]) -> tuple[Block, ...]:
    """The arrays that are too large to print."""
    in_data = {name for row in network.data for name in row}
    names = [name for name in network.arrays if name not in values and name not in in_data]
    pieces: list[Piece] = ["Given, but too large to print: "]
    for place, name in enumerate(names):
        pieces += [Symbol(name), f" ({times(network.arrays[name].shape)}){'.' if place == len(names) - 1 else ', '}"]
    return (Paragraph(tuple(pieces)),) if names else ()


def _gradient(network: Network, name: str) -> Expr:
    return Partial(Symbol(network.loss_name), Symbol(name))


def _assumed(network: Network) -> tuple[Block, ...]:
    """Gradients that have no number."""
    signs = [_gradient(network, name) for name, value in network.givens.items() if value is None]
    if not signs:
        return ()
    return (Paragraph((*listed(signs), " is" if len(signs) == 1 else " are", " assumed to be known.")),)


def _data(network: Network) -> tuple[Block, ...]:
    """The examples as a table, where they are numbers."""
    names = list(dict.fromkeys(name for row in network.data for name in row))
    if not names or any(network.shape(name) for name in names):
        return (Paragraph((f"The data holds {len(network.data)} examples.",)),) if names else ()
    header: tuple[Prose, ...] = (("Example",), *((Symbol(name),) for name in names))
    rows = tuple(
        ((str(number),), *((row[name],) if name in row else ("",) for name in names))
        for number, row in enumerate(network.data, start=1)
    )
    return (Table(header, rows, ("left", *(["right"] * len(names)))),)  # type: ignore[arg-type]
