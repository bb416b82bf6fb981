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


def test_kinds_that_are_expected_exist() -> None:
    assert {case.kind for case in ALL if case.kind} <= set(KINDS)
