"""Run a network: forward at once, backward when a gradient is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.engine.plan import Plan, bound_sizes, given_values, leaf_numbers, split_overrides
from graphbp.engine.result import Result, Table
from graphbp.errors import UsageError
from graphbp.ops.base import Value

if TYPE_CHECKING:
    from graphbp.network import Network

LARGEST_WHOLE = 2**53
"""Up to here every whole number is a float."""

DTYPES = {"float64": np.float64, "float32": np.float32}


def run(network: Network, overrides: Mapping[str, Any] | None = None, dtype: str = "float64") -> Result:
    """The values of all nodes, and their gradients when asked for.

    `overrides` gives other numbers to leaves (`{"w1": 0.3}`) and to assumed gradients (`{"dl/dz1": 0.3}`).

    Raises: ValueMissing if a leaf has no number, NameProblem for an unknown name, ShapeError.
    """
    kind = number_kind(dtype)
    if network.total_formula is None and not network.rows and not (overrides and network.missing):
        plan, values = network.kept.once((Plan, kind), lambda: _at_rest(network, kind))
        moved = _moved(plan, values, overrides or {})
        if moved is not None:
            return Result(Table(plan, plan.forward(moved)))
    leaves, assumed = split_overrides(network, overrides or {})
    changed = network.with_values(leaves) if leaves else network
    given = given_values(changed, assumed)
    if changed.total_formula is not None or changed.rows:
        from graphbp.engine.examples import run_examples

        return run_examples(changed, given, kind, frozenset(leaves))
    return Result(table_of(changed, changed.arrays, given, kind))


def _at_rest(network: Network, dtype: Any) -> tuple[Plan, list[Value]]:
    """The plan of a network with its own numbers, and the table that its forward pass starts from."""
    numbers = leaf_numbers(network.graph, network.arrays)
    plan = Plan(network, network.graph, bound_sizes(network.graph, numbers), dtype, given_values(network, {}))
    return plan, plan.program.start(numbers, dtype)


def _moved(plan: Plan, values: list[Value], overrides: Mapping[str, Any]) -> list[Value] | None:
    """The starting table with other numbers in it; None unless all are plain numbers that fit into their places."""
    made = values.copy() if overrides else values
    for name, value in overrides.items():
        place = plan.program.places.get(name) if name in plan.network.leaves else None
        number = None if place is None else _in_place_of(values[place], value)
        if place is None or number is None:
            return None
        made[place] = number
    return made


def _in_place_of(old: Value, value: Any) -> Value | None:
    """A number or a copy of an array of the same kind as the old one; None for anything else."""
    if type(old) is float:
        whole = type(value) is int and abs(value) <= LARGEST_WHOLE
        return float(value) if whole or (type(value) is float and math.isfinite(value)) else None
    if not isinstance(old, np.ndarray) or not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return None
    return value.astype(old.dtype) if value.shape == old.shape and np.isfinite(value).all() else None


def number_kind(dtype: str) -> Any:
    """The NumPy type of that name.

    Raises: UsageError if it is not offered.
    """
    name = getattr(dtype, "__name__", dtype)
    if name not in DTYPES:
        raise UsageError(f"numbers of type {name} are not offered", fix="use float64 or float32")
    return DTYPES[name]


def table_of(
    network: Network,
    arrays: Mapping[str, Any],
    given: Mapping[str, Any],
    dtype: Any,
    plans: dict[tuple[Any, ...], Plan] | None = None,
) -> Table:
    """One forward pass over the given numbers of the leaves; `plans` keeps those that were made for other passes."""
    graph = network.graph
    numbers = leaf_numbers(graph, arrays)
    sizes = bound_sizes(graph, numbers)
    known = plans if plans is not None else {}
    plan = known.setdefault(tuple(sizes.items()), Plan(network, graph, sizes, dtype, given))
    return Table(plan, plan.forward(plan.program.start(numbers, dtype)))
