"""What every format of documents must do, found by the registry."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from graphbp import formats, theme
from graphbp.document.tree import Block, Columns, Document, Heading, Note, Paragraph, Record, ResultBox, Table
from graphbp.drawing.scene import Scene
from graphbp.errors import GraphbpError, UsageError
from graphbp.notation.tree import Equation, Number, Partial, Symbol
from tests.document.handmade import HOSTILE, document, scene
from tests.formats.golden import TEXTS, path_of, text_of

DOCUMENTS = tuple(name for name in formats.names() if "document" in formats.registry._formats()[name].writes)
SCENES = tuple(name for name in formats.names() if "scene" in formats.registry._formats()[name].writes)
PAPER = theme.get("paper")
NASTY = f"{HOSTILE} </svg><script>alert(1)</script> </title> $$ ``` | & % {{}} ~ ^ \\end{{document}} 'a' -- <!-- ]]>"


def nasty() -> Document:
    """A document whose every word is an attempt to be more than a word."""
    blocks = (Heading((NASTY,)), Paragraph((NASTY,)), Note((NASTY,)), Table(((NASTY,),), (((NASTY,),),), ("left",)))
    record = Record("1", "chain", "x", Equation(Partial(Symbol("l"), Symbol("x")), (Number(1.5),)), (NASTY,))
    return Document((NASTY,), blocks, (NASTY,), records=(record,), loss="l", source=lambda: f"title: {NASTY}\n")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_block_is_written(name: str) -> None:
    whole = document()
    kinds = {type(block) for block in whole.blocks} | {
        type(x) for b in whole.blocks if isinstance(b, Columns) for c in b.columns for x in c
    }
    assert kinds == set(get_args(Block))
    assert formats.render(whole, name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_block_is_written_alone(name: str) -> None:
    for block in document().blocks:
        assert formats.render(Document(("t",), (block,)), name)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("colours", sorted(theme.THEMES))
def test_every_theme_and_the_same_bytes_again(name: str, colours: str) -> None:
    first = formats.render(document(), name, theme.get(colours))
    assert first == formats.render(document(), name, theme.get(colours))


@pytest.mark.parametrize("name", sorted({*DOCUMENTS, *SCENES}))
def test_what_cannot_be_shown_is_refused(name: str) -> None:
    things: dict[str, Document | Scene] = {"document": document(), "scene": scene()}
    for kind, thing in things.items():
        if kind not in formats.registry._formats()[name].writes:
            with pytest.raises(UsageError, match=f"cannot write a (picture|document) as '{name}'"):
                formats.render(thing, name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_users_write_stays_text(name: str) -> None:
    assert formats.render(nasty(), name)


@pytest.mark.parametrize("name", ["tex", "markdown", "html", "ipynb"])
def test_control_signs_and_rare_letters_are_shown_or_refused(name: str) -> None:
    for text in ("a\x00b\u202e\u2028c\nd\x1b[31m", "网络", "👩‍🔬", "e\u0301", "ß ł ő ş Ж щ α"):
        try:
            made = formats.render(
                Document((text,), (Paragraph((text,)), ResultBox(Equation(Symbol("a"), (Symbol("b"),)), (text,)))), name
            )
        except GraphbpError:
            continue
        assert not re.search(rb"[\x00-\x09\x0b-\x1f]|\xe2\x80[\xa8\xae]", made)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in ("json",)])
def test_an_unknown_block_is_an_error(name: str) -> None:
    with pytest.raises(TypeError, match="Document"):
        formats.render(Document(("t",), (document(),)), name)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", TEXTS)
def test_golden(ending: str) -> None:
    assert text_of(ending) == path_of(ending).read_text("utf-8")
