"""Matrix products, inner and outer products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError
from graphbp.graph.shape import Shape, broadcast, show_shape
from graphbp.notation.tree import Expr, Index, Sum
from graphbp.ops.base import Attrs, Op, Sample, Value, Values
from graphbp.ops.kernels import sum_to
from graphbp.ops.operand import Operand
from graphbp.ops.registry import register

K = Index("k")


@register
class Matmul(Op):
    """Matrix product.  Shapes: X (N, D), W (D, H) -> Z (N, H); vectors and leading batch axes as in NumPy."""

    name, symbol, inputs = "matmul", "@", ("X", "W")
    why = "Each output is a sum of products, so each factor's slope is the other factor."

    def samples(self) -> Sequence[Sample]:
        """Vectors and matrices on either side, and batches."""
        pairs = [
            ((2, 3), (3, 4)),
            ((3,), (3, 4)),
            ((2, 3), (3,)),
            ((3,), (3,)),
            ((5, 2, 3), (3, 4)),
            ((5, 2, 3), (5, 3, 4)),
        ]
        return [Sample(pair) for pair in pairs]

    def infer(self, X: Shape, W: Shape) -> Shape:
        """Rows of X, columns of W, leading axes broadcast."""
        if not X or not W:
            number = "{X}" if not X else "{W}"
            raise ShapeError(
                f"cannot multiply {{X}} @ {{W}}: {number} is a number", fix="use * for a product with a number"
            )
        rows, inner, other, columns = X[:-1][-1:], X[-1], W[-2:][0], W[1:][-1:]
        if inner != other:
            raise ShapeError(_mismatch(X, W, inner, other), fix=_remedy(X, W))
        return (*broadcast(X[:-2], W[:-2]), *rows, *columns)

    def repeated(self, shapes: Sequence[Shape], attrs: Mapping[str, Any]) -> Sequence[Shape]:
        """Batch axes of size 1 are repeated; batch axes that one side lacks are simply shared."""
        batch = broadcast(*(shape[:-2] for shape in shapes))
        return [(*batch[len(batch) - max(len(shape) - 2, 0) :], *shape[-2:]) for shape in shapes]

    def definition(self, at: tuple[Index, ...], X: Operand, W: Operand) -> Expr:
        """Σₖ X[i, k] · W[k, j]."""
        rows, columns = min(X.rank - 1, 1), min(W.rank - 1, 1)
        batch = at[: len(at) - rows - columns]
        row, column = at[len(batch) : len(batch) + rows], at[len(at) - columns :] if columns else ()
        return Sum((K,), X[(*_batch(batch, X), *row, K)] * W[(*_batch(batch, W), K, *column)])

    def forward(self, X: Value, W: Value) -> Value:
        """X @ W."""
        return X @ W

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G Wᵀ for X, Xᵀ G for W, summed over batch axes that one side lacks."""
        X, W = inputs
        if X.ndim == W.ndim == 2:
            return X.T @ upstream if slot else upstream @ W.T
        left = X[None, :] if X.ndim == 1 else X
        right = W[:, None] if W.ndim == 1 else W
        G = np.asarray(upstream)
        G = np.expand_dims(G, -1) if W.ndim == 1 else G
        G = np.expand_dims(G, -2) if X.ndim == 1 else G
        if slot == 0:
            return sum_to(G @ np.swapaxes(right, -1, -2), left.shape).reshape(X.shape)
        return sum_to(np.swapaxes(left, -1, -2) @ G, right.shape).reshape(W.shape)


def _batch(batch: tuple[Index, ...], operand: Operand) -> list[Index | int]:
    """The places on the operand's batch axes, counted from the right; 0 on an axis that is repeated."""
    axes = operand.shape[: max(operand.rank - 2, 0)]
    letters = batch[len(batch) - len(axes) :]
    return [0 if size == 1 and letter.size != 1 else letter for letter, size in zip(letters, axes, strict=True)]


def _mismatch(X: Shape, W: Shape, inner: int | str, other: int | str) -> str:
    return (
        f"cannot multiply {{X}} @ {{W}}: {{X}} is {show_shape(X)} and {{W}} is {show_shape(W)}; "
        f"inner sizes {inner} and {other} must match"
    )


def _remedy(X: Shape, W: Shape) -> str | None:
    """The product that would fit, if one of the two is turned or they change places."""
    turned_X, turned_W = (*X[:-2], *X[-2:][::-1]), (*W[:-2], *W[-2:][::-1])
    if len(W) > 1 and X[-1] == turned_W[-2]:
        return "did you mean {X} @ {W}.T?"
    if len(W) > 1 and W[-1] == X[-2:][0]:
        return "did you mean {W} @ {X}?"
    if len(X) > 1 and turned_X[-1] == W[-2:][0]:
        return "did you mean {X}.T @ {W}?"
    return None


@register
class Dot(Op):
    """Inner product of two vectors.  Shapes: x (D,), y (D,) -> a number."""

    name, symbol, inputs = "dot", r"\cdot", ("x", "y")
    why = "Each product has the other vector's entry as its slope."

    def infer(self, x: Shape, y: Shape) -> Shape:
        """A number."""
        if len(x) != 1 or x != y:
            what = f"dot takes two vectors of one size: {{x}} is {show_shape(x)} and {{y}} is {show_shape(y)}"
            raise ShapeError(what, fix="use @ for matrices" if len(x) > 1 or len(y) > 1 else None)
        return ()

    def definition(self, at: tuple[Index, ...], x: Operand, y: Operand) -> Expr:
        """Σₖ x[k] · y[k]."""
        return Sum((K,), x[K] * y[K])

    def forward(self, x: Value, y: Value) -> Value:
        """The inner product."""
        return np.dot(x, y)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G times the other vector."""
        return upstream * inputs[1 - slot]


@register
class Outer(Op):
    """Outer product of two vectors.  Shapes: x (N,), y (H,) -> (N, H)."""

    name, symbol, inputs = "outer", r"\otimes", ("x", "y")
    why = "Each entry of x meets all of y, so its gradient is a sum over a row; each of y a sum over a column."

    def samples(self) -> Sequence[Sample]:
        """Two vectors of different sizes."""
        return [Sample(((3,), (4,)))]

    def infer(self, x: Shape, y: Shape) -> Shape:
        """The size of x by that of y."""
        if len(x) != 1 or len(y) != 1:
            raise ShapeError(f"outer takes two vectors: {{x}} is {show_shape(x)} and {{y}} is {show_shape(y)}")
        return (*x, *y)

    def definition(self, at: tuple[Index, ...], x: Operand, y: Operand) -> Expr:
        """x[i] · y[j]."""
        return x[at[0]] * y[at[1]]

    def forward(self, x: Value, y: Value) -> Value:
        """The outer product."""
        return np.outer(x, y)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """G y for x, x G for y."""
        return inputs[0] @ upstream if slot else upstream @ inputs[1]
