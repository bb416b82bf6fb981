"""Walks through trees of formulas, and trees rebuilt with parts exchanged."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

from graphbp.notation.indices import Term
from graphbp.notation.kinds import KINDS, Symbol

T = TypeVar("T", bound=Term)

_TERMS = re.compile(r"\b(Expr|IndexExpr|Index|Condition|Term)\b")
_FIELDS = {kind: tuple(item.name for item in fields(kind)) for kind in KINDS}
_HOLDS_TERMS = {
    kind: tuple((place, item.name) for place, item in enumerate(fields(kind)) if _TERMS.search(str(item.type)))
    for kind in KINDS
}


def children(term: Term) -> list[Term]:
    """The terms directly inside, from left to right.

    >>> from graphbp.notation.kinds import Div
    >>> children(Div(Symbol("a"), Symbol("b")))
    [Symbol(name='a'), Symbol(name='b')]
    """
    found: list[Term] = []
    for _, name in _HOLDS_TERMS[type(term)]:
        _collect(getattr(term, name), found)
    return found


def _collect(value: object, found: list[Term]) -> None:
    if isinstance(value, Term):
        found.append(value)
    elif isinstance(value, tuple):
        for item in value:
            _collect(item, found)


def walk(term: Term) -> Iterator[Term]:
    """The term and all terms inside it, the outer before the inner, from left to right."""
    stack = [term]
    while stack:
        current = stack.pop()
        yield current
        if _HOLDS_TERMS[type(current)]:
            stack.extend(reversed(children(current)))


def rebuild(term: T, change: Callable[[Any], Term]) -> T:
    """The term with every direct child replaced by `change(child)`; the same object if none changed."""
    kind = type(term)
    holders = _HOLDS_TERMS[kind]
    if not holders:
        return term
    replaced: dict[int, Any] = {}
    for place, name in holders:
        old = getattr(term, name)
        new = _changed(old, change)
        if new is not old:
            replaced[place] = new
    if not replaced:
        return term
    values = _parts(term)
    for place, new in replaced.items():
        values[place] = new
    return kind(*values)


def _changed(value: Any, change: Callable[[Any], Term]) -> Any:
    if isinstance(value, Term):
        return change(value)
    if isinstance(value, tuple):
        new = tuple([_changed(item, change) for item in value])
        return value if all(map(operator.is_, new, value)) else new
    return value


def transform(term: Term, change: Callable[[Any], Term]) -> Any:
    """The term rebuilt from the leaves up, each rebuilt part passed through `change`."""

    def deep(child: Any) -> Any:
        return change(rebuild(child, deep))

    return deep(term)


def substitute(term: Any, table: dict[Any, Any]) -> Any:
    """Every occurrence of a key replaced by its value, the outermost first; not capture-avoiding.

    >>> from graphbp.notation.kinds import Number
    >>> substitute(Symbol("a") + Symbol("b"), {Symbol("b"): Number(2)})
    Add(terms=(Symbol(name='a'), Number(value=2, text=None)))
    """
    if term in table:
        return table[term]
    return rebuild(term, lambda child: substitute(child, table))


def renamed(term: Any, table: Mapping[str, str]) -> Any:
    """Every symbol under its new name; those without one keep theirs."""

    def change(part: Any) -> Any:
        if isinstance(part, Symbol):
            return Symbol(table[part.name]) if part.name in table else part
        return rebuild(part, change)

    return change(term)


Maker = Callable[[Sequence[Symbol]], Any]
"""Makes a tree from the symbols that stand in its places for names."""


def template(term: Term, names: Sequence[str]) -> Maker:
    """The term as a function of the symbols in the places of its names: for a tree that is needed under many names.

    What holds none of the names is shared by all trees that are made.

    >>> make = template(Symbol("a") + Symbol("b"), ["a"])
    >>> make([Symbol("z")])
    Add(terms=(Symbol(name='z'), Symbol(name='b')))
    """
    return _maker(term, {name: place for place, name in enumerate(names)}) or (lambda symbols: term)


def _maker(value: Any, places: Mapping[str, int]) -> Maker | None:
    """What makes a field of a term; None if no name stands in it."""
    if isinstance(value, Symbol):
        return operator.itemgetter(places[value.name]) if value.name in places else None
    if isinstance(value, tuple):
        return _together(value, places, tuple)
    return _together(_parts(value), places, partial(_made, type(value))) if isinstance(value, Term) else None


def _together(parts: Sequence[Any], places: Mapping[str, int], join: Callable[[list[Any]], Any]) -> Maker | None:
    """What makes each part and joins them; None if no name stands in any."""
    makers = [_maker(part, places) for part in parts]
    if not any(makers):
        return None
    steps = [maker or (lambda symbols, part=part: part) for maker, part in zip(makers, parts, strict=True)]
    return lambda symbols: join([step(symbols) for step in steps])


def _parts(term: Term) -> list[Any]:
    return [getattr(term, name) for name in _FIELDS[type(term)]]


def _made(kind: type[Term], parts: list[Any]) -> Term:
    return kind(*parts)


def symbols(term: Term) -> tuple[str, ...]:
    """The names of all symbols, each once, in order of first mention."""
    return tuple(dict.fromkeys(part.name for part in walk(term) if isinstance(part, Symbol)))
