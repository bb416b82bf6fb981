"""Documents as Typst and PDF: they compile, nothing runs over the margin, and what users write stays text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from graphbp import formats, theme
from graphbp.document.tree import Block, Document, EquationRow, Equations, Heading, Paragraph, StepBlock, StepLine
from graphbp.formats.typst.compile import compile_file, compile_pages, query_values
from graphbp.formats.typst.document import InlineWriter, document_source, text_markup
from graphbp.notation.tree import Array, Div, Mark, MatMul, Number, Partial, Symbol, Transpose
from tests.document.handmade import HOSTILE, document, long_sum, step

PAPER = theme.get("paper")


def source(*blocks: Block, title: str = "t") -> str:
    """The Typst source of a document of these blocks."""
    return document_source(Document((title,), blocks), PAPER)


def test_every_block_compiles() -> None:
    assert compile_file(document_source(document(), PAPER), "pdf").startswith(b"%PDF")


def test_every_kind_of_block_has_its_markup() -> None:
    from typing import get_args

    from graphbp.formats.typst.document import _DocumentWriter

    known = {kind for kind in _DocumentWriter.__dict__["block"].dispatcher.registry if kind is not object}
    assert known == set(get_args(Block))


def test_the_same_document_gives_the_same_bytes() -> None:
    assert formats.render(document(), "pdf") == formats.render(document(), "pdf")
    assert formats.render(document(), "typ") == formats.render(document(), "typ")


@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_every_theme_compiles(name: str) -> None:
    assert compile_pages(document_source(document(), theme.get(name)), "png", ppi=20)


def test_what_users_write_stays_text() -> None:
    made = source(Heading((HOSTILE,)), Paragraph((HOSTILE,)), title=HOSTILE)
    assert "passwd" in made
    assert compile_file(made, "pdf")
    selected = query_values(made + f"#metadata(({_quoted(HOSTILE)},)) <probe>", "<probe>")
    assert selected == [[HOSTILE]]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    "text", ["- item", "1. first", "= heading", "a -- b", "it's", "#x", "x_1", "a // b", "[", "http://x.y", "~"]
)
def test_signs_that_mean_something_to_the_typesetter_are_quoted(text: str) -> None:
    assert text_markup(text).startswith('#"')


def test_a_link_leads_to_the_step() -> None:
    made = document_source(document(), PAPER)
    assert "#step-ref(1);" in made
    assert b"/Dest" in compile_file(made, "pdf") or b"/GoTo" in compile_file(made, "pdf")


# A page is 595.28 pt wide and has margins of 60 pt.


def ink_right(made: str) -> float:
    """How far to the right anything is drawn, in points."""
    reach = 0.0
    for page in compile_pages(made, "svg"):
        assert isinstance(page, bytes)
        reach = max(reach, _rightmost(page.decode()))
    return reach


def _rightmost(svg: str) -> float:
    """The largest x of a glyph's origin, following the translations of groups."""
    reach, stack = 0.0, [0.0]
    for tag in re.finditer(r"<(/?)(g|use)\b([^>]*?)(/?)>", svg):
        closing, kind, attributes, single = tag.groups()
        if closing:
            stack.pop() if kind == "g" else None
            continue
        shift = re.search(
            r"transform=\"(?:translate\(([-\d.]+)|matrix\([-\d.]+ [-\d.]+ [-\d.]+ [-\d.]+ ([-\d.]+))", attributes
        )
        x = stack[-1] + (float(shift[1] or shift[2]) if shift else 0.0)
        if kind == "g" and not single:
            stack.append(x)
        own = re.search(r"\bx=\"([-\d.]+)\"", attributes)
        reach = max(reach, x + (float(own[1]) if own else 0.0))
    return reach


@pytest.mark.parametrize("terms", [8, 14, 40])
def test_long_formulas_stay_on_the_page(terms: int) -> None:
    row = EquationRow(Symbol("z"), (long_sum(terms), Mark(long_sum(terms), "muted"), Symbol("v")))
    line = StepLine((long_sum(terms), Mark(Symbol("v"), "result")), ("a reason",), Partial(Symbol("l"), Symbol("z")))
    inner = StepLine((Symbol("a") * (long_sum(terms)),), ("in brackets",))
    made = source(Equations((row,)), StepBlock(1, "1", ("Long",), (line, inner)))
    assert ink_right(made) < 595.3 - 55


def test_a_long_marked_result_breaks_too() -> None:
    line = StepLine((Mark(long_sum(40), "result"),), ("a reason",), Partial(Symbol("l"), Symbol("z")))
    assert ink_right(source(StepBlock(1, "1", ("Long",), (line,)))) < 595.3 - 55


def test_no_heading_stands_alone_at_the_end_of_a_page() -> None:
    for filler in range(34, 46):
        blocks = [Paragraph((f"line {place}",)) for place in range(filler)]
        made = (
            source(*blocks, Heading(("Alone",)), step(1))
            + "#context [#metadata(query(heading).map(it => it.location().page())) <pages>]"
        )
        first, second = query_values(made, "<pages>")[0]
        assert first == second


def test_short_steps_are_not_cut() -> None:
    made = source(*(step(place) for place in range(1, 12))) + (
        "#context [#metadata(query(heading).map(it => it.location().position().y / 1pt)) <heights>]"
    )
    heights = query_values(made, "<heights>")[0]
    assert max(heights) < 841.9 - 54 - 100


def test_steps_longer_than_a_page_break_between_lines() -> None:
    assert len(compile_pages(source(step(1, lines=40)), "png", ppi=10)) > 1


def test_fractions_in_running_text_stand_on_the_line() -> None:
    writer = InlineWriter()
    assert writer.write(Partial(Symbol("z"), Symbol("w")) * Partial(Symbol("l"), Symbol("z"))) == "∂z\\/∂w ⋅ ∂l\\/∂z"


def test_numbers_stand_under_their_points() -> None:
    assert "[$0.25$]" in document_source(document(), PAPER)
    assert "[$12.5$#hide[5]]" in document_source(document(), PAPER)


def test_metadata_holds_the_title() -> None:
    assert b"A page with everything on it" in compile_file(document_source(document(), PAPER), "pdf")
    assert replace(document(), title=("x",)).title == ("x",)


def test_wide_matrices_stay_on_the_page() -> None:
    row = Array(tuple(Number(-0.1234567) for _ in range(5)))
    matrix = Array((row, row))
    product = MatMul((matrix, Transpose(MatMul((matrix, matrix))), Div(MatMul((matrix, matrix)), Number(2))))
    line = StepLine((product, Mark(matrix, "result")), ("a reason",), Partial(Symbol("l"), Symbol("z")))
    made = source(Equations((EquationRow(Symbol("z"), (product, product)),)), StepBlock(1, "1", ("Wide",), (line,)))
    assert ink_right(made) < 595.3 - 55
