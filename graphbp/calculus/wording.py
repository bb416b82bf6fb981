"""Sentences put together from clauses."""

from __future__ import annotations

from collections.abc import Sequence

from graphbp.notation.prose import Piece, Prose


def joined_clauses(clauses: Sequence[Prose]) -> Prose:
    """Clauses with semicolons between them."""
    pieces: list[Piece] = []
    for clause in clauses:
        pieces.extend([*(["; "] if pieces else []), *clause])
    return merged(pieces)


def merged(pieces: Sequence[Piece]) -> Prose:
    """The pieces with neighbouring words joined."""
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and result and isinstance(result[-1], str):
            result[-1] += piece
        elif piece != "":
            result.append(piece)
    return tuple(result)


def listed(items: Sequence[Piece]) -> list[Piece]:
    """a, b and c."""
    pieces: list[Piece] = []
    for place, item in enumerate(items):
        pieces += [*([] if not place else [" and " if place == len(items) - 1 else ", "]), item]
    return pieces


def constant_clause(constants: Sequence[Piece]) -> Prose:
    """x and y are constant factors."""
    if len(constants) == 1:
        return merged([constants[0], " is a constant factor"])
    return merged([*listed(constants), " are constant factors"])
