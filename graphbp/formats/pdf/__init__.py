"""PDF, of documents and of pictures; its text can be selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.formats.typst.compile import compile_file

    return compile_file(_source(thing, theme), "pdf")


def _source(thing: Document | Scene, theme: Theme) -> str:
    from graphbp.drawing.scene import Scene

    if isinstance(thing, Scene):
        from graphbp.formats.typst.scene import page_source

        return page_source(thing, theme)
    from graphbp.formats.typst.document import document_source

    return document_source(thing, theme)


FORMAT = Format("pdf", (".pdf",), frozenset({"document", "scene"}), _write)
