"""Verdicts as text, JSON, JUnit XML and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from graphbp.check.hints import shown_place
from graphbp.check.verdict import LineVerdict, Verdict

WORDS = {
    "right": "right",
    "right_if": "right if",
    "wrong": "wrong",
    "undecided": "undecided",
    "unreadable": "unreadable",
}
SIGNS = {"right": "✓", "right_if": "✓", "wrong": "✗", "undecided": "?", "unreadable": "!"}


def as_json(verdicts: Sequence[Verdict]) -> str:
    """All verdicts as one JSON object."""
    data = {"ok": all(verdict.ok for verdict in verdicts), "claims": [plain(verdict.data()) for verdict in verdicts]}
    return json.dumps(data, ensure_ascii=False, indent=2)


def plain(value: Any) -> Any:
    """Numbers that JSON lacks as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def as_text(verdicts: Sequence[Verdict]) -> str:
    """For people: one block for each claim, and a table at the end of many."""
    blocks = ["\n".join(_block(verdict)) for verdict in verdicts]
    if len(verdicts) > 1:
        blocks.append(_summary(verdicts))
    return "\n\n".join(blocks)


def _block(verdict: Verdict) -> Iterator[str]:
    head = (verdict.id and f"{verdict.id}: ") or ""
    if len(verdict.lines) <= 1:
        yield f"{SIGNS[verdict.outcome]} {head}{shortened(verdict.text)}"
    else:
        if head:
            yield head.rstrip(" ")
        width = max(len(shortened(line.text)) for line in verdict.lines)
        for line in verdict.lines:
            yield f"{line.n:>3}  {_sign(line)} {shortened(line.text):<{width}}  {_word(line)}".rstrip()
    yield from (f"  {line}" for line in _said(verdict))


def shortened(text: str, width: int = 160) -> str:
    """A claim on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _sign(line: LineVerdict) -> str:
    return "↳" if line.follows else SIGNS[line.outcome]


def _word(line: LineVerdict) -> str:
    if line.follows:
        return "follows from the lines before"
    return "" if line.outcome == "right" else WORDS[line.outcome]


def _said(verdict: Verdict) -> Iterator[str]:
    """The sentences under a claim."""
    if verdict.outcome == "unreadable":
        yield from f"unreadable: {verdict.reason}".splitlines()
        yield from verdict.note.splitlines()
        return
    yield _outcome(verdict)
    if verdict.note and verdict.ok:
        yield f"note: {verdict.note}"
    if verdict.outcome == "wrong":
        yield from _mistake(verdict)


def _outcome(verdict: Verdict) -> str:
    evidence = verdict.evidence
    kind = evidence.get("kind")
    if verdict.outcome == "undecided":
        return f"undecided: {verdict.reason}"
    how = {
        "proved": " (proved)",
        "values": " (on the network's numbers)",
        "sampled": f" (at {evidence.get('points')} random points)",
    }.get(str(kind), "")
    if verdict.outcome == "right_if":
        return f"right if {verdict.condition}{how}"
    if verdict.outcome == "right":
        return f"right{how}"
    first = (
        f", line {verdict.first_wrong} first"
        if verdict.first_wrong and len(verdict.lines) > 1 and verdict.level
        else ""
    )
    if kind == "counterexample" and not verdict.reason:
        return f"wrong{first}: at a random point it gives {evidence['claimed']:.6g}, and true is {evidence['true']:.6g}"
    return f"wrong{first}" + (
        ": " + verdict.reason if verdict.reason else " on the network's numbers" if kind == "values" else ""
    )


def _mistake(verdict: Verdict) -> Iterator[str]:
    mistake = verdict.mistake
    if verdict.level < 1:
        return
    if mistake is not None and mistake.where:
        yield f"where: {shown_place(mistake.where)}"
    if verdict.level >= 2 and mistake is not None:
        yield f"mistake: {mistake.kind}. {mistake.explanation}"
        if mistake.also:
            yield f"it could also be: {', '.join(mistake.also)}"
    if verdict.level >= 3:
        yield from (f"correct: {line}" for line in verdict.corrections)


def _summary(verdicts: Sequence[Verdict]) -> str:
    counts = {word: sum(verdict.outcome == outcome for verdict in verdicts) for outcome, word in WORDS.items()}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{len(verdicts)} claims: {told}"


COLUMNS = (
    "student",
    "id",
    "text",
    "outcome",
    "condition",
    "first_wrong",
    "mistake",
    "where",
    "points",
    "max_points",
    "reason",
)


def as_csv(verdicts: Sequence[Verdict]) -> str:
    """One row for each claim."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for verdict in verdicts:
        shown = verdict.mistake if verdict.level >= 2 else None
        writer.writerow(
            [
                _cell(verdict.student),
                _cell(verdict.id),
                _cell(verdict.text),
                verdict.outcome,
                verdict.condition,
                verdict.first_wrong or "",
                shown.kind if shown else "",
                shown.where if shown else "",
                _points(verdict.points),
                _points(verdict.max_points),
                _cell(verdict.reason),
            ]
        )
    return out.getvalue().rstrip("\n")


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def as_junit(verdicts: Sequence[Verdict]) -> str:
    """A JUnit report: what is wrong fails, what cannot be read is an error, what is undecided is skipped."""
    failures = sum(verdict.outcome == "wrong" for verdict in verdicts)
    errors = sum(verdict.outcome == "unreadable" for verdict in verdicts)
    skipped = sum(verdict.outcome == "undecided" for verdict in verdicts)
    cases = "\n".join(_case(place, verdict) for place, verdict in enumerate(verdicts, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuite name="graphbp check" tests="{len(verdicts)}" failures="{failures}" '
        f'errors="{errors}" skipped="{skipped}">\n'
        f"{cases}\n</testsuite>"
    )


def _case(place: int, verdict: Verdict) -> str:
    name = _legal(verdict.id or f"{place}: {shortened(verdict.text, 80)}")
    said = "\n".join(line for line in _block(verdict))
    tag = {"wrong": "failure", "unreadable": "error", "undecided": "skipped"}.get(verdict.outcome)
    attributes = f"name={quoteattr(name)} classname={quoteattr(_legal(verdict.student or 'claims'))}"
    if tag is None:
        return f"  <testcase {attributes}/>"
    message = quoteattr(_legal(verdict.mistake.kind if verdict.mistake and verdict.level >= 2 else verdict.outcome))
    return f"  <testcase {attributes}><{tag} message={message}>{escape(_legal(said))}</{tag}></testcase>"


def _legal(text: str) -> str:
    """The text without characters that XML forbids."""
    return "".join(
        char
        if char in "\t\n\r" or 0x20 <= ord(char) <= 0xD7FF or 0xE000 <= ord(char) <= 0xFFFD or ord(char) >= 0x10000
        else "�"
        for char in text
    )


FORMATS: Mapping[str, Callable[[Sequence[Verdict]], str]] = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "csv": as_csv,
}
