"""Long and wide networks: they go on in rows, or tell what they leave out, and can always be read."""

from __future__ import annotations

import pytest

from graphbp import engine, gallery, theme
from graphbp.derive.steps import Touches
from graphbp.document.pictures import READABLE, Pictures, least_type
from graphbp.drawing.elide import columns, crowd, without_crowds, without_middle
from graphbp.drawing.emphasise import emphasise
from graphbp.drawing.layout import layout_in_rows, smallest
from graphbp.drawing.layout.metrics import LEGIBLE, SLIDE_WIDTH, SNUG
from graphbp.drawing.picture import ELIDED, LEAST, NO_NUMBERS, picture
from graphbp.drawing.scene import Scene
from graphbp.drawing.views import VIEWS, view
from graphbp.network import Network
from graphbp.notation.tree import Number
from tests.drawing.geometry import collisions

PAPER = theme.get("paper")


def dense(*widths: int) -> Network:
    """Layers of sigmoid units, every weight a number of its own."""
    net = Network("-".join(map(str, widths)))
    before = [f"x{i}" for i in range(1, widths[0] + 1)]
    for place, name in enumerate(before, 1):
        net.input(name, place / 4)
    for layer, width in enumerate(widths[1:], 1):
        after = []
        for i in range(1, width + 1):
            terms = []
            for j, source in enumerate(before, 1):
                net.parameter(f"w{layer}_{i}_{j}", (i - j) / 7 + 0.3)
                terms.append(f"w{layer}_{i}_{j}*{source}")
            net.node(f"z{layer}_{i}", " + ".join(terms))
            net.node(f"a{layer}_{i}", f"sigmoid(z{layer}_{i})")
            after.append(f"a{layer}_{i}")
        before = after
    net.loss("l", " + ".join(f"{name}**2" for name in before))
    return net


def recurrent(steps: int) -> Network:
    """One unit over and over, its weights shared."""
    net = Network("recurrent")
    for name in ("w", "u", "b"):
        net.parameter(name, 0.4)
    net.input("h0", 0.1)
    for t in range(1, steps + 1):
        net.input(f"x{t}", t / 10)
        net.node(f"z{t}", f"w*x{t} + u*h{t - 1} + b")
        net.node(f"h{t}", f"tanh(z{t})")
    net.loss("l", f"h{steps}**2")
    return net


NETWORKS = {
    "ten layers": dense(*[1] * 11),
    "many layers": dense(*[1] * 60),
    "two wide": dense(*[2] * 9),
    "2-4-4-1": dense(2, 4, 4, 1),
    "4-4-4-4": dense(4, 4, 4, 4),
    "one wide layer": dense(3, 12, 2),
    "recurrent": recurrent(8),
}


def drawn(net: Network, name: str, fold: int | None = None) -> Scene:
    """The picture with numbers."""
    return picture(net, name, PAPER, result=engine.run(net), fold=fold)


@pytest.mark.parametrize("view_name", VIEWS)
@pytest.mark.parametrize("name", NETWORKS)
def test_large_networks_can_be_read(name: str, view_name: str) -> None:
    scene = drawn(NETWORKS[name], view_name)
    assert collisions(scene) == []
    assert smallest(scene) >= LEAST


@pytest.mark.parametrize("view_name", VIEWS)
def test_rows_hold_everything_and_are_joined(view_name: str) -> None:
    net = NETWORKS["ten layers"]
    diagram = view(net, view_name, fold=2)
    scene = layout_in_rows(diagram, PAPER)
    parts = {shape.part for shape in scene.shapes}
    assert {box.id for box in diagram.boxes} <= parts
    assert {link.part for link in diagram.links} <= parts
    assert scene.width <= SLIDE_WIDTH * SNUG
    rows = {round(shape.points().__next__()[1]) for shape in scene.shapes if "carried" in shape.classes}
    assert len(rows) == sum("turn" in arrow.classes and arrow.role != "backward" for arrow in scene.arrows()) or (
        view_name == "reverse"
    )


def test_a_leaf_stands_in_the_row_that_reads_it() -> None:
    diagram = view(NETWORKS["recurrent"], "network")
    scene = layout_in_rows(diagram, PAPER)
    carried = {shape.part for shape in scene.shapes if "carried" in shape.classes}
    assert carried
    assert not any(part.startswith("x") for part in carried)


def test_inputs_of_later_steps_leave_the_chain_level() -> None:
    scene = drawn(recurrent(4), "network")
    heights = {round(shape.y) for shape in scene.shapes if shape.part in ("z2", "z3") and "node" in shape.classes}  # type: ignore[attr-defined]
    assert len(heights) == 1


def test_what_is_left_out_is_said() -> None:
    assert drawn(NETWORKS["many layers"], "network").notes == (ELIDED,)
    assert drawn(NETWORKS["ten layers"], "network").notes == (NO_NUMBERS,)
    assert drawn(gallery.load("two-layer"), "network").notes == ()


@pytest.mark.parametrize("fold", [0, 1, 2, 3])
def test_folding_by_hand_leaves_no_node_out(fold: int) -> None:
    net = NETWORKS["ten layers"]
    scene = drawn(net, "graph", fold)
    parameters = {node.id for node in net.graph.named if node.role.value == "parameter"} if fold == 3 else set()
    assert {node.id for node in net.graph.named} - parameters <= {shape.part for shape in scene.shapes}
    assert min(label.size for label in scene.labels()) >= LEGIBLE
    assert scene.notes or smallest(scene) >= LEGIBLE


def test_middle_and_crowds_are_counted() -> None:
    diagram = view(NETWORKS["many layers"], "network")
    short = without_middle(diagram, 6)
    assert columns(short) == 7
    assert f"{columns(diagram) - 6} columns" in {box.note[0] for box in short.boxes if isinstance(box.note, tuple)}
    wide = view(NETWORKS["one wide layer"], "network")
    assert crowd(without_crowds(wide, 4)) == 4
    assert without_crowds(wide, crowd(wide)) is wide


def test_shared_parameters_show_the_share_of_each_use() -> None:
    net, result = recurrent(3), engine.run(recurrent(3))
    boxes = {box.id: box for box in view(net, "graph", result=result, fold=2).boxes}
    shares = [next(cell for cell in boxes[f"z{t}"].folded if cell.id == "u").gradient_value for t in (1, 2, 3)]
    assert sum(share.value for share in shares if isinstance(share, Number)) == pytest.approx(result["u"].gradient)


@pytest.mark.parametrize("size", ["figure", "step"])
def test_rows_on_pages(size: str) -> None:
    scene = layout_in_rows(view(NETWORKS["ten layers"], "network"), PAPER, size, 300.0)  # type: ignore[arg-type]
    assert scene.width <= 300
    assert collisions(scene) == []


def test_a_long_network_is_pictured_beside_its_steps() -> None:
    pictures = Pictures(gallery.load("deep-narrow"), PAPER)
    assert least_type(pictures.figure) >= READABLE
    small = pictures.small
    assert small is not None
    lit = emphasise(small, Touches("a3", ("a3", "z4"), (("a3", "z4"),)), ["z4"])
    assert {shape.role for shape in lit.shapes if shape.part == "a3" and "node" in shape.classes} == {"lit"}
    assert collisions(lit) == []
