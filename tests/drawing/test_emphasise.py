"""Step pictures: what is lit, what is done, what is to come; and nothing moves."""

from __future__ import annotations

import pytest

from graphbp import gallery, theme
from graphbp.derive.steps import Touches
from graphbp.drawing.emphasise import emphasise
from graphbp.drawing.layout import layout
from graphbp.drawing.scene import Arrow, HalfDisc, Scene
from graphbp.drawing.views import view
from tests.drawing.geometry import collisions


@pytest.fixture(scope="module")
def small() -> Scene:
    """Two layers, as they stand beside a step."""
    return layout(view(gallery.load("two-layer"), "network"), theme.get("paper"), "step")


def roles(scene: Scene) -> dict[str, str]:
    """The role of every half disc."""
    return {shape.part: shape.role for shape in scene.shapes if isinstance(shape, HalfDisc)}


def test_activation_adds_up_two_paths(small: Scene) -> None:
    lit = emphasise(
        small, Touches("a1", ("a1", "z3", "z4"), (("a1", "z3"), ("a1", "z4"))), ["l", "y1", "y2", "z3", "z4"]
    )
    assert roles(lit)["a1"] == "lit"
    assert roles(lit)["z3"] == "done"
    assert roles(lit)["z1"] == roles(lit)["a2"] == "pending"
    assert {label.part for label in lit.labels() if "weight" in label.classes} == {"w5", "w7"}


def test_gradient_runs_against_the_forward_arrow(small: Scene) -> None:
    forward = next(arrow for arrow in small.arrows() if arrow.ends == ("a1", "z3"))
    lit = emphasise(small, Touches("a1", ("a1", "z3"), (("a1", "z3"),)), ["z3"])
    backward = next(arrow for arrow in lit.arrows() if arrow.ends == ("a1", "z3"))
    assert backward.role == "backward"
    assert backward.line == tuple(reversed(forward.line))


def test_flow_within_a_circle_bows_over_it(small: Scene) -> None:
    lit = emphasise(small, Touches("z3", ("z3", "y1"), (("z3", "y1"),)), ["l", "y1"])
    bow = next(arrow for arrow in lit.arrows() if arrow.part == "z3->y1")
    assert bow.curved
    assert min(y for _, y in bow.line) >= 0


def test_weight_is_lit_on_its_own_arrow(small: Scene) -> None:
    lit = emphasise(small, Touches("w5", ("w5", "a1", "z3"), (("w5", "z3"),)), ["l", "y1", "z3"])
    assert next(arrow for arrow in lit.arrows() if arrow.via == "w5").role == "parameter"
    assert roles(lit)["a1"] == "activation"


def test_bias_is_shown_in_its_own_step_only(small: Scene) -> None:
    def shown(touches: Touches) -> set[str]:
        lit = emphasise(small, touches, ["l", "y1", "z3"])
        return {shape.part for shape in lit.shapes if "bias" in shape.classes and not isinstance(shape, Arrow)}

    assert shown(Touches("b3", ("b3", "z3"), (("b3", "z3"),))) == {"b3"}
    assert shown(Touches("w5", ("w5", "a1", "z3"), (("w5", "z3"),))) == set()


def test_nothing_moves_and_nothing_overlaps(small: Scene) -> None:
    parts = {shape.part: (shape.x, shape.y) for shape in small.shapes if isinstance(shape, HalfDisc)}
    for focus, edges in (
        ("y1", (("y1", "l"),)),
        ("z3", (("z3", "y1"),)),
        ("w5", (("w5", "z3"),)),
        ("b3", (("b3", "z3"),)),
    ):
        lit = emphasise(small, Touches(focus, tuple({focus, *(end for edge in edges for end in edge)}), edges), ["l"])
        assert {shape.part: (shape.x, shape.y) for shape in lit.shapes if isinstance(shape, HalfDisc)} == parts
        assert (lit.width, lit.height) == (small.width, small.height)
        assert collisions(lit) == []
