"""Where the lines of a claim begin and end, without the words around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphbp.check.reading.marks import refuse_long


@dataclass(frozen=True, slots=True)
class Segment:
    """The places of one line in the text of a claim."""

    start: int
    end: int


OPENING, CLOSING = "([{", ")]}"
_LEAD = re.compile(
    r"\s*(?:(?:\(?\d{1,3}[.):]\s+(?=[^\W\d]|∂|∇))|(?:[⇒⟹→∴•▪–]|=>|-->|->)\s*"
    r"|(?:so|thus|hence|therefore|then|and|where|with|let|finally|now|also|since|because|we get|we have|step\s+\d+:?|"
    r"claim:?|answer:?|solution:?)\b\s*[:,]?\s*(?=[^\s=+*/()]))", re.IGNORECASE)  # fmt: skip
_TAIL = re.compile(
    r"[\s,;]*(?:\(\s*)?(?:\bfor\s+(?:all|every|each|any)\b|\bfor\s+\w\s*(?:,\s*\w\s*)*(?:=|in\b|∈)|∀|\bforall\b)[^=\n]*"
    r"(?:=\s*[\d,.… \w]*)?\)?\s*$", re.IGNORECASE)  # fmt: skip
_RUN = re.compile(
    r"[\s,;]+(?:with\s+)?[a-zA-Z](?:\s*,\s*[a-zA-Z])*\s*=\s*1\s*,\s*(?:2\s*,\s*)?(?:…|\.\.\.|⋯)\s*,?\s*\w*\s*$"
)
_CONTINUES = re.compile(r"\s*(?:[+*/·×⊙@]|[-−–](?!>))")
_UNFINISHED = re.compile(r"(?:[-+−*/·×⊙@(\[,]|[^<>!:]=)\s*\\?\s*$")


def depths(text: str, start: int, end: int) -> list[int]:
    """How deep in brackets each character stands."""
    depth, result = 0, []
    for char in text[start:end]:
        depth += char in OPENING
        result.append(depth)
        depth -= char in CLOSING and depth > 0
    return result


def plain_segments(text: str) -> list[Segment]:
    """The lines of plain text: one equality each, with its continuation lines."""
    merged: list[Segment] = []
    for segment in _physical(text):
        if merged and _belongs(text, merged[-1], segment):
            merged[-1] = Segment(merged[-1].start, segment.end)
        else:
            merged.append(segment)
    for segment in merged:
        refuse_long(text, segment.start, segment.end)
    return [
        trimmed for segment in merged for part in _pieces(text, segment) if (trimmed := trim(text, part)) is not None
    ]


def _physical(text: str) -> list[Segment]:
    result, start = [], 0
    for line in text.split("\n"):
        comment = re.search(r"(?:^|\s)#|(?:^|\s)//", line)
        end = start + (comment.start() if comment else len(line))
        if text[start:end].strip():
            result.append(Segment(start, end))
        start += len(line) + 1
    return result


def _belongs(text: str, before: Segment, segment: Segment) -> bool:
    """Whether a line goes on with the formula before: an open bracket, a sign at the seam."""
    earlier, line = text[before.start : before.end], text[segment.start : segment.end]
    opened = sum(char in OPENING for char in earlier) - sum(char in CLOSING for char in earlier)
    if opened > 0 or _UNFINISHED.search(earlier):
        return True
    return bool(_CONTINUES.match(line)) and not _equal_at_top(text, segment)


def _equal_at_top(text: str, segment: Segment) -> bool:
    level = depths(text, segment.start, segment.end)
    return any(char in "=≈≔←" and not depth and text[segment.start + place - 1] not in "<>!" for place, (char, depth) in
               enumerate(zip(text[segment.start : segment.end], level, strict=True)))  # fmt: skip


def _pieces(text: str, segment: Segment) -> list[Segment]:
    """Several equalities on one line, between ; or , or "and" or "where"."""
    segment = _without_tail(text, segment)
    level = depths(text, segment.start, segment.end)
    cuts = [
        match
        for match in re.finditer(r"[;]|,\s*(?:and|where|with)\b|,|\b(?:and|where)\b", text[segment.start : segment.end])
        if not level[match.start()]
    ]
    result, start = [], segment.start
    for match in cuts:
        left, right = Segment(start, segment.start + match.start()), Segment(segment.start + match.end(), segment.end)
        following = text[right.start : right.end]
        # The next piece must be an equality of its own, not the end of this one.
        if _equal_at_top(text, left) and _equal_at_top(text, right) and not re.match(r"\s*=", following):
            result.append(left)
            start = right.start
    return [*result, Segment(start, segment.end)]


def _without_tail(text: str, segment: Segment) -> Segment:
    """The line without "for all i, j"."""
    line = text[segment.start : segment.end]
    for pattern in (_TAIL, _RUN):
        match = pattern.search(line)
        if match and match.start() > 0 and "=" in line[: match.start()]:
            return Segment(segment.start, segment.start + match.start())
    return segment


def trim(text: str, segment: Segment) -> Segment | None:
    """The line without spaces, numbering, leading words and closing punctuation; None if nothing is left."""
    start, end = segment.start, segment.end
    while (match := _LEAD.match(text, start, end)) and match.end() > start:
        start = match.end()
    while start < end and text[start] in " \t\r\n,;":
        start += 1
    while end > start and text[end - 1] in " \t\r\n,;\\":
        end -= 1
    if end - start > 1 and text[end - 1] == "." and text[end - 2] != ".":
        end -= 1
    return Segment(start, end) if end > start else None
