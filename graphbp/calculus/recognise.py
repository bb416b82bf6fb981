"""Layer forms: what an entry formula with output letters (a, b) is as a whole, X Gᵀ instead of Σ_k X[a,k] G[b,k].

A form is only given where it is exact; anything else stays an index formula (None).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from graphbp.calculus.contract import Shapes
from graphbp.calculus.fold import never, packed
from graphbp.calculus.gathered import gathered
from graphbp.calculus.letters import free_letters
from graphbp.calculus.sliding import correlation
from graphbp.calculus.terms import Product, build, powers, products
from graphbp.graph.shape import Shape
from graphbp.notation.smart import ONE, add, div, mul, neg
from graphbp.notation.tree import (
    Add, Affine, Bracket, Broadcast, Call, Cases, Compare, Condition, Dilate, Div, Einsum, Entry, Expr, Flip, Group, Hadamard,
    Index, MatMul, Mul, Neg, Number, Outer, Partial, Pow, Reduce, Slice, Sum, Symbol, Term, Transpose, walk,
)  # fmt: skip

Axes = tuple[Index, ...]
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
class Recogniser:
    """Finds layer forms; `shapes` are the shapes of all named arrays."""

    shapes: Shapes

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
    def used(expr: Term, axes: Sequence[Index]) -> Axes:
        """Those of the axes that the formula depends on."""
        names = free_letters(expr)
        return tuple(index for index in axes if index.name in names)

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
        return Broadcast(form, "column") if used == axes[:-1] else None

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
        if isinstance(base, Symbol):
            return self.shapes.get(base.name)
        if isinstance(base, Flip):
            return self.shape(base.x)
        inner = self.shape(base.x) if isinstance(base, Dilate) else None
        if not isinstance(base, Dilate) or inner is None:
            return None
        head = len(inner) - len(base.steps)
        wide = tuple((size - 1) * step + 1 if isinstance(size, int) else size for size, step in zip(inner[head:], base.steps, strict=True))
        return (*inner[:head], *wide)

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
        condition = self._condition(expr.condition, axes)
        return None if condition is None else Bracket(condition)

    def _condition(self, condition: Condition, axes: Axes) -> Condition | None:
        """A comparison of values as one of arrays; a comparison of letters has no layer form."""
        if not isinstance(condition, Compare) or not isinstance(condition.left, Expr) or not isinstance(condition.right, Expr):
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
        top = num if size.numerator == 1 else mul(Number(size.numerator), num)
        bottom = den if size.denominator == 1 else mul(Number(size.denominator), den)
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
        if len(terms) != 1 or terms[0].coef != 1 or packed(expr) is not None and len(packed(expr).nums) > 1:  # type: ignore[union-attr]
            return self._product(expr, axes)
        term = terms[0]
        if not term.sums:
            return self.form(build(term), axes)
        return self._slid(term, axes) or self._multiplied(term, axes) or self._reduced(term, axes) or self._einsum(term.sums, term, axes)

    def _slid(self, term: Product, axes: Axes) -> Expr | None:
        if len(term.nums) != 2 or term.dens or not all(isinstance(num, Entry) for num in term.nums):
            return None
        one, other = term.nums
        assert isinstance(one, Entry) and isinstance(other, Entry)
        shapes = self.shape(one.base), self.shape(other.base)
        return correlation(one, other, term.sums, axes, shapes) or correlation(other, one, term.sums, axes, shapes[::-1])

    def _multiplied(self, term: Product, axes: Axes) -> Expr | None:
        """Matrix products: one letter at a time that only some of the factors hold."""
        if len(term.sums) > 1:
            return self._nested(term, axes)
        (letter,), names = term.sums, [free_letters(num) for num in term.nums]
        if term.dens or any(letter.name not in used for used in names):
            return None
        if len(axes) > 2:
            return self._batched(term, axes, letter)
        rows = [num for num, used in zip(term.nums, names, strict=True) if axes and axes[0].name in used]
        columns = [num for num in term.nums if len(axes) > 1 and axes[1].name in free_letters(num)]
        rest = [num for num in term.nums if num not in rows and num not in columns]
        if any(num in columns for num in rows):
            return None
        if len(axes) == 2:
            return self._chain((*rows, *rest), columns, axes, letter) if rows and columns else None
        if len(axes) == 1:
            return self._chain(rows, rest, axes, letter) if rest else None
        return self._inner(rest, letter) if len(rest) > 1 else None

    def _batched(self, term: Product, axes: Axes, letter: Index) -> Expr | None:
        """A matrix product in the last two axes for every place of the leading ones."""
        *batch, row, column = axes
        sides = []
        for outer, other, pair in ((row, column, (row, letter)), (column, row, (letter, column))):
            body = mul(*(num for num in term.nums if outer.name in free_letters(num)))
            if other.name in free_letters(body) or body == ONE:
                return None
            lead = self.used(body, batch)
            sides.append(self.form(body, (*lead, *pair)) if lead in ((), tuple(batch)) else None)
        if any(not {row.name, column.name} & free_letters(num) for num in term.nums) or sides[0] is None or sides[1] is None:
            return None
        return _matmul(sides[0], sides[1])

    def _chain(self, left: Sequence[Expr], right: Sequence[Expr], axes: Axes, letter: Index) -> Expr | None:
        first = self._over(left, (axes[0], letter))
        second = self._over(right, (letter, *axes[1:]))
        return None if first is None or second is None else _matmul(first, second)

    def _inner(self, factors: Sequence[Expr], letter: Index) -> Expr | None:
        """uᵀ v, the last factor on the right."""
        first, second = self._over(factors[:-1], (letter,)), self._over(factors[-1:], (letter,))
        return None if first is None or second is None else _matmul(Transpose(first), second)

    def _over(self, factors: Sequence[Expr], axes: Axes) -> Expr | None:
        """The product of factors, as an array with exactly these axes."""
        body = mul(*factors)
        return self.form(body, axes) if self.used(body, axes) == axes else None

    def _nested(self, term: Product, axes: Axes) -> Expr | None:
        """Σ over several letters as a Σ inside a Σ, where some factors do not hold the inner letter."""
        for letter in reversed(term.sums):
            inside = tuple(num for num in term.nums if letter.name in free_letters(num))
            outside = tuple(num for num in term.nums if num not in inside)
            below = tuple(den for den in term.dens if letter.name in free_letters(den))
            if not outside or below:
                continue
            inner = Sum((letter,), mul(*inside))
            left = tuple(index for index in term.sums if index != letter)
            outer_term = Product(Fraction(1), left, (*outside, inner), term.dens)
            flat = Sum(left, div(mul(*outer_term.nums), mul(*outer_term.dens)))
            found = self._fixed_sum(flat, axes, inner)
            if found is not None:
                return found
        return None

    def _fixed_sum(self, expr: Sum, axes: Axes, inner: Sum) -> Expr | None:
        """A Σ whose factor `inner` is read as an array of its own."""
        letters = tuple(index for index in (*axes, *expr.indices) if index.name in free_letters(inner))
        if len(letters) > 2:
            return None
        order = [letters, letters[::-1]] if len(letters) == 2 else [letters]
        forms = [(axes_of, self.form(inner, axes_of)) for axes_of in order]
        best = min((pair for pair in forms if pair[1] is not None), key=lambda pair: _turns(pair[1]), default=None)
        if best is None or best[1] is None:
            return None
        name = "\0inner"
        shapes = {**self.shapes, name: tuple(index.size or 1 for index in best[0])}
        body = _replaced(expr, inner, Entry(Symbol(name), best[0]) if best[0] else Symbol(name))
        found = Recogniser(shapes).form(body, axes)
        return None if found is None else _replaced(found, Symbol(name), best[1])

    def _reduced(self, term: Product, axes: Axes) -> Expr | None:
        """Column sums, row sums and totals."""
        body = build(Product(term.coef, (), term.nums, term.dens))
        letters = term.sums
        if not axes:
            order = self._natural(body, letters)
            form = self.form(body, order) if self.used(body, order) == order else None
            return None if form is None else Reduce(form, "total")
        if len(axes) != 1 or len(letters) != 1 or self.used(body, (*axes, *letters)) != (*axes, *letters):
            return None
        down, across = self.form(body, (*letters, *axes)), self.form(body, (*axes, *letters))
        if down is not None and (across is None or _turns(down) < _turns(across)):
            return Reduce(down, "column")
        return None if across is None else Reduce(across, "row")

    @staticmethod
    def _natural(body: Expr, letters: Axes) -> Axes:
        """The letters in the order of the first array that holds them all."""
        for part in walk(body):
            if isinstance(part, Entry) and {sub for sub in part.subs if isinstance(sub, Index)} >= set(letters):
                return tuple(sub for sub in part.subs if sub in letters)  # type: ignore[misc]
        return letters

    def _einsum(self, sums: Axes, term: Product, axes: Axes) -> Expr | None:
        """Sum of products over named axes, where nothing shorter fits."""
        if term.dens or not term.nums or term.coef != 1:
            return None
        every = (*axes, *sums)
        parts: list[tuple[Axes, Expr]] = []
        for num in term.nums:
            used = _own_order(num, self.used(num, every))
            form = self.form(num, used)
            if form is None or (not used and len(term.nums) > 1):
                return None
            parts.append((used, form))
        if len(parts) == 1 and parts[0][0] == axes:
            return parts[0][1]
        held = {index for used, _ in parts for index in used}
        if not held >= set(every):
            return None
        short = _short_names(every)
        spec = ",".join("".join(short[index.name] for index in used) for used, _ in parts)
        return Einsum(f"{spec}->{''.join(short[index.name] for index in axes)}", tuple(form for _, form in parts))


def _own_order(expr: Expr, used: Axes) -> Axes:
    """The letters in the order in which an entry holds them."""
    if isinstance(expr, Entry) and all(sub in used for sub in expr.subs) and len(set(expr.subs)) == len(expr.subs) == len(used):
        return tuple(sub for sub in expr.subs if isinstance(sub, Index))
    return used


def _short_names(indices: Axes) -> dict[str, str]:
    names = [index.name for index in indices]
    fine = {name for name in names if len(name) == 1 and name.isascii() and name.isalpha()}
    spare = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in fine)
    return {name: name if name in fine else next(spare) for name in names}


def _hadamard(forms: Sequence[Expr]) -> Expr:
    return Hadamard(tuple(forms)) if len(forms) > 1 else forms[0]


def _matmul(left: Expr, right: Expr) -> Expr:
    factors = [*(left.factors if isinstance(left, MatMul) else (left,)), *(right.factors if isinstance(right, MatMul) else (right,))]
    return MatMul(tuple(factors))


def _turns(expr: Expr | None) -> int:
    """How many transposes a form needs."""
    return sum(isinstance(part, Transpose | Einsum) for part in walk(expr)) if expr is not None else 99


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    from graphbp.notation.tree import substitute

    result: Expr = substitute(expr, {old: new})
    return result


