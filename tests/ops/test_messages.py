"""Refusals carry real names, shapes and numbers, and a remedy."""

from __future__ import annotations

import pytest

from graphbp import ops
from graphbp.errors import GraphbpError
from graphbp.graph import Shape
from graphbp.notation.reading import parse_formula
from graphbp.ops.lower import lower

SHAPES: dict[str, Shape] = {
    "X": (2, 3), "W": (4, 3), "V": (3, 5), "b": (2,), "x": (), "t": ("N",),
    "I": (3, 6, 5), "K": (2, 2, 3, 3), "B": ("N", 3), "F": ("N", "D"),
}  # fmt: skip

REFUSED = [
    ("X @ W", "X is (2, 3) and W is (4, 3); inner sizes 3 and 4 must match (node z); did you mean X @ W.T?"),
    ("V @ X", "did you mean X @ V?"),
    ("W @ b", "inner sizes 3 and 2 must match"),
    ("x @ X", "x is a number (node z); use * for a product with a number"),
    ("X + b", "add cannot pair its inputs: X is (2, 3) and b is (2,); sizes 3 and 2 differ on axis -1"),
    ("X * V", "mul cannot pair its inputs"),
    ("B + X", "sizes N and 2 differ on axis -2"),
    ("(X @ V) @ W", "cannot multiply (X @ V) @ W: (X @ V) is (2, 5) and W is (4, 3)"),
    ("x.T", "x is (); .T exchanges the last two axes and needs two"),
    ("X[0, 3]", "X, which is (2, 3) (node z); square brackets count from 0 to 2; counted from 1, entry 3 is [2]"),
    ("X[0, 0, 0]", "X is (2, 3) and has 2 axes, not 3"),
    ("F[-1]", "a negative index must compute with size N of F"),
    ("softmax(x)", "softmax needs several numbers: x is one number"),
    ("softmax(X, dim=1)", "softmax has no option dim (node z); did you mean axis?"),
    ("softmax(X, axis=2)", "softmax: X is (2, 3) and has no axis 2 (node z); it has axes 0 to 1"),
    ("softmax(X, axis=x)", 'axis must be a whole number, or several different ones, not "x"'),
    ("sum(X, 1)", "sum takes 1 argument, not 2; axis, keepdims must be named"),
    ("sigmoid()", "sigmoid takes 1 argument, not 0 (node z); write sigmoid(z)"),
    ("relu(X, b)", "relu takes 1 argument, not 2"),
    ("max(X, b, axis=0)", "max of several values takes no options"),
    ("sgmoid(x)", "there is no operation called sgmoid (node z); did you mean sigmoid?"),
    ("reshape(X, [4, 2])", "cannot reshape X from (2, 3) to (4, 2): 6 entries do not fill 8"),
    ("reshape(F, [3, -1])", "reshape must compute with size N"),
    ("reshape(X)", "reshape needs shape"),
    ("flatten(B)", "flatten must compute with size N of B"),
    ("conv2d(I, K)", "I is (3, 6, 5) with 3 channels in 1 group, and the filters K, (2, 2, 3, 3), see 2"),
    ("conv2d(X, V)", "conv2d: a window of 3 by 5 does not fit into X, which is (2, 3)"),
    ("conv2d(I, K, stride=0)", "stride must be a whole number from 1"),
    ("conv2d(I, K, padding=-1)", "padding must be a whole number from 0"),
    ("max_pool2d(I)", "max_pool2d needs size"),
    ("max_pool2d(I, 2, padding=2)", "padding 2 is more than half of the window 2"),
    ("max_pool2d(F, 2)", "must compute with size N of F"),
    ("cross_entropy(X, X.T)", "the target must hold class numbers of shape (2,), or probabilities of shape (2, 3)"),
    ("cross_entropy(B, b)", "the target must hold class numbers of shape (N,)"),
    ("cross_entropy(B, t, reduction=many)", "reduction is mean, sum, none, not many"),
    ("mse(X, b)", "mse compares entry by entry: X is (2, 3) and b is (2,)"),
    ("concatenate(X, W, axis=1)", "all sizes but those along axis 1 must be equal"),
    ("dot(X, b)", "dot takes two vectors of one size"),
    ("X + [x, 1]", "an array inside a formula holds numbers only"),
    ("leaky_relu(x, b)", "an option is a number, not a formula"),
    ("f(x, x)", "there is no operation called f"),
    ("sum(X, axis=(0, 0))", "axis must be a whole number, or several different ones, not (0, 0)"),
    ("sum(X, keepdims=2)", "sum: keepdims must be True or False, not 2"),
    ("leaky_relu(x, slope=steep)", 'leaky_relu: slope must be a number, not "steep"'),
    ("clip(x)", "clip needs a bound (node z); write clip(x, min=None, max=None)"),
    ("broadcast(b, shape=(2, 0))", "b is (2,) and cannot be repeated to (2, 0)"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "expected"), REFUSED)
def test_refused(formula: str, expected: str) -> None:
    with pytest.raises(GraphbpError) as caught:
        lower("z", parse_formula(formula), SHAPES.__getitem__)
    assert expected in str(caught.value)
    assert caught.value.node == "z"
    assert "{" not in str(caught.value)


@pytest.mark.parametrize("name", ops.names())
def test_unknown_options_are_refused(name: str) -> None:
    with pytest.raises(GraphbpError, match="has no option nonsense"):
        ops.get(name).complete({"nonsense": 1})


def test_class_numbers_are_checked() -> None:
    import numpy as np

    op = ops.get("cross_entropy")
    for wrong in (3.0, -1.0, 0.5):
        with pytest.raises(GraphbpError, match="classes count from 0 to 2"):
            op.forward(np.zeros(3), np.asarray(wrong), reduction="mean")
