"""The total loss over examples: its gradient is the sum of the examples' gradients, as the total's formula says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp import engine
from graphbp.calculus.differentiate import differentiate_formula
from graphbp.calculus.lines import Rule
from graphbp.derive.figures import adding_up, evaluated_terms, literal, printable, spell, with_numbers
from graphbp.derive.local import definition_of_formula, slope
from graphbp.derive.steps import Evidence, Step, Touches
from graphbp.derive.witness import StepFails, smooth_slope
from graphbp.engine.examples import reached_by
from graphbp.errors import UsageError
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.prose import prose
from graphbp.notation.smart import ONE, add, div, mul, neg
from graphbp.notation.tree import (
    Add,
    Call,
    Div,
    Equation,
    Expr,
    Group,
    Index,
    Mark,
    Mul,
    Neg,
    Number,
    Partial,
    Sum,
    Symbol,
    substitute,
    symbols,
)  # fmt: skip

if TYPE_CHECKING:
    from graphbp.engine import Result

MOST_SHOWN = 6
TOLERANCE = 1e-6


def per_example(name: str) -> str:
    """The symbol of a node in example n.

    >>> per_example("l")
    'l^n'
    """
    return f"{name}^n"


def acting_on(network: Network, node: str) -> frozenset[str]:
    """The named nodes on which a node depends, and itself."""
    found, waiting = {node}, [node]
    while waiting:
        new = set(network.graph.named_inputs[waiting.pop()]) - found
        found |= new
        waiting += new
    return frozenset(found)


def total_as_sum(formula: Expr, loss: str) -> Expr:
    """The total as it is printed: sum(l) as Σₙ lⁿ, mean(l) as (1/N) Σₙ lⁿ."""
    each = Sum((Index("n", "N"),), Symbol(per_example(loss)))
    mean = Mul((Div(ONE, Symbol("N")), each))
    table: dict[Expr, Expr] = {Call("sum", (Symbol(loss),)): each, Call("mean", (Symbol(loss),)): mean}
    return substitute(formula, table)  # type: ignore[no-any-return]


def total_steps(
    network: Network, wrt: Sequence[str], first: int, digits: int, result: Result | None
) -> tuple[Step, ...]:
    """One step for each gradient asked for: ∂L/∂w from the gradients of the examples.

    What the rows of data give differs from example to example, and has no gradient of the total.
    """
    if network.total_formula is None:
        return ()
    reached = reached_by(network.graph, frozenset(name for row in network.data for name in row))
    steps: list[Step] = []
    for node in (name for name in wrt if name not in reached):
        steps.append(_Total(network, node, digits, result).step(str(first + len(steps))))
    return tuple(steps)


def only_in_total(network: Network) -> tuple[str, ...]:
    """The parameters that stand in the total and act on no example's loss, such as the λ of a penalty."""
    if network.total_formula is None:
        return ()
    named = (name for name in symbols(network.total_formula[1]) if name in network.graph)
    active = acting_on(network, network.loss_name)
    return tuple(name for name in named if network.graph[name].role is Role.PARAMETER and name not in active)


class _Total:
    """The gradient of the total loss with respect to one node."""

    def __init__(self, network: Network, node: str, digits: int, result: Result | None) -> None:
        self.network, self.node, self.digits, self.result = network, node, digits, result
        assert network.total_formula is not None
        self.name, self.formula = network.total_formula
        self.loss = network.loss_name
        self.acts = node in acting_on(network, self.loss)

    def step(self, number: str) -> Step:
        """The step: the total's formula differentiated term by term, and its numbers."""
        left = Partial(Symbol(self.name), Symbol(self.node))
        right = self._derivative(self.formula)
        definition = Equation(Symbol(self.name), (total_as_sum(self.formula, self.loss),))
        reason = prose("{d}: the gradient of a sum is the sum of the gradients", d=definition)
        evidence = self._evidence()
        numbers = self._numbers(left, right)
        lines = [
            Step(f"{number}.1", Rule.SUM_OVER_EXAMPLES, self.node, Equation(left, (right,)), reason, evidence=evidence)
        ]
        if numbers:
            lines.append(
                Step(
                    f"{number}.2",
                    Rule.NUMBER,
                    self.node,
                    numbers,
                    ("the gradients of the examples inserted" if self.acts else "its numbers inserted",),
                    evidence=evidence,
                )
            )
        return Step(
            number, Rule.SUM_OVER_EXAMPLES, self.node, Equation(left, (right,)), reason, (), numbers, tuple(lines),
            Touches(self.node, (self.node,)), evidence, prose("All examples together: {w}", w=Symbol(self.node)),
        )  # fmt: skip

    def _derivative(self, term: Expr) -> Expr:
        """∂(term)/∂node, linear in the losses of the examples.

        Raises: UsageError if the total is not linear in them.
        """
        if isinstance(term, Add):
            return add(*(self._derivative(part) for part in term.terms))
        if self.loss not in symbols(term):
            return self._shared(term)
        if isinstance(term, Neg):
            return neg(self._derivative(term.x))
        if isinstance(term, Group):
            return self._derivative(term.x)
        if isinstance(term, Div) and self.loss not in symbols(term.den):
            if self.node in symbols(term.den):
                return self._product((term.num, div(ONE, term.den)))
            return div(self._derivative(term.num), term.den)
        if isinstance(term, Mul) and sum(self.loss in symbols(factor) for factor in term.factors) == 1:
            return self._product(term.factors)
        if isinstance(term, Call) and term.function in ("sum", "mean") and term.args == (Symbol(self.loss),):
            if not self.acts:
                return Number(0)
            total = self._examples_sum()
            return total if term.function == "sum" else mul(div(ONE, Symbol("N")), total)
        raise UsageError(
            f"the total {self.name} is not linear in the losses of the examples", fix="write it with sum(l) or mean(l)"
        )

    def _product(self, factors: Sequence[Expr]) -> Expr:
        """The product rule over factors of which one holds the losses."""
        terms: list[Expr] = []
        for place, factor in enumerate(factors):
            own = self._derivative(factor)
            if own != Number(0):
                before, after = (
                    [total_as_sum(other, self.loss) for other in others]
                    for others in (factors[:place], factors[place + 1 :])
                )
                terms.append(mul(*before, own, *after))
        return add(*terms) if terms else Number(0)

    def _shared(self, term: Expr) -> Expr:
        """The derivative of a term that does not depend on the examples, such as lam*sum(W**2)/2."""
        if self.node not in symbols(term):
            return Number(0)
        if all(self.network.shape(name) == () for name in symbols(term) if name in self.network.graph):
            chain = differentiate_formula(term, Symbol(self.node), lambda call, slot: slope(self.network, call, slot))
            return chain.result
        from graphbp.calculus.gradient import derive_gradient

        rule = derive_gradient(definition_of_formula(self.network, self.name, term), self.node, "", loss=self.name)
        if rule.layer is None and rule.indices:
            raise UsageError(f"the gradient of {self.name} with respect to {self.node} has no matrix form")
        return rule.layer if rule.layer is not None else rule.entry

    def _numbers(self, left: Expr, formula: Expr) -> Equation | None:
        """The gradients of the examples as numbers, and their total."""
        if self.result is None or not self.result.examples:
            return None
        total: Any = self.result[self.node].gradient
        if np.ndim(total):
            return Equation(left, (Mark(spell(literal(total), self.digits), "result"),)) if printable(total) else None
        return adding_up(left, self._parts(formula), float(total), self.digits, {})

    def _parts(self, formula: Expr) -> list[Expr]:
        """The formula with the gradients of the examples put in, then term by term, if they are few."""
        assert self.result is not None
        shares: list[Any] = [reading[self.node].gradient for reading in self.result.examples]
        if len(shares) > MOST_SHOWN or any(share is None or np.ndim(share) for share in shares):
            return []
        each = add(*(Mark(Number(float(share)), "backward") for share in shares))
        table: dict[Expr, Expr] = {self._examples_sum(): each, Div(ONE, Symbol("N")): Div(ONE, Number(len(shares)))}
        filled = substitute(formula, table)
        env = {name: self.result[name].value for name in symbols(filled) if name in self.network.graph}
        if any(value is None or np.ndim(value) for value in env.values()):
            return []
        return [with_numbers(filled, env, {}), evaluated_terms(filled, env, {})]

    def _examples_sum(self) -> Expr:
        """Σₙ ∂lⁿ/∂node."""
        gradient = Partial(Symbol(per_example(self.loss)), Symbol(self.node))
        return Sum((Index("n", "N"),), Mark(gradient, "backward"))

    def _evidence(self) -> Evidence:
        """The total moved along a seeded direction of the node, against the gradient that the engine found.

        At a kink no difference quotient is evidence.

        Raises: StepFails if they differ.
        """
        if self.result is None:
            return Evidence("given")
        value = np.asarray(self.result[self.node].value, dtype=float)
        direction = np.random.default_rng(len(self.node)).standard_normal(value.shape)

        def total(h: float) -> float:
            return float(engine.run(self.network, {self.node: value + h * direction}).loss)  # type: ignore[arg-type]

        expected = smooth_slope(lambda h: [total(h)])
        if expected is None:
            return Evidence("difference")
        found = float(np.sum(np.asarray(self.result[self.node].gradient) * direction))
        error = abs(found - expected) / max(1.0, abs(expected))
        if not error < TOLERANCE:
            raise StepFails(
                f"the gradient of {self.name} is {found:.9g}, differences give {expected:.9g}", node=self.node
            )
        return Evidence("difference", 1, error)


def first_example(result: Result) -> Any:
    """The readings that fill in the numbers of the steps: the only ones, or those of the first example."""
    return result.examples[0] if len(result.examples) else result
