"""Notebooks: the format that Jupyter reads, and cells that run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphbp import formats
from graphbp.document.tree import Document
from graphbp.formats.ipynb.code import quoted
from tests.document.handmade import document
from tests.formats.golden import document_of


def book_of(thing: Document) -> dict[str, Any]:
    """The notebook, read again."""
    made: dict[str, Any] = json.loads(formats.render(thing, "ipynb"))
    return made


@pytest.mark.parametrize("name", ["one-neuron", "lecture-e4", "affine-softmax"])
def test_the_format(name: str) -> None:
    book = book_of(document_of(name, pictures=True))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in book["cells"]]
    assert len(ids) == len(set(ids))
    for cell in book["cells"]:
        code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | code
        assert all(line.endswith("\n") for line in cell["source"][:-1])


@pytest.mark.parametrize(
    "name", ["one-neuron", "two-layer", "affine-softmax", "lecture-c1", "lecture-e4", "lecture-e7"]
)
def test_all_cells_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for cell in book_of(document_of(name))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "cell", "exec"), names)
    if names["net"].has_numbers:
        said = capsys.readouterr().out
        assert "gradients agree" in said
        for line in (line for line in said.splitlines() if "by differences" in line):
            by_difference, by_backpropagation = (float(word) for word in line.replace(",", "").split() if _number(word))
            assert by_difference == pytest.approx(by_backpropagation, rel=1e-5, abs=1e-8)


def _number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def test_a_document_without_a_network_has_no_code() -> None:
    assert {cell["cell_type"] for cell in book_of(document())["cells"]} == {"markdown"}


@pytest.mark.parametrize("text", ["a: 1\n", 'title: """\n', "a: \\x\n", "no end", "\u202e\n", 'ends with quote"\n'])
def test_the_network_in_the_cell_is_the_network(text: str) -> None:
    names: dict[str, str] = {}
    exec(f"text = {quoted(text)}", names)
    assert names["text"] == text
