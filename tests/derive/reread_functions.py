"""The functions of the formula language on NumPy, by their textbook definitions; none minds a complex number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def by_sign(z: Any, positive: Any, negative: Any) -> Any:
    """One of two values by the sign of the real part."""
    return np.where(np.real(z) > 0, positive, negative)


def largest(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The entry whose real part is the first largest one."""
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(place % np.ndim(x) for place in axes)
    moved = np.moveaxis(x, axes, tuple(range(-len(axes), 0)))
    flat = moved.reshape((*moved.shape[: np.ndim(x) - len(axes)], -1))
    picked = np.take_along_axis(flat, np.argmax(np.real(flat), axis=-1)[..., None], axis=-1)[..., 0]
    return np.expand_dims(picked, tuple(sorted(axes))) if keepdims else picked


def two(first: Callable[[Any, Any], Any], x: Any, *others: Any, **options: Any) -> Any:
    """The larger or smaller of two values, or of an array's."""
    sign = 1 if first is np.maximum else -1
    if not others:
        return sign * largest(sign * np.asarray(x), **options)
    for other in others:
        x = np.where(sign * np.real(x) >= sign * np.real(other), x, other)
    return x


def erf(z: Any) -> Any:
    """The error function, along the real axis and a tiny step away from it."""
    real = np.vectorize(math.erf, otypes=[float])(np.real(z))
    return real + 1j * np.imag(z) * 2 / math.sqrt(math.pi) * np.exp(-(np.real(z) ** 2))


def softmax(x: Any, axis: int = -1) -> Any:
    """Shares that add up to 1."""
    e = np.exp(x - np.max(np.real(x), axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log Σ exp."""
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def averaged(x: Any, reduction: str) -> Any:
    """What a loss does with its entries."""
    return {"mean": np.mean, "sum": np.sum, "none": lambda x: x}[reduction](x)


def cross_entropy(z: Any, t: Any, reduction: str = "mean") -> Any:
    """−Σ t log softmax(z), of shares or of class numbers."""
    p = np.log(softmax(z))
    if np.ndim(t) == np.ndim(z):
        return averaged(-np.sum(t * p, axis=-1), reduction)
    picked = np.take_along_axis(p, np.real(np.asarray(t)).astype(int)[..., None], axis=-1)[..., 0]
    return averaged(-picked, reduction)


def windows(x: Any, size: Sequence[int], stride: Sequence[int]) -> Any:
    """All windows over the last two axes."""
    views = sliding_window_view(x, tuple(size), axis=(-2, -1))
    return views[..., :: stride[0], :: stride[1], :, :]


def pair(value: Any) -> tuple[int, int]:
    """A number or two."""
    return (value, value) if isinstance(value, int) else tuple(value)  # type: ignore[return-value]


def around(x: Any, padding: Any, filled: float = 0.0) -> Any:
    """A border on all sides."""
    above, beside = pair(padding)
    widths = [(0, 0)] * (np.ndim(x) - 2) + [(above, above), (beside, beside)]
    return np.pad(x, widths, constant_values=filled)


def conv2d(x: Any, w: Any, b: Any = None, stride: Any = 1, padding: Any = 0) -> Any:
    """Cross-correlation of H, W images, or of N, C, H, W with O, I, H, W."""
    views = windows(around(x, padding), np.shape(w)[-2:], pair(stride))
    if np.ndim(w) == 2:
        out = np.einsum("...ijpq,pq->...ij", views, w)
        return out if b is None else out + b
    out = np.einsum("...cijpq,ocpq->...oij", views, w)
    return out if b is None else out + np.reshape(b, (-1, 1, 1))


def max_pool2d(x: Any, size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The largest entry of every window."""
    views = windows(around(x, padding, -np.inf), pair(size), pair(stride or size))
    return largest(views, axis=(-2, -1))


def avg_pool2d(x: Any, size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The mean of every window."""
    return windows(around(x, padding), pair(size), pair(stride or size)).mean(axis=(-2, -1))


def variance(x: Any, axis: Any = None, keepdims: bool = False, correction: int = 0) -> Any:
    """The mean squared distance from the mean."""
    x = np.asarray(x)
    gap = x - x.mean(axis=axis, keepdims=True)
    count = x.size / (gap.sum(axis=axis).size)
    return (gap**2).sum(axis=axis, keepdims=keepdims) / (count - correction)


def correlate(x: Any, kernel: Any, letters: str = ",->", stride: Any = ()) -> Any:
    """The kernel slid over the last axes of x; the axes before them joined as the letters say."""
    names, out = letters.split("->")
    of_kernel, of_x = names.split(",")
    count = np.ndim(x) - len(of_x)
    views = sliding_window_view(x, np.shape(kernel)[np.ndim(kernel) - count :], axis=tuple(range(-count, 0)))
    views = views[(*[slice(None)] * len(of_x), *(slice(None, None, step) for step in stride or (1,) * count))]
    outer, inner = "ABCD"[:count], "STUV"[:count]
    return np.einsum(f"{of_x}{outer}{inner},{of_kernel}{inner}->{out}{outer}", views, kernel)


def pad(x: Any, widths: Any, value: float = 0.0) -> Any:
    """A border, or a crop where a width is negative, along the last axes."""
    widths = [(0, 0)] * (np.ndim(x) - len(widths)) + [tuple(width) for width in widths]
    cut = tuple(slice(max(-a, 0), size - max(-b, 0)) for (a, b), size in zip(widths, np.shape(x), strict=True))
    return np.pad(x[cut], [(max(a, 0), max(b, 0)) for a, b in widths], constant_values=value)


def dilate(x: Any, steps: Sequence[int]) -> Any:
    """Zeros between neighbours along the last axes."""
    lead = np.shape(x)[: np.ndim(x) - len(steps)]
    wide = [(size - 1) * step + 1 for size, step in zip(np.shape(x)[len(lead) :], steps, strict=True)]
    out = np.zeros((*lead, *wide), dtype=np.asarray(x).dtype)
    out[(..., *(slice(None, None, step) for step in steps))] = x
    return out


def upsample(x: Any, sizes: Sequence[int], shape: Sequence[int] = ()) -> Any:
    """Entries repeated over windows, cut or filled with zeros to a shape."""
    for place, size in enumerate(sizes):
        x = np.repeat(x, size, axis=np.ndim(x) - len(sizes) + place)
    gaps = [(0, want - have) for want, have in zip(shape, np.shape(x)[np.ndim(x) - len(shape) :], strict=True)]
    return pad(x, gaps) if shape else x


def clipped(z: Any, low: Any, high: Any) -> Any:
    """Cut at both ends."""
    return np.where(np.real(z) < low, low, np.where(np.real(z) > high, high, z))


def one_hot(x: Any, num_classes: int) -> Any:
    """A row with a 1 at the class."""
    return np.where(np.real(np.asarray(x))[..., None] == np.arange(num_classes), 1.0, 0.0)


def binary(y: Any, t: Any, reduction: str = "mean") -> Any:
    """Cross-entropy of yes and no."""
    return averaged(-(t * np.log(y) + (1 - t) * np.log(1 - y)), reduction)


def sigmoid(z: Any) -> Any:
    """1/(1 + e^−z)."""
    return 1 / (1 + np.exp(-z))


def power(base: Any, exponent: Any) -> Any:
    """A power; whole exponents stay whole."""
    if np.ndim(exponent) == 0 and np.imag(exponent) == 0 and float(np.real(exponent)).is_integer():
        return np.asarray(base, dtype=complex if np.iscomplexobj(base) else float) ** int(np.real(exponent))
    return np.asarray(base) ** exponent


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": sigmoid, "tanh": np.tanh, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin,
    "cos": np.cos, "arctan": np.arctan, "erf": erf, "softplus": lambda z: np.log1p(np.exp(z)),
    "relu": lambda z: by_sign(z, z, 0 * z), "leaky_relu": lambda z, slope=0.01: by_sign(z, z, slope * z),
    "prelu": lambda z, alpha: by_sign(z, z, alpha * z), "hardtanh": lambda z: clipped(z, -1, 1),
    "abs": lambda z: by_sign(z, z, -z), "sign": lambda z: np.sign(np.real(z)),
    "step": lambda z, threshold=0: np.where(np.real(z) > threshold, 1.0, 0.0),
    "elu": lambda z, alpha=1.0: by_sign(z, z, alpha * (np.exp(z) - 1)),
    "silu": lambda z: z * sigmoid(z), "gelu": lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
    "softmax": softmax, "log_softmax": lambda x, axis=-1: np.log(softmax(x, axis)), "logsumexp": logsumexp,
    "sum": lambda x, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims),
    "mean": lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
    "var": variance, "max": lambda *x, **o: two(np.maximum, *x, **o), "min": lambda *x, **o: two(np.minimum, *x, **o),
    "maximum": lambda *x: two(np.maximum, *x), "minimum": lambda *x: two(np.minimum, *x), "where": np.where,
    "clip": clipped, "dot": lambda x, y: np.sum(x * y), "outer": np.multiply.outer,
    "einsum": np.einsum, "reshape": np.reshape,
    "flatten": lambda x: np.reshape(x, -1), "flip": np.flip,
    "transpose": lambda x, axes=None: np.swapaxes(x, -1, -2) if axes is None else np.transpose(x, axes),
    "concatenate": lambda *x, axis=0: np.concatenate(x, axis=axis), "stack": lambda *x, axis=0: np.stack(x, axis=axis),
    "embedding": lambda index, weight: weight[np.real(np.asarray(index)).astype(int)], "one_hot": one_hot,
    "mse": lambda y, t, reduction="mean": averaged((y - t) ** 2, reduction),
    "squared_error": lambda y, t: np.sum((y - t) ** 2) / 2, "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary,
    "binary_cross_entropy_with_logits": lambda z, t, reduction="mean": binary(sigmoid(z), t, reduction),
    "conv2d": conv2d, "max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d, "pad": pad,
    "correlate": correlate, "dilate": dilate, "upsample": upsample,
    "delta": lambda i, j: np.where(np.equal(i, j), 1.0, 0.0),
}  # fmt: skip
BY_ENTRY = {
    "where", "delta", "exp", "log", "sqrt", "tanh", "sigmoid", "sin", "cos", "erf", "relu", "leaky_relu", "abs",
    "prelu", "hardtanh", "sign", "softplus", "maximum", "minimum", "max", "min", "arctan", "silu", "gelu", "elu",
    "step", "clip",
}  # fmt: skip
"""Functions whose arguments may hold index letters."""
