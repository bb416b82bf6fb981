"""What steps say: titles and reasons, made from names alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from graphbp import ops
from graphbp.calculus.lines import Line, Rule
from graphbp.derive.local import slope
from graphbp.derive.units import Unit
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.prose import Piece, Prose, StepRef, prose
from graphbp.notation.smart import ONE
from graphbp.notation.tree import Call, Equation, Expr, Symbol

MOST_LISTED = 32
"""More things than these are counted where a sentence would list them."""


def listed(parts: Sequence[Piece], word: str = "and") -> Prose:
    """a, b and c.

    >>> listed(["a", "b", "c"])
    ('a', ', ', 'b', ' and ', 'c')
    """
    pieces: list[Piece] = []
    for place, part in enumerate(parts):
        if place:
            pieces.append(f" {word} " if place == len(parts) - 1 else ", ")
        pieces.append(part)
    return tuple(pieces)


def amount(count: int) -> str:
    """A number of things, a very large one by its power of ten.

    >>> amount(25353), amount(7 * 10**40)
    ('25,353', 'about 10^40')
    """
    return f"{count:,}" if count < 10**12 else f"about 10^{int(count.bit_length() * math.log10(2))}"


def nodes(names: Sequence[str]) -> Prose:
    """Nodes in a sentence, many of them only counted."""
    return (f"{len(names):,} nodes",) if len(names) > MOST_LISTED else listed([Symbol(name) for name in names])


def title(network: Network, node: str, consumers: Sequence[str], unit: Unit | None) -> Prose:
    """The heading of a step: what is asked, or where the gradient goes next."""
    role = network.graph[node].role
    if role is Role.PARAMETER:
        return prose(f"The {_parameter_kind(unit, node) or 'parameter'} {{w}}", w=Symbol(node))
    if list(consumers) == [network.loss_name]:
        judged = any(leaf.role is Role.TARGET for leaf in network.graph.named)
        name: Piece = "the loss" if judged else Symbol(network.loss_name)
        return prose("How does {l} react to {v}?", l=name, v=Symbol(node))
    if unit and unit.z == node and unit.a:
        return prose("Through the activation: from {a} back to {z}", a=Symbol(unit.a), z=Symbol(node))
    return ("From ", *nodes(consumers), *prose(" back to {v}", v=Symbol(node)))


def _parameter_kind(unit: Unit | None, node: str) -> str | None:
    if unit is None:
        return None
    return "bias" if unit.bias == node else "weight" if node in dict(unit.weights) else None


def chain_reason(network: Network, node: str, consumers: Sequence[str]) -> Prose:
    """Why the gradient is a product, or a sum of products."""
    loss = Symbol(network.loss_name)
    through = [name for name in consumers if name != network.loss_name]
    if len(consumers) > 1:
        own = prose(", and stands in {l} itself", l=loss) if len(through) < len(consumers) else ()
        return (
            *prose("chain rule, several paths: {v} acts on {l} through ", v=Symbol(node), l=loss),
            *nodes(through),
            *own,
        )
    if network.graph[node].role is Role.PARAMETER:
        return ("chain rule: forward factor times backward factor",)
    return prose(
        "chain rule, one path: {v} acts on {l} only through {c}", v=Symbol(node), l=loss, c=Symbol(consumers[0])
    )


def whole_reason(network: Network, node: str, consumers: Sequence[str]) -> tuple[Rule, Prose]:
    """Why the formula that a step ends with is the gradient, in one clause."""
    if list(consumers) == [network.loss_name]:
        return Rule.LOCAL, prose("the derivative of {l}", l=Symbol(network.loss_name))
    rule = Rule.CHAIN if len(consumers) == 1 else Rule.SEVERAL_PATHS
    return rule, chain_reason(network, node, consumers)


def local_reason(
    network: Network,
    node: str,
    consumers: Sequence[str],
    locals_: Sequence[Sequence[Line]],
    by_consumer: Mapping[str, Unit],
) -> Prose:
    """Why the local derivatives are what they are."""
    if len(consumers) > 1:
        weights = [(_weight_on(by_consumer.get(c), node), c) for c in consumers]
        if all(weight for weight, _ in weights) and len(weights) <= MOST_LISTED:
            pairs: list[Piece] = []
            for place, (weight, c) in enumerate(weights):
                pairs += [", " if place else "", *prose("{w} towards {c}", w=Symbol(str(weight)), c=Symbol(c))]
            return ("each path brings its weight: ", *[piece for piece in pairs if piece])
        homes = [by_consumer.get(c) for c in consumers]
        if all(unit and unit.bias == node for unit in homes):
            return ("in each of them the bias is added as it is",)
        if all(unit and node in dict(unit.weights) for unit in homes):
            return prose("in each of them the weight {w} multiplies its own input", w=Symbol(node))
        return ("the local derivative of each consumer",)
    consumer = consumers[0]
    unit = by_consumer.get(consumer)
    formula = network.formulas[consumer]
    definition = Equation(Symbol(consumer), (formula,))
    if unit and unit.bias == node:
        return prose("in {d} the bias is added as it is", d=definition)
    if unit and node in dict(unit.weights):
        return prose(
            "in {d} the weight {w} multiplies {x}", d=definition, w=Symbol(node), x=Symbol(dict(unit.weights)[node])
        )
    if unit and _weight_on(unit, node):
        return prose(
            "in {d} the factor of {x} is {w}", d=definition, x=Symbol(node), w=Symbol(str(_weight_on(unit, node)))
        )
    if isinstance(formula, Call) and formula.args == (Symbol(node),):
        if not locals_[0][-1].reason:
            return gain_reason(network, formula, consumer, slope(network, formula, 0, Symbol(consumer)) or ONE)
        return slope_reason(network, formula, consumer)
    # What stands in lines of its own before is only put in.
    return ("insert the local derivative",) if len(locals_[0]) > 1 else locals_[0][0].reason


def _weight_on(unit: Unit | None, source: str) -> str | None:
    if unit is None:
        return None
    found = [weight for weight, x in unit.weights if x == source]
    return found[0] if len(found) == 1 else None


def slope_reason(network: Network, call: Call, output: str) -> Prose:
    """Why the slope of a function is what it is."""
    if call.function in network.functions:
        if network.functions[call.function].body is None:
            return prose("{g} is not known, so its slope keeps its name", g=Symbol(call.function))
        return ("derivative of the function's own formula",)
    op = ops.get(call.function)
    if not op.why:
        return ("derivative of the operation's definition",)
    text = op.why[0].lower() + op.why[1:].rstrip(".")
    parts: dict[str, Piece] = {"a": Symbol(output), **dict(zip(op.inputs, call.args, strict=False))}
    return prose(text, **parts)


def gain_reason(network: Network, call: Call, output: str, slope: Expr) -> Prose:
    """Why σ′(z) is a number for the backward pass, and what it is."""
    prime = Call(call.function, call.args, call.options, (0,))
    if call.function in network.functions and network.functions[call.function].body is None:
        return prose("the slope {p} is a constant, fixed by the forward pass", p=prime)
    return prose("the slope is a constant, fixed by the forward pass: {e}", e=Equation(prime, (slope,)))


def number_reason(uses: Sequence[str]) -> Prose:
    """Where the numbers come from."""
    if not uses:
        return ("values of the forward pass",)
    if len(uses) > MOST_LISTED:
        return (f"insert the results of {len(uses):,} steps",)
    word = "the result of step " if len(uses) == 1 else "the results of steps "
    return ("insert ", word, *listed([StepRef(use) for use in uses]))
