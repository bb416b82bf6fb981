"""Wires: where they leave and arrive, how they get past what is in their way, and what stands on them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from graphbp.drawing.geometry import Rect, Segment, along, beside, flattened, length, smooth
from graphbp.drawing.scene import Arrow, Point

PORT_TURN = 0.55
NEAR_SOURCE = (0.27, 0.3, 0.24, 0.33, 0.21, 0.37, 0.42, 0.18, 0.66, 0.7, 0.62, 0.74, 0.47, 0.56, 0.78, 0.15)
MIDDLE = (0.5, 0.6, 0.56, 0.64, 0.44, 0.68, 0.4, 0.36, 0.72, 0.32, 0.28, 0.76, 0.24, 0.8, 0.2)


@dataclass(frozen=True, slots=True)
class Wire:
    """A routed line; straight pieces, or cubic curves."""

    line: tuple[Point, ...]
    curved: bool

    @property
    def segments(self) -> list[Segment]:
        """The wire in straight pieces."""
        return flattened(self.line, self.curved)


def barbs(wire: Wire, head: tuple[float, float]) -> list[Segment]:
    """The sides of the head at the wire's end."""
    tip = Arrow(role="forward", line=wire.line, curved=wire.curved, head=head).tip()
    return [(tip[0], tip[1]), (tip[0], tip[3])]


def round_port(x: float, y: float, r: float, towards: Point) -> Point:
    """The point of a circle where a line towards the other end leaves: less turned than the line itself.

    So fans leave from the side of the circle that faces the next column.
    """
    angle = math.atan2(towards[1] - y, abs(towards[0] - x)) * PORT_TURN
    side = 1 if towards[0] >= x else -1
    return x + side * r * math.cos(angle), y + r * math.sin(angle)


def box_port(rect: Rect, towards: Point) -> Point:
    """The point of a box's side where a line towards the other end leaves."""
    x, y = (rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2
    half_w, half_h = (rect.x1 - rect.x0) / 2, (rect.y1 - rect.y0) / 2
    slope = (towards[1] - y) / max(abs(towards[0] - x), 1e-6)
    rise = max(-half_h * 0.62, min(half_h * 0.62, slope * half_w * 0.8))
    return (rect.x1 if towards[0] >= x else rect.x0), y + rise


def route(start: Point, end: Point, through: Sequence[Point], obstacles: Iterable[Rect]) -> Wire:
    """Straight where that is free, else curved through the lanes kept for the wire."""
    straight = Wire((start, end), False)
    walls = list(obstacles)
    if not any(wall.inside((start, end)) for wall in walls):
        return straight
    if not through:
        return Wire(smooth((start, end)), True)
    return Wire(smooth((start, *through, end)), True)


def middle_places(
    wire: Wire,
    width: float,
    height: float,
    pad: float,
    head: float,
    shares: Sequence[float],
    shifts: Sequence[float] = (0.0,),
    sag: float = 0.0,
) -> Iterator[tuple[Rect, Point]]:
    """Where a label may stand on the wire: the first share first, clear of both ends; then a little higher or lower.

    `sag` is how far below the point the middle of the label's ink lies.
    """
    segments = [(segment, length(segment)) for segment in wire.segments]
    total = sum(long for _, long in segments)
    for shift, share in itertools.product(shifts, shares):
        x, y = _at(segments, share * total)
        point = (x, y + shift * height)
        rect = Rect.centred(x, y + shift * height + sag, width + 2 * pad, height + 2 * pad)
        inside = list(_crossed(segments, rect))
        if inside and min(inside) > pad and max(inside) < total - head - pad:
            yield rect, point


def _at(segments: Sequence[tuple[Segment, float]], distance: float) -> Point:
    for segment, long in segments:
        if distance <= long:
            return along(segment, distance / max(long, 1e-9))
        distance -= long
    return segments[-1][0][1]


def _crossed(segments: Sequence[tuple[Segment, float]], rect: Rect) -> Iterator[float]:
    """Distances from the start at which the line enters and leaves the rectangle."""
    done = 0.0
    for segment, long in segments:
        hit = rect.inside(segment) if beside(rect, segment) else None
        if hit:
            yield done + hit[0] * long
            yield done + hit[1] * long
        done += long
