"""Products as people write them: which of matrix, outer, inner and entry-by-entry product is meant, by shapes.

On paper a vector is a column, its transpose a row.  Side by side, W δ is a matrix product, δ xᵀ an
outer and xᵀ w an inner product, and two columns are multiplied entry by entry, for nothing else fits.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphbp.errors import ShapeError
from graphbp.graph.shape import Shape, broadcast
from graphbp.notation.tree import Add, Expr, Group, Hadamard, MatMul, Mul, Neg, Outer, Transpose


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with its shape on paper: None if unknown; a vector may lie as a row."""

    expr: Expr
    shape: Shape | None = ()
    row: bool = False

    @property
    def scalar(self) -> bool:
        """Whether it is one number."""
        return self.shape == ()

    @property
    def rank(self) -> int:
        """The number of axes, −1 if unknown."""
        return -1 if self.shape is None else len(self.shape)

    def as_expr(self, expr: Expr) -> Typed:
        """Another tree of the same shape."""
        return Typed(expr, self.shape, self.row)


def together(*shapes: Shape | None) -> Shape | None:
    """The shape of values that are combined entry by entry; unknown if one is or if they do not fit."""
    if any(shape is None for shape in shapes):
        return None
    try:
        return broadcast(*[shape for shape in shapes if shape is not None])
    except ShapeError:
        return None


def transposed(x: Typed) -> Typed:
    """xᵀ."""
    if x.scalar:
        return x
    if x.rank == 1:
        inner = x.expr.x if isinstance(x.expr, Transpose) else Transpose(x.expr)
        return Typed(inner, x.shape, not x.row)
    shape = None if x.shape is None else (*x.shape[:-2], x.shape[-1], x.shape[-2])
    return Typed(Transpose(x.expr), shape)


def added(terms: list[Typed]) -> Typed:
    """A sum."""
    exprs = tuple(part for term in terms for part in (term.expr.terms if isinstance(term.expr, Add) else (term.expr,)))
    return Typed(
        Add(exprs),
        together(*(term.shape for term in terms)),
        all(term.row or term.scalar for term in terms) and any(term.row for term in terms),
    )


def times(left: Typed, right: Typed) -> Typed:
    """A product entry by entry, or with a number."""
    row = (left.row and (right.row or right.scalar)) or (right.row and left.scalar)
    factors = (*_factors(left.expr), *_factors(right.expr))
    return Typed(Mul(factors), together(left.shape, right.shape), row)


def _factors(x: Expr) -> tuple[Expr, ...]:
    return x.factors if isinstance(x, Mul) else (x,)


def hadamard(left: Typed, right: Typed) -> Typed:
    """left ⊙ right."""
    first = left.expr.factors if isinstance(left.expr, Hadamard) else (left.expr,)
    return Typed(Hadamard((*first, right.expr)), together(left.shape, right.shape), left.row and right.row)


def alike(left: Typed, right: Typed) -> bool:
    """Whether an entry-by-entry product makes sense on paper."""
    if left.rank < 1 or right.rank < 1:
        return True
    return left.shape == right.shape and left.row == right.row


def outer(left: Typed, right: Typed) -> Typed:
    """left rightᵀ, both given as columns."""
    shape = (*left.shape, *right.shape) if left.shape is not None and right.shape is not None else None
    return Typed(Outer(_inside(left.expr), _inside(right.expr)), shape)


def matmul(left: Typed, right: Typed) -> Typed:
    """The matrix product, NumPy's @, whether or not the sizes fit."""
    first = left.expr.factors if isinstance(left.expr, MatMul) else (left.expr,)
    expr = MatMul((*first, right.expr))
    if left.shape is None or right.shape is None:
        return Typed(expr, None)
    kept = (
        *(left.shape[:-1] if left.rank > 1 else ()),
        *(right.shape[:-2] if right.rank > 2 else ()),
        *(right.shape[-1:] if right.rank > 1 else ()),
    )
    return Typed(expr, kept, row=left.row and right.rank > 1)


def arrays(left: Typed, right: Typed) -> Typed:
    """Two arrays side by side."""
    if left.rank > 2 or right.rank > 2 or -1 in (left.rank, right.rank):
        return times(left, right)
    if left.rank == 1 and right.rank == 1:
        if left.row == right.row and left.shape == right.shape:
            return times(left, right)
        if right.row and not left.row:
            return outer(left, Typed(_upright(right.expr), right.shape))
    return matmul(left, right)


def multiplies(left: Typed, right: Typed) -> bool:
    """Whether the matrix product of two arrays fits on paper, where a vector is a column unless it is transposed."""
    if left.shape is None or right.shape is None or max(left.rank, right.rank) > 2 or not left.shape or not right.shape:
        return False
    rows = 1 if left.rank == 1 and not left.row else left.shape[-1]
    columns = 1 if right.rank == 1 and right.row else right.shape[0]
    return rows == columns


def repeats(left: Typed, right: Typed) -> bool:
    """Whether a vector fits the rows of a matrix, so that on paper it may stand beside each of its columns."""
    vector, matrix = (left, right) if left.rank == 1 else (right, left)
    return vector.rank == 1 and matrix.rank == 2 and bool(matrix.shape and vector.shape == matrix.shape[:1])


def _inside(x: Expr) -> Expr:
    return x.x if isinstance(x, Group) else x


def _upright(x: Expr) -> Expr:
    """The column whose transpose is the row."""
    if isinstance(x, Group):
        return _upright(x.x)
    return x.x if isinstance(x, Transpose) else x


def side_by_side(factors: list[Typed]) -> Typed:
    """The product of factors without signs: numbers stay in their places, arrays combine from left to right."""
    parts: list[Typed] = []
    last: int | None = None
    for factor in factors:
        if factor.scalar or last is None:
            parts.append(factor)
            last = last if factor.scalar else len(parts) - 1
        else:
            parts[last] = arrays(parts[last], factor)
    result = parts[0]
    for part in parts[1:]:
        result = times(result, part)
    return result


def negative(x: Typed) -> Typed:
    """−x."""
    return x.as_expr(Neg(x.expr))
