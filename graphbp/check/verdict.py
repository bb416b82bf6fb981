"""What the checker says: outcome, evidence, mistake, line by line; and the same as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from graphbp.check.claim import Claim
    from graphbp.notation.tree import Equation

Outcome = Literal["right", "right_if", "wrong", "undecided", "unreadable"]

GOOD = frozenset({"right", "right_if"})


@dataclass(frozen=True, slots=True)
class Mistake:
    """One way in which the claim went wrong, and the others that would explain it as well.

    `where` is a node ("z1") or an edge in the direction of the gradient ("a1 -> z1").
    """

    kind: str
    where: str
    explanation: str
    also: tuple[str, ...] = ()
    hint: str = ""

    def data(self) -> dict[str, Any]:
        """The mistake as it stands in JSON."""
        return {"kind": self.kind, "where": self.where, "explanation": self.explanation, "also": list(self.also)}


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The verdict on one line of a derivation.

    `follows` tells that a line which is not the truth is right given the learner's own earlier lines.
    """

    n: int
    text: str
    outcome: Outcome
    follows: bool = False
    mistake: Mistake | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    condition: str = ""
    reason: str = ""
    note: str = ""
    of: str = ""
    wrt: str = ""
    correct: tuple[Equation, ...] = ()

    def data(self, hint: int = 3) -> dict[str, Any]:
        """The line as it stands in JSON; below hint 2 without its mistake."""
        mistake = self.mistake.data() if self.mistake and hint >= 2 else None
        return {"n": self.n, "text": self.text, "outcome": self.outcome, "follows": self.follows, "mistake": mistake}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one claim, of one line or of many."""

    text: str
    outcome: Outcome
    lines: tuple[LineVerdict, ...] = ()
    of: str = ""
    wrt: str = ""
    first_wrong: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    mistake: Mistake | None = None
    condition: str = ""
    reason: str = ""
    note: str = ""
    correct: tuple[Equation, ...] = ()
    points: float | None = None
    max_points: float | None = None
    id: str = ""
    student: str = ""
    level: int = 2
    claim: Claim | None = None

    @property
    def ok(self) -> bool:
        """Whether the claim is right, perhaps under a condition that is named."""
        return self.outcome in GOOD

    @property
    def place(self) -> str:
        """The node or edge at which the claim went wrong, "" if it is not known."""
        return self.mistake.where if self.mistake else ""

    @property
    def corrections(self) -> tuple[str, ...]:
        """The corrected lines in the formula language."""
        from graphbp.check.correct import written

        return tuple(written(line) for line in self.correct)

    @property
    def hint(self) -> str:
        """What may be said at the verdict's level of hints: nothing, where, which kind, and the correction."""
        from graphbp.check.hints import hint_text

        return hint_text(self)

    def data(self) -> dict[str, Any]:
        """The verdict as it stands in JSON."""
        shown = self.mistake.data() if self.mistake and self.level >= 2 else None
        found: dict[str, Any] = {
            "text": self.text,
            "of": self.of or None,
            "wrt": self.wrt or None,
            "outcome": self.outcome,
            "lines": [line.data(self.level) for line in self.lines],
            "first_wrong": self.first_wrong if self.level >= 1 else None,
            "evidence": self._evidence() or None,
            "mistake": shown,
            "hint": self.hint or None,
            "correct": "\n".join(self.corrections) if self.level >= 3 and self.correct else None,
            "points": self.points,
            "max_points": self.max_points,
        }
        if self.outcome == "right_if":
            found["condition"] = self.condition
        if self.reason:
            found["reason"] = self.reason
        if self.note:
            found["note"] = self.note
        if self.id:
            found["id"] = self.id
        if self.student:
            found["student"] = self.student
        return found

    def _evidence(self) -> dict[str, Any]:
        """The evidence; below the last hint a counterexample keeps the true number to itself."""
        found = dict(self.evidence)
        if self.level < 3 and found.get("kind") == "counterexample":
            found.pop("factor", None)
        return found
