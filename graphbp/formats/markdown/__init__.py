"""Markdown as GitHub shows it: its maths, its tables, and the network as a Mermaid chart.

Pictures inside a file (SVG, or an image as data) are removed by GitHub, so the overview becomes a Mermaid
chart, which GitHub draws, and the small pictures of the steps are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphbp.formats.registry import Format, Options

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme


def _write(thing: Document | Scene, theme: Theme, options: Options) -> bytes:
    from graphbp.drawing.scene import Scene
    from graphbp.formats.markdown.document import MarkdownDocument

    assert not isinstance(thing, Scene)
    return MarkdownDocument(thing).text().encode()


FORMAT = Format("markdown", (".md",), frozenset({"document"}), _write)
