"""What is written in a claim, before names, indices and products are understood.

These kinds live beside those of the tree while a line is read, and none of them leaves the reader.
`at` is a place in the text of the claim, counted from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

from graphbp.notation.tree import Expr, Term

Script = tuple[str, ...]
"""A sub- or superscript: its parts between commas, as written ("ij", "k+1", "2")."""


@dataclass(frozen=True, slots=True)
class Raw(Expr):
    """A part of a claim that is not yet understood."""


@dataclass(frozen=True, slots=True)
class Written(Raw):
    """A name with its scripts; `bare` if the superscript may as well be a power.

    `shown` is the name as the person wrote it, `exact` that it has no scripts of its own and may be a
    node's id; `updated` marks w⁺, the value after a step; `example` is i in a^{[2](i)}, one example of a batch.
    """

    base: str
    sub: Script = ()
    sup: Script = ()
    accent: str = ""
    primes: int = 0
    bare: bool = False
    exact: bool = False
    updated: bool = False
    shown: str = ""
    at: int = 0
    slots: tuple[int, ...] = ()
    example: str = ""

    def plain(self) -> Written:
        """The name without its superscript."""
        return replace(self, sup=(), bare=False)


@dataclass(frozen=True, slots=True)
class Juxtaposed(Raw):
    """Factors side by side without a sign; `gaps` tells between which of them there is space."""

    factors: tuple[Expr, ...]
    gaps: tuple[bool, ...]
    ats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Raised(Raw):
    """A power as on paper, where that of a matrix is a product of matrices; ** is a `Pow`, entry by entry."""

    base: Expr
    exp: Expr
    at: int = 0


@dataclass(frozen=True, slots=True)
class Signed(Raw):
    """A product with its signs, from left to right: * · × ⊙ ⊗ @ /."""

    factors: tuple[Expr, ...]
    signs: tuple[str, ...]
    ats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Applied(Raw):
    """A function of its arguments; `bare` if the argument stands without parentheses (log p).

    `slots` are the arguments, counted from 0, by which it is differentiated: k'2(x, y).
    """

    function: str
    args: tuple[Expr, ...]
    options: tuple[tuple[str, object], ...] = ()
    primes: int = 0
    power: int = 1
    base: str = ""
    bare: bool = False
    at: int = 0
    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionName(Raw):
    """A function without arguments, as in dσ/dz."""

    function: str
    primes: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What stands below and above a Σ."""

    letters: tuple[str, ...]
    first: str = ""
    last: str = ""
    unequal: str = ""


@dataclass(frozen=True, slots=True)
class Big(Raw):
    """Σ, Π, max or min over letters."""

    operator: Literal["sum", "prod", "max", "min"]
    limits: Limits
    body: Expr
    at: int = 0


@dataclass(frozen=True, slots=True)
class Indexed(Raw):
    """Square brackets behind a value: places counted from 0, or a factor in brackets."""

    base: Expr
    places: tuple[Expr, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Range(Raw):
    """start:stop inside square brackets."""

    start: Expr | None = None
    stop: Expr | None = None


@dataclass(frozen=True, slots=True)
class Lowered(Raw):
    """A subscript behind parentheses."""

    base: Expr
    sub: Script
    at: int = 0


@dataclass(frozen=True, slots=True)
class Norm(Raw):
    """‖x‖, of order 1 or 2."""

    x: Expr
    order: int = 2


@dataclass(frozen=True, slots=True)
class Inner(Raw):
    """⟨x, y⟩."""

    x: Expr
    y: Expr
    at: int = 0


@dataclass(frozen=True, slots=True)
class Derivative(Raw):
    """∂y/∂x; y is None for ∇_x alone, which is that of the loss."""

    y: Expr | None
    x: Expr
    total: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Matrix(Raw):
    """Rows of a bracketed matrix."""

    rows: tuple[tuple[Expr, ...], ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Boxed(Raw):
    """One value in square brackets: grouping, or a list with one entry."""

    x: Expr


@dataclass(frozen=True, slots=True)
class Text(Raw):
    """The letters of an einsum."""

    text: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Ones(Raw):
    """A vector of ones."""

    at: int = 0


@dataclass(frozen=True, slots=True)
class Choice(Raw):
    """Values with conditions; the value without a condition holds otherwise."""

    branches: tuple[tuple[Expr, tuple[Expr, ...]], ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Comparison(Raw):
    """a < b, or a chain a < b < c."""

    sides: tuple[Expr, ...]
    relations: tuple[str, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Indicator(Raw):
    """[condition]: 1 where it holds, else 0."""

    condition: Comparison


_FIELDS: dict[type[Term], tuple[str, ...]] = {}


def _fields(kind: type[Term]) -> tuple[str, ...]:
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(item.name for item in fields(kind))
    return _FIELDS[kind]


def _terms(value: object) -> Iterator[Term]:
    if isinstance(value, Term):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _terms(item)


def children(term: Term) -> Iterator[Term]:
    """The terms directly inside, of the tree's kinds and of these."""
    for name in _fields(type(term)):
        yield from _terms(getattr(term, name))


def walk(term: Term) -> Iterator[Term]:
    """The term and all terms inside it, the outer before the inner, from left to right."""
    stack = [term]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(tuple(children(current))))
