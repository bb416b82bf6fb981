"""The steps of a derivation as data, for programs of any language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.json.document import document_json

    assert not isinstance(thing, Scene)
    return document_json(thing).encode()


FORMAT = Format("json", (".json",), frozenset({"document"}), _write)
