"""Derivations and pictures that show and save themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphbp.errors import GraphbpError, NameProblem, UsageError, did_you_mean
from graphbp.files import write_whole
from graphbp.network import Network

if TYPE_CHECKING:
    from graphbp.derive.steps import Derivation
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.engine import Result
    from graphbp.theme import Theme

READINGS = ("unit", "layer", "entry", "path", "closed")
SHOWN = ("values", "gradients", "locals")
DETAILS = ("brief", "normal", "full")
NUMBERS = ("decimal", "exact", "none")


@dataclass(frozen=True, eq=False)
class Page:
    """A document that shows and saves itself; it is composed when it is first asked for.

    `compose` makes it with pictures, or without them for the terminal.
    """

    compose: Callable[[bool], Document]
    theme: Theme

    @cached_property
    def document(self) -> Document:
        """What is told, with its pictures."""
        return self.compose(True)

    def save(self, *paths: str | Path) -> None:
        """Write the document to files; the endings tell the formats.

        Raises: UsageError for an unknown ending, FileProblem if a file cannot be written.
        """
        save(self.document, paths, self.theme)

    def text(self, width: int = 80, colour: bool = False) -> str:
        """The document for a terminal."""
        from graphbp import formats

        options = formats.Options(width=width, colour=colour)
        return formats.render(self.compose(False), "terminal", self.theme, options).decode()

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """The text as notebooks show it."""
        from html import escape

        return f'<pre style="line-height: 1.2">{escape(self.text(width=100))}</pre>'


@dataclass(frozen=True, eq=False)
class Explanation(Page):
    """A derivation: its steps and numbers, with the document that tells them."""

    derivation: Derivation
    result: Result | None


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture."""

    scene: Scene
    theme: Theme

    def save(self, *paths: str | Path, scale: float = 2.0) -> None:
        """Write the picture to files; the endings tell the formats.

        Raises: UsageError for an unknown ending, FileProblem if a file cannot be written.
        """
        save(self.scene, paths, self.theme, scale)

    def _repr_svg_(self) -> str:
        """The picture as notebooks show it."""
        from graphbp import formats

        return formats.render(self.scene, "svg", self.theme).decode()


def save(thing: Document | Scene, paths: Sequence[str | Path], theme: Theme, scale: float = 2.0) -> None:
    """Write one thing in several formats; nothing is written before all are made.

    Raises: UsageError for an unknown ending, FileProblem if a file cannot be written.
    """
    from graphbp import formats
    from graphbp.drawing.scene import Scene

    check_endings(paths, picture=isinstance(thing, Scene))
    options = formats.Options(scale=scale)
    made = [(Path(path), formats.render(thing, Path(path).suffix, theme, options)) for path in paths]
    for path, content in made:
        write_whole(path, content)


def check_endings(paths: Iterable[str | Path], *, picture: bool) -> None:
    """Refuse files whose ending tells no format.

    Raises: UsageError with the endings that do.
    """
    from graphbp import formats

    what, known = ("picture", formats.endings("scene")) if picture else ("document", formats.endings("document"))
    for path in map(Path, paths):
        if path.suffix.lower() not in known:
            why = f"unknown ending {path.suffix}" if path.suffix else "it has no ending"
            fix = did_you_mean(path.suffix, known) or f"the endings are {' '.join(known)}"
            raise UsageError(f"no {what} is written to {path}: {why}", fix=fix)


def explain(network: Network, wrt: Iterable[str] | str | None, *, only: str | None, reading: str | None, detail: str,
            numbers: str, digits: int, theme: str) -> Explanation:  # fmt: skip
    """Derive the gradients of a network.

    Raises: GraphbpError if something is asked for that does not exist or does not apply.
    """
    from graphbp import theme as themes
    from graphbp.derive.derive import derive
    from graphbp.document.compose import derivation_document

    one_of("reading", reading or "unit", READINGS)
    one_of("detail", detail, DETAILS)
    one_of("numbers", numbers, NUMBERS)
    wanted = [gradient_of(network, name) for name in ([wrt] if isinstance(wrt, str) else wrt or ())]
    if only is not None:
        wanted = [gradient_of(network, only)]
    chosen = themes.get(theme)
    how: Any = {"reading": reading or "unit", "detail": detail}
    result = finite_numbers(network) if numbers != "none" else None
    derivation = derive(network, wanted or None, **how, result=result, digits=digits, exact=numbers == "exact")
    if only is not None:
        derivation = derivation.about(wanted[0].partition("[")[0].strip())

    def compose(pictures: bool) -> Document:
        shown: Any = {"digits": digits, "exact": numbers == "exact", "theme": chosen, "pictures": pictures}
        return derivation_document(derivation, result, **shown)

    return Explanation(compose, chosen, derivation, result)


def gradient_of(network: Network, text: str) -> str:
    """The node of a gradient written as `w1` or as `dl/dw1`; an entry as `W1[0,1]`.

    Raises: NameProblem if there is no such node.
    """
    name = text.strip().replace("∂", "d").removeprefix(f"d{network.loss_name}/d")
    known = [node.id for node in network.graph.named]
    if name.partition("[")[0].strip() not in known:
        raise NameProblem(f"there is no node {name}", fix=did_you_mean(name, known))
    return name


def one_of(what: str, word: str, known: Sequence[str]) -> None:
    """Refuse a word that is not among the known ones.

    Raises: UsageError.
    """
    if word not in known:
        raise UsageError(f"unknown {what} {word}", fix=did_you_mean(word, known) or f"known are {', '.join(known)}")


def finite_numbers(network: Network) -> Result | None:
    """The numbers of a network that has them all.

    Raises: GraphbpError if they are not finite: no step could be checked on them.
    """
    result = numbers_of(network)
    if result is not None and result.nonfinite is not None:
        raise GraphbpError(f"the numbers are not finite from node {result.nonfinite} on", node=result.nonfinite,
                           fix="give other numbers, or derive in symbols with --numbers none")  # fmt: skip
    return result


def numbers_of(network: Network) -> Result | None:
    """The numbers of a network that has them all."""
    from graphbp import engine

    return engine.run(network) if network.has_numbers else None


def draw(network: Network, view: str, *, show: Iterable[str] | None, fold: int | None, theme: str,
         digits: int, wrt: Iterable[str] | str | None, steps: int | None) -> Drawing:  # fmt: skip
    """Draw a network.

    Raises: GraphbpError if the view does not exist or does not apply.
    """
    from graphbp import theme as themes
    from graphbp.drawing.picture import picture

    chosen = themes.get(theme)
    if view == "descent":
        from graphbp.drawing.descent import descent

        moved = [wrt] if isinstance(wrt, str) else tuple(wrt or ())
        return Drawing(descent(network, chosen, wrt=moved, steps=steps, digits=digits), chosen)
    if wrt or steps is not None:
        raise UsageError(f"the view {view} has no steps and chooses no parameters", fix="use --view descent")
    wanted = None if show is None else tuple(show)
    for part in wanted or ():
        one_of("thing to show", part, SHOWN)
    scene = picture(network, view, chosen, result=numbers_of(network), show=wanted, fold=fold, digits=digits)
    return Drawing(scene, chosen)
