"""The frame of a chart: which numbers it spans, where they stand on paper, and the ticks along its sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphbp.drawing.geometry import Point, Rect
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.scene import Content, Path, Rectangle, Shape
from graphbp.notation.tree import Number

WIDTH, HEIGHT = 600.0, 400.0
"""The chart's size in points: beside labels, legend and formula it fills a slide."""

TICKS = 6
"""About how many ticks a side has."""


@dataclass(frozen=True)
class Frame:
    """Numbers from `low` to `high` along both sides, on paper from the top left corner (0, 0)."""

    low: tuple[float, float]
    high: tuple[float, float]
    width: float = WIDTH
    height: float = HEIGHT

    @classmethod
    def alike(cls, points: np.ndarray, margin: float) -> Frame:
        """The frame around points with one scale along both sides, so that right angles stay right angles."""
        low, high = points.min(axis=0), points.max(axis=0)
        spans = (high - low) * (1 + 2 * margin)
        unit = max(spans[0] / WIDTH, spans[1] / HEIGHT) or 2 / HEIGHT
        half = np.array([WIDTH, HEIGHT]) * unit / 2
        middle = (low + high) / 2
        return cls(tuple(middle - half), tuple(middle + half))

    @classmethod
    def around(cls, points: np.ndarray, margin: tuple[float, float]) -> Frame:
        """The frame around points, each side at a scale of its own."""
        low, high = points.min(axis=0), points.max(axis=0)
        spans = np.where(high > low, high - low, 1.0) * np.array(margin)
        return cls(tuple(low - spans), tuple(high + spans))

    @property
    def rect(self) -> Rect:
        """The frame on paper."""
        return Rect(0, 0, self.width, self.height)

    def at(self, point: Sequence[float] | np.ndarray) -> Point:
        """Where a pair of numbers stands on paper."""
        (x0, y0), (x1, y1) = self.low, self.high
        across, up = (point[0] - x0) / (x1 - x0), (point[1] - y0) / (y1 - y0)
        return float(across * self.width), float((1 - up) * self.height)

    def ticks(self, side: Literal[0, 1]) -> list[float]:
        """Round numbers along a side."""
        from matplotlib.ticker import MaxNLocator

        low, high = self.low[side], self.high[side]
        return [
            float(round(tick, 12))
            for tick in MaxNLocator(TICKS, steps=[1, 2, 5, 10]).tick_values(low, high)
            if low <= tick <= high
        ]

    def grid(self, columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """The numbers along both sides at which the loss is computed."""
        return np.linspace(self.low[0], self.high[0], columns), np.linspace(self.low[1], self.high[1], rows)


def draw_frame(frame: Frame, names: tuple[Content, Content], pen: Pen, metrics: Metrics) -> Iterator[Shape]:
    """The border, the ticks with their numbers, and what is counted along each side."""
    rect = frame.rect
    yield Rectangle.of(rect, role="axis", classes=("axis",), width=metrics.line)
    for tick in frame.ticks(0):
        x, _ = frame.at((tick, frame.low[1]))
        yield _tick((x, rect.y1), (x, rect.y1 + metrics.pad * 2), metrics)
        at = (x, rect.y1 + metrics.text * 1.2)
        yield pen.label(Number(tick), at, metrics.small, "remark", axis=False, classes=("tick",))
    widest = 0.0
    for tick in frame.ticks(1):
        _, y = frame.at((frame.low[0], tick))
        yield _tick((rect.x0, y), (rect.x0 - metrics.pad * 2, y), metrics)
        at = (rect.x0 - metrics.pad * 3.5, y)
        label = pen.label(Number(tick), at, metrics.small, "remark", side="right", classes=("tick",))
        widest = max(widest, label.span)
        yield label
    middle = ((rect.x0 + rect.x1) / 2, rect.y1 + metrics.text * 2.6)
    yield pen.label(names[0], middle, metrics.text, "ink", axis=False, classes=("axis",))
    left = (rect.x0 - widest - metrics.text * 1.1, (rect.y0 + rect.y1) / 2)
    yield pen.label(names[1], left, metrics.text, "ink", side="right", classes=("axis",))


def _tick(start: Point, end: Point, metrics: Metrics) -> Path:
    return Path(role="axis", width=metrics.line * 0.8, line=(start, end), classes=("tick",))
