"""Gradient descent on the loss: every iterate, and the arrow −η∇L from each to the next."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from graphbp.drawing.descent.contours import contours
from graphbp.drawing.descent.frame import Frame, draw_frame
from graphbp.drawing.descent.survey import Survey, chosen_axes
from graphbp.drawing.geometry import Point, Rect, Segment
from graphbp.drawing.layout.finish import bounds, cut
from graphbp.drawing.layout.metrics import SIZES, Metrics
from graphbp.drawing.layout.pen import Board, Pen, ink
from graphbp.drawing.measure import Ruler
from graphbp.drawing.scene import Arrow, Circle, Content, Label, Path, Scene, Shape
from graphbp.network import Network
from graphbp.notation.names import Label as Name
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.tree import Add, Call, Equation, Expr, Mark, Mul, Neg, Number, Partial, Symbol
from graphbp.theme import Theme

STEPS = 5
"""Updates that are shown."""

MARGIN, CURVE_MARGIN = 0.4, (0.5, 0.25)
"""How much of the landscape lies around the way, in extents of the way."""

COLUMNS, ROWS, POINTS = 73, 49, 241
"""Where the loss is computed: across and up, or along a curve."""

DOT = 4.2
"""The radius of an iterate in points."""

TANGENT = 70.0
"""Half the length of a tangent in points."""

AROUND = ((1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (1, 0), (0, 1), (-1, 0))
REACHES = (1.0, 1.7, 2.6)
"""Where an iterate's name looks for room: directions, and how far out."""


def descent(
    network: Network, theme: Theme, *, wrt: Sequence[str] = (), steps: int | None = None, digits: int = 3
) -> Scene:
    """The chart of a network's loss over one or two numbers among its parameters.

    Raises: UsageError if more than two could be meant, or if there is no loss; ValueMissing without numbers.
    """
    survey = Survey(network, chosen_axes(network, wrt), STEPS if steps is None else steps)
    return _Chart(survey, theme, NumberStyle(digits)).scene()


@dataclass(frozen=True)
class _Chart:
    survey: Survey
    theme: Theme
    numbers: NumberStyle

    @property
    def curve(self) -> bool:
        """Whether there is but one parameter."""
        return len(self.survey.axes) == 1

    @property
    def vector(self) -> str:
        """The name of what moves: the parameter, or θ for several."""
        taken = self.survey.network.graph
        only = self.survey.axes[0].name if self.curve and not self.survey.axes[0].place else ""
        return only or next((name for name in ("theta", "Theta", "vartheta") if name not in taken), "parameters")

    @property
    def names(self) -> Names:
        """The network's names, with θ⁰, θ¹, …"""
        names = self.survey.network.names
        known = self.vector in self.survey.network.graph
        label = names.label(self.vector) if known else Name(self.vector)
        marks = ["k", "k+1", *map(str, range(self.survey.steps + 1))]
        raised = {self.iterate(m).name: replace(label, sup=f"{label.sup}({m})" if label.sup else m) for m in marks}
        return names.renamed({self.vector: label, **raised})

    def iterate(self, mark: str | int) -> Symbol:
        """θ with a number above it."""
        return Symbol(f"{self.vector} at {mark}")

    def scene(self) -> Scene:
        """Everything in its place."""
        metrics, names = SIZES["slide"], self.names
        pen = Pen(Ruler(self.theme, names, self.numbers))
        shapes = list(self.way_on_curve(pen, metrics) if self.curve else self.way_on_map(pen, metrics))
        shapes += self.foot(pen, metrics, bounds(shapes))
        title = self.survey.network.title
        return cut(Scene(0, 0, tuple(shapes), title, self.description(), names, self.numbers), metrics)

    def description(self) -> str:
        """What a screen reader says."""
        losses = [loss for *_, loss in self.survey.path]
        over = "a curve over one parameter" if self.curve else "contour lines over two parameters"
        way = f"from {losses[0]:.4g} to {losses[-1]:.4g} in {len(losses) - 1} steps"
        return f"The loss as {over}; gradient descent takes it {way}."

    # Two parameters

    def way_on_map(self, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
        """Contour lines, and the arrows −η∇L with one scale along both sides: each stands upright on its line."""
        points = np.array([point for point, *_ in self.survey.path])
        frame, board = Frame.alike(points, MARGIN), Board()
        places = [frame.at(point) for point in points]
        way = list(self.way(places, list(pairwise(places)), frame, board, pen, metrics))
        x, y = frame.grid(COLUMNS, ROWS)
        losses = self.survey.losses(np.array([(a, b) for b in y for a in x])).reshape(ROWS, COLUMNS)
        names = [ink(shape).grown(1.5) for shape in way if isinstance(shape, Label)]
        yield from contours(frame, losses, pen, metrics, board, names)
        a, b = (axis.symbol for axis in self.survey.axes)
        yield from draw_frame(frame, (a, b), pen, metrics)
        yield from way

    def way(
        self, places: Sequence[Point], moves: Sequence[Segment], frame: Frame, board: Board, pen: Pen, metrics: Metrics
    ) -> Iterator[Shape]:
        """The arrows, and on them the iterates with their names."""
        arrows = [arrow for k, ends in enumerate(moves) for arrow in self.arrow(k, *ends, metrics)]
        for arrow in arrows:
            board.rule([*pairwise(arrow.line), *pairwise(arrow.tip())], arrow.part)
        yield from arrows
        yield from self.dots(places, frame, board, pen, metrics)

    def arrow(self, k: int, start: Point, end: Point, metrics: Metrics) -> Iterator[Arrow]:
        """One step; the head shrinks with an arrow that is short."""
        long = math.dist(start, end)
        size = min(1.0, long / (2.2 * metrics.head[0]))
        if long > 0:
            yield Arrow(
                role="descent",
                part=f"step {k + 1}",
                classes=("link", "step"),
                width=metrics.line * 1.8 * max(size, 0.5),
                line=(start, end),
                head=(metrics.head[0] * size, metrics.head[1] * size),
                ends=(self.part(k), self.part(k + 1)),
            )

    def part(self, k: int) -> str:
        """The name of an iterate in the picture."""
        return f"{self.vector}^{k}"

    def dots(self, places: Sequence[Point], frame: Frame, board: Board, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
        """The iterates, each with its name where that finds a place."""
        looks: dict[str, Any] = {"role": "iterate", "classes": ("node", "iterate"), "width": metrics.line, "r": DOT}
        for k, (x, y) in enumerate(places):
            board.block(Rect.centred(x, y, 2 * DOT, 2 * DOT))
            yield Circle(part=self.part(k), x=x, y=y, **looks)
        for k, place in enumerate(places):
            names = self.around(self.iterate(k), place, self.part(k), pen, metrics)
            room = ((name, ink(name).grown(1.5)) for name in names)
            free = next(((name, rect) for name, rect in room if frame.rect.holds(rect) and board.free(rect)), None)
            if free:
                board.block(free[1])
                yield free[0]

    def around(self, name: Content, at: Point, part: str, pen: Pen, metrics: Metrics) -> Iterator[Label]:
        """Labels near a point, around the clock."""
        extent = pen.extent(name, metrics.text)
        for reach, (dx, dy) in itertools.product(REACHES, AROUND):
            x = at[0] + dx * (extent.span / 2 + DOT + metrics.pad * reach)
            y = at[1] + dy * (extent.height / 2 + DOT + metrics.pad * reach)
            yield pen.label(name, (x, y), metrics.text, "ink", part=part, classes=("name",))

    # One parameter

    def way_on_curve(self, pen: Pen, metrics: Metrics) -> Iterator[Shape]:
        """The loss as a curve, at every iterate its tangent, and the arrow −η l′ along the parameter's axis."""
        way = np.array([(point[0], loss) for point, _, loss in self.survey.path])
        sides = Frame.around(way, CURVE_MARGIN)
        x = np.linspace(sides.low[0], sides.high[0], POINTS)
        curve = np.column_stack([x, self.survey.losses(x[:, None])])
        known = np.isfinite(curve[:, 1])
        frame = Frame.around(np.concatenate([way, curve[known]]), (0.0, 0.08))
        yield from draw_frame(frame, (self.survey.axes[0].symbol, self.survey.loss), pen, metrics)
        places, board = [frame.at(point) for point in way], Board()
        lines = [*self.graph(frame, curve, metrics), *self.tangents(frame, metrics), *self.drops(places, metrics)]
        for line in lines:
            board.rule(pairwise(line.line), line.part)
        yield from lines
        moves = [(a, (b[0], a[1])) for a, b in pairwise(places)]
        yield from self.way(places, moves, frame, board, pen, metrics)

    def graph(self, frame: Frame, curve: np.ndarray, metrics: Metrics) -> Iterator[Path]:
        """The curve, broken where it is not finite."""
        known = np.isfinite(curve[:, 1])
        for run in np.split(np.arange(len(curve)), np.flatnonzero(np.diff(known)) + 1):
            if len(run) > 1 and known[run[0]]:
                line = tuple(frame.at(curve[k]) for k in run)
                looks: dict[str, Any] = {"part": self.survey.loss.name, "classes": ("curve",)}
                yield Path(role="forward", width=metrics.line * 1.6, line=line, **looks)

    def tangents(self, frame: Frame, metrics: Metrics) -> Iterator[Path]:
        """A stretch of the tangent at every iterate, as long on paper everywhere."""
        for point, gradient, loss in self.survey.path[:-1]:
            (x, y), (x1, y1) = frame.at((point[0], loss)), frame.at((point[0] + 1.0, loss + gradient[0]))
            share = TANGENT / math.dist((x, y), (x1, y1))
            ends = tuple((x + turn * share * (x1 - x), y + turn * share * (y1 - y)) for turn in (-1, 1))
            yield Path(role="backward", classes=("tangent",), width=metrics.line, line=ends)

    def drops(self, places: Sequence[Point], metrics: Metrics) -> Iterator[Path]:
        """From the arrow's end up or down to the curve."""
        for (_, y), (x1, y1) in pairwise(places):
            yield Path(role="rule", classes=("drop",), width=metrics.line, line=((x1, y), (x1, y1)))

    # Below

    def foot(self, pen: Pen, metrics: Metrics, around: Rect) -> Iterator[Shape]:
        """The update in one formula, and what it did to the loss."""
        rule = around.y1 + metrics.air
        yield Path(role="rule", width=metrics.line * 0.7, line=((around.x0, rule), (around.x1, rule)))
        eta = Symbol("eta")
        losses = [loss for *_, loss in self.survey.path]
        rate: Content = Equation(eta, (Number(self.survey.rate),))
        fall: Content = (self.survey.loss, ": ", Number(losses[0]), " → ", Number(losses[-1]))
        formula = self.update()
        x = around.x0
        for content, role in ((formula, "ink"), (rate, "ink"), (fall, "forward")):
            extent = pen.extent(content, metrics.text, display=True)
            y = rule + metrics.air + metrics.text
            yield pen.label(content, (x, y), metrics.text, role, side="left", display=True, classes=("formula",))
            x += extent.span + metrics.text * 2.2

    def update(self) -> Equation:
        """θ at k + 1 = θ at k − η ∇L(θ at k), or with the derivative."""
        before, after = self.iterate("k"), self.iterate("k+1")
        loss, theta = self.survey.loss, Symbol(self.vector)
        slope: Expr = Partial(loss, theta) if self.curve else Call("_gradient", (loss, before))
        step = Neg(Mul((Symbol("eta"), slope)))
        return Equation(after, (Add((before, Mark(step, "backward"))),))
