"""LaTeX as people and optical readers write it, cut into pieces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from graphbp.check.claim import Unreadable
from graphbp.check.reading.dress import ACCENTS, BIGS, COMMANDS, FONTS, FRACTION_COMMANDS, SPACES, VARIANTS
from graphbp.check.reading.functions import BARE, function_name
from graphbp.check.reading.latex_groups import COMMAND
from graphbp.check.reading.latex_tables import LatexTables
from graphbp.check.reading.marks import Piece
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import SUBSCRIPTS, SUPERSCRIPTS
from graphbp.check.reading.words import SIGNS
from graphbp.errors import did_you_mean
from graphbp.notation.names import GREEK

_NUMBER = re.compile(r"\d+\{,\}\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TEN = re.compile(r"(?:\s|\\[,;! ])*(?:\\cdot|\\times|·|×|\*)\s*10\s*\^\s*(?:\{\s*([+−-]?\s*\d{1,4})\s*\}|(\d))")


class LatexLexer(LatexTables):
    """Cuts one line of LaTeX into pieces."""

    def run(self) -> list[Piece]:
        """The pieces of the line."""
        while self.at < self.end:
            self.step()
        return self.pieces

    def step(self) -> None:
        """One piece."""
        char = self.text[self.at]
        if char.isspace() or char in "~&$":
            self.at += 1
        elif char == "%":
            self.comment()
        elif char == "\\":
            self.command()
        elif _NUMBER.match(self.text, self.at, self.end):
            self.number()
        elif self.slashed() or self.letter():
            return
        elif char == "{":
            self.brace()
        elif char in "^_'′":
            self.script(char)
        elif char in SUPERSCRIPTS or char in SUBSCRIPTS:
            self.small(char)
        elif char in "([":
            self.open(char)
        elif char in ")]":
            self.put("CLOSED", char)
        elif self.text.startswith(":=", self.at):
            self.put("EQUALS", ":=")
        elif char in SIGNS:
            self.put(*SIGNS[char], end=self.at + 1)
        elif char == "∇":
            self.nabla(self.at + 1)
        elif char in "∑":
            self.big("sum", self.at + 1)
        else:
            raise self.error(f"the sign {char!r} has no meaning here")

    def brace(self) -> None:
        """{…}: a name in braces, a quotient with \\over, or a group that nobody sees."""
        start, end, after = self.argument(self.at)
        inner = self.text[start:end]
        over = re.search(r"\\over(?![a-zA-Z])", inner)
        if over and inner[: over.start()].count("{") == inner[: over.start()].count("}"):
            self.quotient(start, start + over.start(), start + over.end(), end, after)
            return
        if not inner.strip():
            self.at = after
            return
        if self.braced_name(start, end, after):
            return
        self.wrapped("BRACE", start, end, after)

    def braced_name(self, start: int, end: int, after: int) -> bool:
        """A name alone in braces takes the scripts behind them."""
        if end - start > 60 or self.text.count("{", start, end) > 3:
            return False
        try:
            pieces = self.nested(start, end).run()
        except Unreadable:
            return False
        if (
            len(pieces) != 1
            or pieces[0].kind != "NAME"
            or not re.compile(r"\s*[_^']").match(self.text, after, self.end)
        ):
            return False
        written: Written = pieces[0].value
        if written.sup and self.text[self.skip(after)] == "^":
            return False
        begin, self.at = self.at, after
        self.name(replace(written, shown=written.shown, exact=False), begin)
        return True

    def open(self, char: str, width: int = 1) -> None:
        """An opening bracket: of a call, of places, or of a group."""
        if self.last() == "FUNCTION":
            kind = "CALL"
        elif (
            char == "["
            and self.last() == "NAME"
            and self.pieces[-1].end == self.at
            and re.compile(r"\[\s*[\w:+\- ]+(?:,[\w:+\- ]+)*\]").match(self.text, self.at)
        ):
            kind = "INDEX"
        else:
            kind = "LSQB" if char == "[" else "LPAR"
        self.put(kind, char, end=self.at + width)

    def number(self) -> None:
        """A number; 1.5 \\cdot 10^{-3} is one number; 1_{z>0} is an indicator."""
        match = _NUMBER.match(self.text, self.at, self.end)
        assert match
        text, end = match[0].replace("{,}", "."), match.end()
        if text == "1" and re.compile(r"\s*(?:_|\\\{|\{|\[)").match(self.text, end) and self.indicator(self.at, end):
            return
        ten = _TEN.match(self.text, end, self.end)
        if ten and "e" not in text.lower():
            text, end = f"{text}e{(ten[1] or ten[2]).replace('−', '-').replace(' ', '')}", ten.end()
        self.put("NUMBER", text, end=end)

    def command(self) -> None:
        """A command, by its name."""
        match = COMMAND.match(self.text, self.at, self.end)
        if not match:
            self.short()
            return
        name, end = match[1], match.end()
        known: dict[str, Callable[[int], None]] = {
            "sqrt": self.root,
            "begin": self.environment,
            "nabla": self.nabla,
            "partial": self.partial,
            "underbrace": self.marked,
            "overbrace": self.marked,
            "boxed": self.inside,
            "color": self.ignored,
            "textcolor": self.coloured,
            "phantom": self.ignored,
            "label": self.ignored,
            "tag": self.ignored,
            "hspace": self.ignored,
            "vspace": self.ignored,
            "mathop": self.inside,
        }
        if name in SPACES:
            self.at = end
            if name in ("left", "right") and self.text[end : end + 1] == ".":
                self.at += 1
        elif name in ("pdv", "dv"):
            start, stop, after = self.argument(end)
            below, bottom, rest = self.argument(after)
            self.derived(start, stop, below, bottom, rest, name == "dv")
        elif name in FRACTION_COMMANDS:
            self.fraction(end)
        elif name in known:
            known[name](end)
        elif (
            name in BIGS
            and self.text[self.skip(end) : self.skip(end) + 1] in ("_", "^")
            and (name != "Sigma" or self.skipped_sum(end))
        ):
            self.big(BIGS[name], end)
        elif name in ("sum", "prod", "int"):
            raise self.error(
                f"what does \\{name} run over?" if name == "sum" else f"\\{name} cannot be read",
                fix="write the letter below it, such as \\sum_k",
            )
        elif name in COMMANDS:
            self.known_command(name, end)
        elif name in ("dots", "ldots", "cdots", "vdots", "ddots"):
            raise self.error("what is left out cannot be checked", fix="write all terms, or \\sum_k")
        elif self.is_name(name):
            self.letter()
        else:
            raise self.error(
                f"the command \\{name[:40]} is not known",
                fix=did_you_mean(name, (*COMMANDS, *FONTS, *GREEK, *BIGS, *FRACTION_COMMANDS, *BARE)),
            )

    def skipped_sum(self, end: int) -> bool:
        """Whether a capital Sigma is a sum sign and no node."""
        return not self.vocabulary.taken("Sigma")

    def known_command(self, name: str, end: int) -> None:
        """A command with a fixed meaning."""
        kind, value = COMMANDS[name]
        if kind == "OPEN":
            self.open(value, end - self.at)
        elif kind == "PRIME":
            raise self.error("a prime belongs to a function's name", expected=["\\sigma'"])
        else:
            self.put(kind, value, end=end)

    def short(self) -> None:
        """\\, and other commands of one sign."""
        sign = self.text[self.at + 1 : self.at + 2]
        if sign and sign in ",;:!> \n\\/":
            self.at += 2
            row = re.compile(r"\[[^\]\n]*\]").match(self.text, self.at, self.end) if sign == "\\" else None
            self.at = row.end() if row else self.at
        elif sign == "{":
            self.open("{", 2)
        elif sign == "}":
            self.put("CLOSED", "}", end=self.at + 2)
        elif sign == "|":
            self.put("NORMS", "‖", end=self.at + 2)
        else:
            raise self.error(f"\\{sign} is not known")

    def is_name(self, name: str) -> bool:
        """Whether a command is a letter, a font, an accent or a function."""
        return (
            name in GREEK
            or name in VARIANTS
            or name in FONTS
            or name in ACCENTS
            or function_name(name, self.vocabulary.network) is not None
            or name in ("ell", "imath")
        )

    def marked(self, end: int) -> None:
        """What stands over a brace; the remark below is no part of the formula."""
        start, stop, after = self.argument(end)
        self.wrapped("BRACE", start, stop, after)
        remark = self.skip(after)
        if self.text[remark : remark + 1] in ("_", "^"):
            self.at = self.argument(remark + 1)[2]

    def ignored(self, end: int) -> None:
        """A command that shows nothing to read."""
        self.at = self.argument(end)[2]

    def coloured(self, end: int) -> None:
        """The second argument."""
        self.inside(self.argument(end)[2])
