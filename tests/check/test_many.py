"""Many claims: order, isolation, reports, points."""

from __future__ import annotations

import csv
import io
import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import graphbp
from graphbp.api import report_verdicts
from graphbp.check import many
from graphbp.check.checker import Checker
from graphbp.check.verdict import Verdict

RIGHT = "dl/dw1 = (y - t)*y*(1 - y)*x1"
WRONG = "dl/dw1 = (y - t)*x1"


def test_verdicts_come_in_the_order_of_the_claims() -> None:
    net = graphbp.example("one-neuron")
    found = net.check_many([RIGHT, WRONG, "nonsense(", RIGHT, "z = 0.25"])
    assert [verdict.outcome for verdict in found] == ["right", "wrong", "unreadable", "right", "wrong"]
    assert [verdict.data() for verdict in found] == [net.check(verdict.text).data() for verdict in found]


def test_a_crash_is_one_claims_verdict_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Checker.check

    def check(self: Checker, text: str, level: int = 2) -> Verdict:
        if text == "crash":
            os._exit(1)
        if text == "memory":
            raise MemoryError
        return true(self, text, level)

    monkeypatch.setattr(many.Checker, "check", check)
    found = many.Pool(graphbp.example("one-neuron"), 2).run([RIGHT, "crash", "memory", RIGHT, "crash", WRONG])
    assert [verdict.outcome for verdict in found] == ["right", "undecided", "undecided", "right", "undecided", "wrong"]


def test_a_file_of_claims_with_points(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        "claims:\n- {id: a, text: 'dl/dy = y - t', points: 2}\n"
        "- {id: b, student: Ann, lines: ['dl/dz = y - t', 'dl/dw1 = (y - t)*x1'], points: 2, follow_through: 0.5}\n"
    )
    found = graphbp.example("one-neuron").check_many([], [path])
    assert [(verdict.id, verdict.points, verdict.max_points) for verdict in found] == [("a", 2, 2), ("b", 0.5, 2)]


def test_reports_are_well_formed() -> None:
    found = graphbp.example("one-neuron").check_many([RIGHT, WRONG, "<&\x00>"])
    data = json.loads(report_verdicts(found, "json"))
    assert data["ok"] is False and [claim["outcome"] for claim in data["claims"]] == ["right", "wrong", "unreadable"]
    suite = ElementTree.fromstring(report_verdicts(found, "junit"))
    assert suite.attrib["failures"] == "1" and suite.attrib["errors"] == "1"
    rows = list(csv.DictReader(io.StringIO(report_verdicts(found, "csv"))))
    assert [row["outcome"] for row in rows] == ["right", "wrong", "unreadable"]
    assert "3 claims" in report_verdicts(found, "text")
