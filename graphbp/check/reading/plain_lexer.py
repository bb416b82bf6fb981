"""Words of plain text: names with ASCII and Unicode scripts, derivatives, signs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from graphbp.check.reading.marks import Lexer, Piece, closing
from graphbp.check.reading.raw import Limits, Written
from graphbp.check.reading.scripts import SUBSCRIPTS, SUPERSCRIPTS, letter_name, parts
from graphbp.check.reading.functions import BARE, function_name
from graphbp.check.reading.vocabulary import Vocabulary, spelled

MAX_NAME = 200
_SUB, _SUP = "".join(SUBSCRIPTS), "".join(SUPERSCRIPTS)
_LETTER = rf"[^\W\d_{_SUB}{_SUP}]"
_WORD = re.compile(rf"{_LETTER}(?:{_LETTER}|[0-9]|[\u0300-\u036f]|_(?=[^\W_{_SUB}{_SUP}]))*")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TEN = re.compile(rf"\s*[×·*⋅]\s*10\s*(?:(?:\^|\*\*)\s*[({{]?\s*([+−-]?\d{{1,4}})\s*[)}}]?|([{_SUP}]+))")
_BELOW = re.compile(rf"_\s*(\{{[^{{}}]*\}}|\([^()]*\)|[^\W_])|([{_SUB}]+(?:,[{_SUB}]+)*)")
_ABOVE = re.compile(rf"\^\s*(\{{[^{{}}^]*\}}|\([^()^]*\)|\[[^\[\]^]*\]|\d+|[T⊤⊺+*])|([{_SUP}]+|[⊤⊺])")
_LIFTED = re.compile(rf"\^\s*(\{{[^{{}}^]*\}}|\([^()^]*\)|\[[^\[\]^]*\]|\d+|[+*])|([{_SUP.replace('ᵀ', '')}]+)")
_PRIMES = re.compile(r"['′’‵]+|″")
_PARTIAL = r"(?:∂|𝜕|\bpartial\b|d)"
_OPERAND = rf"\s*(?:{_LETTER}(?:[^\W_]|[\u0300-\u036f])*(?:[_^](?:\{{[^{{}}]*\}}|\([^()]*\)|[^\W_]+))*[{_SUB}{_SUP}]*(?:\[[^\[\]]*\]|\([^()/]*\))?|\((?:[^()]|\([^()]*\))*\)|)\s*"
_DERIVATIVE = re.compile(rf"({_PARTIAL})({_OPERAND})/\s*({_PARTIAL})({_OPERAND})")
_LAYER = re.compile(r"[({\[⟨]*\s*[({\[⟨]?\s*(?:\d+|[A-Za-zℓ](?:\s*[-+−]\s*\d+)?)\s*[)}\]⟩]*")
_METHOD = re.compile(r"\.(sum|mean|dot|max|T)(?=\()")
_LIBRARY = re.compile(r"(np|numpy|jnp|torch|math|nn|tf|F)\.(?=[A-Za-z])")
_BIG = re.compile(rf"(∑|Σ|\bsum|\bSum|\bSigma|\bmax|\bmin)(?=\s*[_{_SUB}]|\s*\()|(∑|Σ)")
_LIMIT = re.compile(r"\s*(?:[_^])?\s*(\{[^{}]*\}|\([^()]*\))|\s*_\s*(\w(?:\s*=\s*\w+)?)(?![\w])|\s*\^\s*(\w+)")
FRACTIONS = {"½": "1/2", "⅓": "1/3", "¼": "1/4", "¾": "3/4", "⅔": "2/3", "⅛": "1/8", "⅕": "1/5", "⅒": "1/10"}
SIGNS = {
    "+": ("SIGN", "+"), "-": ("SIGN", "-"), "−": ("SIGN", "-"), "–": ("SIGN", "-"), "﹣": ("SIGN", "-"), "－": ("SIGN", "-"),
    "*": ("TIMES", "*"), "·": ("TIMES", "·"), "⋅": ("TIMES", "·"), "∙": ("TIMES", "·"), "•": ("TIMES", "·"), "×": ("TIMES", "×"),
    "⊙": ("TIMES", "⊙"), "∘": ("TIMES", "⊙"), "○": ("TIMES", "⊙"), "◦": ("TIMES", "⊙"), "⊗": ("TIMES", "⊗"), "@": ("TIMES", "@"),
    "/": ("TIMES", "/"), "÷": ("TIMES", "/"), "∕": ("TIMES", "/"), "⁄": ("TIMES", "/"), ",": ("COMMA", ","), ":": ("COLON", ":"),
    "=": ("EQUALS", "="), "≈": ("EQUALS", "≈"), "≡": ("EQUALS", "="), "≔": ("EQUALS", ":="), "←": ("EQUALS", ":="), "≃": ("EQUALS", "≈"),
    "<": ("RELATION", "<"), ">": ("RELATION", ">"), "≤": ("RELATION", "<="), "≥": ("RELATION", ">="), "≠": ("RELATION", "!="),
    "|": ("BARS", "|"), "‖": ("NORMS", "‖"), "∥": ("NORMS", "‖"), "⊤": ("TRANSPOSE", "⊤"), "⊺": ("TRANSPOSE", "⊤"),
}  # fmt: skip
LONG = {
    "**": ("POWER", "**"), ":=": ("EQUALS", ":="), "==": ("EQUALS", "="), "~=": ("EQUALS", "≈"), "<=": ("RELATION", "<="), ">=": ("RELATION", ">="),
    "!=": ("RELATION", "!="), "||": ("NORMS", "‖"), ".*": ("TIMES", "⊙"), "<-": ("EQUALS", ":="),
}  # fmt: skip


class PlainLexer(Lexer):
    """Cuts one line of plain text into pieces."""

    def run(self) -> list[Piece]:
        """The pieces of the line."""
        while self.at < self.end:
            self.step()
        return self.pieces

    def step(self) -> None:
        """One piece."""
        char, two = self.text[self.at], self.text[self.at : self.at + 2]
        if char.isspace() or char in "\u200b\u2009\u2061\u2062":
            self.at += 1
        elif self.number() or self.derivative() or self.big():
            return
        elif two in LONG and not (two == "<-" and self.text[self.at + 2 : self.at + 3].isdigit()):
            self.put(*LONG[two], end=self.at + 2)
        elif char == "." and (method := _METHOD.match(self.text, self.at, self.end)):
            self.put("METHOD", Word(method[1], self.at), end=method.end())
        elif (library := _LIBRARY.match(self.text, self.at, self.end)) and not self.vocabulary.taken(library[1]):
            self.at = library.end()
        elif two == ".T" and not self.text[self.at + 2 : self.at + 3].isalnum():
            self.put("TRANSPOSE", ".T")
        elif char in FRACTIONS:
            self.fraction(char)
        elif char in "([{⟨":
            self.open(char)
        elif char in ")]}⟩":
            self.put("CLOSED", char)
        elif char in "^" + _SUP or (char == "_" and self.ended()):
            self.script(char)
        elif char in SIGNS:
            self.put(*SIGNS[char], end=self.at + 1)
        elif char in "∇𝛁":
            self.nabla()
        elif char == "√":
            self.put("FUNCTION", Word("sqrt", self.at), end=self.at + 1)
        elif char in "𝟙𝟏𝕀" or (char == "1" and self.text[self.at + 1 : self.at + 2] in ("[", "{")):
            self.indicator(1)
        elif _WORD.match(self.text, self.at):
            self.word()
        elif char in "…⋯" or self.text.startswith("...", self.at):
            raise self.error("what is left out cannot be checked", fix="write all terms, or sum_k")
        else:
            raise self.error(f"the sign {char!r} has no meaning here")

    # Numbers

    def number(self) -> bool:
        """A number; 1.5·10⁻³ is one number."""
        match = _NUMBER.match(self.text, self.at, self.end)
        if not match or (match[0] == "1" and self.text[match.end() : match.end() + 1] in ("[", "{") and self.condition(match.end())):
            return False
        text, end = match[0], match.end()
        ten = _TEN.match(self.text, end, self.end)
        if ten and "e" not in text.lower():
            power = (ten[1] or "".join(SUPERSCRIPTS[char] for char in ten[2])).replace("−", "-")
            if re.fullmatch(r"[+-]?\d{1,4}", power):
                text, end = f"{text}e{power}", ten.end()
        self.put("NUMBER", text, end=end)
        return True

    def condition(self, at: int) -> bool:
        """Whether the bracket at this place holds a comparison."""
        start = re.compile(r"\s*[\[{(]").match(self.text, at, self.end)
        stop = closing(self.text, start.end() - 1, self.end) if start else -1
        return bool(start) and bool(re.search(r"[<>≤≥≠=]", self.text[start.end() if start else at : max(stop, 0)]))

    def fraction(self, char: str) -> None:
        """½."""
        over, under = FRACTIONS[char].split("/")
        begin = self.at
        for kind, value in (("LPAR", "("), ("NUMBER", over), ("TIMES", "/"), ("NUMBER", under), ("CLOSED", ")")):
            self.put(kind, value, at=begin, end=begin + 1)

    # Brackets and scripts

    def open(self, char: str) -> None:
        """An opening bracket: of a call, an index, or a group."""
        adjacent = bool(self.pieces) and self.pieces[-1].end == self.at
        if self.last() in ("FUNCTION", "METHOD"):
            kind = "CALL"
        elif char == "[" and adjacent and self.ended() and self.last() != "NUMBER":
            kind = "INDEX"
        elif char == "[":
            kind = "LSQB"
        else:
            kind = "LPAR"
        self.put(kind, char)

    def script(self, char: str) -> None:
        """A power, a transposition or a subscript behind anything that is no name."""
        if char == "_":
            match = _BELOW.match(self.text, self.at)
            if not match:
                raise self.error("a subscript is missing behind _", self.at)
            self.put("SUBSCRIPT", parts(match[1] or _lowered(match[2])), end=match.end())
            return
        match = _ABOVE.match(self.text, self.at)
        inner = "" if not match else (match[1] or _raised(match[2])).strip("(){}[] ")
        if match and inner in ("T", "⊤", "⊺"):
            self.put("TRANSPOSE", inner, end=match.end())
        elif match and match[2]:
            begin, end = self.at, match.end()
            self.put("RAISED", "^", at=begin, end=begin)
            self.pieces += [*self.inside(inner, begin), Piece("CLOSE", "", end, end)]
            self.at = end
        else:
            self.put("POWER", "^")

    def inside(self, text: str, at: int) -> list[Piece]:
        """The pieces of a superscript in Unicode."""
        pieces = type(self)(text, 0, len(text), self.vocabulary).run()
        return [replace(piece, at=at, end=at) for piece in pieces]

    def indicator(self, width: int) -> None:
        """𝟙[…]."""
        begin = self.at
        match = re.compile(r"\s*_?\s*([\[({])").match(self.text, self.at + width)
        if not match:
            self.put("ONES", self.text[self.at : self.at + width])
            return
        self.put("INDICATOR", match[1], at=begin, end=match.end())

    # Derivatives

    def derivative(self) -> bool:
        """dl/dw1, ∂l/∂w₁, d/dz (…)."""
        if self.text[self.at] not in "d∂𝜕p" or (self.at and self.text[self.at - 1].isalnum() and self.text[self.at - 1] not in _SUB + _SUP + "0123456789"):
            return False
        match = _DERIVATIVE.match(self.text, self.at, self.end)
        if not match or not match[4].strip() or (match[1] == "d") != (match[3] == "d"):
            return False
        if match[1] == "d" and self.vocabulary.taken(f"d{match[2].strip()}") and self.vocabulary.taken(f"d{match[4].strip()}"):
            return False
        total = match[1] == "d"
        below = match.start(4), self.operand_end(match.start(4), match.end(4))
        if not match[2].strip():
            self.put("OPERATOR", total, end=below[0])
            self.region(*below)
            self.put("CLOSE", "", end=below[1])
            return True
        begin = self.at
        self.put("DERIVATIVE", total, at=begin, end=match.start(2))
        self.region(match.start(2), match.end(2))
        self.put("OVER", "/", end=below[0])
        self.region(*below)
        self.put("CLOSE", "", at=below[1], end=below[1])
        return True

    def operand_end(self, start: int, end: int) -> int:
        """Where what stands below ∂ ends: not at parentheses that may be a factor."""
        text = self.text[start:end]
        stripped = text.rstrip()
        if stripped.endswith(")") and not stripped.lstrip().startswith("("):
            match = re.search(r"(?<![_^])\([^()/]*\)$", stripped)
            if match:
                return start + match.start()
        return start + len(stripped)

    def region(self, start: int, end: int) -> None:
        """The pieces of a part of the line."""
        self.pieces += self.nested(start, end).run()
        self.at = end

    def nabla(self) -> None:
        """∇_W l, ∇W."""
        begin = self.at
        match = re.compile(r"[∇𝛁]\s*_?\s*(\{[^{}]*\}|\([^()]*\)|\w+)").match(self.text, self.at)
        if not match:
            raise self.error("∇ needs the name of what is varied", expected=["∇_W l"])
        inner = match.start(1), match.end(1)
        if self.text[inner[0]] in "{(":
            inner = inner[0] + 1, inner[1] - 1
        end = match.end()
        after = re.compile(rf"\s*({_LETTER})(?![\w'′(])").match(self.text, end, self.end)
        self.put("DERIVATIVE", False, at=begin, end=inner[0])
        if after and self.vocabulary.losses_of(after[1]):
            self.region(after.start(1), after.end(1))
            end = after.end()
        else:
            self.put("NAME", Written(self.vocabulary.network.loss_name, shown=self.vocabulary.network.loss_name, exact=True, at=begin), end=begin)
        self.put("OVER", "/", at=begin, end=begin)
        self.region(*inner)
        self.put("CLOSE", "", at=end, end=end)

    # Σ

    def big(self) -> bool:
        """Σ with what stands below and above it."""
        match = _BIG.match(self.text, self.at, self.end)
        if not match or (self.at and self.text[self.at - 1].isalnum() and match[0].isalpha() and match[0].isascii()):
            return False
        sign = match[1] or match[2]
        words = {"∑": "sum", "Σ": "sum", "Sum": "sum", "Sigma": "sum"}
        operator = words.get(sign, sign)
        begin = self.at
        limits = limits_at(self.text, match.end(), self.end)
        if limits is None:
            if sign in "∑Σ":
                raise self.error(f"what does {sign} run over?", begin, fix="write the letter below it, such as sum_k w[k]*d[k]")
            return False
        self.put("BIG", (operator, limits[0]), at=begin, end=limits[1])
        return True

    # Words

    def word(self) -> None:
        """A name or a function; a run of letters may be several names side by side."""
        match = _WORD.match(self.text, self.at, self.end)
        assert match
        begin = self.at
        text = unicodedata.normalize("NFC", match[0])
        if len(text) > MAX_NAME:
            raise self.error(f"a name of {len(text)} letters is longer than {MAX_NAME}", begin)
        pieces = [text] if len(text) > 60 or text in KEYWORDS else self.split(text)
        if len(pieces) > 1 and self.pieces and self.last() == "POWER":
            raise self.error(f"{text} stands in an exponent and can be read in several ways", begin, fix="put the exponent in parentheses")
        for place, piece in enumerate(pieces):
            width = len(match[0]) if len(pieces) == 1 else len(piece)
            self.named(piece, begin, begin + width, final=place == len(pieces) - 1)
            begin += width

    def split(self, text: str) -> list[str]:
        """The word, or the known names that it consists of if there is one way to cut it."""
        if self.vocabulary.knows(text) or len(text) == 1:
            return [text]
        ways = self.ways(text)
        if len(ways) > 1:
            shown = [" * ".join(way) for way in ways]
            raise self.error(f"{text} can be read as {' or as '.join(shown)}", readings=shown, fix="write the signs between the names")
        return list(ways[0]) if ways else [text]

    def ways(self, text: str) -> list[tuple[str, ...]]:
        """At most two ways to cut a word into known names."""

        @lru_cache(maxsize=None)
        def cut(start: int) -> tuple[tuple[str, ...], ...]:
            if start == len(text):
                return ((),)
            found: list[tuple[str, ...]] = []
            for end in range(len(text), start, -1):
                piece = text[start:end]
                if (piece[0].isalpha() and not (end < len(text) and (text[end].isdigit() or text[end] == "_"))
                        and self.vocabulary.means(piece, final=end == len(text))):  # fmt: skip
                    found += [(piece, *rest) for rest in cut(end)]
                if len(found) > 1:
                    break
            return tuple(found[:2])

        return list(cut(0))

    def named(self, text: str, begin: int, end: int, final: bool) -> None:
        """One name or function with its scripts."""
        if text in KEYWORDS:
            self.put(*KEYWORDS[text], at=begin, end=end)
            return
        written = replace(spelled(text, begin), at=begin)
        self.at = end
        if final:
            written = self.scripts(written)
        calls = re.compile(r"\s*[(\[{]").match(self.text, self.at)
        word = self.vocabulary.function(text)
        if text in ("I", "1") and self.condition(self.at) and not self.vocabulary.taken(text):
            self.at = begin
            self.indicator(len(text))
            return
        if text in ("delta", "δ") and re.compile(r"\s*\(\s*\w\s*,\s*\w\s*\)").match(self.text, self.at):
            word = "delta"
        is_call = word is not None and (calls or written.primes or (named(word, self.vocabulary) and not self.vocabulary.taken(text)))
        if word is not None and is_call:
            self.called(word, written, begin, bool(calls))
            return
        self.put("NAME", replace(written, shown=self.text[begin : self.at].strip() if not written.exact else text), at=begin, end=self.at)

    def called(self, word: str, written: Written, begin: int, calls: bool) -> None:
        """A function: with its arguments, or with one argument without parentheses."""
        power = int("".join(written.sup)) if written.bare and "".join(written.sup).isdigit() else 1
        function = Word(word, begin, written.primes, power, "".join(written.sub) if not written.exact else "")
        bare = re.compile(rf"\s*(?:{_LETTER}|[\d.√|])").match(self.text, self.at) and letter_name(word) in BARE_WORDS
        self.put("FUNCTION" if calls or bare else "FUNCTION_NAME", function, at=begin, end=self.at)

    def scripts(self, written: Written) -> Written:
        """The name with the scripts and primes that follow it."""
        transposed = False
        while self.at < self.end:
            below, above = _BELOW.match(self.text, self.at, self.end), _LIFTED.match(self.text, self.at, self.end)
            primes = _PRIMES.match(self.text, self.at, self.end)
            if primes:
                written = replace(written, primes=written.primes + len(primes[0].replace("″", "′′")))
                self.at = primes.end()
            elif below and not transposed:
                text = below[1] or _lowered(below[2])
                written = replace(written, sub=(*written.sub, *parts(text)), exact=False)
                self.at = below.end()
            elif above and not written.sup and self.above(written, above):
                written = self.lifted(written, above)
            else:
                break
        return written

    def above(self, written: Written, match: re.Match[str]) -> bool:
        """Whether a superscript belongs to the name: a layer, a number that may be one, or a plus."""
        inner = (match[1] or _raised(match[2])).strip()
        if inner.strip("(){} ") in ("+", "new", "neu"):
            return True
        return bool(_LAYER.fullmatch(inner)) and inner.strip("(){}[] ") != "T" and written.base != "e"

    def lifted(self, written: Written, match: re.Match[str]) -> Written:
        """The name with its superscript."""
        self.at = match.end()
        inner = (match[1] or _raised(match[2])).strip()
        if inner.strip("(){} ") in ("+", "new", "neu"):
            return replace(written, updated=True)
        core = inner.strip("{} ")
        bare = not (core[:1] in ("[", "⟨") or (core[:1] == "(" and (match[2] or inner[:1] == "{")))
        return replace(written, sup=parts(core), bare=bare, exact=False)


class Word:
    """A function as it was written: its primes, its power (tanh²), its base (log₂)."""

    def __init__(self, word: str, at: int, primes: int = 0, power: int = 1, base: str = "") -> None:
        self.word, self.at, self.primes, self.power, self.base = word, at, primes, power, base

    def __str__(self) -> str:
        return self.word


def named(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word is a function even where no argument follows."""
    return function_name(word, vocabulary.network) is not None


KEYWORDS = {
    "if": ("IF", "if"), "else": ("ELSE", "else"), "otherwise": ("OTHERWISE", "otherwise"),
    "odot": ("TIMES", "⊙"),
}  # fmt: skip
BARE_WORDS = BARE | {"ln"}


def limits_at(text: str, at: int, end: int) -> tuple[Limits, int] | None:
    """The limits written at a place, and where they end."""
    below = re.compile(rf"\s*_\s*(\{{[^{{}}]*\}}|\([^()]*\)|{_LETTER}(?:\s*=\s*\d+)?(?![\w]))|([{_SUB}]+)").match(text, at, end)
    if not below:
        return None
    above = re.compile(rf"\s*\^\s*(\{{[^{{}}]*\}}|\([^()]*\)|\w+)|([{_SUP}]+)").match(text, below.end(), end)
    lower = below[1] or _lowered(below[2])
    upper = "" if not above else (above[1] or _raised(above[2]))
    limits = limits_of(lower, upper)
    return None if limits is None else (limits, (above or below).end())


def limits_of(lower: str, upper: str) -> Limits | None:
    """Limits from the texts below and above a Σ.

    >>> limits_of("k=1", "K")
    Limits(letters=('k',), first='1', last='K', unequal='')
    """
    lower, upper = ("".join(part.split()).strip("{}()") for part in (lower, upper))
    unequal = re.fullmatch(r"(\w)(?:≠|!=)(\w)", lower)
    if unequal:
        return Limits((unequal[1],), unequal=unequal[2])
    first = re.fullmatch(r"([^\W\d_])=(\d+)", lower)
    if first:
        return Limits((first[1],), first[2], upper)
    inside = re.fullmatch(r"([^\W\d_])∈.*", lower)
    lower = inside[1] if inside else lower
    names = lower.split(",") if "," in lower else list(lower)
    return Limits(tuple(names), last=upper) if names and all(len(name) == 1 and name.isalpha() for name in names) else None


def _lowered(text: str) -> str:
    return "".join(SUBSCRIPTS.get(char, char) for char in text)


def _raised(text: str) -> str:
    return "".join(SUPERSCRIPTS.get(char, char) for char in text)
