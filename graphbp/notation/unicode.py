"""Formulas as one line of Unicode text, for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from graphbp.notation.language import Level
from graphbp.notation.names import Label
from graphbp.notation.tree import Neg
from graphbp.notation.writer import Writer

_OPERATORS = {
    "plus": " + ", "minus": " − ", "times": "×", "dot": " · ", "juxtapose": "·", "odot": " ⊙ ", "star": " ⋆ ",
    "mod": " mod ", "thin": " ", "tight": "",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
_BELOW: Mapping[str, str] = dict(
    zip("0123456789+-=()aehijklmnoprstuvxβγρφχ−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₋", strict=True)
) | {",": ",", " ": ""}
_ABOVE: Mapping[str, str] = dict(zip("0123456789+-=()nixyzabcTl−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᶻᵃᵇᶜᵀˡ⁻", strict=True)) | {
    "⊤": "ᵀ",
    "*": "*",
    " ": "",
}


class UnicodeWriter(Writer):
    """Writes formulas as text.

    >>> from graphbp.notation.tree import Symbol, Partial
    >>> UnicodeWriter().write(Symbol("w1") * Symbol("x1") + Symbol("b"))
    'w₁·x₁ + b'
    >>> UnicodeWriter().write(Symbol("a") * Partial(Symbol("l"), Symbol("yhat")))
    'a·∂l/∂ŷ'
    """

    fraction_level = Level.PRODUCT

    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        """A name with its scripts, accent and weight."""
        base = label.greek or label.base
        if label.accent:
            base = base[0] + _ACCENTS[label.accent] + base[1:]
            base = unicodedata.normalize("NFC", base)
        below = ",".join(part for part in (label.sub, subs) if part)
        above = label.sup + sups
        return base + _script(below, _BELOW, "_") + _script(above, _ABOVE, "^")

    def word(self, text: str) -> str:
        """An upright word."""
        return text

    def digits(self, text: str) -> str:
        """A number as it was shown, with its sign and power of ten."""
        mantissa, _, exponent = text.replace("-", "−").partition("e")
        return f"{mantissa}·10{_script(exponent, _ABOVE, '^')}" if exponent else mantissa.replace("inf", "∞")

    def paren(self, inner: str, kind: str = "()") -> str:
        """Brackets around the inner part."""
        return f"{kind[0]}{inner}{kind[1]}"

    def fraction(self, num: str, den: str) -> str:
        """A quotient."""
        return f"{_atomic(num, '+−')}/{_atomic(den, '+−·/')}"

    def raised(self, base: str, exp: str) -> str:
        """A superscript."""
        return base + _script(exp, _ABOVE, "^")

    def lowered(self, base: str, sub: str) -> str:
        """A subscript."""
        return base + _script(sub, _BELOW, "_")

    def root(self, x: str) -> str:
        """A square root."""
        return "√" + (x if len(x) == 1 else f"({x})")

    def big(self, operator: str, below: str, body: str) -> str:
        """A big operator with what runs below it."""
        sign = "Σ" if operator == "sum" else operator
        return f"{sign}{_script(below, _BELOW, '_')} {body}"

    def infix(self, operator: str) -> str:
        """An operator between two operands."""
        return _OPERATORS[operator]

    def colour(self, role: str, x: str) -> str:
        """A part in the colour of its role."""
        return x

    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        """A matrix, or cases behind a brace."""
        if kind == "cases":
            return "{" + "; ".join(" ".join(row) for row in rows) + "}"
        return "[" + "; ".join(", ".join(row) for row in rows) + "]"

    def write_neg(self, term: Neg) -> str:
        """A minus sign before its operand."""
        return self.minus + self.wrap(term.x, Level.PRODUCT)


def _script(text: str, table: Mapping[str, str], mark: str) -> str:
    """The text lowered or raised, or behind _ or ^ where Unicode lacks a character."""
    if all(char in table for char in text):
        return "".join(table[char] for char in text)
    return f"{mark}{text}" if len(text) == 1 or (text[0], text[-1]) == ("[", "]") else f"{mark}({text})"


def _atomic(text: str, signs: str) -> str:
    """The text in parentheses if one of the signs stands in it outside of brackets."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char in "([{⌊") - (char in ")]}⌋")
        if depth == 0 and place > 0 and char in signs:
            return f"({text})"
    return text
