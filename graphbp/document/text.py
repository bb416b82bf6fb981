"""Documents as short reviewable text: what stands where, and which part carries which colour."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

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
)
from graphbp.notation.prose import Prose, written
from graphbp.notation.unicode import UnicodeWriter


class _MarkedUnicode(UnicodeWriter):
    """Unicode formulas that name the roles of their parts."""

    def colour(self, role: str, x: str) -> str:
        return f"‹{role} {x}›"


class _Outliner:
    """What the blocks of one document are written with."""

    def __init__(self, document: Document) -> None:
        self.maths = _MarkedUnicode(document.names, document.numbers)
        self.numbers = {anchor: f"#{number}" for anchor, number in document.numbers_of_steps().items()}

    def prose(self, text: Prose) -> str:
        return written(text, self.maths.write, lambda id: self.numbers.get(id, f"#?{id}"))


def outline(document: Document) -> str:
    """The document as indented lines."""
    out = _Outliner(document)
    head = [f"= {out.prose(document.title)}", *([out.prose(document.subtitle)] if document.subtitle else [])]
    return "\n".join([*head, *(line for block in document.blocks for line in _lines(block, out))]) + "\n"


@singledispatch
def _lines(block: Block, out: _Outliner) -> Iterator[str]:
    """The lines of one block."""
    raise TypeError(f"no outline for {type(block).__name__}")


@_lines.register
def _(block: Heading, out: _Outliner) -> Iterator[str]:
    yield f"{'=' * (block.level + 1)} {out.prose(block.text)}"


@_lines.register
def _(block: Paragraph, out: _Outliner) -> Iterator[str]:
    yield out.prose(block.text)


@_lines.register
def _(block: Note, out: _Outliner) -> Iterator[str]:
    yield f"note: {out.prose(block.text)}"


@_lines.register
def _(block: Picture, out: _Outliner) -> Iterator[str]:
    yield f"picture: {block.alt}"


@_lines.register
def _(block: Table, out: _Outliner) -> Iterator[str]:
    for row in (block.header, *block.rows):
        yield "| " + " | ".join(out.prose(cell) for cell in row)


@_lines.register
def _(block: Columns, out: _Outliner) -> Iterator[str]:
    for number, column in enumerate(block.columns, start=1):
        yield f"column {number}"
        yield from (f"  {line}" for part in column for line in _lines(part, out))


@_lines.register
def _(block: Givens, out: _Outliner) -> Iterator[str]:
    for group in block.groups:
        yield "group"
        yield from ("  " + ", ".join(out.maths.write(equation) for equation in row) for row in group)


@_lines.register
def _(block: Equations, out: _Outliner) -> Iterator[str]:
    for row in block.rows:
        yield " = ".join(out.maths.write(cell) for cell in (row.left, *row.cells))


@_lines.register
def _(block: StepBlock, out: _Outliner) -> Iterator[str]:
    yield f"{block.number}. {out.prose(block.title)}"
    if block.lead:
        yield f"   {out.prose(block.lead)}"
    yield from (f"   {_step_line(line, out)}" for line in block.lines)
    if block.picture:
        yield f"   picture: {block.picture.alt}"


def _step_line(line: StepLine, out: _Outliner) -> str:
    left = f"{out.maths.write(line.left)} " if line.left is not None else ""
    rights = " = ".join(out.maths.write(right) for right in line.rights)
    reason = f"   ({out.prose(line.reason)})" if line.reason else ""
    shapes = (
        "   shapes: " + ", ".join(f"{out.maths.write(factor)} {shape}" for factor, shape in line.shapes)
        if line.shapes
        else ""
    )
    return f"{left}{line.relation} {rights}{reason}{shapes}"


@_lines.register
def _(block: ResultBox, out: _Outliner) -> Iterator[str]:
    yield f"result: {out.maths.write(block.equation)} {out.prose(block.text)}".rstrip()
