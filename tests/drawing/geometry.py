"""What may not happen in a picture: labels over labels, lines, borders of boxes or the paper's edge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from graphbp.drawing.geometry import Rect, Segment, bezier
from graphbp.drawing.scene import Arrow, Label, Path, Scene, Shape

SLACK = 0.4
QUIET = {"band", "ghost", "glow", "muted"}
"""Roles that lie pale behind everything; labels may stand on them."""


def ink(label: Label) -> Rect:
    """What the label covers, a hair smaller."""
    return Rect(label.x, label.y - label.ascent, label.x + label.span, label.y + label.descent).grown(-SLACK)


def segments(shape: Shape) -> Iterator[Segment]:
    """The visible contour in short straight pieces, an arrow's head included."""
    at = (0.0, 0.0)
    start = at
    for name, points in shape.outline():
        if name == "M":
            start = points[0]
        elif name == "L":
            yield at, points[0]
        elif name == "C":
            steps = [bezier((at, *points), k / 24) for k in range(25)]
            yield from pairwise(steps)
        elif name == "Z":
            yield at, start
        at = points[-1] if points else start
    if isinstance(shape, Arrow):
        tip = shape.tip()
        yield from zip(tip, (*tip[1:], tip[0]), strict=True)


def collisions(scene: Scene) -> list[str]:
    """Every collision, in words."""
    labels = scene.labels()
    return [*_paper(scene), *_pairs(labels), *_lines(scene, labels)]


def _paper(scene: Scene) -> Iterator[str]:
    for label in scene.labels():
        rect = ink(label)
        if rect.x0 < 0 or rect.y0 < 0 or rect.x1 > scene.width or rect.y1 > scene.height:
            yield f"{name(label)} leaves the paper"


def _pairs(labels: tuple[Label, ...]) -> Iterator[str]:
    for place, label in enumerate(labels):
        for other in labels[place + 1 :]:
            if ink(label).meets(ink(other)):
                yield f"{name(label)} meets {name(other)}"


def _lines(scene: Scene, labels: tuple[Label, ...]) -> Iterator[str]:
    drawn = [
        shape for shape in scene.shapes if not isinstance(shape, Label) and shape.role not in QUIET and shape.width
    ]
    for shape in drawn:
        pieces = list(segments(shape))
        for label in labels:
            rect = ink(label)
            if any(rect.inside(piece) for piece in pieces):
                kind = "line" if isinstance(shape, Arrow | Path) else "border"
                yield f"{name(label)} on the {kind} of {shape.part or shape.role}"


def name(label: Label) -> str:
    """How a label is called in messages."""
    return f"label {label.content!r:.60} of {label.part or 'the picture'}"
