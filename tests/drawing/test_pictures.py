"""Every ready-made network in every view: nothing overlaps, all text is large enough, the same bytes each time."""

from __future__ import annotations

import pytest

from graphbp import engine, formats, gallery, theme
from graphbp.drawing.layout.metrics import SIZES
from graphbp.drawing.picture import fit, picture
from graphbp.drawing.scene import Scene
from graphbp.drawing.views import VIEWS, views_of
from graphbp.network import Network
from tests.drawing.geometry import collisions

PAPER = theme.get("paper")
LEAST_ON_SLIDES = 14.0
PICTURES = [(name, view) for name in gallery.names() for view in views_of(gallery.load(name))]


def drawn(network: Network, view: str, *, numbers: bool, size: str = "slide") -> Scene:
    """The picture of a network, with its numbers if it has them."""
    result = engine.run(network) if numbers and network.has_numbers else None
    return picture(network, view, PAPER, result=result, size=size)  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize(("name", "view"), PICTURES)
def test_nothing_overlaps(name: str, view: str, numbers: bool) -> None:
    assert collisions(drawn(gallery.load(name), view, numbers=numbers)) == []


@pytest.mark.parametrize(("name", "view"), PICTURES)
def test_text_can_be_read_on_a_slide(name: str, view: str) -> None:
    network = gallery.load(name)
    scene = drawn(network, view, numbers=True)
    if len(network.graph.named) <= 25:
        assert min(label.size for label in scene.labels()) * fit(scene) >= LEAST_ON_SLIDES


@pytest.mark.parametrize("size", ["figure", "step"])
@pytest.mark.parametrize("name", gallery.names())
def test_small_pictures(name: str, size: str) -> None:
    scene = drawn(gallery.load(name), "network", numbers=False, size=size)
    assert collisions(scene) == []
    assert min(label.size for label in scene.labels()) >= SIZES["step"].text


@pytest.mark.parametrize("view", VIEWS)
def test_same_picture_same_bytes(view: str) -> None:
    made = [formats.render(drawn(gallery.load("two-layer"), view, numbers=True), "svg") for _ in range(2)]
    assert made[0] == made[1]
