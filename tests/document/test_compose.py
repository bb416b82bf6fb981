"""Documents of the gallery: golden outlines, and what every document must hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphbp import gallery
from graphbp.derive.derive import derive
from graphbp.document.compose import derivation_document
from graphbp.document.text import outline
from graphbp.document.tree import Document, Heading, StepBlock, Table
from graphbp.engine import run
from graphbp.network import Network
from graphbp.notation.prose import Prose, StepRef
from graphbp.notation.tree import Mark

FOLDER = Path(__file__).parent / "golden"
NAMES = ("one-neuron", "two-layer", "lecture-c1", "lecture-d3", "lecture-e4", "chain-rule-two-paths")


def document_of(network: Network, digits: int = 4) -> Document:
    """The document with all the numbers that there are."""
    result = run(network) if network.has_numbers else None
    return derivation_document(derive(network, result=result), result, digits=digits)


def text_of(name: str) -> str:
    """The outline, with rounding errors, which differ between machines, taken out."""
    return re.sub(r"\d·10⁻[⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?<=\| )0$", "ε", outline(document_of(gallery.load(name))), flags=re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_golden_outline(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}.txt").read_text("utf-8")


def test_every_mention_of_a_step_leads_to_one() -> None:
    document = document_of(gallery.load("two-layer"))
    anchors = {step.anchor for step in document.steps()}
    assert anchors
    assert {piece.id for text in _texts(document) for piece in text if isinstance(piece, StepRef)} <= anchors


def _texts(document: Document) -> list[Prose]:
    reasons = [line.reason for step in document.steps() for line in step.lines]
    cells = [cell for block in document.blocks if isinstance(block, Table) for row in block.rows for cell in row]
    return [*reasons, *cells]


def test_every_step_ends_in_a_marked_result_and_has_a_picture() -> None:
    for step in document_of(gallery.load("two-layer")).steps():
        last = step.lines[-1].rights[-1]
        assert isinstance(last, Mark)
        assert last.role == "result"
        assert step.picture is not None


def test_sections_follow_the_numbers_that_there_are() -> None:
    numbers = _headings(document_of(gallery.load("two-layer")))
    symbols = _headings(document_of(gallery.load("lecture-e8")))
    assert {"What is given", "Numerical check", "One update step"} <= set(numbers)
    assert not {"Numerical check", "One update step"} & set(symbols)


def _headings(document: Document) -> list[str]:
    return [str(block.text[0]) for block in document.blocks if isinstance(block, Heading)]


def test_without_numbers_the_same_network_is_written_in_symbols() -> None:
    network = gallery.load("two-layer")
    document = derivation_document(derive(network), None)
    assert all(len(line.rights) == 1 for step in document.steps() for line in step.lines)
    assert not any(isinstance(block, Table) and ("Analytic",) in block.header for block in document.blocks)


def test_a_gradient_that_is_given_stands_without_lines() -> None:
    steps = document_of(gallery.load("lecture-e4")).steps()
    assert [step.lines for step in steps[:2]] == [(), ()]


def test_at_a_kink_the_check_says_so() -> None:
    net = Network("a kink")
    z = net.node("z", net.parameter("w", 1) * net.input("x", 0))
    net.loss("l", "relu(w*0 + z)")
    del z
    found = outline(document_of(net))
    assert "at a kink" not in found

    net = Network("a kink")
    net.parameter("w", 0)
    net.loss("l", "relu(w)")
    found = outline(document_of(net))
    assert "at a kink: chosen value" in found
    assert "the slope is 0 on the left and 1 on the right; 0 is chosen" in found


def test_arrays_too_large_to_print_are_told_by_their_shape() -> None:
    net = Network("large")
    x = net.input("x", [0.5] * 40)
    net.node("y", net.parameter("W", shape=(3, 40), init="xavier") @ x)
    net.loss("l", "sum(y)")
    found = outline(document_of(net))
    assert "Given, but too large to print" in found
    assert "3 × 40" in found


def test_steps_are_unmoved_by_digits() -> None:
    wide = document_of(gallery.load("one-neuron"), digits=8)
    assert [step.anchor for step in wide.steps()] == [
        step.anchor for step in document_of(gallery.load("one-neuron")).steps()
    ]
    assert isinstance(wide.blocks[-1], type(document_of(gallery.load("one-neuron")).blocks[-1]))
    assert all(isinstance(step, StepBlock) for step in wide.steps())


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for network_name in NAMES:
        (FOLDER / f"{network_name}.txt").write_text(text_of(network_name), encoding="utf-8")
