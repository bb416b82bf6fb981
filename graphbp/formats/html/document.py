"""Documents as web pages, block by block; how they look is in `page.css`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatchmethod
from html import escape
from importlib.resources import files

from graphbp import theme as themes
from graphbp.document.tree import (
    Block,
    Columns,
    Document,
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
)  # fmt: skip
from graphbp.formats.breadth import breadth
from graphbp.formats.decimals import missing
from graphbp.formats.html.pictures import SHADES, Pictures, variable
from graphbp.notation.mathml import MathMLWriter, tokens
from graphbp.notation.prose import Piece, Prose, StepRef, Strong, written
from graphbp.notation.tree import Add, Equation, Expr, Mark
from graphbp.notation.unicode import UnicodeWriter
from graphbp.theme import Theme

LONG = 28
"""From this many letters on a line takes the room of its reason, which then follows below."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def document_html(document: Document, theme: Theme) -> str:
    """The whole page."""
    writer = _HtmlDocument(document)
    title = escape(plain(written(document.title, UnicodeWriter(document.names, document.numbers).write)))
    blocks = "\n".join([writer.opening(), *map(writer.block, document.blocks)])
    body = f"{writer.pictures.shared()}\n<main>\n{blocks}\n</main>"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{stylesheet(theme)}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def stylesheet(theme: Theme) -> str:
    """The colours of the theme, those of the dark one for readers who prefer them, and the page's layout."""
    dark = theme.name == "dark"
    night = "" if dark else f"@media screen and (prefers-color-scheme: dark) {{ {_colours(themes.get('dark'))} }}\n"
    scheme = "dark" if dark else "light dark"
    layout = files("graphbp.formats.html").joinpath("page.css").read_text("utf-8")
    return f":root {{ color-scheme: {scheme} }}\n{_colours(theme)}\n{night}{layout}"


def _colours(theme: Theme) -> str:
    values = "; ".join(f"{variable(name)}: {getattr(theme.palette, name) or '#ffffff'}" for name in SHADES)
    return f":root {{ {values} }}"


def plain(text: str) -> str:
    """Text without control signs, which no page may hold."""
    return "".join(letter if letter.isprintable() or letter == "\u00a0" else " " for letter in text)


class _HtmlDocument:
    """Writes the blocks of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.maths = MathMLWriter(document.names, document.numbers)
        self.numbers = document.numbers_of_steps()
        self.pictures = Pictures(document)

    def opening(self) -> str:
        subtitle = f'\n<p class="subtitle">{self.prose(self.document.subtitle)}</p>' if self.document.subtitle else ""
        return f"<header><h1>{self.prose(self.document.title)}</h1>{subtitle}</header>"

    # Text

    def prose(self, text: Prose) -> str:
        return "".join(map(self.piece, text))

    def piece(self, piece: Piece) -> str:
        if isinstance(piece, Expr | Equation):
            return self.maths.math(piece, display=False)
        if isinstance(piece, Strong):
            return f"<strong>{escape(plain(piece.text))}</strong>"
        if isinstance(piece, StepRef):
            number = self.numbers.get(piece.id)
            return f'<a href="#step-{number}">{number}</a>' if number else escape(plain(piece.id))
        return escape(plain(piece))

    def chain(self, rights: Sequence[Expr], relation: str = "=", maths: MathMLWriter | None = None) -> str:
        """= a = b …; a line may break before every sign of equality and between the terms of a sum."""
        maths = maths or self.maths
        signs = [maths.relation(relation), *["="] * (len(rights) - 1)]
        parts = (pieces(maths, sign, right) for sign, right in zip(signs, rights, strict=True))
        return "".join(f"<span>{part}</span>" for right in parts for part in right)

    # Blocks

    @singledispatchmethod
    def block(self, block: Block) -> str:
        """The markup of one block."""
        raise TypeError(f"no HTML for {type(block).__name__}")

    @block.register
    def _(self, block: Heading) -> str:
        return f"<h{block.level + 1}>{self.prose(block.text)}</h{block.level + 1}>"

    @block.register
    def _(self, block: Paragraph) -> str:
        return f"<p>{self.prose(block.text)}</p>"

    @block.register
    def _(self, block: Note) -> str:
        return f'<p class="note">{self.prose(block.text)}</p>'

    @block.register
    def _(self, block: Picture) -> str:
        caption = f"<figcaption>{self.prose(block.caption)}</figcaption>" if block.caption else ""
        return f"<figure>{self.pictures.svg(block.scene, plain(block.alt))}{caption}</figure>"

    @block.register
    def _(self, block: Columns) -> str:
        columns = "\n".join("<div>" + "\n".join(map(self.block, parts)) + "</div>" for parts in block.columns)
        return f'<div class="columns">\n{columns}\n</div>'

    @block.register
    def _(self, block: Table) -> str:
        header = self.cells("th", block.header, block.align, [""] * len(block.header))
        tails = self.tails(block)
        rows = "\n".join(
            f"<tr>{self.cells('td', row, block.align, rest)}</tr>" for row, rest in zip(block.rows, tails, strict=True)
        )
        return f'<div class="wide"><table>\n<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>'

    def tails(self, block: Table) -> list[list[str]]:
        """What is set unseen behind the numbers of each row, so that their points stand below each other."""
        writer = UnicodeWriter(self.document.names, self.document.numbers).write
        columns = [[written(row[k], writer) for row in block.rows] for k in range(len(block.align))]
        found = [
            missing(c) if side == "decimal" else [""] * len(c) for c, side in zip(columns, block.align, strict=True)
        ]
        return [[column[place] for column in found] for place in range(len(block.rows))]

    def cells(self, name: str, row: Iterable[Prose], align: Iterable[str], tails: Iterable[str]) -> str:
        """The cells of a row."""
        return "".join(
            f'<{name} class="{side}">{self.prose(cell)}{_unseen(tail)}</{name}>'
            for cell, side, tail in zip(row, align, tails, strict=True)
        )

    @block.register
    def _(self, block: Givens) -> str:
        groups = ("".join(f"<li>{self.given_row(row)}</li>" for row in group) for group in block.groups)
        return '<div class="givens">\n' + "\n".join(f"<ul>{group}</ul>" for group in groups) + "\n</div>"

    def given_row(self, row: Sequence[Equation]) -> str:
        commas = [","] * (len(row) - 1) + [""]
        return " ".join(f"<span>{self.maths.math(one)}{comma}</span>" for one, comma in zip(row, commas, strict=True))

    @block.register
    def _(self, block: Equations) -> str:
        columns = 1 + max(len(row.cells) for row in block.rows)
        rows = "\n".join(f"<tr>{self.equation_row((row.left, *row.cells), columns)}</tr>" for row in block.rows)
        kind = "equations compact" if block.compact else "equations"
        return f'<div class="wide"><table class="{kind}">\n{rows}\n</table></div>'

    def equation_row(self, cells: Sequence[Expr], columns: int) -> str:
        """One cell for the left side and one for each `= right`."""
        left = f'<td class="right">{self.maths.math(cells[0])}</td>'
        rest = "".join(f"<td>{self.maths.math(cell, before='=')}</td>" for cell in cells[1:])
        return left + rest + "<td></td>" * (columns - len(cells))

    @block.register
    def _(self, block: StepBlock) -> str:
        summary = f'<summary><span class="number">{block.number}.</span> {self.prose(block.title)}</summary>'
        lead = f"<p>{self.prose(block.lead)}</p>\n" if block.lead else ""
        lines = "\n".join(map(self.step_line, block.lines))
        picture = f"\n{self.block(block.picture)}" if block.picture else ""
        body = f'<div class="body">\n<div class="lines">\n{lines}\n</div>{picture}\n</div>'
        return f'<details open class="step" id="step-{block.number}">\n{summary}\n{lead}{body}\n</details>'

    def step_line(self, line: StepLine) -> str:
        left = self.maths.math(line.left) if line.left is not None else ""
        chain = self.chain(line.rights, line.relation, self.maths.shaped(line.shapes))
        kind = "chain long" if max(breadth(right, self.document.numbers) for right in line.rights) > LONG else "chain"
        reason = f'<div class="reason">{self.prose(line.reason)}</div>'
        return f'<div class="left">{left}</div><div class="{kind}">{chain}</div>{reason}'

    @block.register
    def _(self, block: ResultBox) -> str:
        text = f" <span>{self.prose(block.text)}</span>" if block.text else ""
        return f'<p class="result">{self.maths.math(block.equation)}{text}</p>'


def _unseen(digits: str) -> str:
    """Room for digits."""
    return f"<math><mphantom><mn>{digits}</mn></mphantom></math>" if digits else ""


def pieces(maths: MathMLWriter, sign: str, right: Expr) -> list[str]:
    """`= right` as formulas between which a line may break: a sum is taken apart at its signs."""
    inner = right.x if isinstance(right, Mark) else right
    if not isinstance(inner, Add) or maths.shapes or (isinstance(right, Mark) and right.role == "result"):
        return [maths.math(right, before=sign)]
    role = right.role if isinstance(right, Mark) else None
    first, *rest = (Mark(term, role) if role else term for term in inner.terms)
    return [maths.math(first, before=sign), *(_term(maths, term) for term in rest)]


def _term(maths: MathMLWriter, term: Expr) -> str:
    """A further term of a sum with its sign."""
    return f'<math displaystyle="true">{tokens(maths.wrap_term(term, first=False))}</math>'
