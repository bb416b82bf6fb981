"""Documents as Markdown, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod

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
from graphbp.formats.markdown.mermaid import chart
from graphbp.formats.markdown.text import MarkdownMaths, block, inline, md_line, md_prose, md_text
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Expr


class MarkdownDocument:
    """Writes the blocks of one document; other formats built on Markdown change how formulas and pictures appear."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.maths = MarkdownMaths(document.names, document.numbers)
        self.numbers = document.numbers_of_steps()

    def text(self) -> str:
        """The whole document."""
        return "\n\n".join(part for part in (self.opening(), *map(self.block, self.document.blocks)) if part) + "\n"

    def opening(self) -> str:
        """Title and subtitle."""
        parts = [f"# {self.prose(self.document.title)}"]
        return "\n\n".join([*parts, self.line(self.document.subtitle)] if self.document.subtitle else parts)

    # Text

    def prose(self, text: Prose) -> str:
        """A sentence."""
        return md_prose(text, self.maths, self.numbers)

    def line(self, text: Prose) -> str:
        """A sentence that begins a line."""
        return md_line(self.prose(text))

    def math(self, term: Expr | Equation) -> str:
        """A formula in its delimiters."""
        return inline(self.maths.write(term))

    def displayed(self, latex: str) -> str:
        """A formula on lines of its own."""
        return block(latex)

    # Blocks

    @singledispatchmethod
    def block(self, block: Block) -> str:
        """The Markdown of one block."""
        raise TypeError(f"no Markdown for {type(block).__name__}")

    @block.register
    def _(self, block: Heading) -> str:
        return f"{'#' * (block.level + 1)} {self.prose(block.text)}"

    @block.register
    def _(self, block: Paragraph) -> str:
        return self.line(block.text)

    @block.register
    def _(self, block: Note) -> str:
        return f"> {self.line(block.text)}"

    @block.register
    def _(self, block: Picture) -> str:
        return "\n\n".join(part for part in (self.picture(block), self.line(block.caption)) if part)

    def picture(self, block: Picture) -> str:
        """The network as a chart, or what the picture shows in words."""
        drawn = chart(block.scene)
        return f"```mermaid\n{drawn}\n```" if drawn else f"> {md_line(md_text(block.alt))}"

    @block.register
    def _(self, block: Columns) -> str:
        return "\n\n".join(self.block(part) for column in block.columns for part in column)

    @block.register
    def _(self, block: Table) -> str:
        return table([[self.prose(cell) for cell in row] for row in (block.header, *block.rows)], block.align)

    @block.register
    def _(self, block: Givens) -> str:
        return "\n".join(f"- {', '.join(map(self.math, row))}" for group in block.groups for row in group)

    @block.register
    def _(self, block: Equations) -> str:
        rows = (" &= ".join([self.maths.write(row.left), self.cells(row.cells)]) for row in block.rows)
        return self.displayed("\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}")

    def cells(self, cells: Sequence[Expr]) -> str:
        """The cells of a table's row."""
        return " &&= ".join(map(self.maths.write, cells))

    @block.register
    def _(self, block: StepBlock) -> str:
        head = f'### <a name="step-{block.number}"></a>{block.number}. {self.prose(block.title)}'
        lines = table([["", "", ""], *map(self.step_line, block.lines)], ("right", "left", "left"))
        return "\n\n".join(part for part in (head, self.line(block.lead), self.step_picture(block), lines) if part)

    def step_picture(self, block: StepBlock) -> str:
        """Step pictures show what is lit in the network; where nothing can be lit they are left out."""
        return ""

    def step_line(self, line: StepLine) -> list[str]:
        """Left side, `= right = right`, and the reason."""
        maths = self.maths.shaped(line.shapes)
        signs = [maths.relation(line.relation), *["="] * (len(line.rights) - 1)]
        chain = " ".join(f"{sign} {maths.write(right)}" for sign, right in zip(signs, line.rights, strict=True))
        left = inline(rf"\displaystyle {self.maths.write(line.left)}") if line.left is not None else ""
        return [left, inline(rf"\displaystyle {chain}"), self.prose(line.reason)]

    @block.register
    def _(self, block: ResultBox) -> str:
        box = self.displayed(rf"\boxed{{{self.maths.write(block.equation)}}}")
        return "\n\n".join(part for part in (box, self.line(block.text)) if part)


_RULES: dict[Align, str] = {"left": ":--", "right": "--:", "center": ":-:", "decimal": "--:"}


def table(rows: Sequence[Sequence[str]], align: Sequence[Align]) -> str:
    """A table whose first row is its header."""
    header, *body = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([header, "| " + " | ".join(_RULES[side] for side in align) + " |", *body])
