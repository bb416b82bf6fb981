"""A notebook: the derivation in words and formulas, and cells that load the network and check its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.ipynb.document import document_notebook

    assert not isinstance(thing, Scene)
    return document_notebook(thing, theme).encode()


FORMAT = Format("ipynb", (".ipynb",), frozenset({"document"}), _write)
