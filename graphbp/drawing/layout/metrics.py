"""Sizes for each use of a picture: on a slide, in a page's figure, beside a step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Size = Literal["slide", "figure", "step"]

SLIDE_WIDTH, SLIDE_HEIGHT = 960.0, 540.0
LEGIBLE = 14.0
"""The smallest text in points that can be read from the back of a lecture hall."""

SNUG = 1.025
"""How much larger than a slide a picture may be: shrunk to it, its smallest text still has 14 points."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Lengths in points; `text` is the size of names, `small` of numbers and remarks; a gap
    between columns is at least `spare` labels wide.

    `bows` keeps room above the top row for gradients that flow within one circle.  `tries` bounds
    the attempts to find room for every label, and `strict` ends each at the first label without a
    place; in `rounds` those that found none are asked first.
    """

    text: float = 18.0
    small: float = 16.0
    heading: float = 20.0
    radius: float = 50.0
    gap: float = 128.0
    lane: float = 26.0
    air: float = 19.0
    pad: float = 3.0
    line: float = 1.3
    spare: float = 2.6
    head: tuple[float, float] = (11.0, 8.0)
    margin: float = 14.0
    headings: bool = True
    biases: bool = True
    bows: bool = False
    tries: int = 6
    strict: bool = False
    rounds: int = 5

    @property
    def stub(self) -> float:
        """How long an arrow into nowhere is."""
        return self.radius * 0.8

    def times(self, factor: float) -> Metrics:
        """Everything but the text drawn together or apart."""
        return replace(self, gap=self.gap * factor, air=self.air * factor, lane=self.lane * factor)

    def snug(self, factor: float) -> Metrics:
        """Smaller boxes closer together, the text as it is."""
        return replace(self.times(factor), radius=self.radius * factor)


SIZES: dict[Size, Metrics] = {
    "slide": Metrics(),
    "figure": Metrics(
        text=10.5,
        small=9.0,
        heading=10.5,
        radius=21.0,
        gap=44.0,
        lane=13.0,
        air=21.0,
        pad=1.6,
        line=0.8,
        head=(6.6, 5.0),
        margin=2.0,
        headings=False,
        biases=False,
    ),
    "step": Metrics(
        text=8.5,
        small=8.5,
        heading=8.5,
        radius=13.2,
        gap=27.0,
        spare=1.9,
        lane=9.0,
        air=5.0,
        pad=1.2,
        line=0.7,
        head=(5.2, 4.0),
        margin=2.0,
        headings=False,
        bows=True,
    ),
}
