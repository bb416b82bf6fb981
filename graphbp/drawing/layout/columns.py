"""Columns: the order in each, from Graphviz where it saves crossings, and heights that keep neighbours level."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphbp.errors import GraphbpError

_POINTS_PER_INCH = 72.0
_SWEEPS = 60
_DUMMY_PULL = 6.0
_HANGER_PULL = 1e-6
_STILL = 0.02


@dataclass(frozen=True, slots=True)
class Slot:
    """A thing in a column: its column, and how much height it takes above and below its own line."""

    id: str
    rank: int
    above: float
    below: float
    dummy: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Every slot's height, and for each long edge the slots through which it passes."""

    y: Mapping[str, float]
    order: tuple[tuple[str, ...], ...]
    passes: Mapping[tuple[str, str], tuple[str, ...]]


def graphviz() -> Any:
    """Graphviz in process.

    Raises: GraphbpError if its library cannot be loaded.
    """
    try:
        import pygraphviz
    except ImportError as error:
        raise GraphbpError(
            f"Graphviz cannot be loaded ({error})",
            fix="install the system's expat library (Debian and Ubuntu: libexpat1)",
        ) from error
    return pygraphviz


def place(
    slots: Sequence[Slot], edges: Sequence[tuple[str, str]], lane: float, tied: Sequence[tuple[str, ...]] = ()
) -> Columns:
    """Order and heights; edges over several columns get a lane of their own in each column between.

    `tied` are slots of one column that stay together in this order.
    """
    table = {slot.id: slot for slot in slots}
    passes: dict[tuple[str, str], tuple[str, ...]] = {}
    short: list[tuple[str, str]] = []
    for edge in dict.fromkeys(edges):
        chain = _chain(edge, table, lane)
        passes[edge] = chain[1:-1]
        short += itertools.pairwise(chain)
    order = _ordered(list(table.values()), short, tied)
    return Columns(_heights(order, table, short), order, passes)


def lane_points(
    passes: Sequence[str], y: Mapping[str, float], x: Mapping[int, float], half: Mapping[int, float]
) -> tuple[tuple[float, float], ...]:
    """Where a long edge enters and leaves each column on its way; between the two it runs level."""
    found: list[tuple[float, float]] = []
    for name in passes:
        rank = int(name.rsplit("@", 1)[1])
        found += [(x[rank] - half[rank], y[name]), (x[rank] + half[rank], y[name])]
    return tuple(found)


def _chain(edge: tuple[str, str], table: dict[str, Slot], lane: float) -> tuple[str, ...]:
    """The edge's ends with a dummy in every column between them."""
    source, target = edge
    between = range(table[source].rank + 1, table[target].rank)
    dummies = tuple(f"{source}->{target}@{rank}" for rank in between)
    for name, rank in zip(dummies, between, strict=True):
        table[name] = Slot(name, rank, lane / 2, lane / 2, dummy=True)
    return (source, *dummies, target)


def _ordered(
    slots: list[Slot], edges: list[tuple[str, str]], tied: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """The author's order, unless Graphviz finds one with fewer crossings."""
    ranks = sorted({slot.rank for slot in slots})
    written = _together(tuple(tuple(slot.id for slot in slots if slot.rank == rank) for rank in ranks), tied)
    if not crossings(written, edges):
        return written
    found = _together(_graphviz_order(slots, edges, ranks, tied), tied)
    return found if crossings(found, edges) < crossings(written, edges) else written


def _together(order: Sequence[Sequence[str]], tied: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The order with each tied sequence in one run, where its first member stands."""
    columns = []
    for column in order:
        made = list(column)
        for chain in tied:
            if chain[0] in made:
                place = min(map(made.index, chain))
                made = [name for name in made if name not in chain]
                made[place:place] = chain
        columns.append(tuple(made))
    return tuple(columns)


def crossings(order: Sequence[Sequence[str]], edges: Sequence[tuple[str, str]]) -> int:
    """How many pairs of edges between neighbouring columns cross."""
    place = {name: at for column in order for at, name in enumerate(column)}
    rank = {name: at for at, column in enumerate(order) for name in column}
    total = 0
    for column in range(len(order)):
        pairs = [(place[a], place[b]) for a, b in edges if rank[a] == column and rank[b] == column + 1]
        total += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in itertools.combinations(pairs, 2))
    return total


def _graphviz_order(
    slots: list[Slot], edges: list[tuple[str, str]], ranks: list[int], tied: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    name = {slot.id: f"n{at}" for at, slot in enumerate(slots)}
    drawn = graphviz().AGraph(directed=True, strict=False, rankdir="LR", splines="false", nodesep="0.2")
    for slot in slots:
        inches = f"{(slot.above + slot.below) / _POINTS_PER_INCH:.4f}"
        drawn.add_node(name[slot.id], label="", shape="box", fixedsize="true", width="0.5", height=inches)
    for rank in ranks:
        drawn.add_subgraph([name[slot.id] for slot in slots if slot.rank == rank], rank="same")
    drawn.add_edges_from((name[a], name[b]) for a, b in edges)
    drawn.add_edges_from((name[a], name[b]) for chain in tied for a, b in itertools.pairwise(chain))
    drawn.layout(prog="dot")
    height = {slot.id: -float(drawn.get_node(name[slot.id]).attr["pos"].split(",")[1]) for slot in slots}
    return tuple(tuple(sorted((s.id for s in slots if s.rank == rank), key=height.__getitem__)) for rank in ranks)


def _heights(
    order: Sequence[Sequence[str]], table: Mapping[str, Slot], edges: Sequence[tuple[str, str]]
) -> dict[str, float]:
    """Heights that bring every slot near the mean of its neighbours and keep the slots of a column apart."""
    near: dict[str, list[tuple[str, float]]] = {name: [] for name in table}
    hangers = _hangers(edges)
    for a, b in edges:
        pull = _DUMMY_PULL if table[a].dummy or table[b].dummy else 1.0
        near[a].append((b, pull))
        near[b].append((a, _HANGER_PULL if (a, b) in hangers else pull))
    y: dict[str, float] = {}
    light = {a for a, _ in hangers}
    for column in order:
        y.update(_spread(column, table, dict.fromkeys(column, 0.0), light))
    for sweep in range(_SWEEPS):
        before = dict(y)
        for column in order if sweep % 2 == 0 else list(reversed(order)):
            wish = {name: _mean(near[name], y, y[name]) for name in column}
            y.update(_spread(column, table, wish, light))
        if sweep % 2 and all(abs(y[name] - before[name]) < _STILL for name in y):
            break
    return y


def _hangers(edges: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Edges from a thing with one use to one that has other, earlier inputs: the row runs level past such a thing."""
    uses, inputs = Counter(a for a, _ in edges), {b for _, b in edges}
    chained = {b for a, b in edges if a in inputs}
    return {(a, b) for a, b in edges if uses[a] == 1 and a not in inputs and b in chained}


def _mean(near: Sequence[tuple[str, float]], y: Mapping[str, float], own: float) -> float:
    weight = sum(pull for _, pull in near)
    return sum(y[name] * pull for name, pull in near) / weight if weight else own


def _spread(
    column: Sequence[str], table: Mapping[str, Slot], wish: Mapping[str, float], light: Collection[str]
) -> dict[str, float]:
    """The heights nearest to the wishes at which neighbours do not touch (pool adjacent violators).

    What is `light` gives way.
    """
    offsets = [0.0]
    for a, b in itertools.pairwise(column):
        offsets.append(offsets[-1] + table[a].below + table[b].above)
    pools: list[tuple[float, float, int]] = []
    for name, offset in zip(column, offsets, strict=True):
        pools.append((wish[name] - offset, _HANGER_PULL if name in light else 1.0, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (upper, much, many), (lower, less, few) = pools[-2:]
            pools[-2:] = [((upper * much + lower * less) / (much + less), much + less, many + few)]
    levels = [level for level, _, count in pools for _ in range(count)]
    return {name: level + offset for name, level, offset in zip(column, levels, offsets, strict=True)}
