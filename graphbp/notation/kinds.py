"""Which value: the kinds of formulas, closed, each keeping what it is given to the letter.

Operators build raw trees; the index side is in `graphbp.notation.indices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

from graphbp.graph.shape import Size
from graphbp.notation.indices import (
    Affine,
    Compare,
    Condition,
    FloorMod,
    Index,
    IndexExpr,
    Slice,
    Term,
    Within,
    position,
)  # fmt: skip

Outside = Literal["error", "zero", "lowest"]


# Which value


@dataclass(frozen=True, slots=True)
class Expr(Term):
    """A value: a number, an array, or something made of them.  Operators build raw trees."""

    def __add__(self, other: Expr | float) -> Expr:
        return Add((*_parts(self, Add), as_expr(other)))

    def __radd__(self, other: float) -> Expr:
        return Add((as_expr(other), self))

    def __sub__(self, other: Expr | float) -> Expr:
        return Add((*_parts(self, Add), Neg(as_expr(other))))

    def __rsub__(self, other: float) -> Expr:
        return Add((as_expr(other), Neg(self)))

    def __mul__(self, other: Expr | float) -> Expr:
        return Mul((*_parts(self, Mul), as_expr(other)))

    def __rmul__(self, other: float) -> Expr:
        return Mul((as_expr(other), self))

    def __truediv__(self, other: Expr | float) -> Expr:
        return Div(self, as_expr(other))

    def __rtruediv__(self, other: float) -> Expr:
        return Div(as_expr(other), self)

    def __pow__(self, other: Expr | float) -> Expr:
        return Pow(self, as_expr(other))

    def __rpow__(self, other: float) -> Expr:
        return Pow(as_expr(other), self)

    def __neg__(self) -> Expr:
        return Neg(self)

    def __matmul__(self, other: Expr) -> Expr:
        return MatMul((self, other))

    def __getitem__(self, places: Any) -> Entry:
        subs = places if isinstance(places, tuple) else (places,)
        return Entry(self, tuple(position(place) for place in subs))

    @property
    def T(self) -> Transpose:
        """The last two axes exchanged."""
        return Transpose(self)


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """A number.  `text` is how the author wrote it; a float is a rounded result."""

    value: int | Fraction | float
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Array(Expr):
    """A literal array [[1, 2], [3, 4]]: rows of numbers or of arrays."""

    rows: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A node, a parameter of a function, or a part of a definition, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Entry(Expr):
    """One entry of an array, or a slice.  `outside` says what is read beyond its ends."""

    base: Expr
    subs: tuple[IndexExpr, ...]
    outside: Outside = "error"


@dataclass(frozen=True, slots=True)
class Add(Expr):
    """A sum; a subtracted term is a `Neg`."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Mul(Expr):
    """A product, entry by entry where arrays meet."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Neg(Expr):
    """−x."""

    x: Expr


@dataclass(frozen=True, slots=True)
class Div(Expr):
    """num / den."""

    num: Expr
    den: Expr


@dataclass(frozen=True, slots=True)
class Pow(Expr):
    """base to the power exp."""

    base: Expr
    exp: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A named function of its arguments.

    `options` are the attributes written as literals (axis, stride).  `order` lists the slots in
    which the function is differentiated: Call("sigmoid", (z,), (), (0,)) is σ′(z).
    """

    function: str
    args: tuple[Expr, ...]
    options: tuple[tuple[str, Any], ...] = ()
    order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Group(Expr):
    """Parentheses that the author wrote though precedence does not ask for them."""

    x: Expr


@dataclass(frozen=True, slots=True)
class Mark(Expr):
    """A part that is shown in the colour of its role; it changes no value."""

    x: Expr
    role: str
    roles: ClassVar[tuple[str, ...]] = ("forward", "backward", "parameter", "lit", "muted", "result")


@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """Σ of the body over the indices."""

    indices: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Max(Expr):
    """The largest body over the indices."""

    indices: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Delta(Expr):
    """δ: 1 where both indices are equal, else 0."""

    left: IndexExpr
    right: IndexExpr


@dataclass(frozen=True, slots=True)
class Bracket(Expr):
    """[condition]: 1 where it holds, else 0."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Cases(Expr):
    """The first value whose condition holds, else `otherwise`."""

    branches: tuple[tuple[Expr, Condition], ...]
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Partial(Expr):
    """∂y/∂x.  With `total` it is printed dy/dx (one path, one variable)."""

    y: Expr
    x: Expr
    total: bool = False


@dataclass(frozen=True, slots=True)
class MatMul(Expr):
    """Matrix product of the factors, NumPy's `@` (vectors included)."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Hadamard(Expr):
    """⊙, the entry-by-entry product, where it must be told from the matrix product."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Transpose(Expr):
    """The last two axes exchanged."""

    x: Expr


@dataclass(frozen=True, slots=True)
class Outer(Expr):
    """u vᵀ: every entry of x times every entry of y."""

    x: Expr
    y: Expr


@dataclass(frozen=True, slots=True)
class Reduce(Expr):
    """Sum along axes: "column" (over rows, one number a column), "row", or "total"."""

    x: Expr
    axis: Literal["column", "row", "total"]


@dataclass(frozen=True, slots=True)
class Broadcast(Expr):
    """A vector repeated: "row" (the same row again and again), "column", or "all" (a number).

    `shape` is that of a "column" standing up, (n, 1), where it is known.
    """

    x: Expr
    axis: Literal["row", "column", "all"]
    shape: tuple[Size | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Flip(Expr):
    """The order along the axes turned round; for a kernel over both axes a turn by 180°."""

    x: Expr
    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pad(Expr):
    """A border of zeros: (before, after) an axis; negative widths crop."""

    x: Expr
    widths: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Dilate(Expr):
    """step − 1 zeros between neighbours, for each axis."""

    x: Expr
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Correlate(Expr):
    """x ⋆ kernel: slide the kernel over the last axes of x without turning it.

    `letters` "oc,nc->no"-like names the plain axes of kernel and x where there are channels, else "".
    """

    x: Expr
    kernel: Expr
    letters: str = ""
    stride: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Upsample(Expr):
    """Every entry repeated over its window of the given sizes, for each of the last axes."""

    x: Expr
    sizes: tuple[int, ...]
    shape: tuple[Size, ...] = ()


@dataclass(frozen=True, slots=True)
class Reshape(Expr):
    """The same entries in row-major order in another shape."""

    x: Expr
    shape: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Einsum(Expr):
    """Sum of products over named axes, `numpy.einsum`'s subscripts."""

    spec: str
    args: tuple[Expr, ...]


KINDS: tuple[type[Term], ...] = (
    Index, Affine, FloorMod, Slice, Within, Compare, Number, Array, Symbol, Entry, Add, Mul, Neg, Div, Pow, Call,
    Group, Mark, Sum, Max, Delta, Bracket, Cases, Partial, MatMul, Hadamard, Transpose, Outer, Reduce, Broadcast,
    Flip, Pad, Dilate, Correlate, Upsample, Reshape, Einsum,
)  # fmt: skip
"""Every kind of term; a writer that lacks one fails its contract test."""


def as_expr(value: Expr | float) -> Expr:
    """The value itself, or the number as a formula (a negative one as −|n|)."""
    if isinstance(value, Expr):
        return value
    return Neg(Number(-value)) if value < 0 else Number(value)


def _parts(x: Expr, kind: type[Add] | type[Mul]) -> tuple[Expr, ...]:
    """The terms of a sum or the factors of a product; of anything else itself."""
    if isinstance(x, kind):
        return x.terms if isinstance(x, Add) else x.factors
    return (x,)


@dataclass(frozen=True, slots=True)
class Equation:
    """left = rights[0] = rights[1] = …, every right side of the same value."""

    left: Expr
    rights: tuple[Expr, ...]
    relation: str = "="
