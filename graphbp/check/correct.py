"""The corrected line, and the steps of the derivation that explain it: the last level of hints."""

from __future__ import annotations

from graphbp.check.claim import UPDATE
from graphbp.check.decide import Decider
from graphbp.check.finding import Finding, Relation
from graphbp.check.matching import about
from graphbp.derive.derive import derive
from graphbp.derive.figures import literal, spell
from graphbp.derive.local import local_derivative, scalar
from graphbp.derive.steps import Step
from graphbp.errors import GraphbpError
from graphbp.network import Network
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import Call, Equation, Partial, Symbol

DIGITS = 6


def corrected(decider: Decider, relation: Relation, found: Finding) -> tuple[Equation, ...]:
    """The line as it should be, then the lines that lead to it; nothing if the derivation has no formula for it."""
    try:
        lines = _lines(decider, relation)
    except GraphbpError:
        lines = []
    if found.numbers is not None and found.true is not None:
        lines.insert(0, Equation(relation.left, (spell(literal(found.true[0]), DIGITS),)))
    return tuple(dict.fromkeys(lines))


def written(line: Equation) -> str:
    """A corrected line as it can be checked again.

    >>> written(Equation(Symbol("y"), (Symbol("a"), Symbol("b"))))
    'y = a = b'
    """
    writer = PlainWriter()
    return " = ".join(writer.write(part) for part in (line.left, *line.rights))


def _lines(decider: Decider, relation: Relation) -> list[Equation]:
    network, left = decider.world.original, relation.left
    if isinstance(left, Symbol) and left.name in network.formulas:
        return [Equation(left, (network.formulas[left.name],))]
    if isinstance(left, Call) and left.function == UPDATE:
        weight = left.args[0]
        slope = Partial(Symbol(network.loss_name), weight)
        return [Equation(left, (weight - Symbol("eta") * slope,))]
    pair = about(left)
    if pair is None:
        return []
    of, wrt = pair
    if of == network.loss_name:
        return _of_loss(network, wrt)
    if wrt in network.graph.named_inputs.get(of, ()) and scalar(network, of, wrt):
        return [Equation(left, (local_derivative(network, of, wrt).result,))]
    return []


def _of_loss(network: Network, wrt: str) -> list[Equation]:
    """The result first, then the step that finds it, line by line."""
    steps = derive(network, wrt=[wrt]).steps
    step: Step | None = next((one for one in steps if one.node == wrt), None)
    if step is None:
        return []
    return [step.claim, *(line.claim for line in step.substeps)]
