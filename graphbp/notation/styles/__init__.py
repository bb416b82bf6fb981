"""Notation styles: the names and indices of a textbook, one TOML file each, and a user's own file.

A style names what a network consists of: sums, activations, weights, targets, losses.  It never changes a number
and never turns a matrix round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphbp.errors import FileProblem, FormulaError, UsageError, did_you_mean
from graphbp.notation.names import Label, parse_latex_name

DEFAULT = "lecture"
LARGEST = 100_000
KINDS = ("sum", "activation", "output_sum", "output", "weight", "bias", "target", "loss", "example_loss", "total")
"""What a style can name; what it does not name keeps its author's name."""
PLACES = ("layer", "unit", "source")
"""What a name can mention: its layer, its unit in the layer, and for a weight the unit that it comes from."""

_EMPTY = re.compile(r"[_^]\{[^{}A-Za-z0-9]*\}")


@dataclass(frozen=True, slots=True)
class Style:
    """The names of a textbook as LaTeX with <layer>, <unit> and <source>, for numbers and for arrays.

    `index` is how a number at the end of an array's own name is written, `first` the number of the first layer
    behind the inputs, `says` which letter is the target.
    """

    name: str
    title: str
    says: str
    numbers: Mapping[str, str]
    arrays: Mapping[str, str]
    index: str = ""
    bold: bool = False
    first: int = 1

    def label(self, kind: str, array: bool, **places: str) -> Label | None:
        """The name of one thing; places without a number vanish with their brackets.

        >>> get("nielsen").label("weight", False, layer="2", unit="1", source="3")
        Label(base='w', sub='13', sup='2', accent='', bold=False)
        """
        template = (self.arrays if array else self.numbers).get(kind)
        return None if template is None else filled(template, places)


def filled(template: str, places: Mapping[str, str]) -> Label:
    """The template with its places filled.

    >>> filled("W^{[<layer>]}", {"layer": ""})
    Label(base='W', sub='', sup='', accent='', bold=False)
    """
    if any(len(text) > 1 for text in places.values()):
        template = template.replace("<unit><source>", "<unit>,<source>")
    for place in PLACES:
        template = template.replace(f"<{place}>", places.get(place, ""))
    template = re.sub(r"([_^]\{),|,(\})", r"\1\2", template)
    return parse_latex_name(_EMPTY.sub("", template))


def names() -> tuple[str, ...]:
    """The styles that come with graphbp, the default first."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.toml"))
    return (DEFAULT, *(name for name in found if name != DEFAULT))


def get(name: str) -> Style:
    """The style of that name, or the one in a user's own file.

    Raises: UsageError if there is none, FileProblem if the file cannot be used.
    """
    if name.endswith(".toml"):
        return _read(_content(Path(name)), Path(name).stem, name)
    return _known(preset(name))


def preset(name: str) -> str:
    """The name itself if it is one of graphbp's own styles: files of networks lead to no other files.

    Raises: UsageError.
    """
    if name not in names():
        fix = did_you_mean(name, names()) or f"known are {', '.join(names())}; --style takes your own FILE.toml"
        raise UsageError(f"there is no notation style {name[:40]!r}", fix=fix)
    return name


@cache
def _known(name: str) -> Style:
    return _read(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"), name, f"{name}.toml")


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f"cannot read the notation style {path}: {error}") from None


def _read(text: str, name: str, file: str) -> Style:
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        remedy = "write lines such as weight = 'w^{<layer>}_{<unit><source>}'"
        raise FileProblem(f"{file}: {error}", fix=remedy) from None
    _known_keys(table, ("title", "says", "first", "numbers", "arrays"), file)
    numbers, arrays = _table(table, "numbers", file), _table(table, "arrays", file)
    index, bold = arrays.pop("index", ""), arrays.pop("bold", False)
    for kind, template in (*numbers.items(), *arrays.items(), *([("index", f"W{index}")] if index else [])):
        _checked(kind, template, file)
    first = table.get("first", 1)
    if not isinstance(first, int) or not isinstance(bold, bool):
        raise FileProblem(f"{file}: first must be a whole number, and bold true or false")
    return Style(name, str(table.get("title", name)), str(table.get("says", "")), numbers, arrays, index, bold, first)


def _table(table: Mapping[str, Any], key: str, file: str) -> dict[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise FileProblem(f"{file}: {key} must be a table", fix=f"write [{key}] on a line of its own")
    _known_keys(found, KINDS if key == "numbers" else (*KINDS, "index", "bold"), file)
    return dict(found)


def _known_keys(table: Mapping[str, Any], known: tuple[str, ...], file: str) -> None:
    for key in table:
        if key not in known:
            remedy = did_you_mean(key, known) or f"known are {', '.join(known)}"
            raise FileProblem(f"{file}: unknown key {key}", fix=remedy)


def _checked(kind: str, template: Any, file: str) -> None:
    """Refuse a name that cannot be set.

    Raises: FileProblem.
    """
    try:
        filled(str(template).replace("<n>", "1"), dict.fromkeys(PLACES, "1"))
    except FormulaError as error:
        raise FileProblem(f"{file}: {kind}: {error.args[0]}", fix=error.fix) from None
