"""The computation graph: cards in columns, forward and backward on tracks of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from graphbp.drawing.diagram import Box, Content, Diagram, Link
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout import columns
from graphbp.drawing.layout.cards import Card, card, draw_card
from graphbp.drawing.layout.finish import bounds, finish
from graphbp.drawing.layout.legend import Entry, legend
from graphbp.drawing.layout.metrics import SLIDE_HEIGHT, SLIDE_WIDTH, SNUG, Metrics
from graphbp.drawing.layout.pen import Board, Pen, sag
from graphbp.drawing.layout.tracks import Track, tracks
from graphbp.drawing.layout.wires import MIDDLE, barbs, middle_places
from graphbp.drawing.scene import Arrow, Label, Point, Scene, Shape
from graphbp.notation.tree import Equation, Expr

WIDTHS = (1.0, 0.9, 0.82, 1.2, 1.5, 1.9)
"""The gaps between columns that are tried: as they should be, narrower for a slide's sake, wider for the labels' sake."""
HOPELESS = 1.25
"""Decks wider than this many slides are not narrowed."""

AIRIEST = 0.9
"""How much air, in usual airs, rows get at most from a slide's free height."""

SHARES = (0.3, 0.26, 0.34, 0.38, 0.22, 0.43, 0.48, 0.53, 0.58, 0.63, 0.68, 0.18)
SHIFTS = (0.0, -0.25, 0.25, -0.42, 0.42)


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
class Placed:
    """The label of one edge: its lines, and the stretches of the edge that they need."""

    labels: tuple[Label, ...] = ()
    gaps: tuple[Rect, ...] = ()


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


def graph(diagram: Diagram, pen: Pen, metrics: Metrics) -> Scene:
    """The placed picture; columns move apart until every edge has room for its label."""
    metrics = replace(metrics, text=metrics.text * 0.94, small=metrics.small * 0.9)
    stacks, best = stack(diagram, pen, metrics), None
    for scale in WIDTHS[: metrics.tries]:
        wide = replace(metrics, gap=metrics.gap * scale)
        deck = spread(stacks, diagram, pen, wide)
        if scale < 1 and deck.width > SLIDE_WIDTH * HOPELESS:
            continue
        made = _attempt(diagram, deck, pen, replace(wide, rounds=0) if _in_vain(stacks, diagram, pen, metrics) else wide)
        best = made if best is None or made.rating > best.rating else best
        if best.complete and (best.fits or scale > 1):
            break
    assert best is not None
    return _drawn(diagram, pen, _airier(diagram, pen, best))


def _in_vain(stacks: Stacks, diagram: Diagram, pen: Pen, metrics: Metrics) -> bool:
    """Whether a version that must fit a slide does not, however narrow its gaps."""
    narrow = spread(stacks, diagram, pen, replace(metrics, gap=metrics.gap * min(WIDTHS)))
    return metrics.strict and (narrow.width > SLIDE_WIDTH * SNUG or narrow.height > SLIDE_HEIGHT * SNUG)


def _attempt(diagram: Diagram, deck: Deck, pen: Pen, metrics: Metrics) -> Attempt:
    routed = {track.link: track for track in tracks(diagram, deck.rects, deck.cards, deck.lanes, metrics)}
    wanted = sum(link.label is not None for link in diagram.links)
    return Attempt(metrics, deck, routed, _labels(deck, routed, pen, metrics), wanted)


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


def _drawn(diagram: Diagram, pen: Pen, made: Attempt) -> Scene:
    metrics, deck, placed = made.metrics, made.deck, made.placed
    shapes = list(_arrows(made.routed, placed, metrics))
    shapes += [shape for one in deck.cards.values() for shape in draw_card(one, deck.rects[one.box.id], pen, metrics)]
    shapes += [label for entry in placed.values() for label in entry.labels]
    return finish(diagram, [*shapes, *_legend(diagram, pen, metrics, shapes)], metrics)


def _legend(diagram: Diagram, pen: Pen, metrics: Metrics, shapes: list[Shape]) -> Iterator[Shape]:
    if metrics.headings and any(link.flow == "both" for link in diagram.links):
        words = [("value", any(cell.value for cell in diagram.cells())), ("local derivative", any(link.label for link in diagram.links))]
        forward = ", ".join(word for word, shown in words if shown)
        entries = (Entry("forward", f"forward: {forward}" if forward else "forward", forward=True), Entry("backward", "backward: gradient"))
        yield from legend(entries, pen, metrics, bounds(shapes))


# Where cards stand


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
    slots = [columns.Slot(box.id, box.rank, _reach(box, above, cards, diagram, metrics), _reach(box, below, cards, diagram, metrics)) for box in core]
    pairs = {link: (diagram.home[link.source].id, diagram.home[link.target].id) for link in diagram.links}
    inside = {link: pair for link, pair in pairs.items() if diagram.home[link.source].rank < diagram.home[link.target].rank}
    near = {box.id for box in diagram.boxes if box.near}
    tied = _tied(diagram, pairs)
    inside = {link: pair for link, pair in inside.items() if not near & set(pair)}
    placed = columns.place(_turned_apart(slots, tied, metrics), list(inside.values()), metrics.lane * 1.3, tied)
    return Stacks(cards, placed, inside, above, below)


def spread(stacks: Stacks, diagram: Diagram, pen: Pen, metrics: Metrics) -> Deck:
    """The columns side by side."""
    cards, placed = stacks.cards, stacks.placed
    x = _column_places(diagram, cards, pen, metrics)
    rects = {box.id: Rect.centred(x[box.rank], placed.y[box.id], cards[box.id].width, cards[box.id].height) for box in diagram.boxes if not box.near}
    rects |= _around(cards, rects, stacks, metrics)
    half = {rank: max((cards[box.id].width for box in diagram.boxes if box.rank == rank), default=0.0) / 2 for rank in x}
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
    within = [pair for pair in pairs.values() if pair[0] in order and pair[1] in order and rank[pair[0]] == rank[pair[1]]]
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


def _column_places(diagram: Diagram, cards: dict[str, Card], pen: Pen, metrics: Metrics) -> dict[int, float]:
    """The middle of each column; a gap is wide where slanted edges carry labels, narrow where they run level."""
    ranks = range(max(box.rank for box in diagram.boxes) + 1)
    width = {rank: max((cards[box.id].width for box in diagram.boxes if box.rank == rank), default=0.0) for rank in ranks}
    x = {0: 0.0}
    for rank in ranks[1:]:
        x[rank] = x[rank - 1] + (width[rank - 1] + width[rank]) / 2 + _gap(diagram, rank, pen, metrics)
    return x


def _gap(diagram: Diagram, rank: int, pen: Pen, metrics: Metrics) -> float:
    arriving = [link for link in diagram.links if diagram.home[link.target].rank == rank and diagram.home[link.source].rank < rank]
    scale = metrics.gap / 128.0
    stacked = level_only(arriving)
    spans = [max(_line_spans(link, stacked, pen, metrics), default=0.0) for link in arriving]
    widest = max(spans, default=0.0)
    if stacked:
        return widest + metrics.head[0] * 1.6 + metrics.text * 0.5 if widest else metrics.text * 2.6 * scale
    return max(widest * 1.6 + metrics.text * 1.4, metrics.text * (4.4 if widest else 3.4)) * scale


def level_only(links: list[Link]) -> bool:
    """Whether every card on either side has but one of these edges, so that they run level."""
    sources, targets = [link.source for link in links], [link.target for link in links]
    return len(set(sources)) == len(sources) and len(set(targets)) == len(targets)


def _line_spans(link: Link, stacked: bool, pen: Pen, metrics: Metrics) -> list[float]:
    if link.label is None:
        return []
    if stacked and link.value is not None:
        return [pen.extent(part, metrics.small, linear=True).span for part in (link.label, link.value)]
    return [pen.extent(edge_label(link), metrics.small, linear=True).span]


def edge_label(link: Link) -> Content:
    """symbol = number, or whichever of the two there is; a long symbol stands for itself."""
    assert link.label is not None
    if isinstance(link.label, Expr) and isinstance(link.value, Expr) and link.value != link.label:
        return Equation(link.label, (link.value,))
    return link.label


# What stands on edges


def _labels(deck: Deck, routed: dict[Link, Track], pen: Pen, metrics: Metrics) -> dict[Link, Placed]:
    """A place for every label that finds one; one that finds none is asked first in the next round."""
    tracks_ = [track for track in routed.values() if track.link.label is not None]
    tracks_.sort(key=lambda t: (-abs(t.forward.line[0][1] - t.forward.line[-1][1]), t.link.part))
    best: dict[Link, Placed] = {}
    for _ in range(metrics.rounds):
        found = _round(tracks_, _ground(deck, routed, metrics), pen, metrics)
        best = found if len(found) > len(best) else best
        missing = [track for track in tracks_ if track.link not in found]
        if not missing or len(missing) > len(tracks_) // 3:
            break
        tracks_ = [*missing, *(track for track in tracks_ if track.link in found)]
    return best


def _ground(deck: Deck, routed: dict[Link, Track], metrics: Metrics) -> Board:
    """Cards and lines, before any label stands."""
    board = Board()
    for rect in deck.rects.values():
        board.block(rect.grown(metrics.pad))
    for track in routed.values():
        for wire, part in ((track.forward, track.link.part), (track.backward, f"{track.link.part} backward")):
            if wire:
                board.rule([*wire.segments, *barbs(wire, metrics.head)], part)
    return board


def _round(tracks_: list[Track], board: Board, pen: Pen, metrics: Metrics) -> dict[Link, Placed]:
    """Labels in a break of their edge, or one line above and one below a level edge."""
    found = {}
    for track in tracks_:
        place = _stacked(track, board, pen, metrics) or _broken(track, board, pen, metrics)
        if place:
            found[track.link] = place
        elif metrics.strict and len(found) * 3 < len(tracks_):
            break
    return found


def _broken(track: Track, board: Board, pen: Pen, metrics: Metrics) -> Placed | None:
    content = edge_label(track.link)
    extent = pen.extent(content, metrics.small, linear=True)
    upright = abs(track.forward.line[0][0] - track.forward.line[-1][0]) < 1
    shares, lower = MIDDLE if upright else SHARES, sag(extent, metrics.small)
    places = middle_places(track.forward, extent.span, extent.height, metrics.pad * 0.7, metrics.head[0], shares, SHIFTS, lower)
    free = board.first_free(places, track.link.part)
    if free is None:
        return None
    board.block(free[0])
    label = pen.label(content, free[1], metrics.small, "forward", part=track.link.part, classes=("local",), linear=True)
    return Placed((label,), (free[0],))


def _stacked(track: Track, board: Board, pen: Pen, metrics: Metrics) -> Placed | None:
    """The symbol above a level edge and its number below."""
    link, ((x0, y0), (x1, y1)) = track.link, (track.forward.line[0], track.forward.line[-1])
    if abs(y1 - y0) > 1 or link.value is None or link.label is None or track.forward.curved:
        return None
    x, labels, rects = (x0 + x1 - metrics.head[0] * 0.8) / 2, [], []
    for content, turn in ((link.label, -1), (link.value, 1)):
        extent = pen.extent(content, metrics.small, linear=True)
        y = y0 + turn * (metrics.small * 0.55 + metrics.pad) + (extent.descent - metrics.small * 0.1 if turn < 0 else 0.0) * turn
        labels.append(pen.label(content, (x, y), metrics.small, "forward", part=link.part, classes=("local",), linear=True))
        rects.append(Rect.centred(x, y0 + turn * (metrics.small * 0.55 + metrics.pad), extent.span + 2, metrics.small * 0.95))
    if any(board.trouble(rect, link.part) for rect in rects) or max(r.x1 - r.x0 for r in rects) > abs(x1 - x0) - metrics.head[0]:
        return None
    for rect in rects:
        board.block(rect)
    return Placed(tuple(labels))


def _arrows(routed: dict[Link, Track], placed: dict[Link, Placed], metrics: Metrics) -> Iterator[Shape]:
    for link, track in routed.items():
        gaps = placed[link].gaps if link in placed else ()
        for wire, role, width in ((track.forward, "forward", 1.2), (track.backward, "backward", 1.3)):
            if wire:
                yield Arrow(
                    role=role, part=link.part, classes=("link", role), width=metrics.line * width, line=wire.line, curved=wire.curved,
                    head=metrics.head, ends=(link.source, link.target), via=link.via, gaps=gaps if role == "forward" else (),
                )  # fmt: skip
