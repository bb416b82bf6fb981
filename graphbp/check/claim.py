"""What a person claims: lines of equalities over the network's names, as trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from graphbp.errors import GraphbpError
from graphbp.notation.tree import Expr, Index

Language = Literal["plain", "latex"]

UPDATE = "update"
"""The function whose value is a parameter after one step of gradient descent: Call("update", (w1,)) is w1+."""
LEARNING_RATE = "eta"
"""The symbol of the network's learning rate, unless a node has this name."""
EXAMPLES = "examples"
"""The function that stacks a node's values over all examples: Call("examples", (x,))[n] is x of example n."""
DIAGONAL = "diag"
"""The function that makes a diagonal matrix of a vector: Call("diag", (p,))."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line: left = rights[0] = rights[1] = …

    `left` is None on a line that begins with "=" and so goes on from the line before.  It is a
    `Partial` (of the loss, or a local derivative), a `Symbol` or `Entry` of a node (a value), a call
    of `UPDATE`, or any formula that is claimed to equal the rights.
    `definition` says that `left` is a name which the learner introduces here; `usual` is what such a
    name stands for by custom (∂l/∂z₁ for δ₁), if it has a custom.
    `free` are the letters over which the line is claimed for every entry; `where` tells which members
    of a family of scalar nodes the letters stand for on this line ("i = 1"), else it is empty.
    `start` is the place of `text` in the text of the claim, counted from 0.
    """

    n: int
    text: str
    left: Expr | None
    rights: tuple[Expr, ...]
    free: tuple[Index, ...] = ()
    definition: bool = False
    usual: Expr | None = None
    where: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of one line, or a whole derivation."""

    text: str
    language: Language
    lines: tuple[ClaimLine, ...]


class Unreadable(GraphbpError):
    """A claim that cannot be read, or that can be read in two ways.

    `line` is the line of the claim, `column` the place in it, both counted from 1; `readings` are the
    ways in which an ambiguous place can be read.

    >>> error = Unreadable("there is no node w9", text="dl/dw9 = 1", column=5, fix="did you mean w1?")
    >>> print(error.picture())
    dl/dw9 = 1
        ^
    """

    def __init__(self, what: str, *, text: str = "", line: int = 1, column: int = 1, expected: Sequence[str] = (),
                 readings: Sequence[str] = (), fix: str | None = None) -> None:  # fmt: skip
        super().__init__(what, fix=fix)
        self.text, self.line, self.column = text, line, column
        self.expected, self.readings = tuple(expected), tuple(readings)

    def picture(self, width: int = 100) -> str:
        """The line with a caret below the place; a long line is cut to the part around it."""
        begin = max(0, self.column - 1 - width // 2) if len(self.text) > width else 0
        cut = self.text[begin : begin + width]
        return f"{cut}\n{' ' * (self.column - 1 - begin)}^"
