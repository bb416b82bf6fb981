"""JSON: the schema, claims that a program can evaluate, numbers that any reader takes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from graphbp import formats
from graphbp.document.tree import Document, Record
from graphbp.formats.json.document import ClaimWriter
from graphbp.notation.evaluate import evaluate
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import Equation, Number, Symbol
from tests.formats.golden import document_of

KEYS = ["id", "rule", "node", "claim", "latex", "reason", "uses", "numbers", "evidence", "letters",
        "lowest", "where"]  # fmt: skip


def data_of(document: Document) -> dict[str, Any]:
    """The file, read again."""
    made: dict[str, Any] = json.loads(formats.render(document, "json"))
    return made


@pytest.mark.parametrize("name", ["two-layer", "lecture-d3", "affine-softmax", "lecture-c1", "lecture-e4"])
def test_schema(name: str) -> None:
    data = data_of(document_of(name))
    assert list(data) == ["title", "loss", "network", "steps"]
    assert data["loss"] == "l"
    known = {step["id"] for step in data["steps"]}
    for step in data["steps"]:
        assert list(step) == KEYS
        assert set(step["uses"]) <= known
        assert step["evidence"]["kind"] in ("difference", "digits", "proved", "sampled", "given")


def test_a_claim_is_a_chain_up_to_its_number() -> None:
    steps = {step["id"]: step for step in data_of(document_of("two-layer"))["steps"]}
    assert re.fullmatch(r"dl/dw5 = a1 \* dl/dz3 = [\d.]+ \* \(-[\d.]+\) = -[\d.]+", steps["3"]["claim"])
    assert list(steps["3"]["numbers"]) == ["dl/dw5", "a1", "dl/dz3"]


@pytest.mark.parametrize("name", ["two-layer", "lecture-d3", "one-neuron"])
def test_every_side_of_a_claim_has_the_value_of_its_left_side(name: str) -> None:
    """An independent reading: names and gradients are looked up, all else is computed."""
    for step in data_of(document_of(name))["steps"]:
        left, *rights = step["claim"].split(" = ")
        if left not in step["numbers"]:
            continue
        env = {key.replace("/", "_"): value for key, value in step["numbers"].items()}
        for right in rights:
            text = re.sub(r"d(\w+)/d(\w+)", r"d\1_d\2", right)
            if "'" in text or "d(" in text or any(name not in env for name in re.findall(r"[A-Za-z]\w*", text)):
                continue
            assert float(evaluate(parse_formula(text), env)) == pytest.approx(
                step["numbers"][left], rel=2e-3, abs=1e-12
            )


def test_numbers_that_json_cannot_hold_are_words() -> None:
    record = Record(
        "1", "number", "x", Equation(Symbol("x"), (Number(1),)), (), values=(("x", [float("nan"), float("-inf")]),)
    )
    assert data_of(Document(("t",), (), records=(record,)))["steps"][0]["numbers"] == {"x": ["nan", "-inf"]}


def test_products_of_numbers_are_airy_and_products_of_names_are_not() -> None:
    writer = ClaimWriter()
    assert writer.write(Equation(Symbol("d"), (parse_formula("a1*(1 - a1)"),))) == "d = a1*(1 - a1)"
    assert writer.write(Number(0.25) * Number(3.0)) == "0.25 * 3"
