"""Formulas as nodes: order, names, implicit repetitions, constants, declared functions."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from graphbp.errors import GraphbpError
from graphbp.graph import Node, Role, Shape
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import Add, Div, Expr, Number, Symbol
from graphbp.ops.lower import lower

SHAPES: dict[str, Shape] = {"X": ("N", 2), "W": (3, 2), "c": (3,), "A": (2, 3)}


@dataclass(frozen=True)
class Declared:
    params: tuple[str, ...]
    body: Expr | None


def nodes(formula: str, functions: dict[str, Declared] | None = None) -> list[Node]:
    return lower("z", parse_formula(formula), lambda name: SHAPES.get(name, ()), functions or {})


def ops_of(formula: str) -> list[str | None]:
    return [node.op for node in nodes(formula)]


def test_the_named_node_comes_last_and_owns_all() -> None:
    made = nodes("w1*x1 + w2*x2 - b")
    assert [node.id for node in made] == ["z/1", "z/2", "z/3", "z"]
    assert [node.op for node in made] == ["mul", "mul", "add", "sub"]
    assert {node.owner for node in made} == {"z"}
    assert made[-1].written == "w1*x1 + w2*x2 - b"
    assert made[-1].inputs == ("z/3", "b")


def test_a_bias_is_repeated_by_an_implicit_node() -> None:
    made = nodes("X @ W.T + c")
    implicit = [node for node in made if node.role is Role.IMPLICIT]
    assert [(node.op, node.inputs, node.shape) for node in implicit] == [("broadcast", ("c",), ("N", 3))]
    assert made[-1].shape == ("N", 3)


def test_literals_are_constants() -> None:
    made = nodes("x*-2 + [1, 2]")
    constants = [node for node in made if node.role is Role.CONSTANT]
    assert [node.shape for node in constants] == [(), (2,)]
    assert dict(constants[0].attrs)["value"] == -Number(2, "2")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x", ["identity"]),
        ("3", [None, "identity"]),
        ("-a + b", ["neg", "add"]),
        ("a - b - c", ["sub", "broadcast", "sub"]),
        ("a/2", [None, "div"]),
        ("max(a, b, d)", ["maximum", "maximum"]),
        ("min(a, b)", ["minimum"]),
        ("max(A, axis=1)", ["max"]),
        ("where(a >= b, a, b)", ["greater_equal", "where"]),
        ("where(a == b, 1, 2)", ["equal", None, None, "where"]),
        ("leaky_relu(a, 0.2)", ["leaky_relu"]),
        ("concatenate(c, c, c, axis=0)", ["concatenate", "concatenate"]),
        ("((a))", ["identity"]),
        ("A @ W @ A", ["matmul", "matmul"]),
        ("A * A", ["mul"]),
        ("A[0, 1:]", ["index"]),
    ],
)
def test_operations(formula: str, expected: list[str | None]) -> None:
    assert ops_of(formula) == expected


def test_declared_functions_are_nodes_with_their_bodies() -> None:
    functions = {
        "g": Declared(("u",), None),
        "f": Declared(("u", "v"), parse_formula("h(u)*v")),
        "h": Declared(("p",), parse_formula("p**2")),
    }
    made = nodes("f(x, y) + g(x)", functions)
    assert [node.op for node in made] == ["function:f", "function:g", "add"]
    attrs = dict(made[0].attrs)
    assert attrs["params"] == ("u", "v")
    assert [name for name, _, _ in attrs["functions"]] == ["h"]
    with pytest.raises(GraphbpError, match="f takes 2 arguments, not 1"):
        nodes("f(x)", functions)


def test_deep_formulas_are_refused_and_long_ones_are_not() -> None:
    deep: Expr = Symbol("x")
    for _ in range(3000):
        deep = Div(Symbol("a"), deep)
    with pytest.raises(GraphbpError, match="nested too deeply"):
        lower("z", deep, lambda name: ())
    long = Add(tuple(Symbol("x") for _ in range(3000)))
    assert len(lower("z", long, lambda name: ())) == 2999


def test_more_operands_than_two() -> None:
    made = nodes('einsum("ij,jk,kl->il", A, W, A)')
    assert [(node.op, node.shape) for node in made] == [("einsum", (2, 2)), ("einsum", (2, 3))]
    assert made[-1].written == 'einsum("ij,jk,kl->il", A, W, A)'
    made = nodes("stack(c, c, c, axis=1)")
    assert [(node.op, node.shape) for node in made] == [("stack", (3, 2)), ("stack", (3, 1)), ("concatenate", (3, 3))]
    with pytest.raises(GraphbpError, match="2 operands, and there are 3"):
        nodes('einsum("ij,jk->ik", A, W, A)')
