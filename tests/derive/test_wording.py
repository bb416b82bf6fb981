"""What a reader would stumble over: letters that mean two things, lines that say the same, reasons that do not fit."""

from __future__ import annotations

from graphbp import engine
from graphbp.calculus.differentiate import differentiate_formula
from graphbp.derive.derive import derive
from graphbp.derive.steps import Step
from graphbp.network import Network
from graphbp.notation.plain import PlainWriter
from graphbp.notation.prose import written
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import Index, Symbol, walk
from graphbp.notation.unicode import UnicodeWriter


def gates() -> Network:
    """Nodes called i, n and m, which are favourite letters of indices."""
    net = Network()
    net.input("x", [0.5, -0.2])
    net.parameter("W", [[0.1, 0.4], [-0.3, 0.2]])
    net.node("i", "sigmoid(W @ x)")
    net.node("n", "i*x")
    net.node("m", "tanh(n)")
    net.loss("l", "mse(m, x)")
    return net


def lines_of(net: Network, node: str) -> list[Step]:
    """The lines of the step of one node."""
    return list(next(step for step in derive(net, [node]).steps if step.node == node).substeps)


def test_index_letters_are_no_names_of_nodes() -> None:
    net = gates()
    claims = [line.claim for step in derive(net, ["W"]).steps for line in step.substeps]
    letters = {part.name for claim in claims for side in claim.rights for part in walk(side) if isinstance(part, Index)}
    assert letters
    assert not letters & {node.id for node in net.graph.named}


def test_a_gradient_in_stages_goes_from_the_entry_to_the_layer_form() -> None:
    net = gates()
    write = UnicodeWriter(net.names).write
    lines = [(write(line.claim), written(line.reason, write)) for line in lines_of(net, "W")]
    assert [claim for claim, _ in lines[-3:]] == [
        "∂l/∂W_(ab) = ∂l/∂uₐ·x_b",
        "∂l/∂W = ∂l/∂u·xᵀ",
        "∂l/∂W = (∂l/∂i ⊙ i ⊙ (1 − i))·xᵀ",
    ]
    assert lines[-2][1] == "all entries at once: every entry of ∂l/∂u times every entry of x"
    assert lines[-1][1] == "insert ∂l/∂u"


def test_a_gradient_that_is_a_number_is_said_once() -> None:
    net = Network()
    net.parameter("a", 3)
    net.parameter("b", 4)
    net.loss("l", "a + b")
    found = [PlainWriter().write(line.claim.rights[-1]) for line in lines_of(net, "a")]
    assert found == ["d(a + b)/da", "1"]


def test_a_local_derivative_in_lines_of_its_own_is_inserted() -> None:
    net = Network()
    net.parameter("w", 0.5)
    net.node("y", "w**2/2")
    net.loss("l", "y**3")
    reasons = {str(line.reason[0]) for line in lines_of(net, "w")}
    assert "insert the local derivative" in reasons
    assert reasons & {"power rule"}


def test_constants_are_cancelled_in_every_case() -> None:
    formula = parse_formula("where(r < 1, r**2/2, 3*r)")
    assert PlainWriter().write(differentiate_formula(formula, Symbol("r")).result) == "where(r < 1, r, 3)"


def test_eulers_number_makes_room_for_a_node_called_e() -> None:
    net = Network()
    net.parameter("s", 0.5)
    net.input("e", 0.1)
    net.loss("l", "exp(s/2)*e**2")
    assert UnicodeWriter(net.names).write(net.formulas["l"]) == "exp(s/2)·e²"
    assert UnicodeWriter().write(parse_formula("exp(s/2)")) == "e^(s/2)"


def test_the_total_puts_the_gradients_of_the_examples_in() -> None:
    net = Network()
    net.input("x")
    net.target("t")
    net.parameter("w", 0.5)
    net.loss("l", "(w*x - t)**2/2")
    net.example(x=1, t=0)
    net.example(x=2, t=3)
    net.total("L", "mean(l) + 0.1*w**2/2")
    total = derive(net, ["w"], result=engine.run(net)).steps[-1]
    assert UnicodeWriter().write(total.substeps[-1].claim) == (
        "∂L/∂w = 1/2·(0.5 − 4) + 0.1 · 0.5 = −1.75 + 0.05 = −1.7"
    )


def test_a_function_of_a_formula_is_worked_out_in_two_stages() -> None:
    net = Network()
    net.input("x", 0.6)
    net.parameter("w", 0.9)
    net.node("n", "tanh(w*x + 0.1)")
    net.node("m", "sigmoid(n)")
    net.loss("l", "m**2")
    shown = {step.node: step.numbers for step in derive(net, result=engine.run(net)).forward if step.numbers}
    write = UnicodeWriter().write
    assert [write(right) for right in shown["n"].rights] == ["tanh(0.9 · 0.6 + 0.1)", "tanh(0.64)", "0.5649"]
    assert [write(right) for right in shown["m"].rights] == ["1/(1 + e^(−0.5649))", "0.6376"]


def test_minus_a_negative_number_is_plus() -> None:
    net = Network()
    net.parameter("w", -0.5)
    net.node("a", "1 - w")
    net.node("b", "3*w")
    net.loss("l", "-a*b")
    numbers = derive(net, ["w"], result=engine.run(net)).steps[-1].numbers
    assert numbers is not None
    assert all("− (−" not in text and "−(−" not in text for text in map(UnicodeWriter().write, numbers.rights[1:]))
