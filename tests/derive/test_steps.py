"""Steps: every claim is true, planted errors are caught, and every reading covers what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbp import engine, gallery
from graphbp.derive import witness
from graphbp.derive.derive import derive, environment
from graphbp.derive.figures import gradient_name
from graphbp.derive.kernels import network_kernels
from graphbp.derive.outline import outline
from graphbp.derive.units import by_layer, units
from graphbp.errors import NameProblem, UsageError
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.plain import PlainWriter
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import Mark, Number, Symbol

SCALAR = ("one-neuron", "two-layer", "lecture-e8", "lecture-c1")


@pytest.mark.parametrize("name", gallery.names())
def test_every_step_has_its_witness(name: str) -> None:
    derivation = derive(gallery.load(name))
    assert derivation.steps
    for step in derivation.steps:
        assert step.rule == "given" or step.evidence.points > 0 or step.rule == "sum over examples"
        assert step.evidence.error < witness.TOLERANCE
        assert step.title
        assert all(line.reason for line in step.substeps)


@pytest.mark.parametrize("name", ["one-neuron", "two-layer", "affine-softmax"])
def test_formulas_give_the_numbers_of_the_engine(name: str) -> None:
    network = gallery.load(name)
    result = engine.run(network)
    derivation = derive(network, result=result)
    env = environment(network, result)
    functions = network_kernels(network)
    for step in derivation.steps:
        expected = env[gradient_name(network.loss_name, step.node)]
        for line in step.substeps:
            if line.claim.left == step.claim.left and line.rule not in ("define", "chain", "several paths", "number"):
                np.testing.assert_allclose(
                    evaluate(line.claim.rights[-1], env, functions=functions), expected, rtol=1e-9, atol=1e-12
                )


@pytest.mark.parametrize("detail", ["brief", "normal"])
def test_shown_lines_add_up_as_shown(detail: Any) -> None:
    network = gallery.load("two-layer")
    derivation = derive(network, detail=detail, result=engine.run(network))
    for step in derivation.steps:
        assert step.numbers
        *lines, last = step.numbers.rights
        assert isinstance(last, Mark)
        assert isinstance(last.x, Number)
        shown = str(last.x.text)
        decimals = len(shown.partition(".")[2])
        for line in lines:
            assert abs(evaluate(reread(line), {}) - float(shown)) <= 0.51 * 10.0**-decimals


def reread(line: Any) -> Any:
    """The line with each number as it is spelled, not as it was computed."""
    from graphbp.notation.tree import transform

    return transform(line, lambda part: Number(float(part.text)) if isinstance(part, Number) and part.text else part)


WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    ("off by 0.1 %", lambda claim: claim * Number(1.001)),
    ("sign", lambda claim: -claim),
    ("a term too many", lambda claim: claim + Symbol("w5")),
]


@pytest.mark.parametrize(("what", "spoil"), WRONG)
def test_a_planted_error_is_caught(what: str, spoil: Callable[[Any], Any]) -> None:
    network = gallery.load("two-layer")
    judge = witness.Witness(network, network_kernels(network))
    true = parse_formula("w5*g3 + w7*g4")
    from graphbp.notation.tree import Partial, substitute

    true = substitute(true, {Symbol(f"g{i}"): Partial(Symbol("l"), Symbol(f"z{i}")) for i in (3, 4)})
    assert judge.check("a1", ["z3", "z4"], [true]).error < 1e-8
    with pytest.raises(witness.StepFails):
        judge.check("a1", ["z3", "z4"], [spoil(true)])


def test_units_of_the_two_layer_network() -> None:
    layers = by_layer(units(gallery.load("two-layer")))
    assert [[(unit.z, unit.a, unit.bias) for unit in layer] for layer in layers.values()] == [
        [("z1", "a1", "b1"), ("z2", "a2", "b2")],
        [("z3", "y1", "b3"), ("z4", "y2", "b4")],
    ]
    assert layers[1][0].weights == (("w1", "x1"), ("w2", "x2"))


def test_a_node_that_is_no_unit() -> None:
    net = Network()
    w, x = net.parameter("w", 0.3), net.input("x", 2.0)
    net.node("z", w * w * x)
    assert units(net) == ()


def test_each_gradient_once_and_before_it_is_used() -> None:
    derivation = derive(gallery.load("two-layer"))
    seen: set[str] = set()
    for step in derivation.steps:
        assert step.node not in seen
        assert set(step.uses) <= {earlier.id for earlier in derivation.steps if earlier.node in seen}
        seen.add(step.node)


def test_only_what_is_asked_for() -> None:
    derivation = derive(gallery.load("two-layer"), wrt=["w5"])
    assert [step.node for step in derivation.steps] == ["y1", "z3", "w5"]
    assert list(derivation.result) == ["w5"]


@pytest.mark.parametrize(("name", "error"), [("w55", NameProblem), ("t9", NameProblem)])
def test_unknown_names_are_refused(name: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"did you mean|unknown name"):
        derive(gallery.load("two-layer"), wrt=[name])


def test_a_node_without_a_path_to_the_loss_is_refused() -> None:
    net = Network()
    w, x = net.parameter("w", 0.3), net.input("x", 2.0)
    net.node("dead", w + x)
    net.loss("l", w * w)
    with pytest.raises(UsageError, match="does not act on l"):
        derive(net, wrt=["dead"])


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Scalar networks with sharing and several paths; every node may use any earlier one."""
    net = Network("random")
    names = [f"w{i}" for i in range(draw(st.integers(1, 3)))] + ["x"]
    for name in names[:-1]:
        net.parameter(name, draw(st.integers(-20, 20)) / 10)
    net.input("x", draw(st.integers(1, 20)) / 10)
    forms = (
        "{a}*{b}",
        "{a} + {b}",
        "sigmoid({a})",
        "tanh({a} - {b})",
        "{a}*{b} + {c}",
        "({a} - {b})**2/2",
        "relu({a})",
        "exp(-{a}**2)",
        "-{a}",
    )
    for i in range(draw(st.integers(1, 6))):
        pick = st.sampled_from(names)
        text = draw(st.sampled_from(forms)).format(a=draw(pick), b=draw(pick), c=draw(pick))
        net.node(f"n{i}", text)
        names.append(f"n{i}")
    net.loss("l", f"({names[-1]} - 0.3)**2 + w0*{names[-1]}")
    net.title = "; ".join(str(PlainWriter().write(f)) for f in net.formulas.values())
    return net


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_random_networks(net: Network) -> None:
    result = engine.run(net)
    derivation = derive(net, result=result)
    env = environment(net, result)
    functions = network_kernels(net)
    for step in derivation.steps:
        found = evaluate(step.claim.rights[-1], env, functions=functions)
        assert np.isclose(found, env[gradient_name("l", step.node)], rtol=1e-9, atol=1e-11)


def test_facts_that_the_numbers_contradict_are_not_used() -> None:
    """Targets that do not add up to 1: softmax(Z) ⊙ ΣT − T, and not the textbook's softmax(Z) − T."""
    net = Network()
    net.parameter("Z", [[0.7, 0.4, -0.1], [0.6, 0.7, 0.7]])
    net.target("T", [[1, 1, 0], [0, 0.5, 0]])
    net.loss("l", "cross_entropy(Z, T)")
    result = engine.run(net)
    formula = derive(net, result=result).result["Z"]
    found = evaluate(formula, environment(net, result), functions=network_kernels(net))
    np.testing.assert_allclose(found, result["Z"].gradient, rtol=1e-12)


@pytest.mark.parametrize("loss", ["binary_cross_entropy(p, t)", "mse(p, t)", "squared_error(p, t)"])
def test_losses_of_a_number_against_a_vector(loss: str) -> None:
    net = Network()
    net.parameter("p", 0.3)
    net.target("t", [0, 1, 1])
    net.loss("l", loss)
    result = engine.run(net)
    formula = derive(net, result=result).result["p"]
    found = evaluate(formula, environment(net, result), functions=network_kernels(net))
    assert np.isclose(found, result["p"].gradient)


def test_reasons_name_the_authors_call() -> None:
    """An option given by position stays one in lines and reasons."""
    net = Network("t")
    net.parameter("w")
    net.loss("l", "w*elu(w, 0.5)")
    told = outline(derive(net))
    assert "elu(w, 0.5)" in told and "alpha" not in told


def test_no_column_stands_above_or_below_a_bar() -> None:
    """Quotients by arrays are worked out in the line of numbers."""
    net = Network("t")
    net.input("t", [1.0, 0.0])
    net.parameter("p", [0.25, 0.5])
    net.loss("l", "sum(t/p)/4")
    derivation = derive(net, result=engine.run(net))
    numbers = derivation.steps[0].numbers
    assert numbers and [PlainWriter().write(right) for right in numbers.rights] == ["-[4, 0]", "[-4, 0]"]


def pooled(*formulas: str) -> Network:
    """A matrix through several poolings, added up."""
    net = Network("t")
    net.parameter("Z", [[0.1, 0.7, 0.2], [0.9, 0.4, 0.3], [0.6, 0.8, 0.5]])
    names = [f"p{place}" for place in range(len(formulas))]
    for name, formula in zip(names, formulas, strict=True):
        net.node(name, formula)
    net.loss("l", " + ".join(f"sum({name}**2)" for name in names))
    return net


def test_shares_that_stand_side_by_side_name_different_things() -> None:
    """Two poolings of one array have two winners."""
    derivation = derive(pooled("max_pool2d(Z, 2, stride=1)", "max_pool2d(Z, 3, stride=1)"), detail="brief")
    step = next(step for step in derivation.steps if step.node == "Z")
    winners = [one.name for one in step.where if not one.name.startswith("p")]
    assert len(set(winners)) == len(winners) == 2


def test_what_has_entries_only_says_so_and_what_its_winner_is() -> None:
    told = outline(derive(pooled("max_pool2d(Z, 2, stride=1)")))
    assert "is the first of the largest" in told and "no form of whole arrays was found" in told


@pytest.mark.parametrize(
    "formula", ["X @ W", "softmax(X*W.T)", "conv2d(X, W.T, stride=2)", "X - mean(X, axis=1, keepdims=True)"]
)
def test_axes_of_size_one_are_axes(formula: str) -> None:
    """A batch of one example, a layer of one unit: forms and letters as for any other size."""
    net = Network("t")
    net.parameter("X", [[0.5, -1.0, 2.0]])
    net.parameter("W", [[0.3], [0.7], [-0.2]])
    net.node("Z", formula)
    net.loss("l", "sum(Z**2) + sum(W)")
    steps = {step.node: step for step in derive(net).steps}
    assert all(step.evidence.points == witness.POINTS for step in steps.values())
    if formula == "X @ W":
        assert PlainWriter().write(steps["X"].claim.rights[-1]) == "dl/dZ @ W.T"


def test_matrices_that_are_shown_give_the_matrix_that_is_shown() -> None:
    """0.5 · 1.599 is no 0.7994: the line has another digit."""
    net = Network("t")
    net.input("X", [[0.5, -1.0, 0.2]])
    net.parameter("W", [[0.3, 1.1], [-0.4, 0.6], [0.9, 2.0]])
    net.node("Z", "X @ W")
    net.loss("l", "sum(Z**3)")
    step = next(step for step in derive(net, result=engine.run(net)).steps if step.node == "W")
    assert step.numbers and "[[1.5987, 0.3675]]" in PlainWriter().write(step.numbers.rights[0])
