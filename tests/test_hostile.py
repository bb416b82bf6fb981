"""Hostile input over all commands and formats: refused in one message, or plain text; at once, nothing executed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from graphbp import formats, gallery
from graphbp.cli import main

SECONDS = 2.0
DOCUMENTS = sorted(set(formats.endings("document")))
PICTURES = sorted(set(formats.endings("scene")))
COMMANDS = (("run",), ("explain",), ("explain", "-o", "out.typ"), ("draw", "-o", "out.svg"))

NESTED = 20_000
FORMULAS = {
    "nested parentheses": "(" * NESTED + "x" + ")" * NESTED,
    "nested lists": "[" * NESTED + "]" * NESTED,
    "minus signs": "-" * NESTED + "x",
    "nested calls": "exp(" * NESTED + "x" + ")" * NESTED,
    "nested powers": "x**" * NESTED + "x",
    "attributes": "x.__class__",
    "subclasses": "().__class__.__bases__[0].__subclasses__()",
    "imports": "__import__('os').system('touch hacked')",
    "lambdas": "(lambda: x)()",
    "comprehensions": "[x for x in y]",
    "semicolons": "x; import os",
    "backticks": "`touch hacked`",
    "format strings": "{0.__class__}",
    "walrus": "(y := x)",
    "NUL": "x + \0",
    "not a character": "x + \ud800",
    "bidirectional": "x + \u202ey",
    "zero width": "x + w\u200b1",
    "huge index": "x[99999999999999999999]",
    "huge integer": "9" * 5_000 + "*x*exp",
}
"""Formulas that no command accepts."""

FILES = {
    "aliases": "a: &a [1, 1]\n" + "".join(f"b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 60)),
    "merge keys": "inputs: &i {x: 1}\nparameters: {<<: *i}\nloss: {l: x}",
    "tags": "inputs: {x: !!python/object/apply:os.system ['touch hacked']}\nloss: {l: x}",
    "own tags": "inputs: {x: !x 1}\nloss: {l: x}",
    "brackets": "inputs: {x: " + "[" * NESTED + "1" + "]" * NESTED + "}\nloss: {l: x}",
    "blocks": "\n".join(" " * depth + "a:" for depth in range(3_000)),
    "NUL": "inputs: {x: 1}\nloss: {l: x}\0",
    "bidirectional names": "inputs: {x\u202e: 1}\nloss: {l: x}",
    "names in another direction": "inputs: {x: 1}\nnames: {x: 'a\u2066b'}\nloss: {l: x}",
    "memory": "parameters: {w: {shape: [999999, 999999], init: zeros}}\nloss: {l: sum(w)}",
    "formulas in numbers": "inputs: {x: 9**9**9}\nloss: {l: x}",
    "huge exponent": "inputs: {x: 1e999999999}\nloss: {l: x}",
    "self": "nodes: {a: a}\nloss: {l: a}",
    "a picture": "\x89PNG\r\n\x1a\n",
}
"""Network files that no command accepts."""

TITLES = (
    '#read("/etc/passwd")', "#import sys", "$x$ #let a = 1", r"\input{/etc/passwd}", r"\write18{touch hacked}",
    "</svg><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "](javascript:alert(1))", "`rm -rf`",
    "%s %n {0}", "*/ //", '" onload="alert(1)', "&amp;&#0;", "\\", "{{7*7}}", "$(touch hacked)", "${jndi:ldap://x}",
    "<!--", "]]>",
)  # fmt: skip


class Done(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str
    seconds: float


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """Run a command in an empty folder, in this process; nothing may appear in the folder that was not asked for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRAPHBP_TRACEBACK", raising=False)

    def call(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["graphbp", *words])
        start = time.process_time()
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return Done(int(end.value.code or 0), printed.out, printed.err, time.process_time() - start)

    yield call
    left = {path.name for path in tmp_path.iterdir()}
    assert not any(name == "hacked" or name.startswith(".") for name in left)


def assert_refused(done: Done) -> None:
    """One short message, exit status 2, at once, and no confession of a bug."""
    assert done.status == 2, done
    assert done.out == ""
    assert done.err.startswith("graphbp: ")
    assert done.err.count("\n") == 1
    assert len(done.err) < 500
    assert "internal error" not in done.err
    assert not any(ord(char) < 32 and char != "\n" for char in done.err)
    assert "\u202e" not in done.err
    assert done.seconds < SECONDS


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_hostile_formulas_are_refused(call: Callable[..., Done], formula: str, command: tuple[str, ...]) -> None:
    assert_refused(call(command[0], f"w*({formula})", *command[1:]))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_hostile_files_are_refused(call: Callable[..., Done], text: str, command: tuple[str, ...]) -> None:
    Path("net.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    done = call(command[0], "net.yaml", *command[1:])
    assert_refused(done)
    assert os.listdir() == ["net.yaml"]


def test_what_memory_cannot_hold_is_said_in_bytes(call: Callable[..., Done]) -> None:
    Path("net.yaml").write_text(FILES["memory"])
    assert "7999984000008 bytes" in call("run", "net.yaml").err


def test_a_file_of_100_megabytes_is_not_read(call: Callable[..., Done]) -> None:
    with Path("net.yaml").open("wb") as file:
        file.truncate(100 * 2**20)
    for command in COMMANDS:
        assert_refused(call(command[0], "net.yaml", *command[1:]))


HUGE = ("9**9**9**9", "x*9**9**9**9", "2**99999*x", "9e999*x", "1/0*x", "exp(exp(exp(9)))*x")


@pytest.mark.parametrize("formula", HUGE)
def test_huge_numbers_take_no_time(call: Callable[..., Done], formula: str) -> None:
    for command in COMMANDS:
        done = call(command[0], formula, "--set", "x=1", *command[1:]) if "x" in formula else call(command[0], formula)
        assert done.seconds < SECONDS
        assert done.status in (0, 2)
        assert "internal error" not in done.err
        assert "Traceback" not in done.err


def network(title: str, name: str = "") -> str:
    """A small network file with this title and description."""
    quoted = "'" + title.replace("'", "''") + "'"
    names = f"names: {{w: {quoted}}}\n" if name else ""
    return (f"title: {quoted}\ndescription: {quoted}\n{names}inputs: {{x: 2}}\nparameters: {{w: 0.5}}\n"
            "targets: {t: 1}\nloss: {l: (w*x - t)**2}\nlearning_rate: 0.1\n")  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_titles_are_plain_text_in_every_document(call: Callable[..., Done], title: str) -> None:
    Path("net.yaml").write_text(network(title))
    outputs = [word for ending in DOCUMENTS for word in ("-o", f"out{ending}")]
    assert call("explain", "net.yaml", *outputs).status == 0
    text = {ending: Path(f"out{ending}").read_bytes() for ending in DOCUMENTS}
    assert all(text.values())
    assert all(b"root:" not in content for content in text.values())
    assert b"<script>alert" not in text[".html"]
    assert b"<img" not in text[".html"]
    assert b'" onload="alert' not in text[".html"]
    assert rb"\input{/etc" not in text[".tex"]
    assert rb"\write18" not in text[".tex"]
    assert b"<script>alert" not in text[".md"]


@pytest.mark.parametrize("title", TITLES)
def test_titles_are_plain_text_in_every_picture(call: Callable[..., Done], title: str) -> None:
    Path("net.yaml").write_text(network(title))
    outputs = [word for ending in PICTURES for word in ("-o", f"out{ending}")]
    assert call("draw", "net.yaml", *outputs).status == 0
    svg = Path("out.svg").read_text()
    assert "<script>alert" not in svg
    assert "<img" not in svg
    assert '" onload="alert' not in svg


@pytest.mark.parametrize("title", TITLES)
def test_hostile_names_are_refused_or_plain(call: Callable[..., Done], title: str) -> None:
    Path("net.yaml").write_text(network(title, name="w"))
    done = call("explain", "net.yaml", "-o", "out.pdf", "-o", "out.html")
    assert done.status in (0, 2)
    if done.status:
        assert_refused(done)
    else:
        assert b"<script>alert" not in Path("out.html").read_bytes()


INTERRUPTED = """
import os, signal, sys, threading
from graphbp.cli import main
threading.Timer(float(sys.argv.pop(1)), os.kill, (os.getpid(), signal.SIGINT)).start()
main()
"""


@pytest.mark.parametrize("moment", [0.01, 0.1, 0.3, 0.5, 0.8])
def test_an_interrupt_leaves_no_half_written_file_and_no_traceback(tmp_path: Path, moment: float) -> None:
    words = (str(moment), "explain", "relu-mix", "-o", "out.pdf")
    run = subprocess.run([sys.executable, "-c", INTERRUPTED, *words], cwd=tmp_path, capture_output=True, text=True,
                         timeout=60, check=False)  # fmt: skip
    assert "Traceback" not in run.stderr
    assert run.stderr.strip() in ("", "graphbp: interrupted")
    left = [path.name for path in tmp_path.iterdir()]
    assert left in ([], ["out.pdf"])
    assert all((tmp_path / name).read_bytes().rstrip().endswith(b"%%EOF") for name in left)


INTERRUPTED_IN_A_CALLBACK = """
import signal, sys, weakref
from graphbp import cli
class Thing:
    pass
def strike(*_):
    signal.raise_signal(signal.SIGINT)
thing = Thing()
reference = weakref.ref(thing, strike)
command = cli.LazyGroup.get_command
def get(self, ctx, name):
    global thing
    thing = None
    return command(self, ctx, name)
cli.LazyGroup.get_command = get
cli.main()
"""


def test_an_interrupt_inside_a_callback_is_not_lost(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", INTERRUPTED_IN_A_CALLBACK, "explain", "one-neuron", "-o", "out.pdf"],
                         cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert (run.returncode, run.stderr.strip()) == (130, "graphbp: interrupted")
    assert list(tmp_path.iterdir()) == []


def test_files_with_bytes_turned_are_networks_or_refused(call: Callable[..., Done]) -> None:
    rng = random.Random(1)
    whole = gallery.text("two-layer").encode()
    for _ in range(40):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        Path("net.yaml").write_bytes(content)
        done = call("run", "net.yaml")
        assert done.status == 0 or (done.status == 2 and done.err.count("\n") == 1 and "internal error" not in done.err)
