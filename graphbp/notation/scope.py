"""What a compiled formula runs in: values, letters and sizes by name, and how entries are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, ValueMissing
from graphbp.graph.shape import Size
from graphbp.notation import arrays
from graphbp.notation.tree import Entry, Expr, Index, Symbol, walk

Value = Any
"""A float, or an array of floats (of complex numbers or mpmath numbers where a witness asks for them)."""


@dataclass(frozen=True)
class Scope:
    """What a formula sees: values and functions by name, letters as arrays of integers."""

    values: Mapping[str, Value]
    letters: Mapping[str, Value] = field(default_factory=dict)
    depth: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)

    def length(self, size: Size) -> int:
        """The number that a size stands for."""
        if isinstance(size, int):
            return size
        if size not in self.sizes:
            raise ShapeError(f"size {size} is not known", fix="give a value that binds it")
        return self.sizes[size]

    def bound(self, indices: Sequence[Index], lengths: Sequence[int]) -> Scope:
        """The scope inside a Σ: every letter of it a new leading axis."""
        letters, count = dict(self.letters), len(indices)
        for axis, (index, length) in enumerate(zip(indices, lengths, strict=True)):
            shape = [1] * (count + self.depth)
            shape[axis] = length
            letters[index.name] = np.arange(length).reshape(shape)
        return replace(self, letters=letters, depth=self.depth + count)


Run = Callable[[Scope], Value]

ELEMENTARY: Mapping[str, Callable[..., Value]] = {
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "sin": np.sin,
    "cos": np.cos, "tan": np.tan, "tanh": np.tanh, "sinh": np.sinh, "cosh": np.cosh, "arctan": np.arctan,
    "erf": arrays.erf, "one_hot": arrays.one_hot, "sum": arrays.total, "mean": arrays.mean, "floor": np.floor,
    "pi": lambda: math.pi, "max": arrays.largest, "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip
"""Functions that formulas may call without being given a kernel."""

RELATIONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "=": np.equal, "!=": np.not_equal,
}  # fmt: skip


def derivative_key(function: str, order: Sequence[int], arity: int = 1) -> str:
    """The name under which `functions` holds a derivative of a function.

    >>> derivative_key("sigmoid", (0,)), derivative_key("k", (1,), 2)
    ("sigmoid'", "k'1")
    """
    return function + "".join("'" if arity == 1 else f"'{slot}" for slot in order)


def known(table: Mapping[str, Value], name: str, kind: str) -> Value:
    """The value of a name; what is missing is named."""
    if name not in table:
        raise ValueMissing(f"the {kind} {name} is not known")
    return table[name]


def bound_options(options: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The options, a size letter among them as its number."""
    if not scope.sizes:
        return options
    return {name: scope.sizes.get(value, value) if isinstance(value, str) else value for name, value in options.items()}


def indicator(holds: Value, scope: Scope) -> Value:
    """1 or 0, of the kind of number that the scope computes with."""
    if "number" in scope.functions and np.ndim(holds) == 0:
        return scope.functions["number"](int(holds))
    return np.where(holds, 1.0, 0.0)[()]


def flat(scope: Scope) -> Scope:
    """The scope of whole arrays: no axes of letters."""
    return scope if not scope.depth else replace(scope, depth=0)


def length_of(index: Index, body: Expr, scope: Scope) -> int:
    """How far a letter runs; without a size of its own it is read off an array that it counts."""
    if index.size is not None and (isinstance(index.size, int) or index.size in scope.sizes):
        return scope.length(index.size)
    for part in walk(body):
        if isinstance(part, Entry) and isinstance(part.base, Symbol) and part.base.name in scope.values:
            for axis, sub in enumerate(part.subs):
                if isinstance(sub, Index) and sub.name == index.name:
                    return int(np.shape(scope.values[part.base.name])[axis])
    raise ShapeError(f"how far the index {index.name} runs is not known", fix="give a value that binds its size")


def literal_entry(base: Value, places: tuple[int, ...]) -> Value:
    """The entry, row or column at written places, which may count from the end."""
    shape = np.shape(base)
    if len(places) > len(shape) or not all(-size <= place < size for place, size in zip(places, shape, strict=False)):
        raise ShapeError(f"the place {list(places)} lies outside the array of shape {shape}")
    return np.asarray(np.asarray(base)[places])[()]


def gather(base: Value, places: Sequence[Value], term: Entry) -> Value:
    """Entries of an array at index values; what lies outside is read as the entry says."""
    shape = np.shape(base)
    if len(places) != len(shape):
        raise ShapeError(f"{len(places)} indices for an array with {len(shape)} axes")
    if not places:
        return base
    inside: Value = True
    for place, length in zip(places, shape, strict=True):
        inside = inside & ((place >= 0) & (place < length))
    if np.all(inside):
        return np.asarray(base)[tuple(places)]
    if term.outside == "error":
        raise ShapeError(f"an index lies outside the array of shape {shape}")
    kept = [np.clip(place, 0, max(length - 1, 0)) for place, length in zip(places, shape, strict=True)]
    filled = 0.0 if term.outside == "zero" else -math.inf
    return np.where(inside, np.asarray(base)[tuple(kept)], filled)[()] if 0 not in shape else filled


def gather_spread(base: Value, places: Sequence[Value], term: Entry) -> Value:
    """An entry of a formula between arrays: along an axis that is missing or has length 1 all entries are the same."""
    shape = np.shape(base)
    kept = places[len(places) - len(shape) :]
    return gather(base, [place if size != 1 else place * 0 for place, size in zip(kept, shape, strict=True)], term)


def divide(num: Value, den: Value) -> Value:
    """A quotient; dividing by zero is no error."""
    if isinstance(den, (int, float)) and den == 0:
        den = np.float64(den)
    return num / den


def power(base: Value, exp: Value) -> Value:
    """A power; whole exponents stay exact."""
    if isinstance(exp, int) and not isinstance(exp, bool) and exp < 0 and not isinstance(base, float):
        return divide(1.0, base**-exp)
    if isinstance(base, (int, float)) and (not isinstance(exp, int) or abs(exp) > 64):
        base = np.float64(base)
    return base**exp


def choose(branches: Sequence[tuple[Run, Run]], otherwise: Run, scope: Scope) -> Value:
    """The first value whose condition holds."""
    if not branches:
        return otherwise(scope)
    (value, condition), *rest = branches
    holds = condition(scope)
    if np.ndim(holds) == 0:
        return value(scope) if holds else choose(rest, otherwise, scope)
    return np.where(holds, value(scope), choose(rest, otherwise, scope))
