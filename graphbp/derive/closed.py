"""The closed reading: each gradient as one formula of the leaves, and what that costs beside the shared form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from graphbp.calculus.lines import Rule
from graphbp.derive.figures import adding_up, gradient_name, with_numbers
from graphbp.derive.steps import Step, Touches
from graphbp.errors import UsageError
from graphbp.notation.prose import prose
from graphbp.notation.tree import Call, Equation, Expr, Term, walk
from graphbp.ops.opening import opener

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep

MOST_SHOWN = 120
"""A closed form with more operations is counted and not printed."""


def closed_steps(sweep: Sweep, asked: Sequence[str]) -> list[Step]:
    """One closed form for each gradient asked for."""
    return [closed_step(sweep, node, str(place)) for place, node in enumerate(asked, 1)]


def closed_step(sweep: Sweep, node: str, number: str) -> Step:
    """The gradient as SymPy's closed form, and the operations that it takes.

    Raises: UsageError if arrays occur, or if no loss is defined.
    """
    network = sweep.network
    if not network.has_loss:
        raise UsageError("the closed reading needs a loss", fix="use --reading unit")
    if any(item.shape != () for item in network.graph.named if item.id in sweep.plan.active):
        raise UsageError(
            "the closed reading needs a network of numbers, and this one holds arrays", fix="use --reading layer"
        )
    from graphbp.notation import judge

    formulas = {
        item.id: network.formulas[item.id]
        for item in network.graph.named
        if not item.leaf and item.id in sweep.plan.active
    }
    try:
        value = judge.derivative(sweep.loss.name, node, formulas, opener(network.functions))
        count = int(value.count_ops())
        right = judge.from_sympy(value) if count <= MOST_SHOWN else None
    except judge.NotScalar as error:
        raise UsageError(f"there is no closed form for {node}: {error.what}", fix="use --reading unit") from None
    shared = shared_operations(sweep, node)
    left = sweep.gradient(node)
    counts = {"n": f"{count:,}", "m": f"{shared:,}"}
    if right is None:
        claim = Equation(left, (sweep.step(node).claim.rights[-1],))
        reason = prose(
            "written out in the leaves alone it takes {n} operations, too many to print; with shared intermediate "
            "results it takes {m}, and this is its last one",
            **counts,
        )
        return _finished(
            Step(number, Rule.RESULT, node, claim, reason, touches=Touches(node, (node,)), title=_title(sweep, node))
        )
    reason = prose(
        "written out in the leaves alone: {n} operations, against {m} with shared intermediate results", **counts
    )
    evidence = sweep.witness.check_whole(node, right)
    numbers = _numbers(sweep, node, right)
    step = Step(
        number,
        Rule.RESULT,
        node,
        Equation(left, (right,)),
        reason,
        (),
        numbers,
        (),
        Touches(node, (node,)),
        evidence,
        _title(sweep, node),
    )
    return _finished(step)


def _title(sweep: Sweep, node: str) -> tuple[str | Expr, ...]:
    return ("The closed form of ", sweep.gradient(node))


def _finished(step: Step) -> Step:
    lines = [replace(step, id=f"{step.id}.1", title=())]
    if step.numbers:
        lines.append(
            Step(
                f"{step.id}.2", Rule.NUMBER, step.node, step.numbers, ("values of the leaves",), evidence=step.evidence
            )
        )
    return replace(step, substeps=tuple(lines))


def _numbers(sweep: Sweep, node: str, right: Expr) -> Equation | None:
    name = gradient_name(sweep.loss.name, node)
    if name not in sweep.env:
        return None
    inserted = with_numbers(right, sweep.env, sweep.exact)
    return adding_up(sweep.gradient(node), [inserted], sweep.env[name], sweep.digits, sweep.counting)


def shared_operations(sweep: Sweep, node: str) -> int:
    """The operations of forward pass and backward sweep together, each intermediate result computed once."""
    network, graph = sweep.network, sweep.network.graph
    forward = [network.formulas[item.id] for item in graph.named if not item.leaf and item.id in sweep.plan.active]
    backward: dict[str, Expr] = {}
    stack = [node]
    while stack:
        name = stack.pop()
        if name in backward or name == sweep.loss.name:
            continue
        backward[name] = sweep.formula(name)
        stack.extend(c for c in sweep.consumers(name) if c != sweep.loss.name)
    return operations([*forward, *backward.values()])


def operations(formulas: Iterable[Term]) -> int:
    """How many additions, multiplications, powers and function calls the formulas hold."""
    from graphbp.notation.tree import Add, Div, Mul, Neg, Pow

    count = 0
    for formula in formulas:
        for part in walk(formula):
            if isinstance(part, Add):
                count += len(part.terms) - 1
            elif isinstance(part, Mul):
                count += len(part.factors) - 1
            elif isinstance(part, Div | Pow | Neg | Call):
                count += 1
    return count
