r"""Words and formulas that no reader of Markdown takes for anything else.

A formula between dollar signs passes through Markdown before it is typeset: `\,` would lose its backslash and
`}_{1} … }_{2}` turn into emphasis.  Here every command is spelled with letters and every `_` is followed by a
space, so that GitHub, GitLab, Jupyter, pandoc and editors all see the same formula.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphbp.notation.latex import LatexWriter
from graphbp.notation.prose import Piece, Prose, StepRef, Strong
from graphbp.notation.tree import Equation, Expr

_LETTERED = {
    r"\,": r"\thinspace ", r"\;": r"\thickspace ", r"\!": r"\negthinspace ", r"\{": r"\lbrace ", r"\}": r"\rbrace ",
    r"\\": r"\cr ", "<": r"\lt ", ">": r"\gt ", "[": r"\lbrack ", "]": r"\rbrack ", "|": r"\vert ", "*": r"\ast ",
    "_": "_ ", "~": r"\enspace ", "!": "{!}",
}  # fmt: skip
_TOKEN = re.compile(r"\\[A-Za-z]+ ?|\\.|.", re.DOTALL)
_SHORT = re.compile(r"([A-Za-z0-9])_ \{([A-Za-z0-9])\}")
_SPECIAL = re.compile(r"[\\`*_\[\]|~]")
_STARTS = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+#=>])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "$": "<span>$</span>"}


class MarkdownMaths(LatexWriter):
    """Formulas in the LaTeX of web pages: no colours, results in a frame."""

    def colour(self, role: str, x: str) -> str:
        """A part in its colour."""
        return rf"\boxed{{{x}}}" if role == "result" else x

    def plain(self, text: str) -> str:
        """The formula without colours."""
        return "".join(letter for letter in text if letter.isalnum() or letter == " ")


def inline(latex: str) -> str:
    r"""A formula between dollar signs.

    >>> print(inline(r"a_{1} \, \hat{b}_{1}"))
    $a_1 \thinspace \hat{b}_ {1}$
    """
    tokens = ((token.rstrip(" "), token) for token in _TOKEN.findall(latex))
    spelled = "".join(_LETTERED.get(bare, token) if bare else " " for bare, token in tokens)
    spelled = _SHORT.sub(r"\1_\2", re.sub(r"  +", " ", spelled).strip())
    return f"$`{latex}`$" if re.search(r"\\[^A-Za-z]", spelled) else f"${spelled}$"


def block(latex: str) -> str:
    """A formula on lines of its own."""
    return f"```math\n{latex}\n```"


def md_text(text: str) -> str:
    r"""Plain words; signs that Markdown or HTML would obey are escaped.

    >>> print(md_text("*a* <b> $c$"))
    \*a\* &lt;b&gt; <span>$</span>c<span>$</span>
    """
    line = "".join(letter if letter.isprintable() or letter == "\u00a0" else " " for letter in text)
    line = _SPECIAL.sub(lambda match: "\\" + match[0], line)
    return "".join(_ENTITIES.get(letter, letter) for letter in line)


def md_line(text: str) -> str:
    r"""A line that begins neither a list, nor a heading, nor a quotation.

    >>> print(md_line("1. first"))
    1\. first
    """
    line = text.strip()
    return _STARTS.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)


def md_prose(text: Prose, maths: LatexWriter, steps: Mapping[str, int]) -> str:
    """A sentence; mentions of steps are links to them."""

    def spell(piece: Piece) -> str:
        if isinstance(piece, Expr | Equation):
            return inline(maths.write(piece))
        if isinstance(piece, Strong):
            return f"**{md_text(piece.text)}**"
        if isinstance(piece, StepRef):
            number = steps.get(piece.id)
            return f"[{number}](#step-{number})" if number else md_text(piece.id)
        return md_text(piece)

    return "".join(map(spell, text))
