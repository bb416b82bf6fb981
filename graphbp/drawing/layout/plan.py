"""The plan of a layered picture: how large every box is, where it stands, and how the wires run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from graphbp.drawing.diagram import Box, Diagram, Link
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout import columns
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Board, Pen, sag
from graphbp.drawing.layout.wires import NEAR_SOURCE, Wire, barbs, box_port, middle_places, round_port, route
from graphbp.drawing.scene import Content, Label, Point
from graphbp.notation.tree import Call, Div, Expr, walk

WIDER = 1.22
LONE = 1.5
"""How many times its label's width a gap is wide that holds but one."""

HALF = 0.47
"""How far from the middle the two halves of a unit are lettered, in radii."""


@dataclass(frozen=True, slots=True)
class Body:
    """The size of a box: half its width, half its height, what stands above and below, whether it is round."""

    half_w: float
    half_h: float
    above: float = 0.0
    below: float = 0.0
    round: bool = True
    widest: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Places and wires."""

    metrics: Metrics
    bodies: dict[str, Body]
    at: dict[str, Point]
    wires: dict[Link, Wire]
    labels: dict[Link, tuple[Label, Rect]]

    def rect(self, box: str) -> Rect:
        """The box itself, without what stands around it."""
        body = self.bodies[box]
        return Rect.centred(*self.at[box], 2 * body.half_w, 2 * body.half_h)

    def whole(self, box: str, *, below: bool = True) -> Rect:
        """The box with what stands above it and, if wanted, below it."""
        rect, body = self.rect(box), self.bodies[box]
        return Rect(rect.x0, rect.y0 - body.above, rect.x1, rect.y1 + (body.below if below else 0.0))


def bodies(diagram: Diagram, pen: Pen, metrics: Metrics) -> dict[str, Body]:
    """The size of every box; units and blocks of one picture, its other rows too, are all alike."""
    found = {box.id: _body(box, pen, metrics) for box in (*diagram.peers, *diagram.boxes)}
    for kind in ("unit", "block", "square"):
        alike = [found[box.id] for box in diagram.peers if box.kind == kind]
        if alike:
            w, h = max(b.half_w for b in alike), max(b.half_h for b in alike)
            for box in diagram.boxes:
                if box.kind == kind:
                    old = found[box.id]
                    found[box.id] = Body(w, h, old.above, old.below, old.round, old.widest)
    return found


def _body(box: Box, pen: Pen, metrics: Metrics) -> Body:
    inside = [(cell.name if box.kind == "disc" else cell.value or cell.name, cell.value) for cell in box.cells]
    inner = [pen.extent(shown, text_size(shown is not value, metrics)).span for shown, value in inside]
    above = (
        metrics.text * 1.35
        if box.kind in ("unit", "block", "square") and any(cell.value for cell in box.cells)
        else 0.0
    )
    below = bias_height(metrics) + metrics.air * 0.8 if box.bias or box.shape else 0.0
    note = note_extent(box, pen, metrics)
    below += note[1] + metrics.pad * 2 if note[1] else 0.0
    names = sum(pen.extent(cell.name, metrics.text).span for cell in box.cells) if above else 0.0
    if box.kind == "unit":
        r = max(metrics.radius, (max(inner) + 2 * metrics.pad) / (0.8 if len(box.cells) > 1 else 1.6))
        return Body(r, r, above, below, True, max(r, note[0] / 2))
    if box.kind == "block":
        w = max(metrics.radius * 0.75, max(inner) / 2 + 2 * metrics.pad) * len(box.cells)
        return Body(w, metrics.radius * 0.8, above, below, False, max(w, note[0] / 2))
    if box.kind == "square":
        w = max(metrics.radius * 0.6, inner[0] / 2 + 2 * metrics.pad)
        return Body(
            w,
            max(metrics.radius * 0.56, min(w, metrics.radius * 0.6)),
            above,
            below,
            False,
            max(w, note[0] / 2, names / 2),
        )
    r = max(metrics.radius * 0.56, max(inner) / 2 + metrics.pad)
    return Body(r, r, above, below, True, max(r, note[0] / 2))


def text_size(name: bool, metrics: Metrics) -> float:
    """Names are set a little larger than numbers."""
    return metrics.text if name else metrics.small


def legible(content: Content) -> dict[str, Any]:
    """How a formula in a picture keeps its size: derivatives with a slash, other fractions large."""
    return {"linear": True, "display": isinstance(content, Expr) and any(map(_fraction, walk(content)))}


def _fraction(part: Any) -> bool:
    """Whether a term is written as a fraction: a quotient, or a partial derivative of a function."""
    return isinstance(part, Div) or (isinstance(part, Call) and len(part.args) > 1 and bool(part.order))


def bias_height(metrics: Metrics) -> float:
    """The height of the small box that holds a bias."""
    return metrics.small * 1.4


def note_extent(box: Box, pen: Pen, metrics: Metrics) -> tuple[float, float]:
    """Width and height of what stands under the box."""
    if box.note is None:
        return 0.0, 0.0
    extent = pen.extent(box.note, metrics.small, **legible(box.note))
    return extent.span, max(extent.height, metrics.small * 0.8)


Port = Callable[[Body, Point, Point, bool], Point]
"""Where on a body, standing at a point, a wire towards another point ends; True if it arrives there."""


@dataclass(frozen=True)
class Manner:
    """What differs between the pictures made of columns: sizes, ends of wires, where labels like to stand."""

    sizes: dict[str, Body]
    port: Port
    shares: tuple[float, ...] = NEAR_SOURCE
    clearance: float = 0.0


def side_port(body: Body, at: Point, towards: Point, arriving: bool) -> Point:
    """The end of a wire on a circle or a box."""
    if body.round:
        return round_port(*at, body.half_w, towards)
    return box_port(Rect.centred(*at, 2 * body.half_w, 2 * body.half_h), towards)


def plan(diagram: Diagram, pen: Pen, metrics: Metrics, manner: Manner) -> Plan:
    """Places for everything; columns and rows move apart until every label on a wire has a place."""
    made = _attempt(diagram, pen, metrics, manner)
    for attempt in range(metrics.tries):
        if len(made.labels) == _wanted(diagram.links):
            return made
        made = _attempt(diagram, pen, metrics.times(WIDER ** (attempt + 1)), manner)
    return _without_partial_labels(diagram, made)


def _wanted(links: Iterable[Link]) -> int:
    return sum(link.label is not None for link in links)


def _without_partial_labels(diagram: Diagram, made: Plan) -> Plan:
    """Between two columns either every wire has its label or none has."""
    rank = {cell.id: box.rank for box in diagram.boxes for cell in box.cells}
    bare = {rank[link.target] for link in diagram.links if link.label is not None and link not in made.labels}
    kept = {link: label for link, label in made.labels.items() if rank[link.target] not in bare}
    return Plan(made.metrics, made.bodies, made.at, made.wires, kept)


def _attempt(diagram: Diagram, pen: Pen, metrics: Metrics, manner: Manner) -> Plan:
    at, lanes = _places(diagram, pen, metrics, manner.sizes)
    made = Plan(metrics, manner.sizes, at, {}, {})
    for link in diagram.links:
        made.wires[link] = _wire(diagram, link, made, lanes, manner.port)
    made.labels.update(_label_places(diagram, pen, made, manner))
    return made


def _row(diagram: Diagram, metrics: Metrics, sizes: dict[str, Body]) -> tuple[float, float]:
    """How much height a row takes above and below its line, the same in all columns so that rows run level."""
    ranks = [box.rank for box in diagram.boxes]
    crowded = [sizes[box.id] for box in diagram.boxes if ranks.count(box.rank) > 1] or list(sizes.values())
    least = max(body.half_h for body in sizes.values()) * 0.7
    above = max(max(body.half_h, least) + body.above for body in crowded)
    below = max(max(body.half_h, least) + body.below for body in crowded)
    return above + metrics.air / 2, below + metrics.air / 2


def _places(
    diagram: Diagram, pen: Pen, metrics: Metrics, sizes: dict[str, Body]
) -> tuple[dict[str, Point], dict[Link, tuple[Point, ...]]]:
    above, below = _row(diagram, metrics, sizes)
    ranks = [box.rank for box in diagram.boxes]
    slots = []
    for box in diagram.boxes:
        body, half = sizes[box.id], metrics.air / 2
        own = (body.half_h + body.above + half, body.half_h + body.below + half)
        slots.append(columns.Slot(box.id, box.rank, *(own if ranks.count(box.rank) == 1 else (above, below))))
    pairs = {link: (diagram.home[link.source].id, diagram.home[link.target].id) for link in diagram.links}
    placed = columns.place(slots, list(pairs.values()), metrics.lane)
    x = _column_places(diagram, pen, metrics, sizes)
    at = {box.id: (x[box.rank], placed.y[box.id]) for box in diagram.boxes}
    wide = {rank: max((sizes[box.id].half_w for box in diagram.boxes if box.rank == rank), default=0.0) for rank in x}
    lanes = {link: columns.lane_points(placed.passes[pair], placed.y, x, wide) for link, pair in pairs.items()}
    return at, lanes


def _column_places(diagram: Diagram, pen: Pen, metrics: Metrics, sizes: dict[str, Body]) -> dict[int, float]:
    """The middle of each column: a gap holds its widest label several times, so that labels can step aside.

    One that is alone need not.
    """
    ranks = range(min(box.rank for box in diagram.boxes), max(box.rank for box in diagram.boxes) + 1)
    wide = {
        rank: max((sizes[box.id].half_w for box in diagram.boxes if box.rank == rank), default=0.0) for rank in ranks
    }
    notes = {
        rank: max((sizes[box.id].widest for box in diagram.boxes if box.rank == rank), default=0.0) for rank in ranks
    }
    labels = dict.fromkeys(ranks, 0.0)
    alone = Counter(diagram.home[link.target].rank for link in diagram.links if link.label is not None)
    for link in diagram.links:
        if link.label is not None:
            rank = diagram.home[link.target].rank
            room = pen.extent(link.label, metrics.text, **legible(link.label)).span * (
                LONE if alone[rank] == 1 else metrics.spare
            )
            labels[rank] = max(labels[rank], room)
    x = {ranks[0]: 0.0}
    for before, rank in pairwise(ranks):
        gap = metrics.gap if labels[rank] else metrics.gap * 0.62
        gap = max(gap, labels[rank] + metrics.head[0])
        x[rank] = x[before] + max(wide[before] + wide[rank] + gap, notes[before] + notes[rank] + metrics.air)
    return x


def _wire(diagram: Diagram, link: Link, made: Plan, lanes: dict[Link, tuple[Point, ...]], port: Port) -> Wire:
    source, target = diagram.home[link.source].id, diagram.home[link.target].id
    through = lanes[link]
    start = port(made.bodies[source], made.at[source], through[0] if through else made.at[target], False)
    end = port(made.bodies[target], made.at[target], through[-1] if through else made.at[source], True)
    others = [made.whole(box.id).grown(made.metrics.pad) for box in diagram.boxes if box.id not in (source, target)]
    return route(start, end, through, others)


def surroundings(diagram: Diagram, made: Plan, *, notes: bool = True) -> Board:
    """Boxes with their names, biases and (if wanted) the room for notes, and all wires."""
    board = Board()
    for box in diagram.boxes:
        board.block(
            made.whole(box.id, below=notes or box.bias is not None or box.shape is not None).grown(made.metrics.pad),
            box.id,
        )
    for link, wire in made.wires.items():
        board.rule([*wire.segments, *barbs(wire, made.metrics.head)], link.part)
    return board


def _label_places(diagram: Diagram, pen: Pen, made: Plan, manner: Manner) -> dict[Link, tuple[Label, Rect]]:
    """A place on its wire for every label that finds one, the steepest wires first."""
    board, metrics, found = surroundings(diagram, made), made.metrics, {}
    steep = sorted(made.wires.items(), key=lambda item: -abs(item[1].line[0][1] - item[1].line[-1][1]))
    for link, wire in steep:
        if link.label is None:
            continue
        for looks in (legible(link.label), {"linear": True}):
            place = _free_place(link, wire, looks, board, pen, metrics, manner)
            if place:
                rect, point = place
                board.block(rect, link.part)
                role, part = "parameter" if link.via else "forward", link.via or link.part
                label = pen.label(link.label, point, metrics.text, role, part=part, classes=("weight",), **looks)
                found[link] = (label, rect)
                break
    return found


def _free_place(
    link: Link, wire: Wire, looks: dict[str, Any], board: Board, pen: Pen, metrics: Metrics, manner: Manner
) -> tuple[Rect, Point] | None:
    """Where on its wire a label may stand, and the middle of its line there."""
    extent = pen.extent(link.label or (), metrics.text, **looks)
    pad, lower = metrics.pad + manner.clearance, sag(extent, metrics.text)
    places = middle_places(wire, extent.span, extent.height, pad, metrics.head[0], manner.shares, sag=lower)
    free = board.first_free(places, link.part)
    return free and (free[0].grown(-manner.clearance), free[1])
