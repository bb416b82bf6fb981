"""The backward sweep: one step for each gradient, made of lines, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from graphbp import ops
from graphbp.calculus.lines import Chain, Line, Rule
from graphbp.derive import words
from graphbp.derive.alike import Alike
from graphbp.derive.arrays import ArrayLines, factor_shapes
from graphbp.derive.exact import exact_functions, keep_gradient
from graphbp.derive.figures import Functions, adding_up, evaluated_factors, evaluated_terms, gradient_name, with_numbers
from graphbp.derive.forward import batched
from graphbp.derive.local import Local, computed_as, scalar, slope_chain
from graphbp.derive.plan import Plan
from graphbp.derive.steps import Evidence, Step, Touches
from graphbp.derive.units import Unit
from graphbp.derive.witness import Witness
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.prose import Prose, StepRef, prose
from graphbp.notation.smart import ONE, add, mul
from graphbp.notation.tree import Add, Call, Equation, Expr, Mark, Mul, Neg, Partial, Symbol, substitute

Detail = Literal["brief", "normal", "full"]
MANY_STEPS = 1000
"""A brief document with more steps shows results without the numbers put in, forward and backward."""
MANY_CONSUMERS = 16
"""With more consumers each share is checked alone: the gradient is their sum, and most shares look alike."""


@dataclass
class Sweep:
    """What the steps of one derivation share."""

    network: Network
    plan: Plan
    detail: Detail
    digits: int
    env: Mapping[str, Any]
    exact: Mapping[str, Expr]
    functions: Functions
    exact_env: dict[str, Any] | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    formulas: dict[str, Expr] = field(default_factory=dict)

    @property
    def counting(self) -> Functions:
        """The kernels that work out the numbers shown."""
        return self.functions if self.exact_env is None else exact_functions(self.functions)

    @cached_property
    def witness(self) -> Witness:
        """What checks every step."""
        return Witness(self.network, self.functions)

    @cached_property
    def alike(self) -> Alike:
        """Local derivatives, each pattern found once."""
        return Alike(self.network)

    @cached_property
    def results_only(self) -> bool:
        """Whether numbers are shown without the sums that lead to them: in a long document asked to be brief."""
        return self.detail == "brief" and len(self.plan.order) > MANY_STEPS

    @cached_property
    def rows(self) -> bool:
        """Whether vectors are printed as rows."""
        return batched(self.network)

    @property
    def loss(self) -> Symbol:
        """The loss as a symbol."""
        return Symbol(self.network.loss_name)

    def gradient(self, node: str) -> Partial:
        """∂l/∂node."""
        return Partial(self.loss, Symbol(node), total=node in self.plan.alone)

    def local(self, consumer: str, node: str) -> Partial:
        """∂consumer/∂node."""
        only = self.network.graph.named_inputs[consumer] == (node,)
        return Partial(Symbol(consumer), Symbol(node), total=bool(self.plan.alone) and only)

    def consumers(self, node: str) -> tuple[str, ...]:
        """The consumers through which the node acts on the loss."""
        return tuple(name for name in self.network.graph.named_consumers[node] if name in self.plan.active)

    def step(self, node: str) -> Step:
        """The step that finds ∂l/∂node, kept for the steps that use it."""
        number = str(len(self.steps) + 1)
        made = self._given(node, number) if node in self.network.givens else self._found(node, number)
        self.steps[node] = made
        return made

    def _given(self, node: str, number: str) -> Step:
        claim = Equation(self.gradient(node), (self.gradient(node),))
        value = self.network.givens[node]
        numbers = None if value is None else Equation(self.gradient(node), (value,))
        title = prose("{g} is assumed to be known", g=self.gradient(node))
        touches = Touches(node, (node,))
        return Step(
            number, Rule.GIVEN, node, claim, ("assumed to be known",), (), numbers, touches=touches, title=title
        )

    def _found(self, node: str, number: str) -> Step:
        consumers = self.consumers(node)
        between_numbers = all(scalar(self.network, c, node) for c in consumers)
        lines = (ScalarLines if between_numbers else ArrayLines)(self, node, consumers)
        made, final, evidence = lines.lines(), lines.formula, lines.check()
        self.formulas[node] = final
        if self.exact_env is not None:
            keep_gradient(self.exact_env, self.loss.name, node, final, self.counting)
        numbers = lines.numbers() if gradient_name(self.loss.name, node) in self.env else None
        uses = tuple(sorted((self.steps[c].id for c in consumers if c in self.steps), key=int))
        if numbers:
            made.append(Step("", Rule.NUMBER, node, numbers, words.number_reason(uses), uses))
        substeps = tuple(replace(line, id=f"{number}.{place}", evidence=evidence) for place, line in enumerate(made, 1))
        return Step(
            number, substeps[0].rule, node, Equation(lines.left, (final,)), substeps[0].reason, uses, numbers, substeps,
            self._touches(node, consumers), evidence, words.title(self.network, node, consumers, self.unit(node)),
            shapes=factor_shapes(self.network, final),
        )  # fmt: skip

    def unit(self, node: str) -> Unit | None:
        """The unit to which the node belongs as sum, activation, weight or bias."""
        return self.plan.unit_of(node) or self.plan.unit_with(node)

    def _touches(self, node: str, consumers: Sequence[str]) -> Touches:
        sources = {c: dict(unit.weights).get(node) for c in consumers if (unit := self.plan.unit_of(c)) and unit.z == c}
        shown = [source for source in sources.values() if source]
        return Touches(node, (node, *consumers, *shown), tuple((node, c) for c in consumers))


class ScalarLines:
    """The lines of a step between numbers: chain rule, local derivatives put in, earlier results put in."""

    def __init__(self, sweep: Sweep, node: str, consumers: Sequence[str]) -> None:
        self.sweep, self.node, self.consumers = sweep, node, tuple(consumers)
        self.network = sweep.network
        self.locals: dict[str, Local] = {c: self._local(c) for c in consumers}
        self.shares = {c: self._share(c, self.locals[c].result) for c in consumers}
        self.formula = add(*self.shares.values())

    def _local(self, consumer: str) -> Local:
        """The local derivative; the slope of a symbolic unit's activation keeps its name σ′(z)."""
        unit = self.sweep.plan.unit_of(self.node)
        formula = self.network.formulas[consumer]
        symbolic = unit is not None and unit.a == consumer and not self.sweep.env
        if symbolic and isinstance(formula, Call) and formula.args == (Symbol(self.node),):
            prime = Call(formula.function, formula.args, formula.options, (0,))
            left = self.sweep.local(consumer, self.node)
            return Local(consumer, self.node, Chain(left, (Line(prime, Rule.LOCAL, ()),)))
        return self.sweep.alike.local(consumer, self.node)

    def _share(self, consumer: str, local: Expr) -> Expr:
        """One consumer's share: local derivative times upstream gradient."""
        if consumer == self.sweep.loss.name:
            return local
        return mul(*self._marked(local), Mark(self.sweep.gradient(consumer), "backward"))

    def _marked(self, local: Expr) -> tuple[Expr, ...]:
        if isinstance(local, Neg):
            first, *rest = self._marked(local.x)
            return (Neg(first), *rest)
        if local == ONE:
            return (ONE,)
        if (
            isinstance(local, Symbol)
            and local.name in self.network.graph
            and self.network.graph[local.name].role is Role.PARAMETER
        ):
            return (Mark(local, "parameter"),)
        return tuple(Mark(factor, "forward") for factor in (local.factors if isinstance(local, Mul) else (local,)))

    @property
    def left(self) -> Expr:
        """∂l/∂node."""
        return self.sweep.gradient(self.node)

    def check(self) -> Evidence:
        """The formula against difference quotients of the consumers.

        Raises: StepFails if it is wrong.
        """
        witness = self.sweep.witness
        if len(self.consumers) <= MANY_CONSUMERS:
            return witness.check(self.node, self.consumers, [self.formula])
        found = [witness.check(self.node, [c], [share]) for c, share in self.shares.items()]
        return Evidence(found[0].kind, min(one.points for one in found), max(one.error for one in found))

    def numbers(self) -> Equation:
        """The formula with numbers put in, then worked out stage by stage."""
        sweep, formula = self.sweep, self.formula
        value = sweep.env[gradient_name(sweep.loss.name, self.node)]
        if sweep.results_only:
            return adding_up(self.left, [], value, sweep.digits, sweep.counting)
        stages = [with_numbers(formula, sweep.env, sweep.exact), evaluated_factors(formula, sweep.env, sweep.counting)]
        if isinstance(formula, Add):
            stages.append(evaluated_terms(formula, sweep.env, sweep.counting))
        return adding_up(self.left, stages, value, sweep.digits, sweep.counting)

    def lines(self) -> list[Step]:
        """The lines in the order in which a learner reads them."""
        if self.consumers == (self.sweep.loss.name,):
            return self._of_loss()
        brief = self.sweep.detail == "brief"
        made = [] if brief else [self._chain_rule(), *self._side_lines()]
        locals_ = [self.locals[c].chain.lines for c in self.consumers]
        reason = words.local_reason(self.network, self.node, self.consumers, locals_, self.sweep.plan.by_sum)
        made.append(self._line(self.formula, Rule.CHAIN if brief else Rule.LOCAL, reason))
        return made if brief else made + self._inserted()

    def _line(self, right: Expr, rule: Rule, reason: Prose, left: Expr | None = None) -> Step:
        return Step("", rule, self.node, Equation(left or self.sweep.gradient(self.node), (right,)), reason)

    def _of_loss(self) -> list[Step]:
        """The loss itself differentiated, rule by rule; in brief the result with the rule that led to it."""
        chain = self.locals[self.sweep.loss.name].chain
        formula = self.network.formulas[self.sweep.loss.name]
        if isinstance(formula, Call) and formula.function in self.network.functions:
            reason = words.slope_reason(self.network, formula, self.sweep.loss.name)
            return [self._line(line.expr, line.rule, reason) for line in chain.lines]
        if self.sweep.detail == "brief":
            return [self._line(chain.result, chain.lines[0].rule, chain.lines[0].reason)]
        definition = Partial(formula, Symbol(self.node))
        first = self._line(definition, Rule.DEFINE, prose("the definition of {l}", l=self.sweep.loss))
        return [first, *(self._line(line.expr, line.rule, line.reason) for line in chain.lines)]

    def _chain_rule(self) -> Step:
        terms = [
            self.locals[c].result if c == self.sweep.loss.name
            else Mul((Mark(self.sweep.local(c, self.node), "forward"), Mark(self.sweep.gradient(c), "backward")))
            for c in self.consumers
        ]  # fmt: skip
        rule = Rule.CHAIN if len(terms) == 1 else Rule.SEVERAL_PATHS
        return self._line(add(*terms), rule, words.chain_reason(self.network, self.node, self.consumers))

    def _side_lines(self) -> list[Step]:
        """How a local derivative is found, where that takes more than one glance."""
        made: list[Step] = []
        for consumer in self.consumers:
            chain = self.locals[consumer].chain
            formula = computed_as(self.network, consumer)
            if self.sweep.detail == "full" and isinstance(formula, Call) and formula.args == (Symbol(self.node),):
                chain = self._from_definition(formula, consumer) or chain
            if len(chain.lines) > 1:
                made += [self._line(line.expr, line.rule, line.reason, chain.left) for line in chain.lines]
        return made

    def _from_definition(self, call: Call, consumer: str) -> Chain | None:
        """The slope of an operation from its definition; None for a function that is not known."""
        if call.function not in ops.names():
            return None
        return slope_chain(call, 0, Symbol(consumer), self.sweep.local(consumer, self.node))

    def _inserted(self) -> list[Step]:
        """For the sum of a hidden unit: the step of its activation put in, as in σ′(z)[w₃ ∂l/∂z₁ + w₄ ∂l/∂z₂]."""
        unit = self.sweep.plan.unit_of(self.node)
        if not unit or unit.z != self.node or self.consumers != (unit.a,) or unit.a not in self.sweep.formulas:
            return []
        before = self.sweep.steps[unit.a]
        if before.rule not in (Rule.SEVERAL_PATHS, Rule.CHAIN):
            return []
        earlier = self.sweep.formulas[unit.a]
        right = substitute(self.formula, {Mark(self.sweep.gradient(unit.a), "backward"): earlier})
        return [self._line(right, Rule.SUBSTITUTE, ("insert the result of step ", StepRef(before.id)))]
