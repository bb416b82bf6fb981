"""Scenes as Mermaid charts: what is joined to what, drawn by the reader's own program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphbp.drawing.scene import Circle, HalfDisc, Label, Rectangle, Scene, Shape
from graphbp.formats.spoken import spoken


@dataclass
class _Box:
    """One box of the chart: what it is drawn as, the parts that share it, and its lines of text."""

    name: str
    kind: type[Shape]
    lines: list[str] = field(default_factory=list)


def chart(scene: Scene) -> str | None:
    """The boxes and arrows of a scene; nothing where the scene is no network of boxes."""
    boxes = _boxes(scene)
    links = list(_links(scene, boxes))
    if not links:
        return None
    seen = {id(box): box for box in boxes.values()}.values()
    return "\n".join(["flowchart LR", *(f"  {box.name}{_outlined(box)}" for box in seen), *links])


def _boxes(scene: Scene) -> dict[str, _Box]:
    """The box of every part; the two halves of a unit are one."""
    at: dict[tuple[float, float], _Box] = {}
    boxes: dict[str, _Box] = {}
    for shape in scene.shapes:
        if "node" in shape.classes and isinstance(shape, Circle | HalfDisc | Rectangle) and shape.part not in boxes:
            place = (round(shape.x, 2), round(shape.y, 2))
            boxes[shape.part] = at.setdefault(place, _Box(f"n{len(at) + 1}", type(shape)))
    for label in sorted(scene.labels(), key=lambda label: (round(label.y, 1), label.x)):
        if label.part in boxes:
            boxes[label.part].lines.append(_said(label, scene))
    return {part: box for part, box in boxes.items() if box.lines}


def _links(scene: Scene, boxes: dict[str, _Box]) -> Iterator[str]:
    """The arrows between boxes, backward ones dashed, with the weight that they stand for."""
    names: dict[str, str] = {}
    for label in scene.labels():
        if label.part not in boxes:
            names.setdefault(label.part, _said(label, scene))
    done: set[tuple[str, ...]] = set()
    for arrow in scene.arrows():
        source, target = (boxes.get(end) for end in arrow.ends)
        if source is None or target is None or (*arrow.ends, arrow.role) in done:
            continue
        done.add((*arrow.ends, arrow.role))
        backward = arrow.role == "backward"
        first, last = (target, source) if backward else (source, target)
        weight = f'|"{names[arrow.via]}"|' if arrow.via in names else ""
        yield f"  {first.name} {'-.->' if backward else '-->'}{weight} {last.name}"


def _said(label: Label, scene: Scene) -> str:
    """A label in letters that Mermaid prints as they are."""
    return plain(spoken(label, scene))


def plain(text: str) -> str:
    """Text in quotation marks for Mermaid: signs by their code.

    >>> plain('a "b" <c>')
    'a #34;b#34; #60;c#62;'
    """
    kept = " .,+−-=/·()ₐᵢⱼₖₗₘₙₒₚₓ′∂≤≥≠×"
    return "".join(letter if letter.isalnum() or letter in kept else f"#{ord(letter)};" for letter in text)


def _outlined(box: _Box) -> str:
    text = (" | " if box.kind is HalfDisc else "<br>").join(box.lines)
    opening, closing = {HalfDisc: ("([", "])"), Circle: ("((", "))")}.get(box.kind, ("[", "]"))
    return f'{opening}"{text}"{closing}'
