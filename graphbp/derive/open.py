"""Networks without a loss: every forward factor ∂z/∂w, read off the forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphbp.calculus.lines import Rule
from graphbp.derive import words
from graphbp.derive.figures import Functions, adding_up, with_numbers
from graphbp.derive.local import local_derivative, scalar
from graphbp.derive.plan import default_targets
from graphbp.derive.steps import Evidence, Step, Touches
from graphbp.derive.units import units
from graphbp.derive.witness import Witness
from graphbp.errors import GraphError
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.prose import prose
from graphbp.notation.tree import Equation, Expr, Mark, Number, Partial, Symbol


def open_steps(
    network: Network,
    wrt: Sequence[str] | None,
    env: Mapping[str, Any],
    exact: Mapping[str, Expr],
    functions: Functions,
    digits: int,
) -> tuple[Step, ...]:
    """One step for each local derivative of a consumer with respect to a parameter (or to what is asked for).

    Raises: GraphError if the network speaks of arrays: there ∂z/∂w is no formula that could be read off.
    """
    names = [node.id for node in network.graph.named]
    targets = tuple(wrt) if wrt else default_targets(network, names)
    by_consumer = {unit.z: unit for unit in units(network)}
    witness = Witness(network, functions)
    steps: list[Step] = []
    for node in targets:
        for consumer in network.graph.named_consumers[node]:
            if not scalar(network, consumer, node):
                raise GraphError(
                    "the network has no loss, so there is no gradient to derive", fix="add loss: or given:"
                )
            local = local_derivative(network, consumer, node)
            left = Partial(Symbol(consumer), Symbol(node))
            reason = words.local_reason(network, node, [consumer], [local.chain.lines], by_consumer)
            evidence: Evidence = witness.check_local(node, consumer, local.result)
            numbers = None
            if consumer in env and not isinstance(local.result, Number):
                value = float(evaluate(local.result, env, functions=functions))
                inserted = [] if isinstance(local.result, Symbol) else [with_numbers(local.result, env, exact)]
                numbers = adding_up(left, inserted, value, digits, functions)
            right = Mark(local.result, "forward")
            number = str(len(steps) + 1)
            line = Step(f"{number}.1", Rule.LOCAL, node, Equation(left, (right,)), reason, evidence=evidence)
            substeps = [line]
            if numbers:
                substeps.append(
                    Step(f"{number}.2", Rule.NUMBER, node, numbers, ("value of the forward pass",), evidence=evidence)
                )
            unit = by_consumer.get(consumer)
            source = dict(unit.weights).get(node) if unit else None
            touches = Touches(node, tuple(name for name in (node, consumer, source) if name), ())
            title = prose("The forward factor of {w}", w=Symbol(node))
            steps.append(
                Step(
                    number,
                    Rule.LOCAL,
                    node,
                    Equation(left, (right,)),
                    reason,
                    (),
                    numbers,
                    tuple(substeps),
                    touches,
                    evidence,
                    title,
                )
            )
    return tuple(steps)
