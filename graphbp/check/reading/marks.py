"""What lexers share: pieces of text with their places, brackets that match, and products without a sign."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Self

from graphbp.check.claim import Unreadable
from graphbp.check.reading.raw import Written
from graphbp.check.reading.vocabulary import Vocabulary

MAX_PIECES = 3_000
MAX_NESTING = 40
MAX_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a claim for the grammar: its kind, what it holds, and its place in the text."""

    kind: str
    value: Any
    at: int
    end: int


CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "INDEX": "RSQB", "CALL": "CALL_CLOSE", "INDICATOR": "INDICATOR_CLOSE",
           "ANGLE": "ANGLE_CLOSE"}  # fmt: skip
"""What each opening bracket of the person is closed by; (, [ and { are told apart by `value`."""
PAIRS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}
INNER = {"FRACTION": "CLOSE", "DERIVATIVE": "CLOSE", "RAISED": "CLOSE", "ROOT": "CLOSE", "BRACE": "CLOSE",
         "OPERATOR": "OPERATOR_CLOSE", "MATRIX": "CLOSE", "CASES": "CLOSE"}  # fmt: skip
"""Openings that lexers make themselves and always close."""
BEGINS = frozenset({"NUMBER", "NAME", "ONES", "FUNCTION_NAME", "FUNCTION", "LPAR", "LSQB", "INDICATOR", "BAR", "NORM",
                    "FRACTION", "DERIVATIVE", "ROOT", "BRACE", "MATRIX", "CASES", "BIG", "OPERATOR",
                    "ANGLE"})  # fmt: skip
ENDS = frozenset({"NUMBER", "NAME", "ONES", "FUNCTION_NAME", "TRANSPOSE", "SUBSCRIPT", "RSQB", "CALL_CLOSE", "RPAR",
                  "INDICATOR_CLOSE", "BAR_CLOSE", "NORM_CLOSE", "CLOSE", "ANGLE_CLOSE"})  # fmt: skip


class Lexer:
    """The common part of both lexers: an output list, and errors with their place."""

    def __init__(self, text: str, start: int, end: int, vocabulary: Vocabulary) -> None:
        self.text, self.at, self.end, self.vocabulary = text, start, end, vocabulary
        self.pieces: list[Piece] = []
        self.depth = 0

    def nested(self, start: int, end: int) -> Self:
        """A lexer of a part of the line."""
        inner = type(self)(self.text, start, end, self.vocabulary)
        inner.depth = self.depth + 1
        if inner.depth > MAX_NESTING:
            raise self.error("the line is nested too deeply", start)
        return inner

    def run(self) -> list[Piece]:
        """The pieces of the line."""
        raise NotImplementedError

    def error(self, what: str, at: int | None = None, **more: Any) -> Unreadable:
        """An error at a place of the text, or here."""
        return unreadable(what, self.text, self.at if at is None else at, **more)

    def put(self, kind: str, value: Any, end: int | None = None, at: int | None = None) -> None:
        """Add a piece that begins here, and go on behind it."""
        begin = self.at if at is None else at
        self.at = begin + len(str(value)) if end is None else end
        self.pieces.append(Piece(kind, value, begin, self.at))
        if len(self.pieces) > MAX_PIECES:
            raise self.error(f"the line has more than {MAX_PIECES} parts", begin)

    def last(self) -> str:
        """The kind of the piece before."""
        return self.pieces[-1].kind if self.pieces else ""

    def inside_bars(self) -> bool:
        """Whether a single bar is open, so that || closes one and opens the next."""
        return sum(piece.kind == "BARS" for piece in self.pieces) % 2 == 1

    def ended(self) -> bool:
        """Whether the piece before ends a value, so that what follows may be a factor."""
        return self.last() in ENDS or self.last() == "CLOSED"


def unreadable(what: str, text: str, at: int, **more: Any) -> Unreadable:
    """An error with the line of the text that holds the place, and the column there."""
    at = min(at, len(text))
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return Unreadable(what, text=text[begin : end if end >= 0 else len(text)], line=text.count("\n", 0, at) + 1,
                      column=at - begin + 1, **more)  # fmt: skip


def refuse_long(text: str, start: int, end: int) -> None:
    """Refuse a line that nobody would write by hand."""
    if end - start > MAX_LINE:
        raise unreadable(
            f"the line has {end - start} characters, more than {MAX_LINE}",
            text,
            start,
            fix="break it into several lines",
        )


def closing(text: str, at: int, end: int) -> int:
    """The place of the bracket that closes the one at a place, −1 if there is none."""
    opener = text[at]
    closer, depth = PAIRS[opener], 0
    for place in range(at, end):
        depth += (text[place] == opener) - (text[place] == closer)
        if not depth:
            return place
    return -1


def closed_pair(text: str, at: int, end: int) -> bool:
    """Whether the bracket at a place holds two parts with a comma between them."""
    stop = closing(text, at, end)
    depth, commas = 0, 0
    for char in text[at:stop] if stop > 0 else "":
        depth += (char in "([{⟨") - (char in ")]}⟩")
        commas += char == "," and depth == 1
    return commas == 1


def unclear_gradient(text: str, at: int, name: str) -> Unreadable:
    """∇_h o with a name o that is not the loss: its derivative, or the gradient of the loss times o."""
    return unreadable(
        f"∇ stands before {name[:40]}, which is not the loss",
        text,
        at,
        readings=[f"the derivative of {name[:40]}", f"the gradient of the loss times {name[:40]}"],
        fix="write a quotient of two ∂, or a sign between the factors",
    )


def at_a_point(text: str, at: int, end: int) -> Unreadable | None:
    """The error where a bar says at which point a value is meant: σ'(z)|_{z=0}."""
    if not re.compile(r"\|\s*_\s*(?:\{[^{}]*=|\w\s*=)|\|\s*[^\W\d]\w*\s*=\s*[-\d]").match(text, at, end):
        return None
    return unreadable("a value at a point is not read", text, at, fix="put the number in for the name, such as σ'(0)")


def finished(pieces: list[Piece], text: str) -> list[Piece]:
    """The pieces with brackets matched, comparisons told from equalities, and signs put between factors."""
    pieces = _updated(pieces)
    return _beside(_bars(_brackets(pieces, text), text))


def _updated(pieces: list[Piece]) -> list[Piece]:
    """w1 + = …, the value after a step: the plus belongs to the name."""
    if len(pieces) > 2 and pieces[0].kind == "NAME" and pieces[1].value == "+" and pieces[2].kind == "EQUALS":
        name: Written = pieces[0].value
        return [replace(pieces[0], value=replace(name, updated=True)), *pieces[2:]]
    return pieces


def _brackets(pieces: list[Piece], text: str) -> list[Piece]:
    """Closing brackets by the kind of what they close; "=" inside brackets is a comparison."""
    result: list[Piece] = []
    stack: list[Piece] = []
    inside = False
    for place, piece in enumerate(pieces):
        kind = piece.kind
        inside = (inside or kind == "IF") and kind not in ("ELSE", "THEN")
        if kind == "COMMA" and not any(opened.kind != "LPAR" for opened in stack):
            _refuse_decimal_comma(pieces, place, text)
        if kind in CLOSERS or kind in INNER:
            stack.append(piece)
        elif kind == "CLOSED":
            if not stack or stack[-1].kind not in CLOSERS or PAIRS[stack[-1].value] != piece.value:
                raise _unmatched(piece, stack, text)
            kind = CLOSERS[stack.pop().kind]
        elif kind == "CLOSE":
            if not stack or stack[-1].kind not in INNER:
                raise _unmatched(stack[-1] if stack else piece, [], text)
            kind = INNER[stack.pop().kind]
        elif kind == "EQUALS" and (stack or inside):
            kind = "RELATION"
        result.append(piece if kind == piece.kind else replace(piece, kind=kind))
    if stack:
        raise unreadable(
            f"the bracket {stack[-1].value} is not closed",
            text,
            stack[-1].at,
            expected=[PAIRS.get(str(stack[-1].value), "}")],
        )
    return result


def _refuse_decimal_comma(pieces: list[Piece], place: int, text: str) -> None:
    """0,5 is a number for some and two numbers for others."""
    around = pieces[max(place - 1, 0) : place + 2]
    if len(around) < 3 or {around[0].kind, around[2].kind} != {"NUMBER"} or around[0].end != around[2].at - 1:
        return
    left, right = around[0].value, around[2].value
    one = f"{left}{right}" if "." in right else f"{left}.{right}"
    raise unreadable(
        f"{left},{right} can be one number or two",
        text,
        around[0].at,
        readings=[one, f"{left} and {right}"],
        fix=f"write {one}, or a space behind the comma",
    )


def _unmatched(piece: Piece, stack: list[Piece], text: str) -> Unreadable:
    if stack and stack[-1].kind in CLOSERS:
        return unreadable(f"{piece.value} closes {stack[-1].value}", text, piece.at, expected=[PAIRS[stack[-1].value]])
    return unreadable(f"the bracket {piece.value} has no partner", text, piece.at)


def _bars(pieces: list[Piece], text: str) -> list[Piece]:
    """| and ‖ as opening or closing: after a value one closes if one is open."""
    result: list[Piece] = []
    opened: list[Piece] = []
    for piece in pieces:
        if piece.kind not in ("BARS", "NORMS"):
            result.append(piece)
            continue
        kind = "BAR" if piece.kind == "BARS" else "NORM"
        closes = bool(opened) and opened[-1].kind == piece.kind and result[-1].kind in ENDS
        if closes:
            opened.pop()
        else:
            opened.append(piece)
        result.append(replace(piece, kind=kind + "_CLOSE" if closes else kind))
    if opened:
        raise unreadable(
            f"the bar {opened[-1].value} is not closed", text, opened[-1].at, expected=[str(opened[-1].value)]
        )
    return result


def _beside(pieces: list[Piece]) -> list[Piece]:
    """A sign of its own between factors that stand side by side; its value tells whether there is space."""
    result: list[Piece] = []
    for piece in pieces:
        if result and result[-1].kind in ENDS and piece.kind in BEGINS:
            result.append(Piece("BESIDE", piece.at > result[-1].end, piece.at, piece.at))
        result.append(piece)
    return result
