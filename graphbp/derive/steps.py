"""Steps: what every document, picture, deck and verdict is written from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, Literal, NoReturn, TypeVar, overload

from graphbp.calculus.lines import Rule as Rule
from graphbp.notation.named import Named
from graphbp.notation.paper import uncoloured
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Expr

if TYPE_CHECKING:
    from graphbp.network import Network

T = TypeVar("T", bound="Step | Finding")

MANY_STEPS = 1000
"""A brief derivation with more steps tells results only, forward and backward."""


@dataclass(frozen=True, slots=True)
class Touches:
    """What of the graph a step speaks of: named nodes, and (from, to) pairs in forward direction.

    `focus` is the node whose gradient is found; `edges` carry gradient backward in this step.
    """

    focus: str
    nodes: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the claim was checked against a witness that is not the rule itself.

    `kind` is "difference" (central difference quotient of the definition), "digits" (30 digits of
    the definition), "proved", "sampled" (seeded random points) or "given" (nothing to check);
    `error` is the largest relative error seen, `points` the number of points.
    """

    kind: Literal["difference", "digits", "proved", "sampled", "given"]
    points: int = 0
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One claim with its reason.

    A step with `substeps` is a paragraph under a heading (`title`); its substeps are its lines, each
    again a step whose claim is `left = right`.  `claim.left` is what the step finds, the last of
    `claim.rights` its result in symbols.  `numbers` is the same with numbers put in, up to the
    result.  `shapes` lists the shapes of the factors of a layer formula, for printing under them, `where`
    what the claim names beside the network's nodes.
    """

    id: str
    rule: Rule
    node: str
    claim: Equation
    reason: Prose
    uses: tuple[str, ...] = ()
    numbers: Equation | None = None
    substeps: tuple[Step, ...] = ()
    touches: Touches = Touches("")
    evidence: Evidence = Evidence("given")
    title: Prose = ()
    shapes: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    where: tuple[Named, ...] = ()

    @property
    def finding(self) -> Finding:
        """What the step finds."""
        formula = None if self.rule is Rule.GIVEN else uncoloured(self.claim.rights[-1])
        value = None if self.numbers is None else uncoloured(self.numbers.rights[-1])
        return Finding(self.id, self.node, self.claim.left, formula, value, self.evidence)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step finds, without the way there: left = formula = value, uncoloured.

    `formula` is None for a gradient that is only assumed to be known, `value` where no number is known or it is
    an array too large to print.
    """

    id: str
    node: str
    left: Expr
    formula: Expr | None
    value: Expr | None
    evidence: Evidence


class Told(Sequence[T], Generic[T]):
    """What is told of each node, made when it is read: of a large network few ever read all.

    `more` stands behind it, made already.
    """

    @staticmethod
    def made(items: Sequence[T]) -> Told[T]:
        """Nothing but what has been made already."""
        return Told((), _untold, items)

    def __init__(self, nodes: Sequence[str], tell: Callable[[str], T], more: Sequence[T] = ()) -> None:
        self.nodes, self.tell, self.more = nodes, tell, more

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        return self.tell(self.nodes[place]) if place < len(self.nodes) else self.more[place - len(self.nodes)]

    def __len__(self) -> int:
        return len(self.nodes) + len(self.more)

    def about(self, nodes: Collection[str]) -> Told[T]:
        """What is told of some nodes."""
        more = [one for one in self.more if one.node in nodes]
        return Told([node for node in self.nodes if node in nodes], self.tell, more)


def _untold(name: str) -> NoReturn:
    raise KeyError(name)


Reading = Literal["unit", "layer", "entry", "path", "closed"]


@dataclass(frozen=True, slots=True)
class Derivation:
    """All steps that lead to the gradients asked for, in the order in which they are computed.

    `result` maps each node asked for to its gradient formula in terms of named nodes and gradients.
    """

    network: Network
    wrt: tuple[str, ...]
    reading: Reading
    detail: Literal["brief", "normal", "full"]
    forward: Sequence[Step]
    steps: Told[Step]
    found: Told[Finding]
    result: Mapping[str, Expr]

    @property
    def results_only(self) -> bool:
        """Whether there is too much to tell how each gradient is found."""
        return self.detail == "brief" and len(self.steps) > MANY_STEPS

    @property
    def told(self) -> Sequence[Step]:
        """The steps to tell: all, or where these are too many those of the gradients asked for."""
        return self.steps.about(frozenset(self.wrt)) if self.results_only else self.steps

    def about(self, node: str) -> Derivation:
        """The steps that find the gradient of one node."""
        return replace(self, forward=(), steps=self.steps.about({node}), found=self.found.about({node}))
