"""Steps between arrays: the entry of the gradient, then the form that a layer's formula gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.calculus.letters import put
from graphbp.calculus.lines import Chain, Definition, GradientRule, Line, Rule
from graphbp.calculus.wording import merged
from graphbp.derive import words
from graphbp.derive.figures import (
    adding_up_to,
    gradient_name,
    literal,
    printable,
    spell,
    with_numbers,
    without_stacks,
)  # fmt: skip
from graphbp.derive.local import PullBack, entry_of, pull_back
from graphbp.derive.rows import lying
from graphbp.derive.steps import Evidence, Step
from graphbp.engine.plan import bound_sizes
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.named import Named
from graphbp.notation.paper import uncoloured
from graphbp.notation.plain import PlainWriter
from graphbp.notation.prose import Prose, prose
from graphbp.notation.smart import add
from graphbp.notation.tree import (
    Entry,
    Equation,
    Expr,
    Index,
    Mark,
    Partial,
    Symbol,
    Transpose,
    rebuild,
    substitute,
    symbols,
    transform,
    walk,
)  # fmt: skip

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep


ENTRIES_ONLY = "; no form of whole arrays was found, so the formula speaks of each entry"


class ArrayLines:
    """The lines of a step in which arrays occur."""

    def __init__(self, sweep: Sweep, node: str, consumers: Sequence[str]) -> None:
        self.sweep, self.node, self.consumers = sweep, node, tuple(consumers)
        self.shares: dict[str, PullBack] = {}
        # The shares stand side by side in one formula: what one of them names keeps its name to itself.
        taken: list[str] = []
        for consumer in consumers:
            share = self.shares[consumer] = pull_back(sweep.network, consumer, node, avoid=taken)
            taken += [one.name for one in named_in(share) if one.name not in sweep.network.graph]

    @property
    def left(self) -> Expr:
        """∂l/∂node, or its entry where the gradient has no layer form."""
        whole = self.sweep.gradient(self.node)
        return whole if self.whole else Partial(whole.y, entry_of(self.node, self.indices))

    @cached_property
    def whole(self) -> bool:
        """Whether every share has a layer form (a number always has one)."""
        return all(share.layer is not None or not share.rule.indices for share in self.shares.values())

    @property
    def indices(self) -> tuple[Index, ...]:
        """The letters of the entry, the same for all shares."""
        return next(iter(self.shares.values())).rule.indices

    @cached_property
    def formula(self) -> Expr:
        """The gradient as the sum of the shares."""
        return add(*(_coloured(self._share(share)) for share in self.shares.values()))

    def _share(self, share: PullBack) -> Expr:
        if self.whole:
            layer = share.layer if share.layer is not None else share.named(share.rule.entry)
            return substitute(layer, _written(share))  # type: ignore[no-any-return]
        table = {old.name: new for old, new in zip(share.rule.indices, self.indices, strict=True)}
        return put(share.named(share.rule.entry), table)  # type: ignore[no-any-return]

    def check(self) -> Evidence:
        """Every share against the difference quotients of its own consumer; the worst of them.

        Raises: StepFails if one is wrong.
        """
        found = [self._checked(c, share) for c, share in self.shares.items()]
        return max(found, key=lambda evidence: evidence.error)

    def _checked(self, consumer: str, share: PullBack) -> Evidence:
        claims: list[Expr | Definition] = [Definition("claim", share.rule.indices, share.named(share.rule.entry))]
        if share.layer is not None:
            claims.append(share.layer)
        return self.sweep.witness.check(self.node, [consumer], claims, helpers(share))

    def lines(self) -> list[Step]:
        """The lines in the order in which a learner reads them."""
        made: list[Step] = []
        parts = self._parts()
        if self.sweep.detail != "brief":
            made += [replace(self._contributions(), where=parts)] if len(self.shares) > 1 else []
            for place, (consumer, share) in enumerate(self.shares.items(), 1):
                where = (*parts, *named_in(share))
                made += [replace(line, where=where) for line in self._of_share(consumer, share, place)]
        last = self._last()
        if made and made[-1].claim == _plain(last.claim):
            reason = made.pop().reason
            last = replace(last, reason=reason if self.whole else merged([*reason, ENTRIES_ONLY]))
        return [*made, replace(last, where=self.where())]

    def where(self) -> tuple[Named, ...]:
        """What the whole gradient's formula names beside the nodes."""
        return tuple(dict.fromkeys(one for share in self.shares.values() for one in named_in(share)))

    def _parts(self) -> tuple[Named, ...]:
        """The contributions of several consumers by their names."""
        if len(self.shares) == 1:
            return ()
        return tuple(
            Named(_contribution(place), share.rule.indices, along=(self.node, consumer))
            for place, (consumer, share) in enumerate(self.shares.items(), 1)
        )

    def _contributions(self) -> Step:
        """The gradient as the sum of one named contribution for each consumer."""
        named = [Symbol(_contribution(place)) for place in range(1, len(self.shares) + 1)]
        parts = [prose("{p} through {c}", p=part, c=Symbol(c)) for part, c in zip(named, self.shares, strict=True)]
        reason: Prose = ("one contribution for each consumer: ",)
        for place, part in enumerate(parts):
            reason = (*reason, *([", "] if place else []), *part)
        return self._line(self.sweep.gradient(self.node), add(*named), Rule.SEVERAL_PATHS, reason)

    def _of_share(self, consumer: str, share: PullBack, place: int) -> list[Step]:
        """One consumer's share entry by entry: the gradient itself, or a contribution to it."""
        left: Expr = Partial(self.sweep.loss, entry_of(self.node, share.rule.indices))
        if len(self.shares) > 1:
            left = entry_of(_contribution(place), share.rule.indices)
        entries, layers = _in_two(share.rule)
        shown = [*self._definitions(share), *(self._lemmas(share) if self.sweep.detail == "full" else [])]
        for stage in share.rule.stages:
            shown += self._stage(share, stage)
        for line in self._chosen(consumer, share.rule, entries):
            shown.append(self._line(left, share.named(line.expr), line.rule, share.worded(line.reason)))
        if share.rule.layer is None and share.rule.remark and self.sweep.detail != "full":
            told = merged([*shown[-1].reason, "; ", *share.worded(share.rule.remark)])
            shown[-1] = replace(shown[-1], reason=told)
        if len(self.shares) == 1 and len(layers) > 1:
            # ∂l/∂u stands in it by its name; the last line of the step puts its formula in.
            reason = share.worded(share.rule.remark or layers[0].reason)
            shown.append(self._line(self.left, share.named(_whole(layers[0].expr)), Rule.RECOGNISE, reason))
        return shown

    def _stage(self, share: PullBack, stage: GradientRule) -> list[Step]:
        """The gradient of a named part, through which all of the input's influence passes."""
        whole = Partial(self.sweep.loss, Symbol(stage.wrt))
        left = Partial(self.sweep.loss, entry_of(stage.wrt, stage.indices))
        plain = [line for line in stage.chain.lines if line.rule is not Rule.RECOGNISE]
        made = [
            self._line(left, share.named(line.expr), line.rule, share.worded(line.reason))
            for line in self._chosen(share.consumer, stage, plain)
        ]
        if stage.layer is not None:
            last = self._line(
                whole, share.named(stage.layer), Rule.RECOGNISE, share.worded(stage.remark or ("all entries at once",))
            )
            made.append(last)
        return made

    def _chosen(self, consumer: str, rule: GradientRule, chain: Sequence[Line]) -> Sequence[Line]:
        """All lines where the loss itself is differentiated or all is asked for, else the first and the last one."""
        if consumer == self.sweep.loss.name or self.sweep.detail == "full" or len(chain) < 3:
            return chain
        lemma = rule.lemmas[-1]
        insert = prose("insert the local derivative {d}", d=Equation(lemma.left, (lemma.result,)))
        last = chain[-1]
        more: Prose = () if last.rule is Rule.SUBSTITUTE else ("; ", *last.reason)
        return [chain[0], replace(last, rule=Rule.SUBSTITUTE, reason=(*insert, *more))]

    def _definitions(self, share: PullBack) -> list[Step]:
        """The named parts that the lines speak of."""
        chains = [share.rule.chain, *(stage.chain for stage in share.rule.stages)]
        lines = [line for chain in chains for line in chain.lines]
        used = {part.name for line in lines for part in walk(line.expr) if isinstance(part, Symbol)}
        parts = [part for part in share.rule.definition.parts if part.name in used]
        return [self._defined(part) for part in parts]

    def _defined(self, part: Definition) -> Step:
        if part.written is not None:
            return self._line(Symbol(part.name), part.written, Rule.DEFINE, ("a name for what follows",))
        return self._line(entry_of(part.name, part.indices), part.body, Rule.DEFINE, ("a name for what follows",))

    def _lemmas(self, share: PullBack) -> list[Step]:
        chains: Iterable[Chain] = share.rule.lemmas if share.rule.upstream else share.rule.lemmas[:-1]
        return [
            self._line(c.left, share.named(line.expr), line.rule, share.worded(line.reason))
            for c in chains
            for line in c.lines
        ]

    def _line(self, left: Expr, right: Expr, rule: Rule, reason: Prose) -> Step:
        return Step("", rule, self.node, Equation(left, (right,)), reason)

    def _last(self) -> Step:
        """The whole gradient."""
        shapes = factor_shapes(self.sweep.network, self.formula)
        claim = Equation(self.left, (self.formula,))
        if len(self.shares) > 1:
            reason = words.chain_reason(self.sweep.network, self.node, self.consumers)
            reason = reason if self.whole else (*reason, ENTRIES_ONLY)
            return Step("", Rule.SEVERAL_PATHS, self.node, claim, reason, shapes=shapes)
        share = next(iter(self.shares.values()))
        last = share.rule.chain.lines[-1].reason
        reason = share.worded(last if len(_in_two(share.rule)[1]) > 1 else share.rule.remark or last)
        if not self.whole:
            rule = share.rule.chain.lines[-1].rule
            return Step("", rule, self.node, claim, merged([*reason, ENTRIES_ONLY]), shapes=shapes)
        return Step("", Rule.RECOGNISE, self.node, claim, reason, shapes=shapes)

    @property
    def plain(self) -> Expr:
        """The formula without colours."""
        return uncoloured(self.formula)

    def result(self) -> Expr | None:
        """The number or the matrix, if it is small enough to be printed."""
        numbers = self.numbers()
        return None if numbers is None else uncoloured(numbers.rights[-1])

    def numbers(self) -> Equation | None:
        """The layer formula with matrices put in, if all are small enough; else the result alone."""
        env, loss = self.sweep.env, self.sweep.loss.name
        value = np.asarray(env[gradient_name(loss, self.node)])
        if not printable(value):
            return None
        rows = self.sweep.rows and lying(self.formula, env)
        result = Mark(spell(literal(value, rows), self.sweep.digits), "result")
        left = self.sweep.gradient(self.node)
        gradients = [part for part in walk(self.formula) if isinstance(part, Partial) and isinstance(part.x, Symbol)]
        used = [env.get(gradient_name(loss, part.x.name)) for part in gradients if isinstance(part.x, Symbol)]
        used += [env.get(name) for name in symbols(self.formula) if name != loss]
        if not self.whole or any(x is None or not printable(x) for x in used):
            return Equation(left, (result,))
        readable = without_stacks(self.formula, env, self.sweep.counting, rows)
        sizes = bound_sizes(self.sweep.network.graph, self.sweep.network.arrays)
        put_in = with_numbers(readable, env, self.sweep.exact, rows)
        inserted = adding_up_to(put_in, value, self.sweep.digits, self.sweep.counting, sizes)
        if inserted == result.x:
            return Equation(left, (result,))
        return Equation(left, (inserted, result))


def _in_two(rule: GradientRule) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines that speak of one entry, and those from the first layer form on."""
    lines = rule.chain.lines
    first = next((place for place, line in enumerate(lines) if line.rule is Rule.RECOGNISE), len(lines))
    return (lines[:first], lines[first:]) if rule.indices else (lines, ())


def _whole(entry: Expr) -> Expr:
    """The layer form of which a line gives the entry."""
    return entry.base if isinstance(entry, Entry) else entry


def _contribution(place: int) -> str:
    return f"C_{place}"


def _plain(claim: Equation) -> Equation:
    """The equation without colours."""
    rights = tuple(transform(right, lambda part: part.x if isinstance(part, Mark) else part) for right in claim.rights)
    return Equation(claim.left, rights)


def _written(share: PullBack) -> dict[Expr, Expr]:
    """Named parts with the formula by which readers know them, earlier parts put into later ones."""
    table: dict[Expr, Expr] = {}
    for part in share.rule.definition.parts:
        if part.written is not None:
            table[Symbol(part.name)] = substitute(part.written, table)
    return table


def helpers(share: PullBack) -> tuple[Definition, ...]:
    """What the lines of a rule name beside the network's nodes, in the order in which it is computed."""
    rule = share.rule
    return (*rule.definition.parts, *(replace(helper, body=share.named(helper.body)) for helper in rule.helpers))


def named_in(share: PullBack) -> tuple[Named, ...]:
    """The entries of all that the lines of a share name, and the consumer itself in index form."""
    whole = share.rule.definition
    made = [item for item in helpers(share) if "/" not in item.name]
    return tuple(Named(item.name, item.indices, item.body) for item in (*made, whole))


def _coloured(expr: Expr) -> Expr:
    """Upstream gradients in the colour of the backward pass."""

    def change(part: Any) -> Any:
        return Mark(part, "backward") if isinstance(part, Partial) else rebuild(part, change)

    return change(expr)  # type: ignore[no-any-return]


def factor_shapes(network: Network, formula: Expr) -> Mapping[str, Shape]:
    """The shape of every name, transpose and gradient in the formula, by its spelling in the formula language."""
    writer = PlainWriter()
    table: dict[str, Shape] = {}
    for part in walk(formula):
        shape = _shape(network, part)
        if shape is not None:
            table[writer.write(part)] = shape
    return table if any(table.values()) else {}


def _shape(network: Network, part: Any) -> Shape | None:
    if isinstance(part, Symbol) and part.name in network.graph:
        return network.shape(part.name)
    if isinstance(part, Partial):
        return _shape(network, part.x)
    if isinstance(part, Transpose):
        inner = _shape(network, part.x.x if isinstance(part.x, Mark) else part.x)
        return None if inner is None else (*inner[:-2], *reversed(inner[-2:]))
    return None
