"""The line above a picture that says what solid and dashed mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.scene import Arrow, Shape


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
