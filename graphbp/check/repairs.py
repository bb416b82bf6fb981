"""What would make a claim right: other layouts of its result, and single changes of its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

import numpy as np

from graphbp.check.compare import fitted, same
from graphbp.check.decide import Decider
from graphbp.check.finding import Relation
from graphbp.check.layouts import LAYOUT, by_result
from graphbp.check.places import entry_of, other_letters, shifted, with_places
from graphbp.check.sides import side
from graphbp.check.truth import Cloud
from graphbp.check.verdict import Mistake
from graphbp.check.words import mistake
from graphbp.errors import GraphbpError
from graphbp.graph import Graph, Node, Role
from graphbp.notation.tree import (
    Add,
    Call,
    Correlate,
    Delta,
    Entry,
    Expr,
    Flip,
    Group,
    Hadamard,
    Index,
    Mark,
    MatMul,
    Mul,
    Neg,
    Number,
    Outer,
    Partial,
    Reduce,
    Symbol,
    Transpose,
    rebuild,
    walk,
)

FEW = 5
AGAIN = 16
MOST = 260


@dataclass(frozen=True, eq=False)
class Repair:
    """A changed formula, and which mistake it mends."""

    kind: str
    says: str
    term: Expr


Draw = Callable[[str], Cloud]
"""Sampled points, others for other words."""


def repaired(decider: Decider, relation: Relation, draw: Draw | None = None) -> Mistake | None:
    """The mistake whose undoing makes the claim right, at the points that are drawn."""
    chosen = draw or (lambda salt: decider.cloud(relation, salt))
    cloud = chosen("").head(FEW)
    true = side(relation.left, relation.ready(cloud), relation.free)
    kinds = list(by_result(relation, cloud, true)) or list(_by_formula(decider, relation, true, chosen))
    if not kinds:
        return None
    kind, says = kinds[0]
    also = tuple(dict.fromkeys(other for other, _ in kinds[1:] if other != kind))
    if says is LAYOUT:
        also = ("transposed",)
    return mistake(kind, where(decider, relation), says, also)


def where(decider: Decider, relation: Relation) -> str:
    """The edge that leads to the node that the claim is about, where only one does."""
    from graphbp.check.matching import about

    pair = about(relation.left)
    if pair is None:
        return ""
    graph = decider.world.plan.graph
    consumers = graph.named_consumers.get(pair[1], ())
    return f"{consumers[0]} -> {pair[1]}" if len(consumers) == 1 else pair[1]


# Another formula


def _by_formula(
    decider: Decider, relation: Relation, true: np.ndarray, draw: Draw
) -> Iterator[tuple[str, str]]:
    cloud = draw("").head(FEW)
    seen: set[tuple[str, str]] = set()
    for repair in islice(repairs(decider, relation), MOST):
        mended = replace(relation, right=repair.term)
        if (repair.kind, repair.says) not in seen and _mends(mended, cloud, true) and _mends_again(mended, draw):
            seen.add((repair.kind, repair.says))
            yield repair.kind, repair.says


def _mends_again(mended: Relation, draw: Draw) -> bool:
    """At other points, and more of them: branches of conditions must all be met."""
    cloud = draw("again").head(AGAIN)
    return _mends(mended, cloud, side(mended.left, mended.ready(cloud), mended.free))


def _mends(relation: Relation, cloud: Cloud, true: np.ndarray) -> bool:
    try:
        found = fitted(side(relation.right, relation.ready(cloud), relation.free), true, "numpy")
    except GraphbpError:
        return False
    return found is not None and same(np.broadcast_to(found, true.shape), true)


def repairs(decider: Decider, relation: Relation) -> Iterator[Repair]:
    """Single changes of the claim's formula, the likely ones first."""
    graph = decider.world.plan.graph
    roles = {node.id: node.role for node in graph.named}
    for rule in (_products, _axes, _indices, _kernels):
        for kind, says, old, new in rule(relation.right, roles):
            yield Repair(kind, says, swapped(relation.right, old, new))
    for kind, says, old, new in _signs(relation.right):
        yield Repair(kind, says, swapped(relation.right, old, new))
    for kind, says, old, new in (
        *_names(relation.right, decider),
        *_functions(relation.right, decider),
        *_deltas(relation),
        *shifted(relation.right, graph),
    ):
        yield Repair(kind, says, swapped(relation.right, old, new))
    if relation.free:
        yield from _left_letters(relation)


Single = tuple[str, str, Expr, Expr]


def swapped(term: Expr, old: Expr, new: Expr) -> Expr:
    """The formula with one part, found by identity, exchanged."""

    def change(part: Any) -> Any:
        return new if part is old else rebuild(part, change)

    return change(term)  # type: ignore[no-any-return]


def _parameter(term: Expr, roles: Mapping[str, Role]) -> bool:
    while isinstance(term, Transpose | Group | Mark | Entry):
        term = term.base if isinstance(term, Entry) else term.x
    return isinstance(term, Symbol) and roles.get(term.name) is Role.PARAMETER


def _transposed(x: Expr) -> Expr:
    return x.x if isinstance(x, Transpose) else Transpose(x)


def _products(term: Expr, roles: Mapping[str, Role]) -> Iterator[Single]:
    """Matrix products with factors transposed or exchanged."""
    for part in walk(term):
        if isinstance(part, MatMul) and len(part.factors) == 2:
            a, b = part.factors
            for kind, says, left, right in _two(a, b, roles):
                yield kind, says, part, MatMul((left, right))
                yield kind, says, part, Outer(_bare(left), _bare(right))
        elif isinstance(part, MatMul):
            for place, factor in enumerate(part.factors):
                kind = "forward-instead-of-backward-weights" if _parameter(factor, roles) else "transposed"
                factors = (*part.factors[:place], _transposed(factor), *part.factors[place + 1 :])
                yield kind, "A factor of the matrix product has to be transposed.", part, MatMul(factors)
            yield (
                "order-of-operations",
                "The factors of the matrix product stand in the wrong order.",
                part,
                MatMul(tuple(reversed(part.factors))),
            )
        elif isinstance(part, Transpose):
            yield "transposed", "A factor must not be transposed.", part, part.x
        elif isinstance(part, Outer):
            kind = "layout" if part is term else "transposed"
            yield kind, "The outer product is transposed.", part, Outer(part.y, part.x)
        elif isinstance(part, Mul | Hadamard) and len(part.factors) == 2:
            a, b = part.factors
            yield "order-of-operations", "An outer product belongs there.", part, Outer(a, b)
            yield "order-of-operations", "An outer product belongs there.", part, Outer(b, a)
            for kind, says, left, right in _two(a, b, roles):
                yield kind, says, part, MatMul((left, right))


def _bare(x: Expr) -> Expr:
    return x.x if isinstance(x, Transpose) else x


def _two(a: Expr, b: Expr, roles: Mapping[str, Role]) -> Iterator[tuple[str, str, Expr, Expr]]:
    """Two factors in all orders and transpositions."""
    turn = "A factor of the matrix product has to be transposed."
    for x, y in ((_transposed(a), b), (a, _transposed(b))):
        changed = a if x is not a else b
        weight = _parameter(changed, roles)
        yield ("forward-instead-of-backward-weights" if weight else "transposed"), turn, x, y
    order = "The factors of the matrix product stand in the wrong order."
    yield "order-of-operations", order, b, a
    yield "transposed", turn, _transposed(a), _transposed(b)
    for x, y in ((_transposed(b), a), (b, _transposed(a)), (_transposed(b), _transposed(a))):
        yield "order-of-operations", order, x, y


def _axes(term: Expr, roles: Mapping[str, Role]) -> Iterator[Single]:
    """Sums, means and soft-maxes along another axis, or over one at all."""
    for part in walk(term):
        if isinstance(part, Reduce):
            other: Literal["row", "column"] = "row" if part.axis == "column" else "column"
            yield "wrong-axis", "The sum runs along the other axis.", part, Reduce(part.x, other)
        if isinstance(part, Call) and part.function in ("sum", "mean", "softmax", "max", "log_softmax", "logsumexp"):
            options = dict(part.options)
            for axis in (0, 1, -1, None):
                if options.get("axis") != axis:
                    fresh = (
                        {**options, "axis": axis}
                        if axis is not None
                        else {key: value for key, value in options.items() if key != "axis"}
                    )
                    yield (
                        "wrong-axis",
                        f"The {part.function} runs along the wrong axis.",
                        part,
                        Call(part.function, part.args, tuple(fresh.items())),
                    )
            if part.function == "mean":
                yield "extra-mean", "A sum belongs there, and no mean.", part, Call("sum", part.args, part.options)
            if part.function == "sum":
                yield "missing-mean", "A mean belongs there, and no sum.", part, Call("mean", part.args, part.options)


def _indices(term: Expr, roles: Mapping[str, Role]) -> Iterator[Single]:
    """Entries with their letters exchanged, or with others."""
    for part in walk(term):
        base, subs = entry_of(part)
        if base is not None and isinstance(part, Expr) and len(subs) == 2:
            kind = "forward-instead-of-backward-weights" if _parameter(base, roles) else "transposed"
            says = "The two indices of an entry are exchanged."
            yield kind, says, part, with_places(part, (subs[1], subs[0]))
    yield from other_letters(term)


def _functions(term: Expr, decider: Decider) -> Iterator[Single]:
    """Another declared function in the place of one, and δ where 1 stands."""
    declared = decider.world.network.functions
    for part in walk(term):
        if isinstance(part, Call) and part.function in declared:
            for other, own in declared.items():
                if other != part.function and len(own.params) == len(part.args):
                    says = f"In the place of {other} stands {part.function}."
                    yield "wrong-index", says, part, Call(other, part.args, part.options, part.order)


def _deltas(relation: Relation) -> Iterator[Single]:
    """δ of the two letters in the place of a 1."""
    if len(relation.free) == 2:
        for part in walk(relation.right):
            if isinstance(part, Number) and part.value == 1:
                yield "missing-condition", "The 1 belongs to equal indices only.", part, Delta(*relation.free)


def _kernels(term: Expr, roles: Mapping[str, Role]) -> Iterator[Single]:
    """Kernels turned, or turned back."""
    for part in walk(term):
        if isinstance(part, Flip):
            yield "reversed", "The order must not be turned there.", part, part.x
        if isinstance(part, Call) and part.function == "flip":
            yield "reversed", "The order must not be turned there.", part, part.args[0]
    for part in walk(term):
        if isinstance(part, Correlate):
            yield (
                "not-rotated",
                "The kernel has to be turned by 180°.",
                part,
                Correlate(part.x, Flip(part.kernel, (-2, -1)), part.letters, part.stride),
            )
        if isinstance(part, Call) and part.function in ("correlate", "conv2d", "conv1d") and len(part.args) > 1:
            turned = Flip(part.args[1], (-2, -1) if part.function != "conv1d" else (-1,))
            yield (
                "not-rotated",
                "The kernel has to be turned by 180°.",
                part,
                Call(part.function, (part.args[0], turned, *part.args[2:]), part.options),
            )


def _signs(term: Expr) -> Iterator[Single]:
    """A sign turned, a factor less."""
    yield "sign", "The sign of the whole is turned.", term, Neg(term)
    for part in walk(term):
        if isinstance(part, Add):
            for place, one in enumerate(part.terms):
                turned = one.x if isinstance(one, Neg) else Neg(one)
                yield (
                    "sign",
                    "The sign of a term is turned.",
                    part,
                    Add((*part.terms[:place], turned, *part.terms[place + 1 :])),
                )
        if isinstance(part, Mul | Hadamard):
            for place, factor in enumerate(part.factors):
                rest = (*part.factors[:place], *part.factors[place + 1 :])
                yield (
                    "extra-factor",
                    f"The factor {_written(factor)} is too much.",
                    part,
                    rest[0] if len(rest) == 1 else type(part)(rest),
                )


def _written(term: Expr) -> str:
    from graphbp.notation.plain import PlainWriter

    return PlainWriter().write(term)


def _names(term: Expr, decider: Decider) -> Iterator[Single]:
    """Another node in the place of one."""
    graph = decider.world.plan.graph
    inside = {id(inner) for part in walk(term) if isinstance(part, Partial) for inner in walk(part)}
    used = [part for part in walk(term) if isinstance(part, Symbol) and id(part) not in inside and part.name in graph]
    for part in (part for part in used if graph[part.name].named):
        for other in _stand_ins(graph, graph[part.name]):
            kind = "activation-for-preactivation" if linked(graph, other.id, part.name) else "wrong-index"
            yield kind, f"In the place of {other.id} stands {part.name}.", part, Symbol(other.id)


def _stand_ins(graph: Graph, node: Node) -> Iterator[Node]:
    """Nodes that one may be taken for: of its shape, then the same of other layers, whose sizes may be others."""
    others = [other for other in graph.named if other.id != node.id]
    yield from (other for other in others if other.shape == node.shape)
    for other in others:
        if other.shape != node.shape and len(other.shape) == len(node.shape) and other.role == node.role:
            yield other


def linked(graph: Graph, a: str, b: str) -> bool:
    """Whether one node is computed from the other alone, entry by entry, as an activation from its sum."""
    if graph[a].shape != graph[b].shape or Role.LOSS in (graph[a].role, graph[b].role):
        return False
    return graph.named_inputs.get(a) == (b,) or graph.named_inputs.get(b) == (a,)


def _left_letters(relation: Relation) -> Iterator[Repair]:
    """The free letters exchanged in the whole formula."""
    if len(relation.free) == 2:
        a, b = relation.free
        table = {a.name: b.name, b.name: a.name}

        def change(part: Any) -> Any:
            return (
                Index(table[part.name], part.size)
                if isinstance(part, Index) and part.name in table
                else rebuild(part, change)
            )

        yield Repair("layout", "The two letters of the gradient are exchanged.", change(relation.right))
