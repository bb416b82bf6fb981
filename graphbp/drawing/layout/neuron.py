"""One neuron that runs backward: amplifier, adder, weights on the way, known gradients at the right."""

from __future__ import annotations

import math
from collections.abc import Iterator

from graphbp.drawing.diagram import Box, Diagram, Link
from graphbp.drawing.geometry import Rect, along
from graphbp.drawing.layout.finish import bounds
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.scene import Arrow, Circle, Content, Label, Path, Point, Polygon, Rectangle, Shape
from graphbp.notation.tree import Partial, Symbol

CAPTION = ("constant gain,", "fixed by the forward pass")
ASSUMED = "assumed known"


def is_neuron(diagram: Diagram) -> bool:
    """One amplifier, and nothing but known gradients behind it."""
    kinds = [box.kind for box in diagram.boxes]
    return kinds.count("unit") == 1 and all(kind in ("unit", "source") for kind in kinds) and len(kinds) <= 6


def neuron(diagram: Diagram, pen: Pen, metrics: Metrics) -> list[Shape]:
    """The placed picture."""
    unit = next(box for box in diagram.boxes if box.kind == "unit")
    sources = [box for box in diagram.boxes if box.kind == "source"]
    shapes = list(_Neuron(diagram, unit, sources, pen, metrics).shapes())
    return [*shapes, *_foot(diagram, pen, metrics, shapes)]


class _Neuron:
    """Everything on one axis, y = 0; the tip of the amplifier is at x = 0."""

    def __init__(self, diagram: Diagram, unit: Box, sources: list[Box], pen: Pen, metrics: Metrics) -> None:
        self.diagram, self.unit, self.sources, self.pen, self.m = diagram, unit, sources, pen, metrics
        gain = pen.extent(unit.first.name, self.size)
        self.depth = max(metrics.radius * 3.0, gain.span * 2.1 + metrics.text)
        self.half = self.depth * 0.51
        self.line = metrics.line * 1.5

    @property
    def size(self) -> float:
        return self.m.text * 1.25

    def shapes(self) -> Iterator[Shape]:
        m, unit = self.m, self.unit
        yield from self.wire((0, 0), (-self.m.gap * 0.98, 0))
        if unit.first.gradient is not None:
            yield from self.known(unit.first.gradient, (-self.m.gap * 0.98 - m.pad * 3, 0), "right", unit.id)
        yield Polygon(
            role="amplifier",
            part=unit.id,
            classes=("node", "amplifier"),
            width=self.line * 1.2,
            corners=((0, 0), (self.depth, -self.half), (self.depth, self.half)),
        )
        yield self.pen.label(
            unit.first.name,
            (self.depth - m.text * 1.2, 0),
            self.size,
            "amplifier",
            side="right",
            part=unit.id,
            classes=("gain",),
        )
        for place, line in enumerate(CAPTION):
            y = self.half + m.text * (1.9 + 1.3 * place)
            yield self.pen.label((line,), (self.depth * 0.55, y), m.text, "forward", axis=False, classes=("remark",))
        yield from self.fan() if len(self.sources) > 1 else self.single()

    def wire(self, start: Point, end: Point, gaps: tuple[Rect, ...] = (), part: str = "") -> Iterator[Arrow]:
        head = (self.m.head[0] * 1.3, self.m.head[1] * 1.3)
        yield Arrow(
            role="backward",
            part=part or self.unit.id,
            classes=("link", "backward"),
            width=self.line,
            line=(start, end),
            head=head,
            gaps=gaps,
        )

    def known(self, gradient: Content, at: Point, side: str, part: str) -> Iterator[Shape]:
        """A gradient on its tint; `at` is the middle of the side where wires end."""
        extent = self.pen.extent(gradient, self.size, display=True)
        w, h = extent.span + self.m.text * 1.3, extent.height + self.m.text
        x = at[0] - w if side == "right" else at[0]
        yield Rectangle(
            role="gradient",
            part=part,
            classes=("node", "gradient"),
            width=0,
            x=x,
            y=at[1] - h / 2,
            w=w,
            h=h,
            radius=self.m.pad * 1.6,
        )
        yield self.pen.label(
            gradient, (x + w / 2, at[1]), self.size, "backward", display=True, part=part, classes=("gradient",)
        )

    def single(self) -> Iterator[Shape]:
        """One gradient arrives: through a weight, or as it is."""
        end = self.depth + self.m.gap * 1.1
        link = next((link for link in self.diagram.links if link.label is not None), None)
        gradient = self.sources[0].first.name if self.sources else self.unit.seed
        start, stop = (end, 0.0), (self.depth + self.m.pad, 0.0)
        gap = (self.weight_ground(link, along((start, stop), 0.42)),) if link and self.sources else ()
        yield from self.wire(start, stop, gap)
        if gap and link:
            yield from self.weight(link, gap[0])
        if gradient is not None:
            yield from self.known(gradient, (end, 0), "left", self.sources[0].id if self.sources else self.unit.last.id)

    def fan(self) -> Iterator[Shape]:
        """Several gradients arrive through their weights and are added up."""
        m, r = self.m, self.m.text * 1.1
        adder = self.depth + m.gap * 0.72 + r
        yield from self.wire((adder - r, 0), (self.depth + m.pad, 0))
        upstream = self.upstream()
        extent = self.pen.extent(upstream, m.text, display=True)
        yield self.pen.label(
            upstream,
            ((self.depth + adder - r) / 2, -extent.height / 2 - m.text * 0.7),
            m.text,
            "backward",
            display=True,
            part=self.unit.last.id,
            classes=("gradient",),
        )
        yield Circle(
            role="adder", part=self.unit.last.id, classes=("node", "adder"), width=self.line, x=adder, y=0, r=r
        )
        yield from self.plus(adder, r * 0.42)
        far, step = adder + m.gap * 1.65, max(m.text * 8.8, m.radius * 2.9)
        heights = [(place - (len(self.sources) - 1) / 2) * step for place in range(len(self.sources))]
        for box, y in zip(self.sources, heights, strict=True):
            yield from self.branch(box, (far, y), (adder, 0.0), r)
        if len(self.sources) == 2:
            yield self.pen.label(
                (ASSUMED,), (far - m.text, 0), m.text, "remark", side="left", axis=True, classes=("remark",)
            )

    def plus(self, x: float, arm: float) -> Iterator[Shape]:
        yield Path(
            role="adder",
            part=self.unit.last.id,
            classes=("sign",),
            width=self.line * 0.8,
            line=((x - arm, 0), (x + arm, 0)),
        )
        yield Path(
            role="adder", part=self.unit.last.id, classes=("sign",), width=self.line * 0.8, line=((x, -arm), (x, arm))
        )

    def branch(self, box: Box, start: Point, adder: Point, r: float) -> Iterator[Shape]:
        link = next(link for link in self.diagram.links if link.target == box.id)
        leave = (start[0], start[1] * 0.86)
        arrive = along((adder, leave), (r + self.m.pad) / math.dist(adder, leave))
        ground = self.weight_ground(link, along((leave, arrive), 0.42))
        yield from self.wire(leave, arrive, (ground,), link.part)
        yield from self.weight(link, ground)
        yield from self.known(box.first.name, start, "left", box.id)

    def weight_ground(self, link: Link, at: Point) -> Rect:
        extent = self.pen.extent(link.label or (), self.size)
        return Rect.centred(*at, extent.span + self.m.text * 1.2, self.m.text * 2.0)

    def weight(self, link: Link, ground: Rect) -> Iterator[Shape]:
        yield Rectangle(
            role="weight",
            part=link.via,
            classes=("weight",),
            width=self.m.line,
            x=ground.x0,
            y=ground.y0,
            w=ground.x1 - ground.x0,
            h=ground.y1 - ground.y0,
            radius=self.m.pad,
        )
        middle = ((ground.x0 + ground.x1) / 2, (ground.y0 + ground.y1) / 2)
        yield self.pen.label(link.label or (), middle, self.size, "weight", part=link.via, classes=("weight",))

    def upstream(self) -> Content:
        gradient = self.unit.first.gradient
        assert isinstance(gradient, Partial)
        return Partial(gradient.y, Symbol(self.unit.last.id))


def _foot(diagram: Diagram, pen: Pen, metrics: Metrics, shapes: list[Shape]) -> Iterator[Label | Path]:
    """The same in one formula, each factor in the colour that it has in the drawing."""
    if diagram.formula is None:
        return
    around, size = bounds(shapes), metrics.text * 1.55
    rule = around.y1 + metrics.air * 1.6
    yield Path(role="rule", width=metrics.line * 0.7, line=((around.x0, rule), (around.x1, rule)))
    extent = pen.extent(diagram.formula, size, display=True)
    middle = ((around.x0 + around.x1) / 2, rule + metrics.air * 1.4 + extent.height / 2)
    yield pen.label(diagram.formula, middle, size, "ink", display=True, classes=("formula",))
