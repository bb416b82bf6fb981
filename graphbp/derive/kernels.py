"""NumPy kernels for every function that a network's formulas may call, unknown ones included."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.calculus.differentiate import differentiate_formula
from graphbp.derive.local import slope
from graphbp.network import Network
from graphbp.notation.evaluate import derivative_key, evaluate
from graphbp.notation.tree import Call, Symbol

Kernel = Callable[..., Any]


@cache
def operation_kernels() -> Mapping[str, Kernel]:
    """The forward kernels of all operations, callable as formulas call them: defaults filled in."""
    return {name: partial(_forward, name) for name in ops.names()}


def _forward(name: str, *args: Any, **options: Any) -> Any:
    op = ops.get(name)
    inputs, attrs = args[: len(op.inputs)], dict(options)
    positional = [key for key in op.attrs if key not in op.keyword_only]
    for key, value in zip(positional, args[len(op.inputs) :], strict=False):
        attrs[key] = value
    return op.forward(*inputs, **op.complete(attrs))


def network_kernels(network: Network) -> Mapping[str, Kernel]:
    """Kernels for all operations and for the network's own functions; unknown ones get a smooth stand-in.

    A stand-in is seeded by the function's name, so that the same network is always checked the same way.
    """
    table: dict[str, Kernel] = dict(operation_kernels())
    for name, function in network.functions.items():
        arity = len(function.params)
        if function.body is None:
            table.update(_stand_ins(name, arity))
            continue
        body, params = function.body, function.params
        table[name] = lambda *args, body=body, params=params: evaluate(
            body, dict(zip(params, args, strict=True)), functions=table
        )
        for slot in range(arity):
            chain = differentiate_formula(body, Symbol(params[slot]), lambda call, place: slope(network, call, place))
            table[derivative_key(name, (slot,), arity)] = lambda *args, tree=chain.result, params=params: evaluate(
                tree, dict(zip(params, args, strict=True)), functions=table
            )
    return _Derivatives(table)


class _Derivatives(dict[str, Kernel]):
    """The kernels; σ′ of an operation is read off its derived rule when it is first asked for."""

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self and key.endswith("'") and key[:-1] in operation_kernels():
            tree = slope(Network(), Call(key[:-1], (Symbol("argument"),)), 0)
            assert tree is not None
            self[key] = lambda x: evaluate(tree, {"argument": x}, functions=self)
        return super().get(key, default)


def _stand_ins(name: str, arity: int) -> Mapping[str, Kernel]:
    """A smooth function nobody would guess, sin(Σ cᵢxᵢ + c) + Σ dᵢxᵢ², with its exact derivatives."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    numbers = np.random.default_rng(seed).uniform(0.4, 1.6, 2 * arity + 1)
    c, d, shift = numbers[:arity], numbers[arity:-1], numbers[-1]

    def inner(args: tuple[Any, ...]) -> Any:
        return sum((c[i] * x for i, x in enumerate(args)), shift)

    def value(*args: Any) -> Any:
        return np.sin(inner(args)) + sum(d[i] * x * x for i, x in enumerate(args))

    def derivative(slot: int, *args: Any) -> Any:
        return c[slot] * np.cos(inner(args)) + 2 * d[slot] * args[slot]

    keys = {derivative_key(name, (slot,), arity): partial(derivative, slot) for slot in range(arity)}
    return {name: value, **keys}
