"""The document as data: all that any format needs to set a page, and nothing about how it looks.

Formulas are trees of `graphbp.notation`; parts in the colour of a role are marked with `Mark`, a boxed
result with `Mark(…, "result")`.  A document carries its own names and its own number style.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from graphbp.drawing.scene import Scene
from graphbp.notation.named import Named
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Expr

Value = float | list["Value"]
"""A number, or an array as nested lists."""
Align = Literal["left", "right", "center", "decimal"]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section (level 1) or of a part of it (level 2)."""

    text: Prose
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text."""

    text: Prose


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in small grey type."""

    text: Prose


@dataclass(frozen=True, slots=True)
class Picture:
    """A placed drawing; `alt` says in words what it shows, for readers and formats without pictures."""

    scene: Scene
    alt: str
    caption: Prose = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header; `align` has one entry a column, "decimal" for numbers under their points."""

    header: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]
    align: tuple[Align, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks side by side (a picture and the table that explains it), on narrow media one below the other."""

    columns: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Givens:
    """Values that are given: groups side by side, each of rows of `name = value`."""

    groups: tuple[tuple[tuple[Equation, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class EquationRow:
    """left = cells[0] = cells[1] = …: one row of an aligned calculation."""

    left: Expr
    cells: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Equations:
    """Calculations below each other, their equals signs aligned by columns; `compact` ones are set low in height."""

    rows: tuple[EquationRow, ...]
    compact: bool = False


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of a step, `= right` or `= right = right`, with its reason; one with `left` starts a new chain.

    `shapes` are pairs (factor, its shape) of a layer formula, each to be printed under its factor.
    """

    rights: tuple[Expr, ...]
    reason: Prose = ()
    left: Expr | None = None
    relation: str = "="
    shapes: tuple[tuple[Expr, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StepBlock:
    """One numbered step: question, lines with their reasons, and the part of the network that it is about.

    `anchor` is what `StepRef`s elsewhere point to, `lead` a sentence after the title.
    """

    number: int
    anchor: str
    title: Prose
    lines: tuple[StepLine, ...]
    lead: Prose = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class ResultBox:
    """A result that stands out, with a sentence about it."""

    equation: Equation
    text: Prose = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One claim as data, for programs that read documents: what is claimed, why, and how it was checked.

    `values` are the full numbers of the names and gradients in the claim, by their spelling (a1, dl/dz3);
    `where` says what the claim names beside the nodes.
    """

    id: str
    rule: str
    node: str
    claim: Equation
    reason: Prose
    uses: tuple[str, ...] = ()
    numbers: Equation | None = None
    evidence: tuple[tuple[str, str | int | float], ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    where: tuple[Named, ...] = ()


Block = Heading | Paragraph | Note | Picture | Table | Columns | Givens | Equations | StepBlock | ResultBox
"""Every kind of block; a format that lacks one fails its contract test."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; `loss` names what is differentiated (None where a document has no such thing).

    `source` makes the network as a file, for formats that can compute with it; `network` makes plain data of its
    nodes, formulas and numbers, for programs that compute anew.
    """

    title: Prose
    blocks: tuple[Block, ...]
    subtitle: Prose = ()
    names: Names = field(default_factory=lambda: Names({}))
    numbers: NumberStyle = field(default_factory=NumberStyle)
    records: Sequence[Record] = ()
    loss: str | None = None
    source: Callable[[], str] | None = None
    network: Callable[[], Mapping[str, Any]] = dict

    def steps(self) -> tuple[StepBlock, ...]:
        """The numbered steps in order."""
        return tuple(block for block in self.blocks if isinstance(block, StepBlock))

    def numbers_of_steps(self) -> dict[str, int]:
        """The number printed for each anchor that a `StepRef` may point to."""
        return {step.anchor: step.number for step in self.steps()}
