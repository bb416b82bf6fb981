"""The terminal: Unicode mathematics in lines of a fixed width, coloured where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.document.tree import Document
    from graphbp.formats.terminal.document import document_text

    assert isinstance(thing, Document)
    return document_text(thing, width=options.width, colour=options.colour).encode()


FORMAT = Format("terminal", (), frozenset({"document"}), _write)
