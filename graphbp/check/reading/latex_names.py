"""Names of LaTeX: letters, fonts, accents, scripts, functions and indicators."""

from __future__ import annotations

import re
from dataclasses import replace

from graphbp.check.reading.dress import ACCENTS, FONTS, VARIANTS, script_text, small_at
from graphbp.check.reading.forms import spelled
from graphbp.check.reading.functions import BARE, function_name
from graphbp.check.reading.latex_groups import COMMAND, LatexGroups
from graphbp.check.reading.marks import closing
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import SUBSCRIPTS, SUPERSCRIPTS, letter_name, parts
from graphbp.check.reading.words import KEYWORDS, MAX_NAME, Word
from graphbp.notation.names import GREEK

_LAYER = re.compile(r"[(\[⟨{]*(?:\d+|[A-Za-zℓ](?:[-+]\d+)?)[)\]⟩}]*")
_EXAMPLE = re.compile(r"([\[({]\w+[\])}])\((\w)\)")
_OF_EXAMPLE = re.compile(r"\(\w\)")
_OPENING = re.compile(r"(?:\s|\\[,;:! ])*(?:\\left|\\[bB]igg?l?)?\s*(?:\(|\[|\\\{|\\lbrace|\{)")


class LatexNames(LatexGroups):
    """The part of the lexer that reads letters."""

    def letter(self) -> bool:
        """A letter, a word, a font or an accent with what it covers; False if none stands here."""
        found = self.atom(self.at)
        if found is None:
            return False
        written, end = found
        begin, self.at = self.at, end
        self.name(written, begin)
        return True

    def atom(self, at: int) -> tuple[Written, int] | None:
        """The name at a place without its scripts, and where it ends."""
        char = self.text[at : at + 1]
        if char.isalpha():
            return self.run_of_letters(at)
        match = COMMAND.match(self.text, at, self.end)
        if not match:
            return None
        name, end = match[1], match.end()
        if name in ACCENTS or name in FONTS:
            return self.dressed(name, end, at)
        if name in GREEK or name in VARIANTS or name == "ell":
            return Written(VARIANTS.get(name, name), shown=VARIANTS.get(name, name), exact=True, at=at), end
        if function_name(name, self.vocabulary.network) is not None:
            return Written(name, shown=name, exact=True, at=at), end
        return None

    def run_of_letters(self, at: int) -> tuple[Written, int]:
        """A letter, or a known word: names of several letters are read whole."""
        match = re.compile(r"[^\W\d_]+[0-9]*").match(self.text, at, self.end)
        if match and len(match[0]) > MAX_NAME:
            raise self.error(f"a name of {len(match[0])} letters is longer than {MAX_NAME}", at)
        word = "" if not match else re.split(f"[{''.join(SUBSCRIPTS)}{''.join(SUPERSCRIPTS)}]", match[0])[0]
        if not word:
            raise self.error(f"the sign {self.text[at]!r} has no meaning here", at)
        for width in range(len(word), 1, -1):
            piece = word[:width]
            whole = width == len(word) or not (word[width].isdigit() and piece[-1].isdigit())
            if whole and (
                self.vocabulary.knows(piece) if width == len(word) else self.vocabulary.means(piece, final=False)
            ):
                return replace(spelled(piece, at), at=at), at + width
        if (
            word[0] == "d"
            and {word[1:2], word[1:2].swapcase()} & self.vocabulary.letters
            and not word[2:3].isalpha()
            and not self.vocabulary.taken("d")
        ):
            return Written(word[:2], shown=word[:2], at=at), at + 2
        return replace(spelled(word[0], at), at=at), at + 1

    def dressed(self, name: str, end: int, at: int) -> tuple[Written, int] | None:
        """\\mathbf{W}, \\hat y, \\text{ReLU}: the name inside."""
        start, stop, after = self.argument(end)
        inner = self.text[start:stop].strip()
        if inner in ("1", "𝟏", "I") and name in FONTS and self.special(inner, at, after):
            return Written("", at=at), self.at
        if inner.strip(" ,~") in KEYWORDS and name in ("text", "mathrm", "mbox", "textrm"):
            self.put(*KEYWORDS[inner.strip(" ,~")], at=at, end=after)
            return Written("", at=at), self.at
        word = (
            re.sub(r"[\s~\\,]", "", inner)
            if name in ("text", "operatorname", "mathrm", "mbox", "textrm", "textsf", "mathsf", "mathit")
            else ""
        )
        if (
            word.replace("_", "").isalnum()
            and len(word) > 1
            and (self.vocabulary.knows(word) or not re.fullmatch(r"[A-Za-z]\w?", word))
        ):
            return replace(spelled(word, at), at=at), after
        nested = self.nested(start, stop).run() if inner else []
        if len(nested) == 1 and nested[0].kind in ("NAME", "FUNCTION_NAME"):
            value = nested[0].value
            written = value if isinstance(value, Written) else spelled(value.word, at)
            return (
                replace(written, accent=ACCENTS[name], exact=False, at=at)
                if name in ACCENTS
                else replace(written, at=at)
            ), after
        if name in ACCENTS or not nested:
            raise self.error(f"\\{name} stands over something that is no name", at)
        self.put("BRACE", "{", at=at, end=start)
        self.pieces += nested
        self.put("CLOSE", "}", at=stop, end=after)
        return Written("", at=at), self.at

    def special(self, inner: str, at: int, after: int) -> bool:
        """𝟙[…] is an indicator, a bold 1 a vector of ones; I may be a name."""
        if self.indicator(at, after):
            return True
        if inner == "I":
            return False
        self.put("ONES", "1", at=at, end=after)
        return True

    def indicator(self, at: int, after: int) -> bool:
        """A condition in brackets or below."""
        match = re.compile(r"\s*(_?)\s*(?:\\left|\\[bB]igg?l?)?\s*(\(|\[|\\\{|\{)").match(self.text, after, self.end)
        if not match:
            return False
        sign = match[2]
        if sign == "{":
            start, stop, behind = self.argument(match.end() - 1)
        else:
            stop = (
                self.text.find("\\}", match.end(), self.end)
                if sign == "\\{"
                else closing(self.text, match.end() - 1, self.end)
            )
            start, behind = match.end(), stop + (2 if sign == "\\{" else 1)
        inner = self.text[start:stop] if stop > start else ""
        if not re.search(r"[<>=]|\\(?:ge|le|neq?|gt|lt)", inner):
            return False
        stripped = re.compile(r"\s*(?:\\\{|\[|\()?(.*?)(?:\\left|\\right)?\s*(?:\\\}|\]|\))?\s*", re.DOTALL).fullmatch(
            self.text, start, stop
        )
        assert stripped
        self.put("INDICATOR", "[", at=at, end=start)
        self.region(*stripped.span(1))
        self.put("CLOSED", "]", at=stop, end=behind)
        return True

    def name(self, written: Written, begin: int) -> None:
        """Put a name or a function with its scripts."""
        if not written.base:
            return
        if written.accent == "dot" and self.vocabulary.function(written.base):
            # Some write σ̇ for σ′.
            written = replace(written, accent="", primes=1, exact=True, shown=written.base)
        word = self.vocabulary.function(written.shown) if written.exact and not written.accent else None
        written, rest, transposed = self.scripts(written, word is not None)
        calls = bool(_OPENING.match(self.text, self.at, self.end))
        taken = word is not None and self.vocabulary.taken(word)
        argument = re.compile(r"(?:\s|\\[,;:! ])*(?:\\left\s*)?[\[({|]|\s*\\\{").match(self.text, self.at, self.end)
        if word is not None and (
            (calls and (not taken or argument))
            or written.primes
            or (function_name(word, self.vocabulary.network) is not None and not taken)
        ):
            self.function(word, written, begin, calls)
            return
        shown = " ".join(self.text[begin : self.at].split()) if not written.exact else written.shown
        self.put("NAME", replace(written, shown=shown or written.shown), at=begin, end=self.at)
        if transposed:
            self.put("TRANSPOSE", "⊤", at=self.at, end=self.at)
        if rest is not None:
            self.power(*rest)

    def function(self, word: str, written: Written, begin: int, calls: bool) -> None:
        """A function with its argument in parentheses, in braces, or behind it."""
        power = int("".join(written.sup)) if written.bare and "".join(written.sup).isdigit() else 1
        piece = Word(word, begin, written.primes, power, "".join(written.sub))
        following = self.skip(self.at)
        bare = letter_name(word) in BARE | {"ln"} and re.compile(r"[A-Za-z\d\\|]").match(self.text, following, self.end)
        self.put("FUNCTION" if calls or bare else "FUNCTION_NAME", piece, at=begin, end=self.at)
        if calls and self.text[following : following + 1] == "{":
            start, stop, after = self.argument(following)
            wrapped = re.compile(r"\s*(?:\\left\s*)?\(").match(self.text, start, stop) and re.compile(
                r".*\)\s*", re.DOTALL
            ).fullmatch(self.text, start, stop)
            self.at = start
            if not wrapped:
                self.put("CALL", "(", at=start, end=start)
            self.region(start, stop)
            if wrapped:
                self.recall(start)
            else:
                self.put("CLOSED", ")", at=stop, end=after)
            self.at = after

    def recall(self, start: int) -> None:
        """The parenthesis inside the braces is that of the call."""
        place = next(place for place, piece in enumerate(self.pieces) if piece.at >= start and piece.kind == "LPAR")
        self.pieces[place] = replace(self.pieces[place], kind="CALL")

    def scripts(self, written: Written, function: bool) -> tuple[Written, tuple[int, int, int] | None, bool]:
        """The name with its scripts; a power that belongs to no name; whether it is transposed."""
        transposed = False
        while True:
            place = self.skip(self.at)
            sign = self.text[place : place + 1] if place < self.end else ""
            if sign and sign in "'′’":
                written, self.at = replace(written, primes=written.primes + 1), place + 1
            elif sign == "_":
                start, stop, after = self.argument(place + 1)
                text = script_text(self.text[start:stop])
                pieces = parts(text)
                updated = pieces[-1:] in (("new",), ("neu",), ("next",))
                kept = pieces[:-1] if updated or pieces[-1:] in (("old",), ("alt",)) else pieces
                written = replace(
                    written,
                    sub=(*written.sub, *kept),
                    exact=written.exact and not kept,
                    updated=written.updated or updated,
                )
                self.at = after
            elif sign == "^":
                start, stop, after = self.argument(place + 1)
                found = self.lifted(written, script_text(self.text[start:stop]), function)
                if found is None:
                    return written, (start, stop, after), transposed
                written, turned = found
                transposed = transposed or turned
                self.at = after
            elif sign and (sign in SUBSCRIPTS or sign in SUPERSCRIPTS):
                below, text, after = small_at(self.text, place, self.end)
                if below:
                    written = replace(written, sub=(*written.sub, *parts(text)), exact=False)
                else:
                    found = self.lifted(written, text, function)
                    if found is None:
                        return written, None, transposed
                    written, transposed = found[0], transposed or found[1]
                self.at = after
            else:
                return written, None, transposed

    def lifted(self, written: Written, text: str, function: bool) -> tuple[Written, bool] | None:
        """The name with one superscript and whether it is transposed; None if the superscript is a power."""
        if text and not text.strip("′'"):
            return replace(written, primes=written.primes + len(text)), False
        if text in ("+", "new", "neu", "(new)", "(neu)"):
            return replace(written, updated=True), False
        if text in ("⊤",) or (text == "T" and not self.scalar_t()):
            return written, True
        turned = (text.endswith(("⊤", "T")) and len(text) > 1) or text.startswith(("⊤", "T(", "T["))
        core = text.removeprefix("⊤").removesuffix("⊤").removesuffix("T").removeprefix("T") if turned else text
        if text in ("old", "(old)", "alt", "(alt)"):
            return written, False
        example = _EXAMPLE.fullmatch(core)
        if example and not written.sup and not written.example:
            return replace(written, sup=parts(example[1]), example=example[2], exact=False), turned
        if _OF_EXAMPLE.fullmatch(core) and written.sup and not written.example:
            return replace(written, example=core.strip("()"), exact=False), turned
        if written.sup or written.base == "e" or not _LAYER.fullmatch(core):
            return None
        if function and not core.isdigit():
            return written, turned
        return replace(written, sup=parts(core), bare=core[:1] not in "([⟨", exact=False), turned

    def scalar_t(self) -> bool:
        """Whether T is a number of the network, which may be a power."""
        return self.vocabulary.shapes.get("T") == ()

    def power(self, start: int, stop: int, after: int) -> None:
        """A superscript that is a power."""
        place = self.at
        self.put("RAISED", "^", at=place, end=start)
        self.region(start, stop)
        self.put("CLOSE", "}", at=stop, end=after)

    def small(self, char: str) -> None:
        """Small digits in Unicode behind anything that is no name."""
        below, text, after = small_at(self.text, self.at, self.end)
        if below:
            self.put("SUBSCRIPT", parts(text), end=after)
        elif text == "T":
            self.put("TRANSPOSE", "⊤", end=after)
        elif text.isdigit():
            begin = self.at
            for kind, value in (("RAISED", "^"), ("NUMBER", text), ("CLOSE", "}")):
                self.put(kind, value, at=begin, end=after)
        else:
            raise self.error(f"the sign {char!r} has no meaning here")

    def script(self, char: str) -> None:
        """A script behind anything that is no name."""
        if char in "'′":
            raise self.error("a prime belongs to a function's name", expected=["\\sigma'"])
        start, stop, after = self.argument(self.at + 1)
        text = script_text(self.text[start:stop])
        if char == "_":
            self.put("SUBSCRIPT", parts(text), end=after)
        elif text in ("⊤",) or (text == "T" and not self.scalar_t()):
            self.put("TRANSPOSE", "⊤", end=after)
        else:
            self.power(start, stop, after)
