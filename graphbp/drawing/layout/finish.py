"""The last touch: a margin around everything, title and description."""

from __future__ import annotations

from collections.abc import Sequence

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.scene import Arrow, Scene, Shape, moved


def bounds(shapes: Sequence[Shape]) -> Rect:
    """What the shapes cover, heads and lines of half their width included."""
    rects = []
    for shape in shapes:
        points = [*shape.points(), *(shape.tip() if isinstance(shape, Arrow) else ())]
        rects.append(Rect.around(points).grown(shape.width / 2))
    joined = rects[0]
    for rect in rects[1:]:
        joined = joined.joined(rect)
    return joined


def finish(diagram: Diagram, shapes: Sequence[Shape], metrics: Metrics, *, above: float = 0.0) -> Scene:
    """The scene cut to what is drawn, with a margin and perhaps more room above."""
    around = bounds(shapes).grown(metrics.margin)
    around = Rect(around.x0, around.y0 - above, around.x1, around.y1)
    placed = tuple(moved(shape, -around.x0, -around.y0) for shape in shapes)
    return Scene(
        round(around.x1 - around.x0, 2),
        round(around.y1 - around.y0, 2),
        placed,
        diagram.title,
        diagram.description,
        diagram.names,
        diagram.numbers,
    )
