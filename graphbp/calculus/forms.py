"""From a formula between arrays to its entries: X @ W + b becomes Σ_k X[i,k] W[k,j] + b[j].

Shapes are aligned on the right; an axis that is missing loses its letter, an axis of size 1 is read at 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphbp.calculus.letters import INNER, fresh_letter, names_in, plain, put, shifted
from graphbp.calculus.lines import Definition, Fact
from graphbp.calculus.table import SLOPES
from graphbp.errors import FormulaError, ShapeError
from graphbp.graph.shape import Shape, Size, broadcast
from graphbp.notation.smart import mul
from graphbp.notation.tree import (
    Add, Array, Broadcast, Call, Cases, Compare, Condition, Correlate, Div, Einsum, Entry, Expr, Flip, FloorMod, Group,
    Hadamard, Index, IndexExpr, Mark, MatMul, Max, Mul, Neg, Number, Outer, Pad, Pow, Reduce, Reshape, Slice, Sum,
    Symbol, Term, Transpose, Upsample, affine, rebuild, substitute, walk,
)  # fmt: skip

OpDefinition = Callable[[Call, Mapping[str, Shape]], "Definition | None"]
Subs = Sequence[IndexExpr]
_OUTER = {0: "", 1: "i", 2: "ij", 3: "bij", 4: "bcij"}


def index_form(expr: Expr, shapes: Mapping[str, Shape], letters: Sequence[str] = ()) -> tuple[tuple[Index, ...], Expr]:
    """The output letters of a formula, and its entry at them.

    >>> indices, body = index_form(Symbol("X") @ Symbol("W") + Symbol("b"), {"X": (2, 3), "W": (3, 4), "b": (4,)})
    >>> [index.name for index in indices], body.terms[1]
    (['i', 'j'], Entry(base=Symbol(name='b'), subs=(Index(name='j', size=4),), outside='error'))
    """
    former = Former(shapes, None, letters)
    return former.indices(former.shape(expr)), former.at(expr, former.indices(former.shape(expr)))


def definition_of(name: str, formula: Expr, shapes: Mapping[str, Shape], op_definition: OpDefinition | None = None) -> Definition:
    """A named node's whole formula as one definition; operations in it bring named parts, facts and conventions.

    `op_definition` gives the definition of a call whose arguments are symbols of the given shapes;
    None from it means an unknown function, which acts entry by entry.
    """
    return Former(shapes, op_definition, (), {name}).definition(name, formula)


@dataclass
class Former:
    """Reads entries off formulas; collects the parts that it had to name."""

    shapes: Mapping[str, Shape]
    op_definition: OpDefinition | None = None
    letters: Sequence[str] = ()
    taken: set[str] = field(default_factory=set)
    parts: list[Definition] = field(default_factory=list)
    named: dict[Expr, str] = field(default_factory=dict)
    calls: dict[Call, Definition | None] = field(default_factory=dict)
    first_winner: bool = False
    counts: Mapping[Call, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shapes = dict(self.shapes)
        self.taken |= set(self.shapes) | {size for shape in self.shapes.values() for size in shape if isinstance(size, str)}
        self.outer: set[str] = set()

    def definition(self, name: str, formula: Expr) -> Definition:
        """The definition `name` = formula."""
        self.taken |= names_in(formula)
        self.counts = Counter(part for part in walk(formula) if isinstance(part, Call))
        known = {key: shape for key, shape in self.shapes.items() if key in names_in(formula)}
        bare = _bare(formula)
        facts: tuple[Fact, ...] = ()
        own = self._opened(bare) if isinstance(bare, Call) and not self._native(bare) else None
        if own is not None:
            renamed = self._adopted(own, name)
            indices, body, facts = renamed.indices, renamed.body, renamed.facts
        else:
            indices = self.indices(self.shape(formula))
            body = self.at(formula, indices)
        return Definition(name, indices, body, known, tuple(self.parts), facts, self.first_winner, formula)

    # Shapes

    def shape(self, expr: Expr) -> Shape:
        """The shape of a formula."""
        found: Callable[[Any], Shape] | None = getattr(self, f"_shape_{type(expr).__name__.lower()}", None)
        if found is not None:
            return found(expr)
        return broadcast(*(self.shape(child) for child in _children(expr)))

    def _shape_symbol(self, expr: Symbol) -> Shape:
        return self.shapes.get(expr.name, ())

    def _shape_array(self, expr: Array) -> Shape:
        return (len(expr.rows), *self.shape(expr.rows[0]))

    def _shape_sum(self, expr: Sum) -> Shape:
        return ()

    _shape_max = _shape_sum

    def _shape_entry(self, expr: Entry) -> Shape:
        base = self.shape(expr.base)
        cut = [_slice_length(sub, size) for sub, size in zip(expr.subs, base, strict=False) if isinstance(sub, Slice)]
        return (*cut, *base[len(expr.subs) :])

    def _shape_matmul(self, expr: MatMul) -> Shape:
        first, *rest = (self.shape(factor) for factor in expr.factors)
        for other in rest:
            rows, columns = first[:-1][-1:], other[1:][-1:]
            if first[-1] != other[-2:][0]:
                raise ShapeError(f"inner sizes {first[-1]} and {other[-2:][0]} of a matrix product must match")
            first = (*broadcast(first[:-2], other[:-2]), *rows, *columns)
        return first

    def _shape_transpose(self, expr: Transpose) -> Shape:
        inner = self.shape(expr.x)
        return (*inner[:-2], inner[-1], inner[-2]) if len(inner) > 1 else inner

    def _shape_outer(self, expr: Outer) -> Shape:
        return (*self.shape(expr.x), *self.shape(expr.y))

    def _shape_reduce(self, expr: Reduce) -> Shape:
        inner = self.shape(expr.x)
        return tuple(size for axis, size in enumerate(inner) if axis not in _reduced_axes(expr.axis, len(inner)))

    def _shape_broadcast(self, expr: Broadcast) -> Shape:
        return (*self.shape(expr.x), 1) if expr.axis == "column" else self.shape(expr.x)

    def _shape_reshape(self, expr: Reshape) -> Shape:
        return expr.shape

    def _shape_pad(self, expr: Pad) -> Shape:
        inner = self.shape(expr.x)
        head = len(inner) - len(expr.widths)
        return (*inner[:head], *(_whole(size) + before + after for size, (before, after) in zip(inner[head:], expr.widths, strict=True)))

    def _shape_call(self, expr: Call) -> Shape:
        if expr.function in ("sum", "mean") and not expr.order:
            options, inner = dict(expr.options), self.shape(expr.args[0])
            axes = _axes(options.get("axis"), len(inner))
            kept = [(1 if axis in axes else size) for axis, size in enumerate(inner) if axis not in axes or options.get("keepdims")]
            return tuple(kept)
        own = None if self._native(expr) else self._opened(expr)
        if own is not None:
            return tuple(index.size if index.size is not None else 1 for index in own.indices)
        return broadcast(*(self.shape(arg) for arg in expr.args))

    def _shape_einsum(self, expr: Einsum) -> Shape:
        sizes = self._einsum_sizes(expr)
        return tuple(sizes[letter] for letter in expr.spec.split("->")[1])

    # Letters

    def indices(self, shape: Shape) -> tuple[Index, ...]:
        """Output letters for a shape; the same each time."""
        wanted = self.letters or _OUTER.get(len(shape), "") or [f"i{axis}" for axis in range(len(shape))]
        chosen: list[Index] = []
        for name, size in zip(wanted, shape, strict=True):
            free = fresh_letter(name, self.taken | {index.name for index in chosen})
            chosen.append(Index(free, size))
        self.outer |= {index.name for index in chosen}
        return tuple(chosen)

    def inner(self, size: Size, subs: Subs) -> Index:
        """A letter to sum over, clear of all letters in use."""
        used = self.taken | self.outer | names_in(*subs)
        name = fresh_letter("k", used)
        self.outer.add(name)
        return Index(name, size)

    # Entries

    def at(self, expr: Expr, subs: Subs) -> Expr:
        """The entry of a formula at indices that may belong to a larger shape."""
        places = self._aligned(self.shape(expr), subs)
        found: Callable[[Any, Subs], Expr] | None = getattr(self, f"_at_{type(expr).__name__.lower()}", None)
        if found is not None:
            return found(expr, places)
        raise FormulaError(f"{type(expr).__name__} has no entries of its own")

    @staticmethod
    def _aligned(shape: Shape, subs: Subs) -> Subs:
        last = subs[len(subs) - len(shape) :]
        return tuple(affine(0) if size == 1 and getattr(sub, "size", None) != 1 else sub for size, sub in zip(shape, last, strict=True))

    def _at_number(self, expr: Number, subs: Subs) -> Expr:
        return expr

    def _at_symbol(self, expr: Symbol, subs: Subs) -> Expr:
        return Entry(expr, tuple(subs)) if subs else expr

    _at_array = _at_symbol

    def _each(self, expr: Expr, subs: Subs) -> Expr:
        """Entry by entry: the same formula between entries."""
        return rebuild(expr, lambda child: self.at(child, subs) if isinstance(child, Expr) else child)

    _at_add = _at_neg = _at_div = _at_pow = _each

    def _at_sum(self, expr: Sum, subs: Subs) -> Expr:
        return expr

    _at_max = _at_sum

    def _at_mul(self, expr: Mul | Hadamard, subs: Subs) -> Expr:
        return Mul(tuple(self.at(factor, subs) for factor in expr.factors))

    _at_hadamard = _at_mul

    def _at_group(self, expr: Group | Mark | Broadcast, subs: Subs) -> Expr:
        return self.at(expr.x, subs[:-1] if isinstance(expr, Broadcast) and expr.axis == "column" else subs)

    _at_mark = _at_broadcast = _at_group

    def _at_cases(self, expr: Cases, subs: Subs) -> Expr:
        branches = tuple((self.at(value, subs), self._condition(condition, subs)) for value, condition in expr.branches)
        return Cases(branches, self.at(expr.otherwise, subs))

    def _condition(self, condition: Condition, subs: Subs) -> Condition:
        if isinstance(condition, Compare) and isinstance(condition.left, Expr) and isinstance(condition.right, Expr):
            return Compare(self.at(condition.left, subs), condition.relation, self.at(condition.right, subs))
        return condition

    def _at_entry(self, expr: Entry, subs: Subs) -> Expr:
        left = list(subs)
        places: list[IndexExpr] = []
        for sub in expr.subs:
            places.append(_sliced(sub, left.pop(0)) if isinstance(sub, Slice) else sub)
        return self.at(expr.base, (*places, *left))

    # Layers

    def _at_matmul(self, expr: MatMul, subs: Subs) -> Expr:
        *first, last = expr.factors
        left: Expr = MatMul(tuple(first)) if len(first) > 1 else first[0]
        rank, other = len(self.shape(left)), len(self.shape(last))
        rows, columns = min(rank - 1, 1), min(other - 1, 1)
        batch = subs[: len(subs) - rows - columns]
        letter = self.inner(self.shape(left)[-1], subs)
        one = self.at(left, (*batch, *subs[len(batch) : len(batch) + rows], letter))
        two = self.at(last, (*batch, letter, *(subs[len(subs) - columns :] if columns else ())))
        if isinstance(one, Sum):
            return Sum((*one.indices, letter), _times(one.body, two))
        return Sum((letter,), _times(one, two))

    def _at_transpose(self, expr: Transpose, subs: Subs) -> Expr:
        return self.at(expr.x, (*subs[:-2], subs[-1], subs[-2]) if len(subs) > 1 else subs)

    def _at_outer(self, expr: Outer, subs: Subs) -> Expr:
        rank = len(self.shape(expr.x))
        return _times(self.at(expr.x, subs[:rank]), self.at(expr.y, subs[rank:]))

    def _at_reduce(self, expr: Reduce, subs: Subs) -> Expr:
        return self._summed(expr.x, _reduced_axes(expr.axis, len(self.shape(expr.x))), subs, False)[0]

    def _summed(self, x: Expr, axes: Sequence[int], subs: Subs, keepdims: bool) -> tuple[Expr, tuple[Index, ...]]:
        """Σ over axes, and its letters."""
        shape, left = self.shape(x), list(subs)
        letters: list[Index] = []
        places: list[IndexExpr] = []
        for axis, size in enumerate(shape):
            outer = left.pop(0) if axis not in axes or keepdims else None
            if axis in axes:
                letters.append(self.inner(size, (*subs, *letters)))
                places.append(letters[-1])
            elif outer is not None:
                places.append(outer)
        body = self.at(x, places)
        return (Sum(tuple(letters), body) if letters else body), tuple(letters)

    def _at_reshape(self, expr: Reshape, subs: Subs) -> Expr:
        position, count = affine(0), 1
        for sub, size in zip(reversed(subs), reversed(expr.shape), strict=True):
            position = affine((sub, count), position)
            count *= _whole(size)
        places: list[IndexExpr] = []
        below = 1
        for axis, size in reversed(list(enumerate(self.shape(expr.x)))):
            digit: IndexExpr = FloorMod("floor", position, below) if below > 1 else position
            places.insert(0, plain(FloorMod("mod", plain(digit), _whole(size))) if axis else plain(digit))
            below *= _whole(size)
        return self.at(expr.x, places)

    def _at_flip(self, expr: Flip, subs: Subs) -> Expr:
        shape = self.shape(expr.x)
        return self.at(expr.x, [shifted((sub, -1), _whole(shape[axis]) - 1) if axis in expr.axes else sub for axis, sub in enumerate(subs)])

    def _at_pad(self, expr: Pad, subs: Subs) -> Expr:
        head = len(subs) - len(expr.widths)
        moved = [shifted(sub, -before) for sub, (before, _) in zip(subs[head:], expr.widths, strict=True)]
        inner = self.at(expr.x, (*subs[:head], *moved))
        return replace(inner, outside="zero") if isinstance(inner, Entry) else inner

    def _einsum_sizes(self, expr: Einsum) -> dict[str, Size]:
        words = expr.spec.split("->")[0].split(",")
        return {letter: size for word, arg in zip(words, expr.args, strict=True) for letter, size in zip(word, self.shape(arg), strict=True)}

    def _at_einsum(self, expr: Einsum, subs: Subs) -> Expr:
        words, out = expr.spec.split("->")
        sizes = self._einsum_sizes(expr)
        table: dict[str, IndexExpr] = dict(zip(out, subs, strict=True))
        letters: list[Index] = []
        for letter in dict.fromkeys(words.replace(",", "")):
            if letter not in table:
                letters.append(self.inner(sizes[letter], (*subs, *letters)))
                table[letter] = letters[-1]
        body = mul(*(self.at(arg, [table[letter] for letter in word]) for word, arg in zip(words.split(","), expr.args, strict=True)))
        return Sum(tuple(letters), body) if letters else body

    # Calls

    @staticmethod
    def _native(call: Call) -> bool:
        return call.function in SLOPES or call.function in ("sum", "mean") or bool(call.order)

    def _at_call(self, expr: Call, subs: Subs) -> Expr:
        if expr.function in ("sum", "mean") and not expr.order:
            return self._total(expr, subs)
        own = None if self._native(expr) else self._opened(expr)
        if own is None:
            return Call(expr.function, tuple(self.at(arg, subs) for arg in expr.args), expr.options, expr.order)
        if _simple(own):
            return put(own.body, dict(zip((index.name for index in own.indices), subs, strict=True)))  # type: ignore[no-any-return]
        name = self.named.get(expr)
        if name is None:
            name = self._name()
            self.named[expr] = name
            self._keep(replace(self._adopted(own, name), written=expr))
        return Entry(Symbol(name), tuple(subs)) if subs else Symbol(name)

    def _total(self, expr: Call, subs: Subs) -> Expr:
        options, x = dict(expr.options), expr.args[0]
        axes = _axes(options.get("axis"), len(self.shape(x)))
        if expr.function == "mean" and self.counts.get(expr, 0) > 1:
            return self._mean_part(expr, subs)
        return self._sum_or_mean(expr, x, axes, subs)

    def _mean_part(self, expr: Call, subs: Subs) -> Expr:
        """A mean that is used several times, by a name; deviations from it add up to 0."""
        if expr not in self.named:
            options, x = dict(expr.options), expr.args[0]
            indices = self.indices(self.shape(expr))
            body = self._sum_or_mean(expr, x, _axes(options.get("axis"), len(self.shape(x))), indices)
            name = self.named[expr] = self._name()
            place = Entry(Symbol(name), tuple(indices)) if indices else Symbol(name)
            total = body.num if isinstance(body, Div) else body
            facts: tuple[Fact, ...] = ()
            if isinstance(total, Sum):
                facts = (Fact(Sum(total.indices, total.body - place), Number(0), ("deviations from the mean add up to 0",)),)
            self._keep(Definition(name, indices, body, dict(self.shapes), (), facts, written=expr))
        return Entry(Symbol(self.named[expr]), tuple(subs)) if subs else Symbol(self.named[expr])

    def _sum_or_mean(self, expr: Call, x: Expr, axes: Sequence[int], subs: Subs) -> Expr:
        options = dict(expr.options)
        total, letters = self._summed(x, axes, subs, bool(options.get("keepdims")))
        if expr.function == "sum" or not letters:
            return total
        counts = [Symbol(index.size) if isinstance(index.size, str) else Number(_whole(index.size or 1)) for index in letters]
        return Div(total, Mul(tuple(counts)) if len(counts) > 1 else counts[0])

    def _opened(self, call: Call) -> Definition | None:
        """The definition of a call, over names for its arguments."""
        if call not in self.calls:
            self.calls[call] = self._open(call) if self.op_definition else None
        return self.calls[call]

    def _open(self, call: Call) -> Definition | None:
        names: list[Expr] = []
        numbers: dict[Expr, Expr] = {}
        for arg in call.args:
            bare = _bare(arg)
            if isinstance(bare, Symbol):
                names.append(bare)
            elif isinstance(bare, Number) or (isinstance(bare, Neg) and isinstance(bare.x, Number)):
                names.append(Symbol(self._name()))
                numbers[names[-1]] = bare
            else:
                names.append(Symbol(self._part(bare)))
        shapes = {name.name: self.shapes.get(name.name, ()) for name in names if isinstance(name, Symbol)}
        assert self.op_definition is not None
        own = self.op_definition(Call(call.function, tuple(names), call.options, call.order), shapes)
        return _filled(own, numbers) if own is not None and numbers else own

    def _part(self, expr: Expr) -> str:
        """The name of a part that holds the formula."""
        if expr not in self.named:
            indices = self.indices(self.shape(expr))
            body = self.at(expr, indices)
            if isinstance(body, Symbol) and body.name in {part.name for part in self.parts}:
                self.named[expr] = body.name
            else:
                self.named[expr] = self._name()
                self._keep(Definition(self.named[expr], indices, body, dict(self.shapes), written=expr))
        return self.named[expr]

    def _keep(self, part: Definition) -> None:
        self.parts.append(part)
        self.shapes = {**self.shapes, part.name: tuple(index.size if index.size is not None else 1 for index in part.indices)}

    def _name(self) -> str:
        name = fresh_letter("u", self.taken, ("u", "v", "s", "r", "q", "h"))
        self.taken.add(name)
        return name

    def _adopted(self, own: Definition, name: str) -> Definition:
        """The definition under a name of ours; its parts join ours, renamed where names meet."""
        self.first_winner |= own.first_winner
        table: dict[Expr, Expr] = {Symbol(own.name): Symbol(name)}
        for part in own.parts:
            fresh = fresh_letter(part.name, self.taken | {name}, (f"{part.name}1", f"{part.name}2", f"{part.name}3"))
            self.taken.add(fresh)
            table[Symbol(part.name)] = Symbol(fresh)
        for part in own.parts:
            self._keep(_renamed(part, table))
        return _renamed(own, table)


def _renamed(own: Definition, table: Mapping[Expr, Expr]) -> Definition:
    named = table.get(Symbol(own.name), Symbol(own.name))
    assert isinstance(named, Symbol)
    return replace(_filled(own, table), name=named.name, parts=())


def _filled(own: Definition, table: Mapping[Expr, Expr]) -> Definition:
    """The definition with symbols exchanged throughout."""
    full = dict(table)
    return replace(
        own,
        body=substitute(own.body, full),
        parts=tuple(_filled(part, full) for part in own.parts),
        facts=tuple(Fact(substitute(fact.left, full), substitute(fact.right, full), fact.reason) for fact in own.facts),
    )


def _simple(own: Definition) -> bool:
    """Whether a definition only moves entries, adds or multiplies them, so that it needs no name of its own."""
    weighty = (Call, Div, Pow, Max)
    return not own.parts and not own.facts and not any(isinstance(part, weighty) for part in walk(own.body))


def _bare(expr: Expr) -> Expr:
    while isinstance(expr, Group | Mark):
        expr = expr.x
    return expr


def _children(expr: Expr) -> list[Expr]:
    if isinstance(expr, Cases):
        conditions = [side for _, test in expr.branches if isinstance(test, Compare) for side in (test.left, test.right)]
        return [*(value for value, _ in expr.branches), expr.otherwise, *(side for side in conditions if isinstance(side, Expr))]
    found: list[Expr] = []
    for name in type(expr).__dataclass_fields__:
        value = getattr(expr, name)
        found += [item for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, Expr)]
    return found


def _times(one: Expr, two: Expr) -> Expr:
    return Mul((*(one.factors if isinstance(one, Mul) else (one,)), *(two.factors if isinstance(two, Mul) else (two,))))


def _axes(axis: Any, rank: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(rank))
    return tuple(one % rank for one in (axis if isinstance(axis, tuple) else (axis,)))


def _reduced_axes(axis: str, rank: int) -> tuple[int, ...]:
    return tuple(range(rank)) if axis == "total" else (rank - 2,) if axis == "column" and rank > 1 else (rank - 1,)


def _whole(size: Size) -> int:
    if isinstance(size, str):
        raise ShapeError(f"the formula must compute with size {size}", fix=f"write a number in place of {size}")
    return size


def _slice_length(cut: Slice, size: Size) -> Size:
    if cut == Slice():
        return size
    return len(range(*slice(cut.start, cut.stop, cut.step).indices(_whole(size))))


def _sliced(cut: Slice, sub: IndexExpr) -> IndexExpr:
    return shifted((sub, cut.step or 1), cut.start or 0)


