"""Every row of the lecture, with its formulas and figures, in the document of the network that shows it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

import graphbp
from graphbp.drawing.scene import Polygon


@cache
def told(name: str, detail: str = "normal") -> str:
    """The document in the terminal's spelling, its blanks and line ends as single blanks."""
    return " ".join(graphbp.example(name).explain(detail=detail).text(width=200).split())


ROWS = {
    "A1": ("gradient-descent", "θ* = argmin_θ L(θ)"),
    "A2 gradient": ("gradient-descent", "∇L(θ) = [∂L/∂θ₁; ∂L/∂θ₂]"),
    "A2 first": ("gradient-descent", "θ¹ = θ⁰ − η·∇L(θ⁰) = [3; −2] − 0.5 · [2; −4] = [2; 0]"),
    "A2 second": ("gradient-descent", "θ² = θ¹ − η·∇L(θ¹) = [2; 0] − 0.5 · [1; −2] = [1.5; 1]"),
    "A2 on": ("gradient-descent", "L falls from 10 to 2.5, then to 0.625, and so on"),
    "A3": ("gradient-descent", "= [θ₁ − y₁; θ₂ − y₂]"),
    "A5 parameters": ("stacked-parameters", "θ = [w₁; w₂; b₁; b₂]"),
    "A5 gradient": ("stacked-parameters", "∇L(θ) = [∂L/∂w₁; ∂L/∂w₂; ∂L/∂b₁; ∂L/∂b₂]"),
    "B1": ("chain-rule-one-path", "dz/dx = dy/dx·dz/dy"),
    "B1 slope": ("chain-rule-one-path", "= g′(x)·dz/dy"),
    "B2": ("chain-rule-two-paths", "dz/ds = dx/ds·∂z/∂x + dy/ds·∂z/∂y"),
    "B2 slopes": ("chain-rule-two-paths", "= g′(s)·∂z/∂x + h′(s)·∂z/∂y"),
    "C1 loss": ("lecture-c1", "L = Σₙ lⁿ"),
    "C1 gradient": ("lecture-c1", "∂L/∂w = Σₙ ∂lⁿ/∂w"),
    "C2": ("one-neuron", "∂l/∂w₁ ≈ Δl/Δw₁"),
    "D1": ("one-neuron", "∂l/∂w₁ = ∂z/∂w₁·∂l/∂z"),
    "D2 first": ("one-neuron", "= x₁·∂l/∂z in z = w₁·x₁ + w₂·x₂ + b the weight w₁ multiplies x₁"),
    "D2 second": ("one-neuron", "= x₂·∂l/∂z in z = w₁·x₁ + w₂·x₂ + b the weight w₂ multiplies x₂"),
    "D3 first layer": ("lecture-d3", "∂z₁¹/∂w₁₂¹ x₂ −1"),
    "D3 second layer": ("lecture-d3", "∂z₁²/∂w₁₁² a₁¹ 0.9820"),
    "D3 third layer": ("lecture-d3", "∂z₂³/∂w₂₂³ a₂² 0.1107"),
    "E1": ("lecture-e4", "∂l/∂z = ∂a/∂z·∂l/∂a"),
    "E1 slope": ("lecture-e4", "= σ′(z)·∂l/∂a"),
    "E2": ("lecture-e4", "∂l/∂a = ∂z₁/∂a·∂l/∂z₁ + ∂z₂/∂a·∂l/∂z₂"),
    "E2 weights": ("lecture-e4", "= w₃·∂l/∂z₁ + w₄·∂l/∂z₂"),
    "E3": ("lecture-e4", "= σ′(z)·(w₃·∂l/∂z₁ + w₄·∂l/∂z₂)"),
    "E5 first": ("lecture-e8", "∂l/∂z₁,₂ = ∂y₁/∂z₁,₂·∂l/∂y₁"),
    "E5 second": ("lecture-e8", "∂l/∂z₂,₂ = ∂y₂/∂z₂,₂·∂l/∂y₂"),
    "E6": ("lecture-e8", "= σ′(z₁,₁)·(w₁₁,₂·∂l/∂z₁,₂ + w₂₁,₂·∂l/∂z₂,₂)"),
    "E7": ("lecture-e7", "= σ′(z₁)·(w₃₁·∂l/∂z₃ + w₄₁·∂l/∂z₄)"),
    "E8 forward": ("lecture-e8", "∂l/∂w₁₁,₂ = ∂z₁,₂/∂w₁₁,₂·∂l/∂z₁,₂"),
    "E8 factor": ("lecture-e8", "= a₁,₁·∂l/∂z₁,₂"),
    "F8 step": ("perceptron", "a step is flat on both sides, so no gradient passes"),
    "F8 step descends nowhere": ("perceptron", "The gradient is 0, so nothing moves and l stays at 0.5"),
    "F8 tanh": ("neuron-tanh", "= (1 − y²)·∂l/∂y"),
    "F8 prelu": ("neuron-prelu", "∂l/∂α = ∂y/∂α·∂l/∂y"),
    "p − t": ("softmax-cross-entropy", "∂l/∂z = softmax(z) − t"),
    "one weight in two places": ("shared-weight", "∂l/∂w = ∂z₁/∂w·∂l/∂z₁ + ∂z₂/∂w·∂l/∂z₂"),
    "one bias for two units": ("shared-bias", "= ∂l/∂z₁ + ∂l/∂z₂ in each of them the bias is added as it is"),
    "a skip connection": ("skip-connection", "= w₁·∂l/∂z₁ + ∂l/∂y"),
    "a penalty": ("logistic-regression", "∂l/∂w = Xᵀ·∂l/∂z + λ·w"),
}
"""Row, network, and what its document says."""


@pytest.mark.parametrize(("name", "words"), ROWS.values(), ids=ROWS)
def test_the_document_shows_the_row(name: str, words: str) -> None:
    assert words in told(name)


@pytest.mark.parametrize(("name", "values"), {
    "z1_1": 4, "z1_2": -2, "a1_1": 0.98, "a1_2": 0.12, "a2_1": 0.86, "a2_2": 0.11, "y1": 0.62, "y2": 0.83,
}.items())  # fmt: skip
def test_d3_has_the_figures_of_the_lecture(name: str, values: float) -> None:
    assert round(float(graphbp.example("lecture-d3").run()[name].value), 2) == values


def test_every_step_of_the_whole_way_of_cross_entropy_is_told() -> None:
    text = told("softmax-cross-entropy", "full")
    for line in ("= pᵢ·(δᵢ,ₐ − pₐ)", "= pₐ·Σ_c t_c − tₐ", "the targets add up to 1"):
        assert line in text


def test_e6_goes_from_the_output_layer_backward_and_finds_each_once() -> None:
    steps = [step.node for step in graphbp.example("lecture-e8").explain().derivation.steps]
    order = [steps.index(name) for name in ("z_1_2", "z_1_1")]
    assert order == sorted(order)
    assert len(steps) == len(set(steps))


@pytest.mark.parametrize(("name", "units"), [("lecture-e4", 1), ("lecture-e7", 6)])
def test_e4_and_e7_draw_an_amplifier_for_each_unit(name: str, units: int) -> None:
    shapes = graphbp.example(name).draw("reverse").scene.shapes
    assert sum(isinstance(shape, Polygon) and shape.role == "amplifier" for shape in shapes) == units


def test_c2_difference_quotients_agree_with_the_gradients() -> None:
    net = graphbp.example("one-neuron")
    result, step = net.run(), 1e-5
    for name in ("w1", "w2", "b"):
        value = float(result[name].value)
        change = float(net.run({name: value + step}).loss) - float(net.run({name: value - step}).loss)
        assert np.isclose(change / (2 * step), float(result[name].gradient), rtol=1e-6)


def test_vanishing_gradient() -> None:
    result = graphbp.example("deep-narrow").run()
    sizes = [abs(float(result[f"z{layer}"].gradient)) for layer in (1, 4, 7, 10)]
    assert all(10 * early < late for early, late in pairwise(sizes))


def test_silent_units_pass_nothing_on() -> None:
    result = graphbp.example("relu-mix").run()
    silent = [unit for unit in range(1, 5) if float(result[f"z{unit}"].value) < 0]
    assert silent == [2, 4]
    assert all(float(result[f"z{unit}"].gradient) == 0 for unit in silent)


def test_the_parameters_of_the_total_alone_have_a_step() -> None:
    text = """
parameters: {w: 0.8, lam: 0.1}
inputs: {x: ~}
targets: {t: ~}
loss: {l: (w*x - t)**2/2}
data: [{x: 0.5, t: 0}, {x: 2, t: 1}]
total: {L: mean(l) + lam*w**2/2}
"""
    page = graphbp.loads(text).explain()
    assert [step.node for step in page.derivation.steps] == ["w", "w", "lam"]
    assert "∂L/∂λ = w²/2" in page.text()
    assert "0.32" in page.text()
    assert "∂L/∂λ = w²/2" in graphbp.loads(text).explain(["lam"]).text()


def test_long_parameter_lists_stay_in_rows_and_part_of_the_parameters_too() -> None:
    assert "argmin" not in told("two-layer")
    assert "argmin" not in graphbp.example("one-neuron").explain(["w1"]).text()


def test_fractions_are_numbers_in_every_line() -> None:
    text = graphbp.loads("inputs: {x: 2}\nparameters: {w: 1/3}\nloss: {l: (w*x)**2 + w*x}").explain().text()
    assert "(1/3 · 2)² + 1/3 · 2" in text
