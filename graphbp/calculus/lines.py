"""Derivations as data: lines, each a full right-hand side with its rule and its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from graphbp.graph.shape import Shape
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Expr, Index


class Rule(StrEnum):
    """Why a line follows; closed, so that every reader of steps can name each rule."""

    DEFINE = "define"
    SEED = "seed"
    GIVEN = "given"
    LOCAL = "local"
    SUM = "sum"
    PRODUCT = "product"
    QUOTIENT = "quotient"
    POWER = "power"
    CHAIN = "chain"
    SEVERAL_PATHS = "several paths"
    SUM_OVER_EXAMPLES = "sum over examples"
    DELTA = "delta"
    CONTRACT = "contract"
    RECOGNISE = "recognise"
    TRANSPOSE = "transpose"
    SUBSTITUTE = "substitute"
    FACT = "fact"
    ALGEBRA = "algebra"
    TIDY = "tidy"
    KINK = "kink"
    NUMBER = "number"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Line:
    """One right-hand side and the reason why it equals the one before."""

    expr: Expr
    rule: Rule
    reason: Prose


@dataclass(frozen=True, slots=True)
class Chain:
    """left = lines[0] = lines[1] = …; all of one value."""

    left: Expr
    lines: tuple[Line, ...]

    @property
    def result(self) -> Expr:
        """The last right-hand side."""
        return self.lines[-1].expr


@dataclass(frozen=True, slots=True)
class Fact:
    """An equality that a definition is known to satisfy (Σᵢ(xᵢ − μ) = 0), proved in the contract tests."""

    left: Expr
    right: Expr
    reason: Prose


@dataclass(frozen=True, slots=True)
class Definition:
    """What an operation computes, in index form: name[indices] = body.

    `parts` are named intermediate results in the order in which they are computed, each a
    Definition of its own; `shapes` gives the sizes of every input array (numbers or letters).
    `first_winner` tells that of several equal winners under a Max only the first one counts.
    `written` is the same as a formula between whole arrays, where there is one.
    """

    name: str
    indices: tuple[Index, ...]
    body: Expr
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    parts: tuple[Definition, ...] = ()
    facts: tuple[Fact, ...] = ()
    first_winner: bool = False
    written: Expr | None = None


@dataclass(frozen=True, slots=True)
class GradientRule:
    """The derived gradient of one input of a definition, with every line of its derivation.

    `lemmas` are local derivatives ∂Z[i,j]/∂X[a,b] (named parts first), `chain` is ∂l/∂X[a,b] from the
    chain rule down to its last form, `entry` that last form over `indices`, and `layer` the same as a
    layer form (None where none was recognised).  `upstream` names the symbol of ∂l/∂Z ("" where the
    definition is itself the loss).  `helpers` are arrays that the derivation brings in, such as which
    entry won a max; they are computed from the inputs.  `stages` are gradients that come first: where
    a named part u separates the input from the output, ∂l/∂u is found and then pulled back through u
    (lines then speak of it as ∂l/∂u, and `layer` holds its layer form).  `remark` says why the last
    entry form is the layer form.
    """

    definition: Definition
    wrt: str
    upstream: str
    indices: tuple[Index, ...]
    lemmas: tuple[Chain, ...]
    chain: Chain
    entry: Expr
    layer: Expr | None
    remark: Prose = ()
    helpers: tuple[Definition, ...] = ()
    stages: tuple[GradientRule, ...] = ()
