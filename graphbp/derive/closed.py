"""The closed reading: each gradient as one formula of the leaves, and what that costs beside the shared form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from graphbp.calculus.lines import Rule
from graphbp.derive.figures import adding_up, gradient_name, with_numbers
from graphbp.derive.steps import Step, Touches
from graphbp.derive.words import amount
from graphbp.errors import UsageError
from graphbp.notation.prose import prose
from graphbp.notation.tree import Call, Equation, Expr, Symbol, Term, children, walk
from graphbp.ops.opening import opener

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep

MOST_SHOWN = 120
"""A closed form with more operations is counted and not printed."""
MOST_WRITTEN_OUT, DEEPEST = 1500, 80
"""A loss with more operations, or more of them inside one another, is not written out at all: SymPy differentiates it
in minutes or never, and its depth is bounded."""
WRITTEN_OUT = "written out in the leaves alone: {n} operations, against {m} with shared intermediate results"
TOO_LONG = (
    "written out in the leaves alone it takes {n} operations, too many to print; with shared intermediate results it "
    "takes {m}, and this is its last one"
)


def closed_steps(sweep: Sweep, asked: Sequence[str]) -> list[Step]:
    """One closed form for each gradient asked for.

    Raises: UsageError if the reading does not apply to the network.
    """
    _check_applies(sweep)
    return [closed_step(sweep, node, str(place)) for place, node in enumerate(asked, 1)]


def closed_step(sweep: Sweep, node: str, number: str) -> Step:
    """The gradient as SymPy's closed form, and the operations that it takes.

    Raises: UsageError if SymPy does not know an operation.
    """
    form, count = _closed_form(sweep, node)
    counts = {"n": f"{count:,}", "m": f"{shared_operations(sweep, node):,}"}
    left, touches, title = sweep.gradient(node), Touches(node, (node,)), _title(sweep, node)
    if form is None:
        claim = Equation(left, (sweep.step(node).claim.rights[-1],))
        evidence = sweep.steps[node].evidence
        return _finished(
            Step(number, Rule.RESULT, node, claim, prose(TOO_LONG, **counts), touches=touches, evidence=evidence,
                 title=title)
        )  # fmt: skip
    evidence, numbers = sweep.witness.check_whole(node, form), _numbers(sweep, node, form)
    claim = Equation(left, (form,))
    return _finished(
        Step(number, Rule.RESULT, node, claim, prose(WRITTEN_OUT, **counts), (), numbers, (), touches, evidence, title)
    )


def _check_applies(sweep: Sweep) -> None:
    """A loss, numbers only, and not so many operations that nobody could write the loss out.

    Raises: UsageError that says which readings apply.
    """
    network = sweep.network
    if not network.has_loss:
        raise UsageError("the closed reading needs a loss", fix="use --reading unit")
    if any(item.shape != () for item in network.graph.named if item.id in sweep.plan.active):
        raise UsageError(
            "the closed reading needs a network of numbers, and this one holds arrays", fix="use --reading layer"
        )
    count, depth = written_out(sweep)
    if count > MOST_WRITTEN_OUT or depth > DEEPEST:
        raise UsageError(
            f"written out in the leaves alone {sweep.loss.name} takes {amount(count)} operations, {amount(depth)} "
            "inside one another: too large for the closed reading", fix="use --reading unit"
        )  # fmt: skip


def written_out(sweep: Sweep) -> tuple[int, int]:
    """The operations of the loss as one formula of the leaves, and how many stand inside one another; only counted."""
    network = sweep.network
    counts: dict[str, int] = {}
    depths: dict[str, int] = {}
    for node in network.graph.named:
        if not node.leaf and node.id in sweep.plan.active:
            formula = network.formulas[node.id]
            names = [part.name for part in walk(formula) if isinstance(part, Symbol)]
            counts[node.id] = operations([formula]) + sum(counts.get(name, 0) for name in names)
            depths[node.id] = _depth(formula, depths)
    return counts[sweep.loss.name], depths[sweep.loss.name]


def _depth(term: Term, depths: Mapping[str, int]) -> int:
    if isinstance(term, Symbol):
        return depths.get(term.name, 0)
    return max((1 + _depth(inner, depths) for inner in children(term)), default=0)


def _closed_form(sweep: Sweep, node: str) -> tuple[Expr | None, int]:
    """SymPy's derivative of the loss in the leaves, None if it is too long to print, and its operations.

    Raises: UsageError if SymPy does not know an operation.
    """
    from graphbp.notation import judge

    network, active = sweep.network, sweep.plan.active
    named = (item.id for item in network.graph.named if not item.leaf and item.id in active)
    formulas = {name: network.formulas[name] for name in named}
    try:
        value = judge.derivative(sweep.loss.name, node, formulas, opener(network.functions))
        count = int(value.count_ops())
        return (judge.from_sympy(value) if count <= MOST_SHOWN else None), count
    except judge.NotScalar as error:
        raise UsageError(f"there is no closed form for {node}: {error.what}", fix="use --reading unit") from None


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
