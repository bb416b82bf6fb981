"""Networks: declared in any order, validated with useful messages, saved and read back."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphbp
from graphbp import gallery
from graphbp.errors import GraphbpError
from graphbp.importers.yaml_file import read_network
from graphbp.network import Network, Variable
from graphbp.network.variable import call, where
from graphbp.notation.tree import Number, Symbol


def neuron() -> Network:
    net = Network("one neuron", learning_rate=0.5)
    x, w, b = net.input("x", 2), net.parameter("w", 0.15), net.parameter("b", -0.5)
    t = net.target("t", 1)
    y = net.node("y", call("sigmoid", w * x + b))
    net.loss("l", (y - t) ** 2 / 2)
    return net


def message(build: object) -> str:
    """The message with which the network is refused."""
    with pytest.raises(GraphbpError) as caught:
        net = build() if callable(build) else read_network(str(build), "net.yaml")
        assert isinstance(net, Network)
        _ = net.graph
    return str(caught.value)


def test_leaves_keep_spelling_and_exact_value() -> None:
    net = neuron()
    w = net.values["w"]
    assert isinstance(w, Number)
    assert (str(w.value), w.text) == ("3/20", "0.15")
    assert net.arrays["b"].item() == -0.5
    assert net.has_numbers


def test_python_and_file_give_the_same_network() -> None:
    text = """
    title: one neuron
    learning_rate: 0.5
    loss: {l: (y-t)**2/2}
    nodes: {y: sigmoid(w*x+b)}
    inputs: {x: 2}
    parameters: {w: 0.15, b: -0.5}
    targets: {t: 1}
    """
    assert read_network(text).canonical() == neuron().canonical()


@pytest.mark.parametrize("name", gallery.names())
def test_gallery_files_are_canonical(name: str) -> None:
    assert gallery.load(name).canonical() == gallery.text(name)
    assert gallery.describe(name)


def test_declaration_order_does_not_matter() -> None:
    net = Network()
    net.loss("l", (net.symbol("y") - net.symbol("t")) ** 2)
    net.node("y", net.symbol("w") * 2)
    net.target("t", 1)
    net.parameter("w", 0.5)
    assert [node.id for node in net.graph.named] == ["t", "w", "y", "l"]


def test_changes_are_seen_after_reading() -> None:
    net = neuron()
    assert len(net.graph.named) == 6
    net.node("extra", net.symbol("y") + 1)
    assert "extra" in net.graph


def test_operators_keep_the_order_written() -> None:
    net = Network()
    x, y = net.input("x"), net.input("y")
    formulas = [x + y - 1, 1 - x, -x, x * y / 2, 2 / x, x**2, 2**x, x @ y.T, 3 * x, y - (x + 1), x[0, 1:3]]
    for place, formula in enumerate(formulas):
        net.node(f"n{place}", formula)
    from graphbp.network.save import formula as text

    assert [text(expr) for expr in net.formulas.values()] == [
        "x + y - 1", "1 - x", "-x", "x*y/2", "2/x", "x**2", "2**x", "x @ y.T", "3*x", "y - (x + 1)", "x[0, 1:3]",
    ]  # fmt: skip


def test_python_builtins_do_not_hang_on_variables() -> None:
    net = Network()
    x = net.input("x", [1, -2])
    with pytest.raises(TypeError):
        list(x)  # type: ignore[call-overload]
    for misuse in (lambda: max(0, x), lambda: bool(x), lambda: 1 if x > 0 else 2):
        with pytest.raises(GraphbpError, match="where"):
            misuse()  # type: ignore[no-untyped-call]
    net.node("a", abs(x))
    assert net.shape("a") == (2,)


def test_where_and_numpy_on_the_left() -> None:
    net = Network()
    x = net.input("x", [1, 2])
    z = net.node("z", np.array([0.5, 2.0]) * x)
    net.node("r", where(z > 0, z, -0.1 * z))
    assert net.shape("r") == (2,)


def test_open_sizes_are_bound_by_values() -> None:
    net = Network()
    x = net.input("X", [[1, 2], [3, 4], [5, 6]], shape=["N", 2])
    w = net.parameter("W", shape=[2, 4], init="xavier", seed=3)
    net.node("Z", x @ w)
    assert net.shape("Z") == ("N", 4)
    assert net.arrays["W"].shape == (2, 4)
    again = Network()
    again.parameter("W", shape=[2, 4], init="xavier", seed=3)
    assert np.array_equal(net.arrays["W"], again.arrays["W"])
    again.parameter("V", shape=[2, 4], init="xavier", seed=3)
    assert not np.array_equal(again.arrays["V"], again.arrays["W"])


def test_with_values_leaves_the_original_alone() -> None:
    net = neuron()
    other = net.with_values({"w": 0.3})
    assert (net.arrays["w"].item(), other.arrays["w"].item()) == (0.15, 0.3)
    assert message(lambda: net.with_values({"v": 1})) == (
        "there is no input, parameter or target v"
    )


def test_a_set_value_holds_for_every_example() -> None:
    net = gallery.load("lecture-c1").with_values({"x": 1})
    assert all("x" not in row for row in net.data)


def test_layers_in_words() -> None:
    net = Network()
    net.input("x", [0.5, -1])
    a = net.layers(["dense 3 tanh", "dense 2"])
    assert isinstance(a, Variable)
    net.loss("l", call("sum", a**2))
    shapes = {"W1": (3, 2), "b1": (3,), "z1": (3,), "a1": (3,), "W2": (2, 3), "z2": (2,)}
    assert {name: net.shape(name) for name in shapes} == shapes
    assert net.has_numbers


def test_layers_for_a_batch() -> None:
    net = Network()
    net.input("X", shape=["N", 2])
    net.layers(["dense 3 tanh"])
    assert net.shape("a1") == ("N", 3)


def test_networkx_has_one_edge_for_each_use() -> None:
    net = Network()
    x = net.input("x", 1)
    net.loss("l", x * x + x)
    made = net.networkx()
    assert made.number_of_edges("x", "l") == 3
    assert made.nodes["l"]["formula"] == "x*x + x"


def test_save_is_whole_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    neuron().save(path)
    assert graphbp.load(path).canonical() == neuron().canonical()
    assert [file.name for file in tmp_path.iterdir()] == ["net.yaml"]
    assert "make the folder" in message(lambda: neuron().save(tmp_path / "none" / "net.yaml"))
    assert "folder" in message(lambda: neuron().save(tmp_path))


def test_given_gradients() -> None:
    net = gallery.load("lecture-e4")
    assert net.givens == {"z1": None, "z2": None}
    assert "dl/dz1" in net.missing
    ready = net.with_values({"dl/dz1": 0.31})
    assert "dl/dz1" not in ready.missing


def test_total_defaults_to_the_sum() -> None:
    net = gallery.load("lecture-c1")
    assert net.total_formula is not None
    assert net.total_formula[0] == "L"


def test_formulas_of_two_networks_do_not_mix() -> None:
    one, two = Network(), Network()
    assert "two networks" in message(lambda: one.input("x") + two.input("y"))
    assert "another network" in message(lambda: one.node("z", two.symbol("x")))


def test_unnamed_sharing_is_stopped_before_it_explodes() -> None:
    def build() -> Network:
        net = Network()
        y = net.input("x", 1)
        for _ in range(60):
            y = y * y
        net.node("y", y)
        return net

    assert "names" in message(build)


WRONG = {
    "nodes: {y: w*x}\nparameters: {w: 1}\nloss: {l: y}": "unknown name x",
    "parameters: {weight: 1}\nloss: {l: wieght**2}": "did you mean weight?",
    "parameters: {w: 1}\nloss: {l: sigmoyd(w)}": "did you mean sigmoid?",
    "parameters: {w: 1, v: 2}\nloss: {l: w(v + 1)}": "did you mean w * (…)?",
    "parameters: {w: 1}\nloss: {l: sigmoid}": "write sigmoid(…)",
    "functions: {g: [x, y]}\nparameters: {w: 1}\nloss: {l: g(w)}": "takes 2 arguments, and 1 is given",
    "functions: {f(x): y*x}\nparameters: {w: 1}\nloss: {l: f(w)}": "function f uses y",
    "functions: {f(x): h(x), h(x): f(x)}\nparameters: {w: 1}\nloss: {l: f(w)}": "a function uses itself",
    "functions: {sigmoid: [x]}\nloss: ~": "sigmoid is an operation already",
    "nodes: {a: b + 1, b: c, c: a}\nloss: ~": "circle: a → b → c → a",
    "inputs: {x: 1}\nnodes: {x: 2}\nloss: ~": "x is defined twice, first on line 1",
    "inputs: {x: [1, 2], y: [1, 2, 3]}\nnodes: {z: x + y}\nloss: ~": "2 and 3",
    "inputs: {X: [[1, 2, 3], [4, 5, 6]]}\nparameters: {W: [[1, 2], [3, 4]]}\nnodes: {z: X @ W}\nloss: ~": "(2, 3)",
    "inputs: {x: [1, 2]}\nloss: {l: x*2}": "make it one with sum(…) or mean(…)",
    "inputs: {x: 1}\nnodes: {y: x}": "the network has no loss",
    "inputs: {x: [[1, 2], [3]]}\nloss: ~": "rows of an array differ",
    "inputs: {x: {value: [1, 2], shape: [3]}}\nloss: ~": "is declared with shape (3,)",
    "inputs: {x: {value: [1, 2], shape: [N]}, y: {value: [1], shape: [N]}}\nloss: ~": "size N is 2 elsewhere and 1",
    "parameters: {w: {shape: [2], init: xavir}}\nloss: ~": "did you mean xavier?",
    "parameters: {w: {value: 1, init: zeros}}\nloss: ~": "keep one of the two",
    "inputs: {x: 1}\nloss: {l: x}\ngiven: {dl/dx: 1}": "keep one of the two",
    "inputs: {x: 1}\ngiven: {dl/dy: 1}": "a gradient is given for y",
    "inputs: {x: 1}\ngiven: {dl/dx: [1, 2]}": "has shape (2,)",
    "inputs: {x: 1}\ngiven: {dl/dx: 1, dm/dx: 1}": "two losses",
    "inputs: {x: ~}\nparameters: {w: 1}\nloss: {l: w*x}\ndata: [{w: 1}]": "w, which is a parameter",
    "inputs: {x: ~, y: ~}\nloss: {l: y*x}\ndata: [{x: 1, y: 1}, {x: 2}]": "row 2 of data has no y",
    "inputs: {x: 1}\nloss: {l: x}\ntotal: {L: sum(x)}": "the total L uses x",
    "inputs: {x: 1}\nloss: {l: x}\ntotal: {L: 2}": "does not use the loss l",
    "inputs: {x: 1}\nloss: {l: x}\nnames: {y: z}": "names: y is not defined",
    "inputs: {x: 1}\nloss: {l: x}\nnames: {x: '\\input{a}'}": "cannot read the name",
    "inputs: {True: 1}\nloss: ~": "reserved",
    "inputs: {x y: 1}\nloss: ~": "cannot be a name",
    "inputs: {x²: 1}\nloss: ~": "cannot be a name",
    "inputs: {x: [1, 2]}\nlayers: [dens 2 sigmoid]\nloss: ~": "cannot read the layer",
    "inputs: {x: [1, 2]}\nlayers: [dense 2 sigmoyd]\nloss: ~": "did you mean sigmoid?",
    "inputs: {x: 1, y: 2}\nlayers: [dense 2]\nloss: ~": "layers start from one input",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_networks_are_refused_with_a_remedy(text: str) -> None:
    found = message(text)
    assert WRONG[text] in found
    assert "\n" not in found


def test_messages_carry_the_line() -> None:
    found = message("inputs:\n  x: 1\nnodes:\n  z: x + yy\nloss: ~")
    assert found.startswith("net.yaml:4:3: unknown name yy (node z)")


# Random networks

UNARY = ("sigmoid", "tanh", "exp", "relu")


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A random graph of scalars with sharing and several paths."""
    net = Network(draw(st.sampled_from(["", "a title", 'with "quotes": and #'])))
    numbers = st.one_of(st.integers(-5, 5), st.floats(-3, 3).map(lambda value: round(value, 4)))
    known = []
    for place in range(draw(st.integers(1, 3))):
        known.append(net.parameter(f"w{place}", draw(numbers)))
        known.append(net.input(f"x{place}", draw(st.one_of(st.none(), numbers))))
    for place in range(draw(st.integers(1, 8))):
        known.append(net.node(f"n{place}", draw(formulas(known))))
    net.loss("l", draw(formulas(known)))
    if draw(st.booleans()):
        net.rename("w0", r"\hat{w}^{(1)}_0")
    return net


def formulas(known: list[Variable]) -> st.SearchStrategy[Variable]:
    """Random formulas over the variables."""
    return st.recursive(
        st.sampled_from(known),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] / pair[1]),
            st.tuples(inner, st.integers(-2, 3)).map(lambda pair: pair[0] ** pair[1]),
            st.tuples(inner, st.floats(-2, 2)).map(lambda pair: pair[1] * pair[0]),
            inner.map(lambda one: -one),
            st.tuples(st.sampled_from(UNARY), inner).map(lambda pair: call(*pair)),
        ),
        max_leaves=8,
    )


@given(networks())
@settings(max_examples=80, deadline=None)
def test_file_to_network_to_file_is_the_identity(net: Network) -> None:
    text = net.canonical()
    assert read_network(text).canonical() == text


@given(networks())
@settings(max_examples=50, deadline=None)
def test_a_read_network_is_the_network_that_was_written(net: Network) -> None:
    again = read_network(net.canonical())
    assert {node.id: (node.op, node.inputs, node.role, node.shape) for node in again.graph} == {
        node.id: (node.op, node.inputs, node.role, node.shape) for node in net.graph
    }
    assert {name: array.tolist() for name, array in again.arrays.items()} == {
        name: array.tolist() for name, array in net.arrays.items()
    }


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_node_order_does_not_matter(net: Network, chance: random.Random) -> None:
    lines = net.canonical().splitlines()
    start, end = lines.index("nodes:") + 1, lines.index("loss:")
    nodes = lines[start:end]
    chance.shuffle(nodes)
    other = read_network("\n".join(lines[:start] + nodes + lines[end:]))
    assert {node.id: node.inputs for node in other.graph} == {node.id: node.inputs for node in net.graph}
    place = {name: rank for rank, name in enumerate(other.graph.nodes)}
    assert all(place[use] < place[node.id] for node in other.graph for use in node.inputs)


def test_symbols_may_be_used_before_they_are_declared() -> None:
    net = Network()
    assert net.symbol("later").expr == Symbol("later")
