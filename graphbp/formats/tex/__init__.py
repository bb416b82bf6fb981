"""LaTeX that plain pdflatex compiles: one file, its pictures drawn by TikZ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.tex.document import document_source
    from graphbp.formats.tex.scene import picture_source

    source = picture_source(thing, theme) if isinstance(thing, Scene) else document_source(thing, theme)
    return source.encode()


FORMAT = Format("tex", (".tex",), frozenset({"document", "scene"}), _write)
