"""SVG pictures: outlined glyphs that look the same anywhere, with ids, classes and texts for the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.svg.compose import compose

    assert isinstance(thing, Scene)
    return compose(thing, theme).encode()


FORMAT = Format("svg", (".svg",), frozenset({"scene"}), _write)
