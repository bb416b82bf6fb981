"""Formulas as MathML Core, which browsers set without help.

Colours are classes `ink-<role>` that the surrounding page styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import ClassVar, Self

from graphbp.notation.names import Label
from graphbp.notation.paper import leading, trailing
from graphbp.notation.tree import Cases, Div, Equation, Expr, Partial, Term
from graphbp.notation.writer import Writer

_TIMES = "<mo>&#x2062;</mo>"
_THIN = '<mspace width="0.17em"/>'
_OPERATORS = {
    "plus": '<mo form="infix">+</mo>', "minus": '<mo form="infix">−</mo>', "times": "<mo>×</mo>", "dot": "<mo>⋅</mo>",
    "juxtapose": _TIMES, "odot": "<mo>⊙</mo>", "star": "<mo>⋆</mo>", "mod": "<mo>mod</mo>", "thin": _THIN, "tight": "",
}  # fmt: skip
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙"}
_TOKEN = re.compile(r"(<(?:mi|mn|mo|mtext)\b[^>]*>.*?</(?:mi|mn|mo|mtext)>|<[^>]*>)", re.DOTALL)
_LOOSE = re.compile(r"[0-9]+(?:\.[0-9]+)?|[^\W\d_]+|&[#\w]+;|\S")


class MathMLWriter(Writer):
    """Writes formulas for browsers.

    >>> from graphbp.notation.tree import Symbol
    >>> MathMLWriter().write(Symbol("x1"))
    '<msub><mrow><mi>x</mi></mrow><mrow><mn>1</mn></mrow></msub>'
    """

    minus = '<mo form="prefix">−</mo>'
    comma = "<mo>,</mo>"
    relations: ClassVar[dict[str, str]] = {"<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥", "=": "=", "!=": "≠"}
    shapes: Mapping[Expr, str] = {}

    def shaped(self, shapes: Iterable[tuple[Expr, str]]) -> Self:
        """A writer that puts the shape of every one of these factors under it."""
        writer = type(self)(self.names, self.numbers)
        writer.shapes = dict(shapes)
        return writer

    def math(self, *terms: Term | Equation, before: str = "", display: bool = True) -> str:
        """A whole formula: an operator perhaps, then the terms."""
        inner = tokens((f"<mo>{before}</mo>" if before else "") + "".join(map(self.write, terms)))
        return f'<math displaystyle="true">{inner}</math>' if display else f"<math>{inner}</math>"

    def write(self, term: Term | Equation) -> str:
        """The term or equation; a factor with a shape carries it below."""
        written = super().write(term)
        shape = self.shapes.get(term) if self.shapes and isinstance(term, Expr) else None
        return f'<munder>{row(written)}<mtext class="shape">{escape(shape)}</mtext></munder>' if shape else written

    # Primitives

    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        """A name with its scripts, accent and weight."""
        base = label.greek or label.base
        name = f"<mi>{escape(_bold(base) if label.bold else base)}</mi>"
        if label.accent:
            accent = f'<mo stretchy="false">{_ACCENTS[label.accent]}</mo>'
            name = f'<mover accent="true">{name}{accent}</mover>'
        below = self.comma.join(part for part in (_script(label.sub), subs) if part)
        return _scripted(name, below, _script(label.sup) + sups)

    def word(self, text: str) -> str:
        """An upright word."""
        return '<mi mathvariant="normal">∂</mi>' if text == "∂" else f'<mi mathvariant="normal">{escape(text)}</mi>'

    def digits(self, text: str) -> str:
        """A number as it was shown, with its sign and power of ten."""
        sign = self.minus if text.startswith("-") else ""
        mantissa, _, exponent = text.lstrip("-").replace("inf", "∞").partition("e")
        number = f"<mn>{escape(mantissa)}</mn>"
        if not exponent:
            return f"<mrow>{sign}{number}</mrow>" if sign else number
        power = f"<msup><mn>10</mn>{row(exponent.replace('-', self.minus))}</msup>"
        return f"<mrow>{sign}{number}{_OPERATORS['dot']}{power}</mrow>"

    def paren(self, inner: str, kind: str = "()") -> str:
        """Brackets around the inner part."""
        left, right = kind[0], kind[1]
        tall = any(f"<{name}" in inner for name in ("mfrac", "munder", "mtable"))
        kept = "" if tall else ' stretchy="false"'
        return f'<mrow><mo form="prefix"{kept}>{left}</mo>{inner}<mo form="postfix"{kept}>{right}</mo></mrow>'

    def fraction(self, num: str, den: str) -> str:
        """A quotient."""
        return f"<mfrac>{row(num)}{row(den)}</mfrac>"

    def raised(self, base: str, exp: str) -> str:
        """A superscript."""
        return _scripted(base, "", exp)

    def lowered(self, base: str, sub: str) -> str:
        """A subscript."""
        return _scripted(base, sub, "")

    def root(self, x: str) -> str:
        """A square root."""
        return f"<msqrt>{row(x)}</msqrt>"

    def big(self, operator: str, below: str, body: str) -> str:
        """A big operator with what runs below it."""
        sign = "<mo>∑</mo>" if operator == "sum" else f'<mo movablelimits="true">{operator}</mo>'
        return f"<munder>{sign}{row(below)}</munder>{body}"

    def infix(self, operator: str) -> str:
        """An operator between two operands."""
        return _OPERATORS[operator]

    def gap(self, left: Expr, right: Expr) -> str:
        """What stands between two factors that need no dot."""
        return _THIN if any(isinstance(x, Partial | Div) for x in (trailing(left), leading(right))) else _TIMES

    def colour(self, role: str, x: str) -> str:
        """A part in the colour of its role."""
        return f'<mrow class="ink-{escape(role)}">{x}</mrow>'

    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        """A matrix, or cases behind a brace."""
        cells = "".join(f"<mtr>{''.join(f'<mtd>{row(cell)}</mtd>' for cell in line)}</mtr>" for line in rows)
        if kind == "cases":
            return f'<mrow><mo form="prefix">{{</mo><mtable class="cases">{cells}</mtable></mrow>'
        return self.paren(f"<mtable>{cells}</mtable>", "[]")

    def write_cases(self, term: Cases) -> str:
        """Values with their conditions."""
        lines = [[self.write(value), f"<mtext>if\u00a0</mtext>{self.write(when)}"] for value, when in term.branches]
        return self.rows([*lines, [self.write(term.otherwise), "<mtext>otherwise</mtext>"]], "cases")

    def primed(self, name: str, times: int) -> str:
        """A function's name with its primes."""
        return f"<msup>{row(name)}<mo>{'′' * times}</mo></msup>"


def row(inner: str) -> str:
    """Any number of elements as one."""
    return f"<mrow>{inner}</mrow>"


def tokens(markup: str) -> str:
    """The markup with every loose sign and digit in an element of its own.

    >>> tokens("<mrow>2<mi>i</mi>+1</mrow>")
    '<mrow><mn>2</mn><mi>i</mi><mo>+</mo><mn>1</mn></mrow>'
    """
    return "".join(part if part.startswith("<") else _loose(part) for part in _TOKEN.split(markup))


def _loose(text: str) -> str:
    return "".join(map(_token, _LOOSE.findall(text)))


def _token(text: str) -> str:
    if text[0].isdigit():
        return f"<mn>{text}</mn>"
    if text[0].isalpha():
        return f"<mi>{text}</mi>"
    if text == "∂":
        return '<mi mathvariant="normal">∂</mi>'
    return f"<mo>{text}</mo>"


def _scripted(base: str, below: str, above: str) -> str:
    """The base with a subscript, a superscript, both or none."""
    if below and above:
        return f"<msubsup>{row(base)}{row(below)}{row(above)}</msubsup>"
    if below or above:
        return f"<msub>{row(base)}{row(below)}</msub>" if below else f"<msup>{row(base)}{row(above)}</msup>"
    return base


def _script(text: str) -> str:
    """A sub- or superscript of a name: numbers, letters, and words upright."""
    if set(text) <= set("ijklmnpq"):
        return "".join(map(_token, text))
    return "".join(_token(escape(piece)) for piece in re.findall(r"\d+|[^\W\d_]+|\S", text))


def _bold(base: str) -> str:
    """Bold letters, which Unicode has for the Latin and the Greek alphabet; a word stays as it is."""
    if len(base) != 1:
        return base
    for first, last, bold in (("A", "Z", 0x1D468), ("a", "z", 0x1D482), ("Α", "Ω", 0x1D71C), ("α", "ω", 0x1D736)):
        if first <= base <= last:
            return chr(bold + ord(base) - ord(first))
    return base
