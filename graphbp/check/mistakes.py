"""Known mistakes, one row each: what a learner does instead at one use of an operation.

A row mutates the true derivation at a single place: it answers with the share of the upstream gradient
that the learner passes back there.  `None` means that nothing is passed back: the path is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphbp import ops
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction, pull

KINDS = (
    "missing-activation-derivative", "extra-activation-derivative", "activation-for-preactivation",
        "wrong-activation-derivative",
    "missing-jacobian-terms", "forward-instead-of-backward-weights", "not-rotated", "missing-condition", "wrong-kink",
        "missing-regularisation",
    "product-rule", "quotient-rule", "missing-path", "missing-mean", "extra-mean", "missing-sum", "wrong-axis", "sign",
        "reversed",
    "order-of-operations", "transposed", "layout", "updated-weights", "wrong-index", "value-for-gradient",
    "local-for-total",
        "missing-upstream",
    "missing-factor", "extra-factor", "wrong-definition", "copied-number", "rounding",
)  # fmt: skip
"""Every kind of mistake, the more telling before the more general: of several that fit, the first is named."""

Shares = Iterator[tuple[str, Callable[["Use"], Value]]]


@dataclass(frozen=True)
class Use:
    """One use of a node by an operation at one point: what a row may compute with."""

    step: Instruction
    values: Sequence[Value]
    upstream: Value
    slot: int

    @cached_property
    def share(self) -> Value:
        """What is truly passed back."""
        return pull(self.step, self.values, self.upstream, self.slot)

    @property
    def inputs(self) -> list[Value]:
        """The operation's inputs."""
        return [self.values[source] for source in self.step.sources]

    @property
    def x(self) -> Value:
        """The input that is asked for."""
        return self.values[self.step.sources[self.slot]]

    @property
    def other(self) -> Value:
        """The other input of two."""
        return self.values[self.step.sources[1 - self.slot]]

    @property
    def output(self) -> Value:
        """The operation's output."""
        return self.values[self.step.target]

    def slope(self, x: Value | None = None) -> Value:
        """The derivative of a function of one input, at that input or at another."""
        at = self.x if x is None else x
        op, attrs = self.step.op, self.step.attrs
        at = np.asarray(at, float)[()]
        return op.vjp(np.ones_like(at)[()], op.forward(at, **attrs), [at], attrs, 0)


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
KINKED = frozenset({"relu", "leaky_relu", "prelu", "clip", "hardtanh", "abs"})


def is_function(step: Instruction, slot: int) -> bool:
    """A function of one value, entry by entry."""
    return len(step.sources) == 1 and step.op.name not in STRUCTURAL and step.op.elementwise(step.attrs)


def named(*names: str, slot: int | None = None) -> Callable[[Instruction, int], bool]:
    """Uses of these operations."""
    return lambda step, place: step.op.name in names and slot in (None, place)


def _constant_exponent(step: Instruction, slot: int) -> bool:
    return step.op.name == "power" and slot == 0


def _own_shape(use: Use, value: Value) -> Value:
    return value if np.shape(value) == np.shape(use.share) else np.full(np.shape(use.share), np.nan)


def _squared(use: Use) -> Value:
    return use.upstream * use.slope() ** 2


SIGMOID_LIKE: tuple[tuple[str, Callable[[Value, Value], Value]], ...] = (
    ("the output itself", lambda a, z: a), ("1 minus the output", lambda a, z: 1 - a),
    ("the output squared", lambda a, z: a * a),
    ("a(1 + a)", lambda a, z: a * (1 + a)), ("a(1 − a)", lambda a, z: a * (1 - a)), ("1 − a²", lambda a, z: 1 - a * a),
    ("(1 − a)²", lambda a, z: (1 - a) ** 2), ("1 + a²", lambda a, z: 1 + a * a), ("the input itself", lambda a, z: z),
    ("a²(1 − a)", lambda a, z: a * a * (1 - a)), ("a(1 − a)²", lambda a, z: a * (1 - a) ** 2),
    ("1 / a", lambda a, z: 1 / a),
    ("a(1 − a²)", lambda a, z: a * (1 - a * a)), ("1 / z²", lambda a, z: 1 / z**2), ("z · a", lambda a, z: z * a),
    ("a / z²", lambda a, z: a / z**2), ("1 / z", lambda a, z: 1 / z), ("z e^(z − 1)", lambda a, z: z * np.exp(z - 1)),
    ("e^(−z)", lambda a, z: np.exp(-z)), ("e^z", lambda a, z: np.exp(z)),
    ("1 / (1 + e^(−z))²", lambda a, z: 1 / (1 + np.exp(-z)) ** 2),
    ("e^(−z) / (1 + e^(−z))", lambda a, z: 1 / (1 + np.exp(z))), ("½", lambda a, z: 0 * z + 0.5),
)  # fmt: skip
"""What people write for the slope of a function, in its output a and its input z."""

BY_OUTPUT: Mapping[str, Callable[[Value], Value]] = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a * a,
    "exp": lambda a: a,
}
"""Slopes as they are written with the output; with the input in its place they are wrong."""

FUNCTIONS = ("sigmoid", "tanh", "relu", "softplus", "exp", "log", "sin", "cos")


def _instead(slope: Callable[[Value, Value], Value]) -> Callable[[Use], Value]:
    return lambda use: use.upstream * slope(use.output, use.x)


def _slope_of(name: str) -> Callable[[Use], Value]:
    def share(use: Use) -> Value:
        op, z = ops.get(name), np.asarray(use.x, float)[()]
        return use.upstream * op.vjp(np.ones_like(z)[()], op.forward(z), [z], op.complete({}), 0)

    return share


def _by_input(use: Use) -> Value:
    return use.upstream * BY_OUTPUT[use.step.op.name](use.x)


def _other_branch(use: Use) -> Value:
    return use.upstream * use.slope(-np.asarray(use.x, float)[()])


def _window(use: Use) -> Value:
    """What a mean over the window would pass back, times the number of places: to every entry alike."""
    mean = ops.get("avg_pool2d")
    attrs = mean.complete({key: value for key, value in use.step.attrs.items() if key in mean.attrs})
    output = mean.forward(use.x, **attrs)
    size = attrs["size"]
    count = size * size if isinstance(size, int) else int(np.prod(size))
    return mean.vjp(use.upstream, output, [use.x], attrs, 0) * count


def _pool_count(use: Use) -> int:
    size = use.step.attrs["size"]
    return size * size if isinstance(size, int) else int(np.prod(size))


def _spread(use: Use) -> Value:
    """The upstream gradient at every entry that a reduction looked at."""
    axis, kept = use.step.attrs.get("axis"), use.step.attrs.get("keepdims", False)
    upstream = np.asarray(use.upstream)
    if not kept and axis is not None:
        upstream = np.expand_dims(upstream, axis)
    return np.broadcast_to(upstream, np.shape(use.x))


def _reduced_count(use: Use) -> float:
    return np.size(use.x) / max(np.size(use.output), 1)


def _turned_kernel(use: Use) -> Value:
    flipped = list(use.inputs)
    kernel = np.asarray(flipped[1])
    flipped[1] = np.flip(kernel, axis=(-2, -1) if kernel.ndim > 1 else -1)
    return use.step.op.vjp(use.upstream, use.output, flipped, use.step.attrs, use.slot)


def _turned_share(use: Use) -> Value:
    share = np.asarray(use.share)
    return np.flip(share, axis=(-2, -1) if share.ndim > 1 else -1)


def _mean_count(use: Use) -> float:
    """Over how many places a loss is averaged."""
    shape = np.shape(use.inputs[0])
    if use.step.op.name in ("cross_entropy", "nll"):
        return float(np.prod(shape) / shape[0 if len(shape) == 1 else 1]) if shape else 1.0
    return float(np.prod(shape)) if shape else 1.0


def _averaged(step: Instruction, slot: int) -> bool:
    return step.attrs.get("reduction") == "mean"


def _shares(use: Use) -> tuple[Value, Value, float]:
    """Soft-max shares of the scores, the targets as shares, and the divisor of the mean."""
    scores = np.asarray(use.inputs[0])
    axis = 0 if scores.ndim == 1 else 1
    weights = use.step.op.one_hot(scores, use.inputs[1])  # type: ignore[attr-defined]
    top = np.exp(scores - scores.max(axis=axis, keepdims=True))
    count = _mean_count(use) if use.step.attrs.get("reduction") == "mean" else 1.0
    return top / top.sum(axis=axis, keepdims=True), weights, count


def _entropy(term: Callable[[Value, Value], Value]) -> Callable[[Use], Value]:
    def share(use: Use) -> Value:
        p, t, count = _shares(use)
        return use.upstream * term(p, t) / count

    return share


def _diagonal(use: Use) -> Value:
    return use.upstream * use.output * (1 - use.output)


def _matrix(use: Use, build: Callable[[Value, Value], Value]) -> Value:
    """A product of the upstream gradient and the other factor, if it has the right shape."""
    try:
        return _own_shape(use, build(np.asarray(use.upstream), np.asarray(use.other)))
    except ValueError:
        return np.full(np.shape(use.share), np.nan)


def _product(build: Callable[[Value, Value], Value]) -> Callable[[Use], Value]:
    return lambda use: _matrix(use, build)


def _is_matrix(slot: int | None = None) -> Callable[[Instruction, int], bool]:
    return named("matmul", slot=slot)


def _vector_outer(use: Use) -> Value:
    return _own_shape(use, np.asarray(use.share).T)


def _first_only(use: Use) -> Value:
    """Only the first example instead of the sum over all."""
    wide, narrow = np.asarray(use.upstream), np.shape(use.share)
    lead = wide.ndim - len(narrow)
    return _own_shape(use, wide[(0,) * lead]) if lead > 0 else np.full(narrow, np.nan)


def _first_outer(use: Use) -> Value:
    x, g = (np.asarray(value) for value in (use.inputs[0], use.upstream))
    return np.outer(x[0], g[0]) if x.ndim == 2 and g.ndim == 2 else np.full(np.shape(use.share), np.nan)


def _wrong_axis(use: Use) -> Value:
    attrs = dict(use.step.attrs)
    x = np.asarray(use.x)
    if x.ndim != 2 or not isinstance(attrs.get("axis"), int):
        return np.full(np.shape(use.share), np.nan)
    attrs["axis"] = 1 - attrs["axis"] % 2
    output = use.step.op.forward(x, **attrs)
    return (
        use.step.op.vjp(use.upstream, output, [x], attrs, 0)
        if np.shape(output) == np.shape(use.upstream)
        else np.full(x.shape, np.nan)
    )


ROWS: tuple[Row, ...] = (
    Row("missing-activation-derivative", is_function, lambda use: use.upstream, "the derivative of {op} is missing"),
    Row("missing-condition", named(*KINKED), lambda use: use.upstream,
        "the gradient is passed on everywhere, although {op} passes it on only in part"),
    Row("extra-activation-derivative", is_function, _squared, "the derivative of {op} is multiplied in twice"),
    Row("activation-for-preactivation", is_function, lambda use: use.upstream * use.slope(use.output),
        "the derivative of {op} is taken at its output instead of its input"),
    Row("activation-for-preactivation", named(*BY_OUTPUT), _by_input,
        "the input of {op} stands where its output belongs"),
    *(Row("wrong-activation-derivative", is_function, _instead(slope),
        "the derivative of {op} is not " + text, 1) for text, slope in SIGMOID_LIKE),
    *(Row("wrong-activation-derivative", is_function, _slope_of(name),
        "the derivative of " + name + " stands where that of {op} belongs", 1) for name in FUNCTIONS),
    Row("wrong-kink", named(*KINKED), _other_branch, "the slopes left and right of the kink of {op} are exchanged"),
    Row("missing-factor", named("sqrt"), lambda use: 2 * use.share, "the ½ of the root's derivative is missing"),
    Row("missing-jacobian-terms", named("softmax"), _diagonal,
        "only the diagonal of the soft-max's derivative is kept"),
    Row("missing-jacobian-terms", named("softmax"), lambda use: use.upstream * use.output,
        "the soft-max's derivative lacks the terms of the other entries"),
    Row("missing-activation-derivative", named("softmax", "log_softmax"), lambda use: use.upstream,
        "the derivative of {op} is missing"),
    Row("missing-jacobian-terms", named("log_softmax"), lambda use: use.upstream * (1 - np.exp(use.output)),
        "only the diagonal of the derivative is kept"),
    Row("wrong-axis", named("softmax", "log_softmax", "sum", "mean", "logsumexp"), _wrong_axis,
        "{op} is taken along the other axis"),
    Row("missing-jacobian-terms", named("cross_entropy", slot=0), _entropy(lambda p, t: -t / p),
        "the derivative for the probabilities stands where that for the scores belongs"),
    Row("missing-jacobian-terms", named("cross_entropy", slot=0), _entropy(lambda p, t: -t * (1 - p)),
        "only the diagonal of the soft-max's derivative is kept"),
    Row("extra-activation-derivative", named("cross_entropy", slot=0), _entropy(lambda p, t: (p - t) * p * (1 - p)),
        "the soft-max is differentiated once more, although p − t holds its derivative already"),
    Row("wrong-definition", named("cross_entropy", slot=0), _entropy(lambda p, t: p + 0 * t), "the target is missing"),
    Row("wrong-definition", named("cross_entropy", slot=0), _entropy(lambda p, t: -t + 0 * p),
        "the prediction is missing"),
    Row("extra-activation-derivative", named("binary_cross_entropy", slot=0),
        lambda use: use.share * use.x * (1 - use.x),
        "the gradient for the sum stands where that for the probability belongs"),
    Row("extra-factor", named("squared_error"), lambda use: 2 * use.share,
        "the ½ of the loss cancels the 2 that comes down"),
    Row("missing-factor", named("mse"), lambda use: use.share / 2, "the 2 that comes down from the square is missing"),
    Row("missing-mean", _averaged, lambda use: use.share * _mean_count(use),
        "the loss is a mean: a division by the number of its places is missing"),
    Row("extra-mean", named("squared_error"), lambda use: use.share / _mean_count(use),
        "the loss is a sum and no mean"),
    Row("missing-mean", named("mean"), lambda use: use.share * _reduced_count(use),
        "a mean divides by the number of its entries"),
    Row("missing-mean", named("avg_pool2d"), lambda use: use.share * _pool_count(use),
        "average pooling divides by the size of the window"),
    Row("extra-mean", named("sum"), lambda use: use.share / _reduced_count(use),
        "a sum does not divide by the number of its entries"),
    Row("extra-mean", named("broadcast"), lambda use: use.share / (np.size(use.upstream) / max(np.size(use.share), 1)),
        "what was used several times collects the sum of the gradients, not their mean"),
    Row("missing-sum", named("broadcast"), _first_only,
        "what was used several times collects the sum of all gradients"),
    Row("missing-sum", _is_matrix(1), _first_outer, "the sum over the examples is missing"),
    Row("missing-condition", named("max", "min"), _spread, "only the entry that won passes the gradient on"),
    Row("missing-condition", named("max_pool2d"), _window, "only the entry that won its window passes the gradient on"),
    Row("missing-condition", named("maximum", "minimum", "where"), lambda use: use.upstream,
        "only the branch that is taken passes the gradient on"),
    Row("wrong-kink", named("maximum", "minimum", "where"), lambda use: use.upstream - use.share,
        "the other branch passes the gradient on"),
    Row("not-rotated", named("conv2d", "conv1d", slot=0), _turned_kernel,
        "on the way back the kernel is turned by 180°"),
    Row("reversed", named("conv2d", "conv1d", slot=1), _turned_share,
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
    Row("forward-instead-of-backward-weights", _is_matrix(0), _product(lambda g, w: g @ w),
        "on the way back the weights are transposed"),
    Row("forward-instead-of-backward-weights", _is_matrix(1), _product(lambda g, w: w @ g),
        "on the way back the matrix is transposed"),
    Row("order-of-operations", _is_matrix(0), _product(lambda g, w: w.T @ g),
        "the factors of the matrix product stand in the wrong order"),
    Row("order-of-operations", _is_matrix(1), _product(lambda g, x: g @ x.T),
        "the factors of the matrix product stand in the wrong order"),
    Row("order-of-operations", _is_matrix(0), _product(lambda g, w: w @ g),
        "the factors of the matrix product stand in the wrong order"),
    Row("order-of-operations", _is_matrix(1), _product(lambda g, x: g @ x),
        "the factors of the matrix product stand in the wrong order"),
    Row("transposed", _is_matrix(0), _product(lambda g, w: g.T @ w.T), "the upstream gradient is transposed"),
    Row("transposed", _is_matrix(1), _product(lambda g, x: x.T @ g.T), "the upstream gradient is transposed"),
    Row("transposed", _is_matrix(), _vector_outer, "the result is transposed"),
    Row("transposed", named("outer"), lambda use: _matrix(use, lambda g, y: g.T @ y if use.slot == 0 else g @ y),
        "the upstream gradient is transposed"),
    Row("transposed", named("transpose"), lambda use: _own_shape(use, np.asarray(use.upstream)),
        "the transposition is not undone on the way back"),
)  # fmt: skip
