"""A whole derivation: each line against the truth, and against what the learner wrote before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from graphbp.check.claim import Claim, ClaimLine
from graphbp.check.collect import introduce
from graphbp.check.compare import fitted
from graphbp.check.decide import Decider
from graphbp.check.examples import Examples
from graphbp.check.finding import Finding, Relation
from graphbp.check.follow import Followed, Pair
from graphbp.check.sides import Scope, side
from graphbp.check.truth import Cloud
from graphbp.errors import GraphbpError
from graphbp.graph.shape import Size
from graphbp.notation.tree import Entry, Expr, Index, Partial, Symbol, walk


@dataclass(frozen=True)
class Own:
    """A name that the learner introduced: its formula, over letters where it stands for an array."""

    name: str
    term: Expr
    free: tuple[Index, ...]
    usual: Expr | None = None


@dataclass(frozen=True, eq=False)
class Graded:
    """One line with its findings, one for each right side, and which of them is the first that is wrong."""

    line: ClaimLine
    left: Expr | None
    findings: tuple[Finding, ...]
    relations: tuple[Relation, ...] = ()
    follows: bool = False

    @property
    def wrong(self) -> int | None:
        """The place of the first right side that is wrong."""
        return next((place for place, found in enumerate(self.findings) if found.outcome == "wrong"), None)

    @property
    def worst(self) -> Finding:
        """The finding that decides about the line."""
        order = {"wrong": 0, "undecided": 1, "right_if": 2, "right": 3}
        return min(self.findings, key=lambda found: order[found.outcome])


@dataclass
class Derivation:
    """The state while lines are read from the first to the last."""

    decider: Decider
    claim: Claim
    own: list[Own] = field(default_factory=list)
    wrong: list[Relation] = field(default_factory=list)
    graded: list[Graded] = field(default_factory=list)

    def grade(self) -> list[Graded]:
        """All lines with their findings."""
        left: Expr | None = None
        free: tuple[Index, ...] = ()
        earlier: tuple[Expr, ...] = ()
        for line in self.claim.lines:
            if line.left is not None:
                left, free, earlier = line.left, line.free, ()
            self.graded.append(self._line(replace(line, free=free or line.free), left, earlier))
            earlier = line.rights
        self._blame_definitions()
        return self.graded

    def _line(self, line: ClaimLine, left: Expr | None, earlier: tuple[Expr, ...]) -> Graded:
        rights = line.rights
        start = 0
        if line.definition and left is not None and rights:
            self._introduce(line, left, rights[0])
            start = 1
        if left is not None:
            line = replace(line, free=self._sized(line.free, left))
        if left is None:
            return Graded(line, None, (Finding("undecided", reason="the line has no left side"),))
        relations = tuple(self._relation(left, right, line.free) for right in rights[start:])
        findings = [self.decider.decide(relation) for relation in relations]
        if start:
            relations, findings = (
                (self._relation(left, rights[0], line.free), *relations),
                [self._definition(line, rights[0]), *findings],
            )
        graded = Graded(line, left, tuple(findings), relations)
        if graded.wrong is not None:
            wrong = relations[graded.wrong]
            graded = replace(graded, follows=self._follows(wrong, earlier))
            self.wrong.append(wrong)
        return graded

    def _relation(self, left: Expr, right: Expr, free: tuple[Index, ...]) -> Relation:
        behind = tuple(own.term for own in self.own)
        return Relation(left, right, free, self.ready, self.claim.language, locally=self.ready_locally, behind=behind)

    def _sized(self, free: tuple[Index, ...], left: Expr) -> tuple[Index, ...]:
        """The free letters with the sizes of the axes that they count on the left."""
        graph = self.decider.world.plan.graph
        sizes: dict[str, Size] = {}
        for part in walk(left):
            if isinstance(part, Entry) and isinstance(part.base, Symbol) and part.base.name in graph:
                for sub, size in zip(part.subs, graph[part.base.name].shape, strict=False):
                    if isinstance(sub, Index):
                        sizes.setdefault(sub.name, size)
        return tuple(Index(letter.name, sizes.get(letter.name, letter.size)) for letter in free)

    def _definition(self, line: ClaimLine, right: Expr) -> Finding:
        """A name that the learner introduces is right; alone, one that custom gives a meaning is judged by it."""
        alone = len(self.claim.lines) == 1 and line.usual is not None
        if alone and line.usual is not None:
            return self.decider.decide(self._relation(line.usual, right, line.free))
        return Finding("right", note="introduces a name")

    def _introduce(self, line: ClaimLine, left: Expr, right: Expr) -> None:
        name = (
            left.name
            if isinstance(left, Symbol)
            else left.base.name
            if isinstance(left, Entry) and isinstance(left.base, Symbol)
            else ""
        )
        if name:
            self.own.append(Own(name, right, line.free, line.usual))

    def ready_locally(self, cloud: Cloud) -> Scope:
        """The scope in which ∂y/∂x is the derivative of y's formula alone, in the learner's own names too."""
        return self.ready(cloud, local=True)

    def ready(self, cloud: Cloud, local: bool = False) -> Scope:
        """A scope with the learner's own names computed on the cloud."""
        scope = Scope(cloud, local=local)
        if isinstance(cloud, Examples):
            scope.parts = [_example(cloud, place) for place in range(len(cloud.clouds))]
        for own in self.own:
            try:
                introduce(scope, own.name, own.term, own.free)
                scope.terms[own.name] = own.term, own.free
            except GraphbpError:
                continue
        return scope

    # Errors carried forward

    def _follows(self, relation: Relation, earlier: tuple[Expr, ...]) -> bool:
        """Whether a wrong side is right given the learner's own earlier lines."""
        for before in reversed(earlier):
            if self.decider.decide(replace(relation, left=before)).good:
                return True
        if not self.wrong:
            return False
        try:
            return self._agrees_after(relation, numbers=False) or self._agrees_after(relation, numbers=True)
        except GraphbpError:
            return False

    def _agrees_after(self, relation: Relation, numbers: bool) -> bool:
        """The comparison on a cloud in which the learner's wrong claims hold."""
        if numbers and self.decider.missing:
            return False
        base = self.decider.own(relation) if numbers else self.decider.cloud(relation)
        if isinstance(base, Examples):
            return False
        cloud = self._as_claimed(base)
        if not numbers:
            return self.decider._as_read(relation, cloud).good
        from graphbp.check.figures import estimate

        scope = relation.ready(cloud)
        true = side(relation.left, scope, relation.free)
        found = estimate(relation.right, scope, relation.free)
        value, slack = fitted(found.value, true, "numpy"), fitted(found.slack, true, "numpy")
        # Numbers that were rounded on the way may be one unit off without being a new mistake.
        return (
            value is not None
            and slack is not None
            and bool(np.all(np.abs(value - true) <= 3 * slack + 1e-9 * np.abs(true)))
        )

    def _as_claimed(self, base: Cloud) -> Followed:
        values: dict[str, np.ndarray] = {}
        slopes: dict[Pair, np.ndarray] = {}
        for relation in self.wrong:
            scope = relation.ready(base)
            try:
                claimed = fitted(
                    side(relation.right, scope, relation.free), side(relation.left, scope, relation.free), "numpy"
                )
            except GraphbpError:
                continue
            if claimed is None:
                continue
            if isinstance(relation.left, Symbol):
                values[relation.left.name] = claimed
            if isinstance(relation.left, Partial) and (pair := pair_of(relation.left)):
                slopes[pair] = np.broadcast_to(claimed, (base.count, *base.world.shape(pair[1])))
        return Followed(base, values, slopes)

    def _blame_definitions(self) -> None:
        """A name that custom gives a meaning is blamed for later wrong lines that follow from it."""
        blamed = [own for own in self.own if own.usual is not None and self._misused(own)]
        if not blamed or all(line.wrong is None for line in self.graded):
            return
        names = {own.name for own in blamed}
        saved = list(self.wrong)
        for place, graded in enumerate(self.graded):
            own = next(
                (
                    own
                    for own in blamed
                    if graded.line.definition and graded.line.rights and own.term == graded.line.rights[0]
                ),
                None,
            )
            if own is not None and own.usual is not None:
                relation = Relation(own.usual, own.term, own.free, self.ready, self.claim.language)
                found = self.decider.decide(relation)
                self.graded[place] = replace(
                    graded, findings=(found, *graded.findings[1:]), relations=(relation, *graded.relations[1:])
                )
                self.wrong = [relation, *self.wrong]
            elif graded.wrong is not None and not graded.follows:
                uses = names & set(_names(graded.relations[graded.wrong].right))
                follows = bool(uses) or self._follows(graded.relations[graded.wrong], ())
                self.graded[place] = replace(graded, follows=follows)
        self.wrong = saved

    def _misused(self, own: Own) -> bool:
        assert own.usual is not None
        return (
            self.decider.decide(Relation(own.usual, own.term, own.free, self.ready, self.claim.language)).outcome
            == "wrong"
        )


def _example(cloud: Examples, place: int) -> Scope:
    """The scope of one example; of the total loss it sees its own share."""

    def share(of: str, wrt: str) -> np.ndarray:
        values = cloud.derivative(of, wrt)
        return values[:, place] if wrt in cloud.varying else values

    return Scope(cloud.clouds[place], total=share)


def _names(term: Expr) -> Iterator[str]:
    from graphbp.notation.tree import symbols

    return iter(symbols(term))


def pair_of(left: Expr | None) -> Pair | None:
    """(of, wrt) of a derivative between whole nodes."""
    if isinstance(left, Partial) and isinstance(left.y, Symbol) and isinstance(left.x, Symbol):
        return left.y.name, left.x.name
    return None


def about(left: Expr | None) -> tuple[str, str]:
    """What a line is about, as (of, wrt) in the formula language; a value has no wrt."""
    from graphbp.notation.plain import PlainWriter

    writer = PlainWriter()
    if isinstance(left, Partial):
        return writer.write(left.y), writer.write(left.x)
    return (writer.write(left), "") if left is not None else ("", "")
