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


# Machado, Oliveira, Fernandes: A physiologically-based model for simulation of color vision deficiency (2009).
VISION = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def seen(colour: str, kind: str) -> tuple[float, ...]:
    """A colour in linear light, as an eye with that deficiency sees it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return tuple(min(1.0, max(0.0, sum(m * x for m, x in zip(row, linear, strict=True)))) for row in VISION[kind])


@pytest.mark.parametrize("kind", VISION)
@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_forward_and_backward_differ_for_every_eye(name: str, kind: str) -> None:
    palette = theme.get(name).palette
    forward, backward = seen(palette.forward, kind), seen(palette.backward, kind)
    assert max(abs(a - b) for a, b in zip(forward, backward, strict=True)) > 0.15


@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_in_greyscale_the_dash_tells_forward_from_backward(name: str) -> None:
    made = theme.get(name)
    assert made.style("backward").dashed
    assert not made.style("forward").dashed
