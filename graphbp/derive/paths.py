"""The reading by paths: the product of local derivatives along each path to the loss, then the sum over the paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from graphbp.calculus.lines import Rule
from graphbp.derive import words
from graphbp.derive.figures import adding_up, evaluated_terms, gradient_name, with_numbers
from graphbp.derive.local import local_derivative, scalar
from graphbp.derive.steps import Step, Touches
from graphbp.errors import UsageError
from graphbp.notation.named import Named
from graphbp.notation.prose import Piece, Prose, prose
from graphbp.notation.smart import ONE, add, mul, neg
from graphbp.notation.tree import Add, Equation, Expr, Mark, Mul, Neg, Symbol

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep

MOST_PATHS, MOST_NODES = 64, 1000


class Ways(NamedTuple):
    """How many paths lead from a node to the loss, and how many nodes these pass together."""

    paths: int
    nodes: int

    @property
    def few(self) -> bool:
        """Whether they can be listed."""
        return self.paths <= MOST_PATHS and self.nodes <= MOST_NODES


def count_ways(sweep: Sweep) -> Mapping[str, Ways]:
    """The paths from every node to the loss; counted without listing them."""
    ways: dict[str, Ways] = {}
    for node in reversed(sweep.network.graph.named):
        if node.id in sweep.plan.seeds:
            ways[node.id] = Ways(1, 1)
        elif node.id in sweep.plan.active:
            found = [ways[c] for c in sweep.consumers(node.id)]
            count = sum(way.paths for way in found)
            ways[node.id] = Ways(count, count + sum(way.nodes for way in found))
    return ways


def paths(sweep: Sweep, node: str) -> Iterator[tuple[str, ...]]:
    """All paths from the node to the loss, node and loss included."""
    stack: list[tuple[str, ...]] = [(node,)]
    while stack:
        path = stack.pop()
        if path[-1] in sweep.plan.seeds:
            yield path
        else:
            stack.extend((*path, consumer) for consumer in reversed(sweep.consumers(path[-1])))


def path_steps(sweep: Sweep, asked: Sequence[str]) -> list[Step]:
    """The steps of this reading; where some gradient has too many paths, the shared form with their number."""
    ways, wanted = count_ways(sweep), frozenset(asked)
    if all(ways[node].few for node in asked):
        return [path_step(sweep, node, str(place)) for place, node in enumerate(asked, 1)]
    steps = map(sweep.step, sweep.plan.order)
    return [counted(sweep, step, ways[step.node].paths) if step.node in wanted else step for step in steps]


def path_step(sweep: Sweep, node: str, number: str) -> Step:
    """The step that finds a gradient as a sum over paths.

    Raises: UsageError if arrays lie on the paths.
    """
    found = list(paths(sweep, node))
    _check_scalar(sweep, found)
    formulas = [_inserted(sweep, path) for path in found]
    total, left = add(*formulas), sweep.gradient(node)
    evidence, numbers = sweep.witness.check_whole(node, total), _numbers(sweep, node, total)
    lines = _lines(sweep, node, found, formulas)
    if numbers:
        lines.append(Step("", Rule.NUMBER, node, numbers, words.number_reason(())))
    substeps = tuple(replace(line, id=f"{number}.{place}", evidence=evidence) for place, line in enumerate(lines, 1))
    title = prose("All paths from {w} to {l}", w=Symbol(node), l=sweep.loss)
    reason = lines[0].reason if len(found) > 1 else ("the local derivatives along the only path",)
    return Step(
        number, lines[0].rule, node, Equation(left, (total,)), reason, (), numbers, substeps, _touched(node, found),
        evidence, title,
    )  # fmt: skip


def _lines(sweep: Sweep, node: str, found: Sequence[Sequence[str]], formulas: Sequence[Expr]) -> list[Step]:
    """Each path's product in symbols, then with its local derivatives; several paths get names and are added."""
    left = sweep.gradient(node)
    if len(found) == 1:
        return _path_lines(sweep, left, found[0], formulas[0], "the only path: ")
    named = tuple(Named(f"P_{place}", along=tuple(path)) for place, path in enumerate(found, 1))
    count = prose("{n} paths lead from {w} to {l}; each contributes a product", n=str(len(found)), w=Symbol(node),
                  l=sweep.loss)  # fmt: skip
    total = add(*(Symbol(path.name) for path in named))
    lines = [Step("", Rule.SEVERAL_PATHS, node, Equation(left, (total,)), count)]
    for path, formula in zip(named, formulas, strict=True):
        lines += _path_lines(sweep, Symbol(path.name), path.along, formula, "along ")
    return [replace(line, where=named) for line in lines]


def _path_lines(sweep: Sweep, left: Expr, path: Sequence[str], formula: Expr, says: str) -> list[Step]:
    """One path's product, and the same with its local derivatives put in."""
    product = Equation(left, (_symbolic(sweep, path),))
    return [
        Step("", Rule.CHAIN, path[0], product, (says, *route(path))),
        Step("", Rule.LOCAL, path[0], Equation(left, (formula,)), ("the local derivatives",)),
    ]


def _touched(node: str, found: Sequence[Sequence[str]]) -> Touches:
    """All nodes and edges on the paths."""
    nodes = dict.fromkeys(name for path in found for name in path)
    return Touches(node, tuple(nodes), tuple(dict.fromkeys(pair for path in found for pair in pairwise(path))))


def route(path: Sequence[str]) -> Prose:
    """w → z → a → l."""
    pieces: list[Piece] = []
    for place, name in enumerate(path):
        pieces += [" → "] * (place > 0) + [Symbol(name)]
    return tuple(pieces)


def _symbolic(sweep: Sweep, path: Sequence[str]) -> Expr:
    factors = (
        *(Mark(_factor(sweep, node, consumer), "forward") for node, consumer in pairwise(path)),
        *_seed(sweep, path),
    )
    return Mul(factors) if len(factors) > 1 else factors[0]


def _factor(sweep: Sweep, node: str, consumer: str) -> Expr:
    """∂consumer/∂node; of the loss its formula's derivative, where ∂l/∂node would also mean the other paths."""
    if consumer == sweep.loss.name and len(sweep.consumers(node)) > 1:
        return local_derivative(sweep.network, consumer, node).result
    return sweep.local(consumer, node)


def _seed(sweep: Sweep, path: Sequence[str]) -> tuple[Expr, ...]:
    """∂l/∂(end) where that gradient is only given."""
    return () if path[-1] == sweep.loss.name else (Mark(sweep.gradient(path[-1]), "backward"),)


def _inserted(sweep: Sweep, path: Sequence[str]) -> Expr:
    slopes = mul(*(local_derivative(sweep.network, consumer, node).result for node, consumer in pairwise(path)))
    sign, product = (True, slopes.x) if isinstance(slopes, Neg) else (False, slopes)
    factors = product.factors if isinstance(product, Mul) else (product,)
    marked = mul(*(factor if factor == ONE else Mark(factor, "forward") for factor in factors), *_seed(sweep, path))
    return neg(marked) if sign else marked


def _check_scalar(sweep: Sweep, found: Sequence[Sequence[str]]) -> None:
    for path in found:
        for node, consumer in pairwise(path):
            if not scalar(sweep.network, consumer, node):
                raise UsageError(
                    f"the reading by paths needs numbers, and {consumer} is made of arrays",
                    fix="use --reading layer or entry",
                )


def counted(sweep: Sweep, step: Step, count: int) -> Step:
    """A step of the shared form with the number of paths in front: too many or too long to list."""
    several = "{n} paths lead from {w} to {l}, too many to list"
    paths = several if count > 1 else "one path leads from {w} to {l}, too long to list"
    reason = prose(f"{paths}; sharing their tails, each gradient is found once",
                   n=words.amount(count), w=Symbol(step.node), l=sweep.loss)  # fmt: skip
    first = Step("", Rule.SEVERAL_PATHS, step.node, step.claim, reason, step.uses, evidence=step.evidence)
    lines = tuple(replace(line, id=f"{step.id}.{place}") for place, line in enumerate((first, *step.substeps), 1))
    return replace(step, substeps=lines)


def _numbers(sweep: Sweep, node: str, total: Expr) -> Equation | None:
    name = gradient_name(sweep.loss.name, node)
    if name not in sweep.env:
        return None
    stages = [with_numbers(total, sweep.env, sweep.exact)]
    if isinstance(total, Add):
        stages.append(evaluated_terms(total, sweep.env, sweep.counting))
    return adding_up(sweep.gradient(node), stages, sweep.env[name], sweep.digits, sweep.counting)
