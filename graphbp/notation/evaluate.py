"""Numbers for formulas: every kind of the tree compiled once into a Python closure over NumPy.

A letter under Σ or max becomes a new leading axis, so that no entry is visited in a Python loop.
Broadcasting does the rest: outer letters keep their trailing axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np

from graphbp.errors import FormulaError, ValueMissing
from graphbp.notation import arrays
from graphbp.notation.scope import ELEMENTARY as ELEMENTARY
from graphbp.notation.scope import (
    RELATIONS,
    Value,
    bound_options,
    choose,
    divide,
    flat,
    gather,
    gather_spread,
    indicator,
    known,
    length_of,
    literal_entry,
    power,
)
from graphbp.notation.scope import Run as Run
from graphbp.notation.scope import Scope as Scope
from graphbp.notation.scope import derivative_key as derivative_key
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
        return lambda scope: known(scope.letters, term.name, "index")

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
            return known(scope.sizes, name, "value of")

        return read

    def entry(self, term: Entry) -> Run:
        """One entry of an array for every value of the letters, or a slice."""
        base, places = self.compile(term.base), self.all(term.subs)
        if any(isinstance(place, Slice) for place in term.subs):
            return lambda scope: base(flat(scope))[tuple(place(scope) for place in places)]
        if term.outside == "error" and all(isinstance(sub, Affine) and not sub.terms for sub in term.subs):
            return lambda scope: literal_entry(base(flat(scope)), tuple(place(scope) for place in places))
        # Other formulas between arrays may have fewer or shorter axes than the gradient whose entry is read.
        read = gather if isinstance(term.base, Symbol | Array | Dilate | Pad) else gather_spread
        return lambda scope: read(base(flat(scope)), [place(scope) for place in places], term)

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
        return lambda scope: divide(num(scope), den(scope))

    def pow(self, term: Pow) -> Run:
        """A power."""
        base, exp = self.compile(term.base), self.compile(term.exp)
        return lambda scope: power(base(scope), exp(scope))

    def call(self, term: Call) -> Run:
        """A named function, or a derivative of one."""
        args, options = self.all(term.args), dict(term.options)
        key = derivative_key(term.function, term.order, len(args)) if term.order else term.function

        def apply(scope: Scope) -> Value:
            function = scope.functions.get(key) or ELEMENTARY.get(key)
            if function is None:
                raise ValueMissing(f"there are no numbers for the function {key}", fix="give it a definition")
            return function(*(run(scope) for run in args), **bound_options(options, scope))

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
            lengths = [length_of(index, body, scope) for index in indices]
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
        return lambda scope: indicator(run(scope), scope)

    def cases(self, term: Cases) -> Run:
        """The first value whose condition holds; of scalars only the branch taken is computed."""
        branches = [(self.compile(value), self.compile(condition)) for value, condition in term.branches]
        otherwise = self.compile(term.otherwise)

        def chosen(scope: Scope) -> Value:
            return choose(branches, otherwise, scope)

        return chosen

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
        return lambda scope: function(*(run(flat(scope)) for run in runs))

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
        return lambda scope: arrays.upsampled(run(flat(scope)), term.sizes, [scope.length(s) for s in term.shape])

    def reshape(self, term: Reshape) -> Run:
        """The same entries in another shape."""
        run = self.compile(term.x)
        return lambda scope: np.reshape(run(flat(scope)), [scope.length(size) for size in term.shape])

    def einsum(self, term: Einsum) -> Run:
        """Sum of products over named axes."""
        return self._layer(lambda *xs: np.einsum(term.spec, *xs, optimize=len(xs) > 2), *term.args)


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
