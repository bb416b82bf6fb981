"""Labels as Typst markup, the same for measuring, for pictures and for documents."""

from __future__ import annotations

from graphbp.drawing.scene import Content
from graphbp.notation.language import Level
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Piece, StepRef, Strong
from graphbp.notation.tree import Entry, Equation, Partial, Symbol, Term
from graphbp.notation.typst import TypstWriter, quoted
from graphbp.theme import Theme

BOLD = 700


class LinearWriter(TypstWriter):
    """Writes ∂l/∂z with a slash, for lines that are too low for a fraction."""

    def write_partial(self, term: Partial) -> str:
        """∂y/∂x on one line."""
        if not isinstance(term.y, Symbol | Entry):
            return super().write_partial(term)
        sign = self.word("d") if term.total else "∂"
        return f'{sign}{self.write(term.y)} class("normal", \\/) {sign}{self.wrap(term.x, Level.ATOM)}'


def ink_rules(theme: Theme) -> str:
    """The functions `ink<role>(…)` by which formulas colour their marked parts."""
    coloured = "".join(
        f"#let ink{role}(x) = text(fill: rgb({quoted(theme.style(role).text)}), x)\n"
        for role in ("forward", "backward", "parameter", "muted")
    )
    lit, line = quoted(theme.palette.lit), quoted(theme.palette.lit_line)
    shown = f"#let inklit(x) = box(fill: rgb({lit}), outset: (x: 1.5pt, y: 2pt), radius: 1.5pt, x)\n"
    border = f"fill: rgb({lit}), stroke: 0.7pt + rgb({line}), inset: (x: 4pt), outset: (y: 3.5pt), radius: 2pt"
    boxed = f"#let inkresult(x) = box({border}, x)\n"
    return coloured + shown + boxed


def label_rules(theme: Theme) -> str:
    """The set rules under which labels are measured and placed: the box of a label is its ink."""
    return (
        "#set par(leading: 0pt, spacing: 0pt, first-line-indent: 0pt, justify: false)\n"
        f'#set text(font: {quoted(theme.text_font)}, top-edge: "bounds", bottom-edge: "bounds")\n'
        '#set text(hyphenate: false, lang: "en")\n'
        f"#show math.equation: set text(font: {quoted(theme.math_font)})\n"
    )


def content_markup(
    content: Content,
    theme: Theme,
    names: Names,
    numbers: NumberStyle,
    *,
    display: bool = False,
    bold: bool = False,
    linear: bool = False,
) -> str:
    """A formula or a sentence as markup, to stand in a content block under `label_rules`."""
    writer = (LinearWriter if linear else TypstWriter)(names, numbers)
    pieces: tuple[Piece, ...] = content if isinstance(content, tuple) else (content,)
    inner = "".join(_piece(piece, writer, display) for piece in pieces)
    weights = f"#show math.equation: set text(weight: {BOLD if bold else theme.math_weight});"
    return weights + (f"#set text(weight: {BOLD});" if bold else "") + inner


def _piece(piece: Piece, writer: TypstWriter, display: bool) -> str:
    if isinstance(piece, Term | Equation):
        inner = writer.write(piece)
        return f"$display({inner})$" if display else f"${inner}$"
    if isinstance(piece, Strong):
        return f"#strong({quoted(piece.text)})"
    return f"#{quoted(piece.id if isinstance(piece, StepRef) else piece)}"
