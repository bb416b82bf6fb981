"""Error backpropagation, derived step by step.

Heavy parts load on first use: `import graphbp` itself loads nothing else.

>>> import graphbp
>>> net = graphbp.Network("one weight")
>>> w, x = net.parameter("w", 0.5), net.input("x", 3)
>>> l = net.loss("l", graphbp.exp(w * x))
>>> net.graph.output
'l'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphbp.api import Network as Network
    from graphbp.api import check_gradient as check_gradient
    from graphbp.api import example as example
    from graphbp.api import examples as examples
    from graphbp.api import from_sympy as from_sympy
    from graphbp.api import load as load
    from graphbp.api import loads as loads
    from graphbp.errors import GraphbpError as GraphbpError
    from graphbp.network import Variable as Variable
    from graphbp.network.variable import where as where

__version__ = "0.1.0"

_PLACES = {
    "Network": "graphbp.api",
    "check_gradient": "graphbp.api",
    "example": "graphbp.api",
    "examples": "graphbp.api",
    "from_sympy": "graphbp.api",
    "load": "graphbp.api",
    "loads": "graphbp.api",
    "GraphbpError": "graphbp.errors",
    "Variable": "graphbp.network",
    "where": "graphbp.network.variable",
}


def __getattr__(name: str) -> Any:
    """A public name, loaded on first use; every operation is a function of that name."""
    from importlib import import_module
    from importlib.util import find_spec

    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name.startswith("_"):
        raise AttributeError(name)
    # `from graphbp import api` asks here first: modules must be found before any operation is loaded.
    if find_spec(f"graphbp.{name}"):
        return import_module(f"graphbp.{name}")
    return _operation(name)


def _operation(name: str) -> Any:
    """The function that writes a call of the operation into a formula."""
    from functools import partial

    from graphbp import ops
    from graphbp.errors import did_you_mean
    from graphbp.network.variable import call

    if name not in ops.names():
        remedy = did_you_mean(name, [*_PLACES, *ops.names()])
        raise AttributeError(f"graphbp has no {name}" + (f"; {remedy}" if remedy else ""))
    return partial(call, name)


def __dir__() -> list[str]:
    """The public names, without those of the operations."""
    return sorted([*_PLACES, "__version__"])
