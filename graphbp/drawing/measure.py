"""How large labels are: typeset all at once, remembered by markup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphbp.drawing.scene import Content
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.theme import Theme

UNIT = 10.0
_STRUT = 200.0


@dataclass(frozen=True, slots=True)
class Extent:
    """Width, and the ink above and below the baseline."""

    span: float
    ascent: float
    descent: float

    def scaled(self, factor: float) -> Extent:
        """The extent at another size."""
        return Extent(self.span * factor, self.ascent * factor, self.descent * factor)

    @property
    def height(self) -> float:
        """Ink above and below the baseline together."""
        return self.ascent + self.descent


@dataclass(frozen=True, slots=True)
class Text:
    """What a label says and how large: content, size in points, bold, fractions large or with a slash."""

    content: Content
    size: float
    bold: bool = False
    display: bool = False
    linear: bool = False


_known: dict[str, Extent] = {}


@dataclass(frozen=True)
class Ruler:
    """Measures labels as they will be set, under the names and numbers of one network.

    Versions of one picture share a ruler: writing a formula as markup costs more than looking up its size.
    """

    theme: Theme
    names: Names = field(default_factory=Names)
    numbers: NumberStyle = field(default_factory=NumberStyle)
    _asked: dict[Text, Extent] = field(default_factory=dict)

    def markup(self, text: Text) -> str:
        """The label as the typesetter reads it."""
        from graphbp.formats.typst.text import content_markup

        return content_markup(
            text.content, self.theme, self.names, self.numbers, display=text.display, bold=text.bold, linear=text.linear
        )

    def prepare(self, texts: Iterable[Text]) -> None:
        """Measure all of these in one go."""
        fresh = {text: self.markup(text) for text in texts if text not in self._asked}
        missing = tuple(dict.fromkeys(markup for markup in fresh.values() if self._key(markup) not in _known))
        if missing:
            _known.update(zip(map(self._key, missing), _typeset(missing, self.theme), strict=True))
        self._asked.update({text: _known[self._key(markup)].scaled(text.size / UNIT) for text, markup in fresh.items()})

    def extent(self, text: Text) -> Extent:
        """The size of one label."""
        if text not in self._asked:
            self.prepare((text,))
        return self._asked[text]

    def _key(self, markup: str) -> str:
        return f"{self.theme.text_font}/{self.theme.math_font}/{markup}"


def _typeset(markups: tuple[str, ...], theme: Theme) -> list[Extent]:
    from graphbp.formats.typst.compile import query_values
    from graphbp.formats.typst.text import ink_rules, label_rules

    source = (
        label_rules(theme) + ink_rules(theme) + f"#set text(size: {UNIT}pt)\n#set page(width: 4000pt, height: auto)\n"
        "#let extent(it) = context {\n  let plain = measure(it)\n"
        f"  let tall = measure(box(it + box(width: 0pt, height: {_STRUT}pt)))\n"
        f"  [#metadata((plain.width.pt(), plain.height.pt(), tall.height.pt() - {_STRUT})) <extent>]\n}}\n"
    ) + "".join(f"#extent([{markup}])\n" for markup in markups)
    return [
        Extent(round(width, 3), round(height - descent, 3), round(descent, 3))
        for width, height, descent in query_values(source, "<extent>")
    ]
