"""The notation table: generic signs and what they mean."""

from __future__ import annotations

import pytest

from graphbp import gallery
from graphbp.derive.derive import derive
from graphbp.derive.units import units
from graphbp.document.signs import generic_label, notation_table
from graphbp.network import Network
from graphbp.notation.names import Label
from graphbp.notation.prose import written
from graphbp.notation.unicode import UnicodeWriter


def meanings(network: Network) -> dict[str, str]:
    """Sign → meaning, as text."""
    table, names = notation_table(network, units(network), on_edges=True)
    write = UnicodeWriter(names).write
    return {written(sign, write): written(meaning, write) for sign, meaning in table.rows}


def test_two_layers() -> None:
    assert meanings(gallery.load("two-layer")) == {
        "xⱼ": "input",
        "zᵢ": "weighted sum of a unit",
        "aᵢ, yᵢ": "activation; in the output layer yᵢ",
        "ŷᵢ": "target of output yᵢ",
        "wₖ": "weight, written on its edge",
        "bᵢ": "bias in zᵢ",
        "l": "loss of this example",
        "σ(z)": "sigmoid function, 1/(1 + e⁻ᶻ)",
    }


def test_layers_are_counted_where_names_count_them() -> None:
    assert meanings(gallery.load("lecture-d3"))["zⱼⁱ"] == "weighted sum of unit j in layer i"
    assert meanings(gallery.load("lecture-e8"))["zᵢ,ⱼ"] == "weighted sum of unit i in layer j"


def test_unknown_functions_share_a_row() -> None:
    assert (
        meanings(gallery.load("chain-rule-two-paths"))["g(s), h(s), k(x, y)"]
        == "functions whose formulas are left open"
    )


def test_arrays_tell_their_shape() -> None:
    found = meanings(gallery.load("affine-softmax"))
    assert found["X"] == "input, 4 × 2"
    assert found["W"] == "weights, 2 × 3"


@pytest.mark.parametrize(
    ("subs", "letter", "expected"),
    [
        (("1", "2"), "j", "j"),
        (("11", "12"), "k", "ij"),
        (("1", "1"), "i", "1"),
        (("1,1", "2,1"), "i", "i,j"),
        (("1", "12"), "i", "i"),
    ],
)
def test_generic_subscripts(subs: tuple[str, ...], letter: str, expected: str) -> None:
    assert generic_label([Label("w", sub) for sub in subs], letter).sub == expected


def test_a_function_called_in_several_ways_names_the_place_of_its_slope() -> None:
    net = Network()
    net.input("x")
    net.parameter("y")
    net.function("k", ["u", "v"])
    net.node("r", "k(x, y)")
    net.loss("l", "k(r, y) + r")
    found = meanings(net)
    assert found["∂₁k(r, y)"] == "slope of k(r, y) in its first place"
    steps = {str(step.node): step for step in derive(net, ["r", "y"]).steps}
    assert "∂₁k(r, y) + 1" in UnicodeWriter(net.names).write(steps["r"].claim)
    assert "∂₂k(r, y)" in UnicodeWriter(net.names).write(steps["y"].claim)
