"""Claims in files: YAML, text, Markdown, LaTeX, CSV and notebooks, one entry for each claim or derivation."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbp.errors import FileProblem, Source, did_you_mean

LARGEST_FILE = 32 * 2**20
DEEPEST = 24
MOST_CLAIMS = 100_000
KEYS = ("id", "text", "lines", "points", "follow_through", "student")


@dataclass(frozen=True, slots=True)
class Entry:
    """One claim of a file: its text, whose it is, and what it is worth.

    `follow_through` is the part of a line's points that a line earns which is right given an earlier mistake.
    """

    id: str
    text: str
    student: str = ""
    points: float | None = None
    follow_through: float | None = None
    source: Source | None = None


def read_claims(path: str | Path) -> tuple[Entry, ...]:
    """All claims of a file, by the file's ending.

    Raises: FileProblem if the file cannot be read or understood.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileProblem(f"{path} is larger than {LARGEST_FILE // 2**20} MB", fix="split it")
        data = path.read_bytes()
    except OSError as error:
        raise FileProblem(f"cannot read {path}: {error.strerror}") from None
    return claims_in(decoded(data, str(path)), path.suffix.lower(), str(path))


def decoded(data: bytes, name: str) -> str:
    """The file's text.

    Raises: FileProblem if it is no UTF-8.
    """
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise FileProblem(
            f"{name} is no UTF-8 text: byte {error.start} is {data[error.start]:#04x}", fix="save it as UTF-8"
        ) from None


def claims_in(text: str, ending: str, name: str = "") -> tuple[Entry, ...]:
    """All claims of a text in the format of an ending (".yaml", ".csv", …).

    >>> [entry.text for entry in claims_in("dl/dw = x\\n\\nz = 3", ".txt")]
    ['dl/dw = x', 'z = 3']
    """
    readers = readers_by_ending()
    if ending not in readers:
        raise FileProblem(f"{name} has the unknown ending {ending or '(none)'}", fix=f"use one of {', '.join(readers)}")
    entries: list[Entry] = []
    for entry in readers[ending](text, name):
        if len(entries) >= MOST_CLAIMS:
            raise FileProblem(f"{name} has more than {MOST_CLAIMS} claims", fix="split it")
        entries.append(entry if entry.id else replace(entry, id=str(len(entries) + 1)))
    if not entries:
        raise FileProblem(f"{name or 'the file'} holds no claim", fix="write equalities such as dl/dw1 = …")
    return tuple(entries)


def readers_by_ending() -> dict[str, Callable[[str, str], Iterator[Entry]]]:
    """The reader of every file ending."""
    return {".yaml": yaml_claims, ".yml": yaml_claims, ".txt": text_claims, ".text": text_claims,
            ".md": markdown_claims, ".markdown": markdown_claims,
            ".tex": tex_claims, ".csv": csv_claims, ".ipynb": notebook_claims, ".json": exported_steps}  # fmt: skip


def exported_steps(text: str, name: str) -> Iterator[Entry]:
    """The steps that `explain -o steps.json` writes."""
    from graphbp.check.steps import step_claims

    yield from (Entry(number, claim, source=Source(name, 1)) for number, claim in step_claims(text, name))


# Text: every paragraph is one claim or derivation


def text_claims(text: str, name: str) -> Iterator[Entry]:
    """The paragraphs of plain text."""
    yield from _paragraphs(text, name, 1)


def _paragraphs(text: str, name: str, first: int) -> Iterator[Entry]:
    block: list[str] = []
    begin = first
    for number, line in enumerate([*text.split("\n"), ""], first):
        if line.strip():
            begin = begin if block else number
            block.append(line)
        elif block:
            joined = "\n".join(block)
            if re.sub(r"(?m)^\s*(?:#|//|%).*$", "", joined).strip():
                yield Entry("", joined, source=Source(name, begin))
            block = []


# Markdown and LaTeX: every display is one derivation

_ENVIRONMENTS = r"equation|align|alignat|gather|eqnarray|multline|displaymath|flalign|math"
_DISPLAY = re.compile(
    rf"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<bracket>.+?)\\\]|\\begin\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}}(?P<environment>.+?)\\end\{{(?P=name)\}}",
    re.DOTALL)  # fmt: skip
_INLINE = re.compile(r"(?<![\\$])\$(?P<inline>[^$\n]+?)\$(?!\$)|\\\((?P<round>.+?)\\\)")
_FENCE = re.compile(
    r"^(?P<fence>```+|~~~+)[ \t]*(?P<language>[\w+-]*)[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE
)
_READABLE = frozenset({"", "text", "txt", "plain", "math", "latex", "tex", "claim", "claims"})


def tex_claims(text: str, name: str) -> Iterator[Entry]:
    """The displays of a LaTeX file; without any, its inline formulas; without these, its paragraphs."""
    body = re.search(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", text, re.DOTALL)
    start, end = body.span(1) if body else (0, len(text))
    clean = re.sub(r"(?<!\\)%[^\n]*", lambda match: " " * len(match[0]), text)
    found = list(_displays(clean, name, start, end)) or list(_inline(clean, name, start, end))
    yield from found or _paragraphs(clean[start:end], name, clean.count("\n", 0, start) + 1)


def _displays(text: str, name: str, start: int, end: int) -> Iterator[Entry]:
    for match in _DISPLAY.finditer(text, start, end):
        inner = next(part for part in (match["dollars"], match["bracket"], match["environment"]) if part is not None)
        if "=" in inner or "\\approx" in inner:
            yield Entry("", _latex(inner), source=_source(text, name, match.start()))


def _inline(text: str, name: str, start: int, end: int) -> Iterator[Entry]:
    for match in _INLINE.finditer(text, start, end):
        inner = match["inline"] or match["round"]
        if "=" in inner:
            yield Entry("", _latex(inner), source=_source(text, name, match.start()))


def _latex(inner: str) -> str:
    """The text of a display such that it is read as LaTeX."""
    inner = inner.strip("\n")
    return inner if re.search(r"\\[A-Za-z]", inner) else f"${inner}$"


def _source(text: str, name: str, place: int) -> Source:
    return Source(name, text.count("\n", 0, place) + 1)


def markdown_claims(text: str, name: str) -> Iterator[Entry]:
    """Displays and fenced blocks; without any, inline formulas; without these, paragraphs with an equality."""
    found: list[tuple[int, Entry]] = []
    # Comments keep their lines, so that places stay what they are.
    text = re.sub(r"<!--.*?(?:-->|\Z)", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL)
    blank = text
    for match in _FENCE.finditer(text):
        if match["language"].lower() in _READABLE and "=" in match["code"]:
            found.append(
                (match.start(), Entry("", match["code"].strip("\n"), source=_source(text, name, match.start("code"))))
            )
        blank = blank[: match.start()] + re.sub(r"[^\n]", " ", match[0]) + blank[match.end() :]
    for match in _DISPLAY.finditer(blank):
        entry = next(_displays(blank, name, match.start(), match.end()), None)
        if entry is not None:
            found.append((match.start(), entry))
    if found:
        yield from (entry for _, entry in sorted(found, key=lambda item: item[0]))
        return
    inline = list(_inline(blank, name, 0, len(blank)))
    yield from inline or (
        _unlisted(entry) for entry in _paragraphs(re.sub(r"(?m)^#.*$", "", blank), name, 1) if "=" in entry.text
    )


def _unlisted(entry: Entry) -> Entry:
    """Without bullets and code marks."""
    return replace(entry, text=re.sub(r"(?m)^\s*(?:[-*+]|\d+[.)])\s+", "", entry.text).replace("`", ""))


# Tables and notebooks


def csv_claims(text: str, name: str) -> Iterator[Entry]:
    """Rows with the columns student, id, text, points, in any order under their names, or in this order."""
    csv.field_size_limit(LARGEST_FILE)
    try:
        rows = [
            row
            for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise FileProblem(f"cannot read the table: {error}", source=Source(name)) from None
    if not rows:
        return
    header = [cell.strip().lower() for cell in rows[0]]
    named = "text" in header or "claim" in header
    columns = (
        header if named else {1: ["text"], 2: ["id", "text"]}.get(len(rows[0]), ["student", "id", "text", "points"])
    )
    for number, row in enumerate(rows[1:] if named else rows, 2 if named else 1):
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        given = {key: cells[key] for key in ("id", "student", "points", "follow_through") if cells.get(key)}
        yield _entry({"text": cells.get("text") or cells.get("claim", ""), **given},
                     Source(name, number))  # fmt: skip


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=lambda sign: (first.count(sign), sign == ","))


def notebook_claims(text: str, name: str) -> Iterator[Entry]:
    """The Markdown cells of a notebook."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise FileProblem("this is no notebook", source=Source(name), fix="save it from Jupyter as .ipynb") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise FileProblem("the notebook has no cells", source=Source(name))
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            source = cell.get("source", "")
            joined = (
                "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else str(source)
            )
            for place, entry in enumerate(markdown_claims(joined, name), 1):
                yield replace(entry, id=f"cell {number}" + (f".{place}" if place > 1 else ""), source=Source(name))


# YAML


def yaml_claims(text: str, name: str) -> Iterator[Entry]:
    """A list of texts and of mappings, under `claims` or alone."""
    tree = _yaml_tree(text, name)
    student = ""
    if isinstance(tree, dict):
        unknown = [key for key in tree if key not in ("claims", "student", "title", "network")]
        if unknown:
            raise FileProblem(
                f"unknown key {unknown[0]!r}",
                source=Source(name),
                fix=did_you_mean(str(unknown[0]), ("claims", "student")) or "write claims: and a list",
            )
        student, tree = str(tree.get("student") or ""), tree.get("claims")
    if not isinstance(tree, list):
        raise FileProblem("there is no list of claims", source=Source(name), fix="write claims: and a list of texts")
    for number, item in enumerate(tree, 1):
        yield _entry({"student": student, **_mapping(item, number, name)}, Source(name))


def _mapping(item: Any, number: int, name: str) -> dict[str, Any]:
    if isinstance(item, str):
        return {"text": item}
    if not isinstance(item, dict):
        raise FileProblem(
            f"claim {number} is no text", source=Source(name), fix="put a formula that holds : or # in quotes"
        )
    unknown = [key for key in item if key not in KEYS]
    if unknown:
        raise FileProblem(f"claim {number} has the unknown key {str(unknown[0])[:60]!r}", source=Source(name),
                          fix=did_you_mean(str(unknown[0]), KEYS) or f"known are {', '.join(KEYS)}")  # fmt: skip
    lines = item.get("lines")
    if lines is not None and not (isinstance(lines, list) and all(isinstance(line, str) for line in lines)):
        raise FileProblem(f"the lines of claim {number} are no list of texts", source=Source(name))
    text = "\n".join(lines) if lines is not None else item.get("text")
    if not isinstance(text, str):
        raise FileProblem(f"claim {number} has no text", source=Source(name), fix="write text: or lines:")
    return {**{key: value for key, value in item.items() if key != "lines" and value is not None}, "text": text}


def _yaml_tree(text: str, name: str) -> Any:
    """Texts, lists and mappings only; nothing is resolved or constructed."""
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
                raise FileProblem(
                    "aliases and deep nesting have no use here",
                    source=_source(text, name, getattr(event.start_mark, "index", 0)),
                )
        # The loader that knows no tags: texts, lists and mappings come out of it, and never an object.
        return yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or "unreadable"
        raise FileProblem(f"this is no YAML: {problem}", source=Source(name, line),
                          fix="put a formula that holds [ ] { } : # or @ in quotes") from None  # fmt: skip
    except RecursionError:
        raise FileProblem("the file is nested too deeply", source=Source(name)) from None


def _entry(fields: dict[str, Any], source: Source) -> Entry:
    numbers = {key: _number(fields[key], key, source) for key in ("points", "follow_through") if key in fields}
    if not 0 <= numbers.get("follow_through", 0) <= 1:
        raise FileProblem("follow_through is a part of the points, from 0 to 1", source=source)
    return Entry(
        str(fields.get("id", "")),
        fields["text"],
        str(fields.get("student", "")),
        numbers.get("points"),
        numbers.get("follow_through"),
        source,
    )


def _number(value: Any, key: str, source: Source) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise FileProblem(f"{key} is no number: {str(value)[:60]!r}", source=source)
    return number
