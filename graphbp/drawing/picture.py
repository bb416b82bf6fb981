"""A finished picture of a network: the richest version of a view that can be read on a slide."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.layout import fit as fit
from graphbp.drawing.layout import layout
from graphbp.drawing.layout.metrics import SNUG, Size
from graphbp.drawing.scene import Scene
from graphbp.drawing.views import view
from graphbp.drawing.views.facts import Result
from graphbp.drawing.views.graph import SHOWN
from graphbp.network import Network
from graphbp.theme import Theme

FOLDS = (0, 1, 2)
QUICK = 3
"""Attempts to place the labels of one version before the next is looked at."""


def picture(
    network: Network,
    name: str,
    theme: Theme,
    *,
    result: Result | None = None,
    show: Collection[str] | None = None,
    fold: int | None = None,
    digits: int = 3,
    size: Size = "slide",
) -> Scene:
    """The view of a network, placed.

    The graph view folds parameters into the cards that use them, then activations into their sums, then
    leaves out the local derivatives, as far as it takes to fit a slide; `fold` and `show` decide instead.
    """
    if name != "graph":
        return layout(view(network, name, result=result, digits=digits), theme, size)
    best: tuple[tuple[bool, float], Diagram, Scene] | None = None
    for folded, turned, shown in _versions(show, fold):
        diagram = view(network, name, result=result, show=shown, fold=folded, turned=turned, digits=digits)
        scene = layout(diagram, theme, size, tries=QUICK)
        rating = _complete(diagram, scene), fit(scene)
        if best is None or rating > best[0]:
            best = rating, diagram, scene
        if rating[0] and rating[1] >= 1 / SNUG:
            break
    assert best is not None
    return best[2] if best[0][0] else layout(best[1], theme, size)


def _complete(diagram: Diagram, scene: Scene) -> bool:
    """Whether every edge got its label."""
    labelled = {shape.part for shape in scene.labels() if "local" in shape.classes}
    return all(link.label is None or link.part in labelled for link in diagram.links)


def _versions(show: Collection[str] | None, fold: int | None) -> Iterator[tuple[int, bool, Collection[str]]]:
    """From the richest to the tersest."""
    shown = frozenset(show) if show is not None else SHOWN
    folds = FOLDS if fold is None else (fold,)
    terse = [shown, shown - {"locals"}] if show is None else [shown]
    early, late = folds[:2], folds[2:]
    for few in (early, late):
        yield from ((folded, turned, parts) for parts in terse for folded in few for turned in (False, True))
