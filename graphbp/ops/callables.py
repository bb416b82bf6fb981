"""Operations and declared functions as plain callables, slopes included: what evaluation of formulas is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.errors import UsageError
from graphbp.ops.base import Op, Value
from graphbp.ops.registry import get, names

if TYPE_CHECKING:
    from graphbp.ops.lower import Function

_KEY = re.compile(r"(\w+?)((?:'\d*)*)")


class Callables(Mapping[str, Callable[..., Value]]):
    """`table["sigmoid"](z)` is a value, `table["sigmoid'"](z)` a slope, `table["k'1"](x, y)` that in the second slot.

    >>> Callables()["sigmoid'"](0.0)
    0.25
    """

    def __init__(self, functions: Mapping[str, Function] | None = None) -> None:
        self._functions = dict(functions or {})
        self._made: dict[str, Callable[..., Value]] = {}

    def __getitem__(self, key: str) -> Callable[..., Value]:
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._functions
        yield from (name for name in names() if name not in self._functions)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _make(self, key: str) -> Callable[..., Value]:
        match = _KEY.fullmatch(key)
        if not match:
            raise KeyError(key)
        op, attrs = self._operation(match[1])
        slots = [int(slot or 0) for slot in match[2].split("'")[1:]]
        if len(slots) > 1:
            raise KeyError(key)
        return _slope(op, attrs, slots[0]) if slots else _value(op, attrs)

    def _operation(self, name: str) -> tuple[Op, Mapping[str, Any]]:
        if name in self._functions:
            function = self._functions[name]
            if function.body is None:
                raise KeyError(name)
            from graphbp.ops.lower import needed_functions

            return get(f"function:{name}"), {"params": function.params, "body": function.body,
                                             "functions": needed_functions(function, self._functions)}  # fmt: skip
        if name not in names():
            raise KeyError(name)
        return get(name), {}


def _split(
    op: Op, fixed: Mapping[str, Any], args: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of a call as inputs and complete attributes."""
    if fixed:
        return args, {**fixed, **options}
    plain = [name for name in op.attrs if name not in op.keyword_only]
    extra = args[len(op.inputs) :]
    if len(extra) > len(plain):
        raise UsageError(f"{op.name} takes {op.signature}, not {len(args)} values")
    return args[: len(op.inputs)], op.complete({**dict(zip(plain, extra, strict=False)), **options})


def _value(op: Op, fixed: Mapping[str, Any]) -> Callable[..., Value]:
    def value(*args: Any, **options: Any) -> Value:
        inputs, attrs = _split(op, fixed, args, options)
        with np.errstate(all="ignore"):
            return op.forward(*inputs, **attrs)

    def largest(*args: Any, **options: Any) -> Value:
        if len(args) < 2:
            return value(*args, **options)
        result = args[0]
        for other in args[1:]:
            result = get(f"{op.name}imum").forward(result, other)
        return result

    return largest if op.name in ("max", "min") else value


def _slope(op: Op, fixed: Mapping[str, Any], slot: int) -> Callable[..., Value]:
    def slope(*args: Any, **options: Any) -> Value:
        inputs, attrs = _split(op, fixed, args, options)
        with np.errstate(all="ignore"):
            found = op.vjp(1.0, op.forward(*inputs, **attrs), inputs, attrs, slot)
        return float(found) if not getattr(found, "shape", ()) else found

    return slope
