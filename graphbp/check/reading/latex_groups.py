"""Arguments, braces and parts of LaTeX."""

from __future__ import annotations

import re

from graphbp.check.reading.dress import ACCENTS, FONTS
from graphbp.check.reading.marks import Lexer

COMMAND = re.compile(r"\\([A-Za-z]+)\*?")


class LatexGroups(Lexer):
    """Where groups of LaTeX begin and end."""

    def comment(self) -> None:
        """% to the end of the line."""
        stop = self.text.find("\n", self.at, self.end)
        self.at = self.end if stop < 0 else stop + 1

    def group_end(self, at: int) -> int:
        """Behind the brace that closes the one at this place."""
        depth, place = 0, at
        while place < self.end:
            char = self.text[place]
            if char == "\\":
                place += 2
                continue
            depth += (char == "{") - (char == "}")
            place += 1
            if not depth:
                return place
        raise self.error("the bracket { is not closed", at, expected=["}"])

    def skip(self, at: int) -> int:
        """The next place that is no space."""
        match = re.compile(r"(?:\s|~|\\[,;:! ]|\\(?:no)?limits(?![a-zA-Z]))*").match(self.text, at, self.end)
        return match.end() if match else at

    def argument(self, at: int) -> tuple[int, int, int]:
        """Begin and end of the argument at a place, and where the text goes on behind it."""
        at = self.skip(at)
        if at >= self.end:
            raise self.error("an argument is missing", at, expected=["{…}"])
        if self.text[at] == "{":
            end = self.group_end(at)
            return at + 1, end - 1, end
        if self.text[at] == "\\":
            match = COMMAND.match(self.text, at, self.end)
            if not match:
                return at, at + 2, at + 2
            end = match.end()
            if match[1] in FONTS or match[1] in ACCENTS:
                return at, *(2 * (self.nested(end, self.end).argument_behind(),))
            return at, end, end
        return at, at + 1, at + 1

    def argument_behind(self) -> int:
        """Behind the argument that begins here."""
        lexer, place = self, self.at
        while (match := COMMAND.match(self.text, lexer.skip(place), self.end)) and (
            match[1] in FONTS or match[1] in ACCENTS
        ):
            place, lexer = match.end(), lexer.nested(match.end(), self.end)
        return lexer.argument(place)[2]

    def region(self, start: int, end: int) -> None:
        """The pieces of a part of the line."""
        self.pieces += self.nested(start, end).run()
        self.at = end

    def wrapped(self, kind: str, start: int, end: int, after: int, value: object = "{") -> None:
        """A part of the line as a group of a kind."""
        begin = self.at
        self.put(kind, value, at=begin, end=start)
        self.region(start, end)
        self.put("CLOSE", "}", at=end, end=after)

    def inside(self, end: int) -> None:
        """The argument only."""
        start, stop, after = self.argument(end)
        self.region(start, stop)
        self.at = after
