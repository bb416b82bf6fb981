"""δ under a Σ: only one term is left.  Guards keep the letters in range, and windows that tile are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from graphbp.calculus.letters import (
    bound_here,
    coefficient,
    free_letters,
    plain,
    put,
    shifted,
    solved,
    span,
    surely_within,
)
from graphbp.calculus.terms import Product
from graphbp.graph.shape import Shape, Size
from graphbp.notation.tree import (
    Affine,
    Bracket,
    Delta,
    Dilate,
    Entry,
    Expr,
    Flip,
    FloorMod,
    Index,
    IndexExpr,
    Symbol,
    Term,
    Within,
    affine,
    rebuild,
    substitute,
    walk,
)

Shapes = Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Solved:
    """A letter and the value that it must have; `zero` names the arrays that are read as 0 outside."""

    letter: Index
    value: IndexExpr
    zero: tuple[str, ...] = ()
    tiled: bool = False


@dataclass(frozen=True, slots=True)
class Contracted:
    """A product without the δs that could be used up (None if it is 0), and what was used."""

    term: Product | None
    solved: tuple[Solved, ...] = ()


def contract(term: Product, shapes: Shapes) -> Contracted:
    """Uses up every δ that fixes a Σ letter, and every window condition that fixes one."""
    used: list[Solved] = []
    current: Product | None = _joined_digits(term)
    while current is not None:
        step = _one_delta(current, shapes) or _one_window(current, shapes)
        if step is None:
            break
        current = _joined_digits(step.term) if step.term else None
        used.extend(step.solved)
    return Contracted(current, tuple(used))


# δ(⌊u/n⌋, a) · δ(u mod n, b) = δ(u, n·a + b)


def _joined_digits(term: Product) -> Product:
    """The product with δs of a quotient and its remainder joined."""
    found = [factor for factor in term.nums if isinstance(factor, Delta)]
    for high in found:
        for low in found:
            joined = _joined(high, low) if high is not low else None
            if joined:
                kept = tuple(factor for factor in term.nums if factor is not high and factor is not low)
                return _joined_digits(replace(term, nums=(*kept, joined)))
    return term


def _joined(high: Delta, low: Delta) -> Delta | None:
    for left, digit in _sides(low):
        if not isinstance(left, FloorMod) or left.op != "mod" or not surely_within(digit, left.n):
            continue
        whole, below = _digit(left)
        for other, rest in _sides(high):
            if _quotient(other) == (whole, below * left.n):
                return Delta(_floor(whole, below), shifted((rest, left.n), digit))
            if isinstance(other, FloorMod) and other.op == "mod" and _digit(other) == (whole, below * left.n):
                return Delta(FloorMod("mod", _floor(whole, below), left.n * other.n), shifted((rest, left.n), digit))
    return None


def _sides(delta: Delta) -> tuple[tuple[IndexExpr, IndexExpr], tuple[IndexExpr, IndexExpr]]:
    return (delta.left, delta.right), (delta.right, delta.left)


def _digit(mod: FloorMod) -> tuple[IndexExpr, int]:
    """⌊u/n⌋ mod m as (u, n)."""
    return _quotient(mod.of) or (mod.of, 1)


def _quotient(index: IndexExpr) -> tuple[IndexExpr, int] | None:
    if isinstance(index, FloorMod) and index.op == "floor":
        return index.of, index.n
    return None


def _floor(index: IndexExpr, n: int) -> IndexExpr:
    return index if n == 1 else FloorMod("floor", index, n)


# One δ


def _one_delta(term: Product, shapes: Shapes) -> Contracted | None:
    for place, factor in enumerate(term.nums):
        if not isinstance(factor, Delta):
            continue
        rest = replace(term, nums=term.nums[:place] + term.nums[place + 1 :])
        difference = affine((factor.left, 1), (factor.right, -1))
        if not difference.terms:
            return Contracted(None if difference.const else rest)
        if _apart(difference):
            return Contracted(None)
        step = _solve(rest, factor, shapes)
        if step:
            return step
    return None


def _apart(difference: Affine) -> bool:
    """Whether two indices can never be equal."""
    low, high = span(difference)
    return (low is not None and low > 0) or (high is not None and high < 0)


def _solve(rest: Product, delta: Delta, shapes: Shapes) -> Contracted | None:
    for letter in rest.sums:
        value = solved(delta.left, delta.right, letter)
        if value is None:
            continue
        whole = _whole(rest, delta, letter)
        fixed, zero = fix(whole, letter, value, shapes)
        return Contracted(fixed, (Solved(letter, value, zero),))
    return None


def _whole(term: Product, delta: Delta, letter: Index) -> Product:
    """Occurrences of one whole side of the δ replaced by the other, if that is a single free letter."""
    for side, other in _sides(delta):
        if (
            isinstance(side, Affine)
            and isinstance(other, Index)
            and letter.name in free_letters(side)
            and other not in term.sums
        ):
            return replace(term, nums=_each(term.nums, side, other), dens=_each(term.dens, side, other))
    return term


def _each(factors: Sequence[Expr], old: IndexExpr, new: IndexExpr) -> tuple[Expr, ...]:
    return tuple(_swap(factor, old, new) for factor in factors)


def _swap(term: Term, old: IndexExpr, new: IndexExpr) -> Expr:
    """The old index replaced where no Σ inside binds one of its letters."""
    inside = {name for part in walk(term) for name in bound_here(part)}
    result: Expr = term if free_letters(old) & inside else substitute(term, {old: new})  # type: ignore[assignment]
    return result


def fix(term: Product, letter: Index, value: IndexExpr, shapes: Shapes) -> tuple[Product, tuple[str, ...]]:
    """The product with a Σ letter fixed to a value, guarded where the value may lie outside its range."""
    sums = tuple(index for index in term.sums if index.name != letter.name)
    table = {letter.name: value}
    if surely_within(value, letter.size):
        return replace(term, sums=sums, nums=_put(term.nums, table), dens=_put(term.dens, table)), ()
    guards = [factor for factor in term.nums if _counts(factor, letter, shapes)]
    lenient = {letter.name}
    nums = tuple(_zero_outside(factor, lenient) for factor in term.nums)
    dens = tuple(_zero_outside(factor, lenient) for factor in term.dens)
    fixed = replace(term, sums=sums, nums=_put(nums, table), dens=_put(dens, table))
    if guards:
        return fixed, tuple(dict.fromkeys(_name(guard) for guard in guards))
    return replace(fixed, nums=(*fixed.nums, Bracket(Within(value, _size(letter))))), ()


def _put(factors: Sequence[Expr], table: Mapping[str, IndexExpr]) -> tuple[Expr, ...]:
    return tuple(put(factor, table) for factor in factors)


def _size(letter: Index) -> Size:
    assert letter.size is not None, f"the index {letter.name} has no size"
    return letter.size


def _counts(factor: Expr, letter: Index, shapes: Shapes) -> bool:
    """Whether a factor is an entry that the bare letter counts along an axis of the letter's own size."""
    if not isinstance(factor, Entry) or factor.outside == "lowest":
        return False
    axes = shape_of(factor.base, shapes) or ()
    return any(
        isinstance(sub, Index) and sub.name == letter.name and size == letter.size
        for sub, size in zip(factor.subs, axes, strict=False)
    )


def _zero_outside(term: Expr, letters: set[str]) -> Expr:
    """Entries that the letters reach are read as 0 beyond their ends: a factor of 0 stands beside them."""
    if isinstance(term, Entry) and term.outside == "error" and any(free_letters(sub) & letters for sub in term.subs):
        return replace(term, outside="zero")
    hidden = letters - bound_here(term)
    return rebuild(term, lambda child: _zero_outside(child, hidden) if isinstance(child, Term) else child)  # type: ignore[arg-type]


def _name(factor: Expr) -> str:
    assert isinstance(factor, Entry)
    return base_name(factor)


def shape_of(base: Expr, shapes: Shapes) -> Shape | None:
    """The shape of an array, also of one that is turned or has zeros put in."""
    if isinstance(base, Symbol):
        return shapes.get(base.name)
    if isinstance(base, Flip):
        return shape_of(base.x, shapes)
    inner = shape_of(base.x, shapes) if isinstance(base, Dilate) else None
    if not isinstance(base, Dilate) or inner is None:
        return None
    head = len(inner) - len(base.steps)
    wide = [
        (size - 1) * step + 1 if isinstance(size, int) else size
        for size, step in zip(inner[head:], base.steps, strict=True)
    ]
    return (*inner[:head], *wide)


def base_name(entry: Entry) -> str:
    """The name of the array that an entry is taken from."""
    inner = entry.base
    while isinstance(inner, Flip | Dilate):
        inner = inner.x
    return inner.name if isinstance(inner, Symbol) else ""


# Windows that do not overlap: Σ_i f(i) [0 ≤ u − s·i < k] with k ≤ s has one term, i = ⌊u/s⌋


def _one_window(term: Product, shapes: Shapes) -> Contracted | None:
    if _slides(term):
        return None
    for letter in term.sums:
        for sub, size in _ranges(term, shapes):
            step = -coefficient(sub, letter.name)
            if step < 2 or not isinstance(size, int) or size > step:
                continue
            whole = shifted(sub, (letter, step))
            if letter.name in free_letters(whole) or not _finest(whole, step, term):
                continue
            return _tiled(term, letter, (sub, size), (whole, step), shapes)
    return None


def _finest(whole: IndexExpr, step: int, term: Product) -> bool:
    """Whether no other Σ letter counts in smaller steps: windows inside windows are told apart from inside out."""
    names = free_letters(whole) & {index.name for index in term.sums}
    return all(coefficient(whole, name) % step == 0 and coefficient(whole, name) for name in names)


def _slides(term: Product) -> bool:
    """Whether the product is a window sum of two arrays, which has a layer form of its own."""
    if len(term.nums) != 2 or not all(isinstance(num, Entry) for num in term.nums):
        return False
    uses = [
        [sum(letter.name in free_letters(sub) for sub in num.subs) for letter in term.sums]
        for num in term.nums
        if isinstance(num, Entry)
    ]
    return all(count == 1 for row in uses for count in row)


def _ranges(term: Product, shapes: Shapes) -> list[tuple[IndexExpr, Size]]:
    """Every index expression that is known to lie in a range where the product is not 0."""
    found: list[tuple[IndexExpr, Size]] = []
    for factor in term.nums:
        if isinstance(factor, Bracket) and isinstance(factor.condition, Within):
            found.append((factor.condition.index, factor.condition.size))
        elif isinstance(factor, Entry) and factor.outside == "zero" and isinstance(factor.base, Symbol):
            found.extend(zip(factor.subs, shapes.get(factor.base.name, ()), strict=False))
    return found


def _tiled(
    term: Product, letter: Index, window: tuple[IndexExpr, int], tile: tuple[IndexExpr, int], shapes: Shapes
) -> Contracted:
    (sub, size), (whole, step) = window, tile
    rest, quotient = plain(FloorMod("mod", whole, step)), plain(FloorMod("floor", whole, step))
    kept = [factor for factor in term.nums if factor != Bracket(Within(sub, size))]
    nums = _each(kept, sub, rest)
    if size < step and len(kept) < len(term.nums):
        nums = (*nums, Bracket(Within(rest, size)))
    fixed, zero = fix(replace(term, nums=nums, dens=_each(term.dens, sub, rest)), letter, quotient, shapes)
    return Contracted(fixed, (Solved(letter, quotient, zero, tiled=True),))


def contract_all(terms: Sequence[Product], shapes: Shapes) -> tuple[list[Product], list[tuple[Solved, ...]]]:
    """Every product contracted; those that are 0 left out."""
    done = [contract(term, shapes) for term in terms]
    kept = [item.term for item in done if item.term is not None and item.term.coef != Fraction(0)]
    return kept, [item.solved for item in done if item.solved]
