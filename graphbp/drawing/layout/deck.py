"""The deck: cards in their columns, with satellites, and the gaps between the columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphbp.drawing.diagram import Box, Diagram, Link
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout import columns
from graphbp.drawing.layout.cards import Card, card
from graphbp.drawing.layout.edge_labels import line_spans
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.scene import Point


@dataclass(frozen=True)
class Deck:
    """Cards with their places."""

    cards: dict[str, Card]
    rects: dict[str, Rect]
    lanes: dict[Link, tuple[Point, ...]]

    @property
    def width(self) -> float:
        """From the leftmost to the rightmost card."""
        return max(rect.x1 for rect in self.rects.values()) - min(rect.x0 for rect in self.rects.values())

    @property
    def height(self) -> float:
        """From the highest to the lowest card."""
        return max(rect.y1 for rect in self.rects.values()) - min(rect.y0 for rect in self.rects.values())


@dataclass(frozen=True)
class Stacks:
    """Cards in their columns at their heights, before the gaps between the columns are chosen."""

    cards: dict[str, Card]
    placed: columns.Columns
    across: dict[Link, tuple[str, str]]
    above: dict[str, str]
    below: dict[str, str]


def stack(diagram: Diagram, pen: Pen, metrics: Metrics) -> Stacks:
    """All cards in their columns, satellites above and below their node."""
    cards = {box.id: card(box, pen, metrics) for box in diagram.boxes}
    for rank in {box.rank for box in diagram.boxes}:
        column = [cards[box.id] for box in diagram.boxes if box.rank == rank]
        widest, far = max(made.width for made in column), max(made.far for made in column)
        cards.update({made.box.id: replace(made, width=widest, far=far) for made in column})
    core = [box for box in diagram.boxes if not box.near]
    above, below = _satellites(diagram)
    slots = [
        columns.Slot(
            box.id, box.rank, _reach(box, above, cards, diagram, metrics), _reach(box, below, cards, diagram, metrics)
        )
        for box in core
    ]
    pairs = {link: (diagram.home[link.source].id, diagram.home[link.target].id) for link in diagram.links}
    inside = {
        link: pair for link, pair in pairs.items() if diagram.home[link.source].rank < diagram.home[link.target].rank
    }
    near = {box.id for box in diagram.boxes if box.near}
    tied = _tied(diagram, pairs)
    inside = {link: pair for link, pair in inside.items() if not near & set(pair)}
    placed = columns.place(_turned_apart(slots, tied, metrics), list(inside.values()), metrics.lane * 1.3, tied)
    return Stacks(cards, placed, inside, above, below)


def spread(stacks: Stacks, diagram: Diagram, pen: Pen, metrics: Metrics) -> Deck:
    """The columns side by side."""
    cards, placed = stacks.cards, stacks.placed
    x = column_places(diagram, cards, pen, metrics)
    rects = {
        box.id: Rect.centred(x[box.rank], placed.y[box.id], cards[box.id].width, cards[box.id].height)
        for box in diagram.boxes
        if not box.near
    }
    rects |= _around(cards, rects, stacks, metrics)
    half = {
        rank: max((cards[box.id].width for box in diagram.boxes if box.rank == rank), default=0.0) / 2 for rank in x
    }
    lanes = {link: columns.lane_points(placed.passes[pair], placed.y, x, half) for link, pair in stacks.across.items()}
    return Deck(cards, rects, lanes)


def _satellites(diagram: Diagram) -> tuple[dict[str, str], dict[str, str]]:
    """The leaf that stands above each node, and the one below."""
    above: dict[str, str] = {}
    below: dict[str, str] = {}
    for box in diagram.boxes:
        if box.near:
            (below if box.near in above else above)[box.near] = box.id
    return above, below


def vertical_gap(metrics: Metrics) -> float:
    """Between a card and the one above it that it is linked to."""
    return metrics.text * 2.3 + metrics.air * 0.6


def _reach(box: Box, side: dict[str, str], cards: dict[str, Card], diagram: Diagram, metrics: Metrics) -> float:
    """How much height a node takes on one side, with its satellite there."""
    half = cards[box.id].height / 2 + metrics.air / 2
    if box.id not in side:
        return half
    return half + vertical_gap(metrics) + cards[side[box.id]].height


def _tied(diagram: Diagram, pairs: dict[Link, tuple[str, str]]) -> list[tuple[str, ...]]:
    """Cards that are linked within one column, in the order in which they stand below each other."""
    order = [box.id for box in diagram.boxes if not box.near]
    rank = {box.id: box.rank for box in diagram.boxes}
    within = [
        pair for pair in pairs.values() if pair[0] in order and pair[1] in order and rank[pair[0]] == rank[pair[1]]
    ]
    members = sorted({name for pair in within for name in pair}, key=order.index)
    return [tuple(members)] if members else []


def _turned_apart(slots: list[columns.Slot], tied: list[tuple[str, ...]], metrics: Metrics) -> list[columns.Slot]:
    """Cards that are linked within one column keep room for their arrows."""
    upper = {name for chain in tied for name in chain[:-1]}
    more = vertical_gap(metrics) - metrics.air
    return [replace(slot, below=slot.below + more) if slot.id in upper else slot for slot in slots]


def _around(cards: dict[str, Card], rects: dict[str, Rect], stacks: Stacks, metrics: Metrics) -> dict[str, Rect]:
    """The satellites' places."""
    found = {}
    for side, turn in ((stacks.above, -1), (stacks.below, 1)):
        for node, leaf in side.items():
            rect = rects[node]
            edge = rect.y0 if turn < 0 else rect.y1
            y = edge + turn * (vertical_gap(metrics) + cards[leaf].height / 2)
            found[leaf] = Rect.centred((rect.x0 + rect.x1) / 2, y, cards[leaf].width, cards[leaf].height)
    return found


def column_places(diagram: Diagram, cards: dict[str, Card], pen: Pen, metrics: Metrics) -> dict[int, float]:
    """The middle of each column; a gap is wide where slanted edges carry labels, narrow where they run level."""
    ranks = range(max(box.rank for box in diagram.boxes) + 1)
    width = {
        rank: max((cards[box.id].width for box in diagram.boxes if box.rank == rank), default=0.0) for rank in ranks
    }
    x = {0: 0.0}
    for rank in ranks[1:]:
        x[rank] = x[rank - 1] + (width[rank - 1] + width[rank]) / 2 + _gap(diagram, rank, pen, metrics)
    return x


def _gap(diagram: Diagram, rank: int, pen: Pen, metrics: Metrics) -> float:
    arriving = [
        link
        for link in diagram.links
        if diagram.home[link.target].rank == rank and diagram.home[link.source].rank < rank
    ]
    scale = metrics.gap / 128.0
    stacked = level_only(arriving)
    spans = [max(line_spans(link, stacked, pen, metrics), default=0.0) for link in arriving]
    widest = max(spans, default=0.0)
    if stacked:
        return widest + metrics.head[0] * 1.6 + metrics.text * 0.5 if widest else metrics.text * 2.6 * scale
    return max(widest * 1.6 + metrics.text * 1.4, metrics.text * (4.4 if widest else 3.4)) * scale


def level_only(links: list[Link]) -> bool:
    """Whether every card on either side has but one of these edges, so that they run level."""
    sources, targets = [link.source for link in links], [link.target for link in links]
    return len(set(sources)) == len(sources) and len(set(targets)) == len(targets)
