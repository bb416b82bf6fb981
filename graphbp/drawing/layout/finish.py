"""The last touch: a margin around everything, title and description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    scene = Scene(0, 0, tuple(shapes), diagram.title, diagram.description, diagram.names, diagram.numbers)
    return cut(scene, metrics, above=above)


def cut(scene: Scene, metrics: Metrics, *, above: float = 0.0) -> Scene:
    """The scene with its paper cut to what is drawn."""
    around = bounds(scene.shapes).grown(metrics.margin)
    placed = tuple(moved(shape, -around.x0, above - around.y0) for shape in scene.shapes)
    size = {"width": round(around.x1 - around.x0, 2), "height": round(around.y1 - around.y0 + above, 2)}
    return replace(scene, shapes=placed, **size)  # type: ignore[arg-type]
