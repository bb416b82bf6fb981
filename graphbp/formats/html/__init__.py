"""A web page in one file: formulas as MathML, pictures as SVG, steps that fold; no script and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.html.document import document_html

    assert not isinstance(thing, Scene)
    return document_html(thing, theme).encode()


FORMAT = Format("html", (".html",), frozenset({"document"}), _write)
