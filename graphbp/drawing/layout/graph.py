"""The computation graph: cards in columns, forward and backward on tracks of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from graphbp.drawing.diagram import Diagram, Link
from graphbp.drawing.layout.cards import card, draw_card
from graphbp.drawing.layout.deck import Deck, Stacks, column_places, spread, stack, vertical_gap
from graphbp.drawing.layout.edge_labels import Placed, place_labels
from graphbp.drawing.layout.finish import bounds
from graphbp.drawing.layout.legend import Entry, legend
from graphbp.drawing.layout.metrics import SLIDE_HEIGHT, SLIDE_WIDTH, SNUG, Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.layout.tracks import Track, tracks
from graphbp.drawing.scene import Arrow, Shape

WIDTHS = (1.0, 0.9, 0.82, 1.2, 1.5, 1.9)
"""Gaps between columns that are tried: as they should be, narrower for a slide's sake, wider for the labels'."""

HOPELESS = 1.25
"""Decks wider than this many slides are not narrowed."""

AIRIEST = 0.9
"""How much air, in usual airs, rows get at most from a slide's free height."""


@dataclass(frozen=True)
class Attempt:
    """One way to place everything, and how well it did."""

    metrics: Metrics
    deck: Deck
    routed: dict[Link, Track]
    placed: dict[Link, Placed]
    wanted: int

    @property
    def complete(self) -> bool:
        """Whether every label found a place."""
        return len(self.placed) == self.wanted

    @property
    def fits(self) -> bool:
        """Whether a slide is wide enough."""
        return self.deck.width <= SLIDE_WIDTH * SNUG - 2 * self.metrics.margin

    @property
    def rating(self) -> tuple[bool, bool, int]:
        """The larger the better."""
        return self.complete, self.fits, len(self.placed)


def graph(diagram: Diagram, pen: Pen, metrics: Metrics) -> list[Shape]:
    """The placed picture; columns move apart until every edge has room for its label."""
    metrics = _smaller(metrics)
    stacks, best = stack(diagram, pen, metrics), None
    for scale in WIDTHS[: metrics.tries]:
        wide = replace(metrics, gap=metrics.gap * scale)
        deck = spread(stacks, diagram, pen, wide)
        if scale < 1 and deck.width > SLIDE_WIDTH * HOPELESS:
            continue
        made = _attempt(
            diagram, deck, pen, replace(wide, rounds=0) if _in_vain(stacks, diagram, pen, metrics) else wide
        )
        best = made if best is None or made.rating > best.rating else best
        if best.complete and (best.fits or scale > 1):
            break
    assert best is not None
    return _drawn(pen, _airier(diagram, pen, best))


def _smaller(metrics: Metrics) -> Metrics:
    """Cards hold many lines, so their lettering is the smallest that a slide bears."""
    return replace(metrics, text=metrics.text * 0.94, small=metrics.small * 0.9)


def hopeless(diagram: Diagram, pen: Pen, metrics: Metrics) -> bool:
    """Whether the cards are wider or higher than a slide however close they stand."""
    metrics = _smaller(metrics)
    cards = {box.id: card(box, pen, metrics) for box in diagram.boxes}
    places = column_places(diagram, cards, pen, replace(metrics, gap=metrics.gap * min(WIDTHS)))
    ranks = [box.rank for box in diagram.boxes]
    outer = [max(made.width for made in cards.values() if made.box.rank == rank) for rank in (min(ranks), max(ranks))]
    heights = dict.fromkeys(ranks, -metrics.air)
    for box in diagram.boxes:
        heights[box.rank] += cards[box.id].height + (vertical_gap(metrics) if box.near else metrics.air)
    margins = 2 * metrics.margin
    width = places[max(ranks)] - places[min(ranks)] + sum(outer) / 2 + margins
    return width > SLIDE_WIDTH * SNUG or max(heights.values()) + margins > SLIDE_HEIGHT * SNUG


def _in_vain(stacks: Stacks, diagram: Diagram, pen: Pen, metrics: Metrics) -> bool:
    """Whether a version that must fit a slide does not, however narrow its gaps."""
    narrow = spread(stacks, diagram, pen, replace(metrics, gap=metrics.gap * min(WIDTHS)))
    return metrics.strict and (narrow.width > SLIDE_WIDTH * SNUG or narrow.height > SLIDE_HEIGHT * SNUG)


def _attempt(diagram: Diagram, deck: Deck, pen: Pen, metrics: Metrics) -> Attempt:
    routed = {track.link: track for track in tracks(diagram, deck.rects, deck.cards, deck.lanes, metrics)}
    wanted = sum(link.label is not None for link in diagram.links)
    return Attempt(metrics, deck, routed, place_labels(deck.rects.values(), routed, pen, metrics), wanted)


def _airier(diagram: Diagram, pen: Pen, made: Attempt) -> Attempt:
    """The same with the height that a slide has left over, shared among the rows."""
    metrics = made.metrics
    left = SLIDE_HEIGHT - made.deck.height - 2 * metrics.margin - metrics.text * 2.4
    rows = max(sum(box.rank == rank for box in diagram.boxes) for rank in {box.rank for box in diagram.boxes})
    if not (made.complete and made.fits and metrics.headings) or left < rows or rows < 3:
        return made
    for share in (1.0, 0.7, 0.4):
        roomy = replace(metrics, air=metrics.air + share * min(left / rows, metrics.air * AIRIEST), strict=False)
        again = _attempt(diagram, spread(stack(diagram, pen, roomy), diagram, pen, roomy), pen, roomy)
        if again.complete and again.deck.height <= made.deck.height + left:
            return again
    return made


def _drawn(pen: Pen, made: Attempt) -> list[Shape]:
    metrics, deck, placed = made.metrics, made.deck, made.placed
    shapes = list(_arrows(made.routed, placed, metrics))
    shapes += [shape for one in deck.cards.values() for shape in draw_card(one, deck.rects[one.box.id], pen, metrics)]
    return [*shapes, *(label for entry in placed.values() for label in entry.labels)]


def graph_legend(diagram: Diagram, pen: Pen, metrics: Metrics, shapes: list[Shape]) -> Iterator[Shape]:
    """What solid and dashed lines carry."""
    metrics = _smaller(metrics)
    if any(link.flow == "both" for link in diagram.links):
        words = [
            ("value", any(cell.value for cell in diagram.cells())),
            ("local derivative", any(link.label for link in diagram.links)),
        ]
        forward = ", ".join(word for word, shown in words if shown)
        entries = (
            Entry("forward", f"forward: {forward}" if forward else "forward", forward=True),
            Entry("backward", "backward: gradient"),
        )
        yield from legend(entries, pen, metrics, bounds(shapes))


def _arrows(routed: dict[Link, Track], placed: dict[Link, Placed], metrics: Metrics) -> Iterator[Shape]:
    for link, track in routed.items():
        gaps = placed[link].gaps if link in placed else ()
        for wire, role, width in ((track.forward, "forward", 1.2), (track.backward, "backward", 1.3)):
            if wire:
                yield Arrow(
                    role=role,
                    part=link.part,
                    classes=("link", role),
                    width=metrics.line * width,
                    line=wire.line,
                    curved=wire.curved,
                    head=metrics.head,
                    ends=(link.source, link.target),
                    via=link.via,
                    gaps=gaps if role == "forward" else (),
                )
