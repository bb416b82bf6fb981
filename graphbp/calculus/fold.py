"""Named parts recognised again in a line (that is p again), and declared facts used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from graphbp.calculus.letters import entry, free_letters, put
from graphbp.calculus.lines import Definition, Fact
from graphbp.calculus.terms import Product, build, key, products, split
from graphbp.notation.tree import (
    Add,
    Affine,
    Div,
    Entry,
    Expr,
    Index,
    IndexExpr,
    Mul,
    Neg,
    Number,
    Partial,
    Sum,
    Symbol,
    Term,
    children,
    rebuild,
)

Binding = dict[str, IndexExpr]


def never(expr: Expr) -> bool:
    """Opens no sum."""
    return False


@lru_cache(maxsize=16384)
def normal(expr: Expr) -> Expr:
    """The formula as rules write it: one fraction a term, constants before Σ, a positive term first."""
    inside = rebuild(expr, lambda child: normal(child) if isinstance(child, Expr) else child)
    return build(*products(inside, never)) if isinstance(inside, Add | Mul | Div | Neg | Sum) else inside


# What to look for


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to look for (its `letters` stand for any index), and what to write instead."""

    whole: Expr
    letters: frozenset[str]
    instead: Expr

    @property
    def telling(self) -> bool:
        """Whether finding it says something: a bare name or a product of entries does not."""
        term = packed(self.whole)
        return term is None or bool(term.dens) or any(not isinstance(num, Entry | Symbol) for num in term.nums)


def pattern_of(definition: Definition) -> Pattern:
    """The body of a definition, to be written as its name."""
    names = frozenset(index.name for index in definition.indices)
    return Pattern(normal(definition.body), names, entry(Symbol(definition.name), definition.indices))


def pattern_of_fact(fact: Fact) -> Pattern:
    """The left side of a fact, to be written as its right side."""
    return Pattern(normal(fact.left), free_letters(fact.left), fact.right)


@lru_cache(maxsize=16384)
def packed(expr: Expr) -> Product | None:
    """The formula as one product whose Σs are factors; None if it is a sum."""
    terms = products(expr, never)
    if len(terms) != 1:
        return None
    outer, groups = split(terms[0])
    sums = tuple(build(group) for group in groups)
    return Product(outer.coef, (), outer.nums + sums, outer.dens)


# Matching


def match(pattern: Term, term: Term, letters: frozenset[str], binding: Binding) -> Iterator[Binding]:
    """Every way in which the pattern's letters can stand for indices so that it equals the term."""
    if isinstance(pattern, Index):
        yield from _match_letter(pattern, term, letters, binding)
    elif type(pattern) is not type(term):
        return
    elif isinstance(pattern, Affine):
        unknown = any(name in letters and name not in binding for name in free_letters(pattern))
        if not unknown and key(put(pattern, binding)) == key(term):
            yield binding
    elif isinstance(pattern, Sum) and isinstance(term, Sum):
        yield from _match_sum(pattern, term, letters, binding)
    elif isinstance(pattern, Add | Mul):
        mine, theirs = tuple(children(pattern)), tuple(children(term))
        if len(mine) == len(theirs):
            yield from (found for found, _ in choices(mine, theirs, letters, binding))
    elif _head(pattern) == _head(term):
        yield from _match_each(tuple(children(pattern)), tuple(children(term)), letters, binding)


def _head(term: Term) -> tuple[object, ...]:
    """What of a term is not itself a term."""
    if isinstance(term, Number):
        return (term.value,)
    if isinstance(term, Entry):
        return (len(term.subs),)
    return tuple(value for name in type(term).__dataclass_fields__ if not _is_term(value := getattr(term, name)))


def _is_term(value: object) -> bool:
    return isinstance(value, Term) or (isinstance(value, tuple) and any(_is_term(item) for item in value))


def _match_letter(pattern: Index, term: Term, letters: frozenset[str], binding: Binding) -> Iterator[Binding]:
    if pattern.name not in letters:
        if isinstance(term, Index) and term.name == pattern.name:
            yield binding
    elif not isinstance(term, IndexExpr):
        return
    elif pattern.name not in binding:
        yield {**binding, pattern.name: term}
    elif key(binding[pattern.name]) == key(term):
        yield binding


def _match_sum(pattern: Sum, term: Sum, letters: frozenset[str], binding: Binding) -> Iterator[Binding]:
    """Bound letters are paired in order; what the pattern's letters stand for must not contain them."""
    if [index.size for index in pattern.indices] != [index.size for index in term.indices]:
        return
    pairs = {mine.name: other for mine, other in zip(pattern.indices, term.indices, strict=True)}
    bound = {index.name for index in term.indices}
    if bound & letters:
        return
    for found in match(put(pattern.body, pairs), term.body, letters, binding):
        if not any(free_letters(value) & bound for name, value in found.items() if name not in binding):
            yield found


def _match_each(
    mine: Sequence[Term], theirs: Sequence[Term], letters: frozenset[str], binding: Binding
) -> Iterator[Binding]:
    if len(mine) != len(theirs):
        return
    if not mine:
        yield binding
        return
    for found in match(mine[0], theirs[0], letters, binding):
        yield from _match_each(mine[1:], theirs[1:], letters, found)


def choices(
    mine: Sequence[Term], theirs: tuple[Term, ...], letters: frozenset[str], binding: Binding
) -> Iterator[tuple[Binding, tuple[Term, ...]]]:
    """Each of mine paired with another of theirs, in any order; with what of theirs is left over."""
    if not mine:
        yield binding, theirs
        return
    for place, term in enumerate(theirs):
        for found in match(mine[0], term, letters, binding):
            yield from choices(mine[1:], theirs[:place] + theirs[place + 1 :], letters, found)


# Rewriting


def rewrite(expr: Expr, pattern: Pattern) -> Expr:
    """The formula with every place that the pattern fits written anew, the outermost first."""
    apart = frozenset(f"?{name}" for name in pattern.letters)
    marks: dict[str, IndexExpr] = {name: Index(f"?{name}") for name in pattern.letters}
    return _rewritten(expr, Pattern(put(pattern.whole, marks), apart, put(pattern.instead, marks)))


def _rewritten(expr: Expr, pattern: Pattern) -> Expr:
    found = _at(expr, pattern)
    if found is not None:
        return _rewritten(found, pattern) if isinstance(found, Mul | Div | Neg) else found
    return rebuild(expr, lambda child: _inside(child, pattern))


def _inside(term: Term, pattern: Pattern) -> Term:
    if isinstance(term, Partial):
        return term
    return _rewritten(term, pattern) if isinstance(term, Expr) else rebuild(term, lambda child: _inside(child, pattern))


def _at(expr: Expr, pattern: Pattern) -> Expr | None:
    """What stands instead of this very formula, or of some factors of it."""
    wanted = packed(pattern.whole)
    if wanted is None:
        return _sum_at(expr, pattern)
    if len(wanted.nums) == 1 and not wanted.dens and wanted.coef == 1:
        found = next(match(wanted.nums[0], expr, pattern.letters, {}), None)
        return None if found is None or not pattern.letters <= set(found) else put(pattern.instead, found)
    return _factors_at(expr, pattern, wanted) if isinstance(expr, Mul | Div | Sum | Neg) else None


def _sum_at(expr: Expr, pattern: Pattern) -> Expr | None:
    """A sum that is the pattern, or its negative."""
    if not isinstance(expr, Add):
        return None
    found = next(match(pattern.whole, expr, pattern.letters, {}), None)
    if found is not None and pattern.letters <= set(found):
        return put(pattern.instead, found)  # type: ignore[no-any-return]
    turned = Add(tuple(term.x if isinstance(term, Neg) else Neg(term) for term in expr.terms))
    found = next(match(pattern.whole, turned, pattern.letters, {}), None)
    return None if found is None or not pattern.letters <= set(found) else Neg(put(pattern.instead, found))


def _factors_at(expr: Expr, pattern: Pattern, wanted: Product) -> Expr | None:
    return _in_term(packed(expr), pattern, wanted) or _in_term(_flat(expr), pattern, wanted)


def _flat(expr: Expr) -> Product | None:
    """The formula as one product, a divisor outside a Σ beside the factors inside it."""
    terms = products(expr, never)
    return terms[0] if len(terms) == 1 and terms[0].sums else None


def _in_term(term: Product | None, pattern: Pattern, wanted: Product) -> Expr | None:
    if term is None or not _simpler(term.coef / wanted.coef, term.coef, wanted.coef):
        return None
    for found, nums in choices(wanted.nums, term.nums, pattern.letters, {}):
        for binding, dens in choices(wanted.dens, term.dens, pattern.letters, found):
            if all(name in binding for name in pattern.letters):
                at = _place(term.nums, nums) if wanted.nums else 0
                value = put(pattern.instead, binding)
                new = Product(term.coef / wanted.coef, term.sums, (*nums[:at], value, *nums[at:]), dens)  # type: ignore[arg-type]
                return build(new)
    return None


def _simpler(ratio: Fraction, before: Fraction, pattern: Fraction) -> bool:
    """Whether drawing the pattern's number out does not make the number worse."""
    return pattern == 1 or abs(ratio.numerator * ratio.denominator) < abs(before.numerator * before.denominator)


def _place(before: Sequence[Term], after: Sequence[Term]) -> int:
    """Where the first factor stood that was taken away."""
    return next((place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a is not b), len(after))
