"""A placed scene as DOT, written by the graphviz package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphbp.drawing.geometry import Rect
from graphbp.drawing.scene import Arrow, Circle, Label, Polygon, Rectangle, Scene, Shape
from graphbp.formats.spoken import spoken
from graphbp.theme import Theme

_SHAPES: Mapping[type[Shape], str] = {Circle: "ellipse", Polygon: "triangle", Rectangle: "box"}


def dot_source(scene: Scene, theme: Theme) -> str:
    """A runnable DOT file: nodes with their places, edges with their roles."""
    import graphviz

    drawn = graphviz.Digraph("graphbp", comment=None)
    drawn.attr("graph", rankdir="LR", label=graphviz.escape(scene.title), splines="true")
    if theme.palette.paper:
        drawn.attr("graph", bgcolor=theme.palette.paper)
    drawn.attr("node", fontname="Latin Modern Roman", style="filled", fixedsize="false")
    nodes = dict(_nodes(scene))
    for part, shapes in nodes.items():
        drawn.node(_id(part), label=graphviz.escape(_lettering(part, scene)), **_looks(shapes, scene, theme))
    for arrow in _edges(scene):
        if all(end in nodes for end in arrow.ends):
            drawn.edge(*map(_id, _ends(arrow)), **_line(arrow, scene, theme))
    return str(drawn.source)


def _id(part: str) -> str:
    """A name without the colon, by which DOT would mean a port."""
    return part.replace(":", "_")


def _nodes(scene: Scene) -> Iterator[tuple[str, list[Shape]]]:
    """The shapes of every node, by its part."""
    found: dict[str, list[Shape]] = {}
    for shape in scene.shapes:
        if shape.part and ("node" in shape.classes or "bias" in shape.classes) and not isinstance(shape, Arrow | Label):
            found.setdefault(shape.part, []).append(shape)
    yield from found.items()


def _lettering(part: str, scene: Scene) -> str:
    """What is written on a node, line by line."""
    lines: dict[int, list[Label]] = {}
    for label in scene.labels():
        if label.part == part and "weight" not in label.classes:
            lines.setdefault(round(label.y / 6), []).append(label)
    return "\n".join(
        " ".join(spoken(label, scene) for label in sorted(lines[y], key=lambda label: label.x)) for y in sorted(lines)
    )


def _looks(shapes: list[Shape], scene: Scene, theme: Theme) -> dict[str, str]:
    first, style = shapes[0], theme.style(shapes[0].role)
    rect = Rect.around(point for shape in shapes for point in shape.points())
    x, y = (rect.x0 + rect.x1) / 2, scene.height - (rect.y0 + rect.y1) / 2
    return {
        "shape": _SHAPES.get(type(first), "box"),
        "pos": f"{x:.2f},{y:.2f}",
        "width": f"{(rect.x1 - rect.x0) / 72:.4f}",
        "height": f"{(rect.y1 - rect.y0) / 72:.4f}",
        "color": style.line or style.fill or "black",
        "fillcolor": style.fill or theme.palette.paper or "white",
        "fontcolor": style.text,
    }


def _edges(scene: Scene) -> Iterator[Arrow]:
    """Every edge once for each direction in which something flows."""
    seen: set[tuple[tuple[str, str], str]] = set()
    for arrow in scene.arrows():
        if all(arrow.ends) and arrow.role != "band" and (arrow.ends, arrow.role) not in seen:
            seen.add((arrow.ends, arrow.role))
            yield arrow


def _ends(arrow: Arrow) -> tuple[str, str]:
    return (arrow.ends[1], arrow.ends[0]) if arrow.role == "backward" else arrow.ends


def _line(arrow: Arrow, scene: Scene, theme: Theme) -> dict[str, str]:
    style = theme.style(arrow.role)
    labels = [
        label
        for label in scene.labels()
        if label.part in (arrow.part, arrow.via or arrow.part) and {"weight", "local"} & set(label.classes)
    ]
    words = "\n".join(spoken(label, scene) for label in labels) if arrow.role != "backward" or not style.dashed else ""
    looks = {"color": style.line or "black", "fontcolor": style.text, "style": "dashed" if style.dashed else "solid"}
    if arrow.role == "backward":
        looks["constraint"] = "false"
    return {**looks, "label": words.replace("\\", "\\\\")} if words else looks
