"""Whole derivations as text that a person can review; `python -m tests.derive.test_golden` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbp import engine, gallery
from graphbp.derive.derive import derive
from graphbp.derive.outline import outline

FOLDER = Path(__file__).parent / "golden"
NAMES = (
    "one-neuron",
    "two-layer",
    "lecture-c1",
    "lecture-d3",
    "lecture-e4",
    "chain-rule-one-path",
    "chain-rule-two-paths",
    "affine-softmax",
)


def text_of(name: str) -> str:
    network = gallery.load(name)
    result = engine.run(network) if network.has_numbers else None
    return outline(derive(network, result=result))


@pytest.mark.parametrize("name", NAMES)
def test_derivation(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for network_name in NAMES:
        (FOLDER / f"{network_name}.txt").write_text(text_of(network_name), encoding="utf-8")
