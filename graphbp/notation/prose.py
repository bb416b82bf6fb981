"""Sentences that contain formulas: what reasons, captions and titles are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from graphbp.notation.tree import Equation, Expr


@dataclass(frozen=True, slots=True)
class StepRef:
    """A mention of another step, printed as its number and linked to it."""

    id: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that are set in bold."""

    text: str


Piece = str | Expr | Equation | StepRef | Strong
Prose = tuple[Piece, ...]


def prose(text: str, **parts: Piece) -> Prose:
    """The sentence with each {name} replaced by its part.

    >>> from graphbp.notation.tree import Symbol
    >>> prose("the slope of {a}", a=Symbol("a1"))
    ('the slope of ', Symbol(name='a1'))
    """
    pieces: list[Piece] = []
    for place, piece in enumerate(re.split(r"\{(\w+)\}", text)):
        if place % 2:
            pieces.append(parts[piece])
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


def written(text: Prose, write: Callable[[Expr | Equation], str], refer: Callable[[str], str] = str) -> str:
    """The sentence as one string: `write` spells its formulas, `refer` its mentions of steps.

    >>> written(("by step ", StepRef("l/z1")), str, {"l/z1": "7"}.__getitem__)
    'by step 7'
    """

    def spell(piece: Piece) -> str:
        if isinstance(piece, Expr | Equation):
            return write(piece)
        return refer(piece.id) if isinstance(piece, StepRef) else piece.text if isinstance(piece, Strong) else piece

    return "".join(spell(piece) for piece in text)
