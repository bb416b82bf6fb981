"""Lines of text of a limited width: how wide they look, and where sentences and formulas break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

STYLES = {
    "title": "1",
    "heading": "1;34",
    "step": "1",
    "remark": "2",
    "forward": "34",
    "backward": "31",
    "parameter": "32",
    "muted": "2",
    "lit": "1",
    "result": "1;30;43",
}
"""ANSI codes of roles: the colours of the terminal's own palette, whatever its ground."""

_ANSI = re.compile(r"\x1b\[[\d;]*m")
_CUT_STYLE = re.compile(r"\x1b[^m]*\Z")
_NARROW = re.compile("[\u0020-\u02ff\u0370-\u0482\u1d00-\u1dbf\u2010-\u20cf\u2190-\u22ff\u2500-\u257f]*")
"""Texts of characters that take one column each, which is nearly all that is written."""
_GLUE = "\u00a0"


def coloured(role: str, text: str) -> str:
    """The text in the style of a role; styles inside it survive their own end."""
    code = STYLES.get(role)
    if not code or not text:
        return text
    start, stop = f"\x1b[{code}m", "\x1b[0m"
    return start + text.replace(stop, stop + start) + stop


def plain(text: str) -> str:
    """The text without styles."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def visible(text: str) -> str:
    """The text with a sign in the place of each character that would steer the terminal.

    >>> visible("a\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    return "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)


def looks(text: str) -> int:
    """How many columns the text takes on a terminal.

    >>> looks("z\u0302 = 1")
    5
    """
    shown = plain(text)
    return len(shown) if _NARROW.fullmatch(shown) else sum(map(_columns, shown))


def _wider(text: str, width: int) -> bool:
    """Whether the text takes more columns; of a long text only the beginning is looked at."""
    start = text[: 16 * width]
    if len(start) < len(text) and looks(_CUT_STYLE.sub("", start)) > width:
        return True
    return looks(text) > width


@cache
def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def padded(text: str, width: int, right: bool = False) -> str:
    """The text with spaces behind it, or before it, up to a width."""
    space = " " * max(0, width - looks(text))
    return space + text if right else text + space


def glued(formula: str) -> str:
    """A formula whose spaces do not break a line in running text."""
    return formula.replace(" ", _GLUE)


def filled(text: str, width: int) -> list[str]:
    """A sentence as lines; a glued formula breaks only if it is wider than a line."""
    if not text.startswith(" ") and looks(text) <= width:
        return [text.replace(_GLUE, " ")]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if looks(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    parts = (
        part
        for line in lines
        for part in (broken(line.replace(_GLUE, " "), width) if looks(line) > width else [line.replace(_GLUE, " ")])
    )
    return list(parts)


def broken(formula: str, width: int) -> list[str]:
    """A formula as lines no wider than asked, broken before signs, outside of brackets where possible.

    >>> broken("{r if r ≤ 1; −1 otherwise}", 20)
    ['{r if r ≤ 1;', '  −1 otherwise}']
    """
    lines: list[str] = []
    # A sum of thousands of terms is cut line by line: what lies far ahead must not be copied for each of them.
    ahead = 64 * width
    rest, taken = formula[:ahead], ahead
    while _wider(rest, width):
        cut = _best_cut(rest, width)
        lines.append(rest[:cut].rstrip())
        left = rest[cut:]
        if len(left) < ahead // 2:
            left, taken = left + formula[taken : taken + ahead], taken + ahead
        rest = "  " + left.lstrip()
        if cut == 0:
            break
    return [*lines, rest + formula[taken:]]


def packed(sides: Sequence[str], room: int, full: int) -> list[str]:
    """Sides of an equation joined as long as they fit in `full`; the last one only if `room` is kept for a reason.

    >>> packed(["0.5 · 0.2", "0.1"], 20, 60), packed(["0.5 · 0.2", "0.1"], 12, 60)
    (['0.5 · 0.2 = 0.1'], ['0.5 · 0.2', '0.1'])
    """
    rows: list[str] = []
    for place, side in enumerate(sides):
        longer = f"{rows[-1]} = {side}" if rows else ""
        if longer and looks(longer) <= (room if place == len(sides) - 1 else full):
            rows[-1] = longer
        else:
            rows.append(side)
    return rows


def _best_cut(text: str, width: int) -> int:
    """Where to break: at the sign least deep in brackets, the last such that still fits."""
    places: list[tuple[int, int]] = []
    for place, depth, column in _signs(text):
        if column > max(4, width):
            return -min(places)[1] if places else place
        if column > 4:
            places.append((depth, -place))
    return -min(places)[1] if places else _at_column(text, width)


def _signs(text: str) -> Iterator[tuple[int, int, int]]:
    """(place, bracket depth, column) of every sign between spaces."""
    depth = column = 0
    place = 0
    while place < len(text):
        escape = _ANSI.match(text, place)
        if escape:
            place = escape.end()
            continue
        char = text[place]
        depth += (char in "([{⌊") - (char in ")]}⌋")
        if char in "=+−·⊙⋆" and text[place - 1 : place] == " " and text[place + 1 : place + 2] == " ":
            yield place, depth + (char == "·"), column
        elif char in ",;" and text[place + 1 : place + 2] == " ":
            yield place + 2, depth, column + 2
        column += _columns(char)
        place += 1


def _at_column(text: str, width: int) -> int:
    """The place in the text at which a column is reached."""
    column = 0
    for place, char in enumerate(text):
        column += _columns(char)
        if column > max(width, 8):
            return place
    return len(text)


def fitting(rows: Sequence[Sequence[int]], room: int, gap: int) -> tuple[list[int], list[bool]]:
    """Column widths that fit, and for each row whether it stands in the columns: a few wide rows must not widen all.

    >>> fitting([[4, 3], [5, 3], [20, 3]], 12, 2)
    ([5, 3], [True, True, False])
    """
    columns = max((len(row) for row in rows), default=0)
    ordered = [sorted((row[k], place) for place, row in enumerate(rows) if k < len(row)) for k in range(columns)]
    kept = set(range(len(rows)))
    while kept and sum(_widths(ordered)) + gap * (columns - 1) > room:
        kept.remove(_least_missed(ordered, rows))
        for column in ordered:
            while column and column[-1][1] not in kept:
                column.pop()
    return _widths(ordered), [place in kept for place in range(len(rows))]


def _widths(ordered: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    """The widest of each column."""
    return [column[-1][0] if column else 0 for column in ordered]


def _least_missed(ordered: Sequence[Sequence[tuple[int, int]]], rows: Sequence[Sequence[int]]) -> int:
    """The row without which the columns become narrowest, of several the longest."""
    gains: dict[int, int] = {}
    for column in ordered:
        if column:
            width, place = column[-1]
            gains[place] = gains.get(place, 0) + width - (column[-2][0] if len(column) > 1 else 0)
    return max(gains, key=lambda place: (gains[place], sum(rows[place])))
