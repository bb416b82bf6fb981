"""What all parts of the resolver share: errors with their place, dispatch, parentheses that structure implies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphbp.check.claim import Unreadable
from graphbp.check.reading.forms import Scope
from graphbp.check.reading.marks import unreadable
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written
from graphbp.check.reading.vocabulary import Vocabulary
from graphbp.graph.shape import Size
from graphbp.notation.language import Level
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import Entry, Expr, Group, Symbol

LEVEL = PlainWriter().level


class UnknownName(Unreadable):
    """A name that means nothing; `written` is kept for those who try letters as numbers."""

    written: Written


class Base:
    """Reads one line for one network; `inner` takes a dot between two vectors as the inner product."""

    def __init__(self, vocabulary: Vocabulary, text: str, scope: Scope | None = None, inner: bool = False) -> None:
        self.vocabulary, self.text, self.inner = vocabulary, text, inner
        self.network = vocabulary.network
        self.scope = scope or Scope()
        self.used: dict[Expr, Written] = {}
        self.dotted: int | None = None
        self.star: int | None = None
        self.bounds: dict[str, Size] = {}
        self.line: tuple[Written, ...] = ()
        self.bracketed: frozenset[str] = frozenset()

    def error(self, what: str, at: int, **more: Any) -> Unreadable:
        """An error at a place of the text."""
        return unreadable(what, self.text, at, **more)

    def unknown(self, written: Written) -> Unreadable:
        """A name that means nothing, with the nearest that does."""
        error = UnknownName("", fix=self.vocabulary.nearest(written))
        plain = self.error(f"there is no node {written.shown[:60]}", written.at)
        error.args, error.what = plain.args, plain.what
        error.text, error.line, error.column, error.written = plain.text, plain.line, plain.column, written
        return error

    def read(self, x: Expr) -> Typed:
        """The meaning of a part, with its shape."""
        method: Callable[[Any], Typed] = getattr(self, f"read_{type(x).__name__.lower()}")
        return method(x)

    def all(self, xs: tuple[Expr, ...]) -> list[Typed]:
        """The meanings of several parts."""
        return [self.read(x) for x in xs]

    def factor(self, x: Typed) -> Typed:
        """A factor without parentheses that the product implies."""
        return x.as_expr(ungroup(x.expr, Level.POWER))

    def known(self, x: Written) -> bool:
        """Whether the name is known here."""
        return bool(self.vocabulary.readings(x, self.scope))


def bare(x: Expr) -> Expr:
    """The formula without parentheses around all of it."""
    while isinstance(x, Group):
        x = x.x
    return x


def ungroup(x: Expr, least: Level, *kinds: type[Expr], always: bool = False) -> Expr:
    """The operand without parentheses that the structure implies anyway."""
    if isinstance(x, Group) and (always or LEVEL(x.x) < least or isinstance(x.x, kinds)):
        return x.x
    return x


def raw_of(x: Expr, at: int) -> Expr:
    """A node as it would be written, for a function that lacks its argument."""
    name = (
        x.name if isinstance(x, Symbol) else x.base.name if isinstance(x, Entry) and isinstance(x.base, Symbol) else ""
    )
    return Written(name, exact=True, shown=name, at=at)
