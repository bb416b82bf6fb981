"""Scenes as TikZ: the placed shapes, line by line, in points from the top left corner."""

from __future__ import annotations

from dataclasses import fields

from graphbp.drawing.scene import Arrow, Command, Label, Point, Polygon, Scene, Shape
from graphbp.formats.tex.text import TexWriter, cyrillic, tex_prose, tex_text
from graphbp.formats.typst.scene import dashes
from graphbp.notation.prose import Piece
from graphbp.notation.tree import Equation, Expr
from graphbp.theme import Style, Theme

COLOURED = ("forward", "backward", "parameter", "muted")
"""Roles of marks in formulas whose colour is that of their text."""


def picture_source(scene: Scene, theme: Theme) -> str:
    r"""A file that compiles as it is, and that \input brings into any document which loads amsmath and tikz."""
    size = f"paperwidth={_n(scene.width)}bp,paperheight={_n(scene.height)}bp"
    picture = scene_tikz(scene, theme)
    page = rf"\pagecolor[HTML]{{{_hex(theme.palette.paper)}}}" if theme.palette.paper not in (None, "#ffffff") else ""
    return "\n".join((
        rf"% {tex_text(scene.title)}",
        r"\expandafter\ifx\csname @nodocument\endcsname\relax\else % not inside a document: make one",
        r"\documentclass{article}",
        fonts(picture),
        r"\usepackage{amsmath,tikz}",
        rf"\usepackage[{size},margin=0bp]{{geometry}}",
        r"\pagestyle{empty}\setlength{\parindent}{0pt}\setlength{\topskip}{0pt}",
        rf"\begin{{document}}{page}\def\graphbpend{{\end{{document}}}}",
        r"\fi",
        r"\begingroup",
        colours(theme) + ink_macros() + picture,
        r"\endgroup",
        r"\ifdefined\graphbpend\expandafter\graphbpend\fi",
        "",
    ))  # fmt: skip


def fonts(source: str) -> str:
    """Fonts that grow to any size."""
    if cyrillic(source):
        return r"\usepackage[T1,T2A]{fontenc}\usepackage{fix-cm}"
    latin = r"\usepackage[T1]{fontenc}\usepackage"
    return rf"\IfFileExists{{lmodern.sty}}{{{latin}{{lmodern}}}}{{{latin}{{fix-cm}}}}"


def colours(theme: Theme) -> str:
    """The theme's colours by name."""
    return "".join(rf"\definecolor{{{name}}}{{HTML}}{{{_hex(value)}}}" + "\n" for name, value in _palette(theme).items())


def ink_macros() -> str:
    r"""The macros \ink…{} by which formulas colour their marked parts; a line may break inside them."""
    plain = "".join(rf"\def\ink{role}#1{{\begingroup\color{{bp{role}}}#1\endgroup}}" + "\n" for role in COLOURED)
    return plain + (
        r"\def\inkbox#1#2{\mathchoice{\inkset#1\displaystyle{#2}}{\inkset#1\textstyle{#2}}{\inkset#1\scriptstyle{#2}}{\inkset#1\scriptscriptstyle{#2}}}" "\n"
        r"\def\inkset#1#2#3{\begingroup\setlength{\fboxsep}{1.5pt}#1{$#2#3$}\endgroup}" "\n"
        r"\def\inklitbox{\colorbox{bplit}}\def\inkresultbox{\fcolorbox{bplitline}{bplit}}" "\n"
        r"\def\inklit#1{\inkbox\inklitbox{#1}}\def\inkresult#1{\inkbox\inkresultbox{#1}}" "\n"
    )


def _palette(theme: Theme) -> dict[str, str]:
    """The colours by name: those of the palette, and those of coloured parts of formulas."""
    shades = {f"bp{item.name.replace('_', '')}": getattr(theme.palette, item.name) for item in fields(theme.palette)}
    return {f"bp{role}": theme.style(role).text for role in COLOURED} | {name: value for name, value in shades.items() if value}


def scene_tikz(scene: Scene, theme: Theme) -> str:
    """The scene as a tikzpicture; `colours` and `ink_macros` stand before it."""
    writer = _TikzWriter(scene, theme)
    body = "".join(map(writer.shape, scene.shapes))
    corner = f"({_n(scene.width)},{_n(scene.height)})"
    return (
        r"\begin{tikzpicture}[x=1bp,y=-1bp,line join=round,inner sep=0,outer sep=0]" "\n"
        rf"\path[use as bounding box] (0,0) rectangle {corner};" "\n" + body + r"\end{tikzpicture}"
    )  # fmt: skip


class _TikzWriter:
    """Writes the shapes of one scene."""

    def __init__(self, scene: Scene, theme: Theme) -> None:
        self.theme = theme
        self.maths = TexWriter(scene.names, scene.numbers)
        self.names = {value: name for name, value in reversed(_palette(theme).items())}

    def colour(self, value: str) -> str:
        """The name of a colour."""
        return self.names.get(value) or f"{{rgb,255:red,{int(value[1:3], 16)};green,{int(value[3:5], 16)};blue,{int(value[5:7], 16)}}}"

    def shape(self, shape: Shape) -> str:
        style = self.theme.style(shape.role)
        if isinstance(shape, Label):
            return self.label(shape, style)
        drawn = self.contour(shape.outline(), style, shape.width)
        if isinstance(shape, Arrow):
            drawn += self.contour(Polygon(role=shape.role, corners=shape.tip()).outline(), Style(None, style.line), 0)
        return drawn

    def contour(self, commands: tuple[Command, ...], style: Style, width: float) -> str:
        options = []
        if style.fill and commands[-1][0] == "Z":
            options.append(f"fill={self.colour(style.fill)}")
        if style.line and width:
            options += [f"draw={self.colour(style.line)}", f"line width={_n(width)}bp"]
            options += ["dash pattern=on {}bp off {}bp".format(*map(_n, dashes(width)))] if style.dashed else []
        path = "".join(_STEPS[name].format(*map(_point, points)) for name, points in commands)
        return rf"\path[{','.join(options)}] {path.strip()};" + "\n" if options else ""

    def label(self, label: Label, style: Style) -> str:
        """The words, centred on the room that was measured for them, on their baseline."""
        size = f"\\fontsize{{{_n(label.size)}bp}}{{{_n(label.size * 1.2)}bp}}\\selectfont"
        weight = r"\bfseries\boldmath" if label.bold else ""
        place = f"at {_point((label.x + label.span / 2, label.y))}"
        return rf"\node[anchor=base,text={self.colour(style.text)}] {place} {{{size}{weight} {self.content(label)}}};" + "\n"

    def content(self, label: Label) -> str:
        pieces: tuple[Piece, ...] = label.content if isinstance(label.content, tuple) else (label.content,)
        return "".join(self.piece(piece, label.display) for piece in pieces)

    def piece(self, piece: Piece, display: bool) -> str:
        if display and isinstance(piece, Expr | Equation):
            return rf"$\displaystyle {self.maths.write(piece)}$"
        return tex_prose((piece,), self.maths, {})


_STEPS = {"M": " {}", "L": " -- {}", "C": " .. controls {} and {} .. {}", "Z": " -- cycle"}


def _point(point: Point) -> str:
    return f"({_n(point[0])},{_n(point[1])})"


def _n(length: float) -> str:
    return f"{round(length, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _hex(colour: str | None) -> str:
    return (colour or "#ffffff").removeprefix("#").upper()
