"""Quotients, derivatives, roots and sums of LaTeX."""

from __future__ import annotations

import re

from graphbp.check.claim import Unreadable
from graphbp.check.reading.dress import script_text
from graphbp.check.reading.latex_names import LatexNames
from graphbp.check.reading.limits import limits_of
from graphbp.check.reading.marks import unclear_gradient
from graphbp.check.reading.raw import Written

_D = re.compile(
    r"\s*(?:\\partial(?![a-zA-Z])|\\(?:mathrm|text|operatorname|rm|mathbf)\s*\{\s*d\s*\}|\\(?:mathrm|rm)\s+d(?![a-zA-Z])|\{\s*\\rm\s+d\s*\}|d(?![a-zA-Z]*\s*\()|∂)\s*"
)
_UPRIGHT = r"\\(?:mathrm|text|operatorname)\s*\{\s*d\s*\}|\\mathrm\s+d(?![a-zA-Z])"
_SLASHED = re.compile(
    rf"(\\partial(?![a-zA-Z])|∂|d|{_UPRIGHT})\s*([^=+]*?)/\s*(\\partial(?![a-zA-Z])|∂|d(?=[A-Za-z\\])|{_UPRIGHT})\s*"
)


class LatexFractions(LatexNames):
    """The part of the lexer that reads what stands on two lines."""

    def root(self, end: int) -> None:
        """√, or a higher root as a power."""
        order = re.compile(r"\s*\[\s*(\d{1,3})\s*\]").match(self.text, end, self.end)
        start, stop, after = self.argument(order.end() if order else end)
        if not order:
            self.wrapped("ROOT", start, stop, after)
            return
        begin = self.at
        self.put("LPAR", "(", at=begin, end=start)
        self.region(start, stop)
        for kind, value in (
            ("CLOSED", ")"),
            ("RAISED", "^"),
            ("NUMBER", "1"),
            ("TIMES", "/"),
            ("NUMBER", order[1]),
            ("CLOSE", "}"),
        ):
            self.put(kind, value, at=stop, end=after)

    def fraction(self, end: int) -> None:
        """A quotient or a derivative."""
        start, stop, after = self.argument(end)
        below, bottom, rest = self.argument(after)
        self.quotient(start, stop, below, bottom, rest)

    def quotient(self, start: int, stop: int, below: int, bottom: int, after: int) -> None:
        """The pieces of a quotient; ∂ in both parts makes a derivative."""
        above, under = _D.match(self.text, start, stop), _D.match(self.text, below, bottom)
        if not (above and under and under.end() < bottom and not self.own_d(above, stop)):
            begin = self.at
            self.put("FRACTION", "{", at=begin, end=start)
            self.region(start, stop)
            self.put("OVER", "}{", at=stop, end=below)
            self.region(below, bottom)
            self.put("CLOSE", "}", at=bottom, end=after)
            return
        self.derived(above.end(), stop, under.end(), bottom, after, "\\partial" not in above[0] and "∂" not in above[0])

    def own_d(self, match: re.Match[str], stop: int) -> bool:
        """Whether d is a name here, not the sign of a derivative."""
        return (
            match[0].strip() == "d"
            and self.vocabulary.taken("d")
            and self.text[match.end() : match.end() + 1] in ("_", "^", "", "}")
        )

    def derived(self, start: int, stop: int, below: int, bottom: int, after: int, total: bool) -> None:
        """∂y/∂x, or the operator ∂/∂x."""
        begin = self.at
        if not self.text[start:stop].strip():
            self.put("OPERATOR", total, at=begin, end=below)
            self.region(below, bottom)
            self.put("CLOSE", "}", at=bottom, end=after)
            return
        self.put("DERIVATIVE", total, at=begin, end=start)
        self.region(start, stop)
        self.put("OVER", "/", at=stop, end=below)
        self.region(below, bottom)
        self.put("CLOSE", "}", at=bottom, end=after)

    def slashed(self) -> bool:
        """∂l/∂w and dl/dw on one line."""
        match = _SLASHED.match(self.text, self.at, self.end)
        if (
            not match
            or not re.fullmatch(r"[\w\\{}^'()\[\], ]*", match[2])
            or (match[1][0] == "d" and self.at and self.text[self.at - 1].isalpha())
        ):
            return False
        start, stop, below = match.start(2), match.end(2), match.end()
        bottom = self.name_end(below)
        if bottom == below or self.text[start:stop].count("{") != self.text[start:stop].count("}"):
            return False
        self.derived(start, stop, below, bottom, bottom, match[1] != "∂" and "partial" not in match[1])
        return True

    def name_end(self, at: int) -> int:
        """Where the name at a place ends."""
        inner = self.nested(at, self.end)
        inner.at = inner.skip(at)
        try:
            if self.text[inner.at : inner.at + 1] == "{":
                inner.inside(inner.at)
            else:
                inner.letter()
        except Unreadable:
            return at
        place = inner.at
        bracket = re.compile(r"\[\s*\w+(?:\s*,\s*\w+)*\s*\]").match(self.text, place, self.end)
        return bracket.end() if bracket and inner.pieces else place if inner.pieces else at

    def partial(self, end: int) -> None:
        """∂ as an operator: ∂l/∂w, or ∂_w l."""
        if self.slashed():
            return
        place = self.skip(end)
        if self.text[place : place + 1] != "_":
            raise self.error("∂ stands alone", expected=["\\frac{\\partial l}{\\partial w}"])
        below, bottom, after = self.argument(place + 1)
        start = self.skip(after)
        stop = self.name_end(start)
        if stop > start:
            self.derived(start, stop, below, bottom, stop, False)
        else:
            self.put("OPERATOR", False, end=below)
            self.region(below, bottom)
            self.put("CLOSE", "}", at=bottom, end=after)

    def nabla(self, end: int) -> None:
        """∇_W l."""
        begin, place = self.at, self.skip(end)
        if self.text[place : place + 1] == "_":
            start, stop, after = self.argument(place + 1)
        else:
            start, stop = place, self.name_end(place)
            after = stop
        if stop == start:
            raise self.error("∇ needs the name of what is varied", expected=["\\nabla_W l"])
        varied = self.skip(after)
        behind = self.name_end(varied)
        self.put("DERIVATIVE", False, at=begin, end=start)
        if behind > varied and self.is_varied(varied, behind):
            self.region(varied, behind)
            after = behind
        elif behind > varied:
            raise unclear_gradient(self.text, begin, " ".join(self.text[varied:behind].split()))
        else:
            shown = self.vocabulary.network.loss_name
            self.put("NAME", Written(shown, exact=True, shown=shown, at=begin), at=begin, end=start)
        self.put("OVER", "/", at=start, end=start)
        self.region(start, stop)
        self.put("CLOSE", "}", at=after, end=after)

    def is_varied(self, start: int, stop: int) -> bool:
        """Whether the name at a place is the loss, or another number that is computed."""
        pieces = self.nested(start, stop).run()
        name = pieces[0].value if len(pieces) == 1 and pieces[0].kind == "NAME" else None
        return isinstance(name, Written) and self.vocabulary.varied(name)

    def big(self, operator: str, end: int) -> None:
        """Σ, max or min with their limits."""
        begin, lower, upper, place = self.at, "", "", self.skip(end)
        while self.text[place : place + 1] in ("_", "^") and place < self.end:
            start, stop, after = self.argument(place + 1)
            if self.text[place] == "_":
                lower = script_text(self.text[start:stop])
            else:
                upper = script_text(self.text[start:stop])
            place = self.skip(after)
        limits = limits_of(lower, upper)
        if limits is None:
            raise self.error(
                f"cannot read the limits {lower[:40]!r} of this {operator}",
                begin,
                fix="write a letter, k=1 or k \\neq j below it",
            )
        self.put("BIG", (operator, limits), at=begin, end=place)
