"""DOT sources of pictures: `dot -Tsvg` lays them out anew, `neato -n2 -Tsvg` keeps graphbp's places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.dot.source import dot_source

    assert isinstance(thing, Scene)
    return dot_source(thing, theme).encode()


FORMAT = Format("dot", (".dot", ".gv"), frozenset({"scene"}), _write)
