"""Network files: what is read, what is refused and with which words; nothing but GraphbpError."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphbp import gallery
from graphbp.errors import GraphbpError
from graphbp.importers.yaml_file import load_file, read_network
from graphbp.importers.yaml_tree import Scalar, Table, decode, read_tree
from graphbp.importers.yaml_values import read_literal
from graphbp.network.literals import to_array


def refused(content: bytes | str) -> str:
    """The message with which the file is refused."""
    with pytest.raises(GraphbpError) as caught:
        read_network(decode(content if isinstance(content, bytes) else content.encode(), "net.yaml"), "net.yaml")
    return str(caught.value)


def test_numbers_are_read_by_us() -> None:
    net = read_network("inputs: {a: 1e-3, b: 0.50, c: -2, d: 1/3, e: .5, f: 5., g: +4}\nloss: ~")
    assert [net.arrays[name].item() for name in "abcdefg"] == [0.001, 0.5, -2, 1 / 3, 0.5, 5, 4]
    assert "b: 0.50" in net.canonical()
    assert "d: 1/3" in net.canonical()


def test_yes_and_no_are_names() -> None:
    net = read_network("inputs: {no: 1, on: 2, y: 3}\nnodes: {yes: no + on + y}\nloss: ~")
    assert net.formulas.keys() == {"yes"}


def test_a_list_of_names_is_a_list_of_symbols() -> None:
    net = read_network("inputs: [x, y]\nloss: x*y")
    assert net.missing == ("x", "y")
    assert net.loss_name == "l"


def test_a_node_may_be_the_loss() -> None:
    net = read_network("inputs: {x: 1}\nnodes: {a: x*2, b: a + 1}\nloss: b")
    assert net.graph.output == "b"


def test_all_of_the_format() -> None:
    net = read_network("""
graphbp: 1
title: everything
inputs: {x: {shape: [N, 2]}, v: [[1, 2], [3, 4]]}
parameters: {w: {shape: [2], init: zeros, seed: 3}, lam: 0.1}
targets: {t: 1}
functions: {g: [x], k: [x, y], swish(x): "x*sigmoid(x)", "two(x, y)": "x*y"}
nodes:
  z: x @ w
  a: swish(z)
  m: "v[0, 1] * two(t, lam)"
loss: {l: sum(a**2) + m}
data:
  - {x: [[1, 2]]}
  - {x: [[3, 4], [5, 6]], t: 0}
total: {L: mean(l) + lam*sum(w**2)/2}
learning_rate: 0.5
style: lecture
names: {z: "z_1", a: "a^{(1)}"}
""")
    assert net.shape("z") == ("N",)
    assert len(net.data) == 2
    assert net.functions["swish"].body is not None
    assert net.names.label("a").sup == "(1)"
    again = read_network(net.canonical())
    assert again.canonical() == net.canonical()


def test_line_and_column_of_every_node() -> None:
    net = read_network("inputs:\n  x: 1\nnodes:\n  z: x\nloss: ~", "net.yaml")
    assert str(net.graph["z"].source) == "net.yaml:4:3"


REFUSED: dict[str | bytes, str] = {
    "": "the file is empty",
    "   \n": "the file is empty",
    "# only a comment\n": "the file is empty",
    b"\xff\xfe\x00": "not a text file",
    b"\x89PNG\r\n\x1a\n\x00\x00": "not a text file",
    b"inputs: {x: 1}\x00": "U+0000",
    "inputs: {x\u202e: 1}": "invisible character U+202E",
    "just words": "no network file",
    "- a\n- b": "no network file",
    "inputs: {x: 012}": "loss",
    "inputs: {x: no}\nloss: ~": "'no' is not a number",
    "inputs: {x: 1_000}\nloss: ~": "not a number",
    "inputs: {x: 0x10}\nloss: ~": "not a number",
    "inputs: {x: .inf}\nloss: ~": "not a number",
    "inputs: {x: 1e999}\nloss: ~": "out of range",
    "inputs: {x: 1/0}\nloss: ~": "divides by zero",
    "inputs: {x: [1, ~]}\nloss: ~": "a number for every entry",
    "inputs: {x: []}\nloss: ~": "no entries",
    "input: {x: 1}\nloss: ~": "did you mean inputs?",
    "inputs: {x: {shap: [2]}}\nloss: ~": "did you mean shape?",
    "inputs: {x: {shape: [0]}}\nloss: ~": "not a size",
    "inputs: {x: {shape: 3}}\nloss: ~": "shape must be a list",
    "inputs: {x: 1}\ninputs: {y: 1}\nloss: ~": "'inputs' is defined twice, first on line 1",
    "inputs:\n  x: 1\n  x: 2\nloss: ~": "net.yaml:3:3: 'x' is defined twice, first on line 2",
    "graphbp: 2\nloss: ~": "graphbp: 1",
    "style: nonsense\nloss: ~": "net.yaml:1:8: there is no notation style 'nonsense'",
    "inputs: {x: [1, 2]}\nnodes: {z: x[0, 1]}\nloss: ~": "in quotes",
    "inputs: {x: [1, 2]}\nnodes:\n  z: @x\nloss: ~": "in quotes",
    "inputs: {x: [1, 2]}\nnodes:\n  z: [0, 1]\nloss: ~": "reads a list here",
    "inputs: {x: 1}\nnodes:\n  z: *x\nloss: ~": "in quotes",
    "inputs: {x: 1}\nnodes:\n  z: &x x\nloss: ~": "anchors",
    "inputs: {x: !!python/object/apply:os.system ['true']}\nloss: ~": "tags",
    "inputs: {x: !!int 1}\nloss: ~": "tags",
    "inputs: {x: 1\nloss: ~": "close the bracket that opens on line 1",
    "inputs:\n\tx: 1\nloss: ~": "indent with spaces, not with tabs",
    "inputs: {x: 1}\nnodes:\n  z: 'x\nloss: ~": "close the quotation mark that opens on line 3",
    "inputs: {x: 1}\nnodes:\n  z: x\n   y: 3\nloss: ~": "in the same column",
    "inputs: {x: 1}\nnodes: {z: }\nloss: ~": "z has no formula",
    "inputs: {x: 1}\nnodes: {z: x +}\nloss: ~": "cannot read",
    "inputs: {x: 1}\nnodes: {z: x.__class__}\nloss: ~": "__class__",
    "inputs: {x: 1}\nnodes: {z: \"__import__('os')\"}\nloss: ~": "where a value belongs",
    "inputs: {x: 1}\nloss: {a: x, b: x}": "one name and its formula",
    "inputs: {x: 1}\ngiven: {dl: 1}": "write dl/dz1",
    "inputs: {x: 1}\nfunctions: {f: x}\nloss: ~": "cannot read the function",
    "inputs: {x: ~}\nloss: {l: x}\ndata: [{x: ~}]": "has no number for x",
    "inputs: {x: ~}\nloss: {l: x}\ndata: [{}]": "is empty",
    "inputs: {x: ~}\nloss: {l: x}\ndata: 3": "data must be a list",
    "inputs: {x: {shape: [2], init: zeros, seed: 1.5}}\nloss: ~": "whole number",
    "a: 1\n---\nb: 2": "second document",
    "? {a: 1}\n: 2": "a name must stand before the colon",
    "inputs: {x: " + "[" * 30 + "1" + "]" * 30 + "}\nloss: ~": "nested more than",
    "inputs: {x: " + "[" * 20_000: "nested more than",
    "inputs: {x: 1}\nloss: {l: '" + "(" * 20_000 + "x" + ")" * 20_000 + "'}": "nested",
    "inputs: {x: 1}\nloss: {l: '" + "-" * 20_000 + "x'}": "nested",
    "inputs: {" + "n" * 900 + ": 1}\nloss: ~": "letters",
}


@pytest.mark.parametrize("content", REFUSED, ids=lambda content: repr(content[:40]))
def test_bad_files_are_refused(content: str | bytes) -> None:
    start = time.process_time()
    found = refused(content)
    assert REFUSED[content] in found
    assert "\n" not in found
    assert len(found) < 400
    assert time.process_time() - start < 2


def test_alias_bombs_are_refused_at_the_first_alias() -> None:
    bomb = "a: &a [1, 1]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50))
    assert "anchors" in refused(bomb)


def test_large_arrays_are_refused_before_they_are_made() -> None:
    net = read_network("parameters: {w: {shape: [99999, 99999], init: zeros}}\nloss: ~")
    with pytest.raises(GraphbpError, match="w would need 79998400008 bytes"):
        _ = net.arrays


def test_powers_are_not_computed_while_reading() -> None:
    assert read_network("inputs: {x: 1}\nloss: {l: 9**9**9**9*x}").loss_name == "l"


def test_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(GraphbpError, match="104857600 bytes"):
        load_file(path)


def test_folders_and_forbidden_files(tmp_path: Path) -> None:
    with pytest.raises(GraphbpError, match="is a folder"):
        load_file(tmp_path)
    with pytest.raises(GraphbpError, match="there is no file"):
        load_file(tmp_path / "none.yaml")
    path = tmp_path / "secret.yaml"
    path.write_text("loss: ~")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(GraphbpError, match="cannot read"):
        load_file(path)


def test_literals_behind_set() -> None:
    assert to_array(read_literal("[[1, 2], [3, 4.5]]")).tolist() == [[1, 2], [3, 4.5]]
    for wrong in ("", "~", "x", "{a: 1}", "[1, x]", "&a 1", "0x1"):
        with pytest.raises(GraphbpError):
            read_literal(wrong)


def test_the_tree_keeps_texts() -> None:
    tree = read_tree("a: 'no'\nb: no\nc: ~")
    assert isinstance(tree, Table)
    assert [(item.text, item.plain, item.empty) for _, item in tree.rows.values() if isinstance(item, Scalar)] == [
        ("no", False, False), ("no", True, False), ("~", True, True),
    ]  # fmt: skip


# Fuzzing: whatever comes in, either a network or a GraphbpError comes out.

TEXTS = [gallery.text(name) for name in gallery.names()]


def survives(text: str) -> None:
    """Read the text; only a GraphbpError may be raised."""
    try:
        net = read_network(decode(text.encode("utf-8", "surrogatepass"), "fuzz"), "fuzz")
        read_network(net.canonical())
    except GraphbpError as error:
        assert str(error)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_random_text(text: str) -> None:
    survives(text)


PIECES = st.sampled_from(
    ["{", "}", "[", "]", ": ", "\n", "  ", "-", "- ", "*", "&a", "!!int ", "'", '"', "#", "@", "|", "~", "0", "1e-3",
     "x", "sigmoid(", ")", "**", "loss: ", "nodes:\n", "inputs:\n", "given: ", "shape: ", "\t", "\u202e", "?", "%", "T",
     ",", "max(", "axis=0", "[0, 1]", "data:\n", "total: ", "layers: [dense 2]", "names: ", "functions: "]
)


@given(st.sampled_from(TEXTS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), PIECES), max_size=4))
@settings(max_examples=300, deadline=None)
@example(TEXTS[0], [(0.0, 8, "\n")])
def test_mutated_files(text: str, edits: list[tuple[float, int, str]]) -> None:
    for where, length, piece in edits:
        place = int(where * len(text))
        text = text[:place] + piece + text[place + length :]
    survives(text)


@given(st.lists(PIECES, max_size=25).map("".join))
@settings(max_examples=200, deadline=None)
def test_random_pieces(text: str) -> None:
    survives(text)
