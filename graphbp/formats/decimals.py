"""Columns of numbers under their points, for formats that set numbers flush right."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[−-]?\d+(\.\d+)?")


def missing(column: Sequence[str]) -> list[str]:
    """What each number lacks on its right, so that all points stand below each other; other texts lack nothing.

    >>> missing(["0.25", "12.5", "3", "5·10⁻⁷"])
    ['', '0', '.00', '']
    """
    tails = [match[1] or "" if (match := _NUMBER.fullmatch(text.strip())) else None for text in column]
    longest = max((tail for tail in tails if tail is not None), key=len, default="")
    return ["" if tail is None else re.sub(r"\d", "0", longest[len(tail) :]) for tail in tails]
