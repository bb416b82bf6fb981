"""Layer forms: what an entry formula with output letters (a, b) is as a whole, X Gᵀ instead of Σ_k X[a,k] G[b,k].

A form is only given where it is exact; anything else stays an index formula (None).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from graphbp.calculus.contract import Shapes, shape_of
from graphbp.calculus.fold import never, packed
from graphbp.calculus.gathered import gathered
from graphbp.calculus.letters import free_letters
from graphbp.calculus.sliding import correlation
from graphbp.calculus.sums import SumForms
from graphbp.calculus.terms import Product, build, powers, products
from graphbp.graph.shape import Shape
from graphbp.notation.smart import ONE, add, div, mul, neg
from graphbp.notation.tree import (
    Add,
    Affine,
    Bracket,
    Broadcast,
    Call,
    Cases,
    Compare,
    Condition,
    Div,
    Entry,
    Expr,
    Group,
    Hadamard,
    Index,
    MatMul,
    Mul,
    Neg,
    Number,
    Outer,
    Partial,
    Pow,
    Reshape,
    Slice,
    Sum,
    Symbol,
    Transpose,
)

Axes = tuple[Index, ...]
LONGEST = 1000
"""The largest denominator that is written as one."""
_FIXED = ((Slice(), Affine()), (Affine(), Slice()))
"""A column and a row of an array that has no other: such an array repeats itself."""


def recognise(expr: Expr, out: Axes, shapes: Shapes) -> Expr | None:
    """The layer form of the entry formula `expr` over the output letters, or None.

    >>> i, j, k = Index("i", 2), Index("j", 4), Index("k", 3)
    >>> X, W = Symbol("X"), Symbol("W")
    >>> recognise(Sum((k,), X[i, k] * W[j, k]), (i, j), {"X": (2, 3), "W": (4, 3)})
    MatMul(factors=(Symbol(name='X'), Transpose(x=Symbol(name='W'))))
    """
    return Recogniser(shapes).whole(expr, out)


@dataclass
class Recogniser(SumForms):
    """Finds layer forms; `shapes` are the shapes of all named arrays."""

    def whole(self, expr: Expr, out: Axes) -> Expr | None:
        """The form with exactly the axes `out`."""
        used = self.used(expr, out)
        form = self.form(expr, used)
        if form is None or used == out or not out:
            return form
        if not used:
            return Broadcast(form, "all")
        return self._spread(form, used, out)

    @staticmethod
    def _spread(form: Expr, used: Axes, axes: Axes) -> Expr | None:
        """A form repeated along the axes that it does not have."""
        if used == axes or not used:
            return form
        if isinstance(form, Neg):
            inner = Recogniser._spread(form.x, used, axes)
            return None if inner is None else neg(inner)
        if len(axes) == 2 and isinstance(form, Entry) and form.subs == _FIXED[used == axes[1:]]:
            return form.base
        if used == axes[len(axes) - len(used) :]:
            return Broadcast(form, "row")
        if used == axes[:-1]:
            return Broadcast(form, "column", tuple(index.size if index in used else 1 for index in axes))
        return Reshape(form, tuple(index.size if index in used and index.size is not None else 1 for index in axes))

    def form(self, expr: Expr, axes: Axes) -> Expr | None:
        """The form over exactly the letters that the formula uses."""
        method: Callable[[Expr, Axes], Expr | None] | None = getattr(self, f"_{type(expr).__name__.lower()}", None)
        return method(expr, axes) if method else None

    # Single values

    def _number(self, expr: Number, axes: Axes) -> Expr | None:
        return expr

    def _symbol(self, expr: Symbol, axes: Axes) -> Expr | None:
        return expr

    def _partial(self, expr: Partial, axes: Axes) -> Expr | None:
        if isinstance(expr.x, Entry) and isinstance(expr.y, Symbol):
            return self._entry(Entry(Partial(expr.y, expr.x.base), expr.x.subs), axes)
        return expr if not axes else None

    def _entry(self, expr: Entry, axes: Axes) -> Expr | None:
        return gathered(expr, axes, self.shape(expr.base))

    def shape(self, base: Expr) -> Shape | None:
        """The shape of what an entry is taken from."""
        return shape_of(base, self.shapes)

    # Entry by entry

    def _neg(self, expr: Neg, axes: Axes) -> Expr | None:
        inner = self.form(expr.x, axes)
        return None if inner is None else neg(inner)

    def _add(self, expr: Add, axes: Axes) -> Expr | None:
        forms = self._aligned(expr.terms, axes)
        return None if forms is None else add(*forms)

    def _aligned(self, terms: Sequence[Expr], axes: Axes) -> list[Expr] | None:
        """The forms of values that meet entry by entry."""
        result: list[Expr] = []
        for term in terms:
            used = self.used(term, axes)
            form = self.form(term, used)
            spread = None if form is None else self._spread(form, used, axes)
            if spread is None:
                return None
            result.append(spread)
        return result

    def _call(self, expr: Call, axes: Axes) -> Expr | None:
        args = self._aligned(expr.args, axes)
        return None if args is None else Call(expr.function, tuple(args), expr.options, expr.order)

    def _pow(self, expr: Pow, axes: Axes) -> Expr | None:
        both = self._aligned((expr.base, expr.exp), axes)
        return None if both is None else Pow(*both)

    def _cases(self, expr: Cases, axes: Axes) -> Expr | None:
        values = self._aligned([*(value for value, _ in expr.branches), expr.otherwise], axes)
        conditions = [self._condition(condition, axes) for _, condition in expr.branches]
        known = [condition for condition in conditions if condition is not None]
        if values is None or len(known) < len(conditions):
            return None
        return Cases(tuple(zip(values[:-1], known, strict=True)), values[-1])

    def _bracket(self, expr: Bracket, axes: Axes) -> Expr | None:
        condition = expr.condition
        if (
            isinstance(condition, Compare)
            and isinstance(condition.left, Expr)
            and condition.relation == "="
            and (self.used(condition.left, axes), condition.right) == (axes[:-1], axes[-1] if axes else None)
        ):
            return self._one_hot(condition.left, axes)
        if len(axes) == 2 and isinstance(condition, Compare) and condition.right == axes[0]:
            turned = self._bracket(expr, axes[::-1])
            return None if turned is None else Transpose(turned)
        return self._compared(expr, axes)

    def _one_hot(self, number: Expr, axes: Axes) -> Expr | None:
        """[class number = letter]: a row of zeros with a one at the class."""
        form = self.form(number, axes[:-1])
        return None if form is None else Call("one_hot", (form,), (("num_classes", axes[-1].size),))

    def _compared(self, expr: Bracket, axes: Axes) -> Expr | None:
        condition = self._condition(expr.condition, axes)
        return None if condition is None else Bracket(condition)

    def _condition(self, condition: Condition, axes: Axes) -> Condition | None:
        """A comparison of values as one of arrays; a comparison of letters has no layer form."""
        if (
            not isinstance(condition, Compare)
            or not isinstance(condition.left, Expr)
            or not isinstance(condition.right, Expr)
        ):
            return None
        sides = self._aligned((condition.left, condition.right), axes)
        return None if sides is None else Compare(sides[0], condition.relation, sides[1])

    # Products

    def _mul(self, expr: Mul, axes: Axes) -> Expr | None:
        return self._product(expr, axes)

    def _div(self, expr: Div, axes: Axes) -> Expr | None:
        return self._product(expr, axes)

    def _product(self, expr: Expr, axes: Axes) -> Expr | None:
        term = packed(expr)
        if term is None:
            return None
        size = abs(term.coef)
        num, den = self._fraction(term, axes)
        if num is None or den is None:
            return self._einsum((), term, axes) if not term.dens else None
        above, below = (size, 1) if _decimal(size) else (size.numerator, size.denominator)
        top = num if above == 1 else mul(Number(above), num)
        bottom = den if below == 1 else mul(Number(below), den)
        result = div(top, bottom)
        return neg(result) if term.coef < 0 else result

    def _fraction(self, term: Product, axes: Axes) -> tuple[Expr | None, Expr | None]:
        """Numerator and denominator, each repeated along the axes that only the other has."""
        num, den = self._joined(term.nums, axes), self._joined(term.dens, axes)
        above, below = self.used(mul(*term.nums), axes), self.used(mul(*term.dens), axes)
        if num is None or den is None or above == below:
            return num, den
        both = self.used(mul(*term.factors), axes)
        return self._spread(num, above, both), self._spread(den, below, both)

    def _joined(self, factors: Sequence[Expr], axes: Axes) -> Expr | None:
        """The product of factors over the axes that they use between them."""
        wanted = tuple(index for index in axes if any(index.name in free_letters(factor) for factor in factors))
        groups: dict[Axes, list[Expr]] = {}
        for factor in powers(factors):
            used = self.used(factor, axes)
            form = self.form(factor, used)
            if form is None:
                return None
            groups.setdefault(used, []).append(form)
        numbers = groups.pop((), [])
        if not groups:
            return mul(*numbers) if numbers else ONE
        met = self._met(groups, wanted)
        if met is None or not numbers:
            return met
        return mul(*(Group(number) if isinstance(number, MatMul) else number for number in numbers), met)

    def _met(self, groups: dict[Axes, list[Expr]], axes: Axes) -> Expr | None:
        """Arrays with different axes multiplied: ⊙ where they are the same, u vᵀ where they are apart."""
        if axes not in groups and len(axes) == 2 and set(groups) == {axes[:1], axes[1:]}:
            return Outer(_hadamard(groups[axes[:1]]), _hadamard(groups[axes[1:]]))
        forms: list[Expr] = []
        for used, group in groups.items():
            spread = self._spread(_hadamard(group), used, axes)
            if spread is None:
                return None
            forms.append(spread)
        return _hadamard(forms) if axes in groups else None

    # Sums

    def _sum(self, expr: Sum, axes: Axes) -> Expr | None:
        terms = products(expr, never)
        if len(terms) != 1 or terms[0].coef != 1 or (packed(expr) is not None and len(packed(expr).nums) > 1):  # type: ignore[union-attr]
            return self._product(expr, axes)
        term = terms[0]
        if not term.sums:
            return self.form(build(term), axes)
        return (
            self._slid(term, axes)
            or self._multiplied(term, axes)
            or self._reduced(term, axes)
            or self._einsum(term.sums, term, axes)
        )

    def _slid(self, term: Product, axes: Axes) -> Expr | None:
        if len(term.nums) != 2 or term.dens or not all(isinstance(num, Entry) for num in term.nums):
            return None
        one, other = term.nums
        assert isinstance(one, Entry) and isinstance(other, Entry)
        shapes = self.shape(one.base), self.shape(other.base)
        return correlation(one, other, term.sums, axes, shapes) or correlation(
            other, one, term.sums, axes, shapes[::-1]
        )


def _decimal(size: Fraction) -> bool:
    """Whether a factor reads better as a decimal than as a quotient: 0.044715, and not 8943/200000."""
    return size.denominator > LONGEST and 10 ** size.denominator.bit_length() % size.denominator == 0


def _hadamard(forms: Sequence[Expr]) -> Expr:
    return Hadamard(tuple(forms)) if len(forms) > 1 else forms[0]
