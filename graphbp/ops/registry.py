"""All operations by name; the families are modules of this package, found and loaded when first asked for."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TypeVar

from graphbp.errors import NameProblem, did_you_mean
from graphbp.ops.base import Op

Kind = TypeVar("Kind", bound=type[Op])

_KNOWN: dict[str, Op] = {}


def register(kind: Kind) -> Kind:
    """Make an operation known under its name; a class decorator.

    Raises: NameProblem if the name is taken.
    """
    if kind.name in _KNOWN:
        raise NameProblem(f"two operations are called {kind.name}", fix="rename one of the two")
    _KNOWN[kind.name] = kind()
    return kind


@cache
def _load_families() -> None:
    package = importlib.import_module("graphbp.ops")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        importlib.import_module(f"graphbp.ops.{module.name}")


def names() -> tuple[str, ...]:
    """The names of all operations, sorted.

    >>> "sigmoid" in names()
    True
    """
    _load_families()
    return tuple(sorted(_KNOWN))


def get(name: str) -> Op:
    """The operation of that name; `function:NAME` is a function that the user declared.

    Raises: NameProblem with the nearest known name.

    >>> get("relu").name
    'relu'
    """
    _load_families()
    if name.startswith("function:"):
        from graphbp.ops.user import UserFunctionOp

        return UserFunctionOp(name)
    if name not in _KNOWN:
        raise NameProblem(f"there is no operation called {name}", fix=did_you_mean(name, _KNOWN))
    return _KNOWN[name]
