"""The course map: every command that it names runs, as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphbp.cli import cli

COURSE = Path(__file__).resolve().parents[2] / "docs" / "course.md"
COMMANDS = sorted(set(re.findall(r"`(graphbp [^`]*)`", COURSE.read_text("utf-8"))))


def test_every_row_of_the_lecture_has_a_document_and_a_picture() -> None:
    rows = [line.split(" | ") for line in COURSE.read_text("utf-8").splitlines() if re.match(r"\| [A-F]\d+ ", line)]
    assert {"A1", "A2", "A3", "A4", "A5", "B1", "B2", "C1", "C2", "D1", "D2", "D3"} <= {row[0][2:] for row in rows}
    assert {f"E{number}" for number in range(1, 9)} <= {row[0][2:] for row in rows}
    for _, _, document, picture in rows:
        assert "graphbp explain" in document
        assert "graphbp draw" in picture


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_writes_its_file(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == [words[-1]]
