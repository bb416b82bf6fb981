"""Forms between whole arrays as they are written: matrix products, transposes, sliding sums, named operators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from graphbp.notation.language import Language, Level
from graphbp.notation.names import Label, Names
from graphbp.notation.paper import unmarked
from graphbp.notation.tree import (
    Array,
    Broadcast,
    Call,
    Correlate,
    Dilate,
    Einsum,
    Equation,
    Expr,
    Flip,
    Hadamard,
    Mark,
    MatMul,
    Outer,
    Pad,
    Partial,
    Reduce,
    Reshape,
    Symbol,
    Term,
    Transpose,
    Upsample,
)  # fmt: skip


class LayerForms(Language):
    """One method for each kind of term that speaks of whole arrays."""

    names: Names

    @abstractmethod
    def write(self, term: Term | Equation) -> str:
        """The term in this language."""

    @abstractmethod
    def level(self, term: Term) -> Level:
        """How tightly the term holds together."""

    @abstractmethod
    def wrap(self, term: Expr, least: Level) -> str:
        """The term, in parentheses if it holds together less than asked."""

    def operands(self, factors: Sequence[Expr], operator: str) -> str:
        """The factors joined by an operator, products among them in parentheses."""
        return self.infix(operator).join(
            self.paren(self.write(x)) if self.level(x) < Level.POWER else self.write(x) for x in factors
        )

    def write_matmul(self, term: MatMul) -> str:
        """A matrix product."""
        return self.operands(term.factors, "juxtapose")

    def write_hadamard(self, term: Hadamard) -> str:
        """An entry-by-entry product."""
        return self.infix("odot").join(
            self.paren(self.write(x))
            if self.level(x) < Level.PRODUCT or isinstance(unmarked(x), Hadamard)
            else self.write(x)
            for x in term.factors
        )

    def write_transpose(self, term: Transpose) -> str:
        """A transpose."""
        base = unmarked(term.x)
        if isinstance(base, Symbol):
            written = self.label(self.names.label(base.name), sups="⊤")
            return self.colour(term.x.role, written) if isinstance(term.x, Mark) else written
        if isinstance(base, Partial):
            return self.raised(self.paren(self.write(term.x)), "⊤")
        return self.raised(self.wrap(term.x, Level.ATOM), "⊤")

    def write_outer(self, term: Outer) -> str:
        """u vᵀ."""
        return self.operands((term.x, Transpose(term.y)), "juxtapose")

    def write_reduce(self, term: Reduce) -> str:
        """A sum along an axis."""
        over = {"column": "rows", "row": "columns", "total": "all"}[term.axis]
        return self.big("sum", self.word(over), self.wrap(term.x, Level.PRODUCT))

    def write_broadcast(self, term: Broadcast) -> str:
        """What is repeated."""
        return self.write(term.x)

    def applied(self, name: str, below: str, x: Expr) -> str:
        """An operator with its parameters below, applied to x: pad₂(G)."""
        return (self.lowered(self.word(name), below) if below else self.word(name)) + self.paren(self.write(x))

    def write_flip(self, term: Flip) -> str:
        """What is turned round."""
        if isinstance(term.x, Symbol):
            label = self.names.label(term.x.name)
            if not label.accent:
                return self.label(Label(label.base, label.sub, label.sup, "tilde", label.bold))
        return self.applied("flip", "", term.x)

    def write_pad(self, term: Pad) -> str:
        """A border of zeros."""
        sides = [side for width in term.widths for side in width if width != (0, 0)]
        if sides and all(side == sides[0] for side in sides):
            below = str(sides[0])
        else:
            below = self.comma.join(f"{a}:{b}" for a, b in term.widths if (a, b) != (0, 0))
        return self.applied("pad", below.replace("-", self.minus), term.x)

    def write_dilate(self, term: Dilate) -> str:
        """Zeros between neighbours."""
        steps = [step for step in term.steps if step != 1] or [1]
        below = str(steps[0]) if len(set(steps)) == 1 else self.comma.join(map(str, term.steps))
        return self.applied("dilate", below, term.x)

    def write_correlate(self, term: Correlate) -> str:
        """A kernel slid over an array."""
        strides = [step for step in term.stride if step != 1]
        operator = self.infix("star")
        if strides:
            operator = f" {self.lowered(self.infix('star').strip(), str(strides[0]))} "
        return operator.join(self.wrap(x, Level.POWER) for x in (term.x, term.kernel))

    def write_upsample(self, term: Upsample) -> str:
        """Entries repeated over windows."""
        return self.applied("repeat", self.infix("times").join(str(size) for size in term.sizes if size != 1), term.x)

    def write_reshape(self, term: Reshape) -> str:
        """The same entries in another shape."""
        return self.applied("reshape", self.infix("times").join(str(size) for size in term.shape), term.x)

    def call_einsum(self, term: Call) -> str:
        """The author's sum of products over named axes."""
        return self.write_einsum(Einsum(str(dict(term.options)["equation"]), term.args))

    def call_reshape(self, term: Call) -> str:
        """The author's reshape: its list of sizes is no column of numbers."""
        given = dict(term.options).get("shape", term.args[1:])
        sizes = [
            self.write(size) if isinstance(size, Expr) else str(size).replace("-", self.minus) for size in _items(given)
        ]
        return self.applied("reshape", self.infix("times").join(sizes), term.args[0])

    def write_einsum(self, term: Einsum) -> str:
        """A sum of products over named axes."""
        return self.lowered(self.word("einsum"), self.word(term.spec)) + self.paren(
            f"{self.comma.strip()} ".join(self.write(arg) for arg in term.args)
        )


def _items(given: object) -> Sequence[object]:
    """The entries of a list, however it is held."""
    if isinstance(given, Array):
        return given.rows
    if isinstance(given, tuple | list):
        return [item for part in given for item in (_items(part) if isinstance(part, Array) else [part])]
    return [given]
