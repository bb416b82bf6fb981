"""Layer forms of sums: matrix products, inner products, sums of rows and columns, and what is left as an einsum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from graphbp.calculus.contract import Shapes
from graphbp.calculus.letters import free_letters
from graphbp.calculus.terms import Product, build
from graphbp.notation.smart import ONE, div, mul
from graphbp.notation.tree import (
    Einsum,
    Entry,
    Expr,
    Index,
    MatMul,
    Reduce,
    Sum,
    Symbol,
    Term,
    Transpose,
    rebuild,
    substitute,
    walk,
)

Axes = tuple[Index, ...]


@dataclass
class SumForms:
    """Forms of Σ over products; a subclass finds the forms of the factors."""

    shapes: Shapes

    def form(self, expr: Expr, axes: Axes) -> Expr | None:
        """The form over exactly the letters that the formula uses."""
        raise NotImplementedError

    @staticmethod
    def used(expr: Term, axes: Sequence[Index]) -> Axes:
        """Those of the axes that the formula depends on."""
        names = free_letters(expr)
        return tuple(index for index in axes if index.name in names)

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
        if (
            any(not {row.name, column.name} & free_letters(num) for num in term.nums)
            or sides[0] is None
            or sides[1] is None
        ):
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
        orders = [letters, letters[::-1]] if len(letters) == 2 else [letters]
        forms = [self._around(expr, axes, inner, order) for order in orders]
        return min((form for form in forms if form is not None), key=_turns, default=None)

    def _around(self, expr: Sum, axes: Axes, inner: Sum, order: Axes) -> Expr | None:
        """The form of the outer Σ with the inner one as an array whose axes are in the given order."""
        array = self.form(inner, order)
        if array is None:
            return None
        name = f"\0{len(self.shapes)}"
        shapes = {**self.shapes, name: tuple(index.size or 1 for index in order)}
        body = _replaced(expr, inner, Entry(Symbol(name), order) if order else Symbol(name))
        found = type(self)(shapes).form(body, axes)
        return None if found is None else _opened(_replaced(found, Symbol(name), array))

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
                return tuple(sub for sub in part.subs if sub in letters)
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
    if (
        isinstance(expr, Entry)
        and all(sub in used for sub in expr.subs)
        and len(set(expr.subs)) == len(expr.subs) == len(used)
    ):
        return tuple(sub for sub in expr.subs if isinstance(sub, Index))
    return used


def _short_names(indices: Axes) -> dict[str, str]:
    names = [index.name for index in indices]
    fine = {name for name in names if len(name) == 1 and name.isascii() and name.isalpha()}
    spare = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in fine)
    return {name: name if name in fine else next(spare) for name in names}


def _matmul(left: Expr, right: Expr) -> Expr:
    factors = [
        *(left.factors if isinstance(left, MatMul) else (left,)),
        *(right.factors if isinstance(right, MatMul) else (right,)),
    ]
    return MatMul(tuple(factors))


def _opened(expr: Expr) -> Expr:
    """Matrix products inside matrix products written as one; a transpose of a transpose undone."""
    inside = rebuild(expr, lambda child: _opened(child) if isinstance(child, Expr) else child)
    if isinstance(inside, MatMul):
        parts = [factor.factors if isinstance(factor, MatMul) else (factor,) for factor in inside.factors]
        return MatMul(tuple(factor for part in parts for factor in part))
    if isinstance(inside, Transpose) and isinstance(inside.x, Transpose):
        return inside.x.x
    return inside


def _turns(expr: Expr | None) -> int:
    """How many transposes a form needs."""
    return sum(isinstance(part, Transpose | Einsum) for part in walk(expr)) if expr is not None else 99


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    result: Expr = substitute(expr, {old: new})
    return result
