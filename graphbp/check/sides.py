"""The sides of a claimed equality as numbers at sampled points, in each way in which mathematicians write arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal

import numpy as np

from graphbp import ops
from graphbp.check.claim import DIAGONAL, EXAMPLES, LEARNING_RATE, UPDATE
from graphbp.check.truth import Cloud, NotKnown
from graphbp.errors import ShapeError
from graphbp.notation.evaluate import evaluate
from graphbp.notation.tree import (
    Add,
    Bracket,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    Group,
    Hadamard,
    Index,
    Mark,
    Mul,
    Neg,
    Number,
    Partial,
    Pow,
    Slice,
    Symbol,
    Term,
    rebuild,
    walk,
)
from graphbp.ops.callables import Callables

Layout = Literal["numpy", "column", "row"]
"""What a vector is: NumPy's one axis, a column (n, 1), or a row (1, n)."""


@dataclass(frozen=True, slots=True)
class Manner:
    """One way to read arrays: what a vector is, and whether a product of arrays is the matrix product."""

    vectors: Layout = "numpy"
    matrix_products: bool = False


AS_WRITTEN = Manner()
"""NumPy's reading, entry by entry where nothing else is said."""

MANNERS = tuple(Manner(vectors, product) for product in (False, True) for vectors in ("numpy", "column", "row"))
SCALAR_KINDS = (Number, Symbol, Add, Mul, Hadamard, Neg, Div, Pow, Group, Mark, Cases, Compare, Bracket)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A derivative that a formula mentions: d(of)/d(wrt)."""

    of: str
    wrt: str

    @property
    def key(self) -> str:
        """The name under which evaluation finds it; no node can be called so."""
        return f"∂{self.of}/∂{self.wrt}"


@dataclass
class Scope:
    """What a formula may mention: nodes, derivatives, and names that the learner introduced."""

    cloud: Cloud
    own: dict[str, np.ndarray] = field(default_factory=dict)
    claimed: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    local: bool = False
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    parts: Sequence[Scope] = ()
    """Where the cloud holds several examples: the scope of each."""
    total: Callable[[str, str], np.ndarray] | None = None
    """Of one example: value and derivatives of the total loss, as far as they are this example's."""
    varying: frozenset[str] = frozenset()
    """The learner's own names that differ between examples."""
    terms: dict[str, tuple[Expr, tuple[Index, ...]]] = field(default_factory=dict)
    """The formulas of the learner's own names, for their derivatives."""

    def array(self, name: str) -> np.ndarray:
        """The numbers of a name, points first."""
        if name in self.own:
            return self.own[name]
        if self.cloud.knows(name):
            return self.cloud.value(name)
        if name in self.cloud.world.sizes:
            return np.full(self.cloud.count, float(self.cloud.world.sizes[name]))
        if name == LEARNING_RATE:
            return self.cloud.world.learning_rate(self.cloud.count)
        raise NotKnown(f"nothing is known of {name}")

    def derivative(self, wanted: Wanted) -> np.ndarray:
        """The numbers of a derivative, points first: the learner's own where one was claimed."""
        pair = (wanted.of, wanted.wrt)
        if pair in self.claimed:
            return self.claimed[pair]
        if self.total is not None and not self.cloud.knows(wanted.of):
            return self.total(*pair)
        return self.cloud.derivative(*pair, local=self.local and self._is_local(pair))

    def _is_local(self, pair: tuple[str, str]) -> bool:
        return pair[1] in self.cloud.world.plan.graph.named_inputs.get(pair[0], ())

    def updated(self, name: str) -> np.ndarray:
        """The parameter after one step of gradient descent, down the total loss where there is one."""
        rate = self.array(LEARNING_RATE)
        value = self.array(name)
        slope = self.derivative(Wanted(self.cloud.falls, name))
        return np.asarray(value - rate.reshape(-1, *[1] * (value.ndim - 1)) * slope)


def side(term: Expr, scope: Scope, free: Sequence[Index] = (), manner: Manner = AS_WRITTEN) -> np.ndarray:
    """The value of a formula at every point, points first; free letters become axes in their order.

    Raises: GraphbpError where shapes do not fit or something is not known.
    """
    if scope.parts:
        from graphbp.check.collect import over_examples

        return over_examples(term, scope, free, manner)
    wanted: dict[str, Wanted] = {}
    body = _named(term, wanted, scope)
    table: dict[str, np.ndarray] = {}
    for name in names_in(body):
        table[name] = (
            scope.kept[name]
            if name in scope.kept
            else scope.derivative(wanted[name])
            if name in wanted
            else scope.updated(name[:-1])
            if name.endswith("⁺")
            else scope.array(name)
        )
    if scope.cloud.stacked and not free and _plain(body) and all(values.ndim == 1 for values in table.values()):
        value = evaluate(body, table, functions=scope.cloud.world.functions)
        return np.broadcast_to(np.asarray(value, float), (scope.cloud.count,))
    ready = _in_manner(body, manner, table)
    letters = letter_axes(free, body, table, scope.cloud.world.sizes)
    rows = [
        _row(ready, {name: values[row] for name, values in table.items()}, letters, scope, manner)
        for row in range(scope.cloud.count)
    ]
    return np.stack(rows)


def _row(
    term: Expr, env: dict[str, Any], letters: Mapping[str, np.ndarray], scope: Scope, manner: Manner
) -> np.ndarray:
    world = scope.cloud.world
    turned = {f"{name}|": _turned(value, manner.vectors) for name, value in env.items() if np.ndim(value) == 1}
    try:
        value = evaluate(term, {**env, **turned, **letters}, world.sizes, world.functions)
        grid = tuple(np.broadcast_shapes(*(letter.shape for letter in letters.values()))) if letters else ()
        result = np.asarray(value, float)
        return np.broadcast_to(result, np.broadcast_shapes(result.shape, grid)) if letters else result
    except ShapeError as error:
        # Not to know how far a letter runs is no proof that sizes do not fit.
        raise NotKnown(error.what) if error.what.endswith("is not known") else error from None
    except (ValueError, IndexError, TypeError):
        raise ShapeError("the sizes of the claim's arrays do not fit together") from None


def _turned(value: np.ndarray, vectors: Layout) -> np.ndarray:
    return value[:, None] if vectors == "column" else value[None, :] if vectors == "row" else value


def _named(term: Expr, wanted: dict[str, Wanted], scope: Scope) -> Expr:
    """The formula with every derivative and every update replaced by a name for its numbers."""

    def change(part: Any) -> Any:
        if isinstance(part, Partial):
            return _derivative(part, wanted, scope)
        if isinstance(part, Call) and part.function == EXAMPLES and len(part.args) == 1:
            return change(part.args[0])
        if isinstance(part, Entry) and part.outside == "error" and not any(isinstance(sub, Slice) for sub in part.subs):
            # Sums over windows count what lies beyond the ends as 0.
            part = Entry(part.base, part.subs, "zero")
        if isinstance(part, Call) and part.function == UPDATE and len(part.args) == 1:
            inner = part.args[0]
            if isinstance(inner, Symbol):
                return Symbol(f"{inner.name}⁺")
            if isinstance(inner, Entry) and isinstance(inner.base, Symbol):
                return Entry(Symbol(f"{inner.base.name}⁺"), inner.subs, inner.outside)
        return rebuild(part, change)

    return change(term)  # type: ignore[no-any-return]


def _derivative(part: Partial, wanted: dict[str, Wanted], scope: Scope) -> Expr:
    of, outer = _base(part.y)
    wrt, inner = _base(part.x)
    if wrt is not None and (of is None or of in scope.terms):
        from graphbp.check.inner import free_letters, of_formula

        term, letters = (part.y, free_letters(part.y)) if of is None else scope.terms[of]
        if letters and inner is None and scope.cloud.world.shape(wrt):
            raise NotKnown(f"the derivative of an entry for all of {wrt} is not read")
        key = f"∂formula {len(scope.kept)}/∂{wrt}"
        scope.kept[key] = of_formula(term, wrt, scope, letters)
        places = (*(letters if of is None else outer or ()), *(inner or ()))
        return Entry(Symbol(key), places) if places else Symbol(key)
    if of is None or wrt is None:
        raise NotKnown("a derivative of a formula or with respect to one is not read")
    found = Wanted(of, wrt)
    wanted[found.key] = found
    if outer is None and inner is None:
        return Symbol(found.key)
    if inner is None and outer is not None:
        return Entry(Symbol(found.key), (*outer, *[Slice()] * 0))
    subs = (*(outer or ()), *(inner or ()))
    # In a sum over windows ∂l/∂z_{i−m} is 0 beyond the ends, as z itself would be.
    return Entry(Symbol(found.key), subs, "error" if any(isinstance(sub, Slice) for sub in subs) else "zero")


def _base(term: Expr) -> tuple[str | None, tuple[Any, ...] | None]:
    """The name of a node or of its entry, and the places of the entry."""
    if isinstance(term, Mark | Group):
        return _base(term.x)
    if isinstance(term, Symbol):
        return term.name, None
    if isinstance(term, Entry) and isinstance(term.base, Symbol):
        return term.base.name, term.subs
    if isinstance(term, Entry) and isinstance(term.base, Call) and term.base.function == EXAMPLES:
        return _base(term.base.args[0])[0], term.subs
    return None, None


def names_in(term: Term) -> Iterator[str]:
    """The names in a formula, each once."""
    return iter(dict.fromkeys(part.name for part in walk(term) if isinstance(part, Symbol)))


def _plain(term: Term) -> bool:
    """Whether the formula means the same for all points at once."""
    if isinstance(term, Call):
        name = term.function
        entrywise = name not in (EXAMPLES, DIAGONAL) and (
            name not in ops.names() or ops.get(name).elementwise(dict(term.options))
        )
        return entrywise and all(_plain(arg) for arg in term.args)
    return isinstance(term, SCALAR_KINDS) and all(_plain(part) for part in _parts(term))


def _parts(term: Term) -> Iterable[Term]:
    from graphbp.notation.tree import children

    return children(term)


def _in_manner(term: Expr, manner: Manner, table: Mapping[str, np.ndarray]) -> Expr:
    """Vectors as columns or rows, and products of arrays as matrix products."""

    def change(part: Any) -> Any:
        if isinstance(part, Entry):
            return part if isinstance(part.base, Symbol) else rebuild(part, change)
        if isinstance(part, Symbol) and manner.vectors != "numpy" and part.name in table and table[part.name].ndim == 2:
            return Symbol(f"{part.name}|")
        if isinstance(part, Mul) and manner.matrix_products:
            return Call(JUXTAPOSED, tuple(change(factor) for factor in part.factors))
        return rebuild(part, change)

    return change(term) if manner != Manner() else term


JUXTAPOSED = "product"


def juxtaposed(*factors: Any) -> Any:
    """Factors written side by side: numbers scale, arrays are multiplied as matrices."""

    def times(x: Any, y: Any) -> Any:
        return x * y if _number(x) or _number(y) else x @ y

    return reduce(times, factors)


def _number(x: Any) -> bool:
    return np.ndim(x) == 0 or (np.size(x) == 1 and np.ndim(x) < 3)


def diagonal(x: Any) -> Any:
    """The diagonal matrix of a vector, or the diagonal of a matrix."""
    flat = np.asarray(x)
    return np.diag(flat.ravel()) if flat.ndim < 2 or 1 in flat.shape else np.diag(flat)


def claim_functions(functions: Mapping[str, Any]) -> Mapping[str, Callable[..., Any]]:
    """All operations, declared functions, and what only claims use."""
    return _Functions(
        Callables(functions), {JUXTAPOSED: juxtaposed, DIAGONAL: diagonal, EXAMPLES: lambda x: x, "norm": _norm}
    )


def _norm(x: Any) -> Any:
    return np.sqrt(np.sum(np.asarray(x) ** 2))


class _Functions(Mapping[str, Callable[..., Any]]):
    """Two tables, the second asked first."""

    def __init__(self, base: Mapping[str, Any], more: Mapping[str, Any]) -> None:
        self.base, self.more = base, more

    def __getitem__(self, key: str) -> Callable[..., Any]:
        return self.more[key] if key in self.more else self.base[key]  # type: ignore[no-any-return]

    def __contains__(self, key: object) -> bool:
        return key in self.more or key in self.base

    def __iter__(self) -> Iterator[str]:
        yield from {**self.base, **self.more}

    def __len__(self) -> int:
        return len(self.base) + len(self.more)

    def __bool__(self) -> bool:
        # Counting all operations for each evaluation would cost more than most formulas.
        return True


def letter_axes(
    free: Sequence[Index], term: Expr, table: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Every free letter as an axis of its own."""
    found = {}
    for axis, letter in enumerate(free):
        shape = [1] * len(free)
        known = sizes.get(letter.size) if isinstance(letter.size, str) else letter.size
        shape[axis] = known if known is not None else _length(letter, term, table)
        found[letter.name] = np.arange(shape[axis]).reshape(shape)
    return found


def _length(letter: Index, term: Expr, table: Mapping[str, np.ndarray]) -> int:
    for part in walk(term):
        if isinstance(part, Entry) and isinstance(part.base, Symbol) and part.base.name in table:
            for axis, sub in enumerate(part.subs):
                if sub == letter or (isinstance(sub, Index) and sub.name == letter.name):
                    return int(table[part.base.name].shape[axis + 1])
    raise NotKnown(f"how far the index {letter.name} runs is not known")
