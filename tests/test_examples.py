"""Every file in examples/ and every command in the docs does what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

import graphbp
from graphbp.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "examples").glob("*.yaml"))
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(sh|console|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_run_and_explain(path: Path) -> None:
    net = graphbp.load(path)
    result = net.run()
    assert result.loss is not None
    assert len(net.explain(detail="brief").derivation.steps) > 0


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_run(path: Path, tmp_path: Path) -> None:
    call = [sys.executable, "-W", "error", str(path)]
    run = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout
    assert run.stderr == ""


def blocks(kind: str) -> list[tuple[str, str]]:
    """The blocks of one kind on all pages with the page; claims are tested in tests/cli/test_check.py."""
    found = [(page.name, kind_of, text) for page in PAGES for kind_of, text in BLOCK.findall(page.read_text())]
    about_claims = re.compile(r"graphbp check|^claims:", re.MULTILINE)
    return [(page, text) for page, kind_of, text in found if kind_of == kind and not about_claims.search(text)]


@pytest.mark.parametrize(("page", "text"), blocks("sh"), ids=lambda part: part.splitlines()[0][:50])
def test_shell_blocks_work(page: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that call graphbp are run one after the other; those that install something are not."""
    monkeypatch.chdir(tmp_path)
    for line in (part.strip() for row in text.splitlines() for part in row.split("&&")):
        if line.startswith("graphbp "):
            assert status(shlex.split(line, comments=True), monkeypatch) == 0, f"{page}: {line}"


@pytest.mark.parametrize(("page", "text"), blocks("console"), ids=lambda part: part.splitlines()[0][:50])
def test_console_blocks_print_what_they_show(
    page: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    for call, expected in re.findall(r"^\$ (graphbp .*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        assert status(shlex.split(call), monkeypatch) == 0, f"{page}: {call}"
        assert capsys.readouterr().out == expected, f"{page}: {call}"


@pytest.mark.parametrize(("page", "text"), blocks("yaml"), ids=lambda part: part.splitlines()[0][:50])
def test_files_on_pages_are_networks(page: str, text: str) -> None:
    from graphbp.importers.yaml_file import read_network

    assert len(read_network(text, page).graph) > 0


@pytest.mark.parametrize(("kind", "section"), [("document", "## explain"), ("scene", "## draw")])
def test_every_ending_is_documented(kind: Literal["document", "scene"], section: str) -> None:
    from graphbp import formats

    text = (ROOT / "docs" / "commands.md").read_text().split(section)[1].split("\n## ")[0]
    assert [ending for ending in formats.endings(kind) if f"`{ending}`" not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"`graphbp {name}" in (ROOT / "docs" / "commands.md").read_text()


def status(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status of a command, run in this process."""
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setenv("GRAPHBP_TRACEBACK", "1")
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
