"""Decisions: exactness, precision, conditions, kinks, examples, derivations."""

from __future__ import annotations

import pytest

from graphbp.check.checker import Checker
from graphbp.importers.yaml_file import read_network
from graphbp.network import Network
from tests.check.cases import checker


def neuron(**numbers: float) -> Checker:
    net = Network(learning_rate=0.5)
    for name in ("w", "b"):
        net.parameter(name, numbers.get(name))
    net.input("x", numbers.get("x"))
    net.target("t", numbers.get("t"))
    net.node("z", "w*x + b")
    net.node("y", "sigmoid(z)")
    net.loss("l", "(y - t)**2/2")
    return Checker(net)


NUMBERS = {"w": 0.5, "b": 0.25, "x": 2.0, "t": 1.0}
"""z = 1.25, y = 0.77729…, dl/dw = −0.077109…"""


@pytest.mark.parametrize("small", ["1e-4", "1e-7", "1e-12"])
def test_a_small_difference_is_a_difference(small: str) -> None:
    assert neuron().check(f"dl/dw = (y - t)*y*(1 - y)*x*(1 + {small})").outcome == "wrong"


def test_cancellation_is_no_difference() -> None:
    assert neuron().check("dl/dw = ((y + 1000000) - (t + 1000000))*y*(1 - y)*x").outcome == "right"


def test_the_networks_own_numbers_are_no_evidence_for_a_formula() -> None:
    # At x = 2 and t = 1 both are what they should be, elsewhere they are not.
    found = neuron(**NUMBERS).check("dl/dw = (y - 1)*y*(1 - y)*2")
    assert found.outcome == "wrong"


@pytest.mark.parametrize(("text", "outcome", "kind"), [
    ("z = 1.25", "right", ""),
    ("y = 0.7773", "right", ""),
    ("y = 0.78", "right", ""),
    ("y = 0.7772", "wrong", "rounding"),
    ("dl/dw = -0.0771", "right", ""),
    ("dl/dw = 0.0771", "wrong", "sign"),
    ("dl/dw = -0.0717", "wrong", "copied-number"),
    ("dl/dw = -0.03855", "wrong", "missing-factor"),
    ("dl/dw = (0.7773 - 1)*0.7773*(1 - 0.7773)*2 = -0.0771", "right", ""),
    ("dl/dw = -0.2227*0.1731*2", "right", ""),
    ("w+ = 0.5386", "right", ""),
    ("w+ = 0.4614", "wrong", "sign"),
])  # fmt: skip
def test_numbers_count_as_they_are_printed(text: str, outcome: str, kind: str) -> None:
    found = neuron(**NUMBERS).check(text)
    assert found.outcome == outcome, found
    assert (found.mistake.kind if found.mistake else "") == kind
    assert found.evidence == {"kind": "values"}


def test_numbers_without_numbers_are_undecided() -> None:
    found = neuron().check("dl/dw = -0.0771")
    assert found.outcome == "undecided" and "no number" in found.reason


def test_a_proof_is_told_from_samples() -> None:
    assert neuron().check("dl/dw = (y - t)*y*(1 - y)*x").evidence == {"kind": "proved"}
    sampled = checker("vector-layer").check("dl/dz2 = (y - t) ⊙ y ⊙ (1 - y)").evidence
    assert sampled["kind"] == "sampled" and sampled["points"] >= 32


def test_a_counterexample_names_the_point_and_both_numbers() -> None:
    evidence = neuron().check("dl/dw = (y - t)*x").evidence
    assert evidence["kind"] == "counterexample" and set(evidence["at"]) == {"w", "b", "x", "t"}
    assert evidence["claimed"] != evidence["true"]


def test_a_division_that_the_truth_does_not_need_is_a_condition() -> None:
    found = neuron().check("dl/dw = dl/dz*(z - b)/w")
    assert (found.outcome, found.condition) == ("right_if", "w ≠ 0")


def test_what_cannot_be_read_has_a_place() -> None:
    found = neuron().check("dl/dw = (y - q)*x")
    assert found.outcome == "unreadable" and found.evidence["column"] == 14


def test_the_same_claim_gets_the_same_verdict() -> None:
    texts = ("dl/dw = (y - t)*x", "dl/dw = (y - t)*y*(1 - y)*x", "dl/dw = y")
    assert [neuron().check(text).data() for text in texts] == [neuron().check(text).data() for text in texts]


def test_a_derivation_is_judged_line_by_line() -> None:
    found = neuron().check("dl/dy = y - t\ndy/dz = y\ndl/dz = (y - t)*y\ndl/dw = dl/dz*x\ndl/db = (y - t)*y")
    outcomes = [(line.outcome, line.follows) for line in found.lines]
    assert outcomes == [("right", False), ("wrong", False), ("wrong", True), ("right", False), ("wrong", True)]
    assert found.first_wrong == 2
    assert found.mistake is not None and found.mistake.kind == "wrong-activation-derivative"


def test_numbers_carry_errors_forward() -> None:
    found = neuron(**NUMBERS).check("z = 1.35\ny = 0.7941\nl = 0.0212")
    assert [(line.outcome, line.follows) for line in found.lines] == [
        ("wrong", False),
        ("wrong", True),
        ("wrong", True),
    ]


def test_names_of_ones_own_may_be_used() -> None:
    found = neuron().check("e = y - t\nd = e*y*(1 - y)\ndl/dw = d*x")
    assert found.outcome == "right" and len(found.lines) == 3


def test_a_chain_on_one_line_is_right_only_if_all_of_it_is() -> None:
    assert neuron().check("dl/dw = dl/dz*x = (y - t)*y*(1 - y)*x").outcome == "right"
    assert neuron().check("dl/dw = dl/dz*x = (y - t)*x").outcome == "wrong"


def test_each_side_of_a_kink_counts_and_the_kink_itself_does_not() -> None:
    judge = checker("relu")
    for relation in (">", ">="):
        assert judge.check(f"dl/dz = v*dl/dq*[z {relation} 0]").outcome == "right"
    assert judge.check("dl/dz = v*dl/dq").outcome == "wrong"


def test_a_number_may_belong_to_one_example() -> None:
    found = checker("data-sum").check("dl/dw = 0.05923")
    assert (found.outcome, found.condition) == ("right_if", "it is meant for example 1")


def test_local_derivatives_stand_in_the_chain_rule() -> None:
    assert checker("shared-weight").check("dl/dw = dl/dz1*dz1/dw + dl/dz2*dz2/dw").outcome == "right"
    assert checker("shared-weight").check("dz2/dw = h1").outcome == "right_if"


SHARES = """
graphbp: 1
inputs: {z: {shape: [3]}}
targets: {t: {shape: [3]}}
loss: {l: "cross_entropy(z, t)"}
"""


def test_targets_of_cross_entropy_are_shares() -> None:
    judge = Checker(read_network(SHARES))
    assert judge.check("dl/dz = softmax(z) - t").outcome == "right"
    assert judge.check("dl/dz = softmax(z)").outcome == "wrong"


def test_hints_do_not_leak() -> None:
    judge = neuron()
    for level in range(4):
        found = judge.check("dl/dw = (y - t)*x", level)
        data = found.data()
        assert (data["correct"] is not None) == (level == 3)
        assert (data["mistake"] is not None) == (level >= 2)
        assert (data["first_wrong"] is not None) == (level >= 1)


def test_the_corrected_line_is_right() -> None:
    judge = neuron()
    corrected = judge.check("dl/dw = (y - t)*x", 3).data()["correct"]
    assert judge.check(corrected.splitlines()[0]).outcome == "right"


def test_a_derivative_of_a_number_by_itself_is_one_among_arrays_too() -> None:
    judge = checker("quadratic")
    assert judge.check("ds/ds = 1").outcome == "right"
    assert judge.check("dl/ds = -dl/dl*ds/ds").outcome == "right"


# Totals of arrays over examples

LINE = """
graphbp: 1
inputs: {x: {shape: [3]}}
parameters: {w: {shape: [3]}, k: 0.1}
targets: {t: ~}
nodes: {y: "dot(w, x)"}
loss: {l: (y - t)**2/2}
total: {L: mean(l) + k*sum(w**2)/2}
"""


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("dL/dw = mean(dl/dw) + k*w", "right"),
        ("dL/dw = mean((y - t)*x) + k*w", "right"),
        ("m = mean(dl/dw)\ndL/dw = m + k*w", "right"),
        ("e = y - t\ndL/dw = mean(e*x) + k*w", "right"),
        ("dL/dw = mean(dl/dw)", "wrong"),
        ("dL/dw = mean(dl/dw) + k*w^2", "wrong"),
        ("dL/dw = sum(dl/dw) + k*w", "wrong"),
    ],
)
def test_the_outermost_sum_runs_over_the_examples(text: str, outcome: str) -> None:
    assert Checker(read_network(LINE)).check(text).outcome == outcome


STEP = """
graphbp: 1
inputs: {x: ~}
parameters: {w: 0.5}
targets: {t: ~}
nodes: {y: w*x}
loss: {l: (y - t)**2/2}
data: [{x: 1, t: 2}, {x: 2, t: 1}]
learning_rate: 0.1
"""


def test_a_step_goes_down_the_total_loss() -> None:
    # dL/dw = −1.5·1 + 0·2 = −1.5
    judge = Checker(read_network(STEP))
    assert judge.check("w+ = 0.65").outcome == "right"
    assert judge.check("w+ = 0.66").mistake is not None
    alone = judge.check("w+ = w - eta*dl/dw")
    assert (alone.outcome, alone.condition) == ("right_if", "the step is made for each example by itself")


def test_the_number_of_examples_may_be_written_out() -> None:
    rows = ", ".join(f"{{x: {place}, t: {place % 3}}}" for place in range(10))
    text = STEP.replace("learning_rate: 0.1", "total: {L: mean(l)}").replace("{x: 1, t: 2}, {x: 2, t: 1}", rows)
    judge = Checker(read_network(text))
    assert judge.check("dL/dw = 1/10*sum((y - t)*x)").outcome == "right"
    assert judge.check("dL/dw = sum((y - t)*x)/10").outcome == "right"
    assert judge.check("dL/dw = sum((y - t)*x)/9").outcome == "wrong"
    for text in ("dL/dw = sum((y - t))/10", "dL/dw = sum((y - t))"):
        mistake = judge.check(text).mistake
        assert mistake is not None and "missing-factor" in (mistake.kind, *mistake.also), text


# Derivatives of formulas that the claim writes out


@pytest.mark.parametrize(
    ("network", "text", "outcome"),
    [
        ("vector-layer", "d(W2 @ a1)/da1 = W2", "right"),
        ("vector-layer", "d(W2 @ a1)/da1 = W2.T", "wrong"),
        ("vector-layer", "d(sum(a1**2))/da1 = 2*a1", "right"),
        ("vector-layer", "d(sum(a1**2))/da1 = a1", "wrong"),
        ("tanh-chain", "d(z1**2)/dz1 = 2*z1", "right"),
        ("tanh-chain", "d(v*h + u)/dv = h", "right"),
    ],
)
def test_derivatives_of_written_formulas(network: str, text: str, outcome: str) -> None:
    verdict = checker(network).check(text)
    assert verdict.outcome == outcome
    assert outcome == "right" or verdict.mistake is not None


def test_the_larger_of_two_values_is_no_maximum_over_an_axis() -> None:
    # With 60 digits, too: there operations are computed by their definitions.
    net = Network()
    net.parameter("w")
    net.input("x")
    net.loss("l", "where(abs(w*x) <= 1, (w*x)**2/2, abs(w*x) - 1/2)")
    assert Checker(net).check("dl/dw = max(-1, min(1, w*x))*x").outcome == "right"


@pytest.mark.parametrize("digits", range(3, 12))
def test_a_printed_number_counts_to_its_last_digit(digits: int) -> None:
    judge, true = neuron(**NUMBERS), 0.7772998611746911
    shown = f"{true:.{digits}f}"
    assert judge.check(f"y = {shown}").outcome == "right"
    off = judge.check(f"y = {true + 10.0**-digits:.{digits}f}")
    assert off.mistake is not None and off.mistake.kind == "rounding"


# Gradients that vanish


def deep(length: int) -> Checker:
    """A chain of sigmoid units with a weight each."""
    net = Network()
    net.input("x", 0.5)
    net.target("t", 0.2)
    for place in range(length):
        net.parameter(f"w{place}", 0.3)
        net.node(f"z{place}", f"w{place}*{f'a{place - 1}' if place else 'x'}")
        net.node(f"a{place}", f"sigmoid(z{place})")
    net.loss("l", f"(a{length - 1} - t)**2/2")
    return Checker(net)


@pytest.mark.parametrize("length", [20, 40, 90])
def test_a_gradient_that_vanishes_is_still_compared(length: int) -> None:
    judge = deep(length)
    assert judge.check("dl/dw0 = x*dl/dz0").outcome == "right"
    wrong = judge.check("dl/dz0 = w1*dl/dz1")
    assert wrong.mistake is not None and wrong.mistake.kind == "missing-activation-derivative"
    assert judge.check("dl/dw0 = 0*x").outcome == "wrong"


def test_what_double_precision_cannot_hold_is_undecided() -> None:
    judge = deep(600)
    assert judge.check("dl/dw0 = x*dl/dz0").outcome == judge.check("dl/dw0 = dl/dz0").outcome == "undecided"


def test_what_rounding_left_of_a_zero_is_zero() -> None:
    # The gradients of a normalised vector sum to 0.
    judge = checker("layer-norm")
    assert judge.check("sum(dl/dx) = 0").outcome == "right"


def test_tiny_numbers_count_as_printed() -> None:
    judge = deep(12)
    true = judge.world.own.derivative("l", "w0")[0]
    assert 0 < abs(true) < 1e-9
    assert judge.check(f"dl/dw0 = {true:.3e}").outcome == "right"
    assert judge.check(f"dl/dw0 = {2 * true:.3e}").outcome == "wrong"
