"""Every theme: text can be read on its ground, and forward and backward differ in more than colour."""

from __future__ import annotations

import pytest

from graphbp import theme
from graphbp.errors import UsageError
from graphbp.theme import Theme

GROUNDED = (
    "glow",
    "activation",
    "value",
    "data",
    "weight",
    "gradient",
    "amplifier",
    "badge",
    "lit",
    "done",
    "ghost",
    "result",
)
LEAST = 4.5


def luminance(colour: str) -> float:
    """The relative luminance of WCAG."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_text_is_readable_on_its_ground(name: str) -> None:
    made = theme.get(name)
    for role, style in made.styles.items():
        ground = style.fill if role in GROUNDED else made.palette.paper
        if ground:
            assert contrast(style.text, ground) >= LEAST, role


@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_gradients_are_readable_on_strips_and_paper(name: str) -> None:
    palette = theme.get(name).palette
    for ground in filter(None, (palette.paper, palette.backward_tint)):
        assert contrast(palette.backward, ground) >= LEAST


@pytest.mark.parametrize("made", theme.THEMES.values(), ids=str)
def test_forward_is_solid_and_backward_dashed(made: Theme) -> None:
    assert made.style("backward").dashed
    assert not made.style("forward").dashed
    assert made.style("forward").line != made.style("backward").line


def test_unknown_names_are_refused_with_a_remedy() -> None:
    with pytest.raises(UsageError, match="did you mean dark"):
        theme.get("darc")
    with pytest.raises(UsageError, match="did you mean forward"):
        theme.get("paper").style("forwards")
