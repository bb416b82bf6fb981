"""Errors that a user can act on: what went wrong, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A place in what the user wrote: file, line and column, all counted from 1."""

    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.file, self.line, self.column if self.line else None]
        return ":".join(str(part) for part in parts if part is not None)


class GraphbpError(Exception):
    """Anything that graphbp refuses.

    `what` says what went wrong with the real values in it, `node` and `source` say where,
    `fix` says how to mend it.

    >>> print(GraphbpError("w1 has no number", node="z1", fix="give one with --set w1=0.3"))
    w1 has no number (node z1); give one with --set w1=0.3
    """

    def __init__(
        self, what: str, *, node: str | None = None, source: Source | None = None, fix: str | None = None
    ) -> None:
        super().__init__(what)
        self.what, self.node, self.source, self.fix = what, node, source, fix

    def at(self, *, node: str | None = None, source: Source | None = None) -> GraphbpError:
        """This error with the place filled in where it was not yet known."""
        self.node = self.node or node
        self.source = self.source or source
        return self

    def __str__(self) -> str:
        place = f"{self.source}: " if self.source and str(self.source) else ""
        node = f" (node {self.node})" if self.node else ""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{place}{self.what}{node}{fix}"


class FormulaError(GraphbpError):
    """A formula or a number that cannot be read."""


class NameProblem(GraphbpError):
    """A name that nobody defined, or that is defined twice."""


class GraphError(GraphbpError):
    """A graph that is no graph: a cycle, no loss, a loss that is not one number."""


class ShapeError(GraphbpError):
    """Arrays whose sizes do not fit together."""


class ValueMissing(GraphbpError):
    """Numbers are asked for, and a leaf has none."""


class FileProblem(GraphbpError):
    """A file that cannot be read, understood or written."""


class UsageError(GraphbpError):
    """A call that asks for something that does not exist or does not apply."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A remedy that names the nearest known word, or None if nothing is near.

    >>> did_you_mean("sigmoyd", ["tanh", "sigmoid"])
    'did you mean sigmoid?'
    """
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else None
