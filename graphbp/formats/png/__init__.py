"""Bitmaps of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.typst.compile import compile_file
    from graphbp.formats.typst.scene import page_source

    assert isinstance(thing, Scene)
    return compile_file(page_source(thing, theme), "png", ppi=72 * options.scale)


FORMAT = Format("png", (".png",), frozenset({"scene"}), _write)
