"""The formula reader: what it accepts, what it refuses, and what it says."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbp.errors import FormulaError, GraphbpError
from graphbp.notation.plain import PlainWriter
from graphbp.notation.reading import parse_formula, parse_number
from graphbp.notation.tree import Add, Call, Cases, Compare, Div, Group, Mul, Neg, Number, Pow, Symbol

A, B, C = (Symbol(name) for name in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-a*b", Neg(Mul((A, B)))),
        ("(-a)*b", Mul((Neg(A), B))),
        ("-a**2", Neg(Pow(A, Number(2, "2")))),
        ("a**b**c", Pow(A, Pow(B, C))),
        ("a/b/c", Div(Div(A, B), C)),
        ("a - b - c", Add((A, Neg(B), Neg(C)))),
        ("a + (b*c)", Add((A, Group(Mul((B, C)))))),
        ("(a + b)*c", Mul((Add((A, B)), C))),
        ("max(0, a)", Call("max", (Number(0, "0"), A))),
        ("sum(a, axis=-1, keepdims=True)", Call("sum", (A,), (("axis", -1), ("keepdims", True)))),
        ("where(a > b, a, b)", Cases(((A, Compare(A, ">", B)),), B)),
    ],
)
def test_structure(text: str, tree: object) -> None:
    assert parse_formula(text) == tree


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("w1 + * x", "column 6"),
        ("a = b", "compare with =="),
        ("x^2", "x**2"),
        ("f(x", "at its end"),
        ("2 x", "before 'x'"),
        ("", "at its end"),
        ("x.__class__", "only .T"),
        ("__import__('os')", "the text 'os'"),
        ("x[1.5]", "whole numbers"),
        ("f(a < b)", "first argument of where"),
        ("where(a, b)", "where(z > 0, z, 0)"),
        ("f(axis=0, axis=1)", "twice"),
        ("1e999999999", "out of range"),
        ("a\u202eb", "U+202E"),
        ("a\x00b", "U+0000"),
        ("(" * 20_000, "nested 20000 deep"),
        ("-" * 20_000 + "x", "nested too deeply"),
        ("/".join("a" * 20_000), "nested too deeply"),
        ("a" * 60_000, "60000 characters"),
    ],
)
def test_refusals_name_place_and_remedy(text: str, says: str) -> None:
    start = time.process_time()
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 400
    assert time.process_time() - start < 2


def test_towers_are_not_computed() -> None:
    assert isinstance(parse_formula("9**9**9**9"), Pow)


def test_long_sums_are_flat() -> None:
    tree = parse_formula(" + ".join(f"x{i}" for i in range(3000)))
    assert isinstance(tree, Add)
    assert len(tree.terms) == 3000


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.15", Fraction(3, 20)), ("1e-3", Fraction(1, 1000)), ("-2", -2), (".5", Fraction(1, 2)), ("012", 12)],
)
def test_numbers_are_exact(text: str, value: object) -> None:
    number = parse_number(text)
    assert number.value == value
    assert number.text == text


@pytest.mark.parametrize("text", ["", "1,5", "0x10", "nan", "١٢", "1_000", "1e500", "--1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_number(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_formula(text)
    except GraphbpError as error:
        assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab12.+-*/@()[],=<>\"'T :", max_size=40))
def test_near_formulas_are_read_or_refused(text: str) -> None:
    try:
        tree = parse_formula(text)
    except GraphbpError:
        return
    assert parse_formula(PlainWriter().write(tree)) == tree
