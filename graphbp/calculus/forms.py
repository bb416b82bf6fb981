"""From a formula between arrays to its entries: X @ W + b becomes Σ_k X[i,k] W[k,j] + b[j].

Shapes are aligned on the right; an axis that is missing loses its letter, an axis of size 1 is read at 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphbp.calculus.entries import Entries, Subs
from graphbp.calculus.letters import fresh_letter, names_in, put
from graphbp.calculus.lines import Definition, Fact
from graphbp.calculus.shaping import axes_of, bare, whole
from graphbp.graph.shape import Shape
from graphbp.notation.tree import (
    Call,
    Div,
    Entry,
    Expr,
    Index,
    Max,
    Mul,
    Neg,
    Number,
    Pow,
    Sum,
    Symbol,
    substitute,
    walk,
)

OpDefinition = Callable[[Call, Mapping[str, Shape]], "Definition | None"]


def index_form(expr: Expr, shapes: Mapping[str, Shape], letters: Sequence[str] = ()) -> tuple[tuple[Index, ...], Expr]:
    """The output letters of a formula, and its entry at them.

    >>> indices, body = index_form(Symbol("X") @ Symbol("W") + Symbol("b"), {"X": (2, 3), "W": (3, 4), "b": (4,)})
    >>> [index.name for index in indices], body.terms[1]
    (['i', 'j'], Entry(base=Symbol(name='b'), subs=(Index(name='j', size=4),), outside='error'))
    """
    former = Former(shapes, letters)
    return former.indices(former.shape(expr)), former.at(expr, former.indices(former.shape(expr)))


def definition_of(
    name: str, formula: Expr, shapes: Mapping[str, Shape], op_definition: OpDefinition | None = None,
    avoid: Iterable[str] = (),
) -> Definition:  # fmt: skip
    """A named node's whole formula as one definition; operations in it bring named parts, facts and conventions.

    `op_definition` gives the definition of a call whose arguments are symbols of the given shapes;
    None from it means an unknown function, which acts entry by entry.  Letters and parts get none of the
    names in `avoid`.
    """
    return Former(shapes, taken={name, *avoid}, op_definition=op_definition).definition(name, formula)


@dataclass
class Former(Entries):
    """Reads entries off formulas; collects the parts that it had to name."""

    op_definition: OpDefinition | None = None
    parts: list[Definition] = field(default_factory=list)
    named: dict[Expr, str] = field(default_factory=dict)
    calls: dict[Call, Definition | None] = field(default_factory=dict)
    first_winner: bool = False
    counts: Mapping[Call, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shapes = dict(self.shapes)
        self.taken |= set(self.shapes) | {
            size for shape in self.shapes.values() for size in shape if isinstance(size, str)
        }

    def definition(self, name: str, formula: Expr) -> Definition:
        """The definition `name` = formula."""
        self.taken |= names_in(formula)
        self.counts = Counter(part for part in walk(formula) if isinstance(part, Call))
        known = {key: shape for key, shape in self.shapes.items() if key in names_in(formula)}
        inner = bare(formula)
        facts: tuple[Fact, ...] = ()
        own = self.opened(inner) if isinstance(inner, Call) and not self.native(inner) else None
        if own is not None:
            renamed = self._adopted(own, name)
            indices, body, facts = renamed.indices, renamed.body, renamed.facts
        else:
            indices = self.indices(self.shape(formula))
            body = self.at(formula, indices)
        return Definition(name, indices, body, known, tuple(self.parts), facts, self.first_winner, formula)

    # Calls

    def _at_call(self, expr: Call, subs: Subs) -> Expr:
        if expr.function in ("sum", "mean") and not expr.order:
            return self._total(expr, subs)
        own = None if self.native(expr) else self.opened(expr)
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
        axes = axes_of(options.get("axis"), len(self.shape(x)))
        if expr.function == "mean" and self.counts.get(expr, 0) > 1:
            return self._mean_part(expr, subs)
        return self._sum_or_mean(expr, x, axes, subs)

    def _mean_part(self, expr: Call, subs: Subs) -> Expr:
        """A mean that is used several times, by a name; deviations from it add up to 0."""
        if expr not in self.named:
            options, x = dict(expr.options), expr.args[0]
            indices = self.indices(self.shape(expr))
            body = self._sum_or_mean(expr, x, axes_of(options.get("axis"), len(self.shape(x))), indices)
            name = self.named[expr] = self._name()
            place = Entry(Symbol(name), tuple(indices)) if indices else Symbol(name)
            total = body.num if isinstance(body, Div) else body
            facts: tuple[Fact, ...] = ()
            if isinstance(total, Sum):
                facts = (
                    Fact(Sum(total.indices, total.body - place), Number(0), ("deviations from the mean add up to 0",)),
                )
            self._keep(Definition(name, indices, body, dict(self.shapes), (), facts, written=expr))
        return Entry(Symbol(self.named[expr]), tuple(subs)) if subs else Symbol(self.named[expr])

    def _sum_or_mean(self, expr: Call, x: Expr, axes: Sequence[int], subs: Subs) -> Expr:
        options = dict(expr.options)
        total, letters = self._summed(x, axes, subs, bool(options.get("keepdims")))
        if expr.function == "sum" or not letters:
            return total
        counts = [
            Symbol(index.size) if isinstance(index.size, str) else Number(whole(index.size or 1)) for index in letters
        ]
        return Div(total, Mul(tuple(counts)) if len(counts) > 1 else counts[0])

    def opened(self, call: Call) -> Definition | None:
        """The definition of a call, over names for its arguments."""
        if call not in self.calls:
            self.calls[call] = self._open(call) if self.op_definition else None
        return self.calls[call]

    def _open(self, call: Call) -> Definition | None:
        names: list[Expr] = []
        numbers: dict[Expr, Expr] = {}
        for arg in call.args:
            inner = bare(arg)
            if isinstance(inner, Symbol):
                names.append(inner)
            elif isinstance(inner, Number) or (isinstance(inner, Neg) and isinstance(inner.x, Number)):
                names.append(Symbol(self._name()))
                numbers[names[-1]] = inner
            else:
                names.append(Symbol(self._part(inner)))
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
        self.shapes = {
            **self.shapes,
            part.name: tuple(index.size if index.size is not None else 1 for index in part.indices),
        }

    def _name(self) -> str:
        name = fresh_letter("u", self.taken | self.outer, ("u", "v", "s", "r", "q", "h"))
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
