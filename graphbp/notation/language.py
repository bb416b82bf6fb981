"""The primitives that a language of formulas spells: fractions, scripts, brackets, operators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar

from graphbp.notation.names import Label


class Level(IntEnum):
    """How tightly a term holds together; a looser one inside a tighter one is put in parentheses."""

    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


class Language(ABC):
    """What a language of formulas must be able to write."""

    relations: ClassVar[Mapping[str, str]] = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}
    minus = "−"
    comma = ","

    @abstractmethod
    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        """A name, with further sub- and superscripts behind its own."""

    @abstractmethod
    def word(self, text: str) -> str:
        """An upright word."""

    @abstractmethod
    def digits(self, text: str) -> str:
        """A number that `NumberStyle.show` made: a sign, digits, perhaps a power of ten."""

    @abstractmethod
    def paren(self, inner: str, kind: str = "()") -> str:
        """The inner part between brackets that grow with it."""

    @abstractmethod
    def fraction(self, num: str, den: str) -> str:
        """num over den."""

    @abstractmethod
    def raised(self, base: str, exp: str) -> str:
        """base with a superscript."""

    @abstractmethod
    def lowered(self, base: str, sub: str) -> str:
        """base with a subscript."""

    @abstractmethod
    def root(self, x: str) -> str:
        """The square root."""

    @abstractmethod
    def big(self, operator: str, below: str, body: str) -> str:
        """Σ or max with what runs below it."""

    @abstractmethod
    def infix(self, operator: str) -> str:
        """An operator between two operands, with its spaces: times, dot, odot, star, juxtapose, transpose …"""

    @abstractmethod
    def colour(self, role: str, x: str) -> str:
        """x in the colour of a role."""

    @abstractmethod
    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        """A matrix ("matrix") or a brace with cases ("cases")."""

    def relation(self, sign: str) -> str:
        """= < ≤ … in this language."""
        return self.relations.get(sign, sign)
