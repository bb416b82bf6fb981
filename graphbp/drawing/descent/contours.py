"""Contour lines of a loss, with its value on some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from graphbp.drawing.descent.frame import Frame
from graphbp.drawing.geometry import Point, Rect, runs
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Board, Pen, ink
from graphbp.drawing.scene import Label, Path, Shape
from graphbp.notation.tree import Number

LEVELS = 14
"""About how many contour lines there are."""

LABELLED = 3
"""One line in so many carries its number."""

PLACES = tuple(step / 20 for step in (10, 7, 13, 4, 16, 9, 11, 6, 14, 3, 17, 2, 18))
"""Shares of a line at which its number looks for room."""

SHORTEST = 12
"""Points of the shortest line that bears a number."""


def levels(losses: np.ndarray) -> np.ndarray:
    """Losses whose lines lie about as far from each other everywhere: in a bowl these grow as squares do."""
    known = losses[np.isfinite(losses)]
    if not known.size or known.min() == known.max():
        return np.array([])
    low, high = known.min(), known.max()
    found = low + (high - low) * (np.arange(1, LEVELS) / LEVELS) ** 2
    quantum = 10.0 ** np.floor(np.log10(found[1] - found[0]))
    return np.round(found / quantum) * quantum  # type: ignore[no-any-return]


def contours(
    frame: Frame, losses: np.ndarray, pen: Pen, metrics: Metrics, board: Board, names: Sequence[Rect]
) -> Iterator[Shape]:
    """The lines on which the loss, known on the frame's grid, is the same; some carry it where the board has room.

    Lines are broken where names stand.
    """
    from contourpy import LineType, contour_generator

    x, y = frame.grid(losses.shape[1], losses.shape[0])
    found = contour_generator(x, y, np.ma.masked_invalid(losses), line_type=LineType.Separate)
    heights = levels(losses)
    for count, level in enumerate(heights):
        lines = [tuple(frame.at(point) for point in np.asarray(line)) for line in found.lines(level)]
        label = _label(level, lines, frame, pen, metrics, board) if (len(heights) - count) % LABELLED == 0 else None
        gaps = (*names, *([ink(label).grown(metrics.pad)] if label else ()))
        for line in lines:
            for run in runs(line, False, gaps):
                yield Path(role="contour", classes=("contour",), width=metrics.line * 0.7, line=tuple(run))
        yield from (label,) if label else ()


def _label(
    level: float, lines: Sequence[Sequence[Point]], frame: Frame, pen: Pen, metrics: Metrics, board: Board
) -> Label | None:
    """The number on the longest line, at the first place that is free."""
    line = max(lines, key=len, default=())
    inside = frame.rect.grown(-metrics.text)
    for share in PLACES if len(line) > SHORTEST else ():
        at = line[int(share * (len(line) - 1))]
        label = pen.label(Number(level), at, metrics.small, "remark", classes=("level",))
        room = ink(label).grown(metrics.pad)
        if inside.holds(room) and board.free(room):
            board.block(room)
            return label
    return None
