"""Web pages: nothing runs, nothing is loaded, every word stays a word, and every formula is well-formed MathML."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

from graphbp import formats, theme
from graphbp.document.tree import Document
from graphbp.formats.html.document import stylesheet
from graphbp.notation.mathml import MathMLWriter
from graphbp.notation.tree import KINDS, Equation, Expr, Symbol
from tests.document.handmade import document
from tests.formats.golden import document_of
from tests.formats.test_contract import NASTY, nasty
from tests.notation.strategies import formulas
from tests.notation.test_writers import INDEXED

ARITY = {
    "mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "math": None, "mrow": None, "mi": 0,
    "mn": 0, "mo": 0, "mtext": 0, "mspace": 0, "mphantom": None,
    "msqrt": None, "mtable": None, "mtr": None, "mtd": None,
}  # fmt: skip
VOID = {"meta", "br", "rect", "path", "use", "mspace"}


def page(thing: Document, colours: str = "paper") -> str:
    """The page of a document."""
    return formats.render(thing, "html", theme.get(colours)).decode()


class Reader(HTMLParser):
    """Collects elements, attributes and words, and checks that elements nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def check_maths(text: str) -> None:
    """Every element is known, has the children that it needs, and no text stands between elements."""
    for element in ET.fromstring(text.replace("&nbsp;", " ")).iter():
        wanted = ARITY[element.tag]
        assert wanted is None or len(element) == wanted, text
        inside = (element.text or "").strip() if element.tag not in ("mi", "mn", "mo", "mtext") else ""
        assert not inside, text
        assert not (element.tail or "").strip(), text


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_random_formulas_are_well_formed(tree: Expr) -> None:
    check_maths(MathMLWriter().math(tree))


@pytest.mark.parametrize("place", range(len(INDEXED)))
def test_index_and_layer_forms_are_well_formed(place: int) -> None:
    check_maths(MathMLWriter().math(INDEXED[place][0]))


def test_one_method_for_each_kind() -> None:
    methods = {name for name in dir(MathMLWriter) if name.startswith("write_")}
    assert methods == {f"write_{kind.__name__.lower()}" for kind in KINDS}


@pytest.mark.parametrize("name", ["one-neuron", "affine-softmax", "lecture-e4", "lecture-c1"])
def test_elements_nest_and_formulas_are_well_formed(name: str) -> None:
    text = page(document_of(name, pictures=True))
    Reader(text)
    for formula in re.findall(r"<math.*?</math>", text):
        check_maths(formula)


def test_nothing_runs_and_nothing_is_loaded() -> None:
    reader = Reader(page(document_of("two-layer", pictures=True)))
    assert not {"script", "link", "iframe", "object", "img", "form"} & {tag for tag, _ in reader.seen}
    values = [(name, value or "") for _, attributes in reader.seen for name, value in attributes.items()]
    assert not [name for name, _ in values if name.startswith("on")]
    assert not [value for name, value in values if name.endswith(("href", "src")) and not value.startswith("#")]
    assert "url(" not in stylesheet(theme.get("paper"))
    assert "@import" not in stylesheet(theme.get("paper"))


def test_what_users_write_stays_text() -> None:
    reader = Reader(page(nasty()))
    assert "script" not in {tag for tag, _ in reader.seen}
    assert sum(NASTY in word for word in ["".join(reader.words)]) == 1
    assert "".join(reader.words).count(NASTY) >= 6


def test_glyphs_are_kept_once_and_ids_are_unique() -> None:
    reader = Reader(page(document_of("two-layer", pictures=True)))
    ids = [attributes["id"] for _, attributes in reader.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = {
        (value or "")[1:]
        for _, attributes in reader.seen
        for name, value in attributes.items()
        if name.endswith("href")
    }
    assert used <= set(ids)


def test_colours_follow_the_reader() -> None:
    text = page(document_of("one-neuron", pictures=True))
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r'(?:fill|stroke)="#', text)
    assert "prefers-color-scheme" not in page(document(), "dark")


def test_lines_break_between_the_terms_of_a_sum() -> None:
    from graphbp.formats.html.document import pieces

    total = Symbol("a") + Symbol("b") - Symbol("c")
    assert len(pieces(MathMLWriter(), "=", total)) == 3
    assert Equation(Symbol("a"), (total,)).rights == (total,)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser, where there is one."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        pytest.skip("no Chromium is installed")
    return program


def browse(program: str, file: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """One run of the browser without windows."""
    command = [
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={file.parent / 'profile'}",
        *options,
    ]
    return subprocess.run([*command, file.as_uri()], capture_output=True, timeout=120, check=False)


def test_a_browser_shows_it_and_runs_nothing(chromium: str, tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    file.write_text(page(nasty()), "utf-8")
    shown = browse(chromium, file, "--dump-dom", "--enable-logging=stderr")
    text = shown.stdout.decode()
    if not text:
        pytest.skip("the browser does not start here")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert b"CONSOLE" not in shown.stderr


def test_it_prints(chromium: str, tmp_path: Path) -> None:
    file, printed = tmp_path / "x.html", tmp_path / "x.pdf"
    file.write_text(page(document_of("two-layer", pictures=True)), "utf-8")
    browse(chromium, file, f"--print-to-pdf={printed}")
    if not printed.exists():
        pytest.skip("the browser does not print here")
    assert printed.read_bytes().startswith(b"%PDF")
