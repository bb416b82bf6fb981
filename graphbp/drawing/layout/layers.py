"""The network as it is drawn on blackboards: layers as columns, z | a in circles, weights on their wires."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any, Literal

from graphbp.drawing.diagram import Box, Cell, Diagram
from graphbp.drawing.emphasise import bow_height
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout.finish import bounds
from graphbp.drawing.layout.legend import keys
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.layout.plan import (
    HALF,
    Manner,
    Plan,
    bias_height,
    bodies,
    legible,
    plan,
    side_port,
    surroundings,
    text_size,
)
from graphbp.drawing.scene import Arrow, Circle, HalfDisc, Point, Rectangle, Shape


def layers(diagram: Diagram, pen: Pen, metrics: Metrics) -> list[Shape]:
    """The placed picture."""
    diagram = _reduced(diagram, metrics)
    made = plan(diagram, pen, metrics, Manner(bodies(diagram, pen, metrics), side_port))
    shapes = [*wires(diagram, made), *drawn_boxes(diagram, pen, made)]
    return [*shapes, *headings(diagram, pen, made, bounds(shapes).y0)]


def layers_legend(diagram: Diagram, pen: Pen, metrics: Metrics, shapes: list[Shape]) -> Iterator[Shape]:
    """What the parts of a unit mean."""
    if diagram.legend:
        yield from keys(diagram.legend, pen, metrics, bounds(shapes))


def _reduced(diagram: Diagram, metrics: Metrics) -> Diagram:
    """The diagram with what pictures of this size have room for."""
    boxes = diagram.boxes if metrics.biases else tuple(replace(box, bias=None, shape=None) for box in diagram.boxes)
    return replace(diagram, boxes=boxes, groups=diagram.groups if metrics.headings else ())


def bows(diagram: Diagram, pen: Pen, metrics: Metrics) -> float:
    """The room kept above the top row for bows over circles."""
    if not metrics.bows:
        return 0.0
    sizes = bodies(_reduced(diagram, metrics), pen, metrics)
    return bow_height(max((sizes[box.id].half_w for box in diagram.boxes if len(box.cells) > 1), default=0.0))


def wires(diagram: Diagram, made: Plan) -> Iterator[Shape]:
    """All arrows, with their weights on clean ground."""
    width, head = made.metrics.line, made.metrics.head
    for link, wire in made.wires.items():
        yield Arrow(
            role="wire",
            part=link.part,
            classes=("link",),
            width=width,
            line=wire.line,
            curved=wire.curved,
            head=head,
            ends=(link.source, link.target),
            via=link.via,
            gaps=(made.labels[link][1],) if link in made.labels else (),
        )
    yield from _stubs(diagram, made)
    for label, _ in made.labels.values():
        yield label


def _stubs(diagram: Diagram, made: Plan) -> Iterator[Shape]:
    """Arrows that leave the last column, where nothing takes up the outputs."""
    used = {link.source for link in diagram.links}
    for box in diagram.boxes:
        ends = not any(cell.id in used or cell.id in diagram.onward for cell in box.cells)
        if box.kind in ("unit", "block") and ends:
            (x, y), half = made.at[box.id], made.bodies[box.id].half_w
            line = ((x + half, y), (x + half + made.metrics.stub, y))
            yield Arrow(
                role="wire",
                part=f"{box.last.id}->",
                classes=("link",),
                width=made.metrics.line,
                line=line,
                head=made.metrics.head,
            )


def drawn_boxes(diagram: Diagram, pen: Pen, made: Plan) -> Iterator[Shape]:
    """All boxes with their lettering."""
    for box in diagram.boxes:
        if box.kind == "unit":
            yield from _unit(box, pen, made)
        elif box.kind in ("block", "square"):
            yield from _block(box, pen, made)
        else:
            yield from _disc(box, pen, made)
        yield from _bias(box, pen, made)
    yield from _notes(diagram, pen, made)


def _unit(box: Box, pen: Pen, made: Plan) -> Iterator[Shape]:
    (x, y), r = made.at[box.id], made.bodies[box.id].half_w
    width = made.metrics.line * 1.15
    if len(box.cells) == 1:
        yield Circle(role=box.first.role, part=box.id, classes=("node",), width=width, x=x, y=y, r=r)
        yield from _lettering(box.first, (x, y), y - r, pen, made.metrics)
        return
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    for cell, side, turn in zip(box.cells, sides, (-1, 1), strict=True):
        yield HalfDisc(role=cell.role, part=cell.id, classes=("node",), width=width, x=x, y=y, r=r, side=side)
        yield from _lettering(cell, (x + turn * HALF * r, y), y - r, pen, made.metrics)


def _lettering(cell: Cell, at: Point, top: float, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
    """The number inside and the name above, or the name inside."""
    size = text_size(cell.value is None, metrics)
    yield pen.label(
        cell.value or cell.name, at, size, cell.role, part=cell.id, classes=("value" if cell.value else "name",)
    )
    if cell.value is not None:
        above = (at[0], top - metrics.text * 0.42)
        yield pen.label(cell.name, above, metrics.text, "ink", axis=False, part=cell.id, classes=("name",))


def _block(box: Box, pen: Pen, made: Plan) -> Iterator[Shape]:
    rect, metrics = made.rect(box.id), made.metrics
    width, count = (rect.x1 - rect.x0) / len(box.cells), len(box.cells)
    for place, cell in enumerate(box.cells):
        x, radius = rect.x0 + place * width, metrics.pad * 1.6 if count == 1 else 0.0
        yield Rectangle(
            role=cell.role,
            part=cell.id,
            classes=("node",),
            width=metrics.line * 1.15,
            x=x,
            y=rect.y0,
            w=width,
            h=rect.y1 - rect.y0,
            radius=radius,
        )
        yield from _lettering(cell, (x + width / 2, (rect.y0 + rect.y1) / 2), rect.y0, pen, metrics)


def _disc(box: Box, pen: Pen, made: Plan) -> Iterator[Shape]:
    (x, y), r, cell = made.at[box.id], made.bodies[box.id].half_w, box.first
    looks: tuple[str, ...] = ("carried",) if box.kind == "carried" else ("node",)
    yield Circle(role=cell.role, part=cell.id, classes=looks, width=made.metrics.line * 1.15, x=x, y=y, r=r)
    yield pen.label(cell.name, (x, y), made.metrics.text, cell.role, part=cell.id, classes=("name",))


def _bias(box: Box, pen: Pen, made: Plan) -> Iterator[Shape]:
    """The bias below the arriving half, out of the slanted wires' way; what shapes the activation below its half."""
    two, body = len(box.cells) > 1, made.bodies[box.id]
    x, taken = made.at[box.id][0], -math.inf
    for cell, into, turn in ((box.bias, box.first, -1), (box.shape, box.last, 1)):
        if cell is not None:
            foot = x + turn * HALF * body.half_w if two else x
            taken = yield from _small_box(cell, into, foot, taken, box, pen, made)


def _small_box(
    cell: Cell, into: Cell, x: float, taken: float, box: Box, pen: Pen, made: Plan
) -> Generator[Shape, None, float]:
    """A parameter in a small box under `x`, right of what is taken, with its arrow; how far it reaches."""
    y, body, metrics = made.at[box.id][1], made.bodies[box.id], made.metrics
    shown, h = cell.value or cell.name, bias_height(metrics)
    dip = math.sqrt(1 - HALF**2) if body.round and len(box.cells) > 1 else 1.0
    w = max(h * 0.9, pen.extent(shown, metrics.small).span + 4 * metrics.pad)
    left = max(x - w / 2, taken + 2 * metrics.pad)
    top = y + body.half_h + metrics.air * 0.8
    rect = Rect(left, top, left + w, top + h)
    ends = (cell.id, into.id)
    yield Arrow(
        role="wire",
        part="->".join(ends),
        classes=("link", "bias"),
        width=metrics.line,
        line=((x, rect.y0), (x, y + body.half_h * dip)),
        head=(metrics.head[0] * 0.85, metrics.head[1] * 0.9),
        ends=ends,
        via=cell.id,
    )
    looks: dict[str, Any] = {"part": cell.id, "classes": ("node", "bias"), "width": metrics.line * 0.85}
    yield Rectangle.of(rect, role="bias", radius=metrics.pad, **looks)
    middle = ((rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2)
    yield pen.label(shown, middle, metrics.small, "bias", part=cell.id, classes=("bias",))
    return rect.x1


def _notes(diagram: Diagram, pen: Pen, made: Plan) -> Iterator[Shape]:
    """What stands under boxes, or above them where wires leave no room below; left out where they leave none."""
    board, metrics = surroundings(diagram, made, notes=False), made.metrics
    for label, rect in made.labels.values():
        board.block(rect, label.part)
    for box in diagram.boxes:
        if box.note is None:
            continue
        (x, y), body = made.at[box.id], made.bodies[box.id]
        looks = legible(box.note)
        extent = pen.extent(box.note, metrics.small, **looks)
        reach = body.half_h + extent.height / 2 + 2 * metrics.pad
        middles = [
            (x, y + reach),
            (x, y - reach - body.above),
            (x + body.half_w, y + reach),
            (x - body.half_w, y + reach),
        ]
        places = [(Rect.centred(*at, extent.span + 2, extent.height + 2), at) for at in middles]
        free = next((at for rect, at in places if board.free(rect)), None)
        if free:
            board.block(Rect.centred(*free, extent.span + 2, extent.height + 2))
            base = (free[0], free[1] + (extent.ascent - extent.descent) / 2)
            yield pen.label(
                box.note, base, metrics.small, "remark", axis=False, part=box.first.id, classes=("note",), **looks
            )


def headings(diagram: Diagram, pen: Pen, made: Plan, top: float) -> Iterator[Shape]:
    """What each column is, on one line above all of them, and its formula below that."""
    metrics, column = made.metrics, {box.rank: made.at[box.id][0] for box in diagram.boxes}
    groups = [group for group in diagram.groups if group.rank in column]
    formulas = [pen.extent(group.formula, metrics.small) for group in groups if group.formula is not None]
    base = top - metrics.air - max((extent.height * 1.6 for extent in formulas), default=0.0)
    for group in groups:
        at = (column[group.rank], base)
        looks: dict[str, Any] = {"axis": False, "classes": ("heading",)}
        yield pen.label(group.heading, at, metrics.heading, "ink", bold=True, **looks)
        if group.formula is not None:
            yield pen.label(group.formula, (at[0], top - metrics.air), metrics.small, "remark", **looks)
