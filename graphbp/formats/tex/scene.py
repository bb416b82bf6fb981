"""Scenes as TikZ: the placed shapes, line by line, in points from the top left corner."""

from __future__ import annotations

from dataclasses import fields
from importlib.resources import files

from graphbp.drawing.scene import Arrow, Command, Label, Point, Polygon, Scene, Shape
from graphbp.formats.spoken import pieces
from graphbp.formats.tex.text import LinearTexWriter, TexWriter, comment, cyrillic, tex_prose
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
        f"% {comment(scene.title)}",
        r"\expandafter\ifx\csname @nodocument\endcsname\relax\else % not inside a document: make one",
        r"\documentclass{article}",
        fonts(picture),
        r"\usepackage{amsmath,tikz}",
        rf"\usepackage[{size},margin=0bp]{{geometry}}",
        r"\pagestyle{empty}\setlength{\parindent}{0pt}\setlength{\topskip}{0pt}",
        rf"\begin{{document}}{page}\def\graphbpend{{\end{{document}}}}",
        r"\fi",
        r"\begingroup",
        inks(theme) + picture,
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


def inks(theme: Theme) -> str:
    r"""The theme's colours by name, and the macros \\ink…{} by which formulas colour their marked parts."""
    named = (rf"\definecolor{{{name}}}{{HTML}}{{{_hex(value)}}}" for name, value in _palette(theme).items())
    return "\n".join([*named, files("graphbp.formats.tex").joinpath("inks.tex").read_text("utf-8")])


def _palette(theme: Theme) -> dict[str, str]:
    """The colours by name: those of the palette, and those of coloured parts of formulas."""
    shades = {f"bp{item.name.replace('_', '')}": getattr(theme.palette, item.name) for item in fields(theme.palette)}
    roles = {f"bp{role}": theme.style(role).text for role in COLOURED}
    return roles | {name: value for name, value in shades.items() if value}


def scene_tikz(scene: Scene, theme: Theme) -> str:
    """The scene as a tikzpicture; `inks` stand before it."""
    writer = _TikzWriter(scene, theme)
    body = "".join(map(writer.shape, scene.shapes))
    opening = r"\begin{tikzpicture}[x=1bp,y=-1bp,line join=round,inner sep=0,outer sep=0]"
    box = rf"\path[use as bounding box] (0,0) rectangle ({_n(scene.width)},{_n(scene.height)});"
    return f"{opening}\n{box}\n{body}\\end{{tikzpicture}}"


class _TikzWriter:
    """Writes the shapes of one scene."""

    def __init__(self, scene: Scene, theme: Theme) -> None:
        self.scene, self.theme = scene, theme
        self.names = {value: name for name, value in reversed(_palette(theme).items())}

    def colour(self, value: str) -> str:
        """The name of a colour."""
        red, green, blue = (int(value[place : place + 2], 16) for place in (1, 3, 5))
        return self.names.get(value) or f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"

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
        place = f"[anchor=base,text={self.colour(style.text)}] at {_point((label.x + label.span / 2, label.y))}"
        # The inner group ends what \boldmath starts before TikZ reads on.
        return rf"\node{place} {{{{{size}{weight} {self.content(label)}}}}};" + "\n"

    def content(self, label: Label) -> str:
        writer = (LinearTexWriter if label.linear else TexWriter)(self.scene.names, self.scene.numbers)
        return "".join(_piece(piece, writer, label.display) for piece in pieces(label))


def _piece(piece: Piece, maths: TexWriter, display: bool) -> str:
    if display and isinstance(piece, Expr | Equation):
        return rf"$\displaystyle {maths.write(piece)}$"
    return tex_prose((piece,), maths, {})


_STEPS = {"M": " {}", "L": " -- {}", "C": " .. controls {} and {} .. {}", "Z": " -- cycle"}


def _point(point: Point) -> str:
    return f"({_n(point[0])},{_n(point[1])})"


def _n(length: float) -> str:
    return f"{round(length, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _hex(colour: str | None) -> str:
    return (colour or "#ffffff").removeprefix("#").upper()
