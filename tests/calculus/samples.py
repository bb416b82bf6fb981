"""Definitions for tests: what layers compute, in index form, with all sizes different."""

from __future__ import annotations

from graphbp.calculus.lines import Definition, Fact
from graphbp.graph.shape import Size
from graphbp.notation.tree import (
    Bracket,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    FloorMod,
    Index,
    IndexExpr,
    Max,
    Number,
    Pow,
    Sum,
    Symbol,
    affine,
)

x, y, t, mu, v, r, n = (Symbol(name) for name in ("x", "y", "t", "mu", "v", "r", "n"))
X, W, K, b, S, P, A = (Symbol(name) for name in ("X", "W", "K", "b", "S", "P", "A"))


def letters(**sizes: Size) -> tuple[Index, ...]:
    """Index letters with their sizes."""
    return tuple(Index(name, size) for name, size in sizes.items())


def affine_rows(d: Size = "D", h: Size = "H", rows: Size = "N") -> Definition:
    """Z = X W + b."""
    i, j, k = letters(i=rows, j=h, k=d)
    return Definition("Z", (i, j), Sum((k,), X[i, k] * W[k, j]) + b[j], {"X": (rows, d), "W": (d, h), "b": (h,)})


def conv2d(
    image: tuple[int, int] = (6, 7), kernel: tuple[int, int] = (3, 4), stride: int = 1, padding: int = 0, step: int = 1
) -> Definition:
    """One channel; `step` is the dilation."""
    rows, columns = (
        (size + 2 * padding - step * (window - 1) - 1) // stride + 1 for size, window in zip(image, kernel, strict=True)
    )
    i, j, p, q = letters(i=rows, j=columns, p=kernel[0], q=kernel[1])
    at = [_place(out, inner, stride, step, padding) for out, inner in ((i, p), (j, q))]
    pixel = Entry(X, tuple(at), "zero" if padding else "error")
    return Definition("Z", (i, j), Sum((p, q), pixel * K[p, q]), {"X": image, "K": kernel})


def conv_layer(stride: int = 2, padding: int = 1) -> Definition:
    """Batch, channels, bias."""
    rows, columns = ((size + 2 * padding - window) // stride + 1 for size, window in ((4, 2), (6, 3)))
    m, o, i, j, c, p, q = letters(m=2, o=3, i=rows, j=columns, c=2, p=2, q=3)
    at = [_place(out, inner, stride, 1, padding) for out, inner in ((i, p), (j, q))]
    body = Sum((c, p, q), Entry(X, (m, c, *at), "zero") * K[o, c, p, q]) + b[o]
    return Definition("Z", (m, o, i, j), body, {"X": (2, 2, 4, 6), "K": (3, 2, 2, 3), "b": (3,)})


def conv_transpose() -> Definition:
    """Every entry of x paints the kernel, stride 2."""
    a, i = letters(a=9, i=4)
    return Definition("Z", (a,), Sum((i,), x[i] * Entry(K, (affine(a, (i, -2)),), "zero")), {"x": (4,), "K": (3,)})


def _place(out: Index, inner: Index, stride: int, step: int, padding: int) -> IndexExpr:
    return affine((out, stride), (inner, step), -padding)


def pool(size: int = 2, stride: int = 2, padding: int = 0, average: bool = False) -> Definition:
    """Max or average pooling of a 5 × 7 image."""
    rows, columns = ((length + 2 * padding - size) // stride + 1 for length in (5, 7))
    i, j, p, q = letters(i=rows, j=columns, p=size, q=size)
    pixel = Entry(
        X, tuple(_place(*pair, stride, 1, padding) for pair in ((i, p), (j, q))), "lowest" if padding else "error"
    )
    body: Expr = Sum((p, q), pixel) / Number(size * size) if average else Max((p, q), pixel)
    return Definition("Z", (i, j), body, {"X": (5, 7)}, first_winner=not average)


def softmax() -> Definition:
    """Of a vector."""
    i, k = letters(i="n", k="n")
    return Definition("p", (i,), Call("exp", (x[i],)) / Sum((k,), Call("exp", (x[k],))), {"x": ("n",)})


def softmax_rows(causal: bool = False) -> Definition:
    """Of every row; `causal` looks only at places up to the row's own."""
    size: Size = "T" if causal else "C"
    i, j, k = letters(i="T", j=size, k=size)
    seen = [Bracket(Compare(place, "<=", i)) if causal else Number(1) for place in (j, k)]
    top, below = Call("exp", (S[i, j],)), Call("exp", (S[i, k],))
    body = top * seen[0] / Sum((k,), below * seen[1]) if causal else top / Sum((k,), below)
    return Definition("P", (i, j), body, {"S": ("T", size)})


def cross_entropy() -> Definition:
    """After softmax, of one example; targets add up to 1."""
    i, k = letters(i="n", k="n")
    part = Definition("p", (i,), Call("exp", (x[i],)) / Sum((k,), Call("exp", (x[k],))), {"x": ("n",)})
    whole = Fact(Sum((k,), t[k]), Number(1), ("targets add up to 1",))
    return Definition(
        "c", (), -Sum((i,), t[i] * Call("log", (Symbol("p")[i],))), {"x": ("n",), "t": ("n",)}, (part,), (whole,)
    )


def layer_norm() -> Definition:
    """Of one vector; mean, variance and root by name."""
    i, k = letters(i="n", k="n")
    deviations = Fact(Sum((k,), x[k] - mu), Number(0), ("deviations from the mean add up to 0",))
    parts = (
        Definition("mu", (), Sum((k,), x[k]) / n, facts=(deviations,)),
        Definition("v", (), Sum((k,), Pow(x[k] - mu, Number(2))) / n),
        Definition("r", (), Call("sqrt", (v + Symbol("eps"),))),
    )
    return Definition("y", (i,), (x[i] - mu) / r, {"x": ("n",), "eps": ()}, parts)


def batch_norm() -> Definition:
    """Every column on its own, with scale and shift."""
    i, j, k = letters(i="N", j="D", k="N")
    deviations = Fact(Sum((k,), X[k, j] - mu[j]), Number(0), ("deviations from the mean add up to 0",))
    parts = (
        Definition("mu", (j,), Sum((k,), X[k, j]) / Symbol("N"), facts=(deviations,)),
        Definition("v", (j,), Sum((k,), Pow(X[k, j] - mu[j], Number(2))) / Symbol("N")),
        Definition("r", (j,), Call("sqrt", (v[j] + Symbol("eps"),))),
        Definition("u", (i, j), (X[i, j] - mu[j]) / r[j]),
    )
    scale, shift = Symbol("scale"), Symbol("shift")
    return Definition(
        "y", (i, j), scale[j] * Symbol("u")[i, j] + shift[j], {"X": ("N", "D"), "scale": ("D",), "shift": ("D",)}, parts
    )


def concatenation() -> Definition:
    """x, then y."""
    (i,) = letters(i=7)
    body = Entry(x, (i,), "zero") + Entry(y, (affine(i, -3),), "zero")
    return Definition("z", (i,), body, {"x": (3,), "y": (4,)})


def moved() -> dict[str, Definition]:
    """Definitions that only move entries."""
    i, j, k = letters(i=3, j=4, k=12)
    split = X[FloorMod("floor", k, 4), FloorMod("mod", k, 4)]
    (row,) = letters(m=5)
    square, step = Index("d", 5), Index("s", 5)
    return {
        "flatten": Definition("z", (k,), split, {"X": (3, 4)}),
        "reshape": Definition("z", (i, j), x[affine((i, 4), j)], {"x": (12,)}),
        "reverse": Definition("z", (row,), x[affine((row, -1), 4)], {"x": (5,)}),
        "transpose": Definition("z", (i, j), X[j, i], {"X": (4, 3)}),
        "diagonal": Definition("z", (square,), X[square, square], {"X": (5, 5)}),
        "cumulative": Definition("z", (row,), Sum((step,), x[step] * Bracket(Compare(step, "<=", row))), {"x": (5,)}),
        "slice": Definition("z", (i,), x[affine(i, 1)], {"x": (6,)}),
        "every second": Definition("z", (i,), x[affine((i, 2), 1)], {"x": (7,)}),
    }


def parametric_relu() -> Definition:
    """With a slope of its own for every column."""
    i, j = letters(i="N", j="D")
    alpha = Symbol("alpha")
    body = Cases(((X[i, j], Compare(X[i, j], ">", Number(0))),), alpha[j] * X[i, j])
    return Definition("A", (i, j), body, {"X": ("N", "D"), "alpha": ("D",)})


def unit_vector() -> Definition:
    """x / |x|."""
    i, k = letters(i="n", k="n")
    length = Definition("r", (), Call("sqrt", (Sum((k,), Pow(x[k], Number(2))),)))
    return Definition("u", (i,), Div(x[i], Symbol("r")), {"x": ("n",)}, (length,))


def everything() -> dict[str, Definition]:
    """All samples by name."""
    return {
        "affine": affine_rows(),
        "affine numbers": affine_rows(3, 4, 2),
        "conv": conv2d(),
        "conv stride 2": conv2d(stride=2, padding=1),
        "conv padding": conv2d((5, 6), (3, 2), padding=2),
        "conv stride over kernel": conv2d((8, 7), (2, 3), stride=3),
        "conv dilation": conv2d((9, 8), (3, 2), step=2),
        "conv stride and dilation": conv2d((9, 8), (3, 2), stride=2, step=2),
        "conv stride and dilation coprime": conv2d((9, 11), (2, 3), stride=3, step=2),
        "conv layer": conv_layer(),
        "conv layer stride 1": conv_layer(1, 0),
        "conv transpose": conv_transpose(),
        "max pool": pool(),
        "max pool overlapping": pool(3, 2),
        "max pool with gaps": pool(2, 3),
        "max pool padded": pool(2, 2, 1),
        "average pool": pool(average=True),
        "average pool overlapping": pool(3, 2, average=True),
        "softmax": softmax(),
        "softmax rows": softmax_rows(),
        "causal softmax": softmax_rows(True),
        "cross entropy": cross_entropy(),
        "layer norm": layer_norm(),
        "batch norm": batch_norm(),
        "concatenation": concatenation(),
        "parametric relu": parametric_relu(),
        "unit vector": unit_vector(),
        **moved(),
    }
