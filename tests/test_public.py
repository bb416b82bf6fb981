"""The public names of the package, and the Python interface of a network."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import graphbp
from graphbp.api.readout import numbers, plain, show
from graphbp.errors import FileProblem, GraphbpError
from graphbp.network.initial import SCHEMES, fans, initial
from graphbp.network.literals import held, literal, literal_shape, to_array
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.tree import Array, Number


def test_public_names_load() -> None:
    for name in dir(graphbp):
        assert getattr(graphbp, name) is not None


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="did you mean sigmoid"):
        _ = graphbp.sigmoyd
    with pytest.raises(AttributeError):
        _ = graphbp._private
    assert not hasattr(graphbp, "__wrapped__")


def test_operations_are_functions() -> None:
    net = graphbp.Network()
    x = net.input("x", [[1.0, 2.0], [3.0, 5.0]])
    net.node("s", graphbp.softmax(x, axis=0))
    net.node("m", graphbp.max(x, axis=1))
    net.node("r", graphbp.maximum(0, x))
    net.loss("l", graphbp.sum(x))
    result = net.run()
    assert np.allclose(result["s"].value.sum(axis=0), 1)
    assert result["m"].value.tolist() == [2, 5]
    with pytest.raises(GraphbpError, match="needs a variable"):
        graphbp.exp(1)


def test_load_finds_files_examples_and_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("inputs: {x: 1}\nloss: x**2")
    assert graphbp.load("mine.yaml").loss_name == "l"
    assert graphbp.load(Path("mine.yaml")).loss_name == "l"
    assert graphbp.load("one-neuron").title == "One neuron"
    Path("one-neuron").write_text("title: a file of that name\ninputs: {x: 1}\nloss: x**2")
    assert graphbp.load("one-neuron").title == "a file of that name"
    with pytest.raises(FileProblem, match="did you mean two-layer"):
        graphbp.load("two-layr")
    with pytest.raises(FileProblem):
        graphbp.load("a\0b")


def test_running_twice_gives_the_same() -> None:
    net = graphbp.example("two-layer")
    first, second = net.run(), net.run()
    assert [float(first[name].gradient) for name in first] == [float(second[name].gradient) for name in second]
    assert float(net.run({"w5": 0.1}).loss) != float(first.loss)
    assert float(net.run().loss) == float(first.loss)


def test_overrides_may_change_shapes() -> None:
    net = graphbp.Network()
    x, w = net.input("X", shape=["N", 2]), net.parameter("w", [1, 2])
    net.loss("l", graphbp.sum(x @ w))
    assert float(net.run({"X": [[1, 1]]}).loss) == 3
    assert float(net.run({"X": [[1, 1], [2, 2]]}).loss) == 9


def test_explanations_and_drawings_show_themselves(tmp_path: Path) -> None:
    net = graphbp.example("one-neuron")
    page = net.explain(wrt="w1")
    assert "∂l/∂w₁" in str(page)
    assert page._repr_html_().startswith("<")
    assert net.draw()._repr_svg_().startswith("<")
    page.save(tmp_path / "a.typ")
    assert (tmp_path / "a.typ").exists()


def test_wrt_accepts_gradients_and_lists() -> None:
    net = graphbp.example("one-neuron")
    assert net.explain(wrt=["dl/dw1", "b"]).derivation.wrt == ("w1", "b")


# Literals


@pytest.mark.parametrize(
    ("value", "exact", "text"),
    [(1, 1, "1"), (-2, -2, "-2"), (0.15, Fraction(3, 20), "0.15"), (1e-3, Fraction(1, 1000), "0.001"),
     (np.float64(0.5), Fraction(1, 2), "0.5"), (np.int64(3), 3, "3"), (1e22, 10**22, "1e+22")],
)  # fmt: skip
def test_numbers_are_the_decimals_that_they_print_as(value: float, exact: Fraction, text: str) -> None:
    number = literal(value)
    assert isinstance(number, Number)
    assert (number.value, number.text) == (exact, text)


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf"), {1: 2}, object(), [1, "x"]])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(GraphbpError):
        literal(value)


def test_arrays_keep_their_shape() -> None:
    assert literal_shape(literal(np.zeros((2, 3, 1)))) == (2, 3, 1)
    assert isinstance(held(np.zeros((2, 2))), Array)
    large = held(np.arange(100.0).reshape(10, 10))
    assert isinstance(large, np.ndarray)
    assert literal_shape(large) == (10, 10)
    assert to_array(literal([[1, 2.5], [-3, 0]])).tolist() == [[1, 2.5], [-3, 0]]


# Starting numbers


@pytest.mark.parametrize("scheme", SCHEMES)
def test_starting_numbers_depend_on_seed_and_name_alone(scheme: str) -> None:
    first = initial("W", scheme, (4, 3), seed=1)
    assert first.shape == (4, 3)
    assert np.array_equal(first, initial("W", scheme, (4, 3), seed=1))
    if scheme not in ("zeros", "ones"):
        assert not np.array_equal(first, initial("W", scheme, (4, 3), seed=2))
        assert not np.array_equal(first, initial("V", scheme, (4, 3), seed=1))


def test_spread_of_starting_numbers() -> None:
    assert fans((8, 3, 5, 5)) == (75, 200)
    weights = initial("W", "xavier", (300, 200), seed=0)
    assert abs(weights.std() - np.sqrt(2 / 500)) < 1e-3
    assert abs(initial("W", "he", (300, 200), seed=0).std() - np.sqrt(2 / 200)) < 2e-3


# Printing numbers


def test_plain_data_is_json() -> None:
    assert plain(np.float64(2)) == 2
    assert plain(None) is None
    assert plain(np.array([[1, np.nan], [-np.inf, 0]])) == [[1, "nan"], ["-inf", 0]]


def test_large_arrays_are_shown_by_shape_and_range() -> None:
    assert show(np.linspace(-1, 1, 100).reshape(10, 10), NumberStyle()) == "10 × 10 array, -1 … 1"


def test_numbers_of_a_batch() -> None:
    made = numbers(graphbp.example("affine-softmax")).data()
    assert np.shape(made["gradients"]["W"]) == (2, 3)
    assert made["gradients"]["T"] is None or np.shape(made["gradients"]["T"]) == (4, 3)
