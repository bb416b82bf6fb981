"""Claims in files of every kind, and files that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphbp.check.files import MOST_CLAIMS, claims_in, read_claims
from graphbp.errors import FileProblem


def texts(text: str, ending: str) -> list[str]:
    """The texts of all claims."""
    return [entry.text for entry in claims_in(text, ending)]


def test_yaml_holds_texts_and_mappings() -> None:
    text = """
student: Ann
claims:
  - dl/dw1 = 0.0820
  - {id: q2, lines: ["d = y - t", "dl/dw = d*x"], points: 2, follow_through: 0.5}
  - text: |
      dl/dz = y - t
        = 0.3
    student: Bob
"""
    first, second, third = claims_in(text, ".yaml")
    assert (first.id, first.text, first.student) == ("1", "dl/dw1 = 0.0820", "Ann")
    assert (second.id, second.text, second.points, second.follow_through) == ("q2", "d = y - t\ndl/dw = d*x", 2, 0.5)
    assert (third.text, third.student) == ("dl/dz = y - t\n  = 0.3\n", "Bob")


def test_yaml_may_be_a_list_alone() -> None:
    assert texts("- a = 1\n- b = 2\n", ".yml") == ["a = 1", "b = 2"]


def test_every_paragraph_of_a_text_is_a_claim() -> None:
    entries = claims_in("# by hand\n\nd = y - t\ndl/dw = d*x\n\n\nz = 3\n", ".txt")
    assert [(entry.text, entry.source and entry.source.line) for entry in entries] == [
        ("d = y - t\ndl/dw = d*x", 3),
        ("z = 3", 7),
    ]


def test_every_display_of_markdown_is_a_claim() -> None:
    text = "# Task 1\n\nLet $x = 3$.\n\n$$\n\\frac{a}{b} = 3\n$$\n\n```math\na = b\n= c\n```\n\n```python\nx = 3\n```\n"
    assert texts(text, ".md") == ["\\frac{a}{b} = 3", "a = b\n= c"]


def test_markdown_without_displays_gives_its_inline_formulas() -> None:
    assert texts("So $\\partial l/\\partial w = x$, as $y > 0$.", ".md") == ["\\partial l/\\partial w = x"]
    assert texts("# Title\n\n- `dl/dw = x`\n", ".md") == ["dl/dw = x"]


def test_every_display_of_latex_is_a_claim() -> None:
    text = (
        "\\newcommand{\\a}{= 1}\\begin{document}% $c = 3$\n\\begin{align*}a &= b\\\\ &= c\\end{align*}"
        "and \\[ \\delta = e \\] \\end{document} \\[ f = g \\]"
    )
    assert texts(text, ".tex") == ["$a &= b\\\\ &= c$", " \\delta = e "]


def test_latex_of_windows_with_remarks_and_nested_environments(tmp_path: Path) -> None:
    path = tmp_path / "claims.tex"
    path.write_bytes(
        b"\xef\xbb\xbf% title\r\n\\begin{document}\r\n"
        b"\\begin{align*}\r\n\\delta &= a \\\\\r\n\\intertext{so} b &= c\r\n"
        b"\\end{align*} and \\[ x = 1 % y = 3\r\n \\] "
        b"\\begin{equation}\\begin{split}u &= v \\\\ &= w\\end{split}\\end{equation}\r\n"
    )
    assert [(entry.text.split(), entry.source and entry.source.line) for entry in read_claims(path)] == [
        (["\\delta", "&=", "a", "\\\\", "\\intertext{so}", "b", "&=", "c"], 3),
        (["$", "x", "=", "1", "$"], 6),
        (["\\begin{split}u", "&=", "v", "\\\\", "&=", "w\\end{split}"], 7),
    ]


def test_remarks_of_markdown_hold_no_claims() -> None:
    assert texts("$$ a = b $$ <!-- $$ c = d $$ -->\n<!-- $$ e = f $$", ".md") == ["$ a = b $"]


def test_an_empty_claim_stays_in_its_place() -> None:
    assert texts("- ''\n- a = b\n", ".yaml") == ["", "a = b"]
    assert texts("student,id,text\nAnn,1,\nBob,1,a = b\n", ".csv") == ["", "a = b"]


def test_tables_with_and_without_a_header() -> None:
    named = claims_in('id,text,student\n1,"dl/dw = [1, 2]",Ann\n', ".csv")
    assert [(entry.student, entry.id, entry.text) for entry in named] == [("Ann", "1", "dl/dw = [1, 2]")]
    bare = claims_in("Ann;q1;dl/dw = 3\nBob;q1;dl/dw = 4\n", ".csv")
    assert [(entry.student, entry.id, entry.text) for entry in bare] == [
        ("Ann", "q1", "dl/dw = 3"),
        ("Bob", "q1", "dl/dw = 4"),
    ]


def test_markdown_cells_of_a_notebook() -> None:
    cells = [
        {"cell_type": "code", "source": "x = 3"},
        {"cell_type": "markdown", "source": ["$$a = b$$\n", "$$c = d$$"]},
    ]
    found = claims_in(json.dumps({"cells": cells}), ".ipynb")
    assert [(entry.id, entry.text) for entry in found] == [("cell 2", "$a = b$"), ("cell 2.2", "$c = d$")]


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "claims.txt"
    path.write_bytes(b"\xef\xbb\xbfdl/dw = x\r\n")
    assert [entry.text for entry in read_claims(path)] == ["dl/dw = x"]


@pytest.mark.parametrize(
    ("text", "ending", "message"),
    [
        ("claims: [", ".yaml", "no YAML"),
        ("a: &x [1]\nclaims: *x", ".yaml", "aliases"),
        ("[" * 100_000, ".yaml", "nesting"),
        ("claims: 3", ".yaml", "no list"),
        ("claims: [{txt: a}]", ".yaml", "did you mean text"),
        ("claims: [{id: a}]", ".yaml", "no text"),
        ("claims: [{text: a, points: many}]", ".yaml", "points"),
        ("claims: [{text: a, points: -1}]", ".yaml", "points"),
        ("claims: [{text: a, points: nan}]", ".yaml", "points"),
        ("claims: [{text: a, follow_through: 2}]", ".yaml", "from 0 to 1"),
        ("clams: [a]", ".yaml", "did you mean claims"),
        ("- !!python/object/apply:os.system [ls]", ".yaml", "claim 1"),
        ("{}", ".ipynb", "no cells"),
        ("[" * 100_000, ".ipynb", "no notebook"),
        ('a,"b\n', ".csv", "table"),
        ("", ".txt", "no claim"),
        ("# only a title", ".md", "no claim"),
        ("a = 1", ".docx", "ending"),
        ("a = 1\n\n" * (MOST_CLAIMS + 1), ".txt", "split it"),
    ],
)
def test_files_that_are_refused(text: str, ending: str, message: str) -> None:
    with pytest.raises(FileProblem, match=message):
        claims_in(text, ending, "claims" + ending)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.txt"
    path.write_bytes(b"dl/dw = \xff")
    with pytest.raises(FileProblem, match="byte 8"):
        read_claims(path)
    with pytest.raises(FileProblem, match="cannot read"):
        read_claims(tmp_path / "absent.txt")
