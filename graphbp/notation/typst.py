"""Formulas as Typst math markup (without the dollar signs).

Colours call `ink<role>(…)`, functions that the surrounding page defines from its theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphbp.notation.names import GREEK, Label
from graphbp.notation.paper import leading, trailing
from graphbp.notation.tree import Div, Expr, Partial
from graphbp.notation.writer import Writer

_OPERATORS = {
    "plus": " + ", "minus": " - ", "times": " × ", "dot": " ⋅ ", "juxtapose": " ", "odot": " ⊙ ", "star": " ⋆ ",
    "mod": ' "mod" ', "thin": " thin ", "tight": " ",
}  # fmt: skip
_GREEK_NAMES = {letter: name for name, letter in GREEK.items()}


def quoted(text: str) -> str:
    r"""A Typst string.

    >>> print(quoted('say "hi" \\ bye'))
    "say \"hi\" \\ bye"
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class TypstWriter(Writer):
    """Writes formulas for Typst.

    >>> from graphbp.notation.tree import Symbol, Partial
    >>> TypstWriter().write(Symbol("w1") * Symbol("x1") + Symbol("b"))
    'w_(1) x_(1) + b'
    >>> TypstWriter().write(Partial(Symbol("l"), Symbol("yhat")))
    'frac(∂l, ∂hat(y))'
    """

    minus = "-"
    comma = "\\, "

    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        """A name with its scripts, accent and weight."""
        base = self._base(label)
        if label.accent:
            base = f"{'macron' if label.accent == 'bar' else label.accent}({base})"
        if label.bold:
            base = f"bold({base})"
        below = "\\,".join(part for part in (_script(label.sub), subs) if part)
        above = " ".join(part for part in (_script(label.sup), sups) if part)
        return base + (f"_({below})" if below else "") + (f"^({above})" if above else "")

    def _base(self, label: Label) -> str:
        return label.base if label.letter and label.base.isascii() else _safe(label.base)

    def word(self, text: str) -> str:
        """An upright word."""
        return text if text in "∂∇" else quoted(text)

    def digits(self, text: str) -> str:
        """A number as it was shown, with its sign and power of ten."""
        mantissa, _, exponent = text.partition("e")
        if text.lstrip("-") in ("inf", "nan"):
            return text.replace("inf", "infinity").replace("nan", '"nan"')
        return f"{mantissa} ⋅ 10^({int(exponent)})" if exponent else mantissa

    def paren(self, inner: str, kind: str = "()") -> str:
        """Brackets around the inner part."""
        if kind == "||":
            return f"abs({inner})"
        if kind == "⌊⌋":
            return f"floor({inner})"
        return f"({inner})" if kind == "()" else f" lr({kind[0]}{inner}{kind[1]})"

    def fraction(self, num: str, den: str) -> str:
        """A quotient."""
        return f"frac({num}, {den})"

    def raised(self, base: str, exp: str) -> str:
        """A superscript."""
        return f"{base}^({exp})"

    def lowered(self, base: str, sub: str) -> str:
        """A subscript."""
        return f"{base}_({sub})"

    def root(self, x: str) -> str:
        """A square root."""
        return f"sqrt({x})"

    def big(self, operator: str, below: str, body: str) -> str:
        """A big operator with what runs below it."""
        return f"{operator}_({below}) {body}"

    def infix(self, operator: str) -> str:
        """An operator between two operands."""
        return _OPERATORS[operator]

    def colour(self, role: str, x: str) -> str:
        """A part in the colour of its role."""
        return f"ink{role}({x})"

    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        """A matrix, or cases behind a brace."""
        if kind == "cases":
            return "cases(" + ", ".join(" & ".join(row) for row in rows) + ")"
        return 'mat(delim: "[", ' + "; ".join(", ".join(row) for row in rows) + ")"

    def index_gap(self, plain: bool) -> str:
        """What stands between two subscripts."""
        return " " if plain else self.comma

    def primed(self, name: str, times: int) -> str:
        """A function's name with its primes."""
        return name + "'" * times

    def gap(self, left: Expr, right: Expr) -> str:
        """What stands between two factors that need no dot."""
        return " thin " if any(isinstance(x, Partial | Div) for x in (trailing(left), leading(right))) else " "


def _safe(text: str) -> str:
    """A word as an upright string, a Greek letter by its name."""
    if text in GREEK:
        return "ell" if text == "ell" else GREEK[text]
    return quoted(text)


def _script(text: str) -> str:
    """A sub- or superscript: digits and single letters as they are, longer words upright."""
    pieces = []
    for piece in re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", text):
        if piece.isalpha() and piece.isascii():
            pieces.append(" ".join(piece) if len(piece) == 1 or set(piece) <= set("ijklmnpq") else quoted(piece))
        elif piece.isdigit() or piece in "()+-=*<>'":
            pieces.append(piece)
        elif piece == ",":
            pieces.append("\\,")
        else:
            pieces.append(piece if piece in _GREEK_NAMES else quoted(piece))
    return " ".join(pieces) if any(piece.isalpha() for piece in pieces) else "".join(pieces)
