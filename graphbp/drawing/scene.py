"""A picture, placed: shapes in points from the top left corner, y downward, and labels that hold notation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from graphbp.drawing.geometry import Point as Point
from graphbp.drawing.geometry import Rect, runs
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Expr

Content = Expr | Equation | Prose
Command = tuple[str, tuple[Point, ...]]
"""("M", p), ("L", p), ("C", (control, control, p)) or ("Z", ())."""

KAPPA = 4 * (math.sqrt(2) - 1) / 3
NOTCH = 0.72
SHAFT_END = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Anything drawn.

    `role` names its style, `part` the node ("z1") or edge ("a1->z3") that it belongs to, and
    `classes` say what it is of that part (node, link, weight, gradient).
    """

    role: str
    part: str = ""
    classes: tuple[str, ...] = ()
    width: float = 1.2

    def outline(self) -> tuple[Command, ...]:
        """The contour as moves, lines and cubic curves."""
        raise NotImplementedError

    def points(self) -> Iterator[Point]:
        """All points of the contour, control points included."""
        return (point for _, points in self.outline() for point in points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle(Shape):
    """A box; `rounded` names the corners that are."""

    x: float
    y: float
    w: float
    h: float
    radius: float = 0.0
    rounded: Literal["all", "top", "bottom"] = "all"

    @classmethod
    def of(cls, rect: Rect, **looks: Any) -> Rectangle:
        """The rectangle as a shape."""
        return cls(x=rect.x0, y=rect.y0, w=rect.x1 - rect.x0, h=rect.y1 - rect.y0, **looks)

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        left, top, right, bottom = self.x, self.y, self.x + self.w, self.y + self.h
        above = self.radius if self.rounded != "bottom" else 0.0
        below = self.radius if self.rounded != "top" else 0.0
        corners = (
            (left, top, above, 0, 1),
            (right, top, above, -1, 0),
            (right, bottom, below, 0, -1),
            (left, bottom, below, 1, 0),
        )
        commands: list[Command] = []
        for x, y, radius, dx, dy in corners:
            commands += _corner((x, y), (x + radius * dx, y + radius * dy), (x + radius * dy, y - radius * dx))
        first = commands[0]
        return (("M", first[1]), *commands[1:], ("Z", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle(Shape):
    """A disc."""

    x: float
    y: float
    r: float

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        return (*_arc(self.x, self.y, self.r, 0, 4), ("Z", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfDisc(Shape):
    """The left or right half of a disc."""

    x: float
    y: float
    r: float
    side: Literal["left", "right"]

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        return (*_arc(self.x, self.y, self.r, 1 if self.side == "left" else 3, 2), ("Z", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon(Shape):
    """Straight sides through the corners."""

    corners: tuple[Point, ...]

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        return (*_lines(self.corners), ("Z", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Shape):
    """An open line; with `curved` the points are one start and then (control, control, end) again and again."""

    line: tuple[Point, ...]
    curved: bool = False

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        return _curve(self.line) if self.curved else _lines(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow(Shape):
    """A line with a head at its end, and the two parts that it joins in forward direction.

    `via` names the parameter that the arrow stands for, if it does; `gaps` are left open for labels.
    """

    line: tuple[Point, ...]
    curved: bool = False
    head: tuple[float, float] = (11.0, 8.0)
    ends: tuple[str, str] = ("", "")
    via: str = ""
    gaps: tuple[Rect, ...] = ()

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        shaft = (*self.line[:-1], self._back(SHAFT_END))
        if self.gaps:
            return tuple(command for run in runs(shaft, self.curved, self.gaps) for command in _lines(tuple(run)))
        return _curve(shaft) if self.curved else _lines(shaft)

    def points(self) -> Iterator[Point]:
        """The shaft's points and the tip."""
        yield from self.line

    def _direction(self) -> Point:
        (x0, y0), (x1, y1) = next(p for p in reversed(self.line[:-1]) if p != self.line[-1]), self.line[-1]
        length = math.hypot(x1 - x0, y1 - y0)
        return (x1 - x0) / length, (y1 - y0) / length

    def _back(self, share: float, aside: float = 0.0) -> Point:
        (x, y), (dx, dy) = self.line[-1], self._direction()
        length, breadth = self.head[0] * share, self.head[1] * aside
        return x - dx * length - dy * breadth, y - dy * length + dx * breadth

    def tip(self) -> tuple[Point, ...]:
        """The corners of the head."""
        return (self.line[-1], self._back(1, 0.5), self._back(NOTCH), self._back(1, -0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(Shape):
    """Words and formulas: `x` is the left end, `y` the baseline; the extent was measured.

    `display` sets fractions large, `linear` writes derivatives with a slash.
    """

    content: Content
    x: float
    y: float
    size: float
    span: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0
    bold: bool = False
    display: bool = False
    linear: bool = False

    def outline(self) -> tuple[Command, ...]:
        """The polygon that the shape covers."""
        left, right, top, bottom = self.x, self.x + self.span, self.y - self.ascent, self.y + self.descent
        return (*_lines(((left, top), (right, top), (right, bottom), (left, bottom))), ("Z", ()))


@dataclass(frozen=True, slots=True)
class Scene:
    """A finished picture, with what a screen reader says of it and the names its labels are written with.

    `notes` tell whoever asked for the picture what it does not show.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""
    description: str = ""
    names: Names = field(default_factory=Names)
    numbers: NumberStyle = field(default_factory=NumberStyle)
    notes: tuple[str, ...] = ()

    def labels(self) -> tuple[Label, ...]:
        """All labels, in drawing order."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Label))

    def arrows(self) -> tuple[Arrow, ...]:
        """All arrows, in drawing order."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Arrow))

    def scaled(self, factor: float) -> Scene:
        """The same picture, larger or smaller, its text and lines too."""
        shapes = tuple(_scaled(shape, factor) for shape in self.shapes)
        return replace(self, width=self.width * factor, height=self.height * factor, shapes=shapes)

    def with_shapes(self, shapes: Iterable[Shape]) -> Scene:
        """The same paper with other shapes on it."""
        return replace(self, shapes=tuple(shapes))


_LENGTHS = ("width", "x", "y", "w", "h", "r", "radius", "size", "span", "ascent", "descent")


def _scaled(shape: Shape, factor: float) -> Shape:
    changes: dict[str, object] = {name: getattr(shape, name) * factor for name in _LENGTHS if hasattr(shape, name)}
    for name in ("corners", "line"):
        if hasattr(shape, name):
            changes[name] = tuple((x * factor, y * factor) for x, y in getattr(shape, name))
    if isinstance(shape, Arrow):
        changes["head"] = (shape.head[0] * factor, shape.head[1] * factor)
        changes["gaps"] = _moved_gaps(shape.gaps, 0, 0, factor)
    return replace(shape, **changes)  # type: ignore[arg-type]


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape shifted."""
    changes: dict[str, object] = {
        name: getattr(shape, name) + d for name, d in (("x", dx), ("y", dy)) if hasattr(shape, name)
    }
    for name in ("corners", "line"):
        if hasattr(shape, name):
            changes[name] = tuple((x + dx, y + dy) for x, y in getattr(shape, name))
    if isinstance(shape, Arrow):
        changes["gaps"] = _moved_gaps(shape.gaps, dx, dy)
    return replace(shape, **changes)  # type: ignore[arg-type]


def _moved_gaps(gaps: tuple[Rect, ...], dx: float, dy: float, factor: float = 1.0) -> tuple[Rect, ...]:
    return tuple(Rect(g.x0 * factor + dx, g.y0 * factor + dy, g.x1 * factor + dx, g.y1 * factor + dy) for g in gaps)


def _lines(points: tuple[Point, ...]) -> tuple[Command, ...]:
    return (("M", points[:1]), *(("L", (point,)) for point in points[1:]))


def _curve(points: tuple[Point, ...]) -> tuple[Command, ...]:
    return (("M", points[:1]), *(("C", points[i : i + 3]) for i in range(1, len(points), 3)))


def _corner(corner: Point, before: Point, after: Point) -> list[Command]:
    """A quarter turn from `before` to `after`; the first command is where it starts."""
    if before == after:
        return [("L", (corner,))]
    controls = tuple((p[0] + (corner[0] - p[0]) * KAPPA, p[1] + (corner[1] - p[1]) * KAPPA) for p in (before, after))
    return [("L", (before,)), ("C", (*controls, after))]


def _arc(x: float, y: float, r: float, start: int, quarters: int) -> tuple[Command, ...]:
    """A circle's quarters, clockwise on the screen; `start` counts quarter turns from the rightmost point."""
    directions = ((1, 0), (0, 1), (-1, 0), (0, -1))
    at = [(x + r * dx, y + r * dy) for dx, dy in directions]
    commands: list[Command] = [("M", (at[start],))]
    for turn in range(start, start + quarters):
        (ax, ay), (bx, by) = directions[turn % 4], directions[(turn + 1) % 4]
        a, b = at[turn % 4], at[(turn + 1) % 4]
        k = KAPPA * r
        commands.append(("C", ((a[0] + bx * k, a[1] + by * k), (b[0] + ax * k, b[1] + ay * k), b)))
    return tuple(commands)
