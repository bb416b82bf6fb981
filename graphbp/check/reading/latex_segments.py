"""Where the lines of a LaTeX claim begin and end: \\\\, displays, aligned blocks, and words between formulas."""

from __future__ import annotations

import re

from graphbp.check.reading.marks import MAX_LINE, refuse_long
from graphbp.check.reading.segments import Segment

_OUTER = (
    "equation|align|aligned|alignat|gather|gathered|split|eqnarray|multline|displaymath|math|flalign|document|center"
)
_CUT = re.compile(
    rf"\\(?:begin|end)\{{(?:{_OUTER})\*?\}}(?:\{{\d*\}})?(?:\[[tbc]\])?|\\(?:short)?intertext\s*\{{[^{{}}]*\}}"
    r"|^\s*```\w*[ \t]*$"
    r"|\\\\(?:\[[^\]\n]*\])?|\\\[|\\\]|\\\(|\\\)|\$\$?|\n[ \t]*\n|\\newline\b|\\par\b",
    re.MULTILINE,
)
_INNER = re.compile(r"\\(begin|end)\{((?!eqn)[a-zA-Z]*(?:matrix|cases|array)\*?)\}")
_SPACE = (
    r"(?:\s|~|&|\\[,;:!> ]|\\(?:q?quad|displaystyle|textstyle|hfill|nonumber|notag|left\.|right\.)(?![a-zA-Z])"
    r"|\{\}|\\(?:label|tag|[hv]?phantom)\*?\{[^{}]*\})"
)
_WORDS = (
    r"(?:so|that is|i\.e\.|which gives|giving|using|as|thus|hence|therefore|then|and|where|with|let"
    r"|since|because|we get|we have|now|finally|also|or)"
)
_LEAD = re.compile(
    rf"{_SPACE}|\\(?:Rightarrow|implies|therefore|because|Longrightarrow|to|rightarrow|iff|Leftrightarrow)(?![a-zA-Z])|[,;.∴∵⇒⟹→]|\\item\b"
    rf"|\\(?:text|mathrm|textrm|textit|mbox)\{{[^{{}}]*[^{{}}\w(][^{{}}]*\}}(?!\s*[_^(=])|\\(?:text|mathrm|mbox)\{{\s*{_WORDS}\s*\}}|\(?\d{{1,3}}[.):]\s+(?=\\|[A-Za-z])",
    re.IGNORECASE,
)
_END = re.compile(rf"(?:{_SPACE}|[,;.])$")
_TAIL = re.compile(
    r"(?:\\q?quad|\\text\{[^{}]*\}|\\mbox\{[^{}]*\}|\\[,;: ]|[\s,;(])*"
    r"(?:\\forall|\\(?:text|mathrm|mbox)\{[^{}]*\b(?:for|where|since|because|as|by)\b[^{}]*\})(?P<rest>(?:(?!\\(?:[lg]eq?|[lg]t|neq?)\b)[^=<>])*(?:=\s*[\d\s,.\\a-zA-Z{}]*)?)$"
)
_SPACE_OF_VALUES = re.compile(
    r"(?:\\q?quad|\\[,;: ]|[\s,;])*\\in(?![a-zA-Z])\s*(?:\\mathbb\s*\{?\s*R|\\R\b|ℝ).*$", re.DOTALL
)
_REMARK = re.compile(
    r"(?:\\q?quad|\\[,;: ]|[\s,;])*(?:\(\s*\\(?:text|textrm|textit|mbox)\s*\{[^{}]*\}\s*\)"
    r"|\\(?:text|textrm|textit|mbox|mathrm)\s*\{(?!\s*(?:if|else|otherwise|when)\b)[^{}]*[^\w{}][^{}]*\})[\s.,;]*$"
)
_RUN = re.compile(
    r"(?:\\q?quad|\\[,;: ]|[\s,;])+[a-zA-Z](?:\s*,\s*[a-zA-Z])*\s*=\s*1\s*,\s*(?:2\s*,\s*)?"
    r"\\[lc]?dots\w*\s*,?\s*\w*\s*$"
)
_BETWEEN = re.compile(
    rf"(?<!\\)[,;]|\\q?quad(?![a-zA-Z])|\\(?:text|mbox|mathrm)\{{\s*,?\s*{_WORDS}\s*,?\s*\}}"
    r"|\\(?:text|mbox|textrm)\{[^{}]*[^\w{}][^{}]*\}"
    r"|\\(?:Rightarrow|implies|iff|Longrightarrow|therefore|because)(?![a-zA-Z])|[⇒⟹∴∵]"
)
_EQUAL = re.compile(
    r"(?<![<>!:])=|\\approx(?![a-zA-Z])|:=|\\(?:coloneqq|leftarrow|gets|triangleq|doteq|equiv)(?![a-zA-Z])"
)
_OPERATOR = re.compile(r"(?:[-+*/]|\\(?:cdot|times|odot|circ|otimes)(?![a-zA-Z]))")


def latex_segments(text: str) -> list[Segment]:
    """The lines of LaTeX: one equality each, with the pieces that go on over several rows."""
    rows: list[Segment] = []
    for row in _rows(text):
        core = None if row.end - row.start > 4 * MAX_LINE else trimmed(text, row)
        if core is None:
            refuse_long(text, row.start, row.end)
            continue
        if rows and _goes_on(text, rows[-1], core):
            rows[-1] = Segment(rows[-1].start, core.end)
        else:
            rows.append(core)
    for row in rows:
        refuse_long(text, row.start, row.end)
    pieces = [piece for row in rows for piece in _pieces(text, row)]
    return [found for piece in pieces if (found := trimmed(text, piece)) is not None]


def _rows(text: str) -> list[Segment]:
    """The rows between \\\\, dollar signs and environments, but not inside a matrix or cases."""
    inside = _inner_spans(text)
    outside = "$" in text or "\\[" in text or "\\(" in text
    rows, start, math = [], 0, not outside
    for match in _CUT.finditer(text):
        if any(begin <= match.start() < end for begin, end in inside) or _commented(text, match.start()):
            continue
        if math:
            rows.append(Segment(start, match.start()))
        if outside and match[0] in ("$", "$$", "\\[", "\\]", "\\(", "\\)"):
            math = not math if match[0][0] == "$" else match[0] in ("\\[", "\\(")
        elif outside and match[0].startswith("\\begin"):
            math = True
        elif (
            outside
            and match[0].startswith("\\end")
            and "aligned" not in match[0]
            and "split" not in match[0]
            and "gathered" not in match[0]
        ):
            math = False
        start = match.end()
    if math:
        rows.append(Segment(start, len(text)))
    if len([row for row in rows if text[row.start : row.end].strip()]) == 1:
        rows = [part for row in rows for part in _by_newline(text, row, inside)]
    return [row for row in rows if text[row.start : row.end].strip()]


def _commented(text: str, place: int) -> bool:
    line = text[text.rfind("\n", 0, place) + 1 : place]
    return bool(re.search(r"(?<!\\)%", line))


def _inner_spans(text: str) -> list[tuple[int, int]]:
    """Where matrices and cases stand."""
    spans, opened = [], []
    for match in _INNER.finditer(text):
        if match[1] == "begin":
            opened.append(match.start())
        elif opened:
            begin = opened.pop()
            if not opened:
                spans.append((begin, match.end()))
    return spans


def _by_newline(text: str, row: Segment, inside: list[tuple[int, int]]) -> list[Segment]:
    """Without any \\\\ a new line of text begins a new line where both hold an equality of their own."""
    result: list[Segment] = []
    start, depth = row.start, 0
    for place in range(row.start, row.end):
        char = text[place]
        depth += (char == "{") - (char == "}")
        if char == "\n" and depth <= 0 and not any(begin <= place < end for begin, end in inside):
            rest = text[place + 1 : row.end].split("\n", 1)[0]
            if _EQUAL.search(text[start:place]) and _EQUAL.search(rest):
                result.append(Segment(start, place))
                start = place + 1
    return [*result, Segment(start, row.end)]


def _goes_on(text: str, before: Segment, row: Segment) -> bool:
    """Whether a row goes on with the formula before: no equality of its own, or an open seam."""
    if _OPERATOR.match(text, row.start) and not _equal_at_top(text, row.start, row.end):
        return True
    earlier = text[before.start : before.end]
    return bool(re.search(r"(?:[-+*/=(]|\\(?:cdot|times|odot|circ|left[(\[]?))\s*$", earlier))


def _equal_at_top(text: str, start: int, end: int) -> bool:
    levels = _levels(text, start, end)
    return any(not levels[match.start() - start] for match in _EQUAL.finditer(text, start, end))


def _levels(text: str, start: int, end: int) -> list[int]:
    result, depth = [], 0
    for char in text[start:end]:
        depth += char in "{(["
        result.append(depth)
        depth = max(0, depth - (char in "})]"))
    return [*result, 0]


def _pieces(text: str, row: Segment) -> list[Segment]:
    """Several equalities in one row."""
    row = _without_tail(text, row)
    levels = _levels(text, row.start, row.end)
    inside = _inner_spans(text)
    result, start = [], row.start
    for match in _BETWEEN.finditer(text, row.start, row.end):
        if levels[match.start() - row.start] > (1 if match[0].endswith("}") else 0) or any(
            begin <= match.start() < end for begin, end in inside
        ):
            continue
        following = trimmed(text, Segment(match.end(), row.end))
        if (
            _equal_at_top(text, start, match.start())
            and following
            and _equal_at_top(text, following.start, row.end)
            and not _EQUAL.match(text, following.start)
        ):
            result.append(Segment(start, match.start()))
            start = match.end()
    return [*result, Segment(start, row.end)]


def _without_tail(text: str, row: Segment) -> Segment:
    line = text[row.start : row.end]
    for pattern in (_SPACE_OF_VALUES, _TAIL, _RUN, _REMARK):
        match = pattern.search(line)
        if (
            match
            and match.start() > 0
            and _EQUAL.search(line[: match.start()])
            and "cases" not in line[match.start() :]
            and "matrix" not in line[match.start() :]
        ):
            return Segment(row.start, row.start + match.start())
    return row


def trimmed(text: str, row: Segment) -> Segment | None:
    """The row without spaces, words, arrows and closing punctuation around it; None if nothing is left."""
    start, end = row.start, row.end
    while start < end and (match := _LEAD.match(text, start, end)):
        start = match.end()
    while end > start and (found := re.compile(rf"(?:{_SPACE}|[,;.])\Z").search(text, max(start, end - 80), end)):
        end = found.start()
    return Segment(start, end) if end > start else None
