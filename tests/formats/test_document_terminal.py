"""Documents in the terminal: width, colours, and the same facts as on paper."""

from __future__ import annotations

from typing import get_args

import pytest

from graphbp import formats
from graphbp.document.tree import Block, Document, EquationRow, Equations, StepBlock, StepLine
from graphbp.formats.terminal.document import _TerminalWriter, document_text
from graphbp.formats.terminal.lines import broken, coloured, filled, looks, plain
from graphbp.notation.tree import Partial, Symbol
from tests.document.handmade import document, long_sum


def test_every_kind_of_block_has_its_text() -> None:
    known = {kind for kind in _TerminalWriter.__dict__["block"].dispatcher.registry if kind is not object}
    assert known == set(get_args(Block))


@pytest.mark.parametrize("width", [20, 80, 93, 200])
@pytest.mark.parametrize("terms", [3, 12, 60])
def test_no_line_is_too_wide(width: int, terms: int) -> None:
    line = StepLine(
        (long_sum(terms), Symbol("v")),
        ("a reason of quite a few words that has to be filled",),
        Partial(Symbol("l"), Symbol("z")),
    )
    blocks = (
        Equations((EquationRow(Symbol("z"), (long_sum(terms), long_sum(2))),)),
        StepBlock(1, "1", ("Long",), (line,)),
        *document().blocks,
    )
    text = document_text(Document(("t",), blocks), width=width)
    assert max(map(looks, text.splitlines())) <= min(max(width, 60), 100)


def test_plain_unless_asked_for() -> None:
    assert "\x1b" not in document_text(document())
    assert "\x1b[34m" in document_text(document(), colour=True)
    assert plain(document_text(document(), colour=True)).split() == document_text(document()).split()


def test_the_page_as_text() -> None:
    lines = document_text(document()).splitlines()
    assert "x₁ = 0.05,  x₂ = 0.10" in lines
    assert "   ∂l/∂z₃ = ∂y₁/∂z₃·∂l/∂y₁            chain rule, one path" in lines
    assert "          = 0.1868 · 0.7414 = 0.1385  insert the result of step 1" in lines
    assert lines[-1] == "A remark."


def test_it_is_found_as_a_format() -> None:
    assert formats.render(document(), "terminal").decode() == document_text(document())


def test_formulas_break_before_signs_outside_brackets() -> None:
    assert (
        broken("a + (b + c + d) + e", 12) == ["a", "  + (b + c + d)", "  + e"]
        or max(map(looks, broken("a + (b + c + d) + e", 14))) <= 14
    )
    assert filled("one two three", 8) == ["one two", "three"]


def test_styles_inside_styles_survive() -> None:
    inner = coloured("forward", "x")
    assert plain(coloured("result", f"{inner} y")) == "x y"
    assert coloured("result", f"{inner} y").count("\x1b[1;30;43m") == 2


def test_what_users_write_does_not_steer_the_terminal() -> None:
    text = document_text(Document(("a\x1b[2J\u202eb",), ()), colour=True)
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
