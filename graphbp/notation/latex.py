"""Formulas as LaTeX (amsmath)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from graphbp.notation.names import GREEK, Label
from graphbp.notation.paper import leading, trailing
from graphbp.notation.tree import Cases, Div, Equation, Expr, Partial, Term
from graphbp.notation.writer import Writer

_OPERATORS = {
    "plus": " + ", "minus": " - ", "times": r" \times ", "dot": r" \cdot ", "juxtapose": " ", "odot": r" \odot ",
    "star": r" \star ", "mod": r" \bmod ", "thin": r" \, ", "tight": " ",
}  # fmt: skip
LONG = 160
"""From this length on tall brackets get a fixed size, so that a line may break between them."""
_RELATIONS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne", "≈": r"\approx"}
_SIGNS = {"⊤": r"\top", "∂": r"\partial ", "∇": r"\nabla "}
_CHARACTERS = {letter: rf"\{name}" for name, letter in GREEK.items()} | _SIGNS


class LatexWriter(Writer):
    r"""Writes formulas for LaTeX; colours become \ink…{} that the preamble defines.

    >>> from graphbp.notation.tree import Symbol, Partial
    >>> LatexWriter().write(Partial(Symbol("l"), Symbol("yhat")))
    '\\frac{\\partial l}{\\partial \\hat{y}}'
    """

    minus = "-"
    shapes: Mapping[Expr, str] = {}

    def shaped(self, shapes: Iterable[tuple[Expr, str]]) -> Self:
        """A writer that puts the shape of every one of these factors under it."""
        writer = type(self)(self.names, self.numbers)
        writer.shapes = dict(shapes)
        return writer

    def write(self, term: Term | Equation) -> str:
        """The term or equation; a factor with a shape carries it below."""
        written = super().write(term)
        shape = self.shapes.get(term) if self.shapes and isinstance(term, Expr) else None
        below = shape.replace("×", r"\times") if shape else ""
        return rf"\underset{{{below}}}{{{written}}}" if shape else written

    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        """A name with its scripts, accent and weight."""
        letter = label.letter and label.base.isascii()
        base = rf"\{label.base}" if label.greek else label.base if letter else self.word(label.base)
        if label.bold:
            base = rf"\boldsymbol{{{base}}}"
        if label.accent:
            base = rf"\{label.accent}{{{base}}}"
        below = ",".join(part for part in (_script(label.sub), subs) if part)
        above = " ".join(part for part in (_script(label.sup), _CHARACTERS.get(sups, sups)) if part)
        return base + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")

    def word(self, text: str) -> str:
        """An upright word."""
        if text in _CHARACTERS:
            return _CHARACTERS[text]
        return rf"\mathrm{{{escaped(text)}}}" if text.isascii() and " " not in text else rf"\text{{{self.plain(text)}}}"

    def plain(self, text: str) -> str:
        """Text that is no formula, inside one."""
        return escaped(text)

    def digits(self, text: str) -> str:
        """A number as it was shown, with its sign and power of ten."""
        mantissa, _, exponent = text.partition("e")
        if text.lstrip("-") in ("inf", "nan"):
            return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def paren(self, inner: str, kind: str = "()") -> str:
        """Brackets around the inner part."""
        left, right = {"||": (r"\lvert ", r" \rvert"), "⌊⌋": (r"\lfloor ", r" \rfloor")}.get(kind, (kind[0], kind[1]))
        tall = any(word in inner for word in (r"\frac", r"\sum", r"\max_", r"\begin"))
        if tall and len(inner) > LONG and r"\begin" not in inner:
            return rf"\biggl{left}{inner}\biggr{right.lstrip()}"
        return rf"\left{left}{inner}\right{right.lstrip()}" if tall else f"{left}{inner}{right}"

    def fraction(self, num: str, den: str) -> str:
        """A quotient."""
        return rf"\frac{{{num}}}{{{den}}}".replace("∂", r"\partial ")

    def raised(self, base: str, exp: str) -> str:
        """A superscript."""
        return (
            f"{{{base}}}^{{{_CHARACTERS.get(exp, exp)}}}" if "^" in base else f"{base}^{{{_CHARACTERS.get(exp, exp)}}}"
        )

    def lowered(self, base: str, sub: str) -> str:
        """A subscript."""
        return f"{base}_{{{sub}}}"

    def root(self, x: str) -> str:
        """A square root."""
        return rf"\sqrt{{{x}}}"

    def big(self, operator: str, below: str, body: str) -> str:
        """A big operator with what runs below it."""
        return rf"\{operator}_{{{below}}} {body}"

    def infix(self, operator: str) -> str:
        """An operator between two operands."""
        return _OPERATORS[operator]

    def gap(self, left: Expr, right: Expr) -> str:
        """What stands between two factors that need no dot."""
        return r" \, " if any(isinstance(x, Partial | Div) for x in (trailing(left), leading(right))) else " "

    def colour(self, role: str, x: str) -> str:
        """A part in the colour of its role."""
        return rf"\ink{role}{{{x}}}"

    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        """A matrix, or cases behind a brace."""
        name = "cases" if kind == "cases" else "bmatrix"
        return rf"\begin{{{name}}} " + r" \\ ".join(" & ".join(row) for row in rows) + rf" \end{{{name}}}"

    def write_cases(self, term: Cases) -> str:
        """Values with their conditions."""
        rows = [[self.write(value), rf"\text{{if }} {self.write(when)}"] for value, when in term.branches]
        return self.rows([*rows, [self.write(term.otherwise), r"\text{otherwise}"]], "cases")

    def primed(self, name: str, times: int) -> str:
        """A function's name with its primes."""
        return (f"{{{name}}}" if "^" in name else name) + "'" * times

    def relation(self, sign: str) -> str:
        """The sign of a relation."""
        return _RELATIONS.get(sign, sign)


class ColourlessLatexWriter(LatexWriter):
    """LaTeX for readers that know amsmath and no further macro."""

    def colour(self, role: str, x: str) -> str:
        """A part in the colour of its role."""
        return x


def escaped(text: str) -> str:
    r"""Text whose special characters LaTeX prints instead of obeying.

    >>> print(escaped("50% of x_1"))
    50\% of x\_1
    """
    named = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return re.sub(r"[\\{}_^$#%&~]", lambda match: named.get(match[0], "\\" + match[0]), text)


def _script(text: str) -> str:
    """A sub- or superscript: words upright, Greek letters by name."""
    pieces = re.findall(r"[A-Za-z]{2,}|.", text)
    indices = set("ijklmnpq")
    return "".join(
        _CHARACTERS[p] + " "
        if p in _CHARACTERS
        else rf"\mathrm{{{p}}}"
        if len(p) > 1 and not set(p) <= indices
        else escaped(p)
        for p in pieces
    ).strip()
