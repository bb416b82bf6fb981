"""Matrices and cases of LaTeX."""

from __future__ import annotations

import re

from graphbp.check.reading.latex_fractions import LatexFractions


class LatexTables(LatexFractions):
    """The part of the lexer that reads environments."""

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
            position = re.compile(r"\s*\[[tbc]\]").match(self.text, after, close)
            self.region(position.end() if position else after, close)
        else:
            raise self.error(
                f"the environment {name[:40]} is not known", fix="write pmatrix, bmatrix, cases or aligned"
            )
        self.at = self.text.find("}", close) + 1

    def braced_array(self, at: int) -> None:
        """\\left\\{ \\begin{array}{ll} … \\end{array} \\right.: cases in their old form."""
        after = self.argument(self.argument(at + len("\\begin"))[2])[2]
        close = self.environment_end(after, "array")
        self.cases(after, close)
        self.at = self.text.find("}", close) + 1
        right = re.compile(r"\s*(?:\\right\s*\.|\\right\s*\\\}|\\\})?").match(self.text, self.at, self.end)
        self.at = right.end() if right else self.at

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
        """One value with its condition."""
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
        words = re.compile(
            r"(?:\s|\\q?quad|\\[,;: ]|,|\\(?:text|mathrm|textrm|mbox)\{\s*(?:if|for|when|falls|wenn)\s*~?\s*\}"
            r"|\b(?:if|for)\b|\\(?:mathrm|rm)\s+if)*"
        ).match(self.text, begin, stop)
        begin = words.end() if words else begin
        while stop > begin and self.text[stop - 1] in " ,.;\n":
            stop -= 1
        if re.compile(r"(?:\\(?:text|mathrm|textrm|mbox)\{\s*)?(?:otherwise|else|sonst)").match(self.text, begin, stop):
            self.put("OTHERWISE", "otherwise", at=begin, end=stop)
        else:
            worded = re.compile(r"\\(?:text|mbox)\{\s*(?:if|for)\s+([^{}]*)\}").match(self.text, begin, stop)
            self.region(*(worded.span(1) if worded else (begin, stop)))
        self.at = row[-1][1]
