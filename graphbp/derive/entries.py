"""One chosen entry of a gradient, spelled out: the sum of its terms, then their numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.calculus.letters import put
from graphbp.calculus.lines import Rule
from graphbp.derive.arrays import ArrayLines
from graphbp.derive.figures import adding_up, evaluated_terms, gradient_name, spell, with_numbers
from graphbp.derive.steps import Step, Touches
from graphbp.errors import NameProblem, ShapeError
from graphbp.graph.shape import show_shape
from graphbp.network import Network
from graphbp.notation.prose import prose
from graphbp.notation.smart import add
from graphbp.notation.tree import Affine, Entry, Equation, Expr, Mark, Number, Partial, Sum, Symbol, rebuild, walk

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep

MOST_TERMS = 12
_TARGET = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[\s*(-?\d{1,9}(?:\s*,\s*-?\d{1,9})*)\s*\])?\s*")


@dataclass(frozen=True, slots=True)
class Target:
    """What a gradient is asked for: a node, or one entry of it (places counted from 0)."""

    node: str
    places: tuple[int, ...] = ()


def read_target(network: Network, text: str) -> Target:
    """A node's name, with an entry in square brackets or without.

    Raises: NameProblem if it cannot be read, ShapeError if the entry does not exist.

    >>> net = Network()
    >>> W = net.parameter("W1", [[1, 2], [3, 4]])
    >>> read_target(net, "W1[0, 1]")
    Target(node='W1', places=(0, 1))
    """
    match = _TARGET.fullmatch(text)
    if not match:
        raise NameProblem(f"cannot read the name {text[:60]!r}", fix="write it like w1 or W1[0,1]")
    places = tuple(int(place) for place in match[2].split(",")) if match[2] else ()
    if places and match[1] in network.graph:
        _check_places(network, match[1], places)
    return Target(match[1], places)


def _check_places(network: Network, name: str, places: Sequence[int]) -> None:
    shape = network.shape(name)
    shown = f"{name}{list(places)}"
    if len(places) != len(shape):
        raise ShapeError(
            f"{shown} gives {len(places)} places, and {name} is {show_shape(shape)}", fix="give one place for each axis"
        )
    for place, size in zip(places, shape, strict=True):
        if isinstance(size, int) and not -size <= place < size:
            fix = "brackets count from 0" if place == size else "choose a smaller place"
            raise ShapeError(f"{shown} lies outside {name}, which is {show_shape(shape)}", fix=fix)


def entry_step(sweep: Sweep, target: Target, number: str) -> Step:
    """The step that spells one entry of a gradient out."""
    node = target.node
    lines = ArrayLines(sweep, node, sweep.consumers(node))
    sizes = [size if isinstance(size, int) else None for size in sweep.network.shape(node)]
    places = [place + size if place < 0 and size else place for place, size in zip(target.places, sizes, strict=True)]
    table = {index.name: Affine((), place) for index, place in zip(lines.indices, places, strict=True)}
    general = add(*(share.named(share.rule.entry) for share in lines.shares.values()))
    left = Partial(sweep.loss, Entry(Symbol(node), tuple(Affine((), place) for place in places)))
    chosen = put(general, table)
    terms = spelled_out(chosen)
    made = [Step(f"{number}.1", Rule.SUBSTITUTE, node, Equation(left, (chosen,)), ("the entry that is asked for",))]
    if terms != chosen:
        made.append(Step(f"{number}.2", Rule.SUM, node, Equation(left, (terms,)), ("the sum written out",)))
    numbers = _numbers(sweep, node, left, terms, places)
    if numbers:
        made.append(
            Step(f"{number}.{len(made) + 1}", Rule.NUMBER, node, numbers, ("values of the forward and backward pass",))
        )
    evidence = lines.check()
    uses = tuple(sweep.places[name] for name in (node,) if name in sweep.places)
    return Step(number, Rule.SUBSTITUTE, node, Equation(left, (terms,)), made[0].reason, uses, numbers, tuple(made),
                Touches(node, (node,)), evidence, prose("One entry: {g}", g=left))  # fmt: skip


def spelled_out(expr: Expr) -> Expr:
    """The formula with every Σ over few places written as a sum of its terms."""

    def change(part: Any) -> Any:
        if not isinstance(part, Sum):
            return rebuild(part, change)
        sizes = [index.size for index in part.indices]
        if not all(isinstance(size, int) for size in sizes):
            return part
        count = int(np.prod([int(size) for size in sizes if isinstance(size, int)]))
        if count > MOST_TERMS:
            return part
        tables = [
            {index.name: Affine((), place) for index, place in zip(part.indices, places, strict=True)}
            for places in itertools.product(*(range(int(size or 0)) for size in sizes))
        ]
        return add(*(change(put(part.body, table)) for table in tables))

    return change(expr)  # type: ignore[no-any-return]


def _numbers(sweep: Sweep, node: str, left: Expr, terms: Expr, places: Sequence[int]) -> Equation | None:
    name = gradient_name(sweep.loss.name, node)
    if name not in sweep.env:
        return None
    value = float(np.asarray(sweep.env[name])[tuple(places)])
    names = {part.name for part in walk(terms) if isinstance(part, Symbol)}
    if any(isinstance(part, Sum) for part in walk(terms)) or not names - {sweep.loss.name} <= set(sweep.env):
        return Equation(left, (Mark(spell(Number(value), sweep.digits), "result"),))
    stages = [with_numbers(terms, sweep.env, {}), evaluated_terms(terms, sweep.env, sweep.counting)]
    return adding_up(left, stages, value, sweep.digits, sweep.counting)
