"""Scenes as short reviewable text; run as a module this writes what the tests compare with."""

from __future__ import annotations

from pathlib import Path

from graphbp import engine, gallery, theme
from graphbp.drawing.descent import descent
from graphbp.drawing.picture import picture
from graphbp.drawing.scene import Arrow, Label, Scene, Shape
from graphbp.formats.spoken import spoken

FOLDER = Path(__file__).parent / "golden"
PICTURES = (
    ("lecture-d3", "network"), ("lecture-e4", "reverse"), ("lecture-e7", "reverse"), ("two-layer", "graph"),
    ("one-neuron", "graph"), ("chain-rule-two-paths", "network"), ("affine-softmax", "reverse"),
    ("gradient-descent", "descent"), ("deep-narrow", "network"),
)  # fmt: skip


def scene_of(name: str, view: str) -> Scene:
    """A picture of a gallery network with its numbers."""
    network = gallery.load(name)
    if view == "descent":
        return descent(network, theme.get("paper"))
    result = engine.run(network) if network.has_numbers else None
    return picture(network, view, theme.get("paper"), result=result)


def text_of(scene: Scene) -> str:
    """One line for each shape: what it is, whose, in which role, and where, to the point."""
    lines = [f"{scene.title}: {scene.width:.0f} × {scene.height:.0f}", scene.description]
    return "\n".join([*lines, *(_line(shape, scene) for shape in scene.shapes)]) + "\n"


def _line(shape: Shape, scene: Scene) -> str:
    xs, ys = zip(*shape.points(), strict=True)
    place = f"{min(xs):.0f},{min(ys):.0f} to {max(xs):.0f},{max(ys):.0f}"
    if isinstance(shape, Arrow):
        (x0, y0), (x1, y1) = shape.line[0], shape.line[-1]
        place = f"{x0:.0f},{y0:.0f} -> {x1:.0f},{y1:.0f}" + (f" open {len(shape.gaps)}" if shape.gaps else "")
    said = f" “{spoken(shape, scene)}” {shape.size:g} pt" if isinstance(shape, Label) else ""
    whose = f" {shape.part}" if shape.part else ""
    return f"{type(shape).__name__.lower()} {shape.role}{whose} {place}{said}"


def path_of(name: str, view: str) -> Path:
    """The file that the text is compared with."""
    return FOLDER / f"{name}.{view}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in PICTURES:
        path_of(*each).write_text(text_of(scene_of(*each)), "utf-8")
