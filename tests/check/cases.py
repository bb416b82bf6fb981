"""The claims of tests/check/claims: networks, right claims, wrong claims with the kind of their mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from graphbp import gallery
from graphbp.check.checker import Checker
from graphbp.importers.yaml_file import read_network
from graphbp.network import Network

FOLDER = Path(__file__).parent / "claims"


@dataclass(frozen=True)
class Case:
    """One claim about one network: the outcome that is expected, and the kind of mistake if it is wrong."""

    network: str
    text: str
    outcome: str
    kind: str = ""


@cache
def contents(name: str) -> dict[str, object]:
    """A file of claims."""
    table: dict[str, object] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return table


def names() -> list[str]:
    """The files of claims."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def network(name: str) -> Network:
    """The network that a file is about: one of the gallery, or its own text."""
    text = str(contents(name)["network"])
    return read_network(text) if "\n" in text else gallery.load(text)


@cache
def checker(name: str) -> Checker:
    """The checker of the network."""
    return Checker(network(name))


def cases() -> Iterator[Case]:
    """All claims."""
    for name in names():
        table = contents(name)
        for outcome in ("right", "right_if", "undecided"):
            for text in table.get(outcome, ()):  # type: ignore[attr-defined]
                yield Case(name, text, outcome)
        for text, kind in table.get("wrong", ()):  # type: ignore[attr-defined]
            yield Case(name, text, "wrong", kind)
