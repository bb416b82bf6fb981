"""The registry of formats: every folder here that exposes a `FORMAT` is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from graphbp.errors import UsageError, did_you_mean
from graphbp.files import write_whole

if TYPE_CHECKING:
    from graphbp.document.tree import Document
    from graphbp.drawing.scene import Scene
    from graphbp.theme import Theme

Kind = Literal["document", "scene"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may ask of a format: pixels per point of a bitmap, and the width of a terminal."""

    scale: float = 2.0
    width: int = 80
    colour: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """One output format: which endings lead to it, what it can show, and how its bytes are made."""

    name: str
    endings: tuple[str, ...]
    writes: frozenset[Kind]
    write: Callable[[Document | Scene, Theme, Options], bytes]


@cache
def _formats() -> dict[str, Format]:
    """All formats by name; loading one is cheap, its engines load when it writes."""
    import graphbp.formats as package

    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            made = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "FORMAT", None)
            if isinstance(made, Format):
                found[made.name] = made
    return dict(sorted(found.items()))


def names() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(_formats())


def endings(kind: Kind) -> tuple[str, ...]:
    """The file endings under which a document, or a picture, can be saved."""
    return tuple(ending for made in _formats().values() if kind in made.writes for ending in made.endings)


def get(name: str, kind: Kind) -> Format:
    """The format of a name or an ending ("pdf", ".pdf") that shows this kind of thing.

    Raises: UsageError if there is none.
    """
    word = name.lower().removeprefix(".")
    for made in _formats().values():
        if kind in made.writes and (word == made.name or f".{word}" in made.endings):
            return made
    fit = sorted(ending.removeprefix(".") for ending in endings(kind))
    what = "a picture" if kind == "scene" else "a document"
    raise UsageError(
        f"cannot write {what} as {name!r}",
        fix=did_you_mean(word, fit) or f"use one of {' '.join('.' + f for f in fit)}",
    )


def kind_of(thing: Document | Scene) -> Kind:
    """Whether the thing is a document or a scene."""
    from graphbp.drawing.scene import Scene

    return "scene" if isinstance(thing, Scene) else "document"


def render(thing: Document | Scene, format: str, theme: Theme | None = None, options: Options | None = None) -> bytes:
    """The document or the scene as the bytes of a format."""
    from graphbp import theme as themes

    return get(format, kind_of(thing)).write(thing, theme or themes.get("paper"), options or Options())


def write(
    thing: Document | Scene,
    target: str | Path | BinaryIO,
    format: str | None = None,
    theme: Theme | None = None,
    options: Options | None = None,
) -> None:
    """Write to a file, whole or not at all, or to a stream; without `format` the file's ending decides.

    Raises: UsageError for an unknown ending, FileProblem if the file cannot be written.
    """
    if not isinstance(target, str | Path):
        target.write(render(thing, format or "", theme, options))
        return
    path = Path(target)
    if not (format or path.suffix):
        fit = " ".join(endings(kind_of(thing)))
        raise UsageError(f"{path}: the name has no ending that tells the format", fix=f"use one of {fit}")
    write_whole(path, render(thing, format or path.suffix, theme, options))
