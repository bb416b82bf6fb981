"""How names can be spelled, and what a spelling can mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphbp.check.reading.raw import Script, Written
from graphbp.check.reading.scripts import SPELLED, letter_name, letters, parts, place, places, tokens
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.names import ACCENTS, Label
from graphbp.notation.names import SPELLED as SPELLED_SHORT
from graphbp.notation.tree import Affine, Entry, Expr, Index, IndexExpr, Number, Partial, Pow, Slice, Symbol

MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0305": "bar"}


@dataclass(frozen=True, slots=True)
class Form:
    """A way to spell a node."""

    base: str
    accent: str
    sub: Script
    sup: Script

    @property
    def orders(self) -> frozenset[str]:
        """The scripts in a row, in either order."""
        below, above = "".join(self.sub), "".join(self.sup)
        return frozenset({above + below, below + above})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a name can mean: a tree with its shape, and the same in words."""

    expr: Expr
    shape: Shape | None
    words: str
    near: int = 0

    @property
    def scalar_node(self) -> bool:
        """Whether it is a name with one number."""
        return isinstance(self.expr, Symbol) and self.shape == ()


@dataclass
class Scope:
    """Letters while a line is read: those under a Σ, those that stand for a number, those that are free."""

    bound: dict[str, Index] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def known(self) -> Mapping[str, Index]:
        """The letters under a Σ."""
        return self.bound


@dataclass
class Own:
    """A name that the learner introduced: its symbol, and the shape of its value as far as it is known."""

    symbol: Symbol
    shape: Shape | None


def form_of(label: Label) -> Form:
    """The spelling that a label is."""
    return Form(letter_name(label.base), label.accent, parts(label.sub), parts(label.sup))


_WORD = re.compile(r"([^\W\d_]+)(\d*)((?:_[^\W_]+)*)")


def spelled(word: str, at: int) -> Written:
    """A name in plain text in its parts: w12, W1_11, yhat1, ŷ.

    >>> spelled("w1_2", 0).sub, spelled("yhat1", 0).accent, spelled("δ", 0).base
    (('1', '2'), 'hat', 'delta')
    """
    bare = unicodedata.normalize("NFD", word)
    accent = next((name for mark, name in MARKS.items() if mark in bare), "")
    if accent:
        bare = "".join(char for char in bare if char not in MARKS)
    match = _WORD.fullmatch(bare)
    if not match:
        return Written(letter_name(word), exact=True, shown=word, at=at)
    base, sub = match[1], tuple(part for part in (match[2], *match[3].split("_")) if part)
    updated = bool(sub) and sub[-1] in ("new", "neu", "next", "updated")
    sub = sub[:-1] if updated else sub
    if sub and sub[0] in ACCENTS and not accent:
        accent, sub = sub[0], sub[1:]
    for mark in ACCENTS:
        stem = base.removesuffix(mark)
        if not accent and stem != base and (len(stem) == 1 or stem in SPELLED.values()):
            base, accent = stem, mark
    base = letter_name(SPELLED_SHORT.get(base, base))
    return Written(base, sub, accent=accent, exact=not updated, updated=updated, shown=word, at=at)


def entry_of(base: Expr, subs: tuple[IndexExpr, ...]) -> Entry:
    """An entry; x_{i+m} in a sum over a window is 0 beyond the border, as books take it."""
    sliding = any(isinstance(sub, Affine) and len(sub.terms) > 1 for sub in subs)
    return Entry(base, subs, "zero" if sliding else "error")


def entry_reading(base: Symbol, subs: tuple[Expr, ...] | tuple[object, ...], shape: Shape, near: int) -> Reading:
    """An entry of an array."""
    entry = entry_of(base, subs)  # type: ignore[arg-type]
    return Reading(
        entry, entry_shape(entry, shape), f"entry {', '.join(_shown(sub) for sub in subs)} of {base.name}", near
    )


def _shown(sub: object) -> str:
    if isinstance(sub, Affine) and not sub.terms:
        return str(sub.const + 1)
    return sub.name if isinstance(sub, Index) else "…"


def entry_shape(entry: Entry, shape: Shape) -> Shape:
    """The shape of an entry or slice of an array of the given shape."""
    kept: list[int | str] = []
    for sub, size in zip(entry.subs, shape, strict=False):
        if isinstance(sub, Slice):
            whole = sub == Slice() or not isinstance(size, int)
            kept.append(size if whole else len(range(size)[sub.start : sub.stop : sub.step]))  # type: ignore[arg-type]
    return (*kept, *shape[len(entry.subs) :])


def powered(reading: Reading, written: Written) -> Reading:
    """A reading to the power that the superscript is."""
    number = "".join(written.sup)
    return Reading(
        Pow(reading.expr, Number(int(number), number)),
        reading.shape,
        f"{reading.words} to the power {number}",
        reading.near + 1,
    )


def gradient(network: Network, reading: Reading) -> Reading:
    """The gradient of the loss with respect to what a name means."""
    loss = Symbol(network.loss_name)
    return Reading(Partial(loss, reading.expr), reading.shape, f"the gradient of {reading.words}")


def own_readings(owned: tuple[Own, Script], scope: Scope) -> list[Reading]:
    """What a name of the learner means, with the indices behind it."""
    own, sub = owned
    if not sub:
        return [Reading(own.symbol, own.shape, own.symbol.name)]
    rank = len(sub) if own.shape is None else len(own.shape)
    subs = places(sub, rank, scope.known())
    if subs is None and own.shape is not None and len(sub) < rank and own.shape[0] == "?":
        # The learner's name for one example of a batch: δ_n is a vector.
        first = [place(tokens(part), scope.known(), 1) for part in sub]
        subs = None if None in first else (*(one for one in first if one is not None), *[Slice()] * (rank - len(first)))
    return [] if subs is None else [entry_reading(own.symbol, subs, own.shape or ("?",) * rank, 1)]


def nearest_readings(found: list[Reading]) -> list[Reading]:
    """The readings that no other is clearly nearer than; an exact spelling beats all others."""
    if any(reading.near == 0 for reading in found):
        return [reading for reading in found if reading.near == 0]
    powers = _best([reading for reading in found if isinstance(reading.expr, Pow)])
    entries = _best([reading for reading in found if isinstance(reading.expr, Entry)])
    wholes = _best([reading for reading in found if isinstance(reading.expr, Symbol)])
    if powers and wholes and wholes[0].near > 1:
        wholes = []
    if wholes and wholes[0].near > 2 and (powers or entries):
        wholes = []
    if powers and powers[0].near > 2 and wholes:
        powers = []
    if entries and (wholes or powers) and entries[0].near > (wholes[0].near if wholes else 1):
        entries = []
    return list({reading.expr: reading for reading in (*wholes, *entries, *powers)}.values())


def _best(found: list[Reading]) -> list[Reading]:
    least = min((reading.near for reading in found), default=0)
    return [reading for reading in found if reading.near == least]


def free_letters(written: Written) -> tuple[str, ...]:
    """The letters in a name's scripts."""
    # A long run of letters is a word.
    return letters([part for part in (*written.sub, *written.sup) if sum(char.isalpha() for char in part) <= 3])
