"""Scenes as Typst markup: the same vector drawing for a picture of its own and inside a document."""

from __future__ import annotations

from graphbp.drawing.scene import Arrow, Command, Label, Point, Polygon, Scene, Shape
from graphbp.formats.typst.text import content_markup, ink_rules, label_rules
from graphbp.notation.typst import quoted
from graphbp.theme import Style, Theme

DASH_ON, DASH_OFF = (3.0, 2.2), (1.5, 1.1)
"""Dash and gap in points: a part that is fixed and one that grows with the line."""


def dashes(width: float) -> tuple[float, float]:
    """How long dashes and gaps are on a line of this width."""
    return DASH_ON[0] * min(1.0, width) + DASH_ON[1] * width, DASH_OFF[0] * min(1.0, width) + DASH_OFF[1] * width


def scene_markup(scene: Scene, theme: Theme) -> str:
    """A box of the scene's size with everything in its place, ready to stand in any page."""
    body = "".join(_shape(shape, scene, theme) for shape in scene.shapes)
    return (
        f"#box(width: {_pt(scene.width)}, height: {_pt(scene.height)})[\n{label_rules(theme)}{ink_rules(theme)}{body}]"
    )


def page_source(scene: Scene, theme: Theme) -> str:
    """A whole source file whose only page is the scene."""
    fill = f"rgb({quoted(theme.palette.paper)})" if theme.palette.paper else "none"
    size = f"width: {_pt(scene.width)}, height: {_pt(scene.height)}"
    about = f"#set document(title: {quoted(scene.title)}, author: (), date: none)\n"
    return f"{about}#set page({size}, margin: 0pt, fill: {fill})\n{scene_markup(scene, theme)}"


def _shape(shape: Shape, scene: Scene, theme: Theme) -> str:
    style = theme.style(shape.role)
    if isinstance(shape, Label):
        return _label(shape, scene, theme, style)
    drawn = _contour(shape.outline(), style, shape.width)
    if isinstance(shape, Arrow):
        head = Polygon(role=shape.role, corners=shape.tip()).outline()
        return drawn + _contour(head, Style(None, style.line), 0)
    return drawn


def _contour(commands: tuple[Command, ...], style: Style, width: float) -> str:
    fill = f"rgb({quoted(style.fill)})" if style.fill and commands[-1][0] == "Z" else "none"
    steps = ", ".join(_STEPS[name].format(*map(_point, points)) for name, points in commands)
    return f"#place(top + left, curve(fill: {fill}, stroke: {_stroke(style, width)}, {steps}))\n"


_STEPS = {
    "M": "curve.move({})",
    "L": "curve.line({})",
    "C": "curve.cubic({}, {}, {})",
    "Z": 'curve.close(mode: "straight")',
}


def _stroke(style: Style, width: float) -> str:
    if style.line is None or not width:
        return "none"
    dash = f", dash: ({', '.join(map(_pt, dashes(width)))})" if style.dashed else ""
    return f'(paint: rgb({quoted(style.line)}), thickness: {_pt(width)}, join: "round"{dash})'


def _label(label: Label, scene: Scene, theme: Theme, style: Style) -> str:
    looks = {"display": label.display, "bold": label.bold, "linear": label.linear}
    markup = content_markup(label.content, theme, scene.names, scene.numbers, **looks)
    text = f"text(size: {_pt(label.size)}, fill: rgb({quoted(style.text)}))[{markup}]"
    at = f"dx: {_pt(label.x)}, dy: {_pt(label.y - label.ascent)}"
    return f"#place(top + left, {at}, box(width: {_pt(label.span + 1)}, {text}))\n"


def _point(point: Point) -> str:
    return f"({_pt(point[0])}, {_pt(point[1])})"


def _pt(length: float) -> str:
    return f"{round(length, 3) + 0.0:g}pt"
