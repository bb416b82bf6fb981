"""Mistakes in the places of entries: letters exchanged, the step of a window forgotten, off by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphbp.graph import Graph
from graphbp.notation.tree import Affine, Entry, Expr, Index, IndexExpr, Partial, Sum, walk

Found = tuple[str, str, Expr, Expr]
"""Kind, what went wrong, the part of the formula, and what belongs there."""


def entry_of(part: Any) -> tuple[Expr | None, tuple[Any, ...]]:
    """The array and the places of an entry, or of a derivative for an entry."""
    if isinstance(part, Entry):
        return part.base, part.subs
    if isinstance(part, Partial) and isinstance(part.x, Entry):
        return part.x.base, part.x.subs
    return None, ()


def with_places(part: Expr, subs: tuple[Any, ...]) -> Expr:
    """The same entry at other places."""
    if isinstance(part, Entry):
        return Entry(part.base, subs, part.outside)
    assert isinstance(part, Partial) and isinstance(part.x, Entry)
    return Partial(part.y, Entry(part.x.base, subs, part.x.outside), part.total)


def other_letters(term: Expr) -> Iterator[Found]:
    """Entries with another of the formula's letters at one place."""
    letters = list(dict.fromkeys(part for part in walk(term) if isinstance(part, Index)))
    for part in walk(term):
        base, subs = entry_of(part)
        if base is None or not isinstance(part, Expr):
            continue
        for place, sub in enumerate(subs):
            for letter in letters:
                if letter != sub and isinstance(sub, Index):
                    says = f"The index {sub.name} stands where {letter.name} belongs."
                    yield "wrong-index", says, part, with_places(part, (*subs[:place], letter, *subs[place + 1 :]))


def shifted(term: Expr, graph: Graph) -> Iterator[Found]:
    """Entries of windows: the step of the window at all places of an entry, or one place more or less."""
    steps = sorted({step for node in graph for step in _steps(dict(node.attrs).get("stride"))} - {1})
    bound = [index.name for part in walk(term) if isinstance(part, Sum) for index in part.indices]
    for part in walk(term):
        base, subs = entry_of(part)
        if base is None or not isinstance(part, Expr):
            continue
        for step in steps:
            for chosen in (bound, [letter for letter in _letters(subs) if letter not in bound]):
                fresh = tuple(_scaled(sub, step, chosen) for sub in subs)
                if fresh != subs:
                    yield "wrong-index", f"The window moves by {step} places.", part, with_places(part, fresh)
        whole = tuple(_turned(sub) for sub in subs)
        if whole != subs:
            yield *_turns(part), part, with_places(part, whole)
        for place, sub in enumerate(subs):
            for kind, says, other in _beside(part, sub):
                yield kind, says, part, with_places(part, (*subs[:place], other, *subs[place + 1 :]))


def _turns(part: Expr) -> tuple[str, str]:
    """What it means that the places of an entry run the other way."""
    if isinstance(part, Partial):
        # Gradients that arrive meet the kernel in reversed order.
        return "not-rotated", "The kernel runs the other way there."
    return "reversed", "The places run the other way there."


def _turned(sub: Any) -> Any:
    """A place of several letters with the last of them counted the other way."""
    if not isinstance(sub, Affine) or len(sub.terms) < 2:
        return sub
    *others, (letter, factor) = sub.terms
    return Affine((*others, (letter, -factor)), sub.const)


def _beside(part: Expr, sub: Any) -> Iterator[tuple[str, str, Affine]]:
    """Places near one: a letter counted the other way, one place more or less."""
    if not isinstance(sub, Index | Affine):
        return
    found = _affine(sub)
    if len(found.terms) > 1:
        for number, (letter, factor) in enumerate(found.terms):
            turned = (*found.terms[:number], (letter, -factor), *found.terms[number + 1 :])
            yield *_turns(part), Affine(turned, found.const)
    for by in (-1, 1):
        yield "wrong-index", "A place is off by one.", Affine(found.terms, found.const + by)


def _steps(stride: Any) -> tuple[int, ...]:
    if isinstance(stride, int):
        return (stride,)
    return tuple(stride) if isinstance(stride, tuple | list) else ()


def _letters(subs: tuple[Any, ...]) -> list[str]:
    return [part.name for sub in subs for part in walk(sub) if isinstance(part, Index)]


def _affine(sub: IndexExpr) -> Affine:
    return sub if isinstance(sub, Affine) else Affine(((sub, 1),))


def _scaled(sub: Any, step: int, letters: list[str]) -> Any:
    """The chosen letters of a place of several letters times the step."""
    if not isinstance(sub, Affine) or len(sub.terms) < 2:
        return sub
    terms = tuple((inner, n * step if getattr(inner, "name", "") in letters else n) for inner, n in sub.terms)
    return Affine(terms, sub.const)
