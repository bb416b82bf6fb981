"""Typst source of documents and pictures; what it holds compiles with Typst alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.typst.document import document_source
    from graphbp.formats.typst.scene import page_source

    source = page_source(thing, theme) if isinstance(thing, Scene) else document_source(thing, theme)
    return source.encode()


FORMAT = Format("typst", (".typ",), frozenset({"document", "scene"}), _write)
