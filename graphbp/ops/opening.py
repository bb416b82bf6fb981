"""Calls on numbers opened: what a function of the author's own, or an operation, stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from graphbp.errors import GraphbpError
from graphbp.notation.tree import Call, Expr, Symbol, substitute
from graphbp.ops.lower import bind_arguments
from graphbp.ops.registry import get

if TYPE_CHECKING:
    from graphbp.ops.lower import Function


def opener(functions: Mapping[str, Function]) -> Callable[[Call], Expr | None]:
    """Gives the formula that a call on numbers stands for; None for unknown functions and for what needs arrays.

    >>> opener({})(Call("relu", (Symbol("x"),))) == get("relu").definition(Symbol("x"))
    True
    """

    def opened(call: Call) -> Expr | None:
        own = functions.get(call.function)
        if own is None:
            return _definition(call)
        if own.body is None:
            return None
        body: Expr = substitute(own.body, dict(zip(map(Symbol, own.params), call.args, strict=True)))
        return body

    return opened


@lru_cache(maxsize=1024)
def _definition(call: Call) -> Expr | None:
    """The definition of an operation on numbers, its operands put in."""
    if call.function in ("max", "min") and len(call.args) > 1:
        first, second, *rest = call.args
        larger = _definition(Call(f"{call.function}imum", (first, second)))
        return _definition(Call(call.function, (larger, *rest))) if rest and larger is not None else larger
    try:
        op = get(call.function)
        operands, attrs = bind_arguments(op, call.args, dict(call.options))
        # No operand can have such a name, so that nothing is put in twice.
        names = [f"argument {place}" for place in range(len(operands))]
        definition = op.index_form([()] * len(operands), attrs, names, "output")
    except GraphbpError:
        return None
    if definition.parts or definition.indices:
        return None
    opened: Expr = substitute(definition.body, dict(zip(map(Symbol, names), operands, strict=True)))
    return None if opened == call else opened
