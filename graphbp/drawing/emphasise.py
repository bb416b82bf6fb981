"""One placed picture told in steps: what is found now is lit, what is known is done, the rest is to come.

Positions never move between the pictures of one scene.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from graphbp.derive.steps import Touches
from graphbp.drawing.geometry import Point, Rect, Segment, along, flattened
from graphbp.drawing.scene import Arrow, HalfDisc, Label, Path, Rectangle, Scene, Shape, moved

GLOW = 5.0
"""How much wider than its arrow the band behind a lit arrow is."""

Edge = tuple[str, str]


def emphasise(scene: Scene, touches: Touches, done: Collection[str] = ()) -> Scene:
    """The scene as it looks at one step; `done` are the nodes whose gradients are known already."""
    painter = _Painter(scene, touches, frozenset(done) - {touches.focus})
    return scene.with_shapes([*painter.behind(), *painter.front()])


@dataclass(frozen=True)
class _Painter:
    scene: Scene
    touches: Touches
    done: frozenset[str]

    # What each part is

    def lit(self, part: str) -> bool:
        return bool(part) and part == self.touches.focus

    def role(self, shape: Shape) -> str:
        """The style of a node's shape or label."""
        if self.lit(shape.part):
            return "lit"
        if shape.part in self.done:
            return "done"
        return shape.role if shape.part in self.touches.nodes else "pending"

    def carries(self, arrow: Arrow) -> bool:
        """Whether gradient flows along the arrow in this step."""
        return arrow.ends in self.touches.edges

    def weighs(self, arrow: Arrow) -> bool:
        """Whether the step is about the arrow's own weight."""
        return bool(arrow.via) and arrow.via == self.touches.focus

    def flowed(self, arrow: Arrow) -> bool:
        """Whether gradient has come down the arrow before."""
        source, target = arrow.ends
        return source in self.done and (target in self.done or not target)

    # Drawing

    def behind(self) -> Iterator[Shape]:
        """Bands behind the lit arrows."""
        for arrow in self.scene.arrows():
            if self.carries(arrow) or self.weighs(arrow):
                yield Path(
                    role="glow",
                    part=arrow.part,
                    classes=("glow",),
                    width=arrow.width + GLOW * _unit(arrow),
                    line=arrow.line,
                    curved=arrow.curved,
                )

    def front(self) -> Iterator[Shape]:
        """Everything else, lit parts last so that their borders lie on top."""
        shown = [made for shape in self.scene.shapes for made in self.paint(shape)]
        nodes = [shape for shape in shown if not isinstance(shape, Label)]
        yield from sorted(nodes, key=lambda shape: {"lit": 2, "done": 1}.get(shape.role, 0))
        yield from self.arcs()
        yield from (shape for shape in shown if isinstance(shape, Label))

    def paint(self, shape: Shape) -> Iterator[Shape]:
        if isinstance(shape, Arrow):
            if "bias" not in shape.classes or self.weighs(shape):
                yield self.arrow(shape)
        elif "weight" in shape.classes:
            yield from self.weight(shape)
        elif "bias" in shape.classes:
            if shape.part in (self.touches.focus, *self.touches.nodes):
                yield replace(shape, role="lit" if self.lit(shape.part) else shape.role)
        elif "heading" in shape.classes or "note" in shape.classes:
            yield replace(shape, role="muted")
        else:
            role = self.role(shape)
            yield replace(
                shape, role=role, width=shape.width * (1.5 if role == "lit" else 1.15 if role == "done" else 1.0)
            )

    def arrow(self, arrow: Arrow) -> Arrow:
        gaps = tuple(ground for ground, _ in _centred(arrow))
        if self.weighs(arrow):
            return replace(arrow, role="parameter", width=arrow.width * 1.7, gaps=gaps)
        if self.carries(arrow):
            return replace(_turned(arrow), role="backward", width=arrow.width * 1.5, gaps=gaps)
        if self.flowed(arrow):
            return replace(_turned(arrow), role="backward", width=arrow.width * 1.2, gaps=())
        return replace(arrow, role="muted", gaps=())

    def weight(self, shape: Shape) -> Iterator[Shape]:
        """A weight's name is shown where the step needs it, in a box on its arrow."""
        if not isinstance(shape, Label):
            return
        arrow = next((arrow for arrow in self.scene.arrows() if arrow.via == shape.part), None)
        if arrow and arrow.gaps and (self.weighs(arrow) or self.carries(arrow)):
            ((ground, (dx, dy)),) = _centred(arrow)
            role = "lit" if self.weighs(arrow) else "bias"
            looks = {"role": role, "part": shape.part, "classes": ("weight",), "width": arrow.width}
            yield Rectangle.of(ground, **looks, radius=2 * _unit(arrow))
            yield moved(replace(shape, role=role), dx, dy)

    def arcs(self) -> Iterator[Shape]:
        """Gradient that flows within one circle, from the activation back to the sum, bows over it."""
        halves = {
            shape.part: shape
            for shape in self.scene.shapes
            if isinstance(shape, HalfDisc | Rectangle) and "node" in shape.classes
        }
        for source, target in self.touches.edges:
            left, right = halves.get(source), halves.get(target)
            if left and right and not any(arrow.ends == (source, target) for arrow in self.scene.arrows()):
                yield from _bow(_top(right), _top(left), f"{source}->{target}", left.width)


def _unit(arrow: Arrow) -> float:
    """The scale of the picture, read off its arrows."""
    return arrow.head[0] / 8.0


def _centred(arrow: Arrow) -> Iterator[tuple[Rect, Point]]:
    """A place for the arrow's label where it hides neither end, and how far the label moves to get there."""
    segments = flattened(arrow.line, arrow.curved)
    x, y = along(segments[len(segments) // 2], 0.0 if len(segments) > 1 else 0.5)
    for gap in arrow.gaps[:1]:
        old_x, middle = (gap.x0 + gap.x1) / 2, (gap.y0 + gap.y1) / 2
        old_y = _height_at(segments, old_x)
        height = gap.y1 - gap.y0 + 2 * abs(middle - old_y)
        yield Rect.centred(x, y, gap.x1 - gap.x0, height), (x - old_x, y - old_y)


def _height_at(segments: Sequence[Segment], x: float) -> float:
    """The height of a line above a point of the picture's width."""
    for (x0, y0), (x1, y1) in segments:
        if min(x0, x1) <= x <= max(x0, x1) and x0 != x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return segments[0][0][1]


def _turned(arrow: Arrow) -> Arrow:
    return replace(arrow, line=tuple(reversed(arrow.line)))


def _top(shape: HalfDisc | Rectangle) -> Point:
    """Where a bow touches a half: above the middle of its lettering."""
    if isinstance(shape, Rectangle):
        return shape.x + shape.w / 2, shape.y
    side = -1 if shape.side == "left" else 1
    return shape.x + side * 0.5 * shape.r, shape.y - math.sqrt(0.75) * shape.r


def bow_height(span: float) -> float:
    """How far a bow of that span rises above its ends."""
    return span * 0.7


def _bow(start: Point, end: Point, part: str, width: float) -> Iterator[Shape]:
    span = abs(start[0] - end[0])
    lift = bow_height(span) / 0.75
    line = (start, (start[0] + span * 0.05, start[1] - lift), (end[0] - span * 0.05, end[1] - lift), end)
    head = (width * 6.6, width * 5.0)
    yield Path(role="glow", part=part, classes=("glow",), width=width * 6, line=line, curved=True)
    yield Arrow(role="backward", part=part, classes=("link",), width=width * 1.3, line=line, curved=True, head=head)
