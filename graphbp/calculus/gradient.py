"""The gradient of one input, derived: local derivatives first, then the chain rule, then the layer form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from graphbp.calculus.differentiate import Differentiator, Slope, Winner, differentiate, tidied
from graphbp.calculus.letters import OUTER, deltas, entry, free_letters, fresh_letter, names_in, put, where
from graphbp.calculus.lines import Chain, Definition, GradientRule, Line, Rule
from graphbp.calculus.reasons import layer_reason
from graphbp.calculus.recognise import recognise
from graphbp.calculus.simplify import Known, Trail, simplify
from graphbp.calculus.stages import separating_part, shorter, staged
from graphbp.calculus.table import slope_or_name
from graphbp.calculus.terms import key
from graphbp.calculus.turn import turn
from graphbp.calculus.winner import first_winner
from graphbp.calculus.wording import joined_clauses, listed, merged
from graphbp.errors import UsageError, did_you_mean
from graphbp.graph.shape import Shape
from graphbp.notation.prose import Piece, Prose, prose
from graphbp.notation.smart import ONE, ZERO, mul
from graphbp.notation.tree import (
    Bracket,
    Compare,
    Delta,
    Entry,
    Equation,
    Expr,
    FloorMod,
    Index,
    IndexExpr,
    Max,
    Partial,
    Sum,
    Symbol,
    affine,
    rebuild,
    substitute,
    symbols,
    walk,
)


def derive_gradient(
    definition: Definition, wrt: str, upstream: str = "G", *, loss: str = "l", slope: Slope = slope_or_name,
    avoid: Iterable[str] = (), at_once: bool = False,
) -> GradientRule:  # fmt: skip
    """∂l/∂(wrt) of whatever comes after the definition, with every line from the definition to the layer form.

    `upstream` names the array of ∂l/∂Z; "" says that the definition is itself the loss.  Letters and helpers
    get none of the names in `avoid`.  `at_once` takes no named part first, so that the last lemma is the
    local derivative of the whole definition.

    Raises: UsageError if the definition has no such input.
    """
    if wrt not in definition.shapes:
        raise UsageError(f"{definition.name} has no input {wrt}", fix=did_you_mean(wrt, definition.shapes))
    kept_clear = frozenset(avoid)
    direct = _Derivation(definition, wrt, upstream, loss, slope, kept_clear).rule()
    part = None if at_once else separating_part(definition, wrt)
    if part is None:
        return direct
    return shorter(direct, in_stages(definition, part, wrt, upstream, loss, slope, kept_clear))


@dataclass
class _Derivation:
    definition: Definition
    wrt: str
    upstream: str
    loss: str
    slope: Slope
    avoid: frozenset[str] = frozenset()
    lemmas: dict[str, Chain] = field(default_factory=dict)
    places: dict[str, tuple[Index, ...]] = field(default_factory=dict)
    helpers: list[Definition] = field(default_factory=list)
    told: dict[str, Prose] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bodies = [part.body for part in (*self.definition.parts, self.definition)]
        self.taken = names_in(*bodies) | set(self.definition.shapes) | {self.upstream, self.loss, self.definition.name}
        for part in (*self.definition.parts, self.definition):
            self.taken |= {index.name for index in part.indices} | {part.name}
        sizes = {size for shape in self.definition.shapes.values() for size in shape if isinstance(size, str)}
        self.taken |= sizes | self.avoid
        self.indices = self._letters(self.definition.shapes[self.wrt])
        self.x = entry(Symbol(self.wrt), self.indices)
        self.shapes: dict[str, Shape] = dict(self.definition.shapes)
        for part in (*self.definition.parts, self.definition):
            self.shapes[part.name] = tuple(index.size for index in part.indices)  # type: ignore[misc]
        self.shapes[self.upstream] = self.shapes[self.definition.name]
        self.changes = {self.wrt}

    def _letters(self, shape: Shape) -> tuple[Index, ...]:
        """Fresh letters for the entry of which the derivative is taken."""
        chosen = []
        for size in shape:
            name = fresh_letter(OUTER[0], self.taken, OUTER)
            self.taken.add(name)
            chosen.append(Index(name, size))
        return tuple(chosen)

    def rule(self) -> GradientRule:
        for part in (*self.definition.parts, self.definition):
            self._lemma(part)
        trail, left = self._chain()
        if left != self.lemmas[self.definition.name].left:
            turn(trail, self.definition, self.shapes, self.upstream)
        self._mask(trail)
        final = trail.last
        layer = self._layer(trail, final)
        return GradientRule(
            self._written(),
            self.wrt,
            self.upstream,
            self.indices,
            tuple(self.lemmas.values()),
            Chain(left, tuple(trail.lines)),
            final,
            layer,
            self._remark(layer, final),
            tuple(map(self._as_array, self.helpers)),
        )

    def _remark(self, layer: Expr | None, final: Expr) -> Prose:
        """Why the last entry form is the layer form, and what the arrays are that the derivation brought in."""
        told = [self.told[name] for name in symbols(final if layer is None else layer) if name in self.told]
        return joined_clauses([*([] if layer is None else [layer_reason(layer, self.indices)]), *told])

    def _written(self) -> Definition:
        """The definition with its parts written as arrays too, where they have a layer form."""
        return replace(self.definition, parts=tuple(map(self._as_array, self.definition.parts)))

    def _as_array(self, part: Definition) -> Definition:
        if part.written is not None:
            return part
        return replace(part, written=recognise(part.body, part.indices, self.shapes))

    def _mask(self, trail: Trail) -> None:
        """The winner read off at this entry's own window, named as an array with the axes of the input."""
        names = {Symbol(helper.name) for helper in self.helpers}
        found = [part for part in walk(trail.last) if isinstance(part, Entry) and part.base in names]
        letters = frozenset(index.name for index in self.indices)
        for part in [part for part in found if any(isinstance(sub, FloorMod) for sub in part.subs)]:
            if any(free_letters(sub) - letters for sub in part.subs):
                continue
            name = fresh_letter("mask", self.taken, ("mask", "W"))
            self.helpers.append(Definition(name, self.indices, part))
            self.shapes[name] = self.definition.shapes[self.wrt]
            named = entry(Symbol(name), self.indices)
            reason = prose(
                "{mask} is 1 where {x} is the first of the largest in its window, else 0", mask=named, x=self.x
            )
            self.told[name] = reason
            trail.add(substitute(trail.last, {part: named}), Rule.DEFINE, reason)

    def _layer(self, trail: Trail, final: Expr) -> Expr | None:
        """The layer form of the last line, and the line that states it."""
        layer = recognise(final, self.indices, self.shapes)
        if layer is None or not self.indices:
            return layer
        if not isinstance(layer, Symbol):
            trail.lines.append(Line(Entry(layer, self.indices), Rule.RECOGNISE, layer_reason(layer, self.indices)))
        return layer

    # Local derivatives

    def _known(self) -> Known:
        parts = (*self.definition.parts, self.definition, *self.helpers)
        facts = tuple(fact for part in (*self.definition.parts, self.definition) for fact in part.facts)
        return Known(self.shapes, parts, facts)

    def _lemma(self, part: Definition) -> None:
        """∂part/∂x, if the part changes with x."""
        worker = Differentiator(self.x, frozenset(self.changes), self.slope, self._winner(part))
        if not worker.depends(part.body) and part is not self.definition:
            return
        left = entry(Symbol(part.name), part.indices)
        trail = Trail()
        trail.add(Partial(part.body, self.x), Rule.DEFINE, prose("the definition of {y}", y=left))
        if not worker.depends(part.body):
            trail.add(ZERO, Rule.LOCAL, prose("{y} does not change smoothly with {x}", y=left, x=Symbol(self.wrt)))
        for line in differentiate(part.body, worker):
            trail.add(line.expr, line.rule, line.reason)
        self._leaves(trail)
        simplify(trail, self._known())
        self.lemmas[part.name] = Chain(Partial(left, self.x), tuple(trail.lines))
        self.places[part.name] = part.indices
        self.changes.add(part.name)

    def _winner(self, part: Definition) -> Winner:
        def chosen(largest: Max) -> Expr:
            if not self.definition.first_winner:
                return Bracket(Compare(largest.body, "=", self._named(largest, part)))
            helper = first_winner(largest, part, fresh_letter("M", self.taken, ("M", "W", "first")))
            known = next((item for item in self.helpers if key(item.body) == key(helper.body)), None)
            if known is None:
                self.helpers.append(helper)
                self.taken.add(helper.name)
                won = entry(Symbol(helper.name), helper.indices)
                told = "{won} is 1 where {entry} is the first of the largest, else 0"
                self.told[helper.name] = prose(told, won=won, entry=largest.body)
                self.shapes[helper.name] = tuple(index.size for index in helper.indices)  # type: ignore[misc]
            return entry(Symbol((known or helper).name), helper.indices)

        return chosen

    @staticmethod
    def _named(largest: Max, part: Definition) -> Expr:
        return entry(Symbol(part.name), part.indices) if part.body == largest else largest

    def _leaves(self, trail: Trail) -> None:
        """Derivatives of single entries put in: δ, or the lemma of a part."""
        self.seen_delta: list[Piece] = []
        self.inserted: dict[str, Equation] = {}
        new = self._put_in(trail.last)
        clauses: list[Piece] = []
        if self.seen_delta:
            clauses += ["an entry of ", Symbol(self.wrt), " depends only on itself: ", *self.seen_delta]
        if self.inserted:
            clauses += ["; " if clauses else "", "insert ", *listed(list(self.inserted.values()))]
        rule = Rule.DELTA if self.seen_delta else Rule.SUBSTITUTE
        trail.add(new, rule, merged(clauses) if clauses else prose("{x} depends only on itself", x=Symbol(self.wrt)))

    def _put_in(self, expr: Expr) -> Expr:
        if isinstance(expr, Partial):
            return self._leaf(expr)
        changed = rebuild(expr, lambda child: self._put_in(child) if isinstance(child, Expr) else child)
        return changed if changed is expr else tidied(changed)

    def _leaf(self, leaf: Partial) -> Expr:
        name, subs, outside = _place(leaf.y)
        if name != self.wrt:
            lemma = self.lemmas[name]
            self.inserted[name] = Equation(lemma.left, (lemma.result,))
            table: dict[str, IndexExpr] = dict(zip((index.name for index in self.places[name]), subs, strict=True))
            return put(lemma.result, table)  # type: ignore[no-any-return]
        factors = [delta for delta in deltas(subs, self.indices) if not _single(delta, outside)]
        if subs:
            self.seen_delta = self.seen_delta or _told(leaf, [delta for delta in factors if delta.left != delta.right])
        return mul(*factors) if factors else ONE

    # The chain rule

    def _chain(self) -> tuple[Trail, Expr]:
        output = entry(Symbol(self.definition.name), self.definition.indices)
        lemma = self.lemmas[self.definition.name]
        left = Partial(Symbol(self.loss), self.x)
        if not self.upstream:
            return Trail(list(lemma.lines)), lemma.left
        trail = Trail()
        given = entry(Symbol(self.upstream), self.definition.indices)
        trail.add(self._over(mul(given, Partial(output, self.x))), Rule.CHAIN, self._chain_reason())
        if lemma.result == ZERO:
            trail.add(ZERO, Rule.SUBSTITUTE, ("the local derivative is 0 everywhere",))
            return trail, left
        trail.add(self._over(mul(given, lemma.result)), Rule.SUBSTITUTE, ("insert the local derivative",))
        simplify(trail, self._known())
        return trail, left

    def _over(self, body: Expr) -> Expr:
        """Σ over all entries of the output."""
        return Sum(self.definition.indices, body) if self.definition.indices else body

    def _chain_reason(self) -> Prose:
        if not self.definition.indices:
            return ("chain rule: upstream gradient times local derivative",)
        return prose(
            "chain rule: upstream gradient times local derivative, summed over all entries of {z}",
            z=Symbol(self.definition.name),
        )


def in_stages(
    definition: Definition, part: Definition, wrt: str, upstream: str, loss: str, slope: Slope, avoid: frozenset[str]
) -> GradientRule:
    """∂l/∂(part) first, then through the part to the input."""
    place = definition.parts.index(part)
    shape: Shape = tuple(index.size if index.size is not None else 1 for index in part.indices)
    outer = replace(
        definition,
        shapes={**definition.shapes, part.name: shape},
        parts=definition.parts[:place] + definition.parts[place + 1 :],
    )
    inner = replace(
        part, shapes=definition.shapes, parts=definition.parts[:place], first_winner=definition.first_winner
    )
    first = derive_gradient(outer, part.name, upstream, loss=loss, slope=slope, avoid=avoid)
    known = (*definition.parts, *first.helpers)
    names = avoid | {definition.name, upstream, *(other.name for other in known)}
    second = _Derivation(inner, wrt, f"d{loss}/d{part.name}", loss, slope, names).rule()
    return staged(definition, first, second, loss)


def _place(y: Expr) -> tuple[str, Sequence[IndexExpr], str]:
    if isinstance(y, Entry) and isinstance(y.base, Symbol):
        return y.base.name, y.subs, y.outside
    assert isinstance(y, Symbol)
    return y.name, (), "error"


def _told(leaf: Partial, factors: Sequence[Delta]) -> list[Piece]:
    """∂X[u]/∂X[a] is 1 where u = a, else 0."""
    if not factors:
        return [leaf, " is 1"]
    return [leaf, " is 1 where ", *listed([where(delta.left, delta.right) for delta in factors]), ", else 0"]


def _single(delta: Delta, outside: str) -> bool:
    """Whether a δ is sure to be 1: a written place on an axis of size 1, or one index twice."""
    inner = affine((delta.left, 1), (delta.right, -1))
    written = isinstance(delta.right, Index) and delta.right.size == 1 and not free_letters(delta.left)
    return (written and outside == "error") or (not inner.terms and not inner.const)
