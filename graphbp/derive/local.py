"""Local derivatives of one named node with respect to one of its inputs, and the pull-back of its gradient.

Two regimes: between numbers the local derivative itself is a formula (∂z/∂w = x); between arrays the
index calculus gives the pulled-back gradient as a whole (∂l/∂W = ∂l/∂z xᵀ).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.calculus.differentiate import differentiate_formula
from graphbp.calculus.lines import Chain, Definition, Fact, GradientRule, Line
from graphbp.calculus.verify import array_of
from graphbp.engine.plan import bound_sizes
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.prose import Prose, StepRef, Strong
from graphbp.notation.tree import (
    Call,
    Entry,
    Equation,
    Expr,
    Index,
    Partial,
    Symbol,
    substitute,
    symbols,
    transform,
    walk,
)
from graphbp.ops.indexform import clear_of
from graphbp.ops.lower import bind_arguments
from graphbp.ops.several import two_at_a_time

UPSTREAM = "upstream gradient"
"""The name under which the calculus speaks of ∂l/∂(output); no node can be called so."""


@dataclass(frozen=True, slots=True)
class Local:
    """The local derivative of a scalar node: `chain` leads from the definition to its last form."""

    consumer: str
    wrt: str
    chain: Chain

    @property
    def result(self) -> Expr:
        """The derivative, ready to multiply the upstream gradient."""
        return self.chain.result


@dataclass(frozen=True, slots=True)
class PullBack:
    """The share of one consumer in the gradient of an array: the rule with this network's names in it."""

    consumer: str
    wrt: str
    rule: GradientRule
    names: Mapping[Expr, Expr]

    def named(self, expr: Any) -> Any:
        """A line of the rule with ∂l/∂consumer in the place of the rule's upstream gradient."""
        return _with_upstream(expr, self.rule.upstream, self.names[Symbol(self.rule.upstream)])

    def worded(self, reason: Prose) -> Prose:
        """A reason with ∂l/∂consumer in its formulas."""
        return tuple(piece if isinstance(piece, str | StepRef | Strong) else self._piece(piece) for piece in reason)

    def _piece(self, piece: Expr | Equation) -> Expr | Equation:
        if isinstance(piece, Equation):
            return Equation(self.named(piece.left), tuple(map(self.named, piece.rights)), piece.relation)
        return self.named(piece)  # type: ignore[no-any-return]

    @property
    def layer(self) -> Expr | None:
        """The gradient of the whole array, if it has a layer form."""
        return None if self.rule.layer is None else self.named(self.rule.layer)


def scalar(network: Network, consumer: str, wrt: str) -> bool:
    """Whether consumer, input and all else in the formula are numbers."""
    names = symbols(network.formulas[consumer])
    return all(network.shape(name) == () for name in (consumer, wrt, *(n for n in names if n in network.graph)))


def local_derivative(network: Network, consumer: str, wrt: str) -> Local:
    """∂consumer/∂wrt of a node whose formula speaks of numbers only."""
    formula = computed_as(network, consumer)

    def derivative_of(call: Call, slot: int) -> Expr | None:
        return slope(network, call, slot, Symbol(consumer) if call == formula else None)

    chain = differentiate_formula(formula, Symbol(wrt), derivative_of)
    written = calls_as_written(network, network.formulas[consumer])
    return Local(consumer, wrt, with_parts(chain, written, Partial(Symbol(consumer), Symbol(wrt))))


def calls_as_written(network: Network, formula: Expr) -> dict[Expr, Expr]:
    """The author's calls by what they are computed as: elu(z, 0.5) for elu(z, alpha = 1/2)."""
    calls = (part for part in walk(formula) if isinstance(part, Call) and part.function not in network.functions)
    table = {canonical_calls(network, call): call for call in calls}
    return {computed: call for computed, call in table.items() if isinstance(computed, Call) and computed != call}


def with_parts(chain: Chain, table: dict[Expr, Expr], left: Expr) -> Chain:
    """A derivation of `left` with parts exchanged in its lines and reasons."""

    def named(piece: Any) -> Any:
        if isinstance(piece, Equation):
            return Equation(substitute(piece.left, table), tuple(substitute(right, table) for right in piece.rights))
        return substitute(piece, table) if isinstance(piece, Expr) else piece

    lines = [Line(substitute(line.expr, table), line.rule, tuple(map(named, line.reason))) for line in chain.lines]
    return Chain(left, tuple(lines))


def slope(network: Network, call: Call, slot: int, output: Expr | None = None) -> Expr | None:
    """The derivative of a call in one argument, by the name of its output where it has one; None for an option."""
    if call.function in network.functions:
        own = network.functions[call.function]
        if own.body is None:
            return Call(call.function, call.args, call.options, (*call.order, slot))
        chain = differentiate_formula(
            own.body, Symbol(own.params[slot]), lambda inner, place: slope(network, inner, place)
        )
        return substitute(chain.result, dict(zip(map(Symbol, own.params), call.args, strict=True)))  # type: ignore[no-any-return]
    result = _op_slope(call.function, len(call.args), call.options, slot)
    table: dict[Expr, Expr] = {Symbol(_argument(place)): arg for place, arg in enumerate(call.args)}
    return substitute(result, {**table, Symbol(_OUTPUT): output or call})  # type: ignore[no-any-return]


_OUTPUT = "the output"


def _argument(place: int) -> str:
    return f"argument {place}"


def slope_chain(call: Call, slot: int, output: Expr, left: Expr) -> Chain:
    """How the derivative of an operation on numbers follows from its definition, line by line."""
    chain = _op_lemma(call.function, len(call.args), call.options, slot)
    table: dict[Expr, Expr] = {Symbol(_argument(place)): arg for place, arg in enumerate(call.args)}
    return with_parts(chain, {**table, Symbol(_OUTPUT): output}, left)


def _op_slope(name: str, count: int, options: tuple[tuple[str, Any], ...], slot: int) -> Expr:
    """The derivative of an operation on numbers, in placeholders."""
    return _op_lemma(name, count, options, slot).result


@cache
def _op_lemma(name: str, count: int, options: tuple[tuple[str, Any], ...], slot: int) -> Chain:
    op = ops.get(name)
    rule = op.rule(slot, [()] * count, dict(options), [_argument(place) for place in range(count)], _OUTPUT)
    return rule.lemmas[-1]


def pull_back(
    network: Network, consumer: str, wrt: str, at_once: bool = False, avoid: Sequence[str] = ()
) -> PullBack:
    """The gradient that arrives at `wrt` through one consumer, from the consumer's definition.

    What it names beside the nodes is called by none of the names in `avoid`.
    """
    from graphbp.calculus.gradient import derive_gradient

    loss = Symbol(network.loss_name)
    upstream = "" if network.has_loss and consumer == network.loss_name else UPSTREAM
    kept_clear = (*short_names(network), *avoid)
    definition = definition_of_formula(network, consumer, network.formulas[consumer], avoid)
    rule = derive_gradient(definition, wrt, upstream, loss=network.loss_name, avoid=kept_clear, at_once=at_once)
    return PullBack(consumer, wrt, rule, {Symbol(rule.upstream): Partial(loss, Symbol(consumer))})


def definition_of_formula(network: Network, name: str, formula: Expr, avoid: Sequence[str] = ()) -> Definition:
    """A formula over the network's nodes in index form."""
    from graphbp.calculus.forms import definition_of

    opened = canonical_calls(network, formula)
    shapes = {item: network.shape(item) for item in symbols(opened) if item in network.graph}
    kept_clear = (*short_names(network), *avoid)
    meaning = partial(_op_definition, frozenset(kept_clear))
    return with_true_facts(network, definition_of(name, opened, shapes, meaning, kept_clear))


def short_names(network: Network) -> tuple[str, ...]:
    """The nodes that index letters might be taken for."""
    return tuple(node.id for node in network.graph.named if len(node.id) == 1)


def with_true_facts(network: Network, definition: Definition) -> Definition:
    """The definition without the facts that the network's own numbers contradict (targets that do not add up to 1)."""
    parts = tuple(with_true_facts(network, part) for part in definition.parts)
    facts = tuple(fact for fact in definition.facts if _holds(network, fact, definition.indices))
    return replace(definition, parts=parts, facts=facts)


def _holds(network: Network, fact: Fact, letters: Sequence[Index]) -> bool:
    """Whether a fact about leaves is true of their numbers; where there are none it is taken as true."""
    named = {*symbols(fact.left), *symbols(fact.right)}
    if not named <= set(network.arrays):
        return True
    sizes = bound_sizes(network.graph, network.arrays)
    sides = [
        array_of(Definition("side", tuple(letters), side), network.arrays, sizes, {})
        for side in (fact.left, fact.right)
    ]
    return bool(np.allclose(sides[0], sides[1], rtol=1e-9, atol=1e-12))


def computed_as(network: Network, name: str) -> Expr:
    """The formula of a node as it is computed: own functions opened, options of operations by name."""
    return canonical_calls(network, network.formulas[name])  # type: ignore[no-any-return]


def canonical_calls(network: Network, formula: Any) -> Any:
    """The formula with the network's own functions opened, and options of operations given by name."""

    def change(part: Any) -> Any:
        if not isinstance(part, Call) or part.order:
            return part
        if part.function in network.functions:
            own = network.functions[part.function]
            if own.body is None:
                return part
            return canonical_calls(
                network, substitute(own.body, dict(zip(map(Symbol, own.params), part.args, strict=True)))
            )
        pairs = two_at_a_time(part)
        if pairs is not part:
            return canonical_calls(network, pairs)
        inputs, attrs = bind_arguments(ops.get(part.function), part.args, dict(part.options))
        return Call(part.function, tuple(inputs), tuple(attrs.items()))

    return transform(formula, change)


def _op_definition(avoid: frozenset[str], call: Call, shapes: Mapping[str, Shape]) -> Definition | None:
    """What a call of symbols means, in index form without the letters to avoid; None for an unknown function."""
    if call.function not in ops.names():
        return None
    names = [arg.name for arg in call.args if isinstance(arg, Symbol)]
    own = ops.get(call.function).index_form([shapes[name] for name in names], dict(call.options), names, "output")
    apart = clear_of(own, avoid)
    again = {Symbol(own): Symbol(name) for own, name in zip(apart.shapes, names, strict=True) if own != name}
    return _named_again(apart, again) if again else apart


def _named_again(definition: Definition, names: dict[Symbol, Symbol]) -> Definition:
    """The definition with an operand that stands in two places under one name."""
    gone = {symbol.name for symbol in names}
    return replace(
        definition,
        body=substitute(definition.body, names),
        shapes={name: shape for name, shape in definition.shapes.items() if name not in gone},
        parts=tuple(_named_again(part, names) for part in definition.parts),
        facts=tuple(
            replace(fact, left=substitute(fact.left, names), right=substitute(fact.right, names))
            for fact in definition.facts
        ),
    )


def _with_upstream(expr: Any, name: str, gradient: Any) -> Any:
    """∂l/∂Z in the place of the upstream symbol, and ∂l/∂Z[i,j] in the place of its entries."""

    def change(part: Any) -> Any:
        if part == Symbol(name):
            return gradient
        if isinstance(part, Entry) and part.base == gradient:
            return Partial(gradient.y, Entry(gradient.x, part.subs, part.outside))
        return part

    return transform(expr, change)


def entry_of(name: str, indices: Sequence[Index]) -> Expr:
    """The entry of an array at index letters; a number is its own entry."""
    return Entry(Symbol(name), tuple(indices)) if indices else Symbol(name)
