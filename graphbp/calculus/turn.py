"""Sums over a window made ready to be read as a sliding sum: zeros put between, p = a − i, the kernel turned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphbp.calculus.contract import Shapes, base_name, contract_all, shape_of
from graphbp.calculus.letters import (
    INNER,
    as_value,
    coefficient,
    free_letters,
    fresh_letter,
    names_in,
    plain,
    put,
    shifted,
    solved,
    where,
)
from graphbp.calculus.lines import Definition, Rule
from graphbp.calculus.simplify import Trail, contraction_reason
from graphbp.calculus.terms import Product, build, names_of, products
from graphbp.calculus.wording import listed, merged
from graphbp.graph.shape import Size
from graphbp.notation.prose import Piece
from graphbp.notation.tree import (
    Affine,
    Delta,
    Dilate,
    Entry,
    Equation,
    Expr,
    Flip,
    Index,
    IndexExpr,
    Number,
    Sum,
    Symbol,
    affine,
    substitute,
    walk,
)


@dataclass(frozen=True, slots=True)
class Window:
    """Σ A[… u …] B[… a ± s·u + c …] · others: `plain` holds the letters u bare, `mixed` does not."""

    whole: Sum
    plain: Entry
    mixed: Entry
    letters: tuple[Index, ...]
    axes: tuple[int, ...]
    """The axis of `mixed` in which each of the letters stands."""

    def with_entries(self, first: Entry, second: Entry, sums: Sequence[Index]) -> Sum:
        """The sum with both entries exchanged."""
        body = substitute(self.whole.body, {self.plain: first, self.mixed: second})
        return Sum(tuple(sums), body)


def turn(trail: Trail, definition: Definition, shapes: Shapes, upstream: str) -> None:
    """Adds the lines that bring every window sum of the last line into sliding form."""
    _spread(trail, definition, shapes)
    for step in (_dilate, _rename, _flip):
        found = [
            (window, step(window, definition, shapes, upstream, trail.last)) for window in windows(trail.last, shapes)
        ]
        changes = [(window.whole, change) for window, change in found if change]
        if not changes:
            continue
        expr = trail.last
        for whole, (new, _, _) in changes:
            expr = _swapped(expr, whole, new)
        reasons = list(dict.fromkeys(change[2] for _, change in changes))
        trail.add(expr, changes[0][1][1], reasons[0])


def _swapped(expr: Expr, old: Expr, new: Expr) -> Expr:
    return build(*products(substitute(expr, {old: new}), lambda _: False))


Change = tuple[Sum, Rule, tuple[Piece, ...]]
Step = Callable[[Window, Definition, Shapes, str, Expr], Change | None]


def windows(expr: Expr, shapes: Shapes) -> list[Window]:
    """The window sums of a formula whose letters do not all count upwards."""
    found = (_window(part) for part in walk(expr) if isinstance(part, Sum))
    return [window for window in found if window is not None]


def _window(whole: Sum) -> Window | None:
    (term,) = products(whole.body, lambda _: False) if len(products(whole.body, lambda _: False)) == 1 else (None,)
    if term is None or len(term.nums) != 2 or term.dens or not all(isinstance(num, Entry) for num in term.nums):
        return None
    one, other = term.nums
    assert isinstance(one, Entry) and isinstance(other, Entry)
    return _paired(whole, one, other) or _paired(whole, other, one)


def _paired(whole: Sum, bare: Entry, mixed: Entry) -> Window | None:
    letters = {index.name: index for index in whole.indices}
    places = {}
    for axis, sub in enumerate(mixed.subs):
        inside = set(free_letters(sub)) & set(letters)
        if isinstance(sub, Affine) and len(inside) == 1 and free_letters(sub) - inside:
            places[inside.pop()] = axis
    if not places or any(not any(isinstance(sub, Index) and sub.name == name for sub in bare.subs) for name in places):
        return None
    if (
        any(isinstance(sub, Affine) and free_letters(sub) & set(places) for sub in bare.subs)
        or mixed.outside == "lowest"
    ):
        return None
    if any(_uses(entry, name) != 1 for name in places for entry in (bare, mixed)):
        return None
    if all(_upward(mixed.subs[axis]) for axis in places.values()):
        return None
    return Window(whole, bare, mixed, tuple(letters[name] for name in places), tuple(places.values()))


def _uses(entry: Entry, name: str) -> int:
    return sum(name in free_letters(sub) for sub in entry.subs)


def _upward(sub: IndexExpr) -> bool:
    return all(factor > 0 for _, factor in affine(sub).terms)


# δ(s·i + …, a) with s > 1 fixes no letter until the array that i counts gets zeros in between


def _spread(trail: Trail, definition: Definition, shapes: Shapes) -> None:
    """Uses up the δs that are left by counting in steps of one over an array with zeros put in."""
    terms = products(trail.last, lambda _: False)
    done = [_spread_term(term, definition, shapes) for term in terms]
    if not any(name for _, name in done):
        return
    name = next(name for _, name in done if name)
    wide = [term for term, _ in done]
    reason = merged(["put zeros between neighbouring entries of ", Symbol(name), "; then every step counts 1"])
    trail.add(build(*wide), Rule.ALGEBRA, reason)
    kept, solved_letters = contract_all(wide, shapes)
    if solved_letters:
        trail.add(build(*kept), Rule.CONTRACT, contraction_reason(solved_letters))


def _spread_term(term: Product, definition: Definition, shapes: Shapes) -> tuple[Product, str]:
    """The product with one array dilated, and the array's name; "" if nothing was to be done."""
    steps = _steps(term)
    for place, num in enumerate(term.nums):
        names = (
            [sub.name for sub in num.subs if isinstance(sub, Index) and sub.name in steps]
            if isinstance(num, Entry)
            else []
        )
        if not isinstance(num, Entry) or not names or not _only_here(term, num, names):
            continue
        axes = [_axis(num, index) for index in term.sums if index.name in names]
        head, sizes = min(axes), shape_of(num.base, shapes)
        if sizes is None or not all(isinstance(size, int) for size in sizes[head:]):
            continue
        counts = [steps.get(sub.name, 1) if isinstance(sub, Index) else 1 for sub in num.subs[head:]]
        table = _wide_letters(num, head, counts, names_of(term) | names_in(*definition.indices))
        wide = Entry(Dilate(num.base, tuple(counts)), put(num, dict(table)).subs, num.outside)
        deltas = tuple(_rescaled(factor, steps, table) if isinstance(factor, Delta) else factor for factor in term.nums)
        sums = tuple(table.get(index.name, index) for index in term.sums)
        return replace(term, sums=sums, nums=(*deltas[:place], wide, *deltas[place + 1 :])), base_name(num)
    return term, ""


def _steps(term: Product) -> dict[str, int]:
    """For every Σ letter that δs count in larger steps, the step."""
    found: dict[str, int] = {}
    for factor in term.nums:
        if not isinstance(factor, Delta):
            continue
        difference = affine((factor.left, 1), (factor.right, -1))
        counted = {index.name: abs(coefficient(difference, index.name)) for index in term.sums}
        found |= {name: step for name, step in counted.items() if step > 1}
    return found


def _only_here(term: Product, entry: Entry, names: Sequence[str]) -> bool:
    """Whether the letters stand bare in this entry and else only in δs."""
    others = [factor for factor in term.factors if factor is not entry and not isinstance(factor, Delta)]
    bare = sum(isinstance(sub, Index) and sub.name in names for sub in entry.subs)
    return bare == len(names) and not any(free_letters(factor) & set(names) for factor in others)


def _wide_letters(entry: Entry, head: int, counts: Sequence[int], avoid: set[str]) -> dict[str, Index]:
    table: dict[str, Index] = {}
    for sub, step in zip(entry.subs[head:], counts, strict=True):
        if isinstance(sub, Index) and step > 1 and isinstance(sub.size, int):
            name = fresh_letter("v" if table else "u", avoid, ("u", "v", "s", "t", *INNER))
            avoid.add(name)
            table[sub.name] = Index(name, (sub.size - 1) * step + 1)
    return table


def _rescaled(delta: Delta, steps: dict[str, int], table: Mapping[str, Index]) -> Delta:
    """The δ with s·i written as the letter u of the wider array."""
    return Delta(_counted_wide(delta.left, steps, table), _counted_wide(delta.right, steps, table))


def _counted_wide(index: IndexExpr, steps: dict[str, int], table: Mapping[str, Index]) -> IndexExpr:
    for name, wide in table.items():
        factor = coefficient(index, name)
        if factor:
            index = shifted((index, 1), (Index(name, _size_in(index, name)), -factor), (wide, factor // steps[name]))
    return index


def _size_in(index: IndexExpr, name: str) -> Size | None:
    return next(letter.size for letter, _ in affine(index).terms if isinstance(letter, Index) and letter.name == name)


# Zeros between neighbours


def _dilate(window: Window, definition: Definition, shapes: Shapes, upstream: str, expr: Expr) -> Change | None:
    """s·u with s > 1: the array counted by u gets s − 1 zeros between neighbours."""
    steps = [
        abs(coefficient(window.mixed.subs[axis], letter.name))
        for letter, axis in zip(window.letters, window.axes, strict=True)
    ]
    rank = len(window.plain.subs)
    places = [_axis(window.plain, letter) for letter in window.letters]
    if (
        max(steps) == 1
        or places != list(range(rank - len(places), rank))
        or not all(isinstance(x.size, int) for x in window.letters)
    ):
        return None
    avoid = names_in(expr) | names_in(*definition.indices)
    table: dict[str, Index] = {}
    for letter, step in zip(window.letters, steps, strict=True):
        assert isinstance(letter.size, int)
        name = fresh_letter("u" if not table else "v", avoid, ("u", "v", "s", "t", *INNER))
        avoid.add(name)
        table[letter.name] = Index(name, (letter.size - 1) * step + 1)
    wide = Entry(Dilate(window.plain.base, tuple(steps)), put(window.plain, dict(table)).subs)
    subs = list(window.mixed.subs)
    for letter, axis, step in zip(window.letters, window.axes, steps, strict=True):
        sign = 1 if coefficient(subs[axis], letter.name) > 0 else -1
        subs[axis] = shifted((subs[axis], 1), (letter, -sign * step), (table[letter.name], sign))
    sums = [table.get(index.name, index) for index in window.whole.indices]
    zeros = max(steps) - 1
    count = "a zero" if zeros == 1 else f"{zeros} zeros"
    reason = merged(
        [
            f"put {count} between neighbouring entries of ",
            Symbol(base_name(window.plain)),
            "; then every step counts 1",
        ]
    )
    return window.with_entries(wide, replace(window.mixed, subs=tuple(subs)), sums), Rule.ALGEBRA, reason


def _axis(entry: Entry, letter: Index) -> int:
    return next(axis for axis, sub in enumerate(entry.subs) if isinstance(sub, Index) and sub.name == letter.name)


# Change of variable


def _rename(window: Window, definition: Definition, shapes: Shapes, upstream: str, expr: Expr) -> Change | None:
    """Name the term by its weight instead of its output: the mixed index becomes a letter of its own."""
    if base_name(window.mixed) == upstream or not isinstance(window.mixed.base, Symbol):
        return None
    if any(
        abs(coefficient(window.mixed.subs[axis], letter.name)) != 1
        for letter, axis in zip(window.letters, window.axes, strict=True)
    ):
        return None
    sizes = shapes.get(window.mixed.base.name, ())
    avoid = names_in(expr) | names_in(*definition.indices)
    table: dict[str, IndexExpr] = {}
    sums, subs, told = list(window.whole.indices), list(window.mixed.subs), []
    for letter, axis in zip(window.letters, window.axes, strict=True):
        wanted = _letter_of(definition, window.mixed.base, axis) or "p"
        new = Index(fresh_letter(wanted, avoid), sizes[axis])
        avoid.add(new.name)
        value = solved(subs[axis], new, letter)
        assert value is not None
        table[letter.name] = value
        told.append((new, subs[axis]))
        sums[sums.index(letter)] = new
        subs[axis] = new
    first = replace(put(window.plain, table), outside="zero")
    second = replace(
        window.mixed, subs=tuple(subs), outside="error" if all(isinstance(sub, Index) for sub in subs) else "zero"
    )
    back = [where(letter, table[letter.name]) for letter in window.letters]
    reason = merged(
        [
            "put ",
            *listed([where(new, old) for new, old in told]),
            ", so that ",
            *listed(list(back)),
            "; ",
            Symbol(base_name(window.plain)),
            " is read as 0 outside its range",
        ]
    )
    return window.with_entries(first, second, sums), Rule.SUBSTITUTE, reason


def _letter_of(definition: Definition, base: Expr, axis: int) -> str | None:
    """The letter with which the definition counts an axis of an array."""
    for part in walk(definition.body):
        if isinstance(part, Entry) and part.base == base and isinstance(sub := part.subs[axis], Index):
            return sub.name
    return None


# The turned kernel


def _flip(window: Window, definition: Definition, shapes: Shapes, upstream: str, expr: Expr) -> Change | None:
    """Minus signs read the kernel backwards: run through it in reverse order, u becomes (n − 1) − u."""
    table: dict[str, IndexExpr] = {}
    for letter, axis in zip(window.letters, window.axes, strict=True):
        if coefficient(window.mixed.subs[axis], letter.name) < 0 and isinstance(letter.size, int):
            table[letter.name] = shifted((letter, -1), letter.size - 1)
    if not table:
        return None
    axes = tuple(_axis(window.plain, letter) for letter in window.letters if letter.name in table)
    turned = Flip(window.plain.base, axes)
    second = replace(window.mixed, subs=tuple(plain(put(sub, table)) for sub in window.mixed.subs))
    becomes = [merged([Symbol(name), " becomes ", _reverse(name, value)]) for name, value in table.items()]
    pieces: list[Piece] = [
        piece for place, clause in enumerate(becomes) for piece in ([", "] if place else []) + list(clause)
    ]
    shown = Equation(Entry(turned, window.plain.subs), (put(window.plain, {name: table[name] for name in table}),))
    reason = merged(
        ["run through ", window.plain.base, " in reverse order (", *pieces, "), the kernel turned: ", shown]
    )
    first = Entry(turned, window.plain.subs)
    return window.with_entries(first, second, window.whole.indices), Rule.SUBSTITUTE, reason


def _reverse(name: str, value: IndexExpr) -> Expr:
    return Number(value.const) - Symbol(name) if isinstance(value, Affine) else as_value(value)
