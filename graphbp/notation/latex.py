"""Formulas as LaTeX (amsmath)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphbp.notation.names import GREEK, Label
from graphbp.notation.paper import leading, trailing
from graphbp.notation.tree import Div, Expr, Partial
from graphbp.notation.writer import Writer

_OPERATORS = {
    "plus": " + ", "minus": " - ", "times": r" \times ", "dot": r" \cdot ", "juxtapose": " ", "odot": r" \odot ",
    "star": r" \star ", "mod": r" \bmod ",
}  # fmt: skip
_RELATIONS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne", "≈": r"\approx"}
_CHARACTERS = {letter: rf"\{name}" for name, letter in GREEK.items()} | {"⊤": r"\top", "∂": r"\partial "}


class LatexWriter(Writer):
    r"""Writes formulas for LaTeX; colours become \ink…{} that the preamble defines.

    >>> from graphbp.notation.tree import Symbol, Partial
    >>> LatexWriter().write(Partial(Symbol("l"), Symbol("yhat")))
    '\\frac{\\partial l}{\\partial \\hat{y}}'
    """

    minus = "-"

    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        base = rf"\{label.base}" if label.greek else label.base if label.letter else self.word(label.base)
        if label.bold:
            base = rf"\boldsymbol{{{base}}}"
        if label.accent:
            base = rf"\{label.accent}{{{base}}}"
        below = ",".join(part for part in (_script(label.sub), subs) if part)
        above = " ".join(part for part in (_script(label.sup), _CHARACTERS.get(sups, sups)) if part)
        return base + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")

    def word(self, text: str) -> str:
        return _CHARACTERS[text] if text in _CHARACTERS else rf"\mathrm{{{escaped(text)}}}"

    def digits(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        if text.lstrip("-") in ("inf", "nan"):
            return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def paren(self, inner: str, kind: str = "()") -> str:
        left, right = {"||": (r"\lvert ", r" \rvert"), "⌊⌋": (r"\lfloor ", r" \rfloor")}.get(kind, (kind[0], kind[1]))
        tall = any(word in inner for word in (r"\frac", r"\sum", r"\max_"))
        return rf"\left{left}{inner}\right{right.lstrip()}" if tall else f"{left}{inner}{right}"

    def fraction(self, num: str, den: str) -> str:
        return rf"\frac{{{num}}}{{{den}}}".replace("∂", r"\partial ")

    def raised(self, base: str, exp: str) -> str:
        return (
            f"{{{base}}}^{{{_CHARACTERS.get(exp, exp)}}}" if "^" in base else f"{base}^{{{_CHARACTERS.get(exp, exp)}}}"
        )

    def lowered(self, base: str, sub: str) -> str:
        return f"{base}_{{{sub}}}"

    def root(self, x: str) -> str:
        return rf"\sqrt{{{x}}}"

    def big(self, operator: str, below: str, body: str) -> str:
        return rf"\{operator}_{{{below}}} {body}"

    def infix(self, operator: str) -> str:
        return _OPERATORS[operator]

    def gap(self, left: Expr, right: Expr) -> str:
        return r" \, " if any(isinstance(x, Partial | Div) for x in (trailing(left), leading(right))) else " "

    def colour(self, role: str, x: str) -> str:
        return rf"\ink{role}{{{x}}}"

    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        name = "cases" if kind == "cases" else "bmatrix"
        return rf"\begin{{{name}}} " + r" \\ ".join(" & ".join(row) for row in rows) + rf" \end{{{name}}}"

    def primed(self, name: str, times: int) -> str:
        return name + "'" * times

    def relation(self, sign: str) -> str:
        return _RELATIONS.get(sign, sign)


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
