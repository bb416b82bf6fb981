"""What learners pass back instead of the true share of a gradient, at one use of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphbp import ops
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction, pull


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


def own_shape(use: Use, value: Value) -> Value:
    """The share if it has the right shape, else no number."""
    return value if np.shape(value) == np.shape(use.share) else np.full(np.shape(use.share), np.nan)


def squared(use: Use) -> Value:
    """The derivative twice."""
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


def instead(slope: Callable[[Value, Value], Value]) -> Callable[[Use], Value]:
    """Another slope, in the output and the input."""
    return lambda use: use.upstream * slope(use.output, use.x)


def slope_of(name: str) -> Callable[[Use], Value]:
    """The slope of another function."""
    def share(use: Use) -> Value:
        op, z = ops.get(name), np.asarray(use.x, float)[()]
        return use.upstream * op.vjp(np.ones_like(z)[()], op.forward(z), [z], op.complete({}), 0)

    return share


def by_input(use: Use) -> Value:
    """The slope as it is written with the output, but with the input in its place."""
    return use.upstream * BY_OUTPUT[use.step.op.name](use.x)


def other_branch(use: Use) -> Value:
    """The slope from the other side of the kink."""
    return use.upstream * use.slope(-np.asarray(use.x, float)[()])


def window(use: Use) -> Value:
    """What a mean over the window would pass back, times the number of places: to every entry alike."""
    mean = ops.get("avg_pool2d")
    attrs = mean.complete({key: value for key, value in use.step.attrs.items() if key in mean.attrs})
    output = mean.forward(use.x, **attrs)
    size = attrs["size"]
    count = size * size if isinstance(size, int) else int(np.prod(size))
    return mean.vjp(use.upstream, output, [use.x], attrs, 0) * count


def pool_count(use: Use) -> int:
    """How many entries a window holds."""
    size = use.step.attrs["size"]
    return size * size if isinstance(size, int) else int(np.prod(size))


def spread(use: Use) -> Value:
    """The upstream gradient at every entry that a reduction looked at."""
    axis, kept = use.step.attrs.get("axis"), use.step.attrs.get("keepdims", False)
    upstream = np.asarray(use.upstream)
    if not kept and axis is not None:
        upstream = np.expand_dims(upstream, axis)
    return np.broadcast_to(upstream, np.shape(use.x))


def reduced_count(use: Use) -> float:
    """How many entries go into one."""
    return np.size(use.x) / max(np.size(use.output), 1)


def turned_kernel(use: Use) -> Value:
    """The kernel turned where it should not be, or not turned where it should."""
    flipped = list(use.inputs)
    kernel = np.asarray(flipped[1])
    flipped[1] = np.flip(kernel, axis=(-2, -1) if kernel.ndim > 1 else -1)
    return use.step.op.vjp(use.upstream, use.output, flipped, use.step.attrs, use.slot)


def turned_share(use: Use) -> Value:
    """The right share in reversed order."""
    share = np.asarray(use.share)
    return np.flip(share, axis=(-2, -1) if share.ndim > 1 else -1)


def mean_count(use: Use) -> float:
    """Over how many places a loss is averaged."""
    shape = np.shape(use.inputs[0])
    if use.step.op.name in ("cross_entropy", "nll"):
        return float(np.prod(shape) / shape[0 if len(shape) == 1 else 1]) if shape else 1.0
    return float(np.prod(shape)) if shape else 1.0


def _shares(use: Use) -> tuple[Value, Value, float]:
    """Soft-max shares of the scores, the targets as shares, and the divisor of the mean."""
    scores = np.asarray(use.inputs[0])
    axis = 0 if scores.ndim == 1 else 1
    weights = use.step.op.one_hot(scores, use.inputs[1])  # type: ignore[attr-defined]
    top = np.exp(scores - scores.max(axis=axis, keepdims=True))
    count = mean_count(use) if use.step.attrs.get("reduction") == "mean" else 1.0
    return top / top.sum(axis=axis, keepdims=True), weights, count


def entropy(term: Callable[[Value, Value], Value]) -> Callable[[Use], Value]:
    """A term in the soft-max shares and the targets."""
    def share(use: Use) -> Value:
        p, t, count = _shares(use)
        return use.upstream * term(p, t) / count

    return share


def diagonal(use: Use) -> Value:
    """Only the diagonal of the soft-max's derivative."""
    return use.upstream * use.output * (1 - use.output)


def matrix(use: Use, build: Callable[[Value, Value], Value]) -> Value:
    """A product of the upstream gradient and the other factor, if it has the right shape."""
    try:
        return own_shape(use, build(np.asarray(use.upstream), np.asarray(use.other)))
    except ValueError:
        return np.full(np.shape(use.share), np.nan)


def product(build: Callable[[Value, Value], Value]) -> Callable[[Use], Value]:
    """The row for a product of the upstream gradient and the other factor."""
    return lambda use: matrix(use, build)


def vector_outer(use: Use) -> Value:
    """The share transposed."""
    return own_shape(use, np.asarray(use.share).T)


def first_only(use: Use) -> Value:
    """Only the first example instead of the sum over all."""
    wide, narrow = np.asarray(use.upstream), np.shape(use.share)
    lead = wide.ndim - len(narrow)
    return own_shape(use, wide[(0,) * lead]) if lead > 0 else np.full(narrow, np.nan)


def first_outer(use: Use) -> Value:
    """The outer product for the first example alone."""
    x, g = (np.asarray(value) for value in (use.inputs[0], use.upstream))
    return np.outer(x[0], g[0]) if x.ndim == 2 and g.ndim == 2 else np.full(np.shape(use.share), np.nan)


def wrong_axis(use: Use) -> Value:
    """The reduction along the other of two axes."""
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
