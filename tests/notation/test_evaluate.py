"""Numbers for formulas, each kind against NumPy or by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from graphbp.errors import FormulaError, ShapeError, ValueMissing
from graphbp.notation.evaluate import ELEMENTARY, Compiler, compile_formula, derivative_key, evaluate
from graphbp.notation.tree import (
    KINDS,
    Array,
    Bracket,
    Broadcast,
    Call,
    Cases,
    Compare,
    Correlate,
    Delta,
    Dilate,
    Einsum,
    Entry,
    Flip,
    FloorMod,
    Index,
    MatMul,
    Max,
    Number,
    Outer,
    Pad,
    Partial,
    Pow,
    Reduce,
    Reshape,
    Sum,
    Symbol,
    Transpose,
    Upsample,
    Within,
    affine,
)

X, Y, x, y = (Symbol(name) for name in ("X", "Y", "x", "y"))
A = np.arange(12.0).reshape(3, 4) - 5
B = np.linspace(-1, 1, 20).reshape(4, 5)
i, j, k = Index("i", 3), Index("j", 4), Index("k", 4)


def test_every_kind_has_a_method() -> None:
    missing = [kind.__name__ for kind in KINDS if not callable(getattr(Compiler, kind.__name__.lower(), None))]
    assert not missing


@pytest.mark.parametrize(
    ("term", "truth"),
    [
        (X @ Y, A @ B),
        (MatMul((X, Y, Y.T)), A @ B @ B.T),
        (Transpose(X), A.T),
        (Outer(Entry(X, (affine(0), affine(1))), Number(2)), -8.0),
        (Reduce(X, "column"), A.sum(0)),
        (Reduce(X, "row"), A.sum(1)),
        (Reduce(X, "total"), A.sum()),
        (X + Broadcast(Reduce(X, "row"), "column"), A + A.sum(1)[:, None]),
        (X + Broadcast(Reduce(X, "column"), "row"), A + A.sum(0)),
        (Flip(X, (0, 1)), A[::-1, ::-1]),
        (Pad(X, ((1, 0), (-1, 2))), np.pad(A[:, 1:], ((1, 0), (0, 2)))),
        (Dilate(X[0, :], (3,)), np.array([-5, 0, 0, -4, 0, 0, -3, 0, 0, -2])),
        (Upsample(X, (2, 3), (7, 12)), np.pad(A.repeat(2, 0).repeat(3, 1), ((0, 1), (0, 0)))),
        (Reshape(X, (2, 6)), A.reshape(2, 6)),
        (Einsum("ij,jk->k", (X, Y)), np.einsum("ij,jk->k", A, B)),
        (Sum((k,), X[i, k] * Y[k, 2]), None),
        (Max((Index("i", 3), j), X[i, j]), A.max()),
        (Array((Array((Number(1), Number(2))), Array((Number(3), Number(4))))), np.array([[1, 2], [3, 4]])),
        (X[1, 1:3], A[1, 1:3]),
        (X * 2 / 4 - Pow(X, Number(2)), A / 2 - A**2),
        (Cases(((X, Compare(X, ">", Number(0))),), Number(0)), np.maximum(A, 0)),
        (Call("exp", (X,)), np.exp(A)),
        (Call("sum", (X,), (("axis", 0),)), A.sum(0)),
    ],
)
def test_against_numpy(term: object, truth: np.ndarray | float | None) -> None:
    rows = np.arange(3)
    found = evaluate(term, {"X": A, "Y": B, "i": rows})  # type: ignore[arg-type]
    np.testing.assert_allclose(found, A @ B[:, 2] if truth is None else truth, rtol=1e-12)


def test_correlate_with_channels_and_strides() -> None:
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 2, 3))
    found = evaluate(Correlate(X, Y, "oc,nc->no", (2, 1)), {"X": image, "Y": kernel})
    assert found.shape == (2, 4, 3, 5)
    by_hand = (image[1, :, 2:4, 3:6] * kernel[2]).sum()
    assert found[1, 2, 1, 3] == pytest.approx(by_hand)


def test_letters_are_vectorised() -> None:
    grid = np.indices((3, 4))
    env = {"X": A, "i": grid[0], "j": grid[1]}
    np.testing.assert_array_equal(evaluate(X[i, j] * Delta(i, j), env), A * np.eye(3, 4))
    np.testing.assert_array_equal(
        evaluate(Bracket(Within(i - j, 2)), env), (grid[0] - grid[1] >= 0) & (grid[0] - grid[1] < 2)
    )
    np.testing.assert_array_equal(
        evaluate(X[FloorMod("floor", j, 2), FloorMod("mod", j, 2)], env), A[grid[1] // 2, grid[1] % 2]
    )


def test_outside() -> None:
    one = Index("j", 4)
    assert evaluate(Sum((one,), Entry(x, (one - 2,), "zero")), {"x": np.array([1.0, 2.0, 4.0])}) == 3
    assert evaluate(Max((one,), Entry(x, (one - 2,), "lowest")), {"x": np.array([-1.0, -2.0, -4.0])}) == -1
    with pytest.raises(ShapeError, match="outside"):
        evaluate(Sum((one,), x[one]), {"x": np.array([1.0, 2.0, 4.0])})


def test_sizes_by_letter_and_from_the_arrays() -> None:
    n = Index("k", "n")
    assert evaluate(Sum((n,), x[n]) / Symbol("n"), {"x": np.array([1.0, 3.0])}, {"n": 2}) == 2
    assert evaluate(Sum((Index("k"),), x[Index("k")]), {"x": np.array([1.0, 3.0])}) == 4


def test_the_branch_not_taken_counts_nothing() -> None:
    term = Cases(((Call("log", (x,)), Compare(x, ">", Number(0))),), Number(0))
    assert evaluate(term, {"x": -1.0}) == 0
    np.testing.assert_array_equal(evaluate(term, {"x": np.array([-1.0, 1.0])}), [0, 0])


def test_functions_and_their_derivatives_by_name() -> None:
    table: dict[str, Callable[..., Any]] = {"g": np.tanh, derivative_key("g", (0,)): lambda z: 1 - np.tanh(z) ** 2}
    assert evaluate(Call("g", (x,), (), (0,)), {"x": 0.0}, functions=table) == 1
    assert derivative_key("k", (1,), 2) == "k'1"
    with pytest.raises(ValueMissing, match="g'"):
        evaluate(Call("g", (x,), (), (0,)), {"x": 0.0})


def test_gradients_by_name() -> None:
    assert evaluate(Partial(Symbol("l"), Symbol("z1")) * x, {"dl/dz1": 0.5, "x": 3.0}) == 1.5
    entry = Partial(Symbol("l"), Entry(x, (Index("i", 2),)))
    assert evaluate(entry, {"dl/dx": np.array([1.0, 2.0]), "i": 1}) == 2
    with pytest.raises(FormulaError):
        evaluate(Partial(x * y, x), {"x": 1.0, "y": 2.0})


def test_numbers_may_be_read_exactly() -> None:
    exact = evaluate(Number(Fraction(1, 3)) + x, {"x": Fraction(1, 3)}, functions={"number": Fraction})
    assert exact == Fraction(2, 3)


def test_division_by_zero_is_no_error() -> None:
    assert evaluate(Number(1) / x, {"x": 0.0}) == np.inf
    assert np.isnan(evaluate(x / x, {"x": 0.0}))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueMissing, match="value of q"):
        evaluate(Symbol("q"), {})
    with pytest.raises(ShapeError, match="how far"):
        evaluate(Sum((Index("k", "n"),), Number(1)), {})


def test_compiled_once() -> None:
    assert compile_formula(x * y + 1, ["y", "x"])(2.0, 5.0) == 11
    assert set(ELEMENTARY) >= {"exp", "log", "sqrt", "tanh"}
