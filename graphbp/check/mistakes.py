"""Known mistakes, one row each: what a learner does instead at one use of an operation.

A row mutates the true derivation at a single place: it answers with the share of the upstream gradient
that the learner passes back there.  `None` means that nothing is passed back: the path is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graphbp.check.shares import (
    BY_OUTPUT,
    FUNCTIONS,
    SIGMOID_LIKE,
    Use,
    by_input,
    diagonal,
    entropy,
    first_only,
    first_outer,
    instead,
    matrix,
    mean_count,
    other_branch,
    own_shape,
    pool_count,
    product,
    reduced_count,
    slope_of,
    spread,
    squared,
    turned_kernel,
    turned_share,
    vector_outer,
    window,
    wrong_axis,
)
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction

KINDS = (
    "missing-activation-derivative", "extra-activation-derivative", "activation-for-preactivation",
        "wrong-activation-derivative",
    "missing-jacobian-terms", "forward-instead-of-backward-weights", "not-rotated", "missing-condition", "wrong-kink",
        "missing-regularisation",
    "product-rule", "quotient-rule", "missing-path", "missing-mean", "extra-mean", "missing-sum", "wrong-axis", "sign",
        "reversed",
    "layout", "order-of-operations", "transposed", "updated-weights", "wrong-index", "value-for-gradient",
    "local-for-total",
        "missing-upstream",
    "missing-factor", "extra-factor", "wrong-definition", "copied-number", "rounding",
)  # fmt: skip
"""Every kind of mistake, the more telling before the more general: of several that fit, the first is named."""


@dataclass(frozen=True, slots=True)
class Row:
    """One known mistake.  `asks` tells at which uses it can be made; `says` is filled with {op}, {to} and {via}."""

    kind: str
    asks: Callable[[Instruction, int], bool]
    share: Callable[[Use], Value]
    says: str
    rank: int = 0


STRUCTURAL = frozenset(
    {"neg", "identity", "broadcast", "transpose", "reshape", "flatten", "index", "sum", "mean", "flip"}
)
KINKED = frozenset({"relu", "leaky_relu", "prelu", "clip", "hardtanh"})


def is_function(step: Instruction, slot: int) -> bool:
    """A function of one value, entry by entry."""
    return len(step.sources) == 1 and step.op.name not in STRUCTURAL and step.op.elementwise(step.attrs)


def named(*names: str, slot: int | None = None) -> Callable[[Instruction, int], bool]:
    """Uses of these operations."""
    return lambda step, place: step.op.name in names and slot in (None, place)


def _constant_exponent(step: Instruction, slot: int) -> bool:
    return step.op.name == "power" and slot == 0


def _averaged(step: Instruction, slot: int) -> bool:
    return step.attrs.get("reduction") == "mean"


def _is_matrix(slot: int | None = None) -> Callable[[Instruction, int], bool]:
    return named("matmul", slot=slot)


ROWS: tuple[Row, ...] = (
    Row("missing-activation-derivative", is_function, lambda use: use.upstream, "the derivative of {op} is missing"),
    Row("missing-condition", named(*KINKED), lambda use: use.upstream,
        "the gradient is passed on everywhere, although {op} passes it on only in part"),
    Row("extra-activation-derivative", is_function, squared, "the derivative of {op} is multiplied in twice"),
    Row("missing-factor", named("abs"), lambda use: use.upstream, "the sign that {op} brings in is missing", -1),
    Row("activation-for-preactivation", is_function, lambda use: use.upstream * use.slope(use.output),
        "the derivative of {op} is taken at its output instead of its input"),
    Row("activation-for-preactivation", named(*BY_OUTPUT), by_input,
        "the input of {op} stands where its output belongs"),
    *(Row("wrong-activation-derivative", is_function, instead(slope),
        "the derivative of {op} is not " + text, 1) for text, slope in SIGMOID_LIKE),
    *(Row("wrong-activation-derivative", is_function, slope_of(name),
        "the derivative of " + name + " stands where that of {op} belongs", 1) for name in FUNCTIONS),
    Row("wrong-kink", named(*KINKED, "abs"), other_branch,
        "the slopes left and right of the kink of {op} are exchanged"),
    Row("missing-factor", named("sqrt"), lambda use: 2 * use.share, "the ½ of the root's derivative is missing"),
    Row("missing-jacobian-terms", named("softmax"), diagonal,
        "only the diagonal of the soft-max's derivative is kept"),
    Row("missing-jacobian-terms", named("softmax"), lambda use: use.upstream * use.output,
        "the soft-max's derivative lacks the terms of the other entries"),
    Row("missing-activation-derivative", named("softmax", "log_softmax"), lambda use: use.upstream,
        "the derivative of {op} is missing"),
    Row("missing-jacobian-terms", named("log_softmax"), lambda use: use.upstream * (1 - np.exp(use.output)),
        "only the diagonal of the derivative is kept"),
    Row("wrong-axis", named("softmax", "log_softmax", "sum", "mean", "logsumexp"), wrong_axis,
        "{op} is taken along the other axis"),
    Row("missing-jacobian-terms", named("cross_entropy", slot=0), entropy(lambda p, t: -t / p),
        "the derivative for the probabilities stands where that for the scores belongs"),
    Row("missing-jacobian-terms", named("cross_entropy", slot=0), entropy(lambda p, t: -t * (1 - p)),
        "only the diagonal of the soft-max's derivative is kept"),
    Row("extra-activation-derivative", named("cross_entropy", slot=0), entropy(lambda p, t: (p - t) * p * (1 - p)),
        "the soft-max is differentiated once more, although p − t holds its derivative already"),
    Row("wrong-definition", named("cross_entropy", slot=0), entropy(lambda p, t: p + 0 * t), "the target is missing"),
    Row("wrong-definition", named("cross_entropy", slot=0), entropy(lambda p, t: -t + 0 * p),
        "the prediction is missing"),
    Row("extra-activation-derivative", named("binary_cross_entropy", slot=0),
        lambda use: use.share * use.x * (1 - use.x),
        "the gradient for the sum stands where that for the probability belongs"),
    Row("extra-factor", named("squared_error"), lambda use: 2 * use.share,
        "the ½ of the loss cancels the 2 that comes down"),
    Row("missing-factor", named("mse"), lambda use: use.share / 2, "the 2 that comes down from the square is missing"),
    Row("missing-mean", _averaged, lambda use: use.share * mean_count(use),
        "the loss is a mean: a division by the number of its places is missing"),
    Row("extra-mean", named("squared_error"), lambda use: use.share / mean_count(use),
        "the loss is a sum and no mean"),
    Row("missing-mean", named("mean"), lambda use: use.share * reduced_count(use),
        "a mean divides by the number of its entries"),
    Row("missing-mean", named("avg_pool2d"), lambda use: use.share * pool_count(use),
        "average pooling divides by the size of the window"),
    Row("extra-mean", named("sum"), lambda use: use.share / reduced_count(use),
        "a sum does not divide by the number of its entries", 1),
    Row("extra-mean", named("broadcast"), lambda use: use.share / (np.size(use.upstream) / max(np.size(use.share), 1)),
        "what was used several times collects the sum of the gradients, not their mean"),
    Row("missing-sum", named("broadcast"), first_only,
        "what was used several times collects the sum of all gradients"),
    Row("missing-sum", _is_matrix(1), first_outer, "the sum over the examples is missing"),
    Row("missing-condition", named("max", "min"), spread, "only the entry that won passes the gradient on"),
    Row("missing-condition", named("max_pool2d"), window, "only the entry that won its window passes the gradient on"),
    Row("missing-condition", named("maximum", "minimum", "where"), lambda use: use.upstream,
        "only the branch that is taken passes the gradient on"),
    Row("wrong-kink", named("maximum", "minimum", "where"), lambda use: use.upstream - use.share,
        "the other branch passes the gradient on"),
    Row("not-rotated", named("conv2d", "conv1d", slot=0), turned_kernel,
        "on the way back the kernel is turned by 180°"),
    Row("reversed", named("conv2d", "conv1d", slot=1), turned_share,
        "the gradient of the kernel stands in reversed order"),
    Row("reversed", named("flip"), lambda use: use.upstream, "the order is not turned back"),
    Row("missing-factor", named("mul"), lambda use: use.upstream, "the factor {other} is missing"),
    Row("extra-factor", named("mul"), lambda use: use.share * use.other, "the factor {other} is multiplied in twice"),
    Row("wrong-index", named("mul"), lambda use: use.upstream * use.x,
        "in the place of the factor {other} stands {to} itself"),
    Row("missing-factor", named("div", slot=0), lambda use: use.upstream, "the division by {other} is missing"),
    Row("extra-factor", named("div", slot=0), lambda use: use.share / use.other,
        "the division by {other} is made twice"),
    Row("quotient-rule", named("div", slot=1), lambda use: -use.share,
        "in the quotient rule the denominator's term is subtracted"),
    Row("quotient-rule", named("div", slot=1), lambda use: use.share * use.x,
        "in the quotient rule the denominator is squared"),
    Row("quotient-rule", named("div", slot=1), lambda use: -use.share * use.x,
        "in the quotient rule the denominator is squared and its term subtracted"),
    Row("quotient-rule", named("div", slot=1), lambda use: -use.upstream / use.x**2,
        "in the quotient rule the numerator stands beside the denominator's derivative"),
    Row("quotient-rule", named("div", slot=1), lambda use: None, "the denominator depends on it too"),
    Row("missing-factor", _constant_exponent, lambda use: use.share / use.other,
        "the exponent that comes down is missing"),
    Row("extra-factor", _constant_exponent, lambda use: use.share * use.x, "the exponent is not lowered by one"),
    Row("missing-factor", _constant_exponent, lambda use: use.upstream * use.other, "the power itself is missing", 2),
    Row("sign", named("sub", "neg"), lambda use: -use.share, "the minus sign of {via} is not heeded"),
    Row("forward-instead-of-backward-weights", _is_matrix(0), product(lambda g, w: g @ w),
        "on the way back the weights are transposed"),
    Row("forward-instead-of-backward-weights", _is_matrix(1), product(lambda g, w: w @ g),
        "on the way back the matrix is transposed"),
    Row("order-of-operations", _is_matrix(0), product(lambda g, w: w.T @ g),
        "the factors of the matrix product stand in the wrong order"),
    Row("order-of-operations", _is_matrix(1), product(lambda g, x: g @ x.T),
        "the factors of the matrix product stand in the wrong order"),
    Row("order-of-operations", _is_matrix(0), product(lambda g, w: w @ g),
        "the factors of the matrix product stand in the wrong order"),
    Row("order-of-operations", _is_matrix(1), product(lambda g, x: g @ x),
        "the factors of the matrix product stand in the wrong order"),
    Row("transposed", _is_matrix(0), product(lambda g, w: g.T @ w.T), "the upstream gradient is transposed"),
    Row("transposed", _is_matrix(1), product(lambda g, x: x.T @ g.T), "the upstream gradient is transposed"),
    Row("transposed", _is_matrix(), vector_outer, "the result is transposed"),
    Row("transposed", named("outer"), lambda use: matrix(use, lambda g, y: g.T @ y if use.slot == 0 else g @ y),
        "the upstream gradient is transposed"),
    Row("transposed", named("transpose"), lambda use: own_shape(use, np.asarray(use.upstream)),
        "the transposition is not undone on the way back"),
)  # fmt: skip
