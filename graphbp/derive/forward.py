"""The forward pass as steps: every formula, with its numbers put in, and its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.derive.figures import Functions, adding_up, literal, printable, spell, with_numbers
from graphbp.derive.kernels import network_kernels, operation_kernels
from graphbp.derive.rows import lying
from graphbp.derive.steps import Rule, Step, Told, Touches
from graphbp.graph import Node
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.tree import Call, Cases, Equation, Expr, Mark, Max, Number, Sum, Symbol, substitute, walk


def forward_steps(
    network: Network, env: Mapping[str, Any], exact: Mapping[str, Expr], digits: int, short: bool = False
) -> Told[Step]:
    """One step for each computed node that the author named; `short` ones show no numbers put in."""
    rows = batched(network)
    functions = network_kernels(network) if network.functions else operation_kernels()
    places = {node.id: f"f{place}" for place, node in enumerate(_computed(network), 1)}

    def tell(name: str) -> Step:
        formula = network.formulas[name]
        claim = Equation(Symbol(name), (formula,))
        uses = network.graph.named_inputs[name]
        touches = Touches(name, (*uses, name), tuple((used, name) for used in uses))
        numbers = _numbers(name, formula, env, exact, digits, rows, short, functions) if name in env else None
        return Step(places[name], Rule.DEFINE, name, claim, ("definition",), numbers=numbers, touches=touches)

    return Told(tuple(places), tell)


def _computed(network: Network) -> Iterator[Node]:
    return (node for node in network.graph.named if not node.leaf)


def batched(network: Network) -> bool:
    """Whether computed values are matrices: then a vector stands beside them as a row."""
    return any(len(node.shape) == 2 for node in _computed(network))


def _numbers(
    name: str,
    formula: Expr,
    env: Mapping[str, Any],
    exact: Mapping[str, Expr],
    digits: int,
    rows: bool,
    short: bool,
    functions: Functions,
) -> Equation | None:
    """name = formula with numbers = value, if everything is small enough to print."""
    from graphbp.notation.tree import symbols

    involved = [] if short else [env[symbol] for symbol in symbols(formula) if symbol in env]
    if not all(printable(value) for value in (*involved, env[name])):
        return None
    value = env[name]
    rows = rows and lying(formula, env)
    if isinstance(value, Fraction):
        return Equation(Symbol(name), (with_numbers(formula, env, exact, rows), Mark(literal(value), "forward")))
    result = _shown(value, digits) if np.ndim(value) == 0 else Mark(spell(literal(value, rows), digits), "forward")
    if short:
        return Equation(Symbol(name), (result,))
    if np.ndim(value) == 0 and isinstance(formula, Call) and _applied_to_a_formula(formula):
        argument = evaluate(formula.args[0], env, functions=functions)
        if np.ndim(argument) == 0:
            stages = [with_numbers(formula, env, exact), replace(formula, args=(Number(float(argument)),))]
            summed = adding_up(Symbol(name), stages, float(value), digits, functions)
            return replace(summed, rights=(*summed.rights[:-1], result))
    of_numbers = not any(np.ndim(item) for item in (*involved, value))
    inserted = spell(with_numbers(_opened(formula) if of_numbers else formula, env, exact, rows), digits)
    return Equation(Symbol(name), (inserted, result))


def _applied_to_a_formula(call: Call) -> bool:
    """Whether its argument takes a line to work out: tanh(0.9 · 0.6 + 0.1) = tanh(0.64)."""
    return call.function in ops.names() and len(call.args) == 1 and not isinstance(call.args[0], Symbol | Number)


def _shown(value: Any, digits: int) -> Expr:
    """A value of the forward pass."""
    return Mark(Number(float(value), NumberStyle(digits).show(float(value))), "forward")


def _opened(formula: Expr) -> Expr:
    """A call of an operation on one number as its definition, if that is one formula: σ(z) → 1/(1 + e^{−z})."""
    if not isinstance(formula, Call) or len(formula.args) != 1 or formula.function not in ops.names():
        return formula
    op = ops.get(formula.function)
    definition = op.index_form([()], dict(formula.options), ["argument"], "output")
    if definition.parts or any(isinstance(part, Cases | Sum | Max) for part in walk(definition.body)):
        return formula
    return substitute(definition.body, {Symbol("argument"): formula.args[0]})  # type: ignore[no-any-return]
