"""One entry read at letters, as an array: transposes, slices, reversals, borders, windows and reshapes."""

from __future__ import annotations

from collections.abc import Sequence

from graphbp.calculus.letters import coefficient, plain, shifted, span
from graphbp.graph.shape import Shape, Size
from graphbp.notation.tree import (
    Affine,
    Einsum,
    Entry,
    Expr,
    Flip,
    FloorMod,
    Index,
    IndexExpr,
    Pad,
    Reshape,
    Slice,
    Transpose,
    Upsample,
    affine,
)

Axes = tuple[Index, ...]


def gathered(expr: Entry, axes: Axes, shape: Shape | None) -> Expr | None:
    """The array whose entry at the letters `axes` is the entry `expr`, or None."""
    if not expr.subs:
        return expr.base
    for reading in (_turned, _ranged, _repeated, _reshaped):
        found = reading(expr, axes, shape)
        if found is not None:
            return found
    return None


def _turned(expr: Entry, axes: Axes, shape: Shape | None) -> Expr | None:
    """Bare letters: the array itself, its transpose, another order of axes, a diagonal."""
    if not all(isinstance(sub, Index) for sub in expr.subs) or {*expr.subs} != {*axes}:
        return None
    if shape is not None and any(
        getattr(sub, "size", None) != size for sub, size in zip(expr.subs, shape, strict=True)
    ):
        return None
    if expr.subs == axes:
        return expr.base
    if len(expr.subs) >= 2 and expr.subs == (*axes[:-2], axes[-1], axes[-2]):
        return expr.base.x if isinstance(expr.base, Transpose) else Transpose(expr.base)
    short = {index.name: letter for index, letter in zip(axes, "abcdefgh", strict=False)}
    word = "".join(short[sub.name] for sub in expr.subs if isinstance(sub, Index))
    return Einsum(f"{word}->{''.join(short.values())}", (expr.base,))


def _ranged(expr: Entry, axes: Axes, shape: Shape | None) -> Expr | None:
    """Each axis a bare letter, a shifted or reversed one, or one fixed place."""
    if shape is None or len(shape) != len(expr.subs):
        return None
    letters = tuple(letter for sub in expr.subs if (letter := _letter(sub)) is not None)
    if len(set(letters)) < len(letters) or {*letters} != {*axes} or len(letters) + _fixed(expr.subs) != len(expr.subs):
        return None
    base = expr.base
    turned = tuple(
        axis for axis, sub in enumerate(expr.subs) if (letter := _letter(sub)) and coefficient(sub, letter.name) < 0
    )
    if any(shape[axis] != _length(expr.subs[axis]) or not _reversal(expr.subs[axis]) for axis in turned):
        return None
    inside = Flip(base, turned) if turned else base
    whole = _shifted(inside, expr, shape, turned)
    return None if whole is None else _turned(Entry(whole, letters), axes, None)


def _letter(sub: IndexExpr) -> Index | None:
    """The only letter of an index expression."""
    inner = [letter for letter, _ in affine(sub).terms] if not isinstance(sub, FloorMod | Slice) else []
    return inner[0] if len(inner) == 1 and isinstance(inner[0], Index) else None


def _fixed(subs: Sequence[IndexExpr]) -> int:
    return sum(isinstance(sub, Affine) and not sub.terms for sub in subs)


def _length(sub: IndexExpr) -> Size | None:
    letter = _letter(sub)
    return letter.size if letter else None


def _reversal(sub: IndexExpr) -> bool:
    """Whether the index is (n − 1) − a."""
    return isinstance(sub, Affine) and sub.terms[0][1] == -1 and span(sub)[0] == 0


def _shifted(base: Expr, expr: Entry, shape: Shape, turned: tuple[int, ...]) -> Expr | None:
    """The array cut, or padded with zeros, so that every letter starts at its place."""
    places: list[IndexExpr] = []
    widths: list[tuple[int, int]] = []
    for axis, sub in enumerate(expr.subs):
        whole, letter, size = affine(sub), _letter(sub), shape[axis]
        if axis in turned or (isinstance(sub, Index) and sub.size == size):
            places.append(Slice())
            widths.append((0, 0))
            continue
        if letter is None:
            places.append(whole)
            widths.append((0, 0))
            continue
        step, length = whole.terms[0][1], letter.size
        if not isinstance(size, int) or not isinstance(length, int) or step < 1:
            return None
        last = whole.const + step * (length - 1)
        places.append(Slice(whole.const, last + 1, step if step > 1 else None))
        widths.append((max(-whole.const, 0), max(last + 1 - size, 0)))
    if any(width != (0, 0) for width in widths):
        return _bordered(base, expr, shape)
    return Entry(base, tuple(places)) if any(place != Slice() for place in places) else base


def _bordered(base: Expr, expr: Entry, shape: Shape) -> Expr | None:
    """The array with zeros around it, where letters count by one."""
    widths: list[tuple[int, int]] = []
    for sub, size in zip(expr.subs, shape, strict=True):
        letter, const = _letter(sub), affine(sub).const
        if letter is None or coefficient(sub, letter.name) != 1:
            return None
        if isinstance(sub, Index) and sub.size == size:
            widths.append((0, 0))
        elif isinstance(letter.size, int) and isinstance(size, int):
            widths.append((-const, const + letter.size - size))
        else:
            return None
    return Pad(base, tuple(widths)) if expr.outside == "zero" else None


def _repeated(expr: Entry, axes: Axes, shape: Shape | None) -> Expr | None:
    """⌊a/s⌋ on the last axes: every entry repeated over its window."""
    sizes: list[int] = []
    shifts: list[int] = []
    for sub, letter in zip(expr.subs, axes, strict=False):
        shift = _window_shift(sub, letter)
        if shift is not None and isinstance(sub, FloorMod):
            sizes.append(sub.n)
            shifts.append(shift)
        elif sub != letter or sizes:
            return None
    if not sizes or len(expr.subs) != len(axes) or expr.outside == "lowest":
        return None
    head = len(axes) - len(sizes)
    full = [index.size if index.size is not None else 1 for index in axes]
    if not any(shifts):
        return Upsample(expr.base, tuple(sizes), tuple(full))
    if not all(isinstance(size, int) for size in full[head:]):
        return None
    wide = [int(size) + shift for size, shift in zip(full[head:], shifts, strict=True)]
    return Pad(Upsample(expr.base, tuple(sizes), (*full[:head], *wide)), tuple((-shift, 0) for shift in shifts))


def _window_shift(sub: IndexExpr, letter: Index) -> int | None:
    """c ≥ 0 for the index ⌊(a + c)/s⌋."""
    if not isinstance(sub, FloorMod) or sub.op != "floor":
        return None
    whole = affine(sub.of)
    return whole.const if whole.terms == ((letter, 1),) and whole.const >= 0 else None


def _reshaped(expr: Entry, axes: Axes, shape: Shape | None) -> Expr | None:
    """The same entries in row-major order in another shape."""
    sizes = [index.size for index in axes]
    if shape is None or not all(isinstance(size, int) for size in (*shape, *sizes)):
        return None
    position, count = affine(0), 1
    for letter, size in zip(reversed(axes), reversed(sizes), strict=True):
        position = affine((letter, count), position)
        count *= int(size or 1)
    whole, below = plain(affine(position)), 1
    for sub, size in zip(reversed(expr.subs), reversed(shape), strict=True):
        wanted = _digit(whole, below, int(size), below * int(size) == count)
        if shifted(sub) != wanted and _sorted(sub) != _sorted(wanted):
            return None
        below *= int(size)
    return Reshape(expr.base, tuple(size for size in sizes if size is not None)) if below == count else None


def _digit(whole: IndexExpr, below: int, size: int, first: bool) -> IndexExpr:
    """⌊u / below⌋ mod size; the leading digit needs no mod."""
    inner = plain(FloorMod("floor", whole, below)) if below > 1 else whole
    return inner if first else plain(FloorMod("mod", inner, size))


def _sorted(index: IndexExpr) -> tuple[object, ...]:
    if isinstance(index, FloorMod):
        return (index.op, index.n, _sorted(index.of))
    whole = affine(index)
    return (whole.const, *sorted((str(letter), factor) for letter, factor in whole.terms))
