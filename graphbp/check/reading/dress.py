"""LaTeX's dress: commands by what they mean, and scripts without it."""

from __future__ import annotations

import re

from graphbp.check.reading.scripts import SUBSCRIPTS, SUPERSCRIPTS
from graphbp.notation.names import GREEK

VARIANTS = {
    "varepsilon": "epsilon",
    "varphi": "phi",
    "vartheta": "theta",
    "varsigma": "sigma",
    "varrho": "rho",
    "upepsilon": "epsilon",
}
FONTS = frozenset(
    [
        "mathbf",
        "mathrm",
        "mathit",
        "mathsf",
        "mathcal",
        "mathscr",
        "mathfrak",
        "mathnormal",
        "mathbb",
        "mathbbm",
        "mathds",
        "boldsymbol",
        "bm",
        "pmb",
        "bf",
        "textbf",
        "textit",
        "textrm",
        "textsf",
        "text",
        "operatorname",
        "mbox",
        "vec",
        "boldmath",
    ]
)
ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "bar": "bar",
    "overline": "bar",
    "tilde": "tilde",
    "widetilde": "tilde",
    "dot": "dot",
}
SPACES = frozenset(
    [
        "quad",
        "qquad",
        "displaystyle",
        "textstyle",
        "scriptstyle",
        "limits",
        "nolimits",
        "nonumber",
        "notag",
        "hfill",
        "left",
        "right",
        "big",
        "Big",
        "bigg",
        "Bigg",
        "bigl",
        "bigr",
        "Bigl",
        "Bigr",
        "biggl",
        "biggr",
        "Biggl",
        "Biggr",
        "middle",
        "displaylimits",
        "mathstrut",
        "strut",
        "rm",
        "it",
        "bf",
        "sf",
        "cal",
        "thinspace",
        "medspace",
        "enspace",
        "allowbreak",
        "linebreak",
    ]
)
COMMANDS = {
    "cdot": ("TIMES", "·"),
    "times": ("TIMES", "×"),
    "odot": ("TIMES", "⊙"),
    "circ": ("TIMES", "⊙"),
    "bigodot": ("TIMES", "⊙"),
    "otimes": ("TIMES", "⊗"),
    "ast": ("TIMES", "*"),
    "bullet": ("TIMES", "·"),
    "div": ("TIMES", "/"),
    "cdotp": ("TIMES", "·"),
    "approx": ("EQUALS", "≈"),
    "simeq": ("EQUALS", "≈"),
    "equiv": ("EQUALS", "="),
    "triangleq": ("EQUALS", "="),
    "doteq": ("EQUALS", "="),
    "coloneqq": ("EQUALS", ":="),
    "leftarrow": ("EQUALS", ":="),
    "gets": ("EQUALS", ":="),
    "rightarrow": ("EQUALS", "→"),
    "to": ("EQUALS", "→"),
    "mapsto": ("EQUALS", "→"),
    "le": ("RELATION", "<="),
    "leq": ("RELATION", "<="),
    "leqslant": ("RELATION", "<="),
    "lt": ("RELATION", "<"),
    "ge": ("RELATION", ">="),
    "geq": ("RELATION", ">="),
    "geqslant": ("RELATION", ">="),
    "gt": ("RELATION", ">"),
    "ne": ("RELATION", "!="),
    "neq": ("RELATION", "!="),
    "vert": ("BARS", "|"),
    "lvert": ("BARS", "|"),
    "rvert": ("BARS", "|"),
    "mid": ("BARS", "|"),
    "Vert": ("NORMS", "‖"),
    "lVert": ("NORMS", "‖"),
    "rVert": ("NORMS", "‖"),
    "colon": ("COLON", ":"),
    "langle": ("OPEN", "⟨"),
    "rangle": ("CLOSED", "⟩"),
    "lbrack": ("OPEN", "["),
    "lbrace": ("OPEN", "{"),
    "rbrace": ("CLOSED", "}"),
    "rbrack": ("CLOSED", "]"),
    "top": ("TRANSPOSE", "⊤"),
    "intercal": ("TRANSPOSE", "⊤"),
    "prime": ("PRIME", "′"),
}
BIGS = {"sum": "sum", "Sigma": "sum", "prod": "prod", "max": "max", "min": "min"}
FRACTION_COMMANDS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"})


def small_at(text: str, at: int, end: int) -> tuple[bool, str, int]:
    """The run of small Unicode signs at a place: whether they stand below, what they say, where they end."""
    table = SUBSCRIPTS if text[at] in SUBSCRIPTS else SUPERSCRIPTS
    stop = at
    while stop < end and text[stop] in table:
        stop += 1
    return table is SUBSCRIPTS, "".join(table[char] for char in text[at:stop]), stop


def script_text(text: str) -> str:
    """A script without LaTeX's dress: letters, numbers, signs.

    >>> script_text(r"\\left( l + 1 \\right)"), script_text(r"\\mathsf{T}"), script_text(r"k \\neq j")
    ('(l+1)', '⊤', 'k≠j')
    """
    text = re.sub(r"\\(?:mathsf|mathrm|mathbf|text|textrm|mathtt|rm|bf|mathit)\s*\{?\s*T\s*\}?(?![a-zA-Z])", "⊤", text)
    text = re.sub(r"\\(?:top|intercal)(?![a-zA-Z])", "⊤", text)
    text = re.sub(
        r"\\(?:text|mathrm|mathbf|mathit|mathsf|boldsymbol|operatorname|textrm|textit|mathcal|rm|bf)(?![a-zA-Z])\s*",
        "",
        text,
    )
    text = re.sub(r"\\(?:left|right|displaystyle|limits|big[lr]?|Big[lr]?)(?![a-zA-Z])|\\[,;:! ]|~", "", text)
    text = re.sub(r"\\prime(?![a-zA-Z])", "′", text)
    text = re.sub(r"\\(?:neq|ne)(?![a-zA-Z])", "≠", text)
    text = re.sub(r"\\in(?![a-zA-Z])", "∈", text)
    text = re.sub(r"\\(?:cdot|bullet)(?![a-zA-Z])", "·", text)
    text = re.sub(r"\\(?:l|r)angle(?![a-zA-Z])", lambda match: "⟨" if "l" in match[0][:2] else "⟩", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda match: GREEK.get(VARIANTS.get(match[1], match[1]), match[1]), text)
    return re.sub(r"[\s{}\\]", "", text)
