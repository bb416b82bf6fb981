"""Sugar for definitions: operands that are indexed, letters, and sizes that are read off the arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from graphbp.graph.shape import Shape, Size
from graphbp.notation.tree import (
    Affine,
    Entry,
    Expr,
    Index,
    IndexExpr,
    Number,
    Outside,
    Symbol,
    Term,
    position,
    transform,
    walk,
)

LETTERS = ("i", "j", "k", "m", "p", "q", "r", "s", "u", "v", "c", "d", "e", "f", "g", "h", "n", "o", "t", "w")
# c is left to channels and classes.
_BY_RANK = {0: "", 1: "i", 2: "ij", 3: "bij", 4: "abij", 5: "abdij", 6: "abdeij"}


@dataclass(frozen=True, slots=True)
class Operand:
    """An input of a definition: a name with a shape; `X[i, k]` is an entry of it, `X[()]` a number itself."""

    name: str
    shape: Shape

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    def at(self, *places: IndexExpr | int | slice, outside: Outside = "error") -> Expr:
        """The entry at the places, and what is read beyond the ends."""
        if not places:
            return Symbol(self.name)
        return Entry(Symbol(self.name), tuple(position(place) for place in places), outside)

    def __getitem__(self, places: IndexExpr | int | slice | tuple[IndexExpr | int | slice, ...]) -> Expr:
        return self.at(*(places if isinstance(places, tuple) else (places,)))


def output_letters(shape: Shape, letters: str | None = None) -> tuple[Index, ...]:
    """Index letters for the axes of a shape, with their sizes.

    >>> [letter.name for letter in output_letters((2, 3))]
    ['i', 'j']
    """
    chosen = tuple(letters or _BY_RANK.get(len(shape), "") or (f"i{axis}" for axis in range(len(shape))))
    return tuple(Index(name, size) for name, size in zip(chosen, shape, strict=True))


def as_number(size: Size | float | Fraction) -> Expr:
    """A size or an attribute in a formula: a number, or a letter."""
    return Symbol(size) if isinstance(size, str) else Number(size)


def with_sizes(body: Expr, shapes: Mapping[str, Shape], known: Iterable[Index] = ()) -> Expr:
    """The body with each index given its size, read off an array in which the letter stands bare.

    Raises: ValueError if an index stands bare nowhere and has no size of its own.
    """
    sizes = {index.name: index.size for index in known}
    sizes |= {index.name: index.size for index in _indices(body) if index.size is not None}
    for part in walk(body):
        if isinstance(part, Entry) and isinstance(part.base, Symbol) and part.base.name in shapes:
            bare = zip(part.subs, shapes[part.base.name], strict=True)
            sizes |= {sub.name: size for sub, size in bare if isinstance(sub, Index) and sub.name not in sizes}
    unsized = [index.name for index in _indices(body) if sizes.get(index.name) is None]
    if unsized:
        raise ValueError(f"index {unsized[0]} needs a size")
    sized: Expr = transform(body, lambda part: Index(part.name, sizes[part.name]) if isinstance(part, Index) else part)
    return sized


def _indices(body: Term) -> Iterator[Index]:
    return (part for part in walk(body) if isinstance(part, Index))


def fresh(wanted: str, taken: Iterable[str]) -> str:
    """The wanted letter, or the first free one.

    >>> fresh("k", {"k", "i"})
    'j'
    """
    used = set(taken)
    if wanted not in used:
        return wanted
    numbered = (f"{wanted}{number}" for number in range(1, len(used) + 2))
    return next(letter for letter in (*LETTERS, *numbered) if letter not in used)


def rename_indices(body: Expr, table: Mapping[str, str]) -> Expr:
    """The body with index letters exchanged."""
    if not table:
        return body
    renamed: Expr = transform(
        body, lambda part: Index(table.get(part.name, part.name), part.size) if isinstance(part, Index) else part
    )
    return renamed


def stepped(index: IndexExpr, step: int, *more: tuple[IndexExpr, int] | int) -> IndexExpr:
    """step · index + more, the bare letter where nothing is added.

    >>> stepped(Index("i"), 1, 0)
    Index(name='i', size=None)
    """
    terms = [(index, step), *(part for part in more if isinstance(part, tuple))]
    const = sum(part for part in more if isinstance(part, int))
    if len(terms) == 1 and step == 1 and const == 0:
        return index
    return Affine(tuple(terms), const)
