"""Run a network: forward at once, backward when a gradient is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.engine.plan import Plan, bound_sizes, given_values, leaf_numbers, split_overrides
from graphbp.engine.result import Result, Table
from graphbp.errors import UsageError
from graphbp.ops.base import Value

if TYPE_CHECKING:
    from graphbp.network import Network

DTYPES = {"float64": np.float64, "float32": np.float32}


def run(network: Network, overrides: Mapping[str, Any] | None = None, dtype: str = "float64") -> Result:
    """The values of all nodes, and their gradients when asked for.

    `overrides` gives other numbers to leaves (`{"w1": 0.3}`) and to assumed gradients (`{"dl/dz1": 0.3}`).

    Raises: ValueMissing if a leaf has no number, NameProblem for an unknown name, ShapeError.
    """
    kind = number_kind(dtype)
    if not overrides and network.total_formula is None and not network.rows:
        plan, values = network.kept.once((Plan, kind), lambda: _at_rest(network, kind))
        return Result(Table(plan, plan.forward(values)))
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
