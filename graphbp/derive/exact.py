"""Exact numbers: values and gradients as fractions, where every operation keeps them rational."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.derive.figures import Functions, gradient_name
from graphbp.derive.local import computed_as
from graphbp.errors import UsageError
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import Expr


def exact_functions(functions: Functions) -> Functions:
    """The kernels, with numbers in formulas read as fractions."""
    return {**functions, "number": Fraction}


def exact_values(network: Network, functions: Functions) -> dict[str, Any]:
    """The values of all named nodes as fractions, or arrays of them.

    Raises: UsageError if a node's operation leaves the rational numbers.
    """
    env: dict[str, Any] = {}
    for node in network.graph.named:
        written = network.values.get(node.id) if node.leaf else computed_as(network, node.id)
        value = network.arrays[node.id] if written is None else None
        env[node.id] = _fractions(value) if written is None else exact_value(node.id, written, env, functions)
    return env


def exact_value(name: str, formula: Expr, env: Mapping[str, Any], functions: Functions) -> Any:
    """One formula in fractions.

    Raises: UsageError if it leaves the rational numbers.
    """
    try:
        value = evaluate(formula, env, functions=functions)
    except (TypeError, AttributeError, ValueError):
        value = float("nan")
    if not all(isinstance(entry, Fraction | int | np.integer) for entry in np.ravel(np.asarray(value, dtype=object))):
        raise UsageError(
            f"{name} has no exact value: its formula leaves the fractions", node=name, fix="use --numbers decimal"
        )
    return _fractions(value)


def _fractions(value: Any) -> Any:
    array = np.asarray(value, dtype=object)
    return _fraction(array.item()) if array.ndim == 0 else np.vectorize(_fraction, otypes=[object])(array)


def _fraction(entry: Any) -> Fraction:
    return Fraction(entry) if isinstance(entry, Fraction | float) else Fraction(int(entry))


def keep_gradient(env: dict[str, Any], loss: str, node: str, formula: Expr, functions: Functions) -> None:
    """Add the exact gradient of a node, from its formula in values and later gradients."""
    env[gradient_name(loss, node)] = exact_value(node, formula, env, functions)
