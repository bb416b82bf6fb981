"""What views show of a network: the reverse network of matrices, neurons with a learned slope."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from graphbp import gallery
from graphbp.drawing.diagram import Diagram
from graphbp.drawing.views import view
from graphbp.errors import UsageError
from graphbp.importers.yaml_file import read_network
from graphbp.notation.tree import Expr
from graphbp.notation.unicode import UnicodeWriter

MATRICES = """
inputs: {X: [[1, 2], [3, 4], [5, 6]]}
parameters: {V: {shape: [2, 4], init: xavier, seed: 0}, c: [0, 0, 0, 0], W: {shape: [4, 2], init: xavier, seed: 1}}
targets: {T: [[1, 0], [0, 1], [1, 0]]}
nodes: {Y: "X @ V + c", H: relu(Y), Z: "H @ W"}
loss: {l: "cross_entropy(Z, T)"}
"""


def edges(diagram: Diagram) -> Mapping[str, str]:
    """What stands on each edge, in plain letters."""
    writer = UnicodeWriter(diagram.names)
    return {link.part: writer.write(link.label) for link in diagram.links if isinstance(link.label, Expr)}


def test_reverse_network_of_matrices_multiplies_on_the_right_side() -> None:
    found = edges(view(read_network(MATRICES), "reverse"))
    assert found == {
        "X->Y": "δ·Vᵀ", "V->Y": "Xᵀ·δ", "c->Y": "Σ_(rows) δ", "H->Z": "δ·Wᵀ", "W->Z": "Hᵀ·δ",
        "Z->l": "(softmax(Z) − T)/3",
    }  # fmt: skip


def test_gradients_of_parameters_are_stations_between_matrices_only() -> None:
    stations = {box.id: box.kind for box in view(read_network(MATRICES), "reverse").boxes}
    assert {name for name, kind in stations.items() if kind == "gradient"} == {"X", "V", "c", "W"}
    assert stations["Y"] == "unit"
    assert "T" not in stations
    assert not any(box.kind == "gradient" for box in view(gallery.load("two-layer"), "reverse").boxes)


def test_a_delta_of_the_author_s_own_is_not_written_over() -> None:
    found = edges(view(read_network(MATRICES.replace("c:", "delta:").replace("+ c", "+ delta")), "reverse"))
    assert found["V->Y"] == "Xᵀ·∂l/∂Y"


def test_learned_slope_stands_below_its_activation() -> None:
    (unit,) = (box for box in view(gallery.load("neuron-prelu"), "network").boxes if box.kind == "unit")
    assert [cell.id for cell in unit.cells] == ["z", "y"]
    assert unit.bias is not None
    assert unit.shape is not None
    assert (unit.bias.id, unit.shape.id) == ("b", "alpha")


@pytest.mark.parametrize(
    ("formula", "shaped"), [("prelu(z, v)", True), ("maximum(v*z, z)", True), ("v*tanh(z)", False)]
)
def test_a_factor_is_no_shape_of_an_activation(formula: str, shaped: bool) -> None:
    text = f"parameters: {{w: 1, v: 2}}\ninputs: {{x: 3}}\nnodes: {{z: w*x, a: '{formula}'}}\nloss: {{l: a**2}}"
    boxes = {box.id: box for box in view(read_network(text), "network").boxes}
    assert (boxes["z"].shape is not None) is shaped


def test_nothing_flows_backward_without_a_loss() -> None:
    with pytest.raises(UsageError, match="neither a loss nor given gradients"):
        view(gallery.load("lecture-d3"), "reverse")
