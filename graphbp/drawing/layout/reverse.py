"""The reverse network: amplifiers in pale circles, gradients dashed along the forward wires."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

from graphbp.drawing.diagram import Box, Diagram
from graphbp.drawing.geometry import Rect, flattened
from graphbp.drawing.layout.finish import bounds
from graphbp.drawing.layout.legend import Entry, legend
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.neuron import is_neuron, neuron
from graphbp.drawing.layout.pen import Board, Pen, ink
from graphbp.drawing.layout.plan import Body, Manner, Plan, plan
from graphbp.drawing.layout.wires import MIDDLE, round_port
from graphbp.drawing.scene import Arrow, Circle, Content, Label, Path, Point, Polygon, Rectangle, Shape, moved
from graphbp.notation.tree import Equation, Expr

TIP, BASE, BREADTH = 0.79, 0.57, 0.73
"""The triangle in its circle, in radii: tip to the left, base to the right, half its base up and down."""

LETTERS, STUB = 1.3, 1.2
"""The room for the gain's letters in a triangle, and the length of arrows into nowhere, in radii."""

ORDER = ("order of", "computation")
_LEGEND = (Entry("band", "forward network", forward=True), Entry("backward", "reverse network"))


def reverse(diagram: Diagram, pen: Pen, metrics: Metrics) -> list[Shape]:
    """The placed picture; a single neuron is drawn large, with its adder."""
    if is_neuron(diagram):
        return neuron(diagram, pen, metrics)
    metrics = replace(metrics, radius=metrics.radius * 1.2, air=metrics.air * 1.8)
    made = plan(
        diagram, pen, metrics, Manner(stations(diagram, pen, metrics), _port, MIDDLE, clearance=metrics.line * 3.4)
    )
    stubs = list(_stubs(diagram, pen, made))
    shapes = [*_bands(diagram, made), *(s for s in stubs if s.role == "band"), *_stations(diagram, pen, made)]
    shapes += [
        *_gradient_wires(diagram, made),
        *(s for s in stubs if s.role != "band"),
        *(label for label, _ in made.labels.values()),
    ]
    shapes += _outward(diagram, pen, made, shapes)
    return [*shapes, *_order(diagram, pen, made, shapes)]


def reverse_legend(diagram: Diagram, pen: Pen, metrics: Metrics, shapes: list[Shape]) -> Iterator[Shape]:
    """Pale is forward, dashed is backward; a single neuron says so by itself."""
    if not is_neuron(diagram):
        above = list(legend(_LEGEND, pen, metrics, bounds(shapes)))
        yield from above
        yield from _letters(diagram, pen, metrics, bounds(above))


def _letters(diagram: Diagram, pen: Pen, metrics: Metrics, row: Rect) -> Iterator[Shape]:
    """What letters on the edges stand for, left in the legend's row or below it."""
    for key in diagram.legend:
        words = (*key.letters, " ", *key.content) if isinstance(key.content, tuple) else key.letters
        at = (row.x0 - metrics.text * 1.6, (row.y0 + row.y1) / 2)
        yield pen.label(words, at, metrics.small, "backward", side="right", classes=("legend",))  # type: ignore[arg-type]


def stations(diagram: Diagram, pen: Pen, metrics: Metrics) -> dict[str, Body]:
    """The size of every station; amplifiers are all alike."""
    needs = [
        pen.extent(box.first.name, metrics.small).span + 1.4 * metrics.small
        for box in diagram.peers
        if box.kind == "unit"
    ]
    r = max([metrics.radius, *(need / LETTERS for need in needs)])
    sizes = {}
    for box in diagram.boxes:
        extent = pen.extent(box.first.name, metrics.text, display=True)
        small = max(extent.span, extent.height) / 2 + 2 * metrics.pad
        sizes[box.id] = (
            Body(r, r, round=False, widest=r) if box.kind == "unit" else Body(small, small, round=True, widest=small)
        )
    return sizes


def _port(body: Body, at: Point, towards: Point, arriving: bool) -> Point:
    """Gradients leave a triangle at its tip and enter at its base, spread over it; discs are met at their rim."""
    if body.round:
        return round_port(*at, body.half_w, towards)
    x, y = at
    slope = (towards[1] - y) / max(abs(towards[0] - x), 1.0)
    if arriving:
        return x - TIP * body.half_w, y
    return x + BASE * body.half_w, y + body.half_w * max(-0.5, min(0.5, slope * 0.42))


def _clipped(line: tuple[Point, ...], at: Point, r: float) -> tuple[Point, ...]:
    """The line up to the circle around its end."""
    (x0, y0), (x1, y1) = line[-2], line[-1]
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        inside = math.dist((x0 + (x1 - x0) * middle, y0 + (y1 - y0) * middle), at) < r
        low, high = (low, middle) if inside else (middle, high)
    return (*line[:-1], (x0 + (x1 - x0) * low, y0 + (y1 - y0) * low))


def _bands(diagram: Diagram, made: Plan) -> Iterator[Shape]:
    """The forward network, pale behind everything."""
    width = made.metrics.line * 6
    for link, wire in made.wires.items():
        target = diagram.home[link.target].id
        line = wire.line if wire.curved else _clipped(wire.line, made.at[target], made.bodies[target].half_w)
        gaps = (made.labels[link][1],) if link in made.labels else ()
        yield Arrow(
            role="band",
            part=link.part,
            classes=("link", "forward"),
            width=width,
            line=line,
            curved=wire.curved,
            head=(width * 2.0, width * 2.7),
            ends=(link.source, link.target),
            via=link.via,
            gaps=gaps,
        )


def _gradient_wires(diagram: Diagram, made: Plan) -> Iterator[Shape]:
    for link, wire in made.wires.items():
        gaps = (made.labels[link][1],) if link in made.labels else ()
        yield Arrow(
            role="backward",
            part=link.part,
            classes=("link", "backward"),
            width=made.metrics.line * 1.45,
            line=tuple(reversed(wire.line)),
            curved=wire.curved,
            head=made.metrics.head,
            ends=(diagram.home[link.source].id, link.target),
            via=link.via,
            gaps=gaps,
        )


def _stations(diagram: Diagram, pen: Pen, made: Plan) -> Iterator[Shape]:
    metrics = made.metrics
    for box in diagram.boxes:
        (x, y), r = made.at[box.id], made.bodies[box.id].half_w
        looks: tuple[str, ...] = ("carried",) if box.kind == "carried" else ("node",)
        if box.kind == "gradient":
            yield from _known(box, (x, y), r, pen, metrics)
            continue
        yield Circle(role="ghost", part=box.id, classes=looks, width=metrics.line * 2, x=x, y=y, r=r)
        if box.kind != "unit":
            yield pen.label(
                box.first.name, (x, y), metrics.text, "backward", display=True, part=box.id, classes=("gradient",)
            )
            continue
        yield triangle(box.id, (x, y), r, metrics)
        extent = pen.extent(box.first.name, metrics.small)
        right = x + BASE * r - metrics.small * 0.4
        yield pen.label(
            box.first.name, (right - extent.span / 2, y), metrics.small, "amplifier", part=box.id, classes=("gain",)
        )


def _known(box: Box, at: Point, r: float, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
    """A gradient that nothing follows, of a parameter or an input, on its tint."""
    ground, looks = Rect.centred(*at, 1.9 * r, 1.9 * r), {"part": box.id, "width": 0.0}
    yield Rectangle.of(ground, role="gradient", classes=("node", "gradient"), radius=metrics.pad * 1.6, **looks)
    yield pen.label(box.first.name, at, metrics.text, "backward", display=True, part=box.id, classes=("gradient",))


def triangle(part: str, at: Point, r: float, metrics: Metrics) -> Polygon:
    """An amplifier that points against the forward direction."""
    x, y = at
    corners = ((x - TIP * r, y), (x + BASE * r, y - BREADTH * r), (x + BASE * r, y + BREADTH * r))
    return Polygon(
        role="amplifier", part=part, classes=("node", "amplifier"), width=metrics.line * 1.5, corners=corners
    )


def _stubs(diagram: Diagram, pen: Pen, made: Plan) -> Iterator[Shape]:
    """Where the flow starts, at the outputs, and where it leaves, before the first layer."""
    metrics, fed = made.metrics, {diagram.home[link.target].id for link in diagram.links}
    for box in diagram.boxes:
        (x, y), r = made.at[box.id], made.bodies[box.id].half_w
        inner = r if box.kind != "unit" else BASE * r
        if box.seed is not None:
            yield from _stub(box, (x + inner, y), (x + r, y), metrics, +1)
            yield pen.label(
                box.seed,
                (x + r + STUB * metrics.radius + 6 * metrics.pad, y),
                metrics.text,
                "backward",
                side="left",
                display=True,
                part=box.last.id,
                classes=("gradient", "seed"),
            )
        if box.id not in fed and box.kind == "unit":
            yield from _stub(box, (x - TIP * r, y), (x - r, y), metrics, -1)


def _stub(box: Box, inner: Point, rim: Point, metrics: Metrics, side: int) -> Iterator[Shape]:
    reach, width = metrics.radius * STUB, metrics.line * 6
    head = (width * 2.0, width * 2.7)
    far = (rim[0] + side * reach, rim[1])
    forward = (rim, far) if side > 0 else (far, rim)
    yield Arrow(role="band", part=box.last.id, classes=("stub", "forward"), width=width, line=forward, head=head)
    far = (far[0] + side * metrics.pad * 3, far[1]) if side > 0 else (far[0] + metrics.radius * 0.3, far[1])
    backward = (far, inner) if side > 0 else (inner, far)
    yield Arrow(
        role="backward",
        part=box.last.id,
        classes=("stub", "backward"),
        width=metrics.line * 1.45,
        line=backward,
        head=metrics.head,
    )


def _outward(diagram: Diagram, pen: Pen, made: Plan, shapes: list[Shape]) -> list[Shape]:
    """∂l/∂z on the outer side of every unit: above in the upper half of the picture, below in the lower."""
    board, metrics = Board(), made.metrics
    for box in diagram.boxes:
        (x, y), r = made.at[box.id], made.bodies[box.id].half_w
        board.rects += [
            (Rect.centred(x, y, 2 * r * share, 2 * r * math.sqrt(1 - share**2)), box.id) for share in (0.35, 0.7, 0.95)
        ]
    for shape in shapes:
        if isinstance(shape, Label):
            board.block(ink(shape).grown(metrics.pad))
        elif isinstance(shape, Arrow):
            board.rule(flattened(shape.line, shape.curved), shape.part)
    middle = sum(y for _, y in made.at.values()) / len(made.at)
    found: list[Shape] = []
    for box in diagram.boxes:
        if box.kind == "unit" and box.first.gradient is not None:
            side = -1 if made.at[box.id][1] <= middle + 1 else 1
            label = _outer_label(box, box.first.gradient, pen, made, board, side)
            if label is not None:
                board.block(ink(label).grown(metrics.pad))
                found.append(label)
    return found


def _outer_label(box: Box, gradient: Content, pen: Pen, made: Plan, board: Board, side: int) -> Label | None:
    """The gradient beside its unit; left to the strip below where wires leave no room."""
    extent, metrics = pen.extent(gradient, made.metrics.text, display=True), made.metrics
    w, h = extent.span + 2 * metrics.pad, extent.height + metrics.pad
    for x, y in _around(made.at[box.id], made.bodies[box.id].half_w, extent.span, extent.height, side, metrics):
        if board.free(Rect.centred(x, y, w, h)):
            return pen.label(
                gradient, (x, y), metrics.text, "backward", display=True, part=box.id, classes=("gradient",)
            )
    return None


def _around(at: Point, r: float, w: float, h: float, side: int, metrics: Metrics) -> Iterator[Point]:
    """Middles for a label around a circle: outward at its left shoulder first, then anywhere near its rim."""
    x, y = at
    for turn, reach, lift in itertools.product((side, -side), (0.9, 1.3), (5, 9, 15, 1)):
        yield x - r - w * 0.55 * reach, y + turn * (h / 2 + metrics.pad * 2 + lift)
    for turn, shift in itertools.product((side, -side), (0, -0.5, 0.5)):
        yield x + shift * r, y + turn * (r + h / 2 + metrics.pad)
    for away, angle in itertools.product((0, 8, 20), range(0, 360, 15)):
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        yield x - cos * (r + w / 2 + away), y + side * sin * (r + h / 2 + away)


def _order(diagram: Diagram, pen: Pen, made: Plan, shapes: list[Shape]) -> Iterator[Shape]:
    """The strip below: which gradients are found first, second, third; with numbers if there is room.

    A row of a longer picture has none: the line from the next row tells the order.
    """
    ranks = sorted({box.rank for box in diagram.boxes}, reverse=True)
    if len(ranks) < 2 or diagram.whole is not None:
        return
    metrics, around = made.metrics, bounds(shapes)
    rule = around.y1 + metrics.air * 0.6
    tall = pen.extent(next(_gradient(box, False) for box in diagram.boxes), metrics.text, display=True).height
    y = rule + metrics.air * 0.5 + tall / 2
    strip = _strip(diagram, pen, made, ranks, y, True) or _strip(diagram, pen, made, ranks, y, False) or []
    if strip:
        yield Path(role="rule", width=metrics.line * 0.7, line=((around.x0, rule), (around.x1, rule)))
    yield from strip
    if strip and around.x1 - bounds(strip).x1 > metrics.gap * 0.8:
        for words, turn in zip(ORDER, (-1, 1), strict=True):
            at = (around.x1, y + turn * metrics.text * 0.62)
            yield pen.label((words,), at, metrics.small, "remark", side="right", classes=("order",))


def _strip(diagram: Diagram, pen: Pen, made: Plan, ranks: list[int], y: float, numbers: bool) -> list[Shape] | None:
    """The groups under their columns and the arrows between them, or None if they do not fit."""
    metrics, before = made.metrics, math.inf
    strip: list[Shape] = []
    for place, rank in enumerate(ranks, 1):
        entries = _shortened([_gradient(box, numbers) for box in diagram.boxes if box.rank == rank])
        group = list(_group(entries, place, pen, metrics, y))
        width = bounds(group).x1 - bounds(group).x0
        left = next(made.at[box.id][0] for box in diagram.boxes if box.rank == rank) - width / 2
        gap = before - left - width
        if gap < metrics.air:
            return None
        if place > 1 and gap > metrics.air * 2:
            reach = min(metrics.gap * 0.55, gap - metrics.air)
            line = ((before - (gap - reach) / 2, y), (before - (gap + reach) / 2, y))
            strip.append(Arrow(role="wire", width=metrics.line, line=line, head=metrics.head, classes=("order",)))
        strip += [moved(shape, left, 0) for shape in group]
        before = left
    return strip


def _gradient(box: Box, numbers: bool) -> Content:
    """What is found at a station, with its number where that is known."""
    found = box.first.gradient if box.first.gradient is not None else box.first.name
    number = box.first.gradient_value
    return Equation(found, (number,)) if numbers and isinstance(found, Expr) and isinstance(number, Expr) else found


def _shortened(entries: list[Content]) -> list[Content]:
    """A long column is told by its ends."""
    return entries if len(entries) <= 3 else [entries[0], ("…",), entries[-1]]


def _group(entries: list[Content], place: int, pen: Pen, metrics: Metrics, y: float) -> Iterator[Shape]:
    """A numbered badge and the gradients of one column, starting at x = 0."""
    r = metrics.small * 0.95
    yield Circle(role="badge", width=0, x=r, y=y, r=r, classes=("order",))
    size = metrics.small * 1.05
    number = (str(place),)
    extent = pen.extent(number, size, bold=True)
    yield pen.label(
        number, (r, y + (extent.ascent - extent.descent) / 2), size, "badge", axis=False, bold=True, classes=("order",)
    )
    x = 2 * r + metrics.text * 0.8
    for entry in entries:
        display = entry != ("…",)
        label = pen.label(
            entry, (x, y), metrics.text, "backward", side="left", display=display, classes=("order", "gradient")
        )
        yield label
        x += label.span + metrics.text * 1.1
