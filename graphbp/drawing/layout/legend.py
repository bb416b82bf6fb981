"""What lines mean, in a row above the picture, and what boxes mean, in a row below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphbp.drawing.diagram import Key
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.scene import Arrow, HalfDisc, Path, Rectangle, Shape, moved


@dataclass(frozen=True, slots=True)
class Entry:
    """One sample arrow and its words; forward ones point to the right."""

    role: str
    words: str
    forward: bool = False


def legend(entries: Sequence[Entry], pen: Pen, metrics: Metrics, around: Rect) -> Iterator[Shape]:
    """The entries in one row above the rectangle, flush with its right side."""
    reach, step = metrics.text * 2.7, metrics.text * 1.6
    spans = [pen.extent((entry.words,), metrics.small).span for entry in entries]
    x = around.x1 - sum(spans) - len(entries) * (reach + metrics.text * 0.6) - (len(entries) - 1) * step
    y = around.y0 - metrics.text * 1.5
    for entry, span in zip(entries, spans, strict=True):
        ends = ((x, y), (x + reach, y)) if entry.forward else ((x + reach, y), (x, y))
        wide = entry.role == "band"
        width = metrics.line * (6 if wide else 1.2 if entry.forward else 1.45)
        head = (width * 2.0, width * 2.7) if wide else metrics.head
        yield Arrow(role=entry.role, width=width, line=ends, head=head, classes=("legend",))
        role = "remark" if wide or len({e.role for e in entries} & {"band"}) else entry.role
        yield pen.label(
            (entry.words,), (x + reach + metrics.text * 0.6, y), metrics.small, role, side="left", classes=("legend",)
        )
        x += reach + metrics.text * 0.6 + span + step


def keys(entries: Sequence[Key], pen: Pen, metrics: Metrics, around: Rect) -> Iterator[Shape]:
    """Entries under a rule below the rectangle: a unit in small, a weight, a bias, each with its words."""
    rule = around.y1 + metrics.air * 1.1
    yield Path(role="rule", width=metrics.line * 0.7, line=((around.x0, rule), (around.x1, rule)))
    x, y = around.x0, rule + metrics.text * 1.9
    for entry in entries:
        sample, width = _sample(entry, pen, metrics)
        yield from (moved(shape, x, y) for shape in sample)
        at = (x + width + metrics.text * 0.5, y)
        label = pen.label(entry.content, at, metrics.text, "ink", side="left", classes=("legend",))
        yield label
        x = at[0] + label.span + metrics.text * 2


def _sample(entry: Key, pen: Pen, metrics: Metrics) -> tuple[list[Shape], float]:
    """The thing itself, its left end at the origin, and how wide it is."""
    r = metrics.text * 1.15
    look: dict[str, Any] = {"width": metrics.line, "classes": ("legend",)}
    if entry.kind == "unit":
        z, a = entry.letters
        halves: list[Shape] = [
            HalfDisc(role="sum", x=r, y=0, r=r, side="left", **look),
            HalfDisc(role="activation", x=r, y=0, r=r, side="right", **look),
        ]
        size = metrics.small * 0.92
        letters = [pen.label(c, (r * k, 0), size, "ink", classes=("legend",)) for c, k in ((z, 0.54), (a, 1.46))]
        return [*halves, *letters], 2 * r
    role = "backward" if entry.kind == "upstream" else "parameter"
    label = pen.label(entry.letters[0], (0, 0), metrics.text, role, side="left", classes=("legend",))
    if entry.kind in ("weight", "upstream"):
        return [label], label.span
    width, height = label.span + metrics.text * 0.7, metrics.text * 1.35
    box = Rectangle(role="bias", x=0, y=-height / 2, w=width, h=height, radius=metrics.pad, **look)
    return [box, moved(label, metrics.text * 0.35, 0)], width
