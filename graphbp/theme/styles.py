"""Roles and their styles, built from one small palette per theme.

Forward is always solid and backward always dashed: the three hues are close to each other in
greyscale, so dash, place and shape carry the meaning too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphbp.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme, by meaning; `paper` is None where the ground shows through."""

    paper: str | None = "#ffffff"
    ink: str = "#1c2026"
    remark: str = "#59616d"
    forward: str = "#1b4f9c"
    forward_tint: str = "#e8effa"
    backward: str = "#bf3b00"
    backward_tint: str = "#fdeee3"
    parameter: str = "#00694f"
    parameter_tint: str = "#e3f3ec"
    data: str = "#e9ecf0"
    lit: str = "#ffe9a3"
    lit_line: str = "#b87a00"
    lit_text: str = "#1c2026"
    pending_line: str = "#c9ced6"
    pending_text: str = "#6a7380"
    band: str = "#dfe3e8"
    shade: str = "#f4f6f8"


@dataclass(frozen=True, slots=True)
class Style:
    """How a shape or a label of one role is drawn; None draws nothing."""

    line: str | None = None
    fill: str | None = None
    text: str = "#000000"
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """A palette and what follows from it."""

    name: str
    palette: Palette
    styles: Mapping[str, Style]
    text_font: str = "New Computer Modern"
    math_font: str = "New Computer Modern Math"
    math_weight: int = 450

    def style(self, role: str) -> Style:
        """The style of a role.

        Raises: UsageError if there is no such role.
        """
        if role not in self.styles:
            raise UsageError(f"no role {role!r} in theme {self.name}", fix=did_you_mean(role, self.styles))
        return self.styles[role]


def _styles(p: Palette) -> dict[str, Style]:
    paper = p.paper
    return {
        "ink": Style(p.ink, None, p.ink),
        "remark": Style(p.remark, None, p.remark),
        "rule": Style(p.pending_line, None, p.remark),
        "forward": Style(p.forward, None, p.forward),
        "backward": Style(p.backward, None, p.backward, dashed=True),
        "parameter": Style(p.parameter, None, p.parameter),
        "wire": Style(p.remark, None, p.remark),
        "sum": Style(p.forward, paper, p.ink),
        "activation": Style(p.forward, p.forward_tint, p.ink),
        "value": Style(p.forward, p.forward_tint, p.ink),
        "outline": Style(p.forward, None, p.ink),
        "data": Style(p.remark, p.data, p.ink),
        "weight": Style(p.parameter, p.parameter_tint, p.parameter),
        "weight-outline": Style(p.parameter, None, p.parameter),
        "data-outline": Style(p.remark, None, p.ink),
        "weight-ground": Style(None, p.parameter_tint, p.parameter),
        "bias": Style(p.parameter, paper, p.parameter),
        "gradient": Style(None, p.backward_tint, p.backward),
        "seam": Style(p.backward, None, p.backward, dashed=True),
        "adder": Style(p.backward, paper, p.backward),
        "amplifier": Style(p.forward, p.forward_tint, p.forward),
        "badge": Style(None, p.backward, paper or "#ffffff"),
        "band": Style(p.band, None, p.remark),
        "ghost": Style(p.band, p.shade, p.remark),
        "ghost-outline": Style(p.band, None, p.remark),
        "lit": Style(p.lit_line, p.lit, p.lit_text),
        "glow": Style(p.lit, p.lit, p.lit_text),
        "done": Style(p.backward, p.backward_tint, p.ink),
        "pending": Style(p.pending_line, paper, p.pending_text),
        "knockout": Style(None, paper, p.ink),
        "axis": Style(p.remark, None, p.remark),
        "contour": Style(p.pending_text, None, p.remark),
        "descent": Style(p.backward, None, p.backward),
        "iterate": Style(p.backward, p.backward_tint, p.ink),
        "muted": Style(p.pending_line, None, p.pending_text),
        "result": Style(p.lit_line, p.lit, p.lit_text),
    }


def from_palette(name: str, palette: Palette) -> Theme:
    """The theme that follows from a palette."""
    return Theme(name, palette, _styles(palette))


_PAPER = Palette()
_DARK = Palette(
    paper="#12161d", ink="#eef1f5", remark="#a9b2bf", forward="#8ab4f8", forward_tint="#1d2f4d", backward="#ff9e66",
    backward_tint="#43261a", parameter="#63d2ac", parameter_tint="#173a31", data="#2a313b", lit="#ffe08a",
    lit_line="#ffb300", lit_text="#1c2026", pending_line="#4a5361", pending_text="#8d97a5", band="#2f3742",
    shade="#1a2029",
)  # fmt: skip

THEMES: Mapping[str, Theme] = {
    "paper": from_palette("paper", _PAPER),
    "light": from_palette("light", replace(_PAPER, paper="#fbfcfe")),
    "dark": from_palette("dark", _DARK),
    "transparent": from_palette("transparent", replace(_PAPER, paper=None)),
}


def get(name: str) -> Theme:
    """The theme of that name.

    Raises: UsageError if there is none.
    """
    if name not in THEMES:
        raise UsageError(f"no theme {name!r}", fix=did_you_mean(name, THEMES) or f"themes: {', '.join(THEMES)}")
    return THEMES[name]
