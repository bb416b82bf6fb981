"""Calls of more operands than an operation has inputs, as calls of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from graphbp.errors import UsageError
from graphbp.notation.tree import Call, Expr
from graphbp.ops.contraction import pairwise
from graphbp.ops.registry import get, names


def _nested(name: str, call: Call) -> Expr:
    return reduce(lambda left, right: Call(name, (left, right), call.options), call.args)


def _extreme(call: Call) -> Expr:
    return _nested(f"{call.function}imum", call)


def _concatenate(call: Call) -> Expr:
    return _nested("concatenate", call)


def _stack(call: Call) -> Expr:
    """The first two stacked, each further one as a layer of its own joined to them."""
    joined: Expr = Call("stack", call.args[:2], call.options)
    for arg in call.args[2:]:
        joined = Call("concatenate", (joined, Call("stack", (arg,), call.options)), call.options)
    return joined


def _einsum(call: Call) -> Expr:
    """The product of the first two, then with the third, and so on."""
    equations = pairwise(get("einsum").complete(dict(call.options))["equation"])
    if len(equations) != len(call.args) - 1:
        spoken = f"the equation speaks of {len(equations) + 1} operands"
        raise UsageError(f"einsum: {spoken}, and there are {len(call.args)}")
    result = call.args[0]
    for equation, arg in zip(equations, call.args[1:], strict=True):
        result = Call("einsum", (result, arg), (("equation", equation),))
    return result


_SEVERAL: Mapping[str, Callable[[Call], Expr]] = {
    "max": _extreme, "min": _extreme, "concatenate": _concatenate, "stack": _stack, "einsum": _einsum,
}  # fmt: skip


def two_at_a_time(call: Call) -> Expr:
    """The call itself, or calls of two operands each where it has more than the operation's inputs.

    Raises: UsageError if an equation speaks of another number of operands.

    >>> from graphbp.notation.tree import Symbol
    >>> two_at_a_time(Call("max", (Symbol("a"), Symbol("b")))).function
    'maximum'
    """
    several = _SEVERAL.get(call.function)
    if several is None or call.function not in names() or len(call.args) <= len(get(call.function).inputs):
        return call
    return several(call)
