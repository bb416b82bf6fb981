"""A finished picture of a network: the richest version of a view that can be read on a slide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from graphbp.drawing.diagram import Diagram
from graphbp.drawing.elide import columns, crowd, without_crowds, without_middle, without_parameters
from graphbp.drawing.layout import fit as fit
from graphbp.drawing.layout import layout, layout_in_rows, smallest, too_large
from graphbp.drawing.layout.metrics import LEGIBLE, SLIDE_HEIGHT, SNUG, Size
from graphbp.drawing.measure import Ruler
from graphbp.drawing.scene import Scene
from graphbp.drawing.views import view
from graphbp.drawing.views.facts import Result
from graphbp.drawing.views.graph import SHOWN
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle
from graphbp.theme import Theme

FOLDS = (0, 1, 2)
BARE, ENDS = 3, 4
"""Levels of folding: parameters not listed; the middle of long networks and wide layers left out."""

QUICK = 3
"""Attempts to place the labels of one version before the next is looked at."""

LONG = 30
"""Columns beyond which no whole picture is tried: it would not fit a slide."""

FAR = 4 * LONG
"""Columns beyond which no terser version is looked at either."""

LEAST = 12.6
"""Text of this size is borne for the sake of a whole picture."""

ENOUGH = 24
"""Columns that stay at most where the middle is left out."""

MANY = 12
"""Boxes in a column beyond which a slide is never high enough."""

NO_NUMBERS = "numbers are left out so that the rest can be read on a slide; --show values writes them"
NAMES = "parameters are left out so that the rest can be read on a slide; --fold 0 to 2 write them"
ELIDED = "the middle is left out so that the rest can be read on a slide; --fold 0 to 3 draw it all"
LARGE = "the picture is larger than a slide: at {width:.0f} by {height:.0f} points its text can be read"


@dataclass(frozen=True)
class Version:
    """What a picture may leave out to be read; `notes` say so where a reader would miss it.

    `crowded` leaves out the weights between two columns where not all of them find a place.
    """

    fold: int = 0
    turned: bool = False
    show: frozenset[str] = SHOWN
    rows: bool = False
    crowded: bool = False
    notes: tuple[str, ...] = ()


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

    Everything is shown where that fits a slide; else, as far as it takes: parameters move into the cards that use
    them, activations to their sums, local derivatives go, the picture goes on in further rows, numbers go, and the
    middle of long networks and wide layers.  `fold` and `show` decide instead.
    """
    wanted = None if show is None else frozenset(show)
    return _Search(network, name, theme, result, wanted, fold, digits, size).best()


@dataclass(frozen=True)
class _Search:
    """Tries versions, the richest first, until one can be read."""

    network: Network
    name: str
    theme: Theme
    result: Result | None
    show: frozenset[str] | None
    fold: int | None
    digits: int
    size: Size
    made: dict[Version, Diagram] = field(default_factory=dict)

    @cached_property
    def ruler(self) -> Ruler:
        """One for all versions, which share their names and numbers."""
        return Ruler(self.theme, self.diagram(next(self.versions())).names, NumberStyle(self.digits))

    def best(self) -> Scene:
        """The first version that fits, else the one that comes nearest to it."""
        if self.size != "slide":
            return layout(self.diagram(next(self.versions())), self.theme, self.size)
        best: tuple[tuple[bool, float], Version, Scene] | None = None
        for version in self.versions():
            diagram = self.diagram(version)
            if columns(diagram) > FAR:
                break
            scene = self.placed(diagram, version)
            if scene is None:
                continue
            rating = _complete(diagram, scene), fit(scene)
            if best is None or rating > best[0]:
                best = rating, version, scene
            if rating[0] and smallest(scene) >= LEGIBLE:
                return replace(scene, notes=version.notes)
        if self.fold in (None, ENDS) and (best is None or smallest(best[2]) < LEAST):
            return self.elided()
        return self.nearest(best)

    def nearest(self, best: tuple[tuple[bool, float], Version, Scene] | None) -> Scene:
        """What comes nearest to a slide, with all its labels."""
        versions = [best[1]] if best else list(self.versions())[-2:]
        scenes = [self.whole(version) for version in versions]
        scene = max(scenes, key=fit)
        large = LARGE.format(width=scene.width, height=scene.height)
        return replace(scene, notes=(*versions[0].notes, *([] if smallest(scene) >= LEGIBLE else [large])))

    def versions(self) -> Iterator[Version]:
        """From the richest to the tersest."""
        if self.name == "graph":
            yield from _graph_versions(self.show, self.fold)
            return
        for shown in [SHOWN, frozenset[str]()] if self.show is None else [self.show]:
            notes = (NO_NUMBERS,) if self.result is not None and not shown and self.show is None else ()
            if self.fold is None or self.fold < BARE:
                yield Version(show=shown, notes=notes)
                yield Version(show=shown, crowded=True, notes=notes)
                yield Version(show=shown, rows=True, crowded=True, notes=notes)
        if self.fold is None or self.fold >= BARE:
            notes = (*notes, NAMES) if self.fold is None else notes
            yield from (Version(BARE, show=shown, rows=rows, crowded=True, notes=notes) for rows in (False, True))

    def diagram(self, version: Version) -> Diagram:
        """What the version shows."""
        if version not in self.made:
            self.made[version] = self._diagram(version)
        return self.made[version]

    def _diagram(self, version: Version) -> Diagram:
        numbers = self.result if self.name == "graph" or "values" in version.show else None
        made = view(
            self.network, self.name, result=numbers, show=version.show, fold=version.fold, turned=version.turned,
            digits=self.digits,
        )  # fmt: skip
        return without_parameters(made) if self.name != "graph" and version.fold >= BARE else made

    def placed(self, diagram: Diagram, version: Version) -> Scene | None:
        """The version's picture, or None where a glance tells that it cannot fit."""
        if columns(diagram) > LONG or (not version.rows and too_large(diagram, self.theme, self.ruler)):
            return None
        if version.rows:
            return layout_in_rows(diagram, self.theme, ruler=self.ruler)
        tries = QUICK if diagram.arrangement == "graph" else 1 if version.crowded else None
        return layout(diagram, self.theme, tries=tries, ruler=self.ruler)

    def whole(self, version: Version) -> Scene:
        """The version with all the labels that find a place, on one row or on several, whichever is nearer a slide."""
        diagram = self.diagram(version)
        rows = [layout_in_rows(diagram, self.theme, ruler=self.ruler)] if columns(diagram) > 1 else []
        if columns(diagram) > LONG:
            return rows[0]
        return max([layout(diagram, self.theme, ruler=self.ruler), *rows], key=fit)

    def elided(self) -> Scene:
        """The tersest version without its middle."""
        diagram = self.thinned(self.diagram(list(self.versions())[-1]))
        made: Callable[[Diagram], Scene] = lambda d: layout_in_rows(d, self.theme, closest=True, ruler=self.ruler)  # noqa: E731
        kept = min(ENOUGH, columns(diagram))
        scene = made(without_middle(diagram, kept))
        while kept > 2 and smallest(scene) < LEGIBLE:
            kept = min(kept - 1, int(kept * fit(scene)) + 2)
            scene = made(without_middle(diagram, kept))
        return replace(scene, notes=(ELIDED,) if self.fold is None else ())

    def thinned(self, diagram: Diagram) -> Diagram:
        """The diagram with as many boxes in its columns as a slide is high."""
        short = without_middle(diagram, ENOUGH)
        for most in range(min(crowd(diagram), MANY), 2, -1):
            scene = layout(without_crowds(short, most), self.theme, tries=1, ruler=self.ruler)
            if scene.height <= SLIDE_HEIGHT * SNUG:
                return without_crowds(diagram, most)
        return without_crowds(diagram, 2)


def _complete(diagram: Diagram, scene: Scene) -> bool:
    """Whether every edge of a computation graph got its label."""
    labelled = {shape.part for shape in scene.labels() if "local" in shape.classes}
    return diagram.arrangement != "graph" or all(link.label is None or link.part in labelled for link in diagram.links)


def _graph_versions(show: frozenset[str] | None, fold: int | None) -> Iterator[Version]:
    """Cards become fewer and terser, then stand in rows."""
    shown = SHOWN if show is None else show
    folds = FOLDS if fold is None else (min(fold, BARE),)
    terse = [shown, shown - {"locals"}] if show is None else [shown]
    early, late = folds[:2], folds[2:]
    for few in (early, late):
        yield from (Version(f, turned, parts) for parts in terse for f in few for turned in (False, True))
    if fold is None:
        yield from (Version(BARE, turned, terse[-1]) for turned in (False, True))
    yield from (Version(f, False, terse[-1], rows=True) for f in (folds[-1:] if fold is not None else (2, BARE)))
