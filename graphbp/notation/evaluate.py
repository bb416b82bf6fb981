"""Numbers for formulas: every kind of the tree compiled once into a Python closure over NumPy.

A letter under Σ or max becomes a new leading axis, so that no entry is visited in a Python loop.
Broadcasting does the rest: outer letters keep their trailing axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from graphbp.errors import FormulaError, ShapeError, ValueMissing
from graphbp.graph.shape import Size
from graphbp.notation import arrays
from graphbp.notation.tree import (
    Add,
    Affine,
    Array,
    Bracket,
    Broadcast,
    Call,
    Cases,
    Compare,
    Condition,
    Correlate,
    Delta,
    Dilate,
    Div,
    Einsum,
    Entry,
    Expr,
    Flip,
    FloorMod,
    Group,
    Hadamard,
    Index,
    IndexExpr,
    Mark,
    MatMul,
    Max,
    Mul,
    Neg,
    Number,
    Outer,
    Pad,
    Partial,
    Pow,
    Reduce,
    Reshape,
    Slice,
    Sum,
    Symbol,
    Term,
    Transpose,
    Upsample,
    Within,
    walk,
)  # fmt: skip

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
    "max": arrays.largest, "maximum": np.maximum, "minimum": np.minimum,
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


class Compiler:
    """Turns a term into a closure; one method per kind."""

    def compile(self, term: Term) -> Run:
        """The closure that computes the term in a scope."""
        run: Run = getattr(self, type(term).__name__.lower())(term)
        return run

    def all(self, terms: Sequence[Term]) -> list[Run]:
        """One closure for each term."""
        return [self.compile(term) for term in terms]

    # Which entry

    def index(self, term: Index) -> Run:
        """A letter."""
        return lambda scope: _known(scope.letters, term.name, "index")

    def affine(self, term: Affine) -> Run:
        """A sum of letters with coefficients."""
        parts = [(self.compile(inner), factor) for inner, factor in term.terms]
        return lambda scope: sum((run(scope) * factor for run, factor in parts), term.const)

    def floormod(self, term: FloorMod) -> Run:
        """⌊e / n⌋ or e mod n."""
        run, n = self.compile(term.of), term.n
        return (lambda scope: run(scope) // n) if term.op == "floor" else (lambda scope: run(scope) % n)

    def slice(self, term: Slice) -> Run:
        """A range of an axis."""
        return lambda scope: slice(term.start, term.stop, term.step)

    # When

    def within(self, term: Within) -> Run:
        """0 ≤ e < size."""
        run = self.compile(term.index)

        def inside(scope: Scope) -> Value:
            place = run(scope)
            return np.logical_and(place >= 0, place < scope.length(term.size))

        return inside

    def compare(self, term: Compare) -> Run:
        """Two values compared."""
        left, right, relation = self.compile(term.left), self.compile(term.right), RELATIONS[term.relation]
        return lambda scope: relation(left(scope), right(scope))

    # Which value

    def number(self, term: Number) -> Run:
        """A number; `functions["number"]` may read it with more digits."""
        value = float(term.value) if isinstance(term.value, Fraction) else term.value

        def read(scope: Scope) -> Value:
            return scope.functions["number"](term.value) if "number" in scope.functions else value

        return read

    def array(self, term: Array) -> Run:
        """A literal array."""
        rows = self.all(term.rows)
        return lambda scope: np.array([row(scope) for row in rows])

    def symbol(self, term: Symbol) -> Run:
        """A value by name, or a size."""
        name = term.name

        def read(scope: Scope) -> Value:
            if name in scope.values:
                return scope.values[name]
            return _known(scope.sizes, name, "value of")

        return read

    def entry(self, term: Entry) -> Run:
        """One entry of an array for every value of the letters, or a slice."""
        base, places = self.compile(term.base), self.all(term.subs)
        if any(isinstance(place, Slice) for place in term.subs):
            return lambda scope: base(_flat(scope))[tuple(place(scope) for place in places)]
        if term.outside == "error" and all(isinstance(sub, Affine) and not sub.terms for sub in term.subs):
            return lambda scope: _literal_entry(base(_flat(scope)), tuple(place(scope) for place in places))
        gather = _gather if isinstance(term.base, Symbol | Array) else _gather_spread
        return lambda scope: gather(base(_flat(scope)), [place(scope) for place in places], term)

    def add(self, term: Add) -> Run:
        """A sum."""
        first, *rest = self.all(term.terms)

        def total(scope: Scope) -> Value:
            value = first(scope)
            for run in rest:
                value = value + run(scope)
            return value

        return total

    def mul(self, term: Mul) -> Run:
        """A product, entry by entry."""
        return self._product(term.factors)

    def hadamard(self, term: Hadamard) -> Run:
        """A product, entry by entry."""
        return self._product(term.factors)

    def _product(self, factors: Sequence[Expr]) -> Run:
        first, *rest = self.all(factors)

        def product(scope: Scope) -> Value:
            value = first(scope)
            for run in rest:
                value = value * run(scope)
            return value

        return product

    def neg(self, term: Neg) -> Run:
        """−x."""
        run = self.compile(term.x)
        return lambda scope: -run(scope)

    def div(self, term: Div) -> Run:
        """A quotient; division by zero gives inf or nan."""
        num, den = self.compile(term.num), self.compile(term.den)
        return lambda scope: _divide(num(scope), den(scope))

    def pow(self, term: Pow) -> Run:
        """A power."""
        base, exp = self.compile(term.base), self.compile(term.exp)
        return lambda scope: _power(base(scope), exp(scope))

    def call(self, term: Call) -> Run:
        """A named function, or a derivative of one."""
        args, options = self.all(term.args), dict(term.options)
        key = derivative_key(term.function, term.order, len(args)) if term.order else term.function

        def apply(scope: Scope) -> Value:
            function = scope.functions.get(key) or ELEMENTARY.get(key)
            if function is None:
                raise ValueMissing(f"there are no numbers for the function {key}", fix="give it a definition")
            return function(*(run(scope) for run in args), **_bound(options, scope))

        return apply

    def group(self, term: Group) -> Run:
        """Parentheses."""
        return self.compile(term.x)

    def mark(self, term: Mark) -> Run:
        """A coloured part."""
        return self.compile(term.x)

    def sum(self, term: Sum) -> Run:
        """Σ over new leading axes."""
        return self._over(term.indices, term.body, np.sum)

    def max(self, term: Max) -> Run:
        """The largest over new leading axes."""
        return self._over(term.indices, term.body, np.max)

    def _over(self, indices: tuple[Index, ...], body: Expr, reduce: Callable[..., Value]) -> Run:
        run, axes = self.compile(body), tuple(range(len(indices)))

        def over(scope: Scope) -> Value:
            lengths = [_length(index, body, scope) for index in indices]
            value = np.asarray(run(scope.bound(indices, lengths)))
            grid = (*lengths, *[1] * scope.depth)
            value = np.broadcast_to(value, np.broadcast_shapes(value.shape, grid))
            return np.asarray(reduce(value, axis=axes))[()]

        return over

    def delta(self, term: Delta) -> Run:
        """δ."""
        left, right = self.compile(term.left), self.compile(term.right)
        return lambda scope: np.where(np.equal(left(scope), right(scope)), 1.0, 0.0)[()]

    def bracket(self, term: Bracket) -> Run:
        """[condition]."""
        run = self.compile(term.condition)
        return lambda scope: _indicator(run(scope), scope)

    def cases(self, term: Cases) -> Run:
        """The first value whose condition holds; of scalars only the branch taken is computed."""
        branches = [(self.compile(value), self.compile(condition)) for value, condition in term.branches]
        otherwise = self.compile(term.otherwise)

        def choose(scope: Scope) -> Value:
            return _choose(branches, otherwise, scope)

        return choose

    def partial(self, term: Partial) -> Run:
        """A gradient that is known by the name d<y>/d<x>, as in `dl/dz1`; of an array, one entry of it."""
        y = term.y.name if isinstance(term.y, Symbol) else None
        inner = term.x.base if isinstance(term.x, Entry) else term.x
        if y is None or not isinstance(inner, Symbol):
            raise FormulaError("a derivative of a formula has no number of its own", fix="differentiate it first")
        named = Symbol(f"d{y}/d{inner.name}")
        return self.compile(replace(term.x, base=named) if isinstance(term.x, Entry) else named)

    # Layers

    def _layer(self, function: Callable[..., Value], *terms: Expr) -> Run:
        runs = self.all(terms)
        return lambda scope: function(*(run(_flat(scope)) for run in runs))

    def matmul(self, term: MatMul) -> Run:
        """Matrix product."""
        return self._layer(arrays.chain_product, *term.factors)

    def transpose(self, term: Transpose) -> Run:
        """The last two axes exchanged."""
        return self._layer(arrays.transposed, term.x)

    def outer(self, term: Outer) -> Run:
        """Every entry of one times every entry of the other."""
        return self._layer(np.multiply.outer, term.x, term.y)

    def reduce(self, term: Reduce) -> Run:
        """Sum along axes."""
        return self._layer(lambda x: arrays.reduced(x, term.axis), term.x)

    def broadcast(self, term: Broadcast) -> Run:
        """A vector made ready to be repeated (an axis of length 1)."""
        return self._layer(lambda x: np.expand_dims(x, -1) if term.axis == "column" else x, term.x)

    def flip(self, term: Flip) -> Run:
        """The order along axes turned round."""
        return self._layer(lambda x: np.flip(x, term.axes), term.x)

    def pad(self, term: Pad) -> Run:
        """A border of zeros, or a crop, along the last axes."""
        return self._layer(lambda x: arrays.padded(x, term.widths), term.x)

    def dilate(self, term: Dilate) -> Run:
        """Zeros between neighbours along the last axes."""
        return self._layer(lambda x: arrays.dilated(x, term.steps), term.x)

    def correlate(self, term: Correlate) -> Run:
        """A kernel slid over the last axes."""
        return self._layer(lambda x, k: arrays.correlate(x, k, term.letters, term.stride), term.x, term.kernel)

    def upsample(self, term: Upsample) -> Run:
        """Entries repeated over their windows."""
        run = self.compile(term.x)
        return lambda scope: arrays.upsampled(run(_flat(scope)), term.sizes, [scope.length(s) for s in term.shape])

    def reshape(self, term: Reshape) -> Run:
        """The same entries in another shape."""
        run = self.compile(term.x)
        return lambda scope: np.reshape(run(_flat(scope)), [scope.length(size) for size in term.shape])

    def einsum(self, term: Einsum) -> Run:
        """Sum of products over named axes."""
        return self._layer(lambda *xs: np.einsum(term.spec, *xs, optimize=len(xs) > 2), *term.args)


def _known(table: Mapping[str, Value], name: str, kind: str) -> Value:
    if name not in table:
        raise ValueMissing(f"the {kind} {name} is not known")
    return table[name]


def _bound(options: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The options, a size letter among them as its number."""
    if not scope.sizes:
        return options
    return {name: scope.sizes.get(value, value) if isinstance(value, str) else value for name, value in options.items()}


def _indicator(holds: Value, scope: Scope) -> Value:
    """1 or 0, of the kind of number that the scope computes with."""
    if "number" in scope.functions and np.ndim(holds) == 0:
        return scope.functions["number"](int(holds))
    return np.where(holds, 1.0, 0.0)[()]


def _flat(scope: Scope) -> Scope:
    """The scope of whole arrays: no axes of letters."""
    return scope if not scope.depth else replace(scope, depth=0)


def _length(index: Index, body: Expr, scope: Scope) -> int:
    """How far a letter runs; without a size of its own it is read off an array that it counts."""
    if index.size is not None and (isinstance(index.size, int) or index.size in scope.sizes):
        return scope.length(index.size)
    for part in walk(body):
        if isinstance(part, Entry) and isinstance(part.base, Symbol) and part.base.name in scope.values:
            for axis, sub in enumerate(part.subs):
                if isinstance(sub, Index) and sub.name == index.name:
                    return int(np.shape(scope.values[part.base.name])[axis])
    raise ShapeError(f"how far the index {index.name} runs is not known", fix="give a value that binds its size")


def _literal_entry(base: Value, places: tuple[int, ...]) -> Value:
    """The entry, row or column at written places, which may count from the end."""
    shape = np.shape(base)
    if len(places) > len(shape) or not all(-size <= place < size for place, size in zip(places, shape, strict=False)):
        raise ShapeError(f"the place {list(places)} lies outside the array of shape {shape}")
    return np.asarray(np.asarray(base)[places])[()]


def _gather(base: Value, places: Sequence[Value], term: Entry) -> Value:
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


def _gather_spread(base: Value, places: Sequence[Value], term: Entry) -> Value:
    """An entry of a formula between arrays: along an axis that is missing or has length 1 all entries are the same."""
    shape = np.shape(base)
    kept = places[len(places) - len(shape) :]
    return _gather(base, [place if size != 1 else place * 0 for place, size in zip(kept, shape, strict=True)], term)


def _divide(num: Value, den: Value) -> Value:
    if isinstance(den, (int, float)) and den == 0:
        den = np.float64(den)
    return num / den


def _power(base: Value, exp: Value) -> Value:
    if isinstance(exp, int) and not isinstance(exp, bool) and exp < 0 and not isinstance(base, float):
        return _divide(1.0, base**-exp)
    if isinstance(base, (int, float)) and (not isinstance(exp, int) or abs(exp) > 64):
        base = np.float64(base)
    return base**exp


def _choose(branches: Sequence[tuple[Run, Run]], otherwise: Run, scope: Scope) -> Value:
    if not branches:
        return otherwise(scope)
    (value, condition), *rest = branches
    holds = condition(scope)
    if np.ndim(holds) == 0:
        return value(scope) if holds else _choose(rest, otherwise, scope)
    return np.where(holds, value(scope), _choose(rest, otherwise, scope))


@lru_cache(maxsize=4096)
def _compiled(term: Term) -> Run:
    return Compiler().compile(term)


def evaluate(
    term: Expr | Condition | IndexExpr,
    env: Mapping[str, Value],
    sizes: Mapping[str, int] | None = None,
    functions: Mapping[str, Callable[..., Value]] | None = None,
) -> Value:
    """The value of a formula; free letters are given in `env` by name, as integers or arrays of them.

    Raises: ValueMissing, ShapeError.

    >>> evaluate(Sum((Index("k", 3),), Symbol("x")[Index("k")]), {"x": np.array([1.0, 2.0, 4.0])})
    np.float64(7.0)
    """
    depth = max((np.ndim(env[name]) for name in _letters(term) if name in env), default=0)
    scope = Scope(env, env, depth, sizes or {}, functions or {})
    with np.errstate(all="ignore"):
        return _compiled(term)(scope)


@lru_cache(maxsize=4096)
def _letters(term: Term) -> tuple[str, ...]:
    return tuple({part.name for part in walk(term) if isinstance(part, Index)})


def compile_formula(
    term: Expr,
    args: Sequence[str],
    sizes: Mapping[str, int] | None = None,
    functions: Mapping[str, Callable[..., Value]] | None = None,
) -> Callable[..., Value]:
    """The formula as a function of the named values, in the order of `args`; compiled once.

    >>> compile_formula(Symbol("x") * Symbol("y"), ["x", "y"])(2.0, 3.0)
    6.0
    """
    run, names = _compiled(term), tuple(args)
    sizes, functions = sizes or {}, functions or {}

    def formula(*values: Value) -> Value:
        return run(Scope(dict(zip(names, values, strict=True)), sizes=sizes, functions=functions))

    return formula
