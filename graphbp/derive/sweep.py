"""The backward sweep: one step for each gradient, made of lines, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from graphbp import ops
from graphbp.calculus.lines import Chain, Rule
from graphbp.derive import words
from graphbp.derive.arrays import ArrayLines, factor_shapes
from graphbp.derive.exact import exact_functions, keep_gradient
from graphbp.derive.figures import (
    Functions,
    adding_up,
    evaluated_factors,
    evaluated_terms,
    gradient_name,
    rounded,
    with_numbers,
)  # fmt: skip
from graphbp.derive.forward import batched
from graphbp.derive.local import computed_as, slope_chain
from graphbp.derive.plan import Plan
from graphbp.derive.shares import Share, Shares
from graphbp.derive.steps import MANY_STEPS, Evidence, Finding, Step, Touches
from graphbp.derive.units import Unit
from graphbp.derive.witness import Witness
from graphbp.network import Network
from graphbp.notation.named import Named
from graphbp.notation.paper import unmarked
from graphbp.notation.prose import Prose, StepRef, prose
from graphbp.notation.smart import add
from graphbp.notation.tree import Add, Call, Equation, Expr, Mark, Mul, Number, Partial, Symbol, substitute

Detail = Literal["brief", "normal", "full"]


@dataclass
class Sweep:
    """What the steps of one derivation share: each gradient is proved once, and told when it is read."""

    network: Network
    plan: Plan
    detail: Detail
    digits: int
    env: Mapping[str, Any]
    exact: Mapping[str, Expr]
    functions: Functions
    exact_env: dict[str, Any] | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    proved: dict[str, Proved] = field(default_factory=dict)

    @cached_property
    def counting(self) -> Functions:
        """The kernels that work out the numbers shown."""
        return self.functions if self.exact_env is None else exact_functions(self.functions)

    @cached_property
    def witness(self) -> Witness:
        """What checks every step."""
        return Witness(self.network, self.functions)

    @cached_property
    def shares(self) -> Shares:
        """The shares in gradients of numbers, each pattern worked out once."""
        return Shares(self)

    @cached_property
    def results_only(self) -> bool:
        """Whether numbers are shown without the sums that lead to them: in a long document asked to be brief."""
        return self.detail == "brief" and len(self.plan.order) > MANY_STEPS

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The number of the step that finds each gradient."""
        return {node: str(place) for place, node in enumerate(self.plan.order, 1)}

    @cached_property
    def between_numbers(self) -> frozenset[str]:
        """The nodes whose formulas speak of numbers only."""
        graph = self.network.graph
        inputs = graph.named_inputs
        return frozenset(
            node.id for node in graph.named
            if node.shape == () and all(graph[name].shape == () for name in inputs[node.id])
        )  # fmt: skip

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

    def prove(self) -> None:
        """Find and check every gradient of the plan, from the loss backward.

        Raises: StepFails if one is wrong.
        """
        for node in self.plan.order:
            if node not in self.network.givens:
                self.proof(node)

    def proof(self, node: str) -> Proved:
        """The lines that find ∂l/∂node and the evidence for them.

        Raises: StepFails if they are wrong.
        """
        if node not in self.proved:
            consumers = self.consumers(node)
            kind = ScalarLines if self.between_numbers.issuperset(consumers) else ArrayLines
            lines = kind(self, node, consumers)
            self.proved[node] = Proved(lines, lines.check())
            if self.exact_env is not None:
                keep_gradient(self.exact_env, self.loss.name, node, lines.formula, self.counting)
        return self.proved[node]

    def formula(self, node: str) -> Expr:
        """The gradient in terms of values and of the consumers' gradients."""
        return self.proof(node).lines.formula

    def step(self, node: str) -> Step:
        """The step that finds ∂l/∂node, kept for the steps that use it."""
        if node not in self.steps:
            self.steps[node] = self._given(node) if node in self.network.givens else self._found(node)
        return self.steps[node]

    def finding(self, node: str) -> Finding:
        """What the step finds, without the step."""
        if node in self.network.givens:
            return self.step(node).finding
        lines, evidence = self.proof(node)
        known = gradient_name(self.loss.name, node) in self.env
        value = lines.result() if known else None
        return Finding(self.places[node], node, lines.left, lines.plain, value, evidence)

    def _given(self, node: str) -> Step:
        claim = Equation(self.gradient(node), (self.gradient(node),))
        value = self.network.givens[node]
        numbers = None if value is None else Equation(self.gradient(node), (value,))
        title = prose("{g} is assumed to be known", g=self.gradient(node))
        touches = Touches(node, (node,))
        why = ("assumed to be known",)
        return Step(self.places[node], Rule.GIVEN, node, claim, why, (), numbers, touches=touches, title=title)

    def _found(self, node: str) -> Step:
        number, consumers = self.places[node], self.consumers(node)
        lines, evidence = self.proof(node)
        made, final = lines.lines(), lines.formula
        numbers = lines.numbers() if gradient_name(self.loss.name, node) in self.env else None
        uses = tuple(sorted((self.places[c] for c in consumers if c in self.places), key=int))
        if numbers and isinstance(unmarked(final), Number):
            # A formula that is a number already: its line shows the result.
            made[-1] = replace(made[-1], claim=numbers)
        elif numbers:
            made.append(Step("", Rule.NUMBER, node, numbers, words.number_reason(uses), uses))
        substeps = tuple(replace(line, id=f"{number}.{place}", evidence=evidence) for place, line in enumerate(made, 1))
        rule, reason = words.whole_reason(self.network, node, consumers)
        return Step(
            number, rule, node, Equation(lines.left, (final,)), reason, uses, numbers, substeps,
            self._touches(node, consumers), evidence, words.title(self.network, node, consumers, self.unit(node)),
            shapes={} if isinstance(lines, ScalarLines) else factor_shapes(self.network, final), where=lines.where(),
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
        self.shares: dict[str, Share] = {c: sweep.shares.of(c, node) for c in consumers}

    @cached_property
    def formula(self) -> Expr:
        """The gradient as the sum of the shares."""
        return add(*(share.formula for share in self.shares.values()))

    @property
    def plain(self) -> Expr:
        """The same without colours."""
        return add(*(share.plain for share in self.shares.values()))

    @property
    def left(self) -> Expr:
        """∂l/∂node."""
        return self.sweep.gradient(self.node)

    def where(self) -> tuple[Named, ...]:
        """Formulas between numbers name nothing but nodes."""
        return ()

    def check(self) -> Evidence:
        """Every share was held against difference quotients of its own consumer, and the gradient is their sum."""
        found = [share.pattern.evidence for share in self.shares.values()]
        return Evidence(found[0].kind, min(one.points for one in found), max(one.error for one in found))

    def result(self) -> Expr:
        """The number."""
        sweep = self.sweep
        return rounded(sweep.env[gradient_name(sweep.loss.name, self.node)], sweep.digits)

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
        # How one local derivative was found is a reason; several are reasoned about together, whatever their lines.
        alone = self.consumers if len(self.consumers) == 1 else ()
        chains = [self.shares[c].local.chain.lines for c in alone]
        locals_ = [lines[:1] for lines in chains] if brief else chains
        reason = words.local_reason(self.network, self.node, self.consumers, locals_, self.sweep.plan.by_sum)
        made.append(self._line(self.formula, Rule.CHAIN if brief else Rule.LOCAL, reason))
        return made if brief else made + self._inserted()

    def _line(self, right: Expr, rule: Rule, reason: Prose, left: Expr | None = None) -> Step:
        return Step("", rule, self.node, Equation(left or self.sweep.gradient(self.node), (right,)), reason)

    def _of_loss(self) -> list[Step]:
        """The loss itself differentiated, rule by rule; in brief the result with the rule that led to it."""
        chain = self.shares[self.sweep.loss.name].local.chain
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
            self.shares[c].local.result if c == self.sweep.loss.name
            else Mul((Mark(self.sweep.local(c, self.node), "forward"), Mark(self.sweep.gradient(c), "backward")))
            for c in self.consumers
        ]  # fmt: skip
        rule = Rule.CHAIN if len(terms) == 1 else Rule.SEVERAL_PATHS
        return self._line(add(*terms), rule, words.chain_reason(self.network, self.node, self.consumers))

    def _side_lines(self) -> list[Step]:
        """How a local derivative is found, where that takes more than one glance."""
        made: list[Step] = []
        for consumer in self.consumers:
            chain = self.shares[consumer].local.chain
            formula = computed_as(self.network, consumer)
            if self.sweep.detail == "full" and isinstance(formula, Call) and formula.args == (Symbol(self.node),):
                chain = self._from_definition(formula, consumer) or chain
            if len(chain.lines) > 1:
                left = self._local_left(consumer)
                made += [self._line(line.expr, line.rule, line.reason, left) for line in chain.lines]
        return made

    def _local_left(self, consumer: str) -> Expr:
        """∂c/∂v; of the loss its formula's derivative, where ∂l/∂v means the other paths too."""
        if consumer == self.sweep.loss.name and len(self.consumers) > 1:
            return Partial(self.network.formulas[consumer], Symbol(self.node))
        return self.sweep.local(consumer, self.node)

    def _from_definition(self, call: Call, consumer: str) -> Chain | None:
        """The slope of an operation from its definition; None for a function that is not known."""
        if call.function not in ops.names():
            return None
        return slope_chain(call, 0, Symbol(consumer), self.sweep.local(consumer, self.node))

    def _inserted(self) -> list[Step]:
        """For the sum of a hidden unit: the step of its activation put in, as in σ′(z)[w₃ ∂l/∂z₁ + w₄ ∂l/∂z₂]."""
        unit = self.sweep.plan.unit_of(self.node)
        if not unit or not unit.a or unit.z != self.node or self.consumers != (unit.a,):
            return []
        if unit.a not in self.sweep.places:
            return []
        before = self.sweep.step(unit.a)
        if before.rule not in (Rule.SEVERAL_PATHS, Rule.CHAIN):
            return []
        earlier = self.sweep.formula(unit.a)
        right = substitute(self.formula, {Mark(self.sweep.gradient(unit.a), "backward"): earlier})
        return [self._line(right, Rule.SUBSTITUTE, ("insert the result of step ", StepRef(before.id)))]


class Proved(NamedTuple):
    """The lines that find a gradient, and the evidence that they are true."""

    lines: ScalarLines | ArrayLines
    evidence: Evidence
