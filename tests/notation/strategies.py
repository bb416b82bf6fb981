"""Random formulas, as the formula language can write them."""

from __future__ import annotations

from hypothesis import strategies as st

from graphbp.notation.tree import (
    Add,
    Affine,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    MatMul,
    Mul,
    Neg,
    Number,
    Pow,
    Slice,
    Symbol,
    Transpose,
)

NAMES = ("x", "y1", "w_1_2", "alpha", "yhat", "W1", "ß", "loss")
FUNCTIONS = ("sigmoid", "exp", "g", "softmax")
DIGITS = ("0", "1", "2", "17", "0.15", "1e-3", ".5", "2.50")


def numbers() -> st.SearchStrategy[Expr]:
    """Numbers as people type them."""
    from graphbp.notation.reading import parse_number

    return st.sampled_from(DIGITS).map(parse_number)


def leaves() -> st.SearchStrategy[Expr]:
    """Names and numbers."""
    return st.one_of(st.sampled_from(NAMES).map(Symbol), numbers())


def _sums(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.lists(parts, min_size=2, max_size=4).map(tuple).map(Add)


def _products(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.lists(parts, min_size=2, max_size=3).map(tuple).map(Mul)


def _calls(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    options = st.sampled_from(
        ((), (("axis", -1),), (("keepdims", True),), (("reduction", "sum"),), (("stride", (2, 1)),))
    )
    return st.builds(Call, st.sampled_from(FUNCTIONS), st.lists(parts, min_size=1, max_size=2).map(tuple), options)


def _entries() -> st.SearchStrategy[Expr]:
    place = st.one_of(
        st.integers(-3, 9).map(lambda n: Affine((), n)),
        st.builds(Slice, st.none() | st.integers(0, 3), st.integers(4, 6)),
    )
    return st.builds(Entry, st.sampled_from(NAMES).map(Symbol), st.lists(place, min_size=1, max_size=2).map(tuple))


def _choices(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    relation = st.sampled_from(("<", "<=", ">", ">=", "=", "!="))
    return st.builds(lambda a, r, b, x, y: Cases(((x, Compare(a, r, b)),), y), parts, relation, parts, parts, parts)


def extend(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """One layer more of every kind that the formula language has."""
    return st.one_of(
        _sums(parts),
        _products(parts),
        st.builds(Div, parts, parts),
        st.builds(Pow, parts, parts),
        st.builds(Neg, parts),
        _calls(parts),
        _entries(),
        st.builds(Transpose, parts),
        _choices(parts),
        st.lists(parts, min_size=2, max_size=3).map(tuple).map(MatMul),
    )


def formulas() -> st.SearchStrategy[Expr]:
    """Formulas of any shape."""
    return st.recursive(leaves(), extend, max_leaves=12)


def scalar_formulas() -> st.SearchStrategy[Expr]:
    """Formulas between numbers: sums, products, quotients, powers with small exponents, smooth functions."""

    def layer(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        small = st.sampled_from((Number(1), Number(2), Number(3)))
        smooth = st.builds(lambda f, x: Call(f, (x,)), st.sampled_from(("sigmoid", "tanh", "exp", "sin")), parts)
        return st.one_of(_sums(parts), _products(parts), st.builds(Neg, parts), st.builds(Pow, parts, small), smooth)

    return st.recursive(st.one_of(st.sampled_from(("x", "y", "w")).map(Symbol), numbers()), layer, max_leaves=8)
