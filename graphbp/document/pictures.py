"""The pictures of a document: the whole network once, and small ones that light up the part a step speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from graphbp.derive.steps import Step
from graphbp.document.tree import Picture
from graphbp.drawing.scene import Scene
from graphbp.network import Network
from graphbp.theme import Theme

if TYPE_CHECKING:
    from graphbp.drawing.diagram import Diagram
    from graphbp.drawing.layout import Size

STEP_WIDTH, WIDEST_STEP, STEP_HEIGHT = 148.0, 190.0, 130.0
PAGE_WIDTH, FIGURE_HEIGHT = 475.0, 260.0
ROW_SHARES = (1.2, 1.5, 1.9)
"""How wide, in widths of the room, rows of a long network are tried: longer rows are fewer, and then made smaller."""

LEAST_TYPE, SMALL_TYPE, READABLE = 4.5, 6.6, 7.0
MOST_NODES = 120
"""Beside a step, type smaller than this is not shown, and of more nodes than these nothing is: a picture that nobody
can read is none."""


def pictures_of(network: Network, theme: Theme) -> Pictures | None:
    """What draws the network's pictures; None where it is too large for a page."""
    return Pictures(network, theme) if len(network.graph.named) <= MOST_NODES else None


class Pictures:
    """Draws one network for one document."""

    def __init__(self, network: Network, theme: Theme) -> None:
        self.network, self.theme = network, theme

    @cached_property
    def diagram(self) -> Diagram:
        """What is drawn of the network, here and beside every step."""
        from graphbp.drawing.views import default_view, view

        return view(self.network, default_view(self.network))

    def scene(self, size: Size) -> Scene:
        """The network, placed."""
        from graphbp.drawing.layout import layout

        return layout(self.diagram, self.theme, size)

    @cached_property
    def figure(self) -> Scene:
        """The network as the figure of a page, no smaller than can be read."""
        scene = self.scene("figure")
        if least_type(scene) * PAGE_WIDTH < READABLE * scene.width:
            scene = self.in_rows("figure", PAGE_WIDTH)
        fits = min(1.0, PAGE_WIDTH / scene.width, FIGURE_HEIGHT / scene.height)
        return scene.scaled(max(fits, min(1.0, READABLE / least_type(scene))))

    @cached_property
    def small(self) -> Scene | None:
        """The network as it stands beside steps; None where nobody could read it."""
        whole = self.beside(self.scene("step"))
        if whole is not None:
            return whole
        rows = (self.beside(self.in_rows("step", WIDEST_STEP * share)) for share in ROW_SHARES)
        return max((scene for scene in rows if scene is not None), key=least_type, default=None)

    def in_rows(self, size: Size, width: float) -> Scene:
        """The network on several rows, for one that is long."""
        from graphbp.drawing.layout import layout_in_rows

        return layout_in_rows(self.diagram, self.theme, size, width)

    def beside(self, scene: Scene) -> Scene | None:
        """The picture as large as there is room beside a step; None where its letters would be too small."""
        # A wider picture takes room from the formulas, so it is only as wide as its lettering needs.
        needed = scene.width * SMALL_TYPE / least_type(scene)
        width = min(max(needed, STEP_WIDTH), WIDEST_STEP)
        fits = min(1.0, width / scene.width, STEP_HEIGHT / scene.height)
        return scene.scaled(fits) if least_type(scene) * fits >= LEAST_TYPE else None

    @property
    def weights_on_edges(self) -> bool:
        """Whether the picture writes weights on its edges."""
        return any(arrow.via for arrow in self.figure.arrows())

    def whole(self) -> Picture:
        """The network as a picture."""
        return Picture(self.figure, self.figure.description or self.figure.title)

    def of_step(self, step: Step, done: Sequence[str]) -> Picture | None:
        """The part that a step speaks of, lit, with what was found before."""
        from graphbp.drawing.emphasise import emphasise

        if self.small is None:
            return None
        lit = emphasise(self.small, step.touches, done)
        return Picture(lit, f"The network with {step.touches.focus} lit")


def least_type(scene: Scene) -> float:
    """The size of the smallest label."""
    return min((label.size for label in scene.labels()), default=READABLE)
