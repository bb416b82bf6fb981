"""Documents in the terminal: the same blocks as on paper, pictures left out, formulas as Unicode text."""

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
)
from graphbp.formats.terminal.lines import (
    broken,
    coloured,
    filled,
    fitting,
    glued,
    looks,
    packed,
    padded,
    plain,
    visible,
)
from graphbp.notation.prose import Prose, written
from graphbp.notation.tree import Equation, Expr
from graphbp.notation.unicode import UnicodeWriter

NARROWEST, WIDEST = 60, 100


def document_text(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The document as lines of at most `width` columns."""
    lines = _TerminalWriter(document, min(max(width, NARROWEST), WIDEST), colour).lines()
    lines = lines if colour else list(map(plain, lines))
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _ColouredUnicode(UnicodeWriter):
    """Unicode formulas whose marked parts carry the colours of their roles."""

    def colour(self, role: str, x: str) -> str:
        return coloured(role, x)


class _TerminalWriter:
    """Writes the blocks of one document."""

    def __init__(self, document: Document, width: int, colour: bool) -> None:
        self.document, self.width = document, width
        self.maths = (_ColouredUnicode if colour else UnicodeWriter)(document.names, document.numbers)
        self.numbers = {anchor: str(number) for anchor, number in document.numbers_of_steps().items()}
        self.reason_at = width * 19 // 40

    def lines(self) -> list[str]:
        """Title, subtitle and all blocks, an empty line between them."""
        parts = [[coloured("title", line) for line in self.text(self.document.title)]]
        parts.append([coloured("remark", line) for line in self.text(self.document.subtitle)])
        parts += [self.block(block) for block in self.document.blocks]
        return [line for part in parts if any(part) for line in (*part, "")][:-1]

    def prose(self, text: Prose) -> str:
        shown = tuple(visible(piece) if isinstance(piece, str) else piece for piece in text)
        return written(shown, lambda formula: glued(self.maths.write(formula)), lambda id: self.numbers.get(id, id))

    def text(self, text: Prose, width: int | None = None) -> list[str]:
        return filled(self.prose(text), width or self.width) if text else []

    @singledispatchmethod
    def block(self, block: Block) -> list[str]:
        """The lines of one block."""
        raise TypeError(f"no terminal text for {type(block).__name__}")

    @block.register
    def _(self, block: Heading) -> list[str]:
        lines = [coloured("heading", line) for line in self.text(block.text)]
        return [*lines, "─" * max(map(looks, lines))] if block.level == 1 else lines

    @block.register
    def _(self, block: Paragraph) -> list[str]:
        return self.text(block.text)

    @block.register
    def _(self, block: Note) -> list[str]:
        return [coloured("remark", line) for line in self.text(block.text)]

    @block.register
    def _(self, block: Picture) -> list[str]:
        return self.text(block.caption)

    @block.register
    def _(self, block: Columns) -> list[str]:
        parts = [self.block(part) for column in block.columns for part in column]
        return [line for part in parts if any(part) for line in (*part, "")][:-1]

    @block.register
    def _(self, block: Table) -> list[str]:
        columns = [aligned([self.prose(row[k]) for row in block.rows], side) for k, side in enumerate(block.align)]
        rows = [[self.prose(cell) for cell in block.header], *map(list, zip(*columns, strict=True))]
        widths = self.column_widths(rows)
        sides = [side in ("right", "decimal") for side in block.align]
        lines = [line for row in rows for line in _table_row(row, widths, sides)]
        head = len(_table_row(rows[0], widths, sides))
        return [
            *(coloured("title", line) for line in lines[:head]),
            "─" * (sum(widths) + 2 * len(widths) - 2),
            *lines[head:],
        ]

    def column_widths(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """The natural widths; if they do not fit, the widest column gives way."""
        widths = [max(looks(row[k]) for row in rows) for k in range(len(rows[0]))]
        excess = sum(widths) + 2 * (len(widths) - 1) - self.width
        if excess > 0:
            widest = widths.index(max(widths))
            widths[widest] = max(10, widths[widest] - excess)
        return widths

    @block.register
    def _(self, block: Givens) -> list[str]:
        rows = (row for group in block.groups for row in group)
        return [
            line
            for row in rows
            for line in filled(",  ".join(glued(self.maths.write(equation)) for equation in row), self.width)
        ]

    @block.register
    def _(self, block: Equations) -> list[str]:
        write = self.maths.write
        rows = [(write(row.left), [f"= {write(cell)}" for cell in row.cells]) for row in block.rows]
        left = max(looks(name) for name, _ in rows)
        widths, fits = fitting([[looks(cell) for cell in cells] for _, cells in rows], self.width - left - 1, 2)
        named = [(padded(name, left, right=True), cells) for name, cells in rows]
        return [
            line
            for (name, cells), fit in zip(named, fits, strict=True)
            for line in self.equation_row(name, cells, widths if fit else None)
        ]

    def equation_row(self, left: str, cells: Sequence[str], widths: Sequence[int] | None) -> list[str]:
        """One row in columns, or one cell a line."""
        indent = looks(left) + 1
        if widths is not None:
            return [f"{left} " + "".join(padded(cell, width + 2) for cell, width in zip(cells, widths, strict=False))]
        lines = [line for cell in cells for line in broken(cell, self.width - indent)]
        return [f"{left} {lines[0]}", *(" " * indent + line for line in lines[1:])]

    @block.register
    def _(self, block: StepBlock) -> list[str]:
        number = f"{block.number}. "
        title = [coloured("step", line) for line in filled(number + self.prose(block.title), self.width)]
        left = max((looks(self.maths.write(line.left)) for line in block.lines if line.left is not None), default=0)
        lines = [text for line in block.lines for text in self.step_line(line, left)]
        return [*title, *self.text(block.lead), *lines]

    def step_line(self, line: StepLine, left: int) -> list[str]:
        """`left = right`, and its reason beside the first row that leaves room for it, else below."""
        name = padded(self.maths.write(line.left) if line.left is not None else "", left)
        sign = f" {self.maths.relation(line.relation)} "
        indent = left + 3 + len(sign)
        sides = packed(
            [self.maths.write(right) for right in line.rights], self.reason_at - indent - 2, self.width - indent
        )
        rows = [row for side in sides for row in self.side_rows(side, sign, indent)]
        rows[0] = f"   {name}{rows[0][left + 3 :]}"
        shapes = ",  ".join(f"{self.maths.write(factor)}: {shape}" for factor, shape in line.shapes)
        rows += [coloured("remark", " " * indent + row) for row in broken(shapes, self.width - indent) if shapes]
        reasons = [coloured("remark", part) for part in self.text(line.reason, self.width - self.reason_at)]
        return self.beside(rows, reasons)

    def side_rows(self, side: str, sign: str, indent: int) -> list[str]:
        """One side of an equation behind its sign, on several rows if it is long."""
        first, *others = broken(side, self.width - indent)
        return [" " * (indent - len(sign)) + sign + first, *(" " * indent + row for row in others)]

    def beside(self, rows: list[str], reasons: list[str]) -> list[str]:
        """Reasons in their column."""
        at = self.reason_at
        narrow = [looks(row) + 2 <= at for row in rows]
        first = next((place for place in range(len(rows)) if all(narrow[place:])), len(rows))
        rows = rows + [""] * (first + len(reasons) - len(rows))
        return [
            padded(row, at) + reasons[place - first] if 0 <= place - first < len(reasons) else row
            for place, row in enumerate(rows)
        ]

    @block.register
    def _(self, block: ResultBox) -> list[str]:
        return [*broken(self.equation(block.equation), self.width), *self.text(block.text)]

    def equation(self, equation: Equation | Expr) -> str:
        return self.maths.write(equation)


def aligned(cells: Sequence[str], side: Align) -> list[str]:
    """The cells of a column; numbers that stand under their points get spaces behind them."""
    if side != "decimal":
        return list(cells)
    tails = [len(cell) - (cell + ".").index(".") for cell in cells]
    longest = max(tails)
    return [cell + " " * (longest - tail) for cell, tail in zip(cells, tails, strict=True)]


def _table_row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """A row as lines: long cells are filled."""
    columns = [filled(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(column) for column in columns)
    return [
        "  ".join(
            padded(column[k] if k < len(column) else "", width, side)
            for column, width, side in zip(columns, widths, right, strict=True)
        )
        for k in range(height)
    ]
