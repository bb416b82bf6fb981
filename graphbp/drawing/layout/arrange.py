"""One entry for all arrangements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.layout.edge_labels import edge_label
from graphbp.drawing.layout.graph import graph
from graphbp.drawing.layout.layers import layers
from graphbp.drawing.layout.metrics import SIZES, SLIDE_HEIGHT, SLIDE_WIDTH, SNUG, Metrics, Size
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.layout.reverse import reverse
from graphbp.drawing.measure import Ruler, Text
from graphbp.drawing.scene import Content, Scene
from graphbp.theme import Theme

_LAYOUTS: dict[str, Callable[[Diagram, Pen, Metrics], Scene]] = {"layers": layers, "reverse": reverse, "graph": graph}

SNUGGER = (0.86, 0.74, 0.64)
"""How far boxes and gaps of a layered picture shrink, its text staying as it is, until it fits a slide."""


def layout(diagram: Diagram, theme: Theme, size: Size = "slide", *, tries: int | None = None) -> Scene:
    """The diagram with a place for everything, for a slide, for a page's figure or beside a step.

    `tries` bounds the search for a place for every label.
    """
    ruler = Ruler(theme, diagram.names, diagram.numbers)
    metrics = SIZES[size] if tries is None else replace(SIZES[size], tries=tries, strict=True)
    ruler.prepare(_texts(diagram, metrics))
    place, pen = _LAYOUTS[diagram.arrangement], Pen(ruler)
    best = place(diagram, pen, metrics)
    if diagram.arrangement == "graph" or size != "slide":
        return best
    for factor in SNUGGER:
        if fit(best) >= 1 / SNUG:
            break
        again = place(diagram, pen, metrics.snug(factor))
        if len(again.labels()) == len(best.labels()) and fit(again) > fit(best):
            best = again
    return best


def fit(scene: Scene) -> float:
    """By how much the scene must shrink to fit a slide; 1 if it does."""
    return min(1.0, SLIDE_WIDTH / scene.width, SLIDE_HEIGHT / scene.height)


def _texts(diagram: Diagram, metrics: Metrics) -> Iterator[Text]:
    """Everything that will be lettered, so that one run of the typesetter measures it all."""
    for cell in diagram.cells():
        for content in (cell.name, cell.value, cell.formula, cell.gradient, cell.gradient_value):
            if content is not None:
                yield from _styled(content, diagram, metrics)
    for link in diagram.links:
        if link.label is not None:
            for content in (link.label, link.value, edge_label(link)):
                yield from _styled(content, diagram, metrics) if content is not None else ()
    for group in diagram.groups:
        yield Text(group.heading, metrics.heading, bold=True)
        if group.formula is not None:
            yield Text(group.formula, metrics.text)
    yield from (Text(box.note, metrics.small) for box in diagram.boxes if box.note is not None)


def _styled(content: Content, diagram: Diagram, metrics: Metrics) -> Iterator[Text]:
    """The ways in which an arrangement sets its formulas."""
    if diagram.arrangement == "graph":
        yield Text(content, metrics.text, linear=True)
    else:
        yield Text(content, metrics.text)
        if diagram.arrangement == "reverse":
            yield Text(content, metrics.text, display=True)
