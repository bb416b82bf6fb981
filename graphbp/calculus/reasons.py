"""Why an entry formula is the layer form that it is read as, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from graphbp.calculus.wording import merged
from graphbp.graph.shape import Size
from graphbp.notation.prose import Prose, prose
from graphbp.notation.tree import (
    Correlate,
    Div,
    Einsum,
    Expr,
    Hadamard,
    Index,
    MatMul,
    Mul,
    Neg,
    Outer,
    Pad,
    Reduce,
    Reshape,
    Transpose,
    Upsample,
    walk,
)


def layer_reason(layer: Expr, indices: Sequence[Index]) -> Prose:
    """The reason for the last line of a chain."""
    kinds = {type(part) for part in walk(layer)}
    slides = next((part for part in walk(layer) if isinstance(part, Correlate)), None)
    if slides is not None:
        return _sliding(slides, indices)
    if Upsample in kinds:
        return ("all entries at once: every entry of the upstream gradient is repeated over its window",)
    inner = _core(layer)
    if isinstance(inner, MatMul):
        transposed = "; the order of the indices gives the transpose" if Transpose in kinds else ""
        return (f"all entries at once: the sum over a shared index is a matrix product{transposed}",)
    if isinstance(inner, Outer):
        return prose("all entries at once: every entry of {x} times every entry of {y}", x=inner.x, y=inner.y)
    if isinstance(inner, Reduce):
        word = {"column": "the sum of every column", "row": "the sum of every row", "total": "the sum of all entries"}[
            inner.axis
        ]
        return (f"all entries at once: {word}",)
    if isinstance(inner, Reshape):
        return ("all entries at once: the same entries in the shape of the input",)
    if isinstance(inner, Einsum):
        return ("all entries at once",)
    return ("all entries at once, entry by entry",) if isinstance(inner, Hadamard) else ("all entries at once",)


def _core(layer: Expr) -> Expr:
    """The form without sign, number and divisor."""
    while isinstance(layer, Neg | Div):
        layer = layer.x if isinstance(layer, Neg) else layer.num
    return layer.factors[-1] if isinstance(layer, Mul) else layer


def _sliding(form: Correlate, indices: Sequence[Index]) -> Prose:
    """The sliding sum again; how large it comes out is checked in the gradient's own shape."""
    image = form.x.x if isinstance(form.x, Pad) else form.x
    border: Prose = (
        prose("; {x} gets a border of zeros, which is the shift of its indices", x=image)
        if isinstance(form.x, Pad)
        else ()
    )
    sizes: list[Size] = [index.size for index in indices if index.size is not None]
    size = " × ".join(str(size) for size in sizes)
    told = prose("compare with the forward formula: {kernel} slides over {x}", kernel=form.kernel, x=image)
    return merged([*told, *border, f"; the result is {size}, as it must be"])
