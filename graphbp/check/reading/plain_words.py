"""Names and functions of plain text with their scripts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import cache

from graphbp.check.reading.forms import spelled
from graphbp.check.reading.marks import Lexer, closed_pair, closing
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import BELOW, HIGH, LETTER, WORD, letter_name, lowered, parts, raised
from graphbp.check.reading.words import BARE_WORDS, KEYWORDS, MAX_NAME, Word, named

_HIGH = HIGH.replace("ᵀ", "")
_LIFTED = re.compile(rf"\^\s*(\{{[^{{}}^]*\}}|\([^()^]*\)|\[[^\[\]^]*\]|\d+|[A-Za-zℓ](?![\w(])|[+*])|([{_HIGH}]+)")
_EXAMPLE = re.compile(r"\{\s*([\[(]\s*\w+\s*[\])])\s*\(\s*(\w)\s*\)\s*\}")
_SLOTS = re.compile(r"(?:['′][1-9])+(?=\s*\()")
_PRIMES = re.compile(r"['′’‵]+|″")
_LAYER = re.compile(r"[({\[⟨]*\s*[({\[⟨]?\s*(?:\d+|[A-Za-zℓ](?:\s*[-+−]\s*\d+)?)\s*[)}\]⟩]*")


class PlainWords(Lexer):
    """The part of the lexer that reads letters."""

    def word(self) -> None:
        """A name or a function; a run of letters may be several names side by side."""
        match = WORD.match(self.text, self.at, self.end)
        assert match
        begin = self.at
        text = unicodedata.normalize("NFC", match[0])
        if len(text) > MAX_NAME:
            raise self.error(f"a name of {len(text)} letters is longer than {MAX_NAME}", begin)
        pieces = [text] if len(text) > 60 or text in KEYWORDS else self.split(text)
        if len(pieces) > 1 and self.pieces and self.last() == "POWER":
            raise self.error(
                f"{text} stands in an exponent and can be read in several ways",
                begin,
                fix="put the exponent in parentheses",
            )
        for place, piece in enumerate(pieces):
            width = len(match[0]) if len(pieces) == 1 else len(piece)
            self.named(piece, begin, begin + width, final=place == len(pieces) - 1)
            begin += width

    def split(self, text: str) -> list[str]:
        """The word, or the known names that it consists of if there is one way to cut it."""
        if self.vocabulary.knows(text) or len(text) == 1:
            return [text]
        if text[0] == "Δ" and (self.vocabulary.taken(text[1:]) or text[1:] in self.vocabulary.letters):
            return ["Δ", text[1:]]
        ways = self.ways(text)
        if len(ways) > 1:
            shown = [" * ".join(way) for way in ways]
            raise self.error(
                f"{text} can be read as {' or as '.join(shown)}",
                readings=shown,
                fix="write the signs between the names",
            )
        return list(ways[0]) if ways else [text]

    def ways(self, text: str) -> list[tuple[str, ...]]:
        """At most two ways to cut a word into known names."""

        @cache
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
        stem = re.sub(r"_?(?:prime|derivative|deriv)$", "", text)
        if stem != text and calls and not self.vocabulary.taken(text) and self.vocabulary.function(stem):
            # Programs say sigmoid_prime.
            text, written = stem, replace(written, primes=1)
        word = self.vocabulary.function(text)
        if text in ("I", "1") and self.condition(self.at) and not self.vocabulary.taken(text):
            self.at = begin
            self.indicator(len(text))
            return
        opens = self.text[self.at : self.at + 1] == "("
        if text in ("delta", "δ") and opens and closed_pair(self.text, self.at, self.end):
            word = "delta"
        is_call = word is not None and (
            calls or written.primes or (named(word, self.vocabulary) and not self.vocabulary.taken(text))
        )
        if word is not None and is_call:
            self.called(word, written, begin, bool(calls))
            return
        self.put(
            "NAME",
            replace(written, shown=self.text[begin : self.at].strip() if not written.exact else text),
            at=begin,
            end=self.at,
        )

    def called(self, word: str, written: Written, begin: int, calls: bool) -> None:
        """A function: with its arguments, or with one argument without parentheses."""
        power = int("".join(written.sup)) if written.bare and "".join(written.sup).isdigit() else 1
        base = "".join(written.sub) if not written.exact else ""
        function = Word(word, begin, written.primes, power, base, written.slots)
        bare = re.compile(rf"\s*(?:{LETTER}|[\d.√|])").match(self.text, self.at) and letter_name(word) in BARE_WORDS
        self.put("FUNCTION" if calls or bare else "FUNCTION_NAME", function, at=begin, end=self.at)

    def scripts(self, written: Written) -> Written:
        """The name with the scripts and primes that follow it."""
        transposed = False
        while self.at < self.end:
            below, above = BELOW.match(self.text, self.at, self.end), _LIFTED.match(self.text, self.at, self.end)
            primes = _PRIMES.match(self.text, self.at, self.end)
            slots = _SLOTS.match(self.text, self.at, self.end)
            if slots:
                written = replace(written, slots=tuple(int(digit) - 1 for digit in slots[0] if digit.isdigit()))
                self.at = slots.end()
            elif primes:
                written = replace(written, primes=written.primes + len(primes[0].replace("″", "′′")))
                self.at = primes.end()
            elif below and not transposed:
                text = below[1] or lowered(below[2])
                written = replace(written, sub=(*written.sub, *parts(text)), exact=False)
                self.at = below.end()
            elif above and not written.sup and self.above(written, above):
                written = self.lifted(written, above)
            else:
                break
        return written

    def above(self, written: Written, match: re.Match[str]) -> bool:
        """Whether a superscript belongs to the name: a layer, a number that may be one, or a plus."""
        inner = (match[1] or raised(match[2])).strip()
        if inner.strip("(){} ") in ("+", "new", "neu", "old", "alt"):
            return True
        if len(inner) == 1 and inner.isalpha() and self.vocabulary.taken(inner):
            # x^t is a power where t is a node.
            return False
        if match[1] and inner.isdigit() and written.exact and written.shown in self.vocabulary.shapes and written.sub:
            # h3^2 is the square of the node h3, for its name has its number already.
            return False
        if _EXAMPLE.fullmatch(inner):
            return True
        return bool(_LAYER.fullmatch(inner)) and inner.strip("(){}[] ") != "T" and written.base != "e"

    def lifted(self, written: Written, match: re.Match[str]) -> Written:
        """The name with its superscript."""
        self.at = match.end()
        inner = (match[1] or raised(match[2])).strip()
        if inner.strip("(){} ") in ("+", "new", "neu"):
            return replace(written, updated=True)
        if inner.strip("(){} ") in ("old", "alt"):
            return written
        core = inner.strip("{} ")
        example = _EXAMPLE.fullmatch(inner)
        if example:
            return replace(written, sup=parts(example[1]), example=example[2], exact=False)
        bare = not (core[:1] in ("[", "⟨") or (core[:1] == "(" and (match[2] or inner[:1] == "{")))
        return replace(written, sup=parts(core), bare=bare, exact=False)

    def indicator(self, width: int) -> None:
        """𝟙[…]."""
        begin = self.at
        match = re.compile(r"\s*_?\s*([\[({])").match(self.text, self.at + width)
        if not match:
            self.put("ONES", self.text[self.at : self.at + width])
            return
        self.put("INDICATOR", match[1], at=begin, end=match.end())

    def condition(self, at: int, opening: str = "[{(") -> bool:
        """Whether the bracket at this place holds a comparison."""
        start = re.compile(rf"\s*[{re.escape(opening)}]").match(self.text, at, self.end)
        stop = closing(self.text, start.end() - 1, self.end) if start else -1
        return bool(start) and bool(re.search(r"[<>≤≥≠=]", self.text[start.end() if start else at : max(stop, 0)]))
