"""The command line: what it prints, what it writes, how it refuses."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphbp import __version__, gallery
from graphbp.cli import COMMANDS, main

Capture = pytest.CaptureFixture[str]


class Done:
    """What a command left behind."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def graphbp(monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs a command in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHBP_TRACEBACK", "1")

    def run(*words: str, stdin: str | None = None) -> Done:
        monkeypatch.setattr(sys, "argv", ["graphbp", *words])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return run


def values_of(graphbp, *words: str) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    """The values that a run prints as JSON."""
    return json.loads(graphbp("run", *words, "--format", "json").out)["values"]  # type: ignore[no-any-return]


def test_version_and_help(graphbp) -> None:  # type: ignore[no-untyped-def]
    assert graphbp("--version").out == f"graphbp {__version__}\n"
    shown = graphbp("--help").out
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(graphbp, name: str) -> None:  # type: ignore[no-untyped-def]
    done = graphbp(name, "--help")
    assert done.status == 0
    assert "Examples:\n  graphbp" in done.out or "Examples:\n  eval" in done.out
    assert COMMANDS[name] in " ".join(done.out.split())


def test_unknown_command(graphbp) -> None:  # type: ignore[no-untyped-def]
    done = graphbp("explian", "two-layer")
    assert done.status == 2
    assert "did you mean explain?" in done.err


def test_examples(graphbp, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    lines = graphbp("examples").out.splitlines()
    assert [line.split("  ")[0] for line in lines] == list(gallery.names())
    assert all(line.split("  ")[1] for line in lines)
    assert graphbp("examples", "two-layer").out == gallery.text("two-layer")
    assert graphbp("examples", "two-layer", "--copy", ".").status == 0
    assert (tmp_path / "two-layer.yaml").read_text() == gallery.text("two-layer")
    again = graphbp("examples", "two-layer", "--copy", ".")
    assert (again.status, "exists already" in again.err) == (2, True)
    assert "did you mean two-layer?" in graphbp("examples", "two-layr").err


@pytest.mark.parametrize("words", [(), ("--layers", "2 3 1")])
def test_new_files_run(graphbp, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert graphbp("new", "net.yaml", *words).status == 0
    assert graphbp("run", "net.yaml").status == 0
    assert "exists already" in graphbp("new", "net.yaml").err
    assert graphbp("new", "net.yaml", "--force").status == 0
    assert "cannot read the layers" in graphbp("new", "b.yaml", "--layers", "2").err


def test_run_json_is_the_promised_one(graphbp) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(graphbp("run", "two-layer", "--format", "json").out)
    assert list(made) == ["loss", "values", "gradients"]
    assert made["loss"] == "l"
    assert made["values"].keys() == made["gradients"].keys()
    assert made["gradients"]["l"] == 1
    w5 = made["gradients"]["w5"]
    step = 1e-6
    high, low = (values_of(graphbp, "two-layer", "--set", f"w5={0.7 + sign * step}")["l"] for sign in (1, -1))
    assert abs((high - low) / (2 * step) - w5) < 1e-8


def test_run_with_data(graphbp) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(graphbp("run", "lecture-c1", "--format", "json").out)
    assert made["loss"] == "L"
    assert len(made["examples"]) == 3
    assert made["values"]["L"] == pytest.approx(sum(one["values"]["l"] for one in made["examples"]))
    assert made["gradients"]["w"] == pytest.approx(sum(one["gradients"]["w"] for one in made["examples"]))
    assert "example 3" in graphbp("run", "lecture-c1").out


def test_run_of_open_networks(graphbp) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(graphbp("run", "lecture-d3", "--format", "json").out)
    assert made["loss"] is None
    assert round(made["values"]["y1"], 2) == 0.62
    assert made["gradients"]["z1_1"] is None
    done = graphbp("run", "lecture-e4")
    assert done.status == 2
    assert "have no numbers" in done.err


def test_matrices_in_tables_and_json(graphbp) -> None:  # type: ignore[no-untyped-def]
    net = "inputs: {X: [[1, 2], [3, 4]]}\nparameters: {W: [[1], [0.5]]}\nloss: {l: sum(X @ W)}"
    assert "X     [[1, 2],  [[1, 0.5]," in graphbp("run", "-", stdin=net).out
    made = json.loads(graphbp("run", "-", "--format", "json", stdin=net).out)
    assert made["gradients"]["W"] == [[4], [6]]


def test_numbers_that_are_not_finite(graphbp) -> None:  # type: ignore[no-untyped-def]
    done = graphbp("run", "log(x)", "--set", "x=0", "--format", "json")
    assert done.status == 0
    assert json.loads(done.out)["values"]["l"] == "-inf"
    assert done.err.count("\n") == 1
    assert "not finite" in done.err


def test_values_from_files(graphbp, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "v.json").write_text('{"w": 0.5, "x": 3}')
    np.savez(tmp_path / "v.npz", w=np.array(0.5), x=np.array(3.0))
    for file in ("v.json", "v.npz"):
        assert json.loads(graphbp("run", "w*x", "--values", file, "--format", "json").out)["values"]["l"] == 1.5
    (tmp_path / "bad.json").write_text("[1")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04nothing")
    for file in ("bad.json", "bad.npz", "none.json"):
        done = graphbp("run", "w*x", "--values", file)
        assert done.status == 2
        assert "cannot read" in done.err


def test_seed_changes_only_what_is_drawn(graphbp) -> None:  # type: ignore[no-untyped-def]
    graphbp("new", "net.yaml", "--layers", "2 3 1")
    first, second, third = (values_of(graphbp, "net.yaml", "--seed", seed) for seed in ("1", "2", "1"))
    assert first == third
    assert first["W1"] != second["W1"]
    assert first["x"] == second["x"]


REFUSED = [
    (("run", "nothing.yaml"), "there is no file"),
    (("run", "two-layr"), "did you mean two-layer?"),
    (("run", "."), "is a folder"),
    (("run", "two-layer", "--set", "w1"), "write --set w1=0.3"),
    (("run", "two-layer", "--set", "w1=abc"), "--set w1: 'abc' is not a number"),
    (("run", ""), "no network is named"),
    (("run", "two-layer", "--set", "w99=1"), "there is no input, parameter or target w99"),
    (("run", "sigmoyd(x)"), "did you mean sigmoid?"),
    (("run", "w*x +"), "cannot read"),
    (("explain", "two-layer", "-o", "a.docx"), "unknown ending .docx"),
    (("explain", "two-layer", "-o", "noending"), "has no ending"),
    (("explain", "two-layer", "-o", "none/a.pdf"), "make the folder none first"),
    (("explain", "two-layer", "--wrt", "w55"), "did you mean w5?"),
    (("explain", "two-layer", "--reading", "layr"), "did you mean layer?"),
    (("explain", "two-layer", "--style", "lectur"), "did you mean lecture?"),
    (("explain", "two-layer", "--theme", "drak"), "did you mean dark?"),
    (("explain", "log(x)", "--set", "x=0"), "not finite"),
    (("draw", "two-layer", "-o", "a.bmp"), "unknown ending .bmp"),
    (("draw", "two-layer", "--view", "graf", "-o", "a.svg"), "did you mean graph?"),
    (("ops", "sigmoyd"), "did you mean sigmoid?"),
]


@pytest.mark.parametrize(("words", "expected"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_refusals_are_one_message(graphbp, tmp_path, words, expected) -> None:  # type: ignore[no-untyped-def]
    done = graphbp(*words)
    assert done.status == 2
    assert expected in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


USAGE = [
    (("run",), "Missing argument 'NET'; try graphbp run --help"),
    (("run", "two-layer", "--format", "xml"), "'xml' is not one of 'table', 'json'; try graphbp run --help"),
    (("run", "two-layer", "--nonsense"), "No such option"),
    (("draw", "two-layer"), "Missing option '-o'"),
    (("explain", "two-layer", "--digits", "0"), "try graphbp explain --help"),
    (("nonsense",), "there is no command 'nonsense'"),
]


@pytest.mark.parametrize(("words", "expected"), USAGE, ids=[" ".join(words) for words, _ in USAGE])
def test_bad_usage_is_one_message(graphbp, words, expected) -> None:  # type: ignore[no-untyped-def]
    done = graphbp(*words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert expected in done.err


def test_no_command_shows_help(graphbp) -> None:  # type: ignore[no-untyped-def]
    done = graphbp()
    assert done.status == 2
    assert "Commands:" in done.err + done.out


def test_an_interrupt_is_one_message(graphbp, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def interrupted(source: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("graphbp.api.load", interrupted)
    done = graphbp("run", "two-layer")
    assert (done.status, done.err.strip()) == (130, "graphbp: interrupted")


def test_explain_writes_all_or_nothing(graphbp, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert graphbp("explain", "one-neuron", "-o", "a.typ", "-o", "a.nothing").status == 2
    assert list(tmp_path.iterdir()) == []
    assert graphbp("explain", "one-neuron", "-o", "a.typ", "-o", "a.pdf").status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.typ", "a.pdf"}
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_explain_in_the_terminal(graphbp, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("NO_COLOR", "1")
    done = graphbp("explain", "one-neuron")
    assert done.status == 0
    assert "∂l/∂w₁" in done.out
    assert "\x1b" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.parametrize("ending", ["svg", "pdf", "png", "dot"])
def test_draw_formats(graphbp, tmp_path: Path, ending: str) -> None:  # type: ignore[no-untyped-def]
    assert graphbp("draw", "one-neuron", "-o", f"a.{ending}").status == 0
    assert (tmp_path / f"a.{ending}").stat().st_size > 300


def test_a_formula_is_a_network(graphbp) -> None:  # type: ignore[no-untyped-def]
    done = graphbp("run", "(w*x - t)**2", "--set", "w=0.5", "--set", "x=3", "--set", "t=1", "--format", "json")
    assert json.loads(done.out)["gradients"]["w"] == 3


def test_ops(graphbp) -> None:  # type: ignore[no-untyped-def]
    listing = graphbp("ops").out
    assert "sigmoid" in listing
    page = graphbp("ops", "sigmoid").out
    assert "1/(1 + e⁻ᶻ)" in page
    assert "a·(1 − a)" in page


def test_a_bug_is_one_message_too(graphbp, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("GRAPHBP_TRACEBACK")
    monkeypatch.setattr("graphbp.api.load", lambda source: 1 / 0)
    done = graphbp("run", "two-layer")
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "internal error (ZeroDivisionError: division by zero)" in done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(graphbp, shell: str) -> None:  # type: ignore[no-untyped-def]
    assert "_GRAPHBP_COMPLETE" in graphbp("completion", shell).out


def test_output_is_not_replaced_by_a_file_where_it_is_a_device(graphbp) -> None:  # type: ignore[no-untyped-def]
    assert graphbp("examples").status == 0
    from graphbp.files import write_whole

    write_whole(Path(os.devnull), b"x")
    assert Path(os.devnull).is_char_device()


def test_a_closed_pipe_is_no_error() -> None:
    script = "import sys; from graphbp.cli import main; sys.argv = ['graphbp', 'examples', 'lecture-d3']; main()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.close()
        said = run.stderr.read()
    assert "Traceback" not in said
    assert "error" not in said.lower()


def test_pictures_show_what_is_not_finite(graphbp, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert graphbp("draw", "w*log(x)", "--set", "x=0", "--set", "w=1", "-o", "a.svg").status == 0
    assert (tmp_path / "a.svg").exists()
