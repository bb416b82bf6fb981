"""Documents as LaTeX: one self-contained file for pdflatex, its layouts in `preamble.tex`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatchmethod
from importlib.resources import files

from graphbp.document.tree import (
    Align,
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
from graphbp.drawing.scene import Scene
from graphbp.formats.breadth import breadth, widest_part
from graphbp.formats.decimals import missing
from graphbp.formats.tex.scene import fonts, inks, scene_tikz
from graphbp.formats.tex.text import LinearTexWriter, TexWriter, comment, tex_prose
from graphbp.notation.prose import Prose, written
from graphbp.notation.tree import Equation, Expr, Mark
from graphbp.notation.unicode import UnicodeWriter
from graphbp.theme import Theme

PAGE, BESIDE, STEP = 475.0, 228.0, 150.0
"""How wide, in points, a picture may be: on the page, beside another column, beside the lines of a step."""
LETTERS = 92
"""How many letters fit on a line."""
BESIDE_PICTURE = 48
"""How many letters fit on a line of a step beside its picture."""
WHOLE = 24
"""Up to this many rows a table stays on one page."""


def document_source(document: Document, theme: Theme) -> str:
    """The whole source file; pdflatex needs amsmath, tikz, booktabs, longtable, geometry and its fonts."""
    writer = _TexDocument(document, theme)
    body = "\n".join([writer.opening(), *map(writer.block, document.blocks)])
    layouts = files("graphbp.formats.tex").joinpath("preamble.tex").read_text("utf-8")
    paper = theme.palette.paper
    page = "\\pagecolor{bppaper}" if paper and paper != "#ffffff" else ""
    head = [r"\documentclass[a4paper,10pt]{article}", fonts(body), layouts + inks(theme)]
    return "\n".join([*head, r"\begin{document}" + page + r"\color{bpink}", body, r"\end{document}", ""])


class _TexDocument:
    """Writes the blocks of one document."""

    def __init__(self, document: Document, theme: Theme) -> None:
        self.document, self.theme = document, theme
        self.maths = TexWriter(document.names, document.numbers)
        self.letters = UnicodeWriter(document.names, document.numbers)
        self.numbers = document.numbers_of_steps()

    def opening(self) -> str:
        subtitle = f"{{{self.prose(self.document.subtitle)}}}"
        return rf"\bptitle{{{self.prose(self.document.title)}}}{subtitle}"

    # Text

    def prose(self, text: Prose) -> str:
        return tex_prose(text, self.maths, self.numbers)

    def math(self, term: Expr | Equation) -> str:
        return rf"$\displaystyle {self.maths.write(term)}$"

    def cell(self, term: Expr | Equation) -> str:
        """A formula with a little room above and below it."""
        return rf"\bpcell{{{self.maths.write(term)}}}"

    def breadth(self, terms: Iterable[Expr]) -> int:
        """Roughly how many letters wide the formulas are side by side."""
        return sum(len(self.letters.write(term)) + 3 for term in terms)

    # Blocks

    @singledispatchmethod
    def block(self, block: Block) -> str:
        """The LaTeX of one block."""
        raise TypeError(f"no LaTeX for {type(block).__name__}")

    @block.register
    def _(self, block: Heading) -> str:
        return rf"\bp{'section' if block.level == 1 else 'subsection'}{{{self.prose(block.text)}}}"

    @block.register
    def _(self, block: Paragraph) -> str:
        return rf"\bpparagraph{{{self.prose(block.text)}}}"

    @block.register
    def _(self, block: Note) -> str:
        return rf"\bpnote{{{self.prose(block.text)}}}"

    @block.register
    def _(self, block: Picture) -> str:
        return self.picture(block, PAGE)

    def picture(self, block: Picture, room: float) -> str:
        """The drawing, made smaller if it has to be; what it shows stands in a comment."""
        caption = rf"\bpcaption{{{self.prose(block.caption)}}}" if block.caption else ""
        drawing = f"% {comment(block.alt)}\n{scene_tikz(fitted(block.scene, room), self.theme)}"
        return f"\\begin{{bppicture}}\n{drawing}\n{caption}\\end{{bppicture}}"

    @block.register
    def _(self, block: Columns) -> str:
        opening = rf"\begin{{bpcolumn}}{{{1 / len(block.columns):.3f}}}"
        columns = [f"{opening}\n{self.column(parts)}\n\\end{{bpcolumn}}" for parts in block.columns]
        return "\\begin{bpcolumns}\n" + "%\n\\hfill\n".join(columns) + "%\n\\end{bpcolumns}"

    def column(self, parts: Sequence[Block]) -> str:
        """Blocks in half of the page: pictures fit it, tables do not break over pages."""
        return "\n".join(
            self.picture(part, BESIDE) if isinstance(part, Picture)
            else self.table(part, LETTERS // 2, "tabular") if isinstance(part, Table) else self.block(part)
            for part in parts
        )  # fmt: skip

    @block.register
    def _(self, block: Table) -> str:
        return self.table(block, LETTERS, "tabular" if len(block.rows) <= WHOLE else "longtable")

    def table(self, block: Table, room: int, environment: str) -> str:
        """Rules above, below the header and below; the widest column of words gives way where there is no room."""
        header = " & ".join(rf"\textbf{{{self.prose(cell)}}}" for cell in block.header)
        rows = "".join(r"\bpstrut " + " & ".join(row) + r" \\" + "\n" for row in self.rows(block))
        place, repeated = ("[l]", r" \endhead") if environment == "longtable" else ("", "")
        opening = f"\\begin{{{environment}}}{place}{{@{{}}{self.alignment(block, room)}@{{}}}}"
        body = f"\\toprule\n{header} \\\\ \\midrule{repeated}\n{rows}\\bottomrule\n"
        return f"\\bptable{{{opening}\n{body}\\end{{{environment}}}}}"

    def rows(self, block: Table) -> list[list[str]]:
        """The cells; in columns of numbers with unseen digits behind them, so that points stand below each other."""
        low = LinearTexWriter(self.document.names, self.document.numbers)
        made = [[tex_prose(cell, low, self.numbers) for cell in row] for row in block.rows]
        for place, side in enumerate(block.align):
            column = [written(row[place], self.letters.write) for row in block.rows]
            for row, digits in zip(made, missing(column) if side == "decimal" else [], strict=False):
                row[place] += rf"$\phantom{{{digits}}}$" if digits else ""
        return made

    def alignment(self, block: Table, room: int) -> str:
        widths = [max(self.cell_width(row[k]) for row in (block.header, *block.rows)) for k in range(len(block.align))]
        sides = [_SIDES[side] for side in block.align]
        excess = sum(widths) + 3 * (len(widths) - 1) - room
        if excess > 0:
            widest = widths.index(max(widths))
            sides[widest] = rf"p{{{max(10, widths[widest] - excess) * 4.9:.0f}bp}}"
        return "".join(sides)

    def cell_width(self, cell: Prose) -> int:
        return len(written(cell, self.letters.write))

    @block.register
    def _(self, block: Givens) -> str:
        groups = "%\n".join(self.given_group(group) for group in block.groups if group)
        return f"\\begin{{bpgivens}}\n{groups}\n\\end{{bpgivens}}"

    def given_group(self, group: Sequence[Sequence[Equation]]) -> str:
        """Rows kept together where they are short, else text that breaks anywhere between equations."""
        rows = [[self.cell(equation) + "," for equation in row[:-1]] + [self.cell(row[-1])] for row in group if row]
        if max(len(", ".join(map(self.letters.write, row))) for row in group) > LETTERS:
            return "\n".join(" ".join(row) for row in rows) + r"\\"
        return r"\bpgroup{" + r" \\ ".join(" ".join(row) for row in rows) + "}"

    @block.register
    def _(self, block: Equations) -> str:
        columns = max(len(row.cells) for row in block.rows)
        rows = [(row.left, *row.cells) for row in block.rows]
        widths = [max(self.breadth(row[k : k + 1]) for row in rows) for k in range(columns + 1)]
        return self.aligned(block, columns) if sum(widths) <= LETTERS else self.stacked(block)

    def aligned(self, block: Equations, columns: int) -> str:
        """All equals signs below each other."""
        rows = (" & ".join(self.cell(x) for x in (row.left, *row.cells)) + r" \\" for row in block.rows)
        return rf"\begin{{bpequations}}{{{columns}}}" + "\n" + "\n".join(rows) + "\n\\end{bpequations}"

    def stacked(self, block: Equations) -> str:
        """Rows that may break at any sign, their first equals signs below each other."""
        left = "".join(rf"\bpwiden{{{self.maths.write(row.left)}}}" for row in block.rows)
        rows = (
            rf"\bprow{{{self.maths.write(row.left)}}}{{{self.chain(row.cells, LETTERS - 10)}}}" for row in block.rows
        )
        return "\\begin{bplines}\n" + left + "\n" + "\n".join(rows) + "\n\\end{bplines}"

    def chain(self, rights: Sequence[Expr], room: int, relation: str = "=", maths: TexWriter | None = None) -> str:
        """= a = b = …, in one formula that may break at its signs."""
        maths = maths or self.maths
        signs = [maths.relation(relation), *["="] * (len(rights) - 1)]
        return " ".join(f"{sign} {self.right(maths, right, room)}" for sign, right in zip(signs, rights, strict=True))

    def right(self, maths: TexWriter, right: Expr, room: int) -> str:
        """A side of a line: without its frame if no frame holds it, made smaller if it is too wide and cannot break."""
        if isinstance(right, Mark) and right.role == "result" and breadth(right, self.document.numbers) > room:
            right = right.x
        written = maths.write(right)
        return rf"\bpfit{{{written}}}" if widest_part(right, self.document.numbers) > room else written

    @block.register
    def _(self, block: StepBlock) -> str:
        picture = self.picture(block.picture, STEP) if block.picture and self.beside(block) else ""
        lead = rf"\bpparagraph{{{self.prose(block.lead)}}}" if block.lead else ""
        left = "".join(rf"\bpwiden{{{self.maths.write(line.left)}}}" for line in block.lines if line.left is not None)
        room = BESIDE_PICTURE if picture else LETTERS - 10
        lines = "\n".join(self.step_line(line, room) for line in block.lines)
        head = rf"\begin{{bpstep}}{{{block.number}}}{{{self.prose(block.title)}}}{{{lead}}}"
        beside = f"\\bpbeside{{%\n{picture}}}" if picture else r"\bpalone"
        return f"{head}\n{beside}{{%\n{left}\n{lines}}}\n\\end{{bpstep}}"

    def beside(self, block: StepBlock) -> bool:
        """Whether the lines leave room for a picture: none of them would have to be made much smaller."""
        widths = (widest_part(right, self.document.numbers) for line in block.lines for right in line.rights)
        return max(widths, default=0) <= 1.4 * BESIDE_PICTURE

    def step_line(self, line: StepLine, room: int) -> str:
        left = self.maths.write(line.left) if line.left is not None else ""
        chain = self.chain(line.rights, room, line.relation, self.maths.shaped(line.shapes))
        return rf"\bpline{{{left}}}{{{chain}}}{{{self.prose(line.reason)}}}"

    @block.register
    def _(self, block: ResultBox) -> str:
        return rf"\bpresult{{{self.math(block.equation)}}}{{{self.prose(block.text)}}}"


_SIDES: dict[Align, str] = {"left": "l", "right": "r", "center": "c", "decimal": "r"}


def fitted(scene: Scene, room: float) -> Scene:
    """The scene, scaled down if it is wider than the room."""
    return scene.scaled(room / scene.width) if scene.width > room else scene
