"""Words and numerals that documents share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from graphbp.graph.shape import Shape
from graphbp.notation.prose import Piece, Prose

T = TypeVar("T")

_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def counted(count: int, noun: str) -> str:
    """A number of things in words.

    >>> counted(2, "input"), counted(1, "output"), counted(784, "input")
    ('two inputs', 'one output', '784 inputs')
    """
    return f"{numeral(count)} {noun}{'' if count == 1 else 's'}"


def numeral(count: int) -> str:
    """Small numbers as words."""
    return _NUMERALS[count] if 0 <= count < len(_NUMERALS) else str(count)


def times(shape: Shape) -> str:
    """The sizes of an array as they are spoken of.

    >>> times((3, "N"))
    '3 × N'
    """
    return " × ".join(str(size) for size in shape)


def extent(shape: Shape) -> str:
    """The sizes of an array in a sentence.

    >>> extent((3,)), extent((2, 3))
    ('3 entries', '2 × 3')
    """
    if len(shape) != 1:
        return times(shape)
    return f"{shape[0]} {'entry' if shape[0] == 1 else 'entries'}"


def separated(items: Iterable[Piece], comma: str = ", ") -> Prose:
    """The items with commas between them."""
    pieces = [piece for item in items for piece in (comma, item)]
    return tuple(pieces[1:])


def chunked(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """The items in rows of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]
