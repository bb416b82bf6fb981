"""Plane geometry for placing: rectangles, segments, and whether they meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Segment = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Rect:
    """Left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, points: Iterable[Point]) -> Rect:
        """The smallest rectangle that holds all points."""
        xs, ys = zip(*points, strict=True)
        return cls(min(xs), min(ys), max(xs), max(ys))

    @classmethod
    def centred(cls, x: float, y: float, width: float, height: float) -> Rect:
        """The rectangle of that size around a point."""
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    def grown(self, by: float) -> Rect:
        """The rectangle with a margin."""
        return Rect(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def corners(self) -> tuple[Point, ...]:
        """Top left and bottom right."""
        return (self.x0, self.y0), (self.x1, self.y1)

    def joined(self, other: Rect) -> Rect:
        """The smallest rectangle that holds both."""
        return Rect(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def meets(self, other: Rect) -> bool:
        """Whether the insides overlap."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def holds(self, other: Rect) -> bool:
        """Whether the other lies inside."""
        return self.x0 <= other.x0 and self.y0 <= other.y0 and other.x1 <= self.x1 and other.y1 <= self.y1

    def overlap(self, other: Rect) -> float:
        """The common area."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return width * height if width > 0 and height > 0 else 0.0

    def inside(self, segment: Segment) -> tuple[float, float] | None:
        """From where to where (shares of its length) the segment runs inside, or None (Liang–Barsky)."""
        (x, y), (x1, y1) = segment
        start, end = 0.0, 1.0
        for step, low, high in ((x1 - x, self.x0 - x, self.x1 - x), (y1 - y, self.y0 - y, self.y1 - y)):
            if abs(step) < 1e-9:
                if low >= 0 or high <= 0:
                    return None
                continue
            enter, leave = sorted((low / step, high / step))
            start, end = max(start, enter), min(end, leave)
        return (start, end) if start < end else None


def beside(rect: Rect, segment: Segment) -> bool:
    """Whether the segment is near enough to be looked at closely."""
    (x0, y0), (x1, y1) = segment
    if (x0 < rect.x0 and x1 < rect.x0) or (x0 > rect.x1 and x1 > rect.x1):
        return False
    return not ((y0 < rect.y0 and y1 < rect.y0) or (y0 > rect.y1 and y1 > rect.y1))


def length(segment: Segment) -> float:
    """How long the segment is."""
    return math.dist(*segment)


def along(segment: Segment, share: float) -> Point:
    """The point at a share of the way."""
    (x0, y0), (x1, y1) = segment
    return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share


def flattened(line: Sequence[Point], curved: bool, pieces: int = 24) -> list[Segment]:
    """A polyline, or a chain of cubic curves, as short segments."""
    points = list(line)
    if curved:
        points = [line[0]]
        for place in range(0, len(line) - 1, 3):
            points += [bezier(line[place : place + 4], step / pieces) for step in range(1, pieces + 1)]
    return list(pairwise(points))


def bezier(controls: Sequence[Point], share: float) -> Point:
    """The point of a cubic curve."""
    a, b, c, d = controls
    weights = ((1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3)
    return (
        sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
        sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
    )


def smooth(points: Sequence[Point]) -> tuple[Point, ...]:
    """Cubic curves through the points that leave and arrive level and run level past each point between."""
    line: list[Point] = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        reach = (x1 - x0) * 0.45
        line += [(x0 + reach, y0), (x1 - reach, y1), (x1, y1)]
    return tuple(line)


def rounded(points: Sequence[Point], radius: float) -> tuple[Point, ...]:
    """A polyline with quarter turns at its corners, as a chain of cubic curves."""
    line: list[Point] = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = (
            along((corner, end), min(radius / max(length((corner, end)), 1e-9), 0.5)) for end in (before, after)
        )
        line += [line[-1], near, near, corner, corner, far]
    return (*line, line[-1], points[-1], points[-1])


def runs(line: Sequence[Point], curved: bool, gaps: Sequence[Rect]) -> list[list[Point]]:
    """The stretches of a line that lie outside the gaps, as polylines."""
    found: list[list[Point]] = [[line[0]]]
    for segment in flattened(line, curved):
        holes = sorted(hit for gap in gaps if (hit := gap.inside(segment)))
        for start, end in holes:
            if start > 0:
                found[-1].append(along(segment, start))
            found.append([along(segment, end)] if end < 1 else [])
        if not holes or holes[-1][1] < 1:
            found[-1].append(segment[1])
    return [run for run in found if len(run) > 1]
