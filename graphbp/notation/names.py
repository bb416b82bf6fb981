"""Names as they are shown: z1 → z₁, W1 → W¹, yhat → ŷ, alpha → α, w_1_2 → w_{1,2}."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from graphbp.errors import FormulaError

GREEK: Mapping[str, str] = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "ell": "ℓ",
}  # fmt: skip
SPELLED = {"lam": "lambda", "eps": "epsilon"}
ACCENTS = ("hat", "bar", "tilde", "dot")


@dataclass(frozen=True, slots=True)
class Label:
    """A name in parts: a letter or a word, what stands below and above it, an accent, bold for vectors."""

    base: str
    sub: str = ""
    sup: str = ""
    accent: str = ""
    bold: bool = False

    @property
    def greek(self) -> str | None:
        """The Greek letter if the base spells one."""
        return GREEK.get(self.base)

    @property
    def letter(self) -> bool:
        """Whether the base is one letter (set in italics), not a word (set upright)."""
        return len(self.base) == 1 or self.base in GREEK


FUNCTIONS: dict[str, Label] = {
    "sigmoid": Label("sigma"),
    "relu": Label("ReLU"),
    "maximum": Label("max"),
    "minimum": Label("min"),
}
"""How functions are shown; operations add theirs when they are registered."""


def default_label(name: str, rank: int = 0) -> Label:
    """The label of a name that its author did not spell; a number is a layer on arrays, else a subscript.

    >>> default_label("z1")
    Label(base='z', sub='1', sup='', accent='', bold=False)
    >>> default_label("W2", rank=2).sup, default_label("yhat3").accent, default_label("w_1_2").sub
    ('2', 'hat', '1,2')
    """
    name, _, raised = name.partition("^")
    if raised:
        return replace(default_label(name, rank), sup=raised)
    stem, *tail = name.split("_")
    match = re.fullmatch(r"(.*?[^\d])?(\d*)", stem, re.DOTALL)
    word, digits = (match[1] or "", match[2]) if match else (stem, "")
    if not word:
        word, digits = stem, ""
    accent = next((mark for mark in ACCENTS if word.endswith(mark) and len(word) > len(mark)), "")
    base = word.removesuffix(accent) if accent else word
    if accent and len(base) > 1 and base not in GREEK:
        base, accent = word, ""
    layered = bool(digits) and (rank > 0 or (base.isupper() and len(base) == 1))
    below = [*([] if layered else [digits]), *tail]
    sub = ",".join(part for part in below if part)
    return Label(SPELLED.get(base, base), sub, digits if layered else "", accent, bold=rank == 1 and not base.isupper())


@dataclass(frozen=True)
class Names:
    """The label of every node, chosen by the author or made from its id.

    `several` holds the functions that are called with more than one list of arguments.
    """

    labels: Mapping[str, Label] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    style: str = "lecture"
    several: frozenset[str] = frozenset()

    def label(self, name: str) -> Label:
        """The label of a node, a size or any other name."""
        return self.labels.get(name) or default_label(name, self.ranks.get(name, 0))

    def renamed(self, labels: Mapping[str, Label]) -> Names:
        """These names with some labels replaced."""
        return replace(self, labels={**self.labels, **labels})

    @classmethod
    def default(cls, ids: Iterable[str], ranks: Mapping[str, int] | None = None) -> Names:
        """The labels that ids get when their author gave none."""
        ranks = ranks or {}
        return cls({name: default_label(name, ranks.get(name, 0)) for name in ids}, ranks)


def function_label(name: str) -> Label:
    """How a function's name is shown."""
    return FUNCTIONS.get(name) or (default_label(name) if len(name.rstrip("0123456789")) == 1 else Label(name))


_LATEX = re.compile(
    r"\\(?P<command>[A-Za-z]+)|(?P<mark>[_^])|(?P<open>\{)|(?P<close>\})|(?P<space>\s+)|(?P<char>[^\\{}_^$#%&~])"
)


def parse_latex_name(text: str) -> Label:
    r"""A name spelled in LaTeX: one letter, word or accent with subscript and superscript.

    Raises: FormulaError if the text holds anything else.

    >>> parse_latex_name(r"\hat{y}_1")
    Label(base='y', sub='1', sup='', accent='hat', bold=False)
    >>> parse_latex_name("a^{(1)}_{2}").sup
    '(1)'
    """
    reader = _LatexName(text)
    label = reader.atom()
    while reader.place < len(reader.tokens):
        kind, value = reader.next()
        if kind != "mark" or getattr(label, "sub" if value == "_" else "sup"):
            raise reader.error()
        script = reader.script()
        label = replace(label, sub=script) if value == "_" else replace(label, sup=script)
    return label


class _LatexName:
    """Reads the few LaTeX commands that names are made of."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.tokens: list[tuple[str, str]] = []
        end = 0
        for match in _LATEX.finditer(text):
            if match.start() != end:
                raise self.error()
            end = match.end()
            if match.lastgroup != "space":
                self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        if end != len(text) or not self.tokens or len(text) > 200:
            raise self.error()

    def error(self) -> FormulaError:
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        return FormulaError(
            f"cannot read the name {shown!r}",
            fix=r"write a letter with sub- and superscript, such as \hat{y}_1 or a^{(1)}",
        )

    def next(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise self.error()
        self.place += 1
        return self.tokens[self.place - 1]

    def atom(self) -> Label:
        kind, value = self.next()
        if kind == "char" and value.isalpha():
            return Label(self.word(value))
        if kind == "open":
            inner = self.atom()
            self.close()
            return inner
        if kind == "command":
            return self.command(value)
        raise self.error()

    def word(self, first: str) -> str:
        """A letter; further letters directly behind it make a word."""
        letters = first
        while (
            self.place < len(self.tokens)
            and self.tokens[self.place][0] == "char"
            and self.tokens[self.place][1].isalpha()
        ):
            letters += self.next()[1]
        return letters

    def command(self, name: str) -> Label:
        if name in GREEK:
            return Label(name)
        if name in ("mathbf", "boldsymbol", "bm", "vec"):
            return replace(self.atom(), bold=True)
        if name in ("mathrm", "text", "operatorname", "mathit"):
            return self.atom()
        accent = {"widehat": "hat", "overline": "bar", "widetilde": "tilde"}.get(name, name)
        if accent in ACCENTS:
            return replace(self.atom(), accent=accent)
        raise self.error()

    def script(self) -> str:
        """What stands behind _ or ^: one sign, or a group in braces."""
        kind, value = self.next()
        if kind == "char":
            return value
        if kind == "command" and value in GREEK:
            return GREEK[value]
        if kind != "open":
            raise self.error()
        return self.group()

    def group(self) -> str:
        """The signs up to the closing brace; inner braces and upright words add nothing."""
        parts = []
        while self.tokens[self.place : self.place + 1] != [("close", "}")]:
            kind, value = self.next()
            if kind == "char":
                parts.append(value)
            elif kind == "command" and value in GREEK:
                parts.append(GREEK[value])
            elif kind == "open":
                parts.append(self.group())
            elif kind != "command" or value not in ("text", "mathrm"):
                raise self.error()
        self.close()
        return "".join(parts)

    def close(self) -> None:
        if self.next()[0] != "close":
            raise self.error()
