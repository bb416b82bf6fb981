"""Labels with their measured size, and the place that each finds among lines and boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from graphbp.drawing.geometry import Rect, Segment, beside
from graphbp.drawing.measure import Extent, Ruler, Text
from graphbp.drawing.scene import Content, Label, Point

AXIS = 0.25
"""The height of the fraction bar and the minus sign above the baseline, in text sizes."""

_TALL = 1.3


def ink(label: Label) -> Rect:
    """What the label covers."""
    return Rect(label.x, label.y - label.ascent, label.x + label.span, label.y + label.descent)


@dataclass(frozen=True)
class Pen:
    """Makes labels."""

    ruler: Ruler

    def extent(
        self, content: Content, size: float, *, bold: bool = False, display: bool = False, linear: bool = False
    ) -> Extent:
        """How large the label will be."""
        return self.ruler.extent(Text(content, size, bold, display, linear))

    def label(
        self,
        content: Content,
        at: Point,
        size: float,
        role: str,
        *,
        side: Literal["left", "middle", "right"] = "middle",
        axis: bool = True,
        part: str = "",
        classes: tuple[str, ...] = (),
        bold: bool = False,
        display: bool = False,
        linear: bool = False,
    ) -> Label:
        """A label whose left end, middle or right end is at the point.

        With `axis` the height of its minus sign is there (of a tall formula the middle), without it the baseline.
        """
        extent = self.extent(content, size, bold=bold, display=display, linear=linear)
        x = at[0] - extent.span * {"left": 0.0, "middle": 0.5, "right": 1.0}[side]
        y = at[1] + (rise(extent, size) if axis else 0.0)
        return Label(
            role=role,
            part=part,
            classes=classes,
            content=content,
            x=x,
            y=y,
            size=size,
            span=extent.span,
            ascent=extent.ascent,
            descent=extent.descent,
            bold=bold,
            display=display,
            linear=linear,
        )


def rise(extent: Extent, size: float) -> float:
    """How far the baseline lies below the line on which the label is centred."""
    if extent.height > _TALL * size:
        return (extent.ascent - extent.descent) / 2
    return (AXIS + 0.02) * size


def sag(extent: Extent, size: float) -> float:
    """How far below the line, on which a label is centred, the middle of its ink lies."""
    return rise(extent, size) - (extent.ascent - extent.descent) / 2


@dataclass
class Board:
    """What is taken already: rectangles and line segments, each with the part that it belongs to."""

    rects: list[tuple[Rect, str]] = field(default_factory=list)
    segments: list[tuple[Segment, str]] = field(default_factory=list)

    def block(self, rect: Rect, part: str = "") -> None:
        """Take a rectangle."""
        self.rects.append((rect, part))

    def rule(self, segments: Iterable[Segment], part: str) -> None:
        """Take a line."""
        self.segments += [(segment, part) for segment in segments]

    def trouble(self, rect: Rect, own: str = "") -> float:
        """How badly a rectangle would sit there: 0 is free; the own line may run through it."""
        area = sum(rect.overlap(other) for other, _ in self.rects)
        lines = sum(1 for segment, part in self.segments if part != own and rect.inside(segment))
        return area + 1000.0 * lines

    def first_free(self, places: Iterable[tuple[Rect, Point]], own: str = "") -> tuple[Rect, Point] | None:
        """The first of the places where nothing is in the way."""
        return next((place for place in places if self.free(place[0], own)), None)

    def free(self, rect: Rect, own: str = "") -> bool:
        """Whether nothing is in the way of a rectangle."""
        if any(rect.meets(other) for other, _ in self.rects):
            return False
        return not any(
            part != own and beside(rect, segment) and rect.inside(segment) for segment, part in self.segments
        )
