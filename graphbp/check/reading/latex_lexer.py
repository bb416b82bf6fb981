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
from graphbp.check.reading.marks import Piece, at_a_point
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import SUBSCRIPTS, SUPERSCRIPTS
from graphbp.check.reading.words import SIGNS
from graphbp.errors import did_you_mean
from graphbp.notation.names import GREEK

_NUMBER = re.compile(r"\d+\{,\}\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ARRAY = re.compile(r"\\\{\s*(?=\\begin\s*\{array\})")
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
        elif char in "([⟨":
            self.open(char)
        elif char in ")]⟩":
            self.put("CLOSED", char)
        elif self.text.startswith("||", self.at) and not self.inside_bars():
            self.put("NORMS", "‖", end=self.at + 2)
        elif (bar := at_a_point(self.text, self.at, self.end)) is not None:
            raise bar
        elif self.text.startswith(":=", self.at):
            self.put("EQUALS", ":=")
        elif char in SIGNS:
            self.put(*SIGNS[char], end=self.at + 1)
        elif char == "∇":
            self.nabla(self.at + 1)
        elif char in "∑∏":
            self.big("sum" if char == "∑" else "prod", self.at + 1)
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
            kind = {"[": "LSQB", "⟨": "ANGLE"}.get(char, "LPAR")
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
        if name in SPACES:
            self.spaced(name, end)
        elif name in STRUCTURES:
            STRUCTURES[name](self, end)
        elif name in BIGS and self.has_limits(end) and (name != "Sigma" or not self.vocabulary.taken(name)):
            self.big(BIGS[name], end)
        elif name in COMMANDS:
            self.known_command(name, end)
        elif name in ("sum", "prod"):
            raise self.unknown_command(name)
        elif self.is_name(name):
            if not self.slashed():
                self.letter()
        else:
            raise self.unknown_command(name)

    def spaced(self, name: str, end: int) -> None:
        """A command that shows nothing; \\left and \\right may have a dot behind them."""
        self.at = end
        if name in ("left", "right") and self.text[end : end + 1] == ".":
            self.at += 1

    def has_limits(self, end: int) -> bool:
        """Whether something stands below or above an operator."""
        place = self.skip(end)
        return self.text[place : place + 1] in ("_", "^")

    def unknown_command(self, name: str) -> Unreadable:
        """Why a command cannot be read."""
        if name in BIGS:
            return self.error(f"what does \\{name} run over?", fix=f"write the letter below it, such as \\{name}_k")
        if name == "int":
            return self.error("\\int cannot be read", fix="write the function that it is")
        if name in OMISSIONS:
            return self.error("what is left out cannot be checked", fix="write all terms, or \\sum_k")
        known = (*COMMANDS, *FONTS, *GREEK, *BIGS, *FRACTION_COMMANDS, *BARE)
        return self.error(f"the command \\{name[:40]} is not known", fix=did_you_mean(name, known))

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
        elif sign == "{" and (array := _ARRAY.match(self.text, self.at, self.end)):
            self.braced_array(array.end())
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

    def pdv(self, end: int, total: bool = False) -> None:
        """\\pdv{l}{w} of the package physics."""
        start, stop, after = self.argument(end)
        below, bottom, rest = self.argument(after)
        self.derived(start, stop, below, bottom, rest, total)

    def dv(self, end: int) -> None:
        """\\dv{l}{w}."""
        self.pdv(end, total=True)

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


STRUCTURES: dict[str, Callable[[LatexLexer, int], None]] = {
    "sqrt": LatexLexer.root,
    "begin": LatexLexer.environment,
    "nabla": LatexLexer.nabla,
    "partial": LatexLexer.partial,
    "pdv": LatexLexer.pdv,
    "dv": LatexLexer.dv,
    **dict.fromkeys(FRACTION_COMMANDS, LatexLexer.fraction),
    **dict.fromkeys(("underbrace", "overbrace"), LatexLexer.marked),
    **dict.fromkeys(("boxed", "mathop", "ensuremath"), LatexLexer.inside),
    **dict.fromkeys(("color", "phantom", "hphantom", "vphantom"), LatexLexer.ignored),
    **dict.fromkeys(("label", "tag", "hspace", "vspace"), LatexLexer.ignored),
    "textcolor": LatexLexer.coloured,
}
"""Commands with arguments; each method is given the place behind the command."""
OMISSIONS = frozenset({"dots", "ldots", "cdots", "vdots", "ddots", "dotsc", "dotsb"})
