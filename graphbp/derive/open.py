"""Networks without a loss: every forward factor ∂z/∂w, read off the forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphbp.calculus.lines import Chain, Definition, Rule
from graphbp.derive import words
from graphbp.derive.arrays import helpers, named_in
from graphbp.derive.figures import Functions, adding_up, with_numbers
from graphbp.derive.local import entry_of, local_derivative, pull_back, scalar
from graphbp.derive.plan import default_targets
from graphbp.derive.steps import Step, Touches
from graphbp.derive.units import Unit, units
from graphbp.derive.witness import Witness
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.prose import Prose, prose
from graphbp.notation.tree import Equation, Expr, Mark, Number, Partial, Symbol, symbols


def open_steps(
    network: Network,
    wrt: Sequence[str] | None,
    env: Mapping[str, Any],
    exact: Mapping[str, Expr],
    functions: Functions,
    digits: int,
) -> tuple[Step, ...]:
    """One step for each local derivative of a consumer with respect to a parameter (or to what is asked for)."""
    targets = tuple(wrt) if wrt else default_targets(network, [node.id for node in network.graph.named])
    factors = ForwardFactors(network, env, exact, functions, digits)
    pairs = [(node, consumer) for node in targets for consumer in network.graph.named_consumers[node]]
    return tuple(factors.step(node, consumer, str(place)) for place, (node, consumer) in enumerate(pairs, 1))


NAMED: Prose = ("a name for what follows",)


def _names(chain: Chain) -> set[str]:
    """The names in a derivation."""
    return {name for line in chain.lines for name in symbols(line.expr)}


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
        """The step that reads ∂consumer/∂node off."""
        if not scalar(self.network, consumer, node):
            return self._of_arrays(node, consumer, number)
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

    def _of_arrays(self, node: str, consumer: str, number: str) -> Step:
        """∂consumer/∂node for all entries of both: what one entry of the one does to one of the other."""
        share = pull_back(self.network, consumer, node, at_once=True)
        own = share.rule.lemmas[-1]
        entries = Definition("claim", share.rule.indices, share.named(share.rule.entry))
        evidence = self.witness.check(node, [consumer], [entries], helpers(share))
        parts = [part for part in share.rule.definition.parts if any(part.name in _names(c) for c in share.rule.lemmas)]
        named = [(Equation(entry_of(part.name, part.indices), (part.body,)), Rule.DEFINE, NAMED) for part in parts]
        told = [(Equation(c.left, (line.expr,)), line.rule, line.reason) for c in share.rule.lemmas for line in c.lines]
        lines = tuple(
            Step(f"{number}.{place}", rule, node, claim, reason, evidence=evidence, where=named_in(share))
            for place, (claim, rule, reason) in enumerate((*named, *told), 1)
        )
        claim, reason = Equation(own.left, (own.result,)), lines[-1].reason
        title = prose("What every entry of {w} does to every entry of {z}", w=Symbol(node), z=Symbol(consumer))
        touches = self._touches(node, consumer)
        return Step(number, Rule.LOCAL, node, claim, reason, (), None, lines, touches, evidence, title,
                    where=named_in(share))  # fmt: skip

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
