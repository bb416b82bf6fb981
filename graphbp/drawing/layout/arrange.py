"""One entry for all arrangements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.layout.edge_labels import edge_label
from graphbp.drawing.layout.finish import finish
from graphbp.drawing.layout.graph import graph, graph_legend, hopeless
from graphbp.drawing.layout.layers import bows, layers, layers_legend
from graphbp.drawing.layout.metrics import LEGIBLE, SIZES, SLIDE_HEIGHT, SLIDE_WIDTH, SNUG, Metrics, Size
from graphbp.drawing.layout.pen import Pen
from graphbp.drawing.layout.plan import bodies
from graphbp.drawing.layout.reverse import reverse, reverse_legend, stations
from graphbp.drawing.layout.rows import in_rows
from graphbp.drawing.measure import Ruler, Text
from graphbp.drawing.scene import Content, Scene, Shape
from graphbp.theme import Theme

_BODIES: dict[str, Callable[[Diagram, Pen, Metrics], list[Shape]]] = {
    "layers": layers,
    "reverse": reverse,
    "graph": graph,
}
_LEGENDS: dict[str, Callable[[Diagram, Pen, Metrics, list[Shape]], Iterable[Shape]]] = {
    "layers": layers_legend,
    "reverse": reverse_legend,
    "graph": graph_legend,
}

SNUGGER = (0.86, 0.74, 0.64)
"""How far boxes and gaps of a layered picture shrink, its text staying as it is, until it fits a slide."""


FAN, WIDER = 6, (3.2, 2.4, 1.9, 1.5, 1.25)
"""Wires between two columns from which on they fan out, and how much wider gaps are tried then."""

HIGHEST = 1.2
"""Columns higher than this many slides cannot be read in any version that shows the same."""


def layout(
    diagram: Diagram, theme: Theme, size: Size = "slide", *, tries: int | None = None, ruler: Ruler | None = None
) -> Scene:
    """The diagram with a place for everything, for a slide, for a page's figure or beside a step.

    `tries` bounds the search for a place for every label; versions of one picture share a `ruler`.
    """
    metrics = SIZES[size] if tries is None else replace(SIZES[size], tries=tries, strict=True)
    pen = _prepared(diagram, theme, metrics, ruler)
    best, chosen = _placed(diagram, pen, metrics), metrics
    if diagram.arrangement == "graph" or size != "slide":
        return best
    for factor in SNUGGER:
        if fits(best):
            break
        again = _placed(diagram, pen, metrics.snug(factor))
        if len(again.labels()) == len(best.labels()) and fit(again) > fit(best):
            best, chosen = again, metrics.snug(factor)
    return _wider(diagram, pen, chosen, best)


def layout_in_rows(
    diagram: Diagram,
    theme: Theme,
    size: Size = "slide",
    width: float = SLIDE_WIDTH * SNUG,
    *,
    closest: bool = False,
    ruler: Ruler | None = None,
) -> Scene:
    """The diagram on as many rows as it takes to be no wider than that; `closest` tries no airy ones first."""
    metrics = replace(SIZES[size], tries=1)
    pen = _prepared(diagram, theme, metrics, ruler)
    airy = diagram.arrangement == "graph" or size != "slide"
    for closer in (metrics.snug(factor) for factor in ((1.0,) if airy else SNUGGER[-1:] if closest else SNUGGER)):
        shapes = in_rows(diagram, partial(_body, pen, closer), closer, width)
        scene = _finished(diagram, shapes, pen, closer)
        if fits(scene):
            break
    return scene if airy else _wider(diagram, pen, closer, scene)


def _wider(diagram: Diagram, pen: Pen, metrics: Metrics, scene: Scene) -> Scene:
    """The same with the width that a slide has left over given to the gaps, where wires fan out steeply."""
    gaps = Counter(diagram.home[link.target].rank for link in diagram.links)
    if max(gaps.values(), default=0) < FAN:
        return scene
    # What has no strip below gets none now: there is width to spare, and no height.
    strip = any("order" in shape.classes for shape in scene.shapes)
    alike = diagram if strip else replace(diagram, whole=diagram)
    for factor in WIDER:
        again = _placed(alike, pen, replace(metrics, gap=metrics.gap * factor, tries=1))
        as_high = again.height <= scene.height + 1 and again.width <= SLIDE_WIDTH
        if as_high and len(again.labels()) >= len(scene.labels()):
            return again
    return scene


def too_large(diagram: Diagram, theme: Theme, ruler: Ruler | None = None) -> bool:
    """Whether a glance tells that the diagram cannot fit a slide."""
    metrics = SIZES["slide"]
    pen = _prepared(diagram, theme, metrics, ruler)
    if diagram.arrangement == "graph":
        return hopeless(diagram, pen, metrics)
    closest = metrics.snug(SNUGGER[-1])
    sizes = (bodies if diagram.arrangement == "layers" else stations)(diagram, pen, closest)
    heights = Counter[int]()
    for box in diagram.boxes:
        heights[box.rank] += round(2 * sizes[box.id].half_h + sizes[box.id].above + sizes[box.id].below + closest.air)
    return max(heights.values()) > HIGHEST * SLIDE_HEIGHT


def _prepared(diagram: Diagram, theme: Theme, metrics: Metrics, ruler: Ruler | None) -> Pen:
    ruler = ruler or Ruler(theme, diagram.names, diagram.numbers)
    ruler.prepare(_texts(diagram, metrics))
    return Pen(ruler)


def _placed(diagram: Diagram, pen: Pen, metrics: Metrics) -> Scene:
    return _finished(diagram, _body(pen, metrics, diagram), pen, metrics)


def _body(pen: Pen, metrics: Metrics, diagram: Diagram) -> list[Shape]:
    return _BODIES[diagram.arrangement](diagram, pen, metrics)


def _finished(diagram: Diagram, shapes: list[Shape], pen: Pen, metrics: Metrics) -> Scene:
    above = bows(diagram, pen, metrics) if diagram.arrangement == "layers" else 0.0
    legend = _LEGENDS[diagram.arrangement](diagram, pen, metrics, shapes) if metrics.headings else ()
    return finish(diagram, [*shapes, *legend], metrics, above=above)


def fit(scene: Scene) -> float:
    """By how much the scene must shrink to fit a slide; 1 if it does."""
    return min(1.0, SLIDE_WIDTH / scene.width, SLIDE_HEIGHT / scene.height)


def fits(scene: Scene) -> bool:
    """Whether the scene is no larger than a slide, or so little that nobody sees it."""
    return fit(scene) >= 1 / SNUG


def smallest(scene: Scene) -> float:
    """The size of the smallest text in points, once the scene is on a slide."""
    return min((label.size for label in scene.labels()), default=LEGIBLE) * fit(scene)


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
