"""Every line checked: against difference quotients of the definition, and against its neighbours on small integers.

Random reals show wrong slopes; integers bring ties, which random reals never do.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from graphbp.calculus.letters import free_letters
from graphbp.calculus.lines import Chain, Definition, GradientRule
from graphbp.calculus.terms import key
from graphbp.errors import GraphbpError
from graphbp.graph.shape import Shape, Size
from graphbp.notation.evaluate import Compiler, Run, Scope
from graphbp.notation.tree import Bracket, Compare, Entry, Expr, Index, Number, Partial, Sum, Symbol, Term, walk

Value = Any
STEP = 1e-5
PRIMES = (2, 3, 4, 5, 7, 6, 9, 8)


class WrongLine(GraphbpError):
    """A line of a derivation that is not equal to what it claims to be."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How many lines were checked at how many points, and the largest relative error seen."""

    lines: int
    points: int
    error: float


def verify(
    rule: GradientRule,
    sizes: Mapping[str, int] | None = None,
    *,
    points: int = 2,
    tolerance: float = 1e-6,
    functions: Mapping[str, Callable[..., Value]] | None = None,
) -> Verification:
    """Checks every line of a rule at seeded random points and on small integers.

    Size letters get numbers that are all different.
    Raises: WrongLine naming the first line that is wrong.
    """
    bound = _sizes(rule.definition, sizes or {})
    worst, lines = 0.0, 0
    for stage in rule.stages:
        earlier = verify(stage, sizes, points=points, tolerance=tolerance, functions=functions)
        worst, lines = max(worst, earlier.error), lines + earlier.lines
    for seed in range(points):
        point = Point.random(rule, bound, seed, functions or {})
        for chain in (*rule.lemmas, rule.chain):
            worst = max(worst, _against_differences(chain, point, tolerance))
        worst = max(worst, _layer(rule, point, tolerance))
    for seed in range(points):
        point = Point.whole(rule, bound, seed, functions or {})
        for chain in (*rule.lemmas, rule.chain):
            _against_neighbours(chain, point, tolerance)
            lines += len(chain.lines) if not seed else 0
    return Verification(lines, points, worst)


# Points


@dataclass
class Point:
    """Values of all inputs and of ∂l/∂Z, and with them a way to evaluate lines and derivatives."""

    rule: GradientRule
    inputs: dict[str, Value]
    sizes: Mapping[str, int]
    functions: Mapping[str, Callable[..., Value]]
    exact: bool = False
    values: dict[str, Value] = field(default_factory=dict)
    slopes: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def random(
        cls, rule: GradientRule, sizes: Mapping[str, int], seed: int, functions: Mapping[str, Callable[..., Value]]
    ) -> Point:
        """Reals of either sign where the definition is finite there, else positive ones."""
        for low, high in ((-1.5, 1.8), (0.2, 1.8), (0.1, 0.9)):
            rng = _generator(rule, seed)
            inputs = {name: rng.uniform(low, high, _bind(shape, sizes)) for name, shape in _arrays(rule).items()}
            point = cls(rule, inputs, sizes, functions)
            if np.all(np.isfinite(point.values[rule.definition.name])):
                return point
        return point

    @classmethod
    def whole(
        cls, rule: GradientRule, sizes: Mapping[str, int], seed: int, functions: Mapping[str, Callable[..., Value]]
    ) -> Point:
        """Small whole numbers, so that entries tie."""
        for unit in (1.0, 0.25):
            rng = _generator(rule, seed)
            inputs = {name: rng.integers(1, 4, _bind(shape, sizes)) * unit for name, shape in _arrays(rule).items()}
            point = cls(rule, inputs, sizes, functions, exact=True)
            if np.all(np.isfinite(point.values[rule.definition.name])):
                return point
        return point

    def __post_init__(self) -> None:
        self._constrain()
        self.values = self.computed(self.inputs)

    def _constrain(self) -> None:
        """Inputs of which a fact says that they add up to 1, or are class numbers, are made to be so."""
        definition = self.rule.definition
        for fact in (fact for part in (*definition.parts, definition) for fact in part.facts):
            if isinstance(fact.left, Sum) and fact.right == Number(1):
                self._fit(fact.left)

    def _fit(self, total: Sum) -> None:
        counted = total.body.condition if isinstance(total.body, Bracket) else None
        place = counted.left if isinstance(counted, Compare) else total.body
        name = _own_name(place) if isinstance(place, Expr) else ""
        if name not in self.inputs:
            return
        value = np.abs(self.inputs[name])
        if isinstance(counted, Compare) and isinstance(place, Entry | Symbol):
            self.inputs[name] = np.floor(1000 * value) % _bind((total.indices[0].size or 1,), self.sizes)[0]
        elif isinstance(place, Entry):
            axes = tuple(axis for axis, sub in enumerate(place.subs) if sub in total.indices)
            self.inputs[name] = value / np.sum(value, axis=axes, keepdims=True)

    def computed(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """Inputs with all parts, the output and the helpers."""
        values = dict(inputs)
        definition = self.rule.definition
        for part in (*definition.parts, definition, *self.rule.helpers):
            values[part.name] = array_of(part, values, self.sizes, self.functions)
        return values

    def value(self, expr: Expr, letters: Sequence[Index]) -> Value:
        """A right-hand side over the grid of its letters."""
        shape = _bind(tuple(index.size or 1 for index in letters), self.sizes)
        grid = {index.name: place for index, place in zip(letters, np.indices(shape), strict=True)}
        scope = Scope(self.values, grid, len(letters), self.sizes, self.functions)
        with np.errstate(all="ignore"):
            return np.broadcast_to(_Differences(self).compile(expr)(scope), shape)

    def slope(self, y: Expr, letters: Mapping[str, Value], depth: int) -> Value:
        """∂y/∂(every entry of the input): a new leading axis of entries, by central differences."""
        x = self.inputs[self.rule.wrt]
        names = free_letters(y)
        letters = {name: place for name, place in letters.items() if name in names}
        depth = min(depth, max((np.ndim(place) for place in letters.values()), default=0))
        found = []
        for place in range(np.size(x)):
            ends = [self._moved(y, letters, depth, place, step) for step in (STEP, -STEP)]
            with np.errstate(all="ignore"):
                change = (ends[0] - ends[1]) / (2 * STEP)
            found.append(np.where(np.isinf(ends[0]) & (ends[0] == ends[1]), 0.0, change))
        return np.array(found)

    def _moved(self, y: Expr, letters: Mapping[str, Value], depth: int, place: int, step: float) -> Value:
        x = np.array(self.inputs[self.rule.wrt], dtype=float)
        x.flat[place] += step
        values = self.computed({**self.inputs, self.rule.wrt: x if x.ndim else float(x)})
        scope = Scope(values, letters, depth, self.sizes, self.functions)
        grid = np.broadcast_shapes((), *(np.shape(letter) for letter in letters.values()))
        return np.broadcast_to(_compiled(y)(scope), grid)


@cache
def _compiled(term: Term) -> Run:
    return Compiler().compile(term)


class _Differences(Compiler):
    """Evaluation in which ∂y/∂x[a] is a difference quotient of y."""

    def __init__(self, point: Point) -> None:
        self.point = point

    def partial(self, term: Partial) -> Run:
        point = self.point
        if isinstance(term.y, Symbol) and f"d{term.y.name}/d{_own_name(term.x)}" in point.values:
            return super().partial(term)
        places = self.all(term.x.subs) if isinstance(term.x, Entry) else []

        def slope(scope: Scope) -> Value:
            if isinstance(term.y, Symbol) and term.y.name not in point.values:
                raise WrongLine(f"{term.y.name} is not part of the definition")
            if point.exact and not _own(term, point.rule.wrt):
                raise _Unknown
            if point.exact:
                return _exact(self, term, scope)
            found = point.slope(term.y, scope.letters, scope.depth)
            if not places:
                return found[0]
            x = point.inputs[point.rule.wrt]
            chosen = np.ravel_multi_index(tuple(np.broadcast_arrays(*(place(scope) for place in places))), np.shape(x))
            grid = found.shape[1:]
            rows = np.broadcast_to(chosen, np.broadcast_shapes(np.shape(chosen), grid))
            found = found.reshape(len(found), *[1] * (rows.ndim - len(grid)), *grid)
            return np.take_along_axis(np.broadcast_to(found, (len(found), *rows.shape)), rows[None], axis=0)[0]

        return slope


class _Unknown(Exception):
    """A derivative that has no difference quotient at a tie."""


def _own_name(x: Expr) -> str:
    base = x.base if isinstance(x, Entry) else x
    return base.name if isinstance(base, Symbol) else ""


def _own(term: Partial, wrt: str) -> bool:
    y = term.y.base if isinstance(term.y, Entry) else term.y
    return isinstance(y, Symbol) and y.name == wrt


def _exact(compiler: Compiler, term: Partial, scope: Scope) -> Value:
    """∂X[u]/∂X[a] = 1 where u = a."""
    if not isinstance(term.y, Entry) or not isinstance(term.x, Entry):
        return 1.0
    equal: Value = True
    for one, other in zip(compiler.all(term.y.subs), compiler.all(term.x.subs), strict=True):
        equal = equal & np.equal(one(scope), other(scope))
    return np.where(equal, 1.0, 0.0)


def array_of(
    part: Definition,
    values: Mapping[str, Value],
    sizes: Mapping[str, int],
    functions: Mapping[str, Callable[..., Value]],
) -> Value:
    """All entries of a definition at once."""
    shape = _bind(tuple(index.size or 1 for index in part.indices), sizes)
    grid = {index.name: place for index, place in zip(part.indices, np.indices(shape), strict=True)}
    scope = Scope(values, grid, len(shape), sizes, functions)
    with np.errstate(all="ignore"):
        value = np.broadcast_to(_compiled(part.body)(scope), shape)
    return value if shape else float(value)


def _generator(rule: GradientRule, seed: int) -> np.random.Generator:
    """The same points for the same rule, always."""
    return np.random.default_rng([zlib.crc32(key(rule.definition.body).encode()), seed])


def _arrays(rule: GradientRule) -> dict[str, Shape]:
    """Everything that a line may name and that the definition does not compute."""
    shapes: dict[str, Shape] = dict(rule.definition.shapes)
    if rule.upstream:
        shapes[rule.upstream] = tuple(index.size or 1 for index in rule.definition.indices)
    computed = {part.name for part in (*rule.definition.parts, rule.definition, *rule.helpers)}
    sizes = {size for shape in shapes.values() for size in shape}
    bodies = [part.body for part in (*rule.definition.parts, rule.definition)]
    loose = {part.name for body in bodies for part in walk(body) if isinstance(part, Symbol)}
    return {**shapes, **{name: () for name in sorted(loose - computed - set(shapes)) if name not in sizes}}


def _sizes(definition: Definition, given: Mapping[str, int]) -> dict[str, int]:
    """A number for every size letter, all different and different from the numbers that occur."""
    used = {size for shape in definition.shapes.values() for size in shape if isinstance(size, int)}
    letters = list(
        dict.fromkeys(size for shape in definition.shapes.values() for size in shape if isinstance(size, str))
    )
    free = iter([size for size in PRIMES if size not in used] + list(range(11, 99)))
    return {letter: given[letter] if letter in given else next(free) for letter in letters} | dict(given)


def _bind(shape: Sequence[Size], sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sizes[size] if isinstance(size, str) else size for size in shape)


# Checks


def _letters(chain: Chain, rule: GradientRule) -> tuple[Index, ...]:
    """The free letters of a chain: those of the entry that is differentiated, then those of the input."""
    assert isinstance(chain.left, Partial)
    if chain is rule.chain:
        return rule.indices
    parts = {part.name: part.indices for part in (*rule.definition.parts, rule.definition)}
    return (*parts.get(_own_name(chain.left.y), ()), *rule.indices)


def _truth(chain: Chain, rule: GradientRule, point: Point) -> Value:
    """The left side as a difference quotient; of ∂l/∂X that of Σ G Z."""
    assert isinstance(chain.left, Partial)
    if chain is not rule.chain:
        return point.value(chain.left, _letters(chain, rule))
    definition = rule.definition
    shape = _bind(tuple(index.size or 1 for index in definition.indices), point.sizes)
    grid = {index.name: place for index, place in zip(definition.indices, np.indices(shape), strict=True)}
    y = Entry(Symbol(definition.name), definition.indices) if definition.indices else Symbol(definition.name)
    jacobian = point.slope(y, grid, len(shape))
    upstream = point.inputs[rule.upstream] if rule.upstream else np.ones(shape)
    total = np.tensordot(jacobian, upstream, axes=len(shape)) if shape else jacobian * upstream
    return np.reshape(total, np.shape(point.inputs[rule.wrt]))


def _against_differences(chain: Chain, point: Point, tolerance: float) -> float:
    truth, worst = _truth(chain, point.rule, point), 0.0
    for number, line in enumerate(chain.lines):
        if number == 0 and isinstance(line.expr, Partial):
            continue
        error = _error(point.value(line.expr, _letters(chain, point.rule)), truth, point)
        worst = max(worst, error)
        _refuse(chain, number, error, tolerance, "the difference quotient")
    return worst


def _against_neighbours(chain: Chain, point: Point, tolerance: float) -> None:
    before: Value = None
    for number, line in enumerate(chain.lines):
        try:
            now = point.value(line.expr, _letters(chain, point.rule))
        except _Unknown:
            continue
        if before is not None:
            _refuse(chain, number, _error(now, before, point), tolerance, "the line before, on whole numbers")
        before = now


def _layer(rule: GradientRule, point: Point, tolerance: float) -> float:
    """The layer form against the last entry form."""
    if rule.layer is None:
        return 0.0
    shape = np.shape(point.inputs[rule.wrt])
    scope = Scope(point.values, {}, 0, point.sizes, point.functions)
    with np.errstate(all="ignore"):
        layer = np.asarray(Compiler().compile(rule.layer)(scope))
    if len(layer.shape) > len(shape) or any(
        size not in (1, full) for size, full in zip(layer.shape[::-1], shape[::-1], strict=False)
    ):
        raise WrongLine(f"the layer form has the shape {layer.shape}, the gradient {shape}", node=rule.definition.name)
    error = _error(np.broadcast_to(layer, shape), point.value(rule.entry, rule.indices), point)
    _refuse(rule.chain, len(rule.chain.lines) - 1, error, tolerance, "the entry form")
    return error


def _error(value: Value, truth: Value, point: Point) -> float:
    """The largest error relative to the size of the truth; infinite where one is not a number.

    Large values that cancel leave rounding errors of their own size; these do not count.
    """
    if not np.all(np.isfinite(value)) or not np.all(np.isfinite(truth)):
        return 0.0 if np.array_equal(value, truth, equal_nan=True) else float("inf")
    largest = max(float(np.max(np.abs(array), initial=0.0)) for array in point.values.values())
    scale = max(1.0, float(np.max(np.abs(truth), initial=0.0)), 1e-8 * largest)
    return float(np.max(np.abs(value - truth), initial=0.0)) / scale


def _refuse(chain: Chain, number: int, error: float, tolerance: float, witness: str) -> None:
    if error > tolerance:
        line = chain.lines[number]
        raise WrongLine(f"line {number + 1} ({line.rule}) differs from {witness} by {error:.3g}: {line.expr}")


def broken(rule: GradientRule, change: Callable[[Expr], Expr], number: int = -1) -> GradientRule:
    """The rule with one line of its chain changed: for tests that the tests bite."""
    lines = list(rule.chain.lines)
    lines[number] = replace(lines[number], expr=change(lines[number].expr))
    return replace(rule, chain=replace(rule.chain, lines=tuple(lines)))
