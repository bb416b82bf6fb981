"""The pictures of a page: every glyph once, colours that follow the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from html import escape

from graphbp.document.tree import Block, Columns, Document, Picture, StepBlock
from graphbp.drawing.scene import Label, Scene
from graphbp.formats.svg.compose import glyphs, parts
from graphbp.theme import Palette, Theme, from_palette

SHADES = tuple(item.name for item in fields(Palette))
"""The names of a theme's colours."""
_CODES = {f"#0000{place + 1:02x}": name for place, name in enumerate(SHADES)}
_CODE = re.compile("|".join(_CODES))


def variable(shade: str) -> str:
    """The CSS variable that holds a colour.

    >>> variable("lit_line")
    '--lit-line'
    """
    return "--" + shade.replace("_", "-")


class Pictures:
    """Draws the scenes of one document."""

    def __init__(self, document: Document) -> None:
        self.theme = _coded()
        self.known: dict[Label, str] = {}
        self.symbols: dict[str, str] = {}
        for group in _alike(scenes(document.blocks)):
            self.typeset(group)

    def typeset(self, group: Sequence[Scene]) -> None:
        """The labels of scenes that share names and numbers, each that looks different once."""
        labels = dict.fromkeys(_look(label) for scene in group for label in scene.labels())
        drawn, symbols = glyphs(group[0].with_shapes(labels), self.theme)
        self.known.update(drawn)
        self.symbols.update((symbol, symbol) for symbol in symbols)

    def shared(self) -> str:
        """The outlines of all letters, drawn nowhere."""
        return f'<svg width="0" height="0" class="glyphs" aria-hidden="true"><defs>{"".join(self.symbols)}</defs></svg>'

    def svg(self, scene: Scene, alt: str) -> str:
        """One picture, in the colours of the page."""
        drawn = {label: self.known[_look(label)] for label in scene.labels()}
        box = f'viewBox="0 0 {scene.width:g} {scene.height:g}" width="{scene.width:g}pt" height="{scene.height:g}pt"'
        body = "\n".join(parts(scene, self.theme, drawn, ids=False))
        coloured = _CODE.sub(lambda match: f"var({variable(_CODES[match[0]])})", body)
        return f'<svg {box} role="img" aria-label="{escape(alt)}">{coloured}</svg>'


def scenes(blocks: Sequence[Block]) -> Iterator[Scene]:
    """All scenes of the blocks."""
    for block in blocks:
        if isinstance(block, Picture):
            yield block.scene
        elif isinstance(block, StepBlock) and block.picture:
            yield block.picture.scene
        elif isinstance(block, Columns):
            for column in block.columns:
                yield from scenes(column)


def _coded() -> Theme:
    """A theme whose colours are numbers that are found again in the drawing."""
    codes = {name: code for code, name in _CODES.items()}
    return from_palette("page", Palette(**codes))


def _look(label: Label) -> Label:
    """The label without its place: labels that look alike are equal."""
    return replace(label, x=0, y=0, span=0, ascent=0, descent=0, part="", classes=(), width=0)


def _alike(found: Iterator[Scene]) -> Iterator[list[Scene]]:
    """Scenes in groups with the same names and numbers."""
    groups: list[list[Scene]] = []
    for scene in found:
        for group in groups:
            if group[0].names == scene.names and group[0].numbers == scene.numbers:
                group.append(scene)
                break
        else:
            groups.append([scene])
    yield from groups
