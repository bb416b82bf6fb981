"""One step of gradient descent: every parameter anew, and what the step does to the loss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphbp.derive.figures import literal, printable, spell
from graphbp.document.outcome import gradient_of, spelled
from graphbp.document.tree import Block, EquationRow, Equations, Heading, Paragraph
from graphbp.engine import Result
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.names import Label
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Mark, Mul, Partial, Symbol


def update_step(
    network: Network, result: Result, wrt: Iterable[str], digits: int
) -> tuple[tuple[Block, ...], dict[str, Label]]:
    """w⁺ = w − η ∂l/∂w with its numbers for every parameter asked for, and the loss before and after."""
    rate = network.learning_rate
    names = [
        name for name in wrt if network.graph[name].role is Role.PARAMETER and gradient_of(result, name) is not None
    ]
    shown = [name for name in names if printable(result[name].value)]
    if rate is None or not shown:
        return (), {}
    loss = result.total or network.loss_name
    rows = tuple(_update_row(network, result, name, loss, rate, digits) for name in shown)
    step = Symbol("eta")
    about: Prose = (
        "Every parameter moves against its gradient, with the learning rate ",
        Equation(step, (spelled(rate, NumberStyle(digits)),)),
        ":",
    )
    labels = {f"{name}+": replace(label := network.names.label(name), sup=f"{label.sup}+") for name in shown}
    return (
        Heading(("One update step",)),
        Paragraph(about),
        Equations(rows, compact=True),
        *_after(network, result, names, loss, rate, digits),
    ), labels


def _moving(result: Result, name: str) -> tuple[Any, Any]:
    """Value and gradient of a parameter."""
    return result[name].value, result[name].gradient


def _update_row(network: Network, result: Result, name: str, loss: str, rate: float, digits: int) -> EquationRow:
    value, gradient = _moving(result, name)
    eta = spelled(rate, NumberStyle(digits))
    formula = Symbol(name) - Mul((Symbol("eta"), Partial(Symbol(loss), Symbol(name))))
    before, slope = network.values.get(name) or spell(literal(value), digits), spell(literal(gradient), digits)
    inserted = Mark(before - Mul((eta, slope)), "muted")
    after = Mark(spell(literal(value - rate * gradient), digits), "forward")
    return EquationRow(Symbol(f"{name}+"), (formula, inserted, after))


def _after(
    network: Network, result: Result, names: Sequence[str], loss: str, rate: float, digits: int
) -> tuple[Block, ...]:
    """What the step does to the loss."""
    from graphbp.engine import run

    if result.loss is None:
        return ()
    pairs = ((name, *_moving(result, name)) for name in names)
    moved = run(network, {name: value - rate * gradient for name, value, gradient in pairs}).loss
    if moved is None:
        return ()
    style = NumberStyle(digits)
    before, after = (spelled(float(value), style) for value in (result.loss, moved))
    if not any(np.any(result[name].gradient) for name in names):
        return (Paragraph(("All gradients are 0, so nothing moves and ", Symbol(loss), " stays at ", before, ".")),)
    word = "falls" if moved < result.loss else "rises"
    return (Paragraph(("With these parameters ", Symbol(loss), f" {word} from ", before, " to ", after, ".")),)
