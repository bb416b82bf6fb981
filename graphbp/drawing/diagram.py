"""What to draw, without places: boxes that hold named nodes, links between them, columns with headings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from graphbp.drawing.scene import Content
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle

Arrangement = Literal["layers", "graph", "reverse"]
BoxKind = Literal["unit", "square", "disc", "card", "block", "source", "gradient", "carried", "gap"]
Flow = Literal["forward", "both", "backward"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One named node as it is shown: name, value, formula, and the number of its gradient."""

    id: str
    role: str
    name: Content
    value: Content | None = None
    formula: Content | None = None
    gradient: Content | None = None
    gradient_value: Content | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A place in the picture.

    unit: a circle, z on the arriving side and a on the leaving side · square: an input · disc: any
    other node · card: a node with value, formula and gradient · block: a layer of many numbers ·
    source: a gradient that is given · carried: a node of an earlier row, again · gap: what is left
    out.  `folded` are the parameters shown inside, `bias` the one below the sum and `shape` the one
    below the activation, `seed` the gradient with which the backward pass starts there; `near` names
    the box above or below which this one stands.
    """

    id: str
    kind: BoxKind
    cells: tuple[Cell, ...]
    rank: int
    folded: tuple[Cell, ...] = ()
    bias: Cell | None = None
    shape: Cell | None = None
    note: Content | None = None
    near: str = ""
    seed: Content | None = None

    @property
    def first(self) -> Cell:
        """The cell that arriving links reach."""
        return self.cells[0]

    @property
    def last(self) -> Cell:
        """The cell that leaving links start from."""
        return self.cells[-1]


@dataclass(frozen=True, slots=True)
class Link:
    """A use of `source` in the formula of `target` (cells, in forward direction).

    `via` names the weight that the link stands for, `label` is what stands on it and `value` the
    number below that.
    """

    source: str
    target: str
    via: str = ""
    label: Content | None = None
    value: Content | None = None
    flow: Flow = "forward"

    @property
    def part(self) -> str:
        """The name of this edge in pictures."""
        return f"{self.source}->{self.target}"


@dataclass(frozen=True, slots=True)
class Group:
    """A column: its heading and the formula below that."""

    rank: int
    heading: Content
    formula: Content | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: a unit with the function between its halves, a weight, a bias, a letter."""

    kind: Literal["unit", "weight", "bias", "upstream"]
    content: Content
    letters: tuple[Content, ...]


@dataclass(frozen=True)
class Diagram:
    """Everything that a picture shows, or one row of a `whole`, from which later rows read `onward`."""

    arrangement: Arrangement
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    groups: tuple[Group, ...] = ()
    title: str = ""
    description: str = ""
    legend: tuple[Key, ...] = ()
    formula: Content | None = None
    names: Names = field(default_factory=Names)
    numbers: NumberStyle = field(default_factory=NumberStyle)
    whole: Diagram | None = None
    onward: frozenset[str] = frozenset()

    @cached_property
    def home(self) -> dict[str, Box]:
        """The box of every cell that links may reach."""
        return {cell.id: box for box in self.boxes for cell in box.cells}

    @property
    def peers(self) -> tuple[Box, ...]:
        """The boxes of all rows."""
        return (self.whole or self).boxes

    def cells(self) -> Iterator[Cell]:
        """All cells, folded ones and biases too."""
        for box in self.boxes:
            yield from box.cells
            yield from box.folded
            yield from (cell for cell in (box.bias, box.shape) if cell)
