"""One line of a claim: its left side, what it is claimed to equal, and for which entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from graphbp.check.claim import UPDATE, ClaimLine, Unreadable
from graphbp.check.reading import raw
from graphbp.check.reading.base import bare
from graphbp.check.reading.build import Equality
from graphbp.check.reading.families import instances
from graphbp.check.reading.forms import Scope
from graphbp.check.reading.marks import unreadable
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Script, Written, children, walk
from graphbp.check.reading.resolve import Resolver
from graphbp.check.reading.rowwise import entrywise, is_row
from graphbp.check.reading.scripts import letters, place, tokens
from graphbp.check.reading.segments import Segment
from graphbp.check.reading.vocabulary import Vocabulary
from graphbp.errors import GraphbpError
from graphbp.graph import Role
from graphbp.graph.shape import Shape, Size
from graphbp.notation.tree import Add, Array, Call, Entry, Expr, Index, Max, Partial, Sum, Symbol, Term
from graphbp.notation.tree import walk as tree_walk

_ENTRIES = "write the entries, such as X_{nj}, or the matrices"


@dataclass(frozen=True, slots=True)
class Left:
    """The left side as it is read."""

    typed: Typed | None
    definition: bool = False
    usual: Expr | None = None


def read_line(sides: list[Equality], text: str, segment: Segment, vocabulary: Vocabulary) -> Iterator[ClaimLine]:
    """The line; several if its letters stand for members of families of scalar nodes.

    Raises: Unreadable.
    """
    sides = _turned(sides)
    if len(sides) == 1 and not sides[0][0]:
        raise unreadable("nothing is claimed here", text, segment.end, expected=["="])
    reader = _LineReader(sides, text, segment, vocabulary)
    found = instances(reader.attempt, vocabulary.fixed(), reader.left_only)
    for numbers, line in found:
        yield replace(line, where=", ".join(f"{letter} = {value}" for letter, value in numbers.items()))
    reader.remember()


def _turned(sides: list[Equality]) -> list[Equality]:
    """0.0822 = dl/dw1 is a claim about dl/dw1."""
    if len(sides) == 2 and not sides[0][0] and not _names(sides[0][1]) and _names(sides[1][1]):
        return [("", sides[1][1]), (sides[1][0], sides[0][1])]
    return sides


def _names(x: Expr) -> bool:
    return any(isinstance(part, Written) for part in walk(x))


class _LineReader:
    """Reads one line under any assignment of numbers to letters."""

    def __init__(self, sides: list[Equality], text: str, segment: Segment, vocabulary: Vocabulary) -> None:
        self.sides, self.text, self.segment, self.vocabulary = sides, text, segment, vocabulary
        self.names = tuple(part for _, side in sides for part in walk(side) if isinstance(part, Written))
        self.bracketed = frozenset(
            part.shown
            for _, side in sides
            for index in walk(side)
            if isinstance(index, raw.Indexed)
            for place in index.places
            for part in walk(place)
            if isinstance(part, Written) and len(part.shown) == 1
        )
        self.bounds = self.limits()
        self.fresh: list[tuple[Written, Script, Script, Shape | None]] = []

    def resolver(self, numbers: dict[str, int], inner: bool = False) -> Resolver:
        """A resolver for these numbers; it knows what letters above a Σ stand for."""
        made = Resolver(self.vocabulary, self.text, Scope({}, dict(numbers)), inner)
        made.bounds, made.line, made.bracketed = self.bounds, self.names, self.bracketed
        return made

    def limits(self) -> dict[str, Size]:
        """The letters above a Σ, each the length of the axis over which that Σ runs."""
        bounds: dict[str, Size] = {}
        for part in (part for _, side in self.sides for part in walk(side)):
            if (
                isinstance(part, raw.Big)
                and len(part.limits.last) == 1
                and part.limits.last.isalpha()
                and part.limits.first in ("", "1")
            ):
                size = self.length(part)
                if size is not None and bounds.setdefault(part.limits.last, size) != size:
                    raise unreadable(
                        f"{part.limits.last} is {size} for one Σ and {bounds[part.limits.last]} for another",
                        self.text,
                        part.at,
                    )
        return bounds

    def length(self, big: raw.Big) -> Size | None:
        """The length of the axis that the letter of a Σ runs along."""
        letter = big.limits.letters[0]
        scope = Scope({letter: Index(letter)})
        for part in walk(big.body):
            if isinstance(part, Written) and letter in letters(part.sub):
                for reading in self.vocabulary.readings(part, scope):
                    entry = next((inner for inner in tree_walk(reading.expr) if isinstance(inner, Entry)), None)
                    shape = (
                        self.vocabulary.shapes.get(entry.base.name, ())
                        if entry and isinstance(entry.base, Symbol)
                        else ()
                    )
                    axis = (
                        next((axis for axis, sub in enumerate(entry.subs) if sub == Index(letter)), None)
                        if entry
                        else None
                    )
                    if axis is not None and axis < len(shape):
                        return shape[axis]
        return None

    def left_only(self, numbers: dict[str, int]) -> object:
        """The left side alone, to see whether the numbers make sense."""
        return self.left(self.resolver(numbers))

    def attempt(self, numbers: dict[str, int]) -> ClaimLine:
        """The line with these numbers for letters."""
        relation, first = self.sides[0]
        if any(sign == "→" for sign, _ in self.sides[2:]) or (len(self.sides) > 1 and self.sides[1][0] == "→"
                                                             and not isinstance(first, Written)):  # fmt: skip
            raise self.error("an arrow stands between a parameter and its next value only")
        resolver = self.resolver(numbers)
        left = Left(None) if relation else self.left(resolver)
        rights = [self.right(side, left, numbers) for _, side in (self.sides if relation else self.sides[1:])]
        if left.definition:
            left = self.introduced(first, left, rights, resolver)
        elif left.typed is not None and rights and self.steps(left.typed.expr, rights[0].expr):
            left = Left(left.typed.as_expr(Call(UPDATE, (left.typed.expr,))))
        free = self.free(left, rights, bool(relation))
        if any(is_row(side.expr) for side in (*rights, *([left.typed] if left.typed else []))):
            left, rights, letters = self.entrywise(left, rights)
            free = (*free, *letters)
        return ClaimLine(
            1,
            self.text[self.segment.start : self.segment.end],
            left.typed.expr if left.typed else None,
            tuple(bare(right.expr) for right in rights),
            free,
            left.definition,
            left.usual,
            "",
            self.segment.start,
        )

    def entrywise(self, left: Left, rights: list[Typed]) -> tuple[Left, list[Typed], tuple[Index, ...]]:
        """A line about vectors of single examples, entry by entry."""
        if left.typed is None:
            raise self.error("a line about single examples needs its left side")
        flat = left.typed.shape or ()
        if len(flat) == 2 and 1 in flat and any(right.rank == 1 and right.row != (flat[0] == 1) for right in rights):
            raise self.error("a row is claimed to be a column")
        shapes = {**self.vocabulary.shapes, **{symbol.name: shape for symbol, shape in self.vocabulary.arrays()}}
        new = left.typed.expr
        if left.definition and isinstance(new, Entry) and isinstance(new.base, Symbol):
            shapes[new.base.name] = (*("?",) * len(new.subs), *(left.typed.shape or ()))
        try:
            letters, sides = entrywise([left.typed.expr, *(right.expr for right in rights)], shapes)
        except GraphbpError as error:
            raise self.error(f"this line about single examples cannot be read: {error}", _ENTRIES) from error
        usual = None if left.usual is None else entrywise([left.usual], shapes)[1][0]
        return Left(Typed(sides[0]), left.definition, usual), [Typed(side) for side in sides[1:]], letters

    def error(self, what: str, fix: str | None = None) -> Unreadable:
        """An error about the whole line."""
        return unreadable(what, self.text, self.segment.start, fix=fix)

    # The left side

    def left(self, resolver: Resolver) -> Left:
        """The left side: an update, a name of the learner, or anything that can be read."""
        side = self.named_entry(self.sides[0][1])
        if not isinstance(side, Written):
            return Left(self.plain(resolver.read(side)))
        update = self.update(side, resolver)
        if update is not None:
            return Left(update)
        found = resolver.vocabulary.readings(side, resolver.scope)
        if self.other_letter(side):
            return Left(None, definition=True)
        if not found and self.custom_free(side) and not self.family(side, resolver):
            return Left(None, definition=True)
        loss = Symbol(self.vocabulary.network.loss_name)
        if (
            len(found) == 1
            and found[0].expr == loss
            and side.shown not in (loss.name, "ℓ", "\\ell")
            and side.base not in ("l", "ell", "L", "loss", "Loss")
        ):
            # E, J and C are losses in books, and a learner's own names too.
            return Left(Typed(loss), definition=True, usual=loss)
        if len(found) == 1 and self.vocabulary.customs.probabilities(side, resolver.scope) == found:
            return Left(Typed(found[0].expr, found[0].shape), definition=True, usual=found[0].expr)
        if len(found) == 1 and isinstance(found[0].expr, Partial):
            return Left(Typed(found[0].expr, found[0].shape), definition=True, usual=found[0].expr)
        if found and all(isinstance(reading.expr, Partial) for reading in found):
            # δ of one of several layers: only what follows tells which.
            return Left(None, definition=True)
        return Left(self.plain(resolver.read(side)))

    def named_entry(self, side: Expr) -> Expr:
        """p[i] = … introduces an array p by its entries, if the network has none of that name."""
        if not isinstance(side, raw.Indexed) or not isinstance(side.base, Written) or side.base.sup:
            return side
        places = [place.shown for place in side.places if isinstance(place, Written) and len(place.shown) == 1]
        found = self.vocabulary.readings(side.base, Scope())
        hidden = self.vocabulary.customs.probabilities(side.base, Scope())
        if len(places) != len(side.places) or found not in ([], hidden):
            return side
        return replace(side.base, sub=(*side.base.sub, *places), exact=False)

    def other_letter(self, side: Written) -> bool:
        """δ_j = … δ_k …: the letter tells two layers apart where the line uses the learner's earlier name."""
        behind = [script for own, script in self.vocabulary.owned(side)]
        stem = (side.base, side.accent, side.sup)
        earlier = [name for name in self.names[1:] if (name.base, name.accent, name.sup) == stem]
        return any(script and all(part.isalpha() for part in script) for script in behind) and any(
            name.sub != side.sub and self.vocabulary.introduced(name) for name in earlier
        )

    def plain(self, x: Typed) -> Typed:
        return x.as_expr(bare(x.expr))

    def custom_free(self, side: Written) -> bool:
        """Whether a name is free for the learner to define: no letters that would have to be numbers."""
        return not side.primes and not side.updated and not letters(side.sup)

    def family(self, side: Written, resolver: Resolver) -> bool:
        """Whether other numbers for the letters make this a node: then it is no new name."""
        numbers = resolver.scope.numbers
        tries = [{**numbers, letter: value} for letter in numbers for value in self.vocabulary.fixed()]
        return any(resolver.vocabulary.readings(side, Scope({}, attempt)) for attempt in tries)

    def update(self, side: Written, resolver: Resolver) -> Typed | None:
        """w1⁺, w1′ or w1 := …: a parameter after one step."""
        marked = side.updated or side.primes > 0 or (len(self.sides) > 1 and self.sides[1][0] in (":=", "→"))
        if not marked:
            return None
        found = resolver.read(replace(side, updated=False, primes=0))
        name = found.expr.base if isinstance(found.expr, Entry) else found.expr
        graph = self.vocabulary.network.graph
        parameter = isinstance(name, Symbol) and name.name in graph and graph[name.name].role == Role.PARAMETER
        if parameter:
            return found.as_expr(Call(UPDATE, (found.expr,)))
        if side.updated or side.primes or self.sides[1][0] == "→":
            raise resolver.error(f"{side.shown} is no parameter, and has no value after a step", side.at)
        return None

    def steps(self, left: Expr, right: Expr) -> bool:
        """w = w − η g, as programs write a step."""
        graph = self.vocabulary.network.graph
        parameter = isinstance(left, Symbol) and left.name in graph and graph[left.name].role == Role.PARAMETER
        return parameter and isinstance(right, Add) and left in right.terms

    def introduced(self, side: Expr, left: Left, rights: list[Typed], resolver: Resolver) -> Left:
        """The left side with the learner's new name in it."""
        side = self.named_entry(side)
        assert isinstance(side, Written)
        from graphbp.check.reading.scripts import filled

        numbers = resolver.scope.numbers
        side = replace(side, sub=filled(side.sub, numbers), sup=filled(side.sup, numbers))
        cut = next(
            (
                n
                for n, part in enumerate(side.sub)
                if any(token.isalpha() for token in tokens(part)) and self.is_index(side, part)
            ),
            len(side.sub),
        )
        kept, behind = side.sub[:cut], side.sub[cut:]
        if isinstance(left.usual, Partial) and isinstance(left.usual.x, Entry) and not behind and kept:
            kept, behind = kept[:-1], kept[-1:]
        run = [token for part in behind for token in ([part] if part.isdigit() else tokens(part))]
        subs = tuple(found for token in run if (found := place([token], {}, 1)) is not None)
        shape = rights[-1].shape if not subs else (*("?",) * len(subs), *(rights[-1].shape or ()))
        symbol = self.vocabulary.symbol(side, kept, behind)
        self.fresh.append((side, kept, behind, shape))
        expr: Expr = Entry(symbol, subs) if subs else symbol
        # A matrix called J is a Jacobian, not the loss.
        usual = None if isinstance(left.usual, Symbol) and shape != () else left.usual
        return Left(Typed(expr, rights[-1].shape if subs else shape), True, usual)

    def is_index(self, side: Written, part: str) -> bool:
        """Whether a part of a new name's subscript is an index: single letters, not a word."""
        return len(tokens(part)) <= 2

    def remember(self) -> None:
        """Later lines may use the names that this one introduced."""
        for side, kept, behind, shape in self.fresh:
            self.vocabulary.introduce(side, kept, behind, shape)

    # The right sides

    def right(self, side: Expr, left: Left, numbers: dict[str, int]) -> Typed:
        """A right side; a dot between vectors and a list with one entry are read as the left side asks."""
        resolver = self.resolver(numbers)
        found = self.fitted(side, left, resolver)
        want = left.typed.shape if left.typed else None
        matrix = want is not None and len(want) > 1
        if resolver.star is not None and want and found.shape != want and (found.shape is not None or matrix):
            raise resolver.unclear_star(resolver.star)
        if resolver.dotted is None:
            return found
        other = self.fitted(side, left, self.resolver(numbers, inner=True))
        fits = [reading for reading in (found, other) if want is not None and reading.shape == want]
        if len(fits) == 1:
            return fits[0]
        raise resolver.error(
            "the dot between two vectors is the inner product or the product entry by entry",
            resolver.dotted,
            readings=["inner product", "entry by entry"],
            fix="write u^T v for the inner product, ⊙ for entry by entry",
        )

    def fitted(self, side: Expr, left: Left, resolver: Resolver) -> Typed:
        want = left.typed.shape if left.typed else None
        if isinstance(side, raw.Boxed) and want == (1,):
            inner = resolver.read(side.x)
            return Typed(Array((bare(inner.expr),)), (1,))
        if isinstance(side, raw.Matrix) and want is not None and len(want) == 2 and len(side.rows[0]) == 1:
            return Typed(
                Array(tuple(Array((bare(resolver.read(row[0]).expr),)) for row in side.rows)), (len(side.rows), 1)
            )
        return resolver.read(side)

    # Free letters

    def free(self, left: Left, rights: list[Typed], continued: bool) -> tuple[Index, ...]:
        """The letters for which the line is claimed; every letter on the right must be one of them."""
        own = {} if left.typed is None else dict.fromkeys(free_indices(left.typed.expr))
        known = {index.name for index in own}
        for right in rights:
            for index in free_indices(right.expr):
                if index.name not in known and not continued:
                    raise unreadable(
                        f"what does {index.name} run over?",
                        self.text,
                        self.find(index.name),
                        fix=f"sum over {index.name}, or name it on the left side",
                    )
                if continued:
                    own.setdefault(index)
        return tuple(own)

    def find(self, letter: str) -> int:
        """Where a letter stands in a script of the line."""
        for _, side in self.sides:
            for part in walk(side):
                if isinstance(part, Written) and letter in letters((*part.sub, *part.sup)):
                    return part.at
        return self.segment.start


def free_indices(term: Term, bound: frozenset[str] = frozenset()) -> Iterator[Index]:
    """The letters that no Σ binds, in order of first mention."""
    if isinstance(term, Index):
        if term.name not in bound:
            yield Index(term.name)
        return
    if isinstance(term, Sum | Max):
        yield from free_indices(term.body, bound | {index.name for index in term.indices})
        return
    for child in children(term):
        yield from free_indices(child, bound)
