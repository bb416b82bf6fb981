"""graphbp check on the command line: exit status, formats, files."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner, Result

from graphbp.cli import cli

ROOT = Path(__file__).parent.parent.parent
RIGHT = "dl/dw1 = (y - t)*y*(1 - y)*x1"
WRONG = "dl/dw1 = (y - t)*x1"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["check", *words])


def test_the_exit_status_tells_the_verdict() -> None:
    assert run("one-neuron", RIGHT).exit_code == 0
    assert run("one-neuron", WRONG).exit_code == 1
    assert run("one-neuron", "nonsense(").exit_code == 1
    assert run("one-neuron").exit_code == 2


def test_json_holds_what_programs_need() -> None:
    data = json.loads(run("one-neuron", WRONG, "--format", "json").output)
    (claim,) = data["claims"]
    assert not data["ok"]
    assert (claim["of"], claim["wrt"], claim["outcome"], claim["first_wrong"]) == ("l", "w1", "wrong", 1)
    assert claim["mistake"]["kind"] == "missing-activation-derivative"
    assert claim["correct"] is None
    keys = {
        "text",
        "of",
        "wrt",
        "outcome",
        "lines",
        "first_wrong",
        "evidence",
        "mistake",
        "hint",
        "correct",
        "points",
        "max_points",
    }
    assert keys <= set(claim)


def test_hints_by_level() -> None:
    shown = [run("one-neuron", WRONG, "--hint", str(level)).output for level in range(4)]
    assert "where:" not in shown[0] and "where:" in shown[1]
    assert "mistake:" not in shown[1] and "mistake:" in shown[2]
    assert "correct:" not in shown[2] and "correct:" in shown[3]


def test_a_verdict_is_written_as_a_document(tmp_path: Path) -> None:
    for ending in ("pdf", "md", "html"):
        path = tmp_path / f"verdict.{ending}"
        assert run("one-neuron", WRONG, "-o", str(path)).exit_code == 1
        assert path.stat().st_size > 200


def test_claims_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "claims.txt"
    path.write_text(f"{RIGHT}\n\n{WRONG}\n")
    data = json.loads(run("one-neuron", "--claims", str(path), "--format", "json").output)
    assert [claim["outcome"] for claim in data["claims"]] == ["right", "wrong"]


def test_the_readme_shows_what_is_printed() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command, shown = re.findall(r'\$ graphbp check two-layer "(.*?)"\n(.*?)```', text, re.DOTALL)[0]
    assert run("two-layer", command).output == shown
