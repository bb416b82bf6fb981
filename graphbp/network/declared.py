"""What an author declares, kept as written: leaves, formulas, functions, and what names may look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphbp.errors import GraphbpError, NameProblem, Source
from graphbp.graph import Role, Shape
from graphbp.notation import styles
from graphbp.notation.tree import Expr

NAME = re.compile(r"[^\W\d_]\w*")
"""A letter, then letters, digits and underscores."""

RESERVED = frozenset({"true", "false", "none", "True", "False", "None"})
"""Words that stand for literals inside formulas."""

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A node whose value is given: an input, a parameter, a target, noise or state.

    `value` is the literal as the author wrote it, an array from Python, or None (symbol only).
    `init` names a way to draw starting numbers, with `seed`.
    """

    name: str
    role: Role
    value: Expr | np.ndarray | None = None
    shape: Shape | None = None
    init: str | None = None
    seed: int = 0
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """A named node that is computed: its formula as a tree that keeps the author's order."""

    name: str
    expr: Expr
    role: Role = Role.VALUE
    source: Source | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One example: the values of inputs and targets."""

    values: Mapping[str, Expr | np.ndarray]
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A function of the author's own; without a body it is unknown and stays a symbol (g, g′)."""

    params: tuple[str, ...]
    body: Expr | None = None
    source: Source | None = None


def checked_name(name: str, source: Source | None = None) -> str:
    """The name itself if it may name a node.

    Raises: NameProblem if it cannot stand in a formula or is reserved.

    >>> checked_name("w_1")
    'w_1'
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or not _plain(name):
        raise NameProblem(f"{shown(name)} cannot be a name", source=source,
                          fix="a name is a letter, then letters, digits and underscores")  # fmt: skip
    if len(name) > LONGEST_NAME:
        raise NameProblem(f"the name {shown(name)} has {len(name)} letters", source=source,
                          fix=f"use at most {LONGEST_NAME}")  # fmt: skip
    if name in RESERVED:
        raise NameProblem(f"{name} is reserved for use inside formulas", source=source, fix="use another name")
    return name


def checked_style(style: str) -> str:
    """The notation style itself if there is one of that name, or a file of one's own.

    Raises: UsageError, naming the known ones; FileProblem if the file cannot be used.
    """
    # A network that nobody shows needs no style: the default, which is there, is read when it is used.
    if style != styles.DEFAULT:
        styles.get(style)
    return style


def _plain(name: str) -> bool:
    """Whether all digits are 0 to 9: x² is not a name."""
    return all(character.isascii() or character.isalpha() for character in name)


def defined_twice(name: str, first: Source | None, second: Source | None) -> GraphbpError:
    """The error for a name that is defined twice, with the first place in it."""
    line = f" on line {first.line}" if first and first.line else ""
    return NameProblem(f"{name} is defined twice, first{line or ' above'}", node=name, source=second,
                       fix="rename one of the two")  # fmt: skip


def shown(text: object, limit: int = 40) -> str:
    """The text quoted for a message: cut to length, with control characters spelled out.

    >>> shown("a b")
    "'a b'"
    """
    plain = str(text)
    return ascii(plain[:limit] + "…" if len(plain) > limit else plain) if not plain.isprintable() else \
        repr(plain if len(plain) <= limit else plain[:limit] + "…")  # fmt: skip
