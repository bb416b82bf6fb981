"""Cards of the computation graph: name and value, formula, parameters inside, the gradient at the foot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from graphbp.drawing.diagram import Box, Cell
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.scene import Content, Path, Rectangle, Shape

RowKind = Literal["head", "formula", "folded", "strip"]
WIDEST_FORMULA = 9.5
"""Formulas wider than this many text sizes are left out of their card."""

ROUNDING = 0.24
"""The radius of a card's corners, in text sizes."""

HEIGHTS: dict[RowKind, float] = {"head": 1.72, "formula": 1.06, "folded": 1.32, "strip": 1.44}
"""Heights of rows in text sizes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card: what stands left, right, and in the coloured column at the far right."""

    kind: RowKind
    cell: Cell
    left: Content | None
    right: Content | None
    far: Content | None = None
    height: float = 0.0


@dataclass(frozen=True)
class Card:
    """A box with its rows and its size."""

    box: Box
    rows: tuple[Row, ...]
    width: float
    height: float
    far: float = 0.0

    def head_line(self, metrics: Metrics) -> float:
        """The middle of the first row, from the top."""
        return HEIGHTS["head"] * metrics.text / 2

    def strip_line(self, metrics: Metrics) -> float:
        """The middle of the gradient strip, from the top; the middle of the card where there is none."""
        return self.height - HEIGHTS["strip"] * metrics.text / 2 if self.rows[-1].kind == "strip" else self.height / 2


def card(box: Box, pen: Pen, metrics: Metrics) -> Card:
    """The card of a box, as small as its lettering allows."""
    rows = tuple(replace(row, height=_row_height(row, pen, metrics)) for row in _rows(box, pen, metrics))
    far = max((_span(row.far, pen, metrics.small) for row in rows if row.far is not None), default=0.0)
    width = max(_row_width(row, pen, metrics) for row in rows) + (far + metrics.text * 0.8 if far else 0.0) * any(
        row.far for row in rows
    )
    height = sum(row.height for row in rows)
    return Card(box, rows, max(width, metrics.text * 5.2), height, far)


def _rows(box: Box, pen: Pen, metrics: Metrics) -> Iterator[Row]:
    for place, cell in enumerate(box.cells):
        formula = (
            cell.formula
            if cell.formula is not None and _span(cell.formula, pen, metrics.small) <= WIDEST_FORMULA * metrics.text
            else None
        )
        right = cell.value if cell.value is not None else box.note if place == 0 else None
        if right is None and formula is not None:
            yield Row("head", cell, cell.name, formula)
        else:
            yield Row("head", cell, cell.name, right)
            if formula is not None:
                yield Row("formula", cell, None, formula)
        if place == 0:
            yield from (
                Row("folded", inner, inner.name, inner.value, inner.gradient_value or inner.gradient)
                for inner in box.folded
            )
        if cell.gradient is not None:
            yield Row("strip", cell, cell.gradient, cell.gradient_value)


def _row_height(row: Row, pen: Pen, metrics: Metrics) -> float:
    """The usual height of such a row, or more for a tall formula."""
    tallest = max(
        (pen.extent(c, metrics.small, linear=True).height for c in (row.left, row.right) if c is not None), default=0.0
    )
    return max(HEIGHTS[row.kind] * metrics.text, tallest + metrics.text * 0.35)


def _span(content: Content | None, pen: Pen, size: float) -> float:
    return 0.0 if content is None else pen.extent(content, size, linear=True).span


def _row_width(row: Row, pen: Pen, metrics: Metrics) -> float:
    """Both texts of a row with their distance and the padding."""
    sizes = _sizes(row, metrics)
    both = row.left is not None and row.right is not None
    return _span(row.left, pen, sizes[0]) + _span(row.right, pen, sizes[1]) + metrics.text * (0.65 * both + 0.8)


def _sizes(row: Row, metrics: Metrics) -> tuple[float, float]:
    """The sizes of the left and the right text."""
    if row.kind != "head":
        return metrics.small, metrics.small
    quiet = row.right is row.cell.formula or row.cell.value is None
    return metrics.text, metrics.small if quiet else (metrics.text + metrics.small) / 2


def draw_card(made: Card, rect: Rect, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
    """Ground, rows, lettering, and the border on top of all."""
    radius, first = metrics.text * ROUNDING, made.rows[0].cell
    yield Rectangle.of(
        rect,
        role=first.role,
        part=first.id,
        classes=("carried" if first.role == "ghost" else "node", "card"),
        width=0,
        radius=radius,
    )
    y = rect.y0
    for row in made.rows:
        line = Rect(rect.x0, y, rect.x1, y + row.height)
        yield from _ground(row, made, line, metrics)
        yield from _lettering(row, made, line, pen, metrics)
        y += row.height
    border = "outline" if first.role == "value" else f"{first.role}-outline"
    yield Rectangle.of(rect, role=border, part=first.id, classes=("border",), width=metrics.line * 1.1, radius=radius)


def _ground(row: Row, made: Card, rect: Rect, metrics: Metrics) -> Iterator[Shape]:
    """The tint behind a row, and the line above it; the last row has the card's round corners."""
    part, radius = row.cell.id, metrics.text * ROUNDING if row is made.rows[-1] else 0.0
    seam = ((rect.x0, rect.y0), (rect.x1, rect.y0))
    if row.kind == "strip":
        yield _gradient(rect, part, radius)
        yield Path(role="seam", part=part, classes=("seam",), width=metrics.line * 0.8, line=seam)
    if row.kind == "folded":
        split = rect.x1 - made.far - metrics.text * 0.8 if made.far else rect.x1
        ground = Rect(rect.x0, rect.y0, split, rect.y1)
        yield Rectangle.of(ground, role="weight-ground", part=part, classes=("node", "folded"), width=0)
        if row.far is not None:
            yield _gradient(Rect(split, rect.y0, rect.x1, rect.y1), part, radius)
    if row.kind == "head" and row is not made.rows[0]:
        rows = [later for later in made.rows if later.cell is row.cell]
        whole = Rect(rect.x0, rect.y0, rect.x1, rect.y0 + sum(later.height for later in rows))
        radius = metrics.text * ROUNDING if rows[-1] is made.rows[-1] else 0.0
        yield Rectangle.of(
            whole, role=row.cell.role, part=part, classes=("node",), width=0, radius=radius, rounded="bottom"
        )
        yield Path(role="outline", part=part, classes=("seam",), width=metrics.line * 0.8, line=seam)


def _gradient(rect: Rect, part: str, radius: float) -> Rectangle:
    looks = {"role": "gradient", "part": part, "classes": ("gradient",), "width": 0}
    return Rectangle.of(rect, **looks, radius=radius, rounded="bottom")


def _lettering(row: Row, made: Card, rect: Rect, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
    pad, y = metrics.text * 0.4, (rect.y0 + rect.y1) / 2
    left, right = _sizes(row, metrics)
    role, inner = _role(row), rect.x1 - (made.far + metrics.text * 0.8 if row.kind == "folded" and made.far else 0.0)
    part = row.cell.id
    if row.left is not None:
        yield pen.label(
            row.left, (rect.x0 + pad, y), left, role, side="left", part=part, classes=("name",), linear=True
        )
    if row.right is not None:
        quiet = row.kind == "formula" or (row.kind == "head" and row.cell.value is None)
        lift = metrics.text * 0.12 if row.kind == "formula" else 0.0
        yield pen.label(
            row.right,
            (inner - pad, y - lift),
            right,
            "remark" if quiet else role,
            side="right",
            part=part,
            classes=("value",),
            linear=True,
        )
    if row.far is not None:
        yield pen.label(
            row.far,
            (rect.x1 - pad, y),
            metrics.small,
            "gradient",
            side="right",
            part=part,
            classes=("gradient",),
            linear=True,
        )


def _role(row: Row) -> str:
    if row.kind == "strip":
        return "gradient"
    return "ink" if row.kind != "folded" else "weight-ground"
