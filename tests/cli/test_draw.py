"""graphbp draw: what its options reach, and what it says of what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphbp
from graphbp.cli.draw import command
from graphbp.errors import UsageError


def run(*words: str) -> None:
    """The command in this process."""
    command.main(list(words), standalone_mode=False)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_descent_takes_parameters_and_steps(folder: Path) -> None:
    run("one-neuron", "--view", "descent", "--wrt", "w1", "--wrt", "w2", "--steps", "2", "-o", "a.svg")
    drawn = (folder / "a.svg").read_text("utf-8")
    assert drawn.count('class="node iterate"') == 3
    assert drawn.count('class="link step"') == 2


@pytest.mark.parametrize("words", [("--wrt", "w1"), ("--steps", "2")])
def test_other_views_have_no_steps(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--view descent"):
        run("one-neuron", "-o", "a.svg", *words)


def test_what_is_left_out_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    run("deep-narrow", "--view", "network", "-o", "a.svg")
    assert "--show values writes them" in capsys.readouterr().err
    run("two-layer", "--view", "network", "-o", "a.svg")
    assert capsys.readouterr().err == ""


def test_values_can_be_asked_for() -> None:
    net = graphbp.example("deep-narrow")
    whole = net.draw("network", show=["values"], fold=0).scene
    values = {label.part for label in whole.labels() if "value" in label.classes}
    assert {f"z{k}" for k in range(1, 11)} <= values
    assert not any("value" in label.classes for label in net.draw("network", show=[]).scene.labels())
