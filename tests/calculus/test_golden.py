"""Derivations as a student reads them; after a change on purpose run this file as a script to write them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbp.calculus.gradient import derive_gradient
from graphbp.calculus.lines import Chain, GradientRule
from graphbp.notation.prose import Prose
from graphbp.notation.unicode import UnicodeWriter
from tests.calculus.samples import everything

FOLDER = Path(__file__).parent / "golden"
CASES = {
    "conv-kernel": ("conv", "K"),
    "conv-image": ("conv", "X"),
    "conv-stride-2-image": ("conv stride 2", "X"),
    "softmax": ("softmax", "x"),
    "layer-norm": ("layer norm", "x"),
    "max-pool": ("max pool", "X"),
    "affine-weights": ("affine", "W"),
    "cross-entropy": ("cross entropy", "x"),
}
WRITER = UnicodeWriter()


def sentence(reason: Prose) -> str:
    """A reason as text."""
    return "".join(piece if isinstance(piece, str) else WRITER.write(piece) for piece in reason)  # type: ignore[arg-type]


def chain_text(chain: Chain) -> str:
    """A chain, a line each, the reason under it."""
    lines = [f"  = {WRITER.write(line.expr)}\n        {line.rule}: {sentence(line.reason)}" for line in chain.lines]
    return "\n".join([WRITER.write(chain.left), *lines])


def rule_text(rule: GradientRule) -> str:
    """All chains of a rule in the order in which they are read."""
    chains = [chain for stage in rule.stages for chain in (*stage.lemmas, stage.chain)]
    texts = [chain_text(chain) for chain in (*chains, *rule.lemmas, rule.chain)]
    helpers = [f"{helper.name} = {WRITER.write(helper.body)}" for helper in rule.helpers]
    return "\n\n".join([*texts, *helpers]) + "\n"


def derived(name: str) -> str:
    """The text of a case."""
    sample, wrt = CASES[name]
    return rule_text(derive_gradient(everything()[sample], wrt))


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    assert derived(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        (FOLDER / f"{case}.txt").write_text(derived(case), encoding="utf-8")
