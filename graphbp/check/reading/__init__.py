"""Reads what a person claims, in plain text or in LaTeX, into trees over a network's names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from graphbp.check.claim import Claim, ClaimLine, Language, Unreadable
from graphbp.check.reading.base import UnknownName
from graphbp.check.reading.build import Equality, parse
from graphbp.check.reading.forms import spelled
from graphbp.check.reading.line import read_line
from graphbp.check.reading.marks import finished, unreadable
from graphbp.check.reading.plain_lexer import PlainLexer
from graphbp.check.reading.raw import Indexed, Written
from graphbp.check.reading.segments import Segment, plain_segments
from graphbp.check.reading.vocabulary import Vocabulary
from graphbp.network import Network
from graphbp.notation.tree import Expr, Symbol, walk

MAX_LENGTH = 20_000
MAX_DEPTH = 40
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LATEX = re.compile(r"\\[A-Za-z,;:!{|\\(\[]|\$")


def language_of(text: str) -> Language:
    """LaTeX if a command or a dollar sign stands in the text, else plain text.

    >>> language_of(r"\\frac{1}{2}"), language_of("W^{(2)}_{11} = 3")
    ('latex', 'plain')
    """
    return "latex" if _LATEX.search(text) else "plain"


def read_claim(text: str, network: Network, language: Language | None = None) -> Claim:
    """The claim as lines of trees.

    Raises: Unreadable with the place, a caret line, what was expected, and the nearest names.

    >>> net = Network()
    >>> z = net.node("z", net.parameter("w") * net.input("x"))
    >>> read_claim("dz/dw = x", net).lines[0].rights
    (Symbol(name='x'),)
    """
    refuse_hostile(text)
    language = language or language_of(text)
    vocabulary = Vocabulary(network)
    lines = tuple(_lines(text, _segments(text, language), vocabulary, language))
    if not lines:
        raise unreadable("there is nothing to check", text, 0, expected=["an equality such as dl/dw1 = …"])
    if lines[0].left is None:
        raise unreadable("the first line has no left side", text, lines[0].start, expected=["what equals this"])
    if all(line.definition and line.usual is None and len(line.rights) == 1 for line in lines):
        raise nothing_claimed(lines[0], vocabulary, text)
    return Claim(text, language, lines)


def nothing_claimed(line: ClaimLine, vocabulary: Vocabulary, text: str) -> Unreadable:
    """A claim whose names are all the learner's own says nothing about the network."""
    name = (
        next((part.name for part in walk(line.left) if isinstance(part, Symbol)), "it")
        if line.left is not None
        else "it"
    )
    return unreadable(f"{name} is no name of the network, so nothing is claimed", text, line.start,
                      fix=vocabulary.nearest(spelled(name, line.start)))  # fmt: skip


def _lines(text: str, segments: list[Segment], vocabulary: Vocabulary, language: Language) -> Iterator[ClaimLine]:
    """The lines in the order in which they can be read: what "where" defines behind comes before."""
    waiting = list(enumerate(segments, 1))
    lefts: dict[Segment, Expr] = {}
    while waiting:
        number, segment = waiting[0]
        try:
            found = list(read_line(read_sides(text, segment, vocabulary, language), text, segment, vocabulary))
        except UnknownName as error:
            lefts |= {segment: read_sides(text, segment, vocabulary, language)[0][1]
                      for _, segment in waiting[1:] if segment not in lefts}  # fmt: skip
            later = _definition(error.written, waiting[1:], lefts)
            if later is None:
                raise
            number, segment = later
            found = list(read_line(read_sides(text, segment, vocabulary, language), text, segment, vocabulary))
        waiting.remove((number, segment))
        yield from (replace(line, n=number) for line in found)


def _definition(
    name: Written, later: list[tuple[int, Segment]], lefts: dict[Segment, Expr]
) -> tuple[int, Segment] | None:
    """The later line that defines a name."""
    for number, segment in later:
        left = lefts[segment]
        left = left.base if isinstance(left, Indexed) else left
        if isinstance(left, Written) and (left.base, left.accent, left.sup) == (name.base, name.accent, name.sup):
            return number, segment
    return None


def _segments(text: str, language: Language) -> list[Segment]:
    if language == "latex":
        from graphbp.check.reading.latex_segments import latex_segments

        return latex_segments(text)
    return plain_segments(text)


def read_sides(text: str, segment: Segment, vocabulary: Vocabulary, language: Language) -> list[Equality]:
    """The sides of one line, as written."""
    if language == "latex":
        from graphbp.check.reading.latex_lexer import LatexLexer

        pieces = LatexLexer(text, segment.start, segment.end, vocabulary).run()
    else:
        pieces = PlainLexer(text, segment.start, segment.end, vocabulary).run()
    return parse(finished(pieces, text), text, segment.start, segment.end, language)


def refuse_hostile(text: str) -> None:
    """Refuse what is too long, too deep, or holds characters that nobody sees."""
    if len(text) > MAX_LENGTH:
        raise Unreadable(f"the claim has {len(text)} characters, more than {MAX_LENGTH}")
    hidden = _HIDDEN.search(text)
    if hidden:
        raise unreadable(
            f"the claim holds the invisible character U+{ord(hidden[0]):04X}", text, hidden.start(), fix="delete it"
        )
    depth = 0
    for place, char in enumerate(text):
        depth += (char in "([{⟨") - (char in ")]}⟩")
        if depth > MAX_DEPTH:
            raise unreadable(f"the brackets are nested more than {MAX_DEPTH} deep", text, place)


__all__ = ["language_of", "read_claim"]
