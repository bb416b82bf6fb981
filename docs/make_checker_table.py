"""Writes docs/checker-table.md: what the checker says of every claim in tests/check/claims.

Run from the root of the repository: python docs/make_checker_table.py
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.check.cases import Case, cases, checker, contents, names  # noqa: E402

PAGE = ROOT / "docs" / "checker-table.md"


def rows(name: str, counts: Counter[str]) -> Iterator[str]:
    """One line of the table for each claim about a network."""
    for case in (case for case in cases() if case.network == name):
        verdict = checker(name).check(case.text)
        said = verdict.outcome.replace("_", " ") + (f" {verdict.condition}" if verdict.condition else "")
        kind = verdict.mistake.kind if verdict.mistake else ""
        also = f" (or {', '.join(verdict.mistake.also)})" if verdict.mistake and verdict.mistake.also else ""
        count(case, verdict.outcome, kind, counts)
        yield f"| `{case.text.replace('|', chr(92) + '|')}` | {said} | {kind}{also} |"


def count(case: Case, outcome: str, kind: str, counts: Counter[str]) -> None:
    """Add one claim to the sums."""
    counts["wrong claims" if case.outcome == "wrong" else "right claims"] += 1
    counts["undecided"] += outcome == "undecided"
    counts["wrong verdicts"] += outcome not in (case.outcome, "undecided")
    counts["kinds named"] += bool(case.kind) and kind == case.kind


def page() -> str:
    """The whole page."""
    counts: Counter[str] = Counter()
    sections: list[str] = []
    for name in names():
        sections += [
            f"## {name}: {contents(name)['about']}",
            "",
            "| claim | verdict | mistake |",
            "| --- | --- | --- |",
            *rows(name, counts),
            "",
        ]
    total = counts["right claims"] + counts["wrong claims"]
    head = [
        "# What the checker says",
        "",
        (
            f"{counts['right claims']} right and {counts['wrong claims']} wrong claims about {len(names())} networks. "
            f"Wrong verdicts: {counts['wrong verdicts']}. The kind of mistake that was made is named first for "
            f"{counts['kinds named']} of the {counts['wrong claims']} wrong claims. "
            f"Undecided: {counts['undecided']} of {total}."
        ),
        "",
        "`python docs/make_checker_table.py` writes this page from `tests/check/claims`.",
        "",
    ]
    return "\n".join([*head, *sections])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
