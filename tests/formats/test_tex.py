r"""LaTeX: it compiles, its groups and environments are closed, and no word of a user is a command."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from graphbp import formats, gallery, theme
from graphbp.document.tree import Document, Paragraph
from graphbp.drawing.layout import layout
from graphbp.drawing.scene import Scene
from graphbp.drawing.views import view
from graphbp.errors import GraphbpError
from graphbp.formats.tex.text import TexWriter, tex_text
from graphbp.notation.names import Label, Names
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import Call, Equation, Expr, Symbol
from tests.document.handmade import document
from tests.formats.golden import document_of
from tests.formats.test_contract import nasty
from tests.notation.test_writers import FORMULAS, INDEXED

NETWORKS = ("one-neuron", "affine-softmax", "lecture-e4")


def source(thing: Document | Scene, colours: str = "paper") -> str:
    """The LaTeX of a document or a picture."""
    return formats.render(thing, "tex", theme.get(colours)).decode()


def picture(name: str, of: str) -> Scene:
    """A picture of a gallery network."""
    return layout(view(gallery.load(name), of), theme.get("paper"))


TOKEN = re.compile(r"\\begin\{\w+\}|\\end\{\w+\}|[{}$]")


def closes(text: str) -> None:
    """Every group, environment and formula that begins also ends, in order."""
    body = text.partition(r"\begin{document}")[2].partition(r"\end{document}")[0]
    stack: list[str] = []
    for token in TOKEN.findall(re.sub(r"\\[\\{}$%&#_]", "", re.sub(r"(?<!\\)%.*", "", body))):
        if token == "{" or token.startswith(r"\begin") or (token == "$" and stack[-1:] != ["$"]):
            stack.append(token)
        else:
            assert stack.pop() == {"}": "{", "$": "$"}.get(token, token.replace("end", "begin"))
    assert not stack


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_that_begins_also_ends(name: str) -> None:
    closes(source(document_of(name, pictures=True)))
    closes(source(document()))
    closes(source(nasty()))


@pytest.mark.parametrize(
    "text", [r"\input{/etc/passwd}", r"\write18{x}", "^^5cinput", "a % b", "$x$", "#1", "~", "a & b", "{", "}"]
)
def test_no_word_is_a_command(text: str) -> None:
    written = tex_text(text)
    commands = set(re.findall(r"\\([A-Za-z]+|.)", written))
    assert commands <= {"textbackslash", "textasciicircum", "textasciitilde", *"%$#&{}_"}
    assert not re.search(r"(?<!\\)[%$#&~^]", written)


def test_rare_letters_are_refused_by_name() -> None:
    with pytest.raises(GraphbpError, match=r"pdflatex has no sign for '网' \(U\+7F51\)"):
        source(Document(("网",), ()))


def test_a_title_of_several_lines_stays_in_its_comment() -> None:
    made = source(Scene(10, 10, (), title="a\n\\input{x}\u2028b"))
    assert [line for line in made.splitlines() if "input" in line] == [r"% a \input{x} b"]


def test_words_in_formulas_are_text() -> None:
    names = Names({"größe": Label("größe"), "w": Label("x", sup="(2)")})
    assert TexWriter(names).write(Symbol("größe")) == r"\text{größe}"
    assert TexWriter(names).write(Call("f", (Symbol("w"),), (), (0,))) == "f'(x^{(2)})"


@pytest.fixture(scope="session")
def pdflatex() -> str:
    """The program, where it and the packages are installed."""
    program = shutil.which("pdflatex")
    styles = ("tikz.sty", "booktabs.sty", "longtable.sty", "amsmath.sty", "geometry.sty")
    looked = [
        subprocess.run(["kpsewhich", style], capture_output=True, check=False).stdout for style in styles if program
    ]
    if not program or not all(looked):
        pytest.skip("pdflatex with tikz and booktabs is not installed")
    return program


def compiled(program: str, text: str, folder: Path) -> str:
    """What pdflatex says of the file, which must have made a PDF."""
    (folder / "x.tex").write_text(text, "utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "x.tex"]
    said = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False).stdout.decode(
        "utf-8", "replace"
    )
    assert (folder / "x.pdf").exists(), said[-2000:]
    return said


@pytest.mark.parametrize("name", NETWORKS)
def test_documents_compile(pdflatex: str, name: str, tmp_path: Path) -> None:
    assert "Missing character" not in compiled(pdflatex, source(document_of(name, pictures=True)), tmp_path)


@pytest.mark.parametrize("colours", sorted(theme.THEMES))
def test_all_blocks_compile_in_every_theme(pdflatex: str, colours: str, tmp_path: Path) -> None:
    compiled(pdflatex, source(document(), colours), tmp_path)


def test_hostile_words_compile(pdflatex: str, tmp_path: Path) -> None:
    compiled(pdflatex, source(nasty()), tmp_path)


@pytest.mark.parametrize("of", ["graph", "network", "reverse"])
def test_pictures_compile_alone_and_inside_a_document(pdflatex: str, of: str, tmp_path: Path) -> None:
    drawn = picture("two-layer", of)
    said = compiled(pdflatex, source(drawn), tmp_path)
    assert "(1 page" in said
    (tmp_path / "part.tex").write_text(source(drawn), "utf-8")
    whole = r"\documentclass{article}\usepackage{amsmath,tikz}\begin{document}a \input{part} b\end{document}"
    assert "Output written" in compiled(pdflatex, whole, tmp_path)


def test_formulas_of_all_kinds_compile(pdflatex: str, tmp_path: Path) -> None:
    terms = [*(term for term, _ in INDEXED), *(parse_formula(row[0]) for row in FORMULAS)]
    paragraphs = tuple(Paragraph((term,)) for term in terms if isinstance(term, Expr | Equation))
    compiled(pdflatex, source(Document(("t",), paragraphs)), tmp_path)
