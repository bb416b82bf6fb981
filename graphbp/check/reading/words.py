"""Signs and words of plain text, by what they mean."""

from __future__ import annotations

from graphbp.check.reading.functions import BARE, function_name
from graphbp.check.reading.vocabulary import Vocabulary

MAX_NAME = 200
FRACTIONS = {"½": "1/2", "⅓": "1/3", "¼": "1/4", "¾": "3/4", "⅔": "2/3", "⅛": "1/8", "⅕": "1/5", "⅒": "1/10"}
SIGNS = {
    "+": ("SIGN", "+"),
    "-": ("SIGN", "-"),
    "−": ("SIGN", "-"),
    "–": ("SIGN", "-"),
    "‐": ("SIGN", "-"),
    "‑": ("SIGN", "-"),
    "‒": ("SIGN", "-"),
    "﹣": ("SIGN", "-"),
    "＋": ("SIGN", "+"),
    "－": ("SIGN", "-"),
    "*": ("TIMES", "*"),
    "∗": ("TIMES", "*"),
    "＊": ("TIMES", "*"),
    "✕": ("TIMES", "×"),
    "✖": ("TIMES", "×"),
    "⨯": ("TIMES", "×"),
    "‧": ("TIMES", "·"),
    "·": ("TIMES", "·"),
    "⨀": ("TIMES", "⊙"),
    "⋅": ("TIMES", "·"),
    "∙": ("TIMES", "·"),
    "•": ("TIMES", "·"),
    "×": ("TIMES", "×"),
    "⊙": ("TIMES", "⊙"),
    "∘": ("TIMES", "⊙"),
    "○": ("TIMES", "⊙"),
    "◦": ("TIMES", "⊙"),
    "⊗": ("TIMES", "⊗"),
    "@": ("TIMES", "@"),
    "/": ("TIMES", "/"),
    "÷": ("TIMES", "/"),
    "∕": ("TIMES", "/"),
    "⁄": ("TIMES", "/"),
    ",": ("COMMA", ","),
    ":": ("COLON", ":"),
    "=": ("EQUALS", "="),
    "≈": ("EQUALS", "≈"),
    "≡": ("EQUALS", "="),
    "＝": ("EQUALS", "="),
    "≜": ("EQUALS", "="),
    "≅": ("EQUALS", "≈"),
    "≔": ("EQUALS", ":="),
    "←": ("EQUALS", ":="),
    "≃": ("EQUALS", "≈"),
    "→": ("EQUALS", "→"),
    "↦": ("EQUALS", "→"),
    "<": ("RELATION", "<"),
    ">": ("RELATION", ">"),
    "≤": ("RELATION", "<="),
    "≥": ("RELATION", ">="),
    "≠": ("RELATION", "!="),
    "|": ("BARS", "|"),
    "‖": ("NORMS", "‖"),
    "∥": ("NORMS", "‖"),
    "⊤": ("TRANSPOSE", "⊤"),
    "⊺": ("TRANSPOSE", "⊤"),
}
LONG = {
    "**": ("POWER", "**"),
    ":=": ("EQUALS", ":="),
    "==": ("EQUALS", "="),
    "~=": ("EQUALS", "≈"),
    "<=": ("RELATION", "<="),
    ">=": ("RELATION", ">="),
    "!=": ("RELATION", "!="),
    "||": ("NORMS", "‖"),
    ".*": ("TIMES", "⊙"),
    "<-": ("EQUALS", ":="),
    "//": ("TIMES", "//"),
}


class Word:
    """A function as it was written: its primes, its power (tanh²), its base (log₂)."""

    def __init__(
        self, word: str, at: int, primes: int = 0, power: int = 1, base: str = "", slots: tuple[int, ...] = ()
    ) -> None:
        self.word, self.at, self.primes, self.power, self.base, self.slots = word, at, primes, power, base, slots

    def __str__(self) -> str:
        return self.word


def named(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word is a function even where no argument follows."""
    return function_name(word, vocabulary.network) is not None


KEYWORDS = {
    "if": ("IF", "if"),
    "then": ("THEN", "then"),
    "else": ("ELSE", "else"),
    "otherwise": ("OTHERWISE", "otherwise"),
    "odot": ("TIMES", "⊙"),
}
BARE_WORDS = BARE | {"ln"}
