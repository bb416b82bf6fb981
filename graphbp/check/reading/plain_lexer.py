"""Plain text cut into pieces: numbers, derivatives, signs, and Σ."""

from __future__ import annotations

import re
from dataclasses import replace

from graphbp.check.claim import Unreadable
from graphbp.check.reading.forms import spelled
from graphbp.check.reading.limits import limits_at
from graphbp.check.reading.marks import Piece, at_a_point, closed_pair, closing, unclear_gradient
from graphbp.check.reading.plain_words import PlainWords
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import BELOW, HIGH, LETTER, LOW, SUPERSCRIPTS, WORD, lowered, parts, raised
from graphbp.check.reading.words import FRACTIONS, LONG, SIGNS, Word

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TEN = re.compile(rf"\s*[×·*⋅]\s*10\s*(?:(?:\^|\*\*)\s*[({{]?\s*([+−-]?\d{{1,4}})\s*[)}}]?|([{HIGH}]+))")
_ABOVE = re.compile(rf"\^\s*(\{{[^{{}}^]*\}}|\([^()^]*\)|\[[^\[\]^]*\]|\d+|[T⊤⊺+*])|([{HIGH}]+|[⊤⊺])")
_PARTIAL = r"(?:∂|𝜕|\bpartial\b|d)"
_OPERAND = (
    rf"\s*(?:{LETTER}(?:[^\W_]|[\u0300-\u036f])*(?:[_^](?:\{{[^{{}}]*\}}|\([^()]*\)|[^\W_]+))*[{LOW}{HIGH}]*"
    r"(?:\[[^\[\]]*\]|\([^()/]*\))?|\((?:[^()]|\([^()]*\))*\)|)\s*"
)
_DERIVATIVE = re.compile(rf"({_PARTIAL})({_OPERAND})/\s*({_PARTIAL})({_OPERAND})")
_HEAD = re.compile(rf"({_PARTIAL})\s*(?:{LETTER}\w*)?\(")
_BELOW_LINE = re.compile(rf"\s*/\s*({_PARTIAL})({_OPERAND})")
_METHOD = re.compile(r"\.(sum|mean|dot|max|T)(?=\()")
_LIBRARY = re.compile(r"(np|numpy|jnp|torch|math|nn|tf|F)\.(?:(?:linalg|special|functional|nn)\.)?(?=[A-Za-z])")
_BIG = re.compile(rf"(∑|Σ|∏|Π|\bsum|\bSum|\bSigma|\bprod|\bProd|\bmax|\bmin)(?=\s*[_{LOW}]|\s*\()|(∑|Σ|∏)")
_TEXT = re.compile(r"[\"']([A-Za-z.]*(?:,[A-Za-z.]*)*->[A-Za-z.]*)[\"']")
_LONG_EXPONENT = re.compile(r"(?:\^|\*\*)([-−+]?)(\d+(?:\.\d+)?)(?![eE][-+]?\d)([^\W\d_]\w*)")


class PlainLexer(PlainWords):
    """Cuts one line of plain text into pieces."""

    def run(self) -> list[Piece]:
        """The pieces of the line."""
        unclear = _LONG_EXPONENT.search(self.text, self.at, self.end)
        if unclear:
            raise self.unclear_exponent(unclear)
        while self.at < self.end:
            self.step()
        return self.pieces

    def unclear_exponent(self, match: re.Match[str]) -> Unreadable:
        """x^2y: for some only the 2 stands above."""
        number, name = match[2], match[3]
        return self.error(
            f"does {name} belong to the exponent?",
            match.start(3),
            readings=[f"^{match[1]}{number} * {name}", f"^({match[1]}{number} * {name})"],
            fix="write * or parentheses",
        )

    def step(self) -> None:
        """One piece."""
        char, two = self.text[self.at], self.text[self.at : self.at + 2]
        if char.isspace() or char in "\u200b\u2009\u2061\u2062":
            self.at += 1
        elif self.number() or self.derivative() or self.big():
            return
        elif text := _TEXT.match(self.text, self.at, self.end) if char in "\"'" else None:
            self.put("TEXT", text[1], end=text.end())
        elif two == "||" and self.inside_bars():
            self.put("BARS", "|")
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
        elif char in "^" + HIGH or (char == "_" and self.ended()):
            self.script(char)
        elif (bar := at_a_point(self.text, self.at, self.end)) is not None:
            raise bar
        elif char in SIGNS:
            self.put(*SIGNS[char], end=self.at + 1)
        elif char in "∇𝛁":
            self.nabla()
        elif char == "√":
            self.put("FUNCTION", Word("sqrt", self.at), end=self.at + 1)
        elif char in "𝟙𝟏𝕀" or (char == "1" and self.text[self.at + 1 : self.at + 2] in ("[", "{", "_")):
            self.indicator(1)
        elif WORD.match(self.text, self.at):
            self.word()
        elif char == "%" and self.ended() and self.text[self.at + 1 : self.at + 2].isdigit():
            self.put("TIMES", "%")
        elif char == "%":
            raise self.error("a percent sign is not read", fix="write 0.05 for 5 %, or # before a remark")
        elif char in "…⋯" or self.text.startswith("...", self.at):
            raise self.error("what is left out cannot be checked", fix="write all terms, or sum_k")
        else:
            raise self.error(f"the sign {char!r} has no meaning here")

    def number(self) -> bool:
        """A number; 1.5·10⁻³ is one number."""
        match = _NUMBER.match(self.text, self.at, self.end)
        if not match or (
            match[0] == "1" and self.condition(match.end() + (self.text[match.end() : match.end() + 1] == "_"), "[{")
        ):
            return False
        text, end = match[0], match.end()
        ten = _TEN.match(self.text, end, self.end)
        if ten and "e" not in text.lower():
            power = (ten[1] or "".join(SUPERSCRIPTS[char] for char in ten[2])).replace("−", "-")
            if re.fullmatch(r"[+-]?\d{1,4}", power):
                text, end = f"{text}e{power}", ten.end()
        self.put("NUMBER", text, end=end)
        return True

    def fraction(self, char: str) -> None:
        """½."""
        over, under = FRACTIONS[char].split("/")
        begin = self.at
        for kind, value in (("LPAR", "("), ("NUMBER", over), ("TIMES", "/"), ("NUMBER", under), ("CLOSED", ")")):
            self.put(kind, value, at=begin, end=begin + 1)

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
            kind = "ANGLE" if char == "⟨" and closed_pair(self.text, self.at, self.end) else "LPAR"
        self.put(kind, char)

    def script(self, char: str) -> None:
        """A power, a transposition or a subscript behind anything that is no name."""
        if char == "_":
            match = BELOW.match(self.text, self.at)
            if not match:
                raise self.error("a subscript is missing behind _", self.at)
            self.put("SUBSCRIPT", parts(match[1] or lowered(match[2])), end=match.end())
            return
        match = _ABOVE.match(self.text, self.at)
        inner = "" if not match else (match[1] or raised(match[2])).strip("(){}[] ")
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

    def derivative(self) -> bool:
        """dl/dw1, ∂l/∂w₁, d/dz (…)."""
        if self.text[self.at] not in "d∂𝜕p" or (
            self.at and self.text[self.at - 1].isalnum() and self.text[self.at - 1] not in LOW + HIGH + "0123456789"
        ):
            return False
        match = _DERIVATIVE.match(self.text, self.at, self.end)
        if not match and self.derivative_of_call():
            return True
        if not match or not match[4].strip() or (match[1] == "d") != (match[3] == "d"):
            return False
        if (
            match[1] == "d"
            and self.vocabulary.taken(f"d{match[2].strip()}")
            and self.vocabulary.taken(f"d{match[4].strip()}")
        ):
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

    def derivative_of_call(self) -> bool:
        """d(…)/dz and dσ(…)/dz with anything in the parentheses."""
        head = _HEAD.match(self.text, self.at, self.end)
        stop = closing(self.text, head.end() - 1, self.end) if head else -1
        tail = _BELOW_LINE.match(self.text, stop + 1, self.end) if head and stop > 0 else None
        if not head or not tail or not tail[2].strip() or (head[1] == "d") != (tail[1] == "d"):
            return False
        below = tail.start(2), self.operand_end(tail.start(2), tail.end(2))
        self.put("DERIVATIVE", head[1] == "d", end=head.end(1))
        self.region(head.end(1), stop + 1)
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
        after = re.compile(rf"\s*({LETTER}[^\W_]*)(?!\s*[(\[]|[\w'′])").match(self.text, end, self.end)
        self.put("DERIVATIVE", False, at=begin, end=inner[0])
        if after and self.vocabulary.varied(spelled(after[1], after.start(1))):
            self.region(after.start(1), after.end(1))
            end = after.end()
        elif after and self.vocabulary.knows(after[1]):
            raise unclear_gradient(self.text, begin, after[1])
        else:
            loss = self.vocabulary.network.loss_name
            self.put("NAME", Written(loss, shown=loss, exact=True, at=begin), end=begin)
        self.put("OVER", "/", at=begin, end=begin)
        self.region(*inner)
        self.put("CLOSE", "", at=end, end=end)

    def big(self) -> bool:
        """Σ with what stands below and above it."""
        match = _BIG.match(self.text, self.at, self.end)
        if not match or (self.at and self.text[self.at - 1].isalnum() and match[0].isalpha() and match[0].isascii()):
            return False
        sign = match[1] or match[2]
        words = {"∑": "sum", "Σ": "sum", "Sum": "sum", "Sigma": "sum", "∏": "prod", "Π": "prod", "Prod": "prod"}
        operator = words.get(sign, sign)
        begin = self.at
        limits = limits_at(self.text, match.end(), self.end)
        if limits is None:
            if sign in "∑Σ∏":
                raise self.error(
                    f"what does {sign} run over?", begin, fix="write the letter below it, such as sum_k w[k]*d[k]"
                )
            return False
        self.put("BIG", (operator, limits[0]), at=begin, end=limits[1])
        return True
