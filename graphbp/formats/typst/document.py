"""Documents as Typst source: one self-contained file, its layouts in `page.typ`, user text never read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import singledispatchmethod
from importlib.resources import files

from graphbp.document.tree import (
    Align,
    Block,
    Columns,
    Document,
    EquationRow,
    Equations,
    Givens,
    Heading,
    Note,
    Paragraph,
    Picture,
    ResultBox,
    StepBlock,
    StepLine,
    Table,
)
from graphbp.formats.typst.scene import scene_markup
from graphbp.formats.typst.text import ink_rules
from graphbp.notation.language import Level
from graphbp.notation.paper import leading, trailing, ungrouped
from graphbp.notation.prose import Piece, Prose, StepRef, Strong
from graphbp.notation.tree import Div, Equation, Expr, Number, Partial, Term
from graphbp.notation.typst import TypstWriter, quoted
from graphbp.theme import Theme

_PLAIN = re.compile(r"[A-Za-z(][A-Za-z0-9 ,;:?!().]*|[ ,;:?!.][A-Za-z0-9 ,;:?!().]*")


LEAST_PICTURE = 148.0
"""The column of pictures beside steps, in points; wider pictures widen it."""


def document_source(document: Document, theme: Theme) -> str:
    """The whole source file; it compiles with Typst alone."""
    writer = _DocumentWriter(document, theme)
    layouts = files("graphbp.formats.typst").joinpath("page.typ").read_text("utf-8")
    blocks = "\n".join(writer.blocks(document.blocks))
    widths = [step.picture.scene.width for step in document.steps() if step.picture]
    column = f"#let picture-width = {max([LEAST_PICTURE, *widths]):g}pt\n"
    return f"{_constants(theme)}{column}{ink_rules(theme)}\n{layouts}\n{writer.opening()}\n{blocks}\n"


def _constants(theme: Theme) -> str:
    palette = theme.palette
    colours = {
        "ink": palette.ink,
        "remark": palette.remark,
        "rule": palette.pending_line,
        "accent": palette.forward,
        "lit": palette.lit,
        "lit-line": palette.lit_line,
    }
    lines = [f"#let {name} = rgb({quoted(colour)})" for name, colour in colours.items()]
    lines += [f"#let text-font = {quoted(theme.text_font)}", f"#let math-font = {quoted(theme.math_font)}"]
    return "\n".join([*lines, f"#let math-weight = {theme.math_weight}", ""])


def text_markup(text: str) -> str:
    """Plain words as markup: as they are where no sign could be read as a command, else as a string.

    >>> text_markup("the slope of"), text_markup('#read("x")')
    ('the slope of', '#"#read(\\\\"x\\\\")";')
    """
    return text if _PLAIN.fullmatch(text) and "//" not in text else f"#{quoted(text)};"


def plain_text(prose: Prose, writer: TypstWriter) -> str:
    """A sentence as metadata: formulas as they are written, no markup."""
    from graphbp.notation.unicode import UnicodeWriter

    unicode = UnicodeWriter(writer.names, writer.numbers)
    parts = (
        piece if isinstance(piece, str) else piece.text if isinstance(piece, Strong) else unicode.write(piece)
        for piece in prose
        if not isinstance(piece, StepRef)
    )
    return "".join(parts)


_ALIGN = {"left": "start", "right": "end", "center": "center", "decimal": "end"}
_DECIMAL = re.compile(r"\$-?\d+(\.\d+)?\$")


def _tail(text: str) -> str | None:
    """The point and the decimals of a number; None where there is anything else."""
    found = _DECIMAL.fullmatch(text)
    return (found[1] or "") if found else None


def _filling(tail: str, longest: str) -> str:
    """What is missing behind a number, invisible."""
    missing = longest[len(tail) :]
    return f"#hide[{missing}]" if missing else ""


def _tuple(items: Iterable[str]) -> str:
    """A Typst array, also of one element."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


class PageWriter(TypstWriter):
    """Formulas as they stand on pages: a fraction of numbers is small and close to what it multiplies."""

    def gap(self, left: Expr, right: Expr) -> str:
        """No space behind a fraction of numbers."""
        return " " if _numeric(trailing(left)) else super().gap(left, right)


def _numeric(x: Expr) -> bool:
    return isinstance(x, Div) and isinstance(x.num, Number) and isinstance(x.den, Number)


class InlineWriter(PageWriter):
    """Formulas for running text and tables: fractions stand on the line, a/b.

    >>> from graphbp.notation.tree import Number, Symbol
    >>> InlineWriter().write(Symbol("a") / (Number(1) + Symbol("x")))
    'a\\\\/(1 + x)'
    """

    fraction_level = Level.PRODUCT

    def gap(self, left: Expr, right: Expr) -> str:
        """A dot between two fractions on the line, else what all formulas have there."""
        between = isinstance(trailing(left), Div | Partial) and isinstance(leading(right), Div | Partial)
        return self.infix("dot") if between else super().gap(left, right)

    def fraction(self, num: str, den: str) -> str:
        """A quotient on one line."""
        return f"{num}\\/{den}"

    def write_div(self, term: Div) -> str:
        """A quotient on one line."""
        if _numeric(term):
            return super().fraction(self.write(term.num), self.write(term.den))
        return self.fraction(self.wrap(ungrouped(term.num), Level.PRODUCT), self.wrap(ungrouped(term.den), Level.POWER))


class ShapeWriter(PageWriter):
    """Formulas with the shape of every factor under it."""

    def __init__(self, document: Document, shapes: Mapping[Expr, str]) -> None:
        super().__init__(document.names, document.numbers)
        self.shapes = shapes

    def write(self, term: Term | Equation) -> str:
        """The term, and below it its shape if it has one; what is inside of it has none."""
        shape = self.shapes.get(term) if isinstance(term, Expr) else None
        if shape is None:
            return super().write(term)
        return f"shaped({PageWriter(self.names, self.numbers).write(term)}, {quoted(shape)})"


class _DocumentWriter:
    """Writes the blocks of one document."""

    def __init__(self, document: Document, theme: Theme) -> None:
        self.document, self.theme = document, theme
        self.maths = PageWriter(document.names, document.numbers)
        self.inline = InlineWriter(document.names, document.numbers)
        self.numbers = document.numbers_of_steps()

    def opening(self) -> str:
        paper = self.theme.palette.paper
        fill = f", paper: rgb({quoted(paper)})" if paper and paper != "#ffffff" else ""
        title = quoted(plain_text(self.document.title, self.maths))
        heading = f"[{self.prose(self.document.title)}]"
        subtitle = f"[{self.prose(self.document.subtitle)}]" if self.document.subtitle else "none"
        return f"#show: page-setup.with(title: {title}{fill})\n#title-block({heading}, {subtitle})"

    # Text

    def prose(self, text: Prose, bold: bool = False) -> str:
        return "".join(self.piece(piece, bold) for piece in text)

    def piece(self, piece: Piece, bold: bool) -> str:
        if isinstance(piece, Term | Equation):
            inner = self.inline.write(piece)
            return f"$bold({inner})$" if bold else f"${inner}$"
        if isinstance(piece, Strong):
            return f"#strong[{text_markup(piece.text)}];"
        if isinstance(piece, StepRef):
            return f"#step-ref({self.numbers[piece.id]});" if piece.id in self.numbers else text_markup(piece.id)
        return text_markup(piece)

    def math(self, term: Expr | Equation, inline: bool = False) -> str:
        return f"${(self.inline if inline else self.maths).write(term)}$"

    # Blocks

    def blocks(self, blocks: Sequence[Block]) -> Iterator[str]:
        """The markup of all blocks; a paragraph stays with what it introduces."""
        for block, following in zip(blocks, (*blocks[1:], None), strict=True):
            leads = isinstance(block, Paragraph) and isinstance(following, Table | Equations | StepBlock)
            yield f"#lead-in[{self.prose(block.text)}]" if leads and isinstance(block, Paragraph) else self.block(block)

    @singledispatchmethod
    def block(self, block: Block) -> str:
        """The markup of one block, ending a line."""
        raise TypeError(f"no Typst for {type(block).__name__}")

    @block.register
    def _(self, block: Heading) -> str:
        return f"#heading(level: {block.level})[{self.prose(block.text, bold=True)}]"

    @block.register
    def _(self, block: Paragraph) -> str:
        return f"#paragraph[{self.prose(block.text)}]"

    @block.register
    def _(self, block: Note) -> str:
        return f"#note[{self.prose(block.text)}]"

    @block.register
    def _(self, block: Picture) -> str:
        options = f", alt: {quoted(block.alt)}"
        options += f", caption: [{self.prose(block.caption)}]" if block.caption else ""
        return f"#picture({block.scene.width:g}pt, [{scene_markup(block.scene, self.theme)}]{options})"

    @block.register
    def _(self, block: Table) -> str:
        align = _tuple(_ALIGN[side] for side in block.align)
        header = _tuple(f"[{self.prose(cell)}]" for cell in block.header)
        columns = [self.column([row[k] for row in block.rows], side) for k, side in enumerate(block.align)]
        rows = "\n".join("  " + " ".join(f"[{cell}]," for cell in row) for row in zip(*columns, strict=True))
        return f"#lined-table({align}, {header},\n{rows}\n)"

    def column(self, cells: Sequence[Prose], side: Align) -> list[str]:
        """The cells of a column; numbers under their points are followed by invisible digits."""
        written = [self.prose(cell) for cell in cells]
        if side != "decimal":
            return written
        tails = [_tail(text) for text in written]
        longest = max((tail for tail in tails if tail is not None), key=len, default="")
        return [
            text if tail is None else text + _filling(tail, longest) for text, tail in zip(written, tails, strict=True)
        ]

    @block.register
    def _(self, block: Columns) -> str:
        columns = "\n".join("  [" + "\n".join(self.blocks(column)) + "]," for column in block.columns)
        return f"#side-by-side(\n{columns}\n)"

    @block.register
    def _(self, block: Givens) -> str:
        groups = "\n".join(f"  {_tuple(self.given_row(row) for row in group)}," for group in block.groups)
        return f"#givens(\n{groups}\n)"

    def given_row(self, row: tuple[Equation, ...]) -> str:
        """The equations of a row with commas between them."""
        commas = [",", *[","] * (len(row) - 2), ""][-len(row) :] if row else []
        return _tuple(f"[{self.math(equation)}{comma}]" for equation, comma in zip(row, commas, strict=True))

    @block.register
    def _(self, block: Equations) -> str:
        rows = "\n".join(f"  {_tuple(self.equation_row(row, block.compact))}," for row in block.rows)
        return f"#equations(\n{rows}\n)"

    def equation_row(self, row: EquationRow, compact: bool) -> Iterable[str]:
        """Name and formula in full, numbers put in with fractions on the line."""
        yield self.math(row.left)
        yield from (self.math(cell, inline=compact or place > 0) for place, cell in enumerate(row.cells))

    @block.register
    def _(self, block: StepBlock) -> str:
        lines = "\n".join(f"  {self.step_line(line)}," for line in block.lines)
        options = f", lead: [{self.prose(block.lead)}]" if block.lead else ""
        if block.picture:
            options += f", drawing: {self.small_picture(block.picture)}"
        return f"#step({block.number}, [{self.prose(block.title, bold=True)}], (\n{lines}\n){options})"

    def small_picture(self, picture: Picture) -> str:
        """A picture as wide as the column beside a step."""
        drawn = f"scaled({picture.scene.width:g}pt, picture-width, [{scene_markup(picture.scene, self.theme)}])"
        return f"figure({drawn}, alt: {quoted(picture.alt)})"

    def step_line(self, line: StepLine) -> str:
        """One line as the array that `step` of `page.typ` reads."""
        left = self.math(line.left) if line.left is not None else "none"
        writer = ShapeWriter(self.document, dict(line.shapes)) if line.shapes else self.maths
        rights = _tuple(f"${writer.write(right)}$" for right in line.rights)
        return f"({left}, ${self.maths.relation(line.relation)}$, {rights}, [{self.prose(line.reason)}])"

    @block.register
    def _(self, block: ResultBox) -> str:
        text = f"[{self.prose(block.text)}]" if block.text else "none"
        return f"#result-box({self.math(block.equation)}, {text})"
