"""Words of LaTeX as people and optical readers write it: names with scripts, fractions, derivatives, matrices."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from graphbp.check.claim import Unreadable
from graphbp.check.reading.functions import BARE, function_name
from graphbp.check.reading.marks import Lexer, Piece, closing
from graphbp.check.reading.plain_lexer import MAX_NAME, SIGNS, Word, limits_of
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import SUBSCRIPTS, SUPERSCRIPTS, letter_name, parts
from graphbp.check.reading.vocabulary import spelled
from graphbp.errors import did_you_mean
from graphbp.notation.names import GREEK

VARIANTS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varsigma": "sigma", "varrho": "rho", "upepsilon": "epsilon"}
FONTS = frozenset("mathbf mathrm mathit mathsf mathcal mathscr mathfrak mathnormal mathbb mathbbm mathds boldsymbol bm pmb bf textbf textit textrm textsf text operatorname mbox vec boldmath".split())
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde", "dot": "dot"}
SPACES = frozenset("quad qquad displaystyle textstyle scriptstyle limits nolimits nonumber notag hfill left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle mathstrut strut rm it bf sf cal thinspace medspace enspace allowbreak linebreak".split())
COMMANDS = {
    "cdot": ("TIMES", "·"), "times": ("TIMES", "×"), "odot": ("TIMES", "⊙"), "circ": ("TIMES", "⊙"), "bigodot": ("TIMES", "⊙"),
    "otimes": ("TIMES", "⊗"), "ast": ("TIMES", "*"), "bullet": ("TIMES", "·"), "div": ("TIMES", "/"), "cdotp": ("TIMES", "·"),
    "approx": ("EQUALS", "≈"), "simeq": ("EQUALS", "≈"), "equiv": ("EQUALS", "="), "triangleq": ("EQUALS", "="), "doteq": ("EQUALS", "="),
    "coloneqq": ("EQUALS", ":="), "leftarrow": ("EQUALS", ":="), "gets": ("EQUALS", ":="), "le": ("RELATION", "<="), "leq": ("RELATION", "<="),
    "leqslant": ("RELATION", "<="), "lt": ("RELATION", "<"), "ge": ("RELATION", ">="), "geq": ("RELATION", ">="), "geqslant": ("RELATION", ">="),
    "gt": ("RELATION", ">"), "ne": ("RELATION", "!="), "neq": ("RELATION", "!="), "vert": ("BARS", "|"), "lvert": ("BARS", "|"), "rvert": ("BARS", "|"),
    "mid": ("BARS", "|"), "Vert": ("NORMS", "‖"), "lVert": ("NORMS", "‖"), "rVert": ("NORMS", "‖"), "colon": ("COLON", ":"), "lbrack": ("OPEN", "["),
    "lbrace": ("OPEN", "{"), "rbrace": ("CLOSED", "}"), "rbrack": ("CLOSED", "]"), "top": ("TRANSPOSE", "⊤"), "intercal": ("TRANSPOSE", "⊤"), "prime": ("PRIME", "′"),
}  # fmt: skip
BIGS = {"sum": "sum", "Sigma": "sum", "max": "max", "min": "min"}
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"})
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_NUMBER = re.compile(r"\d+\{,\}\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TEN = re.compile(r"(?:\s|\\[,;! ])*(?:\\cdot|\\times|·|×|\*)\s*10\s*\^\s*(?:\{\s*([+−-]?\s*\d{1,4})\s*\}|(\d))")
_D = re.compile(r"\s*(?:\\partial(?![a-zA-Z])|\\(?:mathrm|text|operatorname|rm|mathbf)\s*\{\s*d\s*\}|\\(?:mathrm|rm)\s+d(?![a-zA-Z])|\{\s*\\rm\s+d\s*\}|d(?![a-zA-Z]*\s*\()|∂)\s*")
_SLASHED = re.compile(r"(\\partial(?![a-zA-Z])|∂|d|\\mathrm\{d\})\s*([^=+]*?)/\s*(\\partial(?![a-zA-Z])|∂|d(?=[A-Za-z\\])|\\mathrm\{d\})\s*")
_LAYER = re.compile(r"[(\[⟨{]*(?:\d+|[A-Za-zℓ](?:[-+]\d+)?)[)\]⟩}]*")
_OPENING = re.compile(r"(?:\s|\\[,;:! ])*(?:\\left|\\[bB]igg?l?)?\s*(?:\(|\[|\\\{|\\lbrace|\{)")


class LatexLexer(Lexer):
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

    def comment(self) -> None:
        """% to the end of the line."""
        stop = self.text.find("\n", self.at, self.end)
        self.at = self.end if stop < 0 else stop + 1

    # Groups and arguments

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
            match = _COMMAND.match(self.text, at, self.end)
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
        while (match := _COMMAND.match(self.text, lexer.skip(place), self.end)) and (match[1] in FONTS or match[1] in ACCENTS):
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
        if len(pieces) != 1 or pieces[0].kind != "NAME" or not re.compile(r"\s*[_^']").match(self.text, after, self.end):
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
        elif char == "[" and self.last() == "NAME" and self.pieces[-1].end == self.at and re.compile(r"\[\s*[\w:+\- ]+(?:,[\w:+\- ]+)*\]").match(self.text, self.at):
            kind = "INDEX"
        else:
            kind = "LSQB" if char == "[" else "LPAR"
        self.put(kind, char, end=self.at + width)

    # Numbers

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

    # Commands

    def command(self) -> None:
        """A command, by its name."""
        match = _COMMAND.match(self.text, self.at, self.end)
        if not match:
            self.short()
            return
        name, end = match[1], match.end()
        known: dict[str, Callable[[int], None]] = {
            "sqrt": self.root, "begin": self.environment, "nabla": self.nabla, "partial": self.partial, "underbrace": self.marked,
            "overbrace": self.marked, "boxed": self.inside, "color": self.ignored, "textcolor": self.coloured, "phantom": self.ignored,
            "label": self.ignored, "tag": self.ignored, "hspace": self.ignored, "vspace": self.ignored, "mathop": self.inside,
        }  # fmt: skip
        if name in SPACES:
            self.at = end
            if name in ("left", "right") and self.text[end : end + 1] == ".":
                self.at += 1
        elif name in FRACTIONS:
            self.fraction(end)
        elif name in known:
            known[name](end)
        elif name in BIGS and self.text[self.skip(end) : self.skip(end) + 1] in ("_", "^") and (name != "Sigma" or self.skipped_sum(end)):
            self.big(BIGS[name], end)
        elif name in ("sum", "prod", "int"):
            raise self.error(f"what does \\{name} run over?" if name == "sum" else f"\\{name} cannot be read", fix="write the letter below it, such as \\sum_k")
        elif name in COMMANDS:
            self.known_command(name, end)
        elif name in ("dots", "ldots", "cdots", "vdots", "ddots"):
            raise self.error("what is left out cannot be checked", fix="write all terms, or \\sum_k")
        elif self.is_name(name):
            self.letter()
        else:
            raise self.error(f"the command \\{name[:40]} is not known", fix=did_you_mean(name, (*COMMANDS, *FONTS, *GREEK, *BIGS, *FRACTIONS, *BARE)))

    def skipped_sum(self, end: int) -> bool:
        return not self.vocabulary.taken("Sigma")

    def known_command(self, name: str, end: int) -> None:
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
        return name in GREEK or name in VARIANTS or name in FONTS or name in ACCENTS or function_name(name, self.vocabulary.network) is not None or name in ("ell", "imath")

    def inside(self, end: int) -> None:
        """The argument only."""
        start, stop, after = self.argument(end)
        self.region(start, stop)
        self.at = after

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

    def root(self, end: int) -> None:
        """√, or a higher root as a power."""
        order = re.compile(r"\s*\[\s*(\d{1,3})\s*\]").match(self.text, end, self.end)
        start, stop, after = self.argument(order.end() if order else end)
        if not order:
            self.wrapped("ROOT", start, stop, after)
            return
        begin = self.at
        self.put("LPAR", "(", at=begin, end=start)
        self.region(start, stop)
        for kind, value in (("CLOSED", ")"), ("RAISED", "^"), ("NUMBER", "1"), ("TIMES", "/"), ("NUMBER", order[1]), ("CLOSE", "}")):
            self.put(kind, value, at=stop, end=after)

    # Fractions and derivatives

    def fraction(self, end: int) -> None:
        """A quotient or a derivative."""
        start, stop, after = self.argument(end)
        below, bottom, rest = self.argument(after)
        self.quotient(start, stop, below, bottom, rest)

    def quotient(self, start: int, stop: int, below: int, bottom: int, after: int) -> None:
        """The pieces of a quotient; ∂ in both parts makes a derivative."""
        above, under = _D.match(self.text, start, stop), _D.match(self.text, below, bottom)
        if not (above and under and under.end() < bottom and not self.own_d(above, stop)):
            begin = self.at
            self.put("FRACTION", "{", at=begin, end=start)
            self.region(start, stop)
            self.put("OVER", "}{", at=stop, end=below)
            self.region(below, bottom)
            self.put("CLOSE", "}", at=bottom, end=after)
            return
        self.derived(above.end(), stop, under.end(), bottom, after, "\\partial" not in above[0] and "∂" not in above[0])

    def own_d(self, match: re.Match[str], stop: int) -> bool:
        """Whether d is a name here, not the sign of a derivative."""
        return match[0].strip() == "d" and self.vocabulary.taken("d") and self.text[match.end() : match.end() + 1] in ("_", "^", "", "}")

    def derived(self, start: int, stop: int, below: int, bottom: int, after: int, total: bool) -> None:
        """∂y/∂x, or the operator ∂/∂x."""
        begin = self.at
        if not self.text[start:stop].strip():
            self.put("OPERATOR", total, at=begin, end=below)
            self.region(below, bottom)
            self.put("CLOSE", "}", at=bottom, end=after)
            return
        self.put("DERIVATIVE", total, at=begin, end=start)
        self.region(start, stop)
        self.put("OVER", "/", at=stop, end=below)
        self.region(below, bottom)
        self.put("CLOSE", "}", at=bottom, end=after)

    def slashed(self) -> bool:
        """∂l/∂w and dl/dw on one line."""
        match = _SLASHED.match(self.text, self.at, self.end)
        if not match or not re.fullmatch(r"[\w\\{}^'()\[\], ]*", match[2]) or (match[1][0] == "d" and self.at and self.text[self.at - 1].isalpha()):
            return False
        start, stop, below = match.start(2), match.end(2), match.end()
        bottom = self.name_end(below)
        if bottom == below or self.text[start:stop].count("{") != self.text[start:stop].count("}"):
            return False
        self.derived(start, stop, below, bottom, bottom, match[1] in ("d", "\\mathrm{d}"))
        return True

    def name_end(self, at: int) -> int:
        """Where the name at a place ends."""
        inner = self.nested(at, self.end)
        inner.at = inner.skip(at)
        try:
            if not inner.letter() and self.text[inner.at : inner.at + 1] == "{":
                inner.brace()
        except Unreadable:
            return at
        place = inner.at
        bracket = re.compile(r"\[\s*\w+(?:\s*,\s*\w+)*\s*\]").match(self.text, place, self.end)
        return bracket.end() if bracket and inner.pieces else place if inner.pieces else at

    def partial(self, end: int) -> None:
        """∂ as an operator: ∂l/∂w, or ∂_w l."""
        if self.slashed():
            return
        if self.text[self.skip(end) : self.skip(end) + 1] == "_":
            self.nabla(end)
            return
        raise self.error("∂ stands alone", expected=["\\frac{\\partial l}{\\partial w}"])

    def nabla(self, end: int) -> None:
        """∇_W l."""
        begin, place = self.at, self.skip(end)
        if self.text[place : place + 1] == "_":
            start, stop, after = self.argument(place + 1)
        else:
            start, stop = place, self.name_end(place)
            after = stop
        if stop == start:
            raise self.error("∇ needs the name of what is varied", expected=["\\nabla_W l"])
        loss = re.compile(r"(?:\s|\\[,;:! ])*(?:\\(?:mathcal|mathrm|mathscr)\s*\{\s*([A-Za-z])\s*\}|\\(ell)(?![a-zA-Z])|([A-Za-z])(?![A-Za-z_^']))").match(self.text, after, self.end)
        name = next(filter(None, loss.groups()), "") if loss else ""
        self.put("DERIVATIVE", False, at=begin, end=start)
        if loss and name and self.vocabulary.losses_of(name):
            self.put("NAME", replace(spelled(name, loss.start()), at=loss.start()), at=loss.start(), end=loss.end())
            after = loss.end()
        else:
            shown = self.vocabulary.network.loss_name
            self.put("NAME", Written(shown, exact=True, shown=shown, at=begin), at=begin, end=start)
        self.put("OVER", "/", at=start, end=start)
        self.region(start, stop)
        self.put("CLOSE", "}", at=after, end=after)

    # Σ

    def big(self, operator: str, end: int) -> None:
        """Σ, max or min with their limits."""
        begin, lower, upper, place = self.at, "", "", self.skip(end)
        while self.text[place : place + 1] in ("_", "^") and place < self.end:
            start, stop, after = self.argument(place + 1)
            if self.text[place] == "_":
                lower = script_text(self.text[start:stop])
            else:
                upper = script_text(self.text[start:stop])
            place = self.skip(after)
        limits = limits_of(lower, upper)
        if limits is None:
            raise self.error(f"cannot read the limits {lower[:40]!r} of this {operator}", begin, fix="write a letter, k=1 or k \\neq j below it")
        self.put("BIG", (operator, limits), at=begin, end=place)

    # Matrices and cases

    def environment(self, end: int) -> None:
        """A matrix, cases, or an aligned block inside a formula."""
        start, stop, after = self.argument(end)
        name = self.text[start:stop].rstrip("*")
        close = self.environment_end(after, self.text[start:stop])
        if name == "array":
            after = self.argument(after)[2]
        if name.endswith("matrix") or name == "array":
            self.table("MATRIX", after, close)
        elif name.endswith("cases"):
            self.cases(after, close)
        elif name in ("aligned", "split", "gathered"):
            self.region(after, close)
        else:
            raise self.error(f"the environment {name[:40]} is not known", fix="write pmatrix, bmatrix, cases or aligned")
        self.at = self.text.find("}", close) + 1

    def environment_end(self, at: int, name: str) -> int:
        """Where \\end of the environment stands."""
        depth = 1
        for match in re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}").finditer(self.text, at, self.end):
            depth += 1 if match[1] == "begin" else -1
            if not depth:
                return match.start()
        raise self.error(f"\\begin{{{name[:40]}}} is not closed", expected=[f"\\end{{{name[:40]}}}"])

    def cells(self, start: int, end: int) -> list[list[tuple[int, int]]]:
        """The cells of a table, row by row."""
        rows: list[list[tuple[int, int]]] = [[]]
        depth, place, begin = 0, start, start
        while place < end:
            two = self.text[place : place + 2]
            if two == "\\\\" and not depth:
                rows[-1].append((begin, place))
                rows.append([])
                row = re.compile(r"\[[\d.]+\s*(?:pt|em|ex|mm|cm)\]").match(self.text, place + 2, end)
                place = begin = row.end() if row else place + 2
                continue
            if two.startswith("\\"):
                deeper = re.compile(r"\\(begin|end)\s*\{").match(self.text, place, end)
                depth += 0 if not deeper else 1 if deeper[1] == "begin" else -1
                place += 2
                continue
            depth += (two[0] == "{") - (two[0] == "}")
            if two[0] == "&" and not depth:
                rows[-1].append((begin, place))
                begin = place + 1
            place += 1
        rows[-1].append((begin, end))
        return [row for row in rows if any(self.text[a:b].strip() for a, b in row)]

    def table(self, kind: str, start: int, end: int) -> None:
        """The cells of a matrix."""
        self.put(kind, "matrix", end=start)
        for place, row in enumerate(self.cells(start, end)):
            if place:
                self.put("ROW", "\\\\", at=row[0][0], end=row[0][0])
            for column, (begin, stop) in enumerate(row):
                if column:
                    self.put("CELL", "&", at=begin, end=begin)
                self.region(begin, stop)
        self.put("CLOSE", "}", at=end, end=end)

    def cases(self, start: int, end: int) -> None:
        """Values with conditions."""
        self.put("CASES", "cases", end=start)
        for place, row in enumerate(self.cells(start, end)):
            if place:
                self.put("ROW", "\\\\", at=row[0][0], end=row[0][0])
            self.case(row)
        self.put("CLOSE", "}", at=end, end=end)

    def case(self, row: list[tuple[int, int]]) -> None:
        begin, stop = row[0]
        if len(row) == 1:
            cut = re.compile(r",|\\text\{\s*(?:if|for|when|otherwise|else)|\\q?quad").search(self.text, begin, stop)
            if not cut:
                raise self.error("a case needs a condition", begin, expected=["&"])
            row = [(begin, cut.start()), (cut.start() + (cut[0] == ","), stop)]
        value_end = row[0][1]
        while value_end > row[0][0] and self.text[value_end - 1] in " ,\n":
            value_end -= 1
        self.region(row[0][0], value_end)
        begin, stop = row[1][0], row[-1][1]
        self.put("CELL", "&", at=begin, end=begin)
        words = re.compile(r"(?:\s|\\q?quad|\\[,;: ]|,|\\(?:text|mathrm|textrm|mbox)\{\s*(?:if|for|when|falls|wenn)\s*~?\s*\}|\b(?:if|for)\b|\\(?:mathrm|rm)\s+if)*").match(self.text, begin, stop)
        begin = words.end() if words else begin
        while stop > begin and self.text[stop - 1] in " ,.;\n":
            stop -= 1
        if re.compile(r"(?:\\(?:text|mathrm|textrm|mbox)\{\s*)?(?:otherwise|else|sonst)").match(self.text, begin, stop):
            self.put("OTHERWISE", "otherwise", at=begin, end=stop)
        else:
            worded = re.compile(r"\\(?:text|mbox)\{\s*(?:if|for)\s+([^{}]*)\}").match(self.text, begin, stop)
            self.region(*(worded.span(1) if worded else (begin, stop)))
        self.at = row[-1][1]

    # Names

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
        match = _COMMAND.match(self.text, at, self.end)
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
            if whole and (self.vocabulary.knows(piece) if width == len(word) else self.vocabulary.means(piece, final=False)):
                return replace(spelled(piece, at), at=at), at + width
        if word[0] == "d" and word[1:2] in self.vocabulary.letters and not word[2:3].isalpha() and not self.vocabulary.taken("d"):
            return Written(word[:2], shown=word[:2], at=at), at + 2
        return replace(spelled(word[0], at), at=at), at + 1

    def dressed(self, name: str, end: int, at: int) -> tuple[Written, int] | None:
        """\\mathbf{W}, \\hat y, \\text{ReLU}: the name inside."""
        start, stop, after = self.argument(end)
        inner = self.text[start:stop].strip()
        if inner in ("1", "𝟏", "I") and name in FONTS and self.special(inner, at, after):
            return Written("", at=at), self.at
        word = re.sub(r"[\s~\\,]", "", inner) if name in ("text", "operatorname", "mathrm", "mbox", "textrm", "textsf", "mathsf", "mathit") else ""
        if word.replace("_", "").isalnum() and len(word) > 1 and (self.vocabulary.knows(word) or not re.fullmatch(r"[A-Za-z]\w?", word)):
            return replace(spelled(word, at), at=at), after
        nested = self.nested(start, stop).run() if inner else []
        if len(nested) == 1 and nested[0].kind in ("NAME", "FUNCTION_NAME"):
            value = nested[0].value
            written = value if isinstance(value, Written) else spelled(value.word, at)
            return (replace(written, accent=ACCENTS[name], exact=False, at=at) if name in ACCENTS else replace(written, at=at)), after
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
            stop = self.text.find("\\}", match.end(), self.end) if sign == "\\{" else closing(self.text, match.end() - 1, self.end)
            start, behind = match.end(), stop + (2 if sign == "\\{" else 1)
        inner = self.text[start:stop] if stop > start else ""
        if not re.search(r"[<>=]|\\(?:ge|le|neq?|gt|lt)", inner):
            return False
        stripped = re.compile(r"\s*(?:\\\{|\[|\()?(.*?)(?:\\left|\\right)?\s*(?:\\\}|\]|\))?\s*", re.DOTALL).fullmatch(self.text, start, stop)
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
        if word is not None and ((calls and (not taken or argument)) or written.primes or (function_name(word, self.vocabulary.network) is not None and not taken)):
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
            wrapped = re.compile(r"\s*(?:\\left\s*)?\(").match(self.text, start, stop) and re.compile(r".*\)\s*", re.DOTALL).fullmatch(self.text, start, stop)
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
                if text in ("new", "neu", "next"):
                    written = replace(written, updated=True)
                else:
                    written = replace(written, sub=(*written.sub, *parts(text)), exact=False)
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
        turned = text.endswith(("⊤", "T")) and len(text) > 1 or text.startswith(("⊤", "T(", "T["))
        core = text.removeprefix("⊤").removesuffix("⊤").removesuffix("T").removeprefix("T") if turned else text
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
    text = re.sub(r"\\(?:text|mathrm|mathbf|mathit|mathsf|boldsymbol|operatorname|textrm|textit|mathcal|rm|bf)(?![a-zA-Z])\s*", "", text)
    text = re.sub(r"\\(?:left|right|displaystyle|limits|big[lr]?|Big[lr]?)(?![a-zA-Z])|\\[,;:! ]|~", "", text)
    text = re.sub(r"\\prime(?![a-zA-Z])", "′", text)
    text = re.sub(r"\\(?:neq|ne)(?![a-zA-Z])", "≠", text)
    text = re.sub(r"\\in(?![a-zA-Z])", "∈", text)
    text = re.sub(r"\\(?:cdot|bullet)(?![a-zA-Z])", "·", text)
    text = re.sub(r"\\(?:l|r)angle(?![a-zA-Z])", lambda match: "⟨" if "l" in match[0][:2] else "⟩", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda match: GREEK.get(VARIANTS.get(match[1], match[1]), match[1]), text)
    return re.sub(r"[\s{}\\]", "", text)
