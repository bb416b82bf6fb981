"""Markdown: what a reader of Markdown hands on to the typesetter is the formula, letter by letter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from graphbp import formats
from graphbp.drawing.layout import layout
from graphbp.drawing.scene import Scene
from graphbp.drawing.views import view
from graphbp.formats.markdown.mermaid import chart, plain
from graphbp.formats.markdown.text import MarkdownMaths, inline, md_line, md_text
from graphbp.gallery import load
from graphbp.notation.tree import Expr
from graphbp.theme import get
from tests.formats.golden import document_of
from tests.formats.test_contract import NASTY, nasty
from tests.notation.strategies import formulas

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(text: str) -> list[Token]:
    """All tokens of the text, those inside lines too."""
    return [part for token in READER.parse(text) for part in (token.children or [token])]


def shown(text: str) -> str:
    """What is left for the eye when Markdown is done."""
    return "".join(token.content for token in tokens(text) if token.type in ("text", "text_special", "code_inline"))


@pytest.mark.parametrize("name", ["two-layer", "affine-softmax", "lecture-e4", "lecture-c1"])
def test_formulas_pass_through_markdown_unchanged(name: str) -> None:
    text = formats.render(document_of(name), "md").decode()
    seen = shown(text)
    written = re.findall(r"(?<![`\w])\$[^$`]+\$", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    assert written
    assert all(formula in seen for formula in written)
    assert not [token for token in tokens(text) if token.type in ("em_open", "s_open", "html_block")]


@settings(max_examples=200, deadline=None)
@given(formulas(), formulas())
def test_two_formulas_in_one_line_stay_two_formulas(one: Expr, two: Expr) -> None:
    maths = MarkdownMaths()
    line = f"{inline(maths.write(one))} and {inline(maths.write(two))}"
    if "$`" not in line:
        assert [token.type for token in tokens(line)] == ["paragraph_open", "text", "paragraph_close"]
        assert shown(line) == line


def test_what_users_write_stays_text() -> None:
    text = formats.render(nasty(), "md").decode()
    kinds = {token.type for token in tokens(text)}
    assert not kinds & {"link_open", "image", "em_open", "code_inline", "fence"}
    assert {token.content for token in tokens(text) if token.type.startswith("html")} <= {"<span>", "</span>"}
    assert shown(f"a {md_text(NASTY)}") == f"a {NASTY}".replace("\x00", " ")


@pytest.mark.parametrize("text", ["1. a", "- a", "# a", "> a", "+ a", "=== a", "2) a"])
def test_a_paragraph_stays_a_paragraph(text: str) -> None:
    assert shown(md_line(md_text(text))) == text
    assert tokens(md_line(md_text(text)))[0].type == "paragraph_open"


def test_steps_are_linked() -> None:
    text = formats.render(document_of("two-layer"), "md").decode()
    targets = set(re.findall(r'<a name="([\w-]+)"></a>', text))
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= targets
    assert len(targets) == 20


def test_the_overview_is_a_chart() -> None:
    drawn = chart(layout(view(load("two-layer"), "network"), get("paper")))
    assert drawn is not None
    assert '(["z₁ | a₁"])' in drawn
    assert re.search(r'n\d -->\|"w₅"\| n\d', drawn)


def test_a_picture_that_is_no_network_is_told_in_words() -> None:
    assert chart(Scene(10, 10, ())) is None


@pytest.mark.parametrize("text", ['"] --> x', "<script>", "a;b", "`", "end"])
def test_labels_of_charts_hold_no_signs_of_charts(text: str) -> None:
    assert not set(plain(text)) & set('"<>[]{}`|')
