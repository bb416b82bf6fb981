"""Witnesses that know no rule: what a definition says, in complex numbers or with many digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np

from graphbp.calculus.lines import Definition
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import Expr
from graphbp.ops.base import Op, Value
from graphbp.ops.derived import entries
from graphbp.ops.registry import get, names


class Defined(Mapping[str, Callable[..., Value]]):
    """Operations by name, each computed by its definition; `base` holds the elementary functions."""

    def __init__(self, base: Mapping[str, Callable[..., Value]] | None = None) -> None:
        self.base = dict(base or {})

    def __getitem__(self, name: str) -> Callable[..., Value]:
        if name in self.base:
            return self.base[name]
        if name not in names() or name in ELEMENTARY:
            raise KeyError(name)
        op = get(name)

        def value(*args: Any, **options: Any) -> Value:
            if name in ("max", "min") and len(args) > 1:
                # As in formulas: max(0, z) compares values, max(x) the entries of one.
                return reduce(self[f"{name}imum"], args)
            return defined_value(op, args[: len(op.inputs)], _attrs(op, args, options), self)

        return value

    def __iter__(self) -> Iterator[str]:
        return iter({*self.base, *names()} - ELEMENTARY)

    def __len__(self) -> int:
        return sum(1 for _ in self)


ELEMENTARY = frozenset({"exp", "log", "log1p", "sqrt", "sin", "cos", "erf", "sum", "mean"})
"""What formulas compute without a definition; of sums and means the definition says the same."""


def _attrs(op: Op, args: Sequence[Value], options: Mapping[str, Any]) -> dict[str, Any]:
    plain = [name for name in op.attrs if name not in op.keyword_only]
    return op.complete({**dict(zip(plain, args[len(op.inputs) :], strict=False)), **options})


def defined_value(
    op: Op, inputs: Sequence[Value], attrs: Mapping[str, Any] | None = None, functions: Mapping[str, Any] | None = None
) -> Value:
    """The operation's value as its definition says, for floats, complex numbers or objects alike.

    >>> from graphbp.ops import get
    >>> defined_value(get("relu"), (2.0,))
    2.0
    """
    full = op.complete(attrs or {})
    table = functions if functions is not None else Defined()
    body = op.formula(full)
    if body is not None:
        return evaluate(
            body, dict(zip(op.input_names(full), inputs, strict=True)), functions=_with_declared(table, full)
        )
    shapes = ((),) * len(inputs) if op.elementwise(full) else tuple(np.shape(value) for value in inputs)
    definition = _definition(op, shapes, tuple(full.items()))
    scope: dict[str, Value] = dict(zip(definition.shapes, inputs, strict=True))
    for part in definition.parts:
        scope[part.name] = entries(part.indices, part.body, scope, table)
    return entries(definition.indices, definition.body, scope, table)


def _with_declared(table: Mapping[str, Any], attrs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The functions together with the declared ones that a declared function uses."""
    if not attrs["functions"]:
        return table
    inner = {name: partial(_declared, params, body, table, attrs) for name, params, body in attrs["functions"]}
    base = table.base if isinstance(table, Defined) else table
    return Defined({**base, **inner})


def _declared(
    params: tuple[str, ...], body: Expr, table: Mapping[str, Any], attrs: Mapping[str, Any], *values: Value
) -> Value:
    return evaluate(body, dict(zip(params, values, strict=True)), functions=_with_declared(table, attrs))


@lru_cache(maxsize=4096)
def _definition(op: Op, shapes: tuple[Any, ...], attrs: tuple[tuple[str, Any], ...]) -> Definition:
    return op.index_form(shapes, dict(attrs))


# Many digits


def with_digits(values: Value, digits: int = 30) -> Value:
    """The numbers as mpmath numbers, exactly as they are in double precision."""
    mp = _context(digits)
    return np.frompyfunc(lambda value: mp.mpf(float(value)), 1, 1)(np.asarray(values, dtype=object))


def precise_value(op: Op, inputs: Sequence[Value], attrs: Mapping[str, Any] | None = None, digits: int = 30) -> Value:
    """The value that the definition gives with so many digits, as mpmath numbers.

    >>> from graphbp.ops import get
    >>> str(precise_value(get("sigmoid"), (1.0,), digits=20))[:22]
    '0.73105857863000487925'
    """
    return defined_value(op, [with_digits(value, digits) for value in inputs], attrs, precise_functions(digits))


@lru_cache(maxsize=8)
def _context(digits: int) -> Any:
    """mpmath with a precision of its own, which no other code can change."""
    from mpmath.ctx_mp import MPContext

    mp = MPContext()
    mp.dps = digits
    return mp


@lru_cache(maxsize=8)
def precise_functions(digits: int) -> Defined:
    """The elementary functions with many digits, and the reader of numbers."""
    mp = _context(digits)

    def lift(function: Callable[[Any], Any]) -> Callable[..., Value]:
        lifted: Callable[..., Value] = np.frompyfunc(function, 1, 1)
        return lifted

    def log(x: Any) -> Any:
        return mp.ninf if x == 0 else mp.log(x)

    def number(value: Any) -> Any:
        if hasattr(value, "denominator"):
            return mp.mpf(value.numerator) / value.denominator
        return mp.mpf(value)

    table = {
        name: lift(getattr(mp, name))
        for name in ("exp", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "erf", "sign")
    }
    table |= {
        "arctan": lift(mp.atan),
        "abs": lift(abs),
        "log": lift(log),
        "log1p": lift(lambda x: log(1 + x)),
        "number": number,
        "pi": lambda: +mp.pi,
    }
    return Defined(table)
