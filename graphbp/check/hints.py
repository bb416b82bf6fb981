"""What may be said to a learner at each level: 0 nothing, 1 where, 2 which kind of mistake, 3 the correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphbp.check.verdict import Verdict


def hint_text(verdict: Verdict) -> str:
    """The hint of the verdict's level; below 3 it holds nothing of the answer."""
    if verdict.outcome != "wrong" or verdict.level < 1:
        return ""
    parts = [_where(verdict)]
    if verdict.level >= 2 and verdict.mistake is not None:
        parts.append(verdict.mistake.hint or verdict.mistake.explanation)
    if verdict.level >= 3 and verdict.correct:
        parts.append(f"Correct is {verdict.corrections[0]}.")
    return " ".join(part for part in parts if part)


def _where(verdict: Verdict) -> str:
    line = f"Line {verdict.first_wrong}" if verdict.first_wrong and len(verdict.lines) > 1 else "The claim"
    if verdict.place:
        return f"{line} goes wrong at {shown_place(verdict.place)}."
    return f"{line} is not the gradient." if verdict.wrt else f"{line} is not the value."


def shown_place(place: str) -> str:
    """A node or an edge in words.

    >>> shown_place("z1 -> w1")
    'the step from z1 to w1'
    """
    first, arrow, second = place.partition(" -> ")
    return f"the step from {first} to {second}" if arrow else f"node {first}"
