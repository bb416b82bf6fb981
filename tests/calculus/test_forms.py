"""Formulas between arrays and their entries: there and back, and whole formulas of named nodes."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from graphbp import ops
from graphbp.calculus.forms import definition_of, index_form
from graphbp.calculus.gradient import derive_gradient
from graphbp.calculus.lines import Definition
from graphbp.calculus.recognise import recognise
from graphbp.calculus.verify import verify
from graphbp.errors import ShapeError
from graphbp.graph.shape import Shape, broadcast
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import Call, Div, Expr, MatMul, Mul, Neg, Number, Pow, Symbol, Transpose, symbols
from graphbp.notation.unicode import UnicodeWriter

SHAPES: dict[str, Shape] = {
    "x": ("D",), "y": ("D",), "b": ("H",), "X": ("N", "D"), "Y": ("N", "D"), "W": ("H", "D"), "V": ("D", "H"), "s": (),
    "T": ("N", "H"), "Q": ("N", 1), "R": (1, "D"),
}  # fmt: skip


def op_definition(call: Call, shapes: Mapping[str, Shape]) -> Definition | None:
    """What the operations of the registry mean."""
    if call.function not in ops.names():
        return None
    names = [arg.name for arg in call.args if isinstance(arg, Symbol)]
    return ops.get(call.function).index_form([shapes[name] for name in names], dict(call.options), names)


def definition(formula: Expr, name: str = "Z") -> Definition:
    """A formula over the arrays above."""
    return definition_of(name, formula, {key: SHAPES[key] for key in symbols(formula) if key in SHAPES}, op_definition)


@pytest.mark.parametrize(
    "text",
    [
        "X @ V + b",
        "X @ W.T + b",
        "W @ x + b",
        "(X @ V) @ T.T",
        "X.T @ T",
        "x @ y",
        "X * Y",
        "X - Y + x",
        "exp(X) * Y / s",
    ],
)
def test_there_and_back(text: str) -> None:
    formula = parse_formula(text)
    indices, body = index_form(formula, SHAPES)
    again = recognise(body, indices, SHAPES)
    assert again is not None
    assert index_form(again, SHAPES) == (indices, body) or _same_entries(again, formula)


def _same_entries(one: Expr, other: Expr) -> bool:
    from graphbp.calculus.terms import same

    return same(index_form(one, SHAPES)[1], index_form(other, SHAPES)[1])


LAYERS = {
    ("X @ V + b", "V"): "Xᵀ·G",
    ("X @ W.T + b", "W"): "Gᵀ·X",
    ("W @ x + b", "W"): "G·xᵀ",
    ("W @ x + b", "x"): "Wᵀ·G",
    ("sum((y - x)**2)/2", "y"): "G·(y − x)",
    ("sigmoid(W @ x + b)", "W"): "(G ⊙ Z ⊙ (1 − Z))·xᵀ",
    ("softmax(W @ x + b)", "x"): "Wᵀ·(Z ⊙ (G − Gᵀ·Z))",
    ("softmax(X @ W.T + b)", "b"): "Σ_(rows) Z ⊙ (G − Σ_(columns) G ⊙ Z)",
    ("X.T @ X", "X"): "X·Gᵀ + X·G",
    ("x / sqrt(sum(x**2))", "x"): "(G − (Gᵀ·Z)·Z)/√(xᵀ·x)",
    ("mean(X, axis=0)", "X"): "G/N",
    ("x[0] * y", "y"): "x₁·G",
}


@pytest.mark.parametrize(("text", "wrt"), LAYERS)
def test_gradient_of_a_whole_formula(text: str, wrt: str) -> None:
    rule = derive_gradient(definition(parse_formula(text)), wrt)
    verify(rule)
    assert rule.layer is not None
    assert UnicodeWriter().write(rule.layer) == LAYERS[text, wrt]


def test_parts_say_what_they_stand_for() -> None:
    made = definition(parse_formula("relu(X @ V + b)"))
    assert [UnicodeWriter().write(part.written) for part in made.parts if part.written] == ["X·V + b"]
    assert made.written == parse_formula("relu(X @ V + b)")


def test_gradients_come_in_stages_where_all_passes_through_one_part() -> None:
    rule = derive_gradient(definition(parse_formula("softmax(W @ x + b)")), "W")
    assert [stage.wrt for stage in rule.stages] == ["u"]
    assert rule.helpers[-1].name == "dl/du"


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="must match"):
        definition(parse_formula("X @ X"))


def test_an_unknown_function_acts_entry_by_entry() -> None:
    rule = derive_gradient(definition(parse_formula("g(x)")), "x")
    assert rule.layer is not None
    assert UnicodeWriter().write(rule.layer) == "G ⊙ g′(x)"


def random_formula(rng: random.Random, depth: int) -> tuple[Expr, Shape]:
    """A formula over the arrays above, and its shape."""
    if depth == 0 or rng.random() < 0.12:
        name = rng.choice(list(SHAPES))
        return Symbol(name), SHAPES[name]
    first, shape = random_formula(rng, depth - 1)
    kind = rng.choice(
        ("add", "mul", "div", "matmul", "matmul", "turn", "call", "call", "reduce", "softmax", "power", "neg")
    )
    if kind in ("add", "mul", "div", "matmul"):
        return _pair(rng, depth, kind, first, shape)
    if kind == "turn":
        return Transpose(first), shape[::-1]
    if kind == "call":
        return Call(rng.choice(("exp", "sin", "tanh", "relu", "sigmoid")), (first,)), shape
    if kind == "power":
        return Pow(first, Number(rng.choice((2, 3)))), shape
    if kind == "neg" or not shape:
        return Neg(first), shape
    axis = rng.randrange(len(shape))
    if kind == "softmax":
        return Call("softmax", (first,), (("axis", axis),)), shape
    return Call(rng.choice(("sum", "mean", "max")), (first,), (("axis", axis),)), (*shape[:axis], *shape[axis + 1 :])


def _pair(rng: random.Random, depth: int, kind: str, first: Expr, shape: Shape) -> tuple[Expr, Shape]:
    for _ in range(20):
        second, other = random_formula(rng, depth - 1)
        if kind == "matmul":
            if shape and other and len(shape) < 3 and len(other) < 3 and shape[-1] == other[-2:][0]:
                return MatMul((first, second)), (*shape[:-1], *other[1:])
            continue
        try:
            both = broadcast(shape, other)
        except ShapeError:
            continue
        if kind == "div":
            return Div(first, Number(2) + Pow(second, Number(2))), both
        return (first + second if kind == "add" else Mul((first, second))), both
    return first, shape


@pytest.mark.parametrize("seed", range(40))
def test_random_formulas(seed: int) -> None:
    formula, _ = random_formula(random.Random(seed), 3)
    made = definition(formula)
    for wrt in made.shapes:
        rule = derive_gradient(made, wrt)
        assert verify(rule, points=1, tolerance=1e-5).lines >= 2, UnicodeWriter().write(formula)
