"""The checker of one network: claims in, verdicts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphbp.check.claim import Claim, Unreadable
from graphbp.check.decide import Decider, leaves_at
from graphbp.check.finding import Finding
from graphbp.check.lines import Derivation, Graded, about
from graphbp.check.truth import World
from graphbp.check.verdict import LineVerdict, Outcome, Verdict
from graphbp.network import Network
from graphbp.notation.tree import Equation


class Checker:
    """Judges claims about one network; what it computed for one claim serves the next.

        >>> from graphbp.network import Network
        >>> net = Network()
        >>> w, x = net.parameter("w"), net.input("x")
        >>> _ = net.loss("l", w * x)
        >>> Checker(net).check("dl/dw = x").outcome
        'right'
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.world = World(network)
        self.decider = Decider(self.world)

    def check(self, text: str, level: int = 2) -> Verdict:
        """The verdict on a claim as a person wrote it."""
        from graphbp.check.reading import read_claim

        try:
            claim = read_claim(text, self.network)
        except Unreadable as error:
            return unreadable(text, error, level)
        return self.judge(claim, level)

    def judge(self, claim: Claim, level: int = 2) -> Verdict:
        """The verdict on a claim that is read already."""
        graded = Derivation(self.decider, claim).grade()
        lines = tuple(self._line(item, level) for item in graded)
        outcome = _overall(lines)
        first = next((line for line in lines if line.outcome == "wrong" and not line.follows), None)
        first = first or next((line for line in lines if line.outcome == "wrong"), None)
        shown = first or next((line for line in lines if line.outcome == outcome), lines[-1])
        of, wrt = (shown.of, shown.wrt) if len(lines) == 1 else _last_about(lines)
        return Verdict(
            text=claim.text,
            outcome=outcome,
            lines=lines,
            of=of,
            wrt=wrt,
            first_wrong=first.n if first else None,
            evidence=_evidence(outcome, shown, lines),
            mistake=first.mistake if first else None,
            condition="; ".join(dict.fromkeys(line.condition for line in lines if line.condition)),
            reason=shown.reason if outcome in ("undecided", "wrong") else "",
            note=shown.note if len(lines) == 1 else "",
            correct=first.correct if first else (),
            level=level,
            claim=claim,
        )

    def _line(self, graded: Graded, level: int) -> LineVerdict:
        found = graded.findings[graded.wrong] if graded.wrong is not None else graded.worst
        of, wrt = about(graded.left)
        conditions = dict.fromkeys(item.condition for item in graded.findings if item.condition)
        mistake = None
        correct: tuple[Equation, ...] = ()
        if found.outcome == "wrong" and not graded.follows and graded.wrong is not None:
            from graphbp.check.diagnose import diagnosed

            mistake = diagnosed(self.decider, graded.relations[graded.wrong], found)
            if level >= 3:
                from graphbp.check.correct import corrected

                correct = corrected(self.decider, graded.relations[graded.wrong], found)
        return LineVerdict(
            n=graded.line.n,
            text=graded.line.text,
            outcome=found.outcome,
            follows=graded.follows,
            mistake=mistake,
            evidence=_clean(found),
            condition=" and ".join(conditions),
            reason=found.reason,
            note=found.note,
            of=of,
            wrt=wrt,
            correct=correct,
        )


def _clean(found: Finding) -> Mapping[str, Any]:
    """The evidence as data; of a claim of another shape both sides at one point."""
    if found.evidence.get("kind") != "shape" or found.cloud is None:
        return dict(found.evidence)
    claimed, true = (None if side is None else side[0].tolist() for side in (found.claimed, found.true))
    return {"kind": "counterexample", "at": leaves_at(found.cloud, 0), "claimed": claimed, "true": true}


def _overall(lines: Sequence[LineVerdict]) -> Outcome:
    outcomes = {line.outcome for line in lines}
    order: tuple[Outcome, ...] = ("wrong", "undecided", "right_if", "right")
    return next((outcome for outcome in order if outcome in outcomes), "undecided")


def _last_about(lines: Sequence[LineVerdict]) -> tuple[str, str]:
    last = next((line for line in reversed(lines) if line.wrt), lines[-1])
    return last.of, last.wrt


def _evidence(outcome: Outcome, shown: LineVerdict, lines: Sequence[LineVerdict]) -> Mapping[str, Any]:
    """The weakest evidence of all lines of a right claim; else that of the line that decides."""
    if outcome not in ("right", "right_if"):
        return shown.evidence
    kinds = [line.evidence for line in lines if line.evidence]
    sampled = [item for item in kinds if item.get("kind") == "sampled"]
    if sampled:
        return {
            "kind": "sampled",
            "points": min(item["points"] for item in sampled),
            "max_relative_error": max(item["max_relative_error"] for item in sampled),
        }
    return next((item for item in kinds if item.get("kind") == "values"), kinds[-1] if kinds else {"kind": "proved"})


def unreadable(text: str, error: Unreadable, level: int) -> Verdict:
    """The verdict on a claim that cannot be read: where, what was expected, what may have been meant."""
    evidence = {
        "kind": "position",
        "line": error.line,
        "column": error.column,
        "expected": list(error.expected),
        "readings": list(error.readings),
    }
    return Verdict(text, "unreadable", evidence=evidence, reason=str(error), note=error.picture(), level=level)
