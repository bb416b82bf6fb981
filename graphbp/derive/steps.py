"""Steps: what every document, picture, deck and verdict is written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from graphbp.calculus.lines import Rule as Rule
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Expr

if TYPE_CHECKING:
    from graphbp.network import Network


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
    result.  `shapes` lists the shapes of the factors of a layer formula, for printing under them.
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
    forward: tuple[Step, ...]
    steps: tuple[Step, ...]
    result: Mapping[str, Expr]
