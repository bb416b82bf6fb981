"""Values and gradients against JAX in double precision, for all that JAX has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from graphbp import ops
from graphbp.ops import Sample
from graphbp.ops.windows import window
from tests.ops.contract import draw, label, ready, smooth_slots, uses

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)
jnp, lax, nn = jax.numpy, jax.lax, jax.nn

Function = Callable[..., Any]


def _conv2d(x: Any, w: Any, b: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    win = window("conv2d", w.shape[-2:], stride, padding, dilation)
    image = x.reshape((1,) * (4 - x.ndim) + x.shape)
    filters = w if w.ndim == 4 else w.reshape((w.shape[0] if w.ndim == 3 else 1, 1, *w.shape[-2:]))
    borders = [win.padding[:2], win.padding[2:]]
    out = lax.conv_general_dilated(
        image, filters, win.stride, borders, rhs_dilation=win.dilation, feature_group_count=groups
    )
    out = out if b is None else out + b.reshape(-1, 1, 1)
    kept = (out.shape[:1] if x.ndim == 4 else ()) + (out.shape[1:2] if w.ndim > 2 else ()) + out.shape[2:]
    return out.reshape(kept)


def _conv1d(x: Any, w: Any, b: Any = None, *, stride: int, padding: Any, dilation: int, groups: int) -> Any:
    sides = padding if isinstance(padding, tuple) else (padding, padding)
    return _conv2d(x[..., None, :], w[..., None, :], b, stride=(1, stride), padding=(0, 0, *sides),
                   dilation=(1, dilation), groups=groups)[..., 0, :]  # fmt: skip


def _conv_transpose2d(
    x: Any, w: Any, b: Any = None, *, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> Any:
    """The pull-back of the convolution from the larger image to the smaller one."""
    op = ops.get("conv_transpose2d")
    shape = op.shape(x.shape, w.shape, stride=stride, padding=padding, output_padding=output_padding,
                     groups=groups, dilation=dilation)  # fmt: skip
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    filters = w if w.ndim == 4 else w[None, None]
    full = (1,) * (4 - len(shape))

    def forward(image: Any) -> Any:
        return _conv2d(image.reshape(full + shape), filters, **options)[..., : x.shape[-2], : x.shape[-1]]

    _, back = jax.vjp(forward, jnp.zeros(shape))
    out = back(x.reshape((1,) * (4 - x.ndim) + x.shape))[0]
    return out if b is None else out + b.reshape(-1, 1, 1)


def _pool(x: Any, start: float, join: Function, attrs: Mapping[str, Any]) -> Any:
    win = window("pool", attrs["size"], attrs["stride"], attrs["padding"], attrs.get("dilation", 1))
    lead = (1,) * (x.ndim - 2)
    borders = [(0, 0)] * (x.ndim - 2) + [win.padding[:2], win.padding[2:]]
    return lax.reduce_window(
        x, start, join, lead + win.size, lead + win.stride, borders, window_dilation=lead + win.dilation
    )


def _area(size: Any) -> int:
    return int(np.prod(window("pool", size, None, 0, 1).size))


def _reduced(values: Any, reduction: str) -> Any:
    return {"none": lambda: values, "mean": values.mean, "sum": values.sum}[reduction]()


def _cross_entropy(logits: Any, target: Any, reduction: str) -> Any:
    axis = 0 if logits.ndim == 1 else 1
    logs = nn.log_softmax(logits, axis=axis)
    weights = (
        target
        if target.ndim == logits.ndim
        else nn.one_hot(target.astype(int), logits.shape[axis], axis=axis, dtype=float)
    )
    return _reduced(-(weights * logs).sum(axis), reduction)


def _nll(logs: Any, target: Any, reduction: str) -> Any:
    axis = 0 if logs.ndim == 1 else 1
    return _reduced(
        -(nn.one_hot(target.astype(int), logs.shape[axis], axis=axis, dtype=float) * logs).sum(axis), reduction
    )


def _index(x: Any, places: Any) -> Any:
    from graphbp.ops.layout import python_places

    return x[python_places(places)]


def _flatten(x: Any, start_dim: int, end_dim: int) -> Any:
    return x.reshape(ops.get("flatten").shape(x.shape, start_dim=start_dim, end_dim=end_dim))


KNOWN: Mapping[str, Function] = {
    **{
        name: getattr(jnp, name)
        for name in ("exp", "log", "sqrt", "sin", "cos", "abs", "tanh", "power", "maximum", "minimum")
    },
    **{name: getattr(jnp, name) for name in ("matmul", "dot", "outer", "sum", "mean", "max", "min", "reshape")},
    **{name: getattr(nn, name) for name in ("sigmoid", "relu", "softplus", "softmax", "log_softmax")},
    "add": jnp.add,
    "sub": jnp.subtract,
    "mul": jnp.multiply,
    "div": jnp.divide,
    "neg": jnp.negative,
    "identity": lambda x: x,
    "leaky_relu": lambda z, slope: nn.leaky_relu(z, negative_slope=slope),
    "log1p": jnp.log1p,
    "silu": nn.silu,
    "log_sigmoid": nn.log_sigmoid,
    "prelu": lambda x, alpha: jnp.where(x > 0, x, alpha * x),
    "elu": nn.elu,
    "selu": nn.selu,
    "clip": jnp.clip,
    "hardtanh": lambda x, **bounds: jnp.clip(x, *bounds.values()),
    "concatenate": lambda a, b, axis: jnp.concatenate([a, b], axis),
    "flip": jnp.flip,
    "pad": lambda x, pad: jnp.pad(x, ops.get("pad").widths(x.shape, pad)),
    "var": lambda x, axis, keepdims, correction: jnp.var(x, axis, ddof=correction, keepdims=keepdims),
    "norm": lambda x, axis, keepdims: jnp.sqrt((x**2).sum(axis=axis, keepdims=keepdims)),
    "global_avg_pool2d": lambda x: x.mean((-2, -1)),
    "binary_cross_entropy_with_logits": lambda z, t, reduction: _reduced(nn.softplus(z) - t * z, reduction),
    "where": lambda condition, x, y: jnp.where(condition != 0, x, y),
    "broadcast": jnp.broadcast_to,
    "transpose": lambda x, axes: jnp.swapaxes(x, -1, -2) if axes is None else jnp.transpose(x, axes),
    "flatten": _flatten,
    "index": _index,
    "logsumexp": jax.scipy.special.logsumexp,
    "conv2d": _conv2d,
    "max_pool2d": lambda x, **attrs: _pool(x, -jnp.inf, lax.max, attrs),
    "avg_pool2d": lambda x, **attrs: _pool(x, 0.0, lax.add, attrs) / _area(attrs["size"]),
    "squared_error": lambda y, t: ((y - t) ** 2).sum() / 2,
    "mse": lambda x, t, reduction: _reduced((x - t) ** 2, reduction),
    "binary_cross_entropy": lambda p, t, reduction: _reduced(-(t * jnp.log(p) + (1 - t) * jnp.log(1 - p)), reduction),
    "cross_entropy": _cross_entropy,
    "nll": _nll,
    "erf": jax.scipy.special.erf,
    "gelu": lambda x, approximate: nn.gelu(x, approximate=approximate == "tanh"),
    "one_hot": lambda x, num_classes: nn.one_hot(x.astype(int), num_classes, dtype=float),
    "embedding": lambda x, w: w[x.astype(int)],
    "einsum": lambda *xs, equation: jnp.einsum(equation, *xs),
    "stack": lambda *xs, axis: jnp.stack(xs, axis),
    "conv1d": _conv1d,
    "conv_transpose2d": _conv_transpose2d,
}

# Entry by entry numbers and matrices do the same, and plain numbers are held to matrices elsewhere.
USES = [
    (name, sample)
    for name, sample in uses()
    if name in KNOWN and (any(sample.shapes) or not ops.get(name).elementwise(sample.attrs) or name == "clip")
]


def test_most_operations_have_a_counterpart() -> None:
    without = set(ops.names()) - set(KNOWN)
    assert all(ops.get(name).condition or name in ("step", "sign") for name in without), without


@pytest.mark.parametrize(("name", "sample"), USES, ids=label)
def test_values_and_gradients(name: str, sample: Sample) -> None:
    op, inputs, attrs = ops.get(name), draw(ops.get(name), sample), ready(ops.get(name), sample)
    output = op.forward(*inputs, **attrs)
    upstream = np.random.default_rng(1).normal(size=np.shape(output))

    @jax.jit  # One compilation for each use, and not one for each step inside it.
    def counterpart(arrays: Any, upstream: Any) -> Any:
        expected, back = jax.vjp(lambda *xs: KNOWN[name](*xs, **attrs), *arrays)
        return expected, back(upstream)

    expected, shares = counterpart(tuple(map(jnp.asarray, inputs)), jnp.asarray(upstream))
    np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-12)
    for slot in smooth_slots(op, sample):
        np.testing.assert_allclose(op.vjp(upstream, output, inputs, attrs, slot), shares[slot], rtol=1e-11, atol=1e-11)
