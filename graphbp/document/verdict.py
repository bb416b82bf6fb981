"""Verdicts become documents: each claim with what is right and wrong in it, and the network with the place marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from graphbp.check.claim import ClaimLine
from graphbp.check.hints import shown_place
from graphbp.check.verdict import LineVerdict, Verdict
from graphbp.derive.steps import Touches
from graphbp.document.pictures import Pictures, pictures_of
from graphbp.document.tree import Block, Document, Heading, Note, Paragraph, Picture, Table
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Piece, Prose, Strong
from graphbp.notation.tree import Equation, Expr, Partial, Symbol, transform
from graphbp.theme import Theme

WORDS = {
    "right": "right",
    "right_if": "right under a condition",
    "wrong": "wrong",
    "undecided": "undecided",
    "unreadable": "not readable",
}
LONGEST = 300


def verdict_document(network: Network, verdicts: Sequence[Verdict], *, theme: Theme | None = None) -> Document:
    """One section for each claim; many claims begin with a table of all."""
    from graphbp import theme as themes

    pictures = pictures_of(network, theme or themes.get("paper"))
    blocks: list[Block] = list(_overview(verdicts)) if len(verdicts) > 1 else []
    for number, verdict in enumerate(verdicts, 1):
        blocks += _section(verdict, number if len(verdicts) > 1 else None, network, pictures)
    title: Prose = ("Verdict" if len(verdicts) == 1 else "Verdicts",)
    subtitle: Prose = (network.title,) if network.title else ()
    return Document(title, tuple(blocks), subtitle, network.names, NumberStyle(4), (), network.loss_name)


def _overview(verdicts: Sequence[Verdict]) -> Iterator[Block]:
    rows = tuple(
        ((verdict.id or str(number),), _claim(verdict), (WORDS[verdict.outcome],), (_kind(verdict),))
        for number, verdict in enumerate(verdicts, 1)
    )
    yield Table((("claim",), ("what it says",), ("verdict",), ("mistake",)), rows, ("left", "left", "left", "left"))


def _kind(verdict: Verdict) -> str:
    return verdict.mistake.kind if verdict.mistake and verdict.level >= 2 else ""


def _claim(verdict: Verdict) -> Prose:
    """The last line of a claim as mathematics, its text where it could not be read."""
    lines = verdict.claim.lines if verdict.claim else ()
    return _line(lines[-1]) if lines else (_short(verdict.text),)


def _line(line: ClaimLine) -> Prose:
    if line.left is not None and line.rights:
        return (Equation(_curly(line.left), tuple(map(_curly, line.rights))),)
    if line.rights:
        first, *rest = line.rights
        return ("= ", Equation(first, tuple(rest)) if rest else first)
    return (_short(line.text),)


def _curly(term: Expr) -> Expr:
    """∂ also where the learner could type d only."""
    return transform(term, lambda part: Partial(part.y, part.x) if isinstance(part, Partial) else part)  # type: ignore[no-any-return]


_WORD = re.compile(r"[^\W\d_]\w*(?:/[^\W\d_]\w*)?")


def spelled(text: str, network: Network) -> Prose:
    """A sentence with the names of nodes and gradients in it as mathematics; the word "a" stays a word."""
    pieces: list[Piece] = []
    end = 0
    for match in _WORD.finditer(text):
        term = _term(match[0], network)
        if term is not None:
            pieces += [text[end : match.start()], term]
            end = match.end()
    return tuple(piece for piece in (*pieces, text[end:]) if piece != "")


def _term(word: str, network: Network) -> Expr | None:
    if word in network.graph and network.graph[word].named and word not in ("a", "I"):
        return Symbol(word)
    of, slash, wrt = word.partition("/")
    names = [of[1:], wrt[1:]]
    if slash and of[:1] == wrt[:1] == "d" and all(name in network.graph or name == network.loss_name for name in names):
        return Partial(Symbol(names[0]), Symbol(names[1]))
    return None


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= LONGEST else one[:LONGEST] + "…"


def _section(verdict: Verdict, number: int | None, network: Network, pictures: Pictures | None) -> Iterator[Block]:
    name = verdict.id or (f"Claim {number}" if number is not None else "")
    head = f"{name}: {WORDS[verdict.outcome]}" if name else f"The claim is {WORDS[verdict.outcome]}"
    yield Heading((head,))
    yield from _lines(verdict)
    yield from _evidence(verdict, network)
    if verdict.outcome == "wrong" and verdict.level >= 1:
        yield from _mistake(verdict, network, pictures)


def _lines(verdict: Verdict) -> Iterator[Block]:
    if verdict.claim is None:
        yield Paragraph((_short(verdict.text),))
        return
    read = {line.n: line for line in verdict.claim.lines}
    rows = tuple(((str(line.n),), _line(read[line.n]), _said(line)) for line in verdict.lines)
    if len(rows) == 1:
        yield Paragraph(rows[0][1])
        return
    yield Table((("line",), ("claimed",), ("verdict",)), rows, ("left", "left", "left"))


def _said(line: LineVerdict) -> Prose:
    if line.follows:
        return ("follows from the lines before",)
    word = WORDS[line.outcome]
    return (Strong(word),) if line.outcome == "wrong" else (word,)


def _evidence(verdict: Verdict, network: Network) -> Iterator[Block]:
    kind = verdict.evidence.get("kind")
    if verdict.outcome == "unreadable":
        yield Paragraph((verdict.reason,))
    elif verdict.outcome == "undecided":
        yield Paragraph((f"It could not be decided: {verdict.reason}.",))
    elif verdict.outcome == "right_if":
        yield Paragraph(spelled(f"It is right if {verdict.condition}.", network))
    if kind == "proved":
        yield Note(("Proved by algebra.",))
    elif kind == "sampled":
        yield Note((f"Compared with backpropagation at {verdict.evidence['points']} random points.",))
    elif kind == "values" and verdict.ok:
        yield Note(("Compared with the network’s own numbers, at the precision that is printed.",))
    elif kind == "counterexample" and not verdict.reason:
        claimed, true = verdict.evidence["claimed"], verdict.evidence["true"]
        yield Note((f"At a random point the claim gives {claimed:.6g}, and backpropagation gives {true:.6g}.",))
    elif verdict.reason and verdict.outcome == "wrong":
        yield Note((verdict.reason[:1].upper() + verdict.reason[1:] + ".",))


def _mistake(verdict: Verdict, network: Network, pictures: Pictures | None) -> Iterator[Block]:
    mistake = verdict.mistake
    if mistake is None:
        return
    where = f"It goes wrong first at {shown_place(mistake.where)}." if mistake.where else ""
    what = f"{mistake.explanation} " if verdict.level >= 2 else ""
    also = f" It could also be: {', '.join(mistake.also)}." if mistake.also and verdict.level >= 2 else ""
    kind: Prose = (Strong(mistake.kind), ". ") if verdict.level >= 2 else ()
    yield Paragraph((*kind, *spelled(f"{what}{where}{also}".strip(), network)))
    if pictures is not None and mistake.where:
        yield from _picture(mistake.where, pictures)
    if verdict.level >= 3 and verdict.correct:
        yield Heading(("Correct",), 2)
        yield from (
            Paragraph((Equation(_curly(line.left), tuple(map(_curly, line.rights))),)) for line in verdict.correct
        )


def _picture(where: str, pictures: Pictures) -> Iterator[Block]:
    """The network with the node or the edge marked."""
    from graphbp.drawing.emphasise import emphasise

    via, arrow, node = where.partition(" -> ")
    focus = node if arrow else via
    if focus not in pictures.network.graph:
        return
    touches = Touches(focus, (focus, via), ((focus, via),) if arrow else ())
    scene = emphasise(pictures.figure, touches)
    yield Picture(
        scene,
        f"The network with {shown_place(where)} marked",
        spelled(f"Marked: {shown_place(where)}.", pictures.network),
    )
