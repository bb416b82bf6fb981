"""Where the lines of a claim begin and end, without the words around them."""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass

from graphbp.check.reading.marks import refuse_long


@dataclass(frozen=True, slots=True)
class Segment:
    """The places of one line in the text of a claim."""

    start: int
    end: int


OPENING, CLOSING = "([{", ")]}"
LINKS = (
    r"so that|so|thus|hence|therefore|then|and|where|with|since|because|as|using|giving|which gives|that is|we get|"
    r"we have|we obtain|we find|it follows that"
)
"""Words between two equalities."""
ARROWS = r"[⇒⟹⟶→∴∵]|=>|-->|->"
_OPENINGS = (
    rf"{LINKS}|let|finally|now|also|first|firstly|second|secondly|third|next|similarly|likewise|consequently|moreover|"
    r"furthermore|clearly|(?:step|path|part|line|case|eq\.?|equation)\s+\(?\d+\)?|claim|answer|solution|proof|result"
)
_PROSE = (
    r"\b(?:the|by|we|to|of|for|from|is|as|in|see|chain|rule|gradient|derivative|layer|loss|apply|applying|using|our|my|"
    r"this|part|question|exercise|problem|task|required|claimed|expected|desired|above|before|answer)\b"
)
"""Words of which one must occur in what is taken for a sentence and left out; names side by side are no sentence."""
_LEAD = re.compile(
    rf"\s*(?:(?:\(?(?:\d{{1,3}}|[a-h])[.):]\s+(?=[^\W\d]|∂|∇))|(?:[•▪–]|{ARROWS})\s*|[`>]+\s*|\*\*[^*=\n]*\*\*\s*:?"
    rf"|(?:{_OPENINGS})\b\s*[:,]?\s*(?=[^\s=+*/()])"
    # A sentence before the formula: two words at least, up to a comma or a colon.
    rf"|(?=[^,:=\n]*{_PROSE})[A-Za-z]{{2,}}+(?:[ -][A-Za-z’']++){{1,12}}\s*[,:]\s+)", re.IGNORECASE)  # fmt: skip
_REMARK = re.compile(
    rf"\s*(?:,\s*|(\())(?=[^()=,]*{_PROSE})[a-z]{{2,}}+(?:[ -][a-z’']++){{1,8}}(?(1)\))\s*[.]?\s*$|\s*[∎□✓]\s*$",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,;]*(?:\(\s*)?(?:\bfor\s+(?:all|every|each|any)\b|\bfor\s+\w\s*(?:,\s*\w\s*)*(?:=|in\b|∈)|∀|\bforall\b)[^=<>≤≥\n]*"
    r"(?:=\s*[\d,.… \w]*)?\)?\s*$", re.IGNORECASE)  # fmt: skip
_RUN = re.compile(
    r"[\s,;]+(?:with\s+)?[a-zA-Z](?:\s*,\s*[a-zA-Z])*\s*=\s*1\s*,\s*(?:2\s*,\s*)?(?:…|\.\.\.|⋯)\s*,?\s*\w*\s*$"
)
_SPACE_OF_VALUES = re.compile(r"[\s,;]*(?:∈|\bin\b)\s*(?:ℝ|R\s*\^).*$")
_CUTS = re.compile(rf"[;]|[,.]?\s*(?:\b(?:{LINKS})\b(?!\()|{ARROWS})\s*,?|,|\.\s+(?=[A-Z∂])")
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
        comment = re.search(r"(?:^|\s)#|(?:^|\s)//(?=\s*[^\W\d]|\s*$)|^\s*(?:```|~~~)", line)
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
    return bool(_equalities(text, segment))


def _equalities(text: str, segment: Segment) -> list[int]:
    """The places of the signs that make equalities, outside of brackets."""
    level = depths(text, segment.start, segment.end)
    return [place for place, depth in enumerate(level, segment.start)
            if text[place] in "=≈≔←" and not depth and text[place - 1] not in "<>!"]  # fmt: skip


def _pieces(text: str, segment: Segment) -> list[Segment]:
    """Several equalities on one line, between ; or , or words such as "and" and "where"."""
    segment = _without_tail(text, segment)
    level = depths(text, segment.start, segment.end)
    equal = _equalities(text, segment)
    result, start = [], segment.start
    for match in _CUTS.finditer(text, segment.start, segment.end):
        if level[match.start() - segment.start]:
            continue
        before = bisect(equal, match.start()) - bisect(equal, start - 1)
        after = equal[bisect(equal, match.end() - 1) :]
        # The next piece must be an equality of its own, not the end of this one.
        if before and after and text[match.end() : after[0]].strip():
            result.append(Segment(start, match.start()))
            start = match.end()
    return [*result, Segment(start, segment.end)]


def _without_tail(text: str, segment: Segment) -> Segment:
    """The line without "for all i, j"."""
    line = text[segment.start : segment.end]
    for pattern in (_SPACE_OF_VALUES, _REMARK, _TAIL, _RUN):
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
    while end > start and text[end - 1] in " \t\r\n,;\\`":
        end -= 1
    if end - start > 1 and text[end - 1] == "." and text[end - 2] != ".":
        end -= 1
    return Segment(start, end) if end > start else None
