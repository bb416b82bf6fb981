"""Networks without a loss: every forward factor ∂z/∂w, read off the forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphbp.calculus.lines import Rule
from graphbp.derive import words
from graphbp.derive.figures import Functions, adding_up, with_numbers
from graphbp.derive.local import local_derivative, scalar
from graphbp.derive.plan import default_targets
from graphbp.derive.steps import Step, Touches
from graphbp.derive.units import Unit, units
from graphbp.derive.witness import Witness
from graphbp.errors import GraphError
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.prose import Prose, prose
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
    targets = tuple(wrt) if wrt else default_targets(network, [node.id for node in network.graph.named])
    factors = ForwardFactors(network, env, exact, functions, digits)
    pairs = [(node, consumer) for node in targets for consumer in network.graph.named_consumers[node]]
    return tuple(factors.step(node, consumer, str(place)) for place, (node, consumer) in enumerate(pairs, 1))


@dataclass
class ForwardFactors:
    """What the steps of one open network share."""

    network: Network
    env: Mapping[str, Any]
    exact: Mapping[str, Expr]
    functions: Functions
    digits: int

    @cached_property
    def witness(self) -> Witness:
        """What checks every step."""
        return Witness(self.network, self.functions)

    @cached_property
    def by_consumer(self) -> dict[str, Unit]:
        """The unit of each weighted sum."""
        return {unit.z: unit for unit in units(self.network)}

    def step(self, node: str, consumer: str, number: str) -> Step:
        """The step that reads ∂consumer/∂node off.

        Raises: GraphError if arrays occur.
        """
        if not scalar(self.network, consumer, node):
            raise GraphError("the network has no loss, so there is no gradient to derive", fix="add loss: or given:")
        local = local_derivative(self.network, consumer, node)
        claim = Equation(Partial(Symbol(consumer), Symbol(node)), (Mark(local.result, "forward"),))
        reason = words.local_reason(self.network, node, [consumer], [local.chain.lines], self.by_consumer)
        evidence = self.witness.check_local(node, consumer, local.result)
        numbers = self._numbers(claim.left, local.result, consumer)
        lines = [Step(f"{number}.1", Rule.LOCAL, node, claim, reason, evidence=evidence)]
        if numbers:
            of_values: Prose = ("value of the forward pass",)
            lines.append(Step(f"{number}.2", Rule.NUMBER, node, numbers, of_values, evidence=evidence))
        title = prose("The forward factor of {w}", w=Symbol(node))
        touches = self._touches(node, consumer)
        return Step(number, Rule.LOCAL, node, claim, reason, (), numbers, tuple(lines), touches, evidence, title)

    def _numbers(self, left: Expr, local: Expr, consumer: str) -> Equation | None:
        """The number of a local derivative, unless it is one already."""
        if consumer not in self.env or isinstance(local, Number):
            return None
        value = float(evaluate(local, self.env, functions=self.functions))
        inserted = [] if isinstance(local, Symbol) else [with_numbers(local, self.env, self.exact)]
        return adding_up(left, inserted, value, self.digits, self.functions)

    def _touches(self, node: str, consumer: str) -> Touches:
        unit = self.by_consumer.get(consumer)
        source = dict(unit.weights).get(node) if unit else None
        return Touches(node, tuple(name for name in (node, consumer, source) if name), ())
