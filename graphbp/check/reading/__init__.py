"""Reads what a person claims, in plain text or in LaTeX, into trees over a network's names."""

from __future__ import annotations

import re

from graphbp.check.claim import Claim, ClaimLine, Language, Unreadable
from graphbp.check.reading.build import Equality, parse
from graphbp.check.reading.line import read_line
from graphbp.check.reading.marks import finished, unreadable
from graphbp.check.reading.plain_lexer import PlainLexer
from graphbp.check.reading.segments import Segment, plain_segments
from graphbp.check.reading.vocabulary import Vocabulary, spelled
from graphbp.network import Network
from graphbp.notation.reading import MAX_LENGTH
from graphbp.notation.tree import Symbol, walk

MAX_DEPTH = 60
_HIDDEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
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
    lines: list[ClaimLine] = []
    for segment in _segments(text, language):
        sides = read_sides(text, segment, vocabulary, language)
        for line in read_line(sides, text, segment, vocabulary):
            first = ClaimLine(n=len({item.start for item in lines} | {line.start}), **{key: getattr(line, key) for key in KEPT})
            lines.append(first)
    if not lines:
        raise unreadable("there is nothing to check", text, 0, expected=["an equality such as dl/dw1 = …"])
    if lines[0].left is None:
        raise unreadable("the first line has no left side", text, lines[0].start, expected=["what equals this"])
    if all(line.definition and line.usual is None and len(line.rights) == 1 for line in lines):
        raise nothing_claimed(lines[0], vocabulary, text)
    return Claim(text, language, tuple(lines))


def nothing_claimed(line: ClaimLine, vocabulary: Vocabulary, text: str) -> Unreadable:
    """A claim whose names are all the learner's own says nothing about the network."""
    name = next((part.name for part in walk(line.left) if isinstance(part, Symbol)), "it") if line.left is not None else "it"
    return unreadable(f"{name} is no name of the network, so nothing is claimed", text, line.start,
                      fix=vocabulary.nearest(spelled(name, line.start)))  # fmt: skip


KEPT = ("text", "left", "rights", "free", "definition", "usual", "where", "start")


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
        raise unreadable(f"the claim holds the invisible character U+{ord(hidden[0]):04X}", text, hidden.start(), fix="delete it")
    depth = 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth > MAX_DEPTH:
            raise unreadable(f"the brackets are nested more than {MAX_DEPTH} deep", text, place)


__all__ = ["language_of", "read_claim"]
