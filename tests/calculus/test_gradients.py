"""Every gradient of every sample, each line against difference quotients and against its neighbour."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from graphbp.calculus.gradient import derive_gradient
from graphbp.calculus.lines import GradientRule
from graphbp.calculus.verify import verify
from graphbp.errors import UsageError
from graphbp.notation.unicode import UnicodeWriter
from tests.calculus.samples import affine_rows, everything

CASES = [(name, wrt) for name, definition in everything().items() for wrt in definition.shapes]

LAYERS = {
    ("affine", "X"): "G·Wᵀ",
    ("affine", "W"): "Xᵀ·G",
    ("affine", "b"): "Σ_(rows) G",
    ("conv", "K"): "X ⋆ G",
    ("conv", "X"): "pad_(2:2,3:3)(G) ⋆ K̃",
    ("conv stride 2", "X"): "pad_(1:2,2:3)(dilate₂(G)) ⋆ K̃",
    ("conv transpose", "x"): "G ⋆₂ K",
    ("max pool", "X"): "repeat_(2×2)(G) ⊙ mask",
    ("average pool", "X"): "repeat_(2×2)(G)/4",
    ("softmax", "x"): "p ⊙ (G − Gᵀ·p)",
    ("softmax rows", "S"): "P ⊙ (G − Σ_(columns) G ⊙ P)",
    ("causal softmax", "S"): "P ⊙ (G − Σ_(columns) G ⊙ P)",
    ("cross entropy", "x"): "G·(p − t)",
    ("layer norm", "x"): "(G − Σₐₗₗ G/n − (Gᵀ·y)·y/n)/r",
    ("unit vector", "x"): "(G − (Gᵀ·u)·u)/r",
    ("parametric relu", "alpha"): "Σ_(rows) G ⊙ [X ≤ 0] ⊙ X",
    ("concatenation", "y"): "G[3:7]",
    ("flatten", "X"): "reshape_(3×4)(G)",
    ("reverse", "x"): "G̃",
    ("transpose", "X"): "Gᵀ",
}


def gradient(name: str, wrt: str) -> GradientRule:
    """The derived rule of a sample."""
    return derive_gradient(everything()[name], wrt)


@pytest.mark.parametrize(("name", "wrt"), CASES)
def test_every_line_is_true(name: str, wrt: str) -> None:
    checked = verify(gradient(name, wrt))
    assert checked.lines >= 4
    assert checked.error < 1e-7


@pytest.mark.parametrize(("name", "wrt"), LAYERS)
def test_layer_form(name: str, wrt: str) -> None:
    layer = gradient(name, wrt).layer
    assert layer is not None
    assert UnicodeWriter().write(layer) == LAYERS[name, wrt]


@pytest.mark.parametrize(("name", "wrt"), CASES)
def test_no_line_is_repeated_and_every_line_has_a_reason(name: str, wrt: str) -> None:
    rule = gradient(name, wrt)
    for chain in (
        *(lemma for stage in rule.stages for lemma in (*stage.lemmas, stage.chain)),
        *rule.lemmas,
        rule.chain,
    ):
        shown = [UnicodeWriter().write(line.expr) for line in chain.lines]
        assert all(one != other for one, other in pairwise(shown)), shown
        assert all(line.reason for line in chain.lines)
        assert not any("+ −" in text or "1·" in text.replace("11·", "") for text in shown), shown


def test_a_definition_may_itself_be_the_loss() -> None:
    rule = derive_gradient(everything()["cross entropy"], "x", "")
    assert rule.layer is not None
    assert UnicodeWriter().write(rule.layer) == "p − t"
    assert verify(rule).error < 1e-7


def test_an_unknown_input_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean scale"):
        derive_gradient(everything()["batch norm"], "scal")


def test_letters_keep_clear_of_the_names_in_the_definition() -> None:
    definition = replace(affine_rows(), name="a")
    rule = derive_gradient(definition, "X")
    assert "a" not in {index.name for index in rule.indices}
    assert verify(rule).error < 1e-7
