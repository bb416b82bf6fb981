"""The tables of the grammar: up to date, and never in the way of a changed grammar."""

from __future__ import annotations

from typing import Any

import pytest
from lark import Lark, Transformer

from graphbp.notation import grammar


def tree(parser: Lark, text: str) -> Any:
    return parser.parse(text)


@pytest.mark.parametrize("text", ["w1*x1 + (b - 1)**2/2", "-a.T @ x[0, 1:3]", "where(z > 0, sum(z, axis=0), [1, 2])"])
def test_tables_parse_as_the_grammar_does(text: str) -> None:
    built = grammar.build(grammar._read(grammar.GRAMMAR))
    assert tree(grammar.formula_parser(Transformer()), text) == tree(built, text)


def test_tables_belong_to_the_grammar() -> None:
    stamp = grammar._read(grammar.TABLES).partition(b"\n")[0]
    said = "formula.lark has changed: python -m graphbp.notation.grammar"
    assert stamp.split()[-1] == grammar._stamp(grammar._read(grammar.GRAMMAR)).split()[-1], said


def test_tables_of_another_grammar_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read = grammar._read
    changed = {grammar.GRAMMAR: read(grammar.GRAMMAR).replace(b'"**"', b'"^^"')}
    monkeypatch.setattr(grammar, "_read", lambda name: changed.get(name) or read(name))
    assert tree(grammar.formula_parser(Transformer()), "a^^2").data == "raise_to"
