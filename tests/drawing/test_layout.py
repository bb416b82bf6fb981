"""Columns, ports and measures: the parts that layouts are made of."""

from __future__ import annotations

import sys

import pytest

from graphbp import theme
from graphbp.drawing.geometry import Rect, runs
from graphbp.drawing.layout import columns, layout
from graphbp.drawing.layout.columns import Slot, crossings, place
from graphbp.drawing.measure import Ruler, Text
from graphbp.drawing.scene import Arrow, Circle, Rectangle
from graphbp.errors import GraphbpError
from graphbp.notation.tree import Partial, Symbol
from tests.drawing.geometry import collisions
from tests.drawing.handmade import lecture, small

PAPER = theme.get("paper")


def test_author_s_order_is_kept_where_it_crosses_no_more() -> None:
    slots = [Slot(name, rank, 10, 10) for rank, names in enumerate(("ab", "cd")) for name in names]
    full = [(a, b) for a in "ab" for b in "cd"]
    assert place(slots, full, 5).order == (("a", "b"), ("c", "d"))


def test_crossings_are_removed() -> None:
    slots = [Slot(name, rank, 10, 10) for rank, names in enumerate(("ab", "cd")) for name in names]
    order = place(slots, [("a", "d"), ("b", "c")], 5).order
    assert crossings(order, [("a", "d"), ("b", "c")]) == 0


def test_one_successor_stands_between_its_sources() -> None:
    slots = [Slot("a", 0, 10, 10), Slot("b", 0, 10, 10), Slot("c", 1, 10, 10)]
    y = place(slots, [("a", "c"), ("b", "c")], 5).y
    assert y["c"] == pytest.approx((y["a"] + y["b"]) / 2)
    assert y["b"] - y["a"] == pytest.approx(20)


def test_long_edges_get_lanes() -> None:
    slots = [Slot("a", 0, 10, 10), Slot("b", 1, 10, 10), Slot("c", 2, 10, 10)]
    made = place(slots, [("a", "b"), ("b", "c"), ("a", "c")], 8)
    (lane,) = made.passes["a", "c"]
    assert abs(made.y[lane] - made.y["b"]) >= 14


def test_tied_slots_stay_together() -> None:
    slots = [Slot(name, 1, 10, 10) for name in ("y1", "y2", "l")] + [Slot("z", 0, 10, 10)]
    order = place(slots, [("z", "y1"), ("z", "y2")], 5, tied=[("y1", "l", "y2")]).order
    assert order[1] == ("y1", "l", "y2")


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(GraphbpError, match="libexpat1"):
        columns.graphviz()


def test_labels_are_measured_with_their_baseline() -> None:
    ruler = Ruler(PAPER)
    low, high = ruler.extent(Text(("y",), 10)), ruler.extent(Text(("h",), 10))
    assert low.descent > 1 > high.descent
    assert ruler.extent(Text(("h",), 20)).span == pytest.approx(2 * high.span)


def test_fractions_grow_with_display_and_shrink_with_a_slash() -> None:
    ruler, fraction = Ruler(PAPER), Partial(Symbol("l"), Symbol("z"))
    heights = [
        ruler.extent(Text(fraction, 10, display=d, linear=s)).height
        for d, s in ((True, False), (False, False), (False, True))
    ]
    assert heights == sorted(heights, reverse=True)


def test_lines_are_cut_where_labels_stand() -> None:
    assert runs(((0, 0), (10, 0)), False, [Rect(4, -1, 6, 1)]) == [[(0, 0), (4, 0)], [(6, 0), (10, 0)]]


def test_arrow_head_ends_at_the_tip() -> None:
    arrow = Arrow(role="wire", line=((0, 0), (100, 0)))
    assert arrow.tip()[0] == (100, 0)
    assert max(x for x, _ in (arrow.outline()[-1][1])) < 100


def test_outlines_close_where_they_began() -> None:
    for shape in (Circle(role="sum", x=0, y=0, r=5), Rectangle(role="data", x=0, y=0, w=10, h=5, radius=2)):
        assert shape.outline()[-1][0] == "Z"
        assert Rect.around(shape.points()).x1 == pytest.approx(5 if isinstance(shape, Circle) else 10)


@pytest.mark.parametrize("size", ["slide", "figure", "step"])
def test_handmade_networks(size: str) -> None:
    for diagram in (lecture(), lecture(values=False), small()):
        assert collisions(layout(diagram, PAPER, size)) == []  # type: ignore[arg-type]


def test_small_network_fits_half_a_page() -> None:
    scene = layout(small(), PAPER, "figure")
    assert scene.width <= 256
    assert min(label.size for label in scene.labels()) >= 8.5


def test_scaled_scene_scales_everything() -> None:
    scene = layout(small(), PAPER, "figure")
    double = scene.scaled(2)
    assert double.width == 2 * scene.width
    assert double.labels()[0].size == 2 * scene.labels()[0].size
    assert collisions(double) == []
