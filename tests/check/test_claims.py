"""Right claims are right, wrong ones wrong, and their mistakes have names; over many networks."""

from __future__ import annotations

from collections import Counter

import pytest

from graphbp.check.mistakes import KINDS
from tests.check.cases import Case, cases, checker

ALL = list(cases())


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.network}: {case.text}"[:80])
def test_the_verdict_is_right(case: Case) -> None:
    verdict = checker(case.network).check(case.text)
    assert verdict.outcome == case.outcome, (verdict.condition, verdict.reason, verdict.note)
    if case.kind:
        assert verdict.mistake is not None
        assert verdict.mistake.kind == case.kind, verdict.mistake


def test_there_are_enough_claims() -> None:
    counts = Counter(case.outcome for case in ALL)
    assert counts["right"] >= 120 and counts["wrong"] >= 120
    assert len({case.network for case in ALL}) >= 20


def test_there_are_two_claims_for_every_kind_of_mistake() -> None:
    counts = Counter(case.kind for case in ALL)
    assert {kind for kind in KINDS if counts[kind] < 2} == set()


def test_most_mistakes_have_a_name() -> None:
    wrong = [case for case in ALL if case.outcome == "wrong"]
    assert {case.kind for case in wrong} <= {"", *KINDS}
    assert sum(not case.kind for case in wrong) <= len(wrong) / 10
