"""Kernels made from derived rules: what the engine runs where an operation has no faster one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.graph.shape import Shape
from graphbp.notation.tree import Expr, Index
from graphbp.ops.callables import Callables

if TYPE_CHECKING:
    from graphbp.calculus.lines import GradientRule
    from graphbp.ops.base import Op, Value


def derived_vjp(
    op: Op, upstream: Value, output: Value, inputs: Sequence[Value], attrs: Mapping[str, Any], slot: int
) -> Value:
    """The upstream gradient pulled back by the rule that follows from the definition."""
    numbers = op.elementwise(attrs)
    shapes = ((),) * len(inputs) if numbers else tuple(np.shape(value) for value in inputs)
    rule = _rule(op, shapes, tuple(attrs.items()), slot)
    names = tuple(rule.definition.shapes)
    scope = {**dict(zip(names, inputs, strict=True)), rule.definition.name: output, rule.upstream: upstream}
    # Of stacked examples some inputs may be one number for all, and so may the upstream gradient.
    shapes_met = [np.shape(value) for value in (*inputs, upstream)]
    return evaluated(rule, scope, np.broadcast_shapes(*shapes_met) if numbers else np.shape(inputs[slot]))


@lru_cache(maxsize=4096)
def _rule(op: Op, shapes: tuple[Shape, ...], attrs: tuple[tuple[str, Any], ...], slot: int) -> GradientRule:
    return op.rule(slot, shapes, dict(attrs))


def evaluated(
    rule: GradientRule, scope: Mapping[str, Value], shape: tuple[int, ...], functions: Mapping[str, Any] | None = None
) -> Value:
    """The numbers of a rule: its entries at all indices at once."""
    env: dict[str, Value] = dict(scope)
    for part in (*rule.definition.parts, *rule.helpers):
        env[part.name] = entries(part.indices, part.body, env, functions)
    found = entries(rule.indices, rule.entry, env, functions)
    return np.broadcast_to(found, shape) if shape != np.shape(found) else found


def entries(
    indices: Sequence[Index], body: Expr, env: Mapping[str, Value], functions: Mapping[str, Any] | None = None
) -> Value:
    """The body at all values of its free letters, one axis for each letter."""
    from graphbp.notation.evaluate import evaluate

    table = functions if functions is not None else Callables()
    if not indices:
        return evaluate(body, env, functions=table)
    shape = [int(index.size) for index in indices if index.size is not None]
    letters = {index.name: place for index, place in zip(indices, np.indices(shape, sparse=True), strict=True)}
    return np.broadcast_to(evaluate(body, {**env, **letters}, functions=table), shape)
