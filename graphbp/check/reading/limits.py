"""What stands below and above a Σ."""

from __future__ import annotations

import re

from graphbp.check.reading.raw import Limits
from graphbp.check.reading.scripts import HIGH, LETTER, LOW, SUBSCRIPTS, SUPERSCRIPTS


def limits_at(text: str, at: int, end: int) -> tuple[Limits, int] | None:
    """The limits written at a place, and where they end."""
    below = re.compile(rf"\s*_\s*(\{{[^{{}}]*\}}|\([^()]*\)|{LETTER}(?:\s*=\s*\d+)?(?![\w]))|([{LOW}]+)").match(
        text, at, end
    )
    if not below:
        return None
    above = re.compile(rf"\s*\^\s*(\{{[^{{}}]*\}}|\([^()]*\)|\w+)|([{HIGH}]+)").match(text, below.end(), end)
    lower = below[1] or lowered(below[2])
    upper = "" if not above else (above[1] or raised(above[2]))
    limits = limits_of(lower, upper)
    return None if limits is None else (limits, (above or below).end())


def limits_of(lower: str, upper: str) -> Limits | None:
    """Limits from the texts below and above a Σ.

    >>> limits_of("k=1", "K")
    Limits(letters=('k',), first='1', last='K', unequal='')
    """
    lower, upper = ("".join(part.split()).strip("{}()") for part in (lower, upper))
    unequal = re.fullmatch(r"(\w)(?:≠|!=)(\w)", lower)
    if unequal:
        return Limits((unequal[1],), unequal=unequal[2])
    first = re.fullmatch(r"([^\W\d_])=(\d+|[^\W\d_](?:[-+]\d+)?)", lower.replace("−", "-"))
    if first:
        return Limits((first[1],), first[2], upper)
    inside = re.fullmatch(r"([^\W\d_])∈.*", lower)
    lower = inside[1] if inside else lower
    names = lower.split(",") if "," in lower else list(lower)
    return (
        Limits(tuple(names), last=upper) if names and all(len(name) == 1 and name.isalpha() for name in names) else None
    )


def lowered(text: str) -> str:
    """What stands below the operator."""
    return "".join(SUBSCRIPTS.get(char, char) for char in text)


def raised(text: str) -> str:
    """What stands above the operator."""
    return "".join(SUPERSCRIPTS.get(char, char) for char in text)
