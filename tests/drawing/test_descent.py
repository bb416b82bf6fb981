"""Gradient descent as a chart: arrows are −η∇L to scale, lines are where the loss is the same."""

from __future__ import annotations

import numpy as np
import pytest

from graphbp import engine, formats, gallery, theme
from graphbp.drawing.descent import descent
from graphbp.drawing.descent.contours import levels
from graphbp.drawing.descent.survey import Survey, chosen_axes
from graphbp.drawing.scene import Arrow, Circle, Path, Scene
from graphbp.errors import NameProblem, UsageError, ValueMissing
from graphbp.importers.yaml_file import read_network
from graphbp.network import Network
from tests.drawing.geometry import collisions

PAPER = theme.get("paper")
CHARTS = (
    ("gradient-descent", ()), ("one-neuron", ("w1", "w2")), ("two-layer", ("w5", "w1")), ("lecture-c1", ("w", "b")),
    ("lecture-c1", ("w",)), ("affine-softmax", ("W[0,1]", "b[1]")), ("logistic-regression", ("w[0]", "w[1]")),
)  # fmt: skip


def drawn(name: str, wrt: tuple[str, ...]) -> tuple[Survey, Scene]:
    """The numbers and the chart."""
    network = gallery.load(name)
    return Survey(network, chosen_axes(network, wrt), 5), descent(network, PAPER, wrt=wrt)


def steps(scene: Scene) -> list[Arrow]:
    """The arrows from iterate to iterate."""
    return [arrow for arrow in scene.arrows() if "step" in arrow.classes]


@pytest.mark.parametrize(("name", "wrt"), CHARTS)
def test_arrows_are_minus_eta_times_the_gradient(name: str, wrt: tuple[str, ...]) -> None:
    """The gradient is that of an engine run at each iterate; one scale holds for all arrows and both sides."""
    survey, scene = drawn(name, wrt)
    network, arrows = survey.network, steps(scene)
    values = {axis.name: np.array(network.arrays[axis.name]) for axis in survey.axes}
    moves = []
    for _ in arrows:
        result = engine.run(network, values)
        gradients = [np.asarray(result[axis.name].gradient)[axis.place] for axis in survey.axes]
        moves.append([-survey.rate * gradient for gradient in gradients])
        for axis, move in zip(survey.axes, moves[-1], strict=True):
            values[axis.name][axis.place] += move
    paper = [(a.line[1][0] - a.line[0][0], a.line[0][1] - a.line[1][1])[: len(survey.axes)] for a in arrows]
    scale = np.sum(np.multiply(paper, moves)) / np.sum(np.square(moves))
    assert scale > 0
    assert np.allclose(paper, scale * np.array(moves), atol=1e-6 * scale)


@pytest.mark.parametrize(("name", "wrt"), CHARTS)
def test_nothing_overlaps_and_all_can_be_read(name: str, wrt: tuple[str, ...]) -> None:
    _, scene = drawn(name, wrt)
    assert collisions(scene) == []
    assert min(label.size for label in scene.labels()) * min(1, 960 / scene.width, 540 / scene.height) >= 14


@pytest.mark.parametrize(("name", "wrt"), CHARTS)
def test_the_grid_is_one_run_that_agrees_with_single_ones(name: str, wrt: tuple[str, ...]) -> None:
    survey, _ = drawn(name, wrt)
    points = np.array([point + offset for point, *_ in survey.path[:2] for offset in (0.0, 0.3)])
    single = [survey._slope(point)[1] for point in points]
    assert np.allclose(survey.losses(points), single, rtol=1e-12)


def test_every_grid_point_is_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    def counted(network: Network, *args: object) -> engine.Result:
        runs.append(max(len(network.rows), 1))
        return engine.run(network, *args)  # type: ignore[arg-type]

    monkeypatch.setattr("graphbp.drawing.descent.survey.run", counted)
    survey = Survey(gallery.load("one-neuron"), chosen_axes(gallery.load("one-neuron"), ("w1", "w2")), 1)
    survey.losses(np.zeros((500, 2)))
    assert runs == [500]


def test_contour_lines_lie_where_the_loss_is_the_same() -> None:
    """Of a bowl around (1, 2): circles."""
    survey, scene = drawn("gradient-descent", ())
    first, second = (next(s for s in scene.shapes if s.part == f"theta^{k}") for k in (0, 1))
    assert isinstance(first, Circle)
    assert isinstance(second, Circle)
    (p, *_), (q, *_) = survey.path[:2]
    unit = (first.x - second.x) / (p[0] - q[0])
    middle = (first.x + (1 - p[0]) * unit, first.y - (2 - p[1]) * unit)
    lines = [shape for shape in scene.shapes if isinstance(shape, Path) and "contour" in shape.classes]
    for line in lines:
        radii = [np.hypot(x - middle[0], y - middle[1]) for x, y in line.line]
        assert max(radii) - min(radii) < 1.0
    assert len(lines) > 10


def test_levels_are_round_and_spread_as_in_a_bowl() -> None:
    found = levels(np.array([[0.0, 19.6], [np.nan, 3.0]]))
    assert found[0] == pytest.approx(0.1)
    assert np.all(np.diff(found, 2) > -0.11)
    assert levels(np.ones((2, 2))).size == 0


def test_one_parameter_gives_a_curve_with_tangents() -> None:
    net = read_network("parameters: {w: 1.9}\nloss: {l: (w**2 - 1)**2/4}\nlearning_rate: 0.25")
    scene = descent(net, PAPER, steps=2)
    kinds = [name for shape in scene.shapes for name in shape.classes]
    assert (kinds.count("curve"), kinds.count("tangent"), kinds.count("step"), kinds.count("iterate")) == (1, 2, 2, 3)
    assert collisions(scene) == []


def test_without_a_rate_the_loss_falls_at_every_step() -> None:
    net = read_network("parameters: {a: 3, b: 1}\nloss: {l: 20*a**2 + b**2}")
    losses = [loss for *_, loss in Survey(net, chosen_axes(net, ()), 5).path]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 10


def test_a_way_that_ends_nowhere_stops_where_numbers_do() -> None:
    net = read_network("parameters: {a: 3, b: 1}\nloss: {l: a**4 + b**2}\nlearning_rate: 100")
    scene = descent(net, PAPER, steps=20)
    assert all(np.isfinite([*point]).all() for shape in scene.shapes for point in shape.points())


@pytest.mark.parametrize(
    ("text", "wrt", "error", "said"),
    [
        ("parameters: {a: 1, b: 2, c: 3}\nloss: {l: a*b*c}", (), UsageError, "choose two of --wrt a --wrt b --wrt c"),
        ("parameters: {a: 1, b: 2}\nloss: {l: a*b}", ("a", "a"), UsageError, "two parameters"),
        ("parameters: {a: 1, b: 2}\nloss: {l: a*b}", ("bb",), NameProblem, "did you mean b"),
        ("parameters: {a: ~}\nloss: {l: a**2}", (), ValueMissing, "--set a="),
        ("parameters: {a: -1, b: 1}\nloss: {l: log(a)*b}", (), UsageError, "not finite at the start"),
        ("inputs: {a: 1}\nloss: {l: a**2}", (), UsageError, "no parameter"),
        ("parameters: {a: 1}\nnodes: {z: a**2}\nloss: ~", (), UsageError, "no loss"),
    ],
)
def test_what_cannot_be_drawn_is_said(text: str, wrt: tuple[str, ...], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        descent(read_network(text), PAPER, wrt=wrt)


@pytest.mark.parametrize("format", ["svg", "pdf", "png", "tex", "dot", "typst"])
def test_every_format_writes_it_the_same_each_time(format: str) -> None:
    made = [formats.render(drawn("one-neuron", ("w1", "w2"))[1], format) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0]
