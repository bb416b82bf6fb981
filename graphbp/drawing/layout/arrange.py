"""One entry for all arrangements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.layout.edge_labels import edge_label
from graphbp.drawing.layout.graph import graph
from graphbp.drawing.layout.layers import layers
from graphbp.drawing.layout.metrics import SIZES, Metrics, Size
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.layout.reverse import reverse
from graphbp.drawing.measure import Ruler, Text
from graphbp.drawing.scene import Content, Scene
from graphbp.theme import Theme

_LAYOUTS: dict[str, Callable[[Diagram, Pen, Metrics], Scene]] = {"layers": layers, "reverse": reverse, "graph": graph}


def layout(diagram: Diagram, theme: Theme, size: Size = "slide", *, tries: int | None = None) -> Scene:
    """The diagram with a place for everything, for a slide, for a page's figure or beside a step.

    `tries` bounds the search for a place for every label.
    """
    ruler = Ruler(theme, diagram.names, diagram.numbers)
    metrics = SIZES[size] if tries is None else replace(SIZES[size], tries=tries, strict=True)
    ruler.prepare(_texts(diagram, metrics))
    return _LAYOUTS[diagram.arrangement](diagram, Pen(ruler), metrics)


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
