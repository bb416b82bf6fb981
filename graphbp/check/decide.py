"""Whether one claimed equality holds: numbers at sampled points first, then a proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.check.claim import EXAMPLES, UPDATE
from graphbp.check.compare import Comparison, compare, fitted, tiny
from graphbp.check.examples import Examples, own_examples, sampled_examples
from graphbp.check.figures import decimals, numeric, rounds_a_node
from graphbp.check.finding import Finding as Finding
from graphbp.check.finding import Ready as Ready
from graphbp.check.finding import Relation as Relation
from graphbp.check.finding import counterexample, shapes, single_pair
from graphbp.check.finding import leaves_at as leaves_at
from graphbp.check.kinks import between, one_sided
from graphbp.check.precise import relative_difference
from graphbp.check.sides import MANNERS, Manner, Scope, side
from graphbp.check.tiny import closely, vanishes
from graphbp.check.truth import POINTS, Cloud, NotKnown, World
from graphbp.check.valued import on_numbers
from graphbp.errors import GraphbpError, ValueMissing
from graphbp.notation.tree import Call, Entry, Expr, Number, Partial, Symbol, Term, symbols, walk

MOST_PRECISE = 200
"""In larger networks a claim that agrees in double precision is not computed once more with many digits."""
PRECISE_AGREE = 1e-25
"""With 60 digits and differences of 42, sides that agree agree to this."""
HIDDEN = 1e-7
"""Differences up to this can hide behind rounding in double precision."""


class Decider:
    """Decides equalities about one network."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._examples: dict[str, Cloud] = {}
        self.kept: dict[Any, Any] = {}

    def of_total(self, *terms: Term) -> bool:
        """Whether the formulas speak of the total loss."""
        total = self.world.network.total_formula
        if total is None or total[0] in self.world.plan.program.places:
            return False
        names = {name for term in terms for name in symbols(term)}
        return total[0] in names or any(
            getattr(part, "function", "") in (EXAMPLES, UPDATE) for term in terms for part in walk(term)
        )

    def cloud(self, relation: Relation, salt: str = "", count: int = POINTS) -> Cloud:
        """The sampled points for a claim."""
        if not self._over_examples(relation):
            return self.world.cloud(count, salt)
        number = self._number(relation)
        key = f"{salt} {count} {number}"
        if key not in self._examples:
            self._examples[key] = sampled_examples(self.world, count, salt, number)
        return self._examples[key]

    def _number(self, relation: Relation) -> int:
        """As many examples as there are data, where the claim writes their number out; else 0, and a few will do."""
        rows = len(self.world.network.rows)
        written = {part.value for part in walk(relation.right) if isinstance(part, Number)}
        return rows if rows > 1 and not written.isdisjoint({rows, Fraction(1, rows)}) else 0

    def own(self, relation: Relation) -> Cloud:
        """The network's own numbers."""
        return own_examples(self.world) if self._over_examples(relation) else self.world.own

    def _over_examples(self, relation: Relation) -> bool:
        return not relation.alone and self.of_total(relation.left, relation.right)

    def decide(self, relation: Relation) -> Finding:
        """The finding on one equality; a step that fails for the total loss may be made example by example."""
        found = self._decided(relation)
        steps = isinstance(relation.left, Call) and relation.left.function == UPDATE
        if found.good or not steps or not self._over_examples(relation):
            return found
        again = self._decided(replace(relation, alone=True))
        condition = "the step is made for each example by itself"
        return replace(again, outcome="right_if", condition=condition) if again.outcome == "right" else found

    def _decided(self, relation: Relation) -> Finding:
        if numeric(relation.right) and decimals(relation.right):
            return self.by_values(relation)
        found = self.by_points(relation)
        if found.good or not self._has_numbers(relation):
            return found
        values = self.by_values(relation)
        return values if values.good or numeric(relation.right) else found

    def _has_numbers(self, relation: Relation) -> bool:
        """Whether numbers of the network were put in."""
        if numeric(relation.right):
            return not self.missing
        if self.missing:
            return False
        loss = self.world.network.loss_name
        return any(rounds_a_node(number, self.world.own, loss) for number in decimals(relation.right))

    @property
    def missing(self) -> str:
        """Why the network has no numbers of its own, "" if it has."""
        try:
            assert self.world.own
        except (NotKnown, ValueMissing) as error:
            return error.what
        return ""

    # On sampled points

    def by_points(self, relation: Relation) -> Finding:
        """The finding at random points, with a proof if there is one."""
        try:
            cloud = self.cloud(relation)
        except GraphbpError as error:
            return Finding("undecided", reason=error.what)
        found = self._on(relation, cloud)
        if found.outcome == "wrong":
            found = self._under_conditions(relation, found)
        if found.outcome == "right" and found.evidence.get("kind") == "sampled":
            return self._confirmed(relation, found, cloud)
        return found

    def _confirmed(self, relation: Relation, found: Finding, cloud: Cloud) -> Finding:
        """A right claim proved, or looked at with more digits if rounding could hide a difference."""
        if self.proved(relation):
            return replace(found, evidence={"kind": "proved"})
        if found.note or not cloud.stacked or cloud.kinks.any() or len(self.world.plan.graph) > MOST_PRECISE:
            return found
        gap = relative_difference(relation.left, relation.right, relation.ready(cloud), [0])
        # A difference that double precision would have seen at every point is one of the second computation.
        hidden = gap is not None and PRECISE_AGREE < gap <= HIDDEN
        if not hidden or found.claimed is None or found.true is None:
            return found
        far = compare(found.claimed, found.true)
        return replace(found, outcome="wrong", evidence=counterexample(cloud, far, found.claimed, found.true))

    def _on(self, relation: Relation, cloud: Cloud) -> Finding:
        first: Finding | None = None
        sides = [(False, False)]
        if any(self.both_ways(term) for term in (relation.right, *relation.behind)):
            sides.append((False, True))
        if self.both_ways(relation.left):
            sides += [(True, right) for _, right in sides]
        for left, right in sides:
            found = self._as_read(relation, cloud, left, right)
            if found.good:
                return _local(found, left, right)
            first = first or found
        assert first is not None
        return first

    def both_ways(self, left: Expr) -> bool:
        """Whether ∂y/∂x may mean the formula's own derivative or that along all paths."""
        network = self.world.network
        pairs = [
            (_whole(part.y), varied)
            for part in walk(left)
            if isinstance(part, Partial) and isinstance(varied := _whole(part.x), Symbol)
        ]
        return any(
            self._several(network, of.name, wrt.name)
            if isinstance(of, Symbol)
            else self._moves(symbols(of), wrt.name)
            for of, wrt in pairs
        )

    def _moves(self, names: Iterable[str], wrt: str) -> bool:
        """Whether a formula holds other nodes that depend on the variable."""
        places = self.world.plan.program.places
        # A name of the learner's own may depend on anything.
        return wrt in places and any(
            name not in places or places[name] in self.world.between(wrt) for name in names if name != wrt
        )

    def _several(self, network: Any, of: str, wrt: str) -> bool:
        inputs = network.graph.named_inputs
        if of == network.loss_name:
            return False
        if of not in inputs or wrt not in inputs.get(of, ()):
            return False
        place = self.world.plan.program.places.get(wrt)
        others = [name for name in inputs[of] if name != wrt]
        return (
            any(self.world.plan.program.places[name] in self.world.between(wrt) for name in others)
            and place is not None
        )

    def _as_read(self, relation: Relation, cloud: Cloud, left: bool = False, right: bool = False) -> Finding:
        """The comparison in the first way to read arrays that makes the claim right, else in the first that fits."""
        scope = relation.locally(cloud) if right and relation.locally is not None else relation.ready(cloud)
        try:
            true = side(relation.left, replace(scope, local=left), relation.free)
        except GraphbpError as error:
            return Finding("undecided", reason=error.what, cloud=cloud)
        scope.local = right
        best: Finding | None = None
        problem = ""
        for manner in self._manners(relation, scope):
            try:
                claimed = side(relation.right, scope, relation.free, manner)
            except NotKnown as error:
                return Finding("undecided", reason=error.what, cloud=cloud, true=true)
            except GraphbpError as error:
                problem = problem or error.what
                continue
            fit = fitted(claimed, true, manner.vectors)
            if fit is None:
                best = best or Finding(
                    "wrong",
                    {"kind": "shape"},
                    claimed=claimed,
                    true=true,
                    cloud=cloud,
                    manner=manner,
                    reason=shapes(claimed, true),
                )
                continue
            found = self._compared(relation, scope, fit, true, manner)
            if found.good:
                return self._said(found, relation, manner)
            if best is None or best.evidence.get("kind") == "shape":
                best = found
        return best or Finding("wrong", {"kind": "shape"}, true=true, cloud=cloud, reason=problem)

    def _manners(self, relation: Relation, scope: Scope) -> Sequence[Manner]:
        """Only networks with arrays can be read in several manners."""
        return MANNERS[:1] if all(node.shape == () for node in self.world.plan.graph) and not scope.own else MANNERS

    def _said(self, found: Finding, relation: Relation, manner: Manner) -> Finding:
        """A product written with * that is right only as the matrix product is right if it was meant so."""
        if manner.matrix_products and relation.language == "plain" and found.outcome == "right":
            return replace(found, note="the product of arrays is read as the matrix product @")
        return found

    def _compared(
        self, relation: Relation, scope: Scope, claimed: np.ndarray, true: np.ndarray, manner: Manner
    ) -> Finding:
        found = compare(claimed, true)
        sides: dict[str, Any] = {"claimed": claimed, "true": true, "cloud": scope.cloud, "manner": manner}
        if not found.enough:
            return Finding("undecided", reason="the claim has no finite value at the sampled points", **sides)
        if not found.agree and scope.cloud.kinks.any():
            found = self._beside_kinks(relation, scope, found, claimed)
            if not found.enough:
                return Finding("undecided", reason="all points that were tried lie at kinks", **sides)
        if found.enough and tiny(claimed, true):
            found = closely(relation, scope.cloud, manner, found, claimed, true)
            if not true.any() and vanishes(relation.left, scope.cloud):
                return Finding("undecided", reason="the derivative is too small for numbers to tell", **sides)
        if found.agree:
            return self._agreeing(relation, scope, found, sides)
        if found.differ:
            return Finding("wrong", counterexample(scope.cloud, found, claimed, true), **sides)
        return self._settled(relation, scope, found, sides)

    def _beside_kinks(self, relation: Relation, scope: Scope, found: Comparison, claimed: np.ndarray) -> Comparison:
        """At kinks whatever lies between the one-sided slopes agrees; where these are not known nothing is said."""
        rows = scope.cloud.kinks
        sided = self.one_sided(relation, scope)
        if sided is None:
            return replace(found, usable=found.usable & ~rows)
        return replace(found, errors=np.where(rows & between(claimed, *sided), 0.0, found.errors))

    def one_sided(self, relation: Relation, scope: Scope) -> tuple[np.ndarray, np.ndarray] | None:
        """The left side with the slopes from the left and from the right at every kink."""
        pair = single_pair(relation.left)
        if pair is None or isinstance(scope.cloud, Examples):
            return None
        found = []
        for sign in (-1, 1):
            try:
                beside = replace(scope, claimed={pair: one_sided(scope.cloud, *pair, sign)})
                found.append(side(relation.left, beside, relation.free))
            except (GraphbpError, ValueError):
                return None
        return found[0], found[1]

    def _agreeing(self, relation: Relation, scope: Scope, found: Comparison, sides: dict[str, Any]) -> Finding:
        evidence = {"kind": "sampled", "points": int(found.usable.sum()), "max_relative_error": found.worst}
        condition = self._divisions(relation, scope)
        if found.undefined.any() and not condition:
            condition = "the claim's formula is defined (it has no value at some points where the truth has one)"
        return Finding("right_if" if condition else "right", evidence, condition, **sides)

    def _settled(self, relation: Relation, scope: Scope, found: Comparison, sides: dict[str, Any]) -> Finding:
        """Near agreement: a second opinion with many digits."""
        rows = found.doubtful
        gap = relative_difference(relation.left, relation.right, scope, rows) if not relation.free else None
        if gap is None:
            return self._by_size(scope.cloud, found, sides)
        if gap <= PRECISE_AGREE:
            return self._agreeing(relation, scope, replace(found, errors=np.zeros_like(found.errors)), sides)
        return Finding("wrong", counterexample(scope.cloud, found, sides["claimed"], sides["true"]), **sides)

    def _by_size(self, cloud: Cloud, found: Comparison, sides: dict[str, Any]) -> Finding:
        """Without many digits: a clear difference at several points counts, a tiny one at few is rounding."""
        errors = np.sort(found.errors[found.usable])
        if np.median(errors) > 1e-8 or (errors > 1e-3).sum() >= 2:
            return Finding("wrong", counterexample(cloud, found, sides["claimed"], sides["true"]), **sides)
        return Finding("undecided", reason="the sides nearly agree, and more digits could not be had", **sides)

    def _divisions(self, relation: Relation, scope: Scope) -> str:
        """What must not be 0 for the claim to make sense, where the truth does not ask for it."""
        from graphbp.check.conditions import divisions

        return divisions(relation.right, scope, relation.free)

    def _under_conditions(self, relation: Relation, found: Finding) -> Finding:
        """A claim that fails in general may hold where targets sum to 1."""
        from graphbp.check.conditions import share_leaves, unsaid_mean

        if unsaid_mean(self.world, relation.left, found):
            return replace(
                found,
                outcome="right_if",
                condition="the total is the mean over the examples",
                evidence={
                    "kind": "sampled",
                    "points": found.cloud.count if found.cloud else 0,
                    "max_relative_error": 0.0,
                },
            )

        for name in share_leaves(self.world):
            cloud = self.world.cloud(POINTS, "shares", (name,))
            again = self._on(relation, cloud)
            if again.good:
                return replace(again, outcome="right_if", condition=f"the entries of {name} sum to 1")
        return found

    # On the network's own numbers

    def by_values(self, relation: Relation) -> Finding:
        """The finding on the network's own numbers, each decimal as precise as it is printed."""
        alone = numeric(relation.left) and numeric(relation.right)
        if self.missing and not alone:
            return Finding("undecided", reason=f"the claim is in numbers, and {self.missing}")
        try:
            cloud = self.world.cloud(1) if alone else self.own(relation)
            scope = relation.ready(cloud)
            true = side(relation.left, scope, relation.free)
        except GraphbpError as error:
            return Finding("undecided", reason=error.what)
        return on_numbers(relation, scope, true, self._manners(relation, scope))

    # Proofs

    def proved(self, relation: Relation) -> bool:
        """Whether the claim about numbers is proved within the budget."""
        from graphbp.check.proof import proved

        return proved(self.world, relation.left, relation.right)


def _whole(term: Expr) -> Expr:
    """The array that an entry belongs to."""
    return term.base if isinstance(term, Entry) else term


def _local(found: Finding, left: bool, right: bool) -> Finding:
    """A finding that holds where ∂y/∂x is the derivative of y's formula alone."""
    if left:
        return replace(
            found,
            outcome="right_if",
            condition="the derivative is meant of the formula itself, all else in it held fixed",
        )
    return replace(found, note="∂ of a node is read as the derivative of its formula alone") if right else found
