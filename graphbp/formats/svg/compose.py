"""A scene composed as SVG: shapes as paths, labels taken from typeset pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from html import escape

from graphbp.drawing.scene import Arrow, Command, Label, Polygon, Scene, Shape
from graphbp.formats.spoken import latex, spoken
from graphbp.formats.typst.compile import compile_pages
from graphbp.formats.typst.scene import dashes
from graphbp.formats.typst.text import content_markup, ink_rules, label_rules
from graphbp.notation.typst import quoted
from graphbp.theme import Style, Theme


def compose(scene: Scene, theme: Theme) -> str:
    """The scene as one SVG file."""
    drawn, symbols = glyphs(scene, theme)
    size = (
        f'width="{_n(scene.width)}pt" height="{_n(scene.height)}pt" viewBox="0 0 {_n(scene.width)} {_n(scene.height)}"'
    )
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    about = f'role="img" class="graphbp theme-{theme.name}" aria-labelledby="graphbp-title graphbp-desc"'
    lines = [
        f"<svg {spaces} {size} {about}>",
        f'<title id="graphbp-title">{_text(scene.title or "graphbp")}</title>',
        f'<desc id="graphbp-desc">{_text(scene.description)}</desc>',
        f"<defs>{''.join(symbols)}</defs>",
    ]
    if theme.palette.paper:
        lines.append(f'<rect class="paper" width="100%" height="100%" fill="{theme.palette.paper}"/>')
    lines += parts(scene, theme, drawn)
    return "\n".join([*lines, "</svg>"]) + "\n"


def parts(scene: Scene, theme: Theme, drawn: Mapping[Label, str], *, ids: bool = True) -> Iterator[str]:
    """Shapes of one part in one group; the first of a part carries its id, unless a page holds several pictures."""
    seen: set[str] = set()
    for (part, classes), shapes in itertools.groupby(scene.shapes, lambda shape: (shape.part, shape.classes)):
        name = re.sub(r"[^\w.-]+", "-", part)
        mark = f' id="{escape(name)}"' if ids and name and name not in seen else ""
        data = f' data-part="{escape(part)}"' if part else ""
        kind = f' class="{escape(" ".join(classes))}"' if classes else ""
        seen.add(name)
        yield f"<g{mark}{kind}{data}>{''.join(_shape(shape, scene, theme, drawn) for shape in shapes)}</g>"


def _shape(shape: Shape, scene: Scene, theme: Theme, drawn: Mapping[Label, str]) -> str:
    style = theme.style(shape.role)
    if isinstance(shape, Label):
        return _label(shape, scene, drawn[shape])
    contour = _contour(shape.outline(), style, shape.width, shape.role)
    if isinstance(shape, Arrow):
        contour += _contour(
            Polygon(role=shape.role, corners=shape.tip()).outline(), Style(None, style.line), 0, f"{shape.role} head"
        )
    return contour


def _contour(commands: tuple[Command, ...], style: Style, width: float, role: str) -> str:
    path = " ".join(name + " ".join(f"{_n(x)},{_n(y)}" for x, y in points) for name, points in commands)
    fill = style.fill if style.fill and commands[-1][0] == "Z" else "none"
    stroke = ""
    if style.line and width:
        stroke = f' stroke="{style.line}" stroke-width="{_n(width)}" stroke-linejoin="round"'
        stroke += f' stroke-dasharray="{" ".join(map(_n, dashes(width)))}"' if style.dashed else ""
    return f'<path class="{escape(role)}" d="{path}" fill="{fill}"{stroke}/>'


def _label(label: Label, scene: Scene, glyphs: str) -> str:
    said, maths = spoken(label, scene), latex(label, scene)
    place = f'transform="translate({_n(label.x)} {_n(label.y - label.ascent)})"'
    about = f'role="img" aria-label="{_text(said)}" data-latex="{_text(maths)}"'
    return f'<g class="label {escape(label.role)}" {about} {place}>{glyphs}</g>'


_PAGE = re.compile(r"<svg[^>]*>(.*?)(?:<defs>(.*)</defs>)?\s*</svg>\s*$", re.DOTALL)
_SYMBOL = re.compile(r'<symbol id="([^"]+)".*?</symbol>', re.DOTALL)


def glyphs(scene: Scene, theme: Theme) -> tuple[dict[Label, str], list[str]]:
    """Every label's glyphs, and the outlines that they share."""
    labels = scene.labels()
    if not labels:
        return {}, []
    head = f"{label_rules(theme)}{ink_rules(theme)}#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
    sources = [f"#page[{_set(label, scene, theme)}]\n" for label in labels]
    drawn: dict[Label, str] = {}
    symbols: dict[str, str] = {}
    for label, page in zip(labels, compile_pages(head + "".join(sources), "svg"), strict=True):
        found = _PAGE.match(page.decode())
        assert found is not None
        drawn[label] = found[1]
        symbols.update((match[1], match[0]) for match in _SYMBOL.finditer(found[2] or ""))
    return drawn, [symbols[name] for name in sorted(symbols)]


def _set(label: Label, scene: Scene, theme: Theme) -> str:
    markup = content_markup(
        label.content, theme, scene.names, scene.numbers, display=label.display, bold=label.bold, linear=label.linear
    )
    return f"#text(size: {label.size:g}pt, fill: rgb({quoted(theme.style(label.role).text)}))[{markup}]"


def _text(text: str) -> str:
    return escape("".join(letter if letter.isprintable() else " " for letter in text), quote=True)


def _n(length: float) -> str:
    return f"{round(length, 3) + 0.0:g}"
