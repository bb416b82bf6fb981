r"""Words and sentences for LaTeX: nothing that a user writes is read as a command."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from graphbp.errors import GraphbpError
from graphbp.notation.language import Level
from graphbp.notation.latex import LatexWriter
from graphbp.notation.names import GREEK
from graphbp.notation.prose import Piece, Prose, StepRef, Strong
from graphbp.notation.tree import Entry, Equation, Expr, Partial, Symbol

_SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\textasciicircum{}", "$": r"\$", "#": r"\#",
    "%": r"\%", "&": r"\&", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "\u00a0": "~", "…": r"\dots{}",
    "–": "--", "—": "---", "‘": "`{}", "’": "'{}", "“": "``", "”": "''", "„": r"\quotedblbase{}", "€": r"\texteuro{}",
}  # fmt: skip
_MATHS = {
    "−": "-", "×": r"\times", "·": r"\cdot", "∂": r"\partial", "→": r"\to", "←": r"\leftarrow", "≤": r"\le",
    "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "±": r"\pm", "∞": r"\infty", "√": r"\surd", "⊙": r"\odot", "⋆": r"\star",
    "′": "{}'", "°": r"{}^\circ", "½": r"\tfrac12", "¹": "{}^1", "²": "{}^2", "³": "{}^3", "∈": r"\in", "⊤": r"\top",
    "ᵀ": r"{}^\top", "∇": r"\nabla", "∑": r"\sum",
}  # fmt: skip
_MATHS |= {letter: rf"\{name}" for name, letter in GREEK.items()}
_MATHS |= {low: f"{{}}_{plain}" for low, plain in zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙ", "0123456789ijkn", strict=True)}
_MATHS |= {high: f"{{}}^{plain}" for high, plain in zip("⁰⁴⁵⁶⁷⁸⁹ⁱⁿ", "0456789in", strict=True)}
_LETTER = re.compile("[ -~\u00a1-\u017f\u0218-\u021b]")
_CYRILLIC = re.compile("[\u0401-\u045f\u0490\u0491]")
_LIGATURES = "-',`"


class TexProblem(GraphbpError):
    """A letter that pdflatex has no sign for."""


def tex_text(text: str) -> str:
    r"""Plain words as LaTeX prints them.

    Raises: TexProblem for letters outside of Latin, Greek and Cyrillic.

    >>> print(tex_text(r"100 % of \input{x}"))
    100 \% of \textbackslash{}input\{x\}
    """
    letters = unicodedata.normalize("NFC", text)
    return "".join(_sign(letter, letters[place + 1 : place + 2]) for place, letter in enumerate(letters))


def _sign(letter: str, following: str) -> str:
    """One letter; signs that TeX would join with the next one are kept apart."""
    if letter in _SIGNS:
        return _SIGNS[letter]
    if letter in _MATHS:
        return rf"\ensuremath{{{_MATHS[letter]}}}"
    if not letter.isprintable():
        return " "
    if not (_LETTER.match(letter) or _CYRILLIC.match(letter)):
        remedy = "use Latin, Greek or Cyrillic letters in names and titles"
        raise TexProblem(f"pdflatex has no sign for {letter!r} (U+{ord(letter):04X})", fix=remedy)
    return letter + "{}" if letter in _LIGATURES and letter == following else letter


def comment(text: str) -> str:
    """Words behind a percent sign, on one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def cyrillic(source: str) -> bool:
    """Whether the source needs fonts with Cyrillic letters."""
    return _CYRILLIC.search(source) is not None


class TexWriter(LatexWriter):
    """Formulas for LaTeX whose words may hold any letter that pdflatex prints."""

    def plain(self, text: str) -> str:
        """The formula without colours."""
        return tex_text(text)


class LinearTexWriter(TexWriter):
    """Writes ∂l/∂z with a slash, for lines that are too low for a fraction."""

    def write_partial(self, term: Partial) -> str:
        """∂y/∂x on one line."""
        if not isinstance(term.y, Symbol | Entry):
            return super().write_partial(term)
        sign = self.word("d" if term.total else "∂")
        return f"{sign}{self.write(term.y)}/{sign}{self.wrap(term.x, Level.ATOM)}"


def tex_prose(text: Prose, maths: LatexWriter, steps: Mapping[str, int]) -> str:
    """A sentence; formulas between dollar signs, mentions of steps as their numbers."""

    def spell(piece: Piece) -> str:
        if isinstance(piece, Expr | Equation):
            return f"${maths.write(piece)}$"
        if isinstance(piece, Strong):
            return rf"\textbf{{{tex_text(piece.text)}}}"
        if isinstance(piece, StepRef):
            return str(steps[piece.id]) if piece.id in steps else tex_text(piece.id)
        return tex_text(piece)

    return "".join(map(spell, text))
