"""The course as ready-made networks: one file each, shared by docs, tests and the command line."""

from __future__ import annotations

from importlib import resources

from graphbp.errors import UsageError, did_you_mean
from graphbp.importers.yaml_file import read_network
from graphbp.importers.yaml_tree import Scalar, Table, read_tree
from graphbp.network import Network

ENDING = ".yaml"


def names() -> tuple[str, ...]:
    """The names of all ready-made networks, sorted.

    >>> "two-layer" in names()
    True
    """
    files = (entry.name for entry in resources.files("graphbp.gallery").iterdir())
    return tuple(sorted(name.removesuffix(ENDING) for name in files if name.endswith(ENDING)))


def text(name: str) -> str:
    """The file of a ready-made network.

    Raises: UsageError if there is none of that name.
    """
    if name not in names():
        remedy = did_you_mean(name, names()) or "graphbp examples lists them"
        raise UsageError(f"there is no example {name}", fix=remedy)
    return resources.files("graphbp.gallery").joinpath(name + ENDING).read_text(encoding="utf-8")


def describe(name: str) -> str:
    """What a ready-made network shows, in one line."""
    tree = read_tree(text(name), name)
    found = tree.rows.get("description") if isinstance(tree, Table) else None
    return found[1].text if found and isinstance(found[1], Scalar) else ""


def load(name: str) -> Network:
    """A ready-made network.

    Raises: UsageError if there is none of that name.

    >>> load("two-layer").loss_name
    'l'
    """
    return read_network(text(name), name)
