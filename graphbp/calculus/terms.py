"""The shape in which rules see a formula: a sum of products, each a number, Σs, factors and divisors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from graphbp.calculus.letters import free_letters, renamed_apart
from graphbp.notation.smart import ONE, ZERO, add, mul, neg
from graphbp.notation.tree import (
    Add,
    Affine,
    Bracket,
    Cases,
    Compare,
    Condition,
    Delta,
    Div,
    Expr,
    Group,
    Index,
    Max,
    Mul,
    Neg,
    Number,
    Pow,
    Sum,
    Symbol,
    Term,
    children,
    rebuild,
    walk,
)

Opens = Callable[[Expr], bool]


@dataclass(frozen=True, slots=True)
class Product:
    """coef · Σ over `sums` of the factors `nums` divided by the factors `dens`."""

    coef: Fraction = Fraction(1)
    sums: tuple[Index, ...] = ()
    nums: tuple[Expr, ...] = ()
    dens: tuple[Expr, ...] = ()

    def __mul__(self, other: Product) -> Product:
        return Product(self.coef * other.coef, self.sums + other.sums, self.nums + other.nums, self.dens + other.dens)

    @property
    def factors(self) -> tuple[Expr, ...]:
        """Factors and divisors."""
        return self.nums + self.dens


# A key that is the same for formulas that differ only in order and in the names of bound letters


@lru_cache(maxsize=65536)
def key(term: Term, bound: tuple[str, ...] = ()) -> str:
    """Equal for formulas that differ only in the order of terms and factors and in the names of bound letters."""
    if isinstance(term, Index):
        return f"#{bound[::-1].index(term.name)}" if term.name in bound else term.name
    if isinstance(term, Sum | Max):
        inner = key(term.body, bound + tuple(index.name for index in term.indices))
        return f"{type(term).__name__}{[index.size for index in term.indices]}({inner})"
    if isinstance(term, Affine):
        parts = sorted(f"{factor}*{key(inner, bound)}" for inner, factor in term.terms)
        return f"({'+'.join([*parts, str(term.const)])})"
    if isinstance(term, Number):
        return str(term.value)
    inside = [key(child, bound) for child in children(term)]
    if isinstance(term, Add | Mul | Delta) or (isinstance(term, Compare) and term.relation == "="):
        inside.sort()
    return f"{type(term).__name__}{_labels(term)}({','.join(inside)})"


def _labels(term: Term) -> str:
    """What of a term is not itself a term."""
    fields = type(term).__dataclass_fields__
    return ":".join(str(value) for name in fields if not _holds_terms(value := getattr(term, name)))


def _holds_terms(value: Any) -> bool:
    return isinstance(value, Term) or (isinstance(value, tuple) and any(_holds_terms(item) for item in value))


def same(one: Term, other: Term) -> bool:
    """Whether two formulas are equal up to order and bound letters."""
    return one == other or key(one) == key(other)


# From a formula to products


@lru_cache(maxsize=65536)
def has_delta(expr: Expr) -> bool:
    """Whether a δ stands anywhere in the formula."""
    return any(isinstance(part, Delta) for part in walk(expr))


def products(expr: Expr, opens: Opens = has_delta) -> tuple[Product, ...]:
    """The formula as a sum of products; sums inside products are multiplied out where `opens` says so."""
    if isinstance(expr, Add):
        return tuple(product for term in expr.terms for product in products(term, opens))
    if isinstance(expr, Neg):
        return tuple(replace(product, coef=-product.coef) for product in products(expr.x, opens))
    if isinstance(expr, Group):
        return products(expr.x, opens)
    if isinstance(expr, Mul):
        return _multiplied([_factor(factor, opens) for factor in expr.factors])
    if isinstance(expr, Div):
        return _multiplied([_factor(expr.num, opens), (_divisor(expr.den),)])
    if isinstance(expr, Sum):
        return tuple(_under(expr.indices, product) for product in _factor(expr.body, opens))
    if isinstance(expr, Cases) and opens(expr):
        return products(without_cases(expr), opens)
    if isinstance(expr, Number) and not isinstance(expr.value, float) and (expr.text is None or "." not in expr.text):
        return (Product(Fraction(expr.value)),) if expr.value else ()
    if (count := _copies(expr)) and isinstance(expr, Pow):
        return (Product(nums=(expr.base,) * count) if count > 0 else Product(dens=(expr.base,) * -count),)
    return (Product(nums=(expr,)),)


def _copies(expr: Expr) -> int:
    """n for xⁿ with a small whole n."""
    if not isinstance(expr, Pow):
        return 0
    exp = expr.exp.x if isinstance(expr.exp, Neg) else expr.exp
    if not isinstance(exp, Number) or not isinstance(exp.value, int) or not 0 < exp.value <= 6:
        return 0
    return -exp.value if isinstance(expr.exp, Neg) else exp.value


def _factor(expr: Expr, opens: Opens) -> tuple[Product, ...]:
    """A factor: a sum stays whole unless it must be opened; a δ that all its terms share goes in front."""
    inner = expr.x if isinstance(expr, Neg | Group) else expr
    if not isinstance(inner, Add):
        return products(expr, opens)
    sign = Fraction(-1 if isinstance(expr, Neg) else 1)
    if not opens(inner):
        return (Product(sign, nums=(inner,)),)
    shared, rest = _common_deltas(inner.terms)
    if not shared or any(opens(term) for term in rest):
        return products(expr, opens)
    return (Product(sign, nums=(*shared, add(*rest))),)


def _divisor(expr: Expr) -> Product:
    """A divisor: a product of divisors, never multiplied out."""
    (product,) = _multiplied(
        [_factor(factor, lambda _: False) for factor in (expr.factors if isinstance(expr, Mul) else (expr,))]
    ) or (Product(nums=(ZERO,)),)
    if product.sums:
        return Product(1 / product.coef, nums=product.dens, dens=(build(replace(product, coef=Fraction(1), dens=())),))
    return Product(1 / product.coef, (), product.dens, product.nums)


def _multiplied(groups: Sequence[tuple[Product, ...]]) -> tuple[Product, ...]:
    result: tuple[Product, ...] = (Product(),)
    for group in groups:
        result = tuple(joined(left, right) for left in result for right in group)
    return result


def joined(left: Product, right: Product) -> Product:
    """The product of two products, Σ letters of both kept apart."""
    if not left.sums and not right.sums:
        return left * right
    right = apart(right, names_of(left))
    left = apart(left, names_of(right))
    return left * right


def names_of(product: Product) -> set[str]:
    """The letters of a product that another one must not bind."""
    return {index.name for index in product.sums}.union(*(free_letters(factor) for factor in product.factors))


def apart(product: Product, avoid: Iterable[str]) -> Product:
    """The product with Σ letters that keep clear of `avoid`."""
    if not {index.name for index in product.sums} & set(avoid):
        return product
    packed = renamed_apart(Sum(product.sums, Mul((*product.nums, *product.dens))), avoid)
    assert isinstance(packed.body, Mul)
    count = len(product.nums)
    return replace(product, sums=packed.indices, nums=packed.body.factors[:count], dens=packed.body.factors[count:])


def _under(indices: tuple[Index, ...], product: Product) -> Product:
    packed = apart(product, {index.name for index in indices})
    return replace(packed, sums=indices + packed.sums)


# From products back to a formula


def build(*terms: Product) -> Expr:
    """The formula of a sum of products; a positive one is put in front, Σ reaches only over what depends on it."""
    kept = [term for term in terms if term.coef]
    first = next((place for place, term in enumerate(kept) if term.coef > 0), 0)
    return add(*(_built(term) for term in [*kept[first : first + 1], *kept[:first], *kept[first + 1 :]]))


def _built(term: Product) -> Expr:
    outer, groups = split(term)
    size = abs(outer.coef)
    nums = [
        *_number(size.numerator),
        *powers(outer.nums),
        *(Sum(inner.sums, _fraction(inner.nums, inner.dens)) for inner in groups),
    ]
    result = _fraction(nums, [*_number(size.denominator), *powers(outer.dens)])
    if outer.coef < 0 and isinstance(result, Add):
        return positive_first(neg(part) for part in result.terms)
    return neg(result) if outer.coef < 0 else result


def positive_first(terms: Iterable[Expr]) -> Expr:
    """The sum with a term without a minus in front, where there is one: t − y, not −y + t."""
    return add(*sorted(terms, key=lambda part: isinstance(part, Neg)))


def _number(value: int) -> list[Expr]:
    return [] if value == 1 else [Number(value)]


def _fraction(nums: Sequence[Expr], dens: Sequence[Expr]) -> Expr:
    num, den = _one(powers(nums)), _one(powers(dens))
    return num if den == ONE else Div(num, den)


def _one(factors: Sequence[Expr]) -> Expr:
    return Mul(tuple(factors)) if len(factors) > 1 else factors[0] if factors else ONE


def powers(factors: Sequence[Expr]) -> list[Expr]:
    """The factors with equal ones written as a power (a condition that holds twice, once)."""
    counts: dict[str, list[Expr]] = {}
    for factor in factors:
        counts.setdefault(key(factor), []).append(factor)
    return [_power(group[0], len(group)) for group in counts.values()]


def _power(base: Expr, count: int) -> Expr:
    """baseⁿ; a condition that holds twice holds."""
    if count == 1 or isinstance(base, Delta | Bracket):
        return base
    return Pow(base, Number(count))


def split(term: Product) -> tuple[Product, list[Product]]:
    """What does not depend on a Σ letter, and one product for each group of letters that hang together."""
    used = [(factor, free_letters(factor)) for factor in term.factors]
    groups = _groups(term.sums, [letters for _, letters in used])
    outer = replace(term, sums=(), nums=_free_of(term.nums, term.sums), dens=_free_of(term.dens, term.sums))
    inner: list[Product] = []
    for group in groups:
        names = {index.name for index in group}
        nums = tuple(factor for factor in term.nums if free_letters(factor) & names)
        dens = tuple(factor for factor in term.dens if free_letters(factor) & names)
        if nums or dens:
            inner.append(Product(Fraction(1), group, nums, dens))
        else:
            outer = _counted(outer, group)
    return outer, inner


def _free_of(factors: Sequence[Expr], sums: Sequence[Index]) -> tuple[Expr, ...]:
    names = {index.name for index in sums}
    return tuple(factor for factor in factors if not free_letters(factor) & names)


def _groups(sums: Sequence[Index], used: Sequence[frozenset[str]]) -> list[tuple[Index, ...]]:
    """The Σ letters in groups that share no factor."""
    groups: list[set[str]] = [{index.name} for index in sums]
    for letters in used:
        touched = [group for group in groups if group & letters]
        if len(touched) > 1:
            groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    ordered = [tuple(index for index in sums if index.name in group) for group in groups]
    return sorted(ordered, key=lambda group: sums.index(group[0]))


def _counted(term: Product, group: tuple[Index, ...]) -> Product:
    """Σ of what does not depend on its letters: as often as they run."""
    for index in group:
        if isinstance(index.size, int):
            term = replace(term, coef=term.coef * index.size)
        else:
            term = replace(term, nums=(Symbol(str(index.size)), *term.nums))
    return term


# Cases


NEGATED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "!=": "="}


def without_cases(expr: Expr) -> Expr:
    """The formula with cases that hold a δ written as products with conditions, a common δ in front."""
    if not isinstance(expr, Cases) or not has_delta(expr):
        return rebuild(expr, lambda child: without_cases(child) if isinstance(child, Expr) else child)
    values = [without_cases(value) for value, _ in expr.branches] + [without_cases(expr.otherwise)]
    common, rest = _common_deltas(values)
    conditions = tuple(condition for _, condition in expr.branches)
    if any(has_delta(value) for value in rest):
        return mul(*common, add(*_branches(rest, conditions)))
    return mul(*common, _chosen(rest, conditions))


def _common_deltas(values: Sequence[Expr]) -> tuple[tuple[Expr, ...], list[Expr]]:
    """The δs between free letters that every branch but zero has as factors, and what is left of the branches."""
    parts = [products(value, lambda _: False) for value in values]
    if any(len(part) > 1 for part in parts):
        return (), list(values)
    live = [part[0] for part in parts if part]
    bound = {index.name for part in live for index in part.sums}
    shared = [num for num in (live[0].nums if live else ()) if isinstance(num, Delta) and not free_letters(num) & bound]
    common = [num for num in shared if all(num in other.nums for other in live)]
    rest = [
        build(replace(part[0], nums=tuple(n for n in part[0].nums if n not in common))) if part else ZERO
        for part in parts
    ]
    return tuple(common), rest


def _chosen(values: Sequence[Expr], conditions: Sequence[Condition]) -> Expr:
    """Cases again, or [condition] · value where only one branch is not 0."""
    if len(conditions) == 1 and values[1] == ZERO:
        return mul(Bracket(conditions[0]), values[0])
    if len(conditions) == 1 and values[0] == ZERO and isinstance(conditions[0], Compare):
        return mul(Bracket(_negated(conditions[0])), values[1])
    return Cases(tuple(zip(values[:-1], conditions, strict=True)), values[-1])


def conditions(expr: Expr) -> Expr:
    """Cases that are 0 in all branches but one, written as [condition] · value."""
    inside = rebuild(expr, lambda child: conditions(child) if isinstance(child, Expr) else child)
    if not isinstance(inside, Cases) or has_delta(inside):
        return mul(*inside.factors) if isinstance(inside, Mul) and inside is not expr else inside
    return _chosen(
        [*(value for value, _ in inside.branches), inside.otherwise], [condition for _, condition in inside.branches]
    )


def _branches(values: Sequence[Expr], conditions: Sequence[Condition]) -> list[Expr]:
    """Each branch times the conditions under which it is taken."""
    terms: list[Expr] = []
    failed: list[Expr] = []
    for value, condition in zip(values, conditions, strict=False):
        terms.append(mul(*failed, Bracket(condition), value))
        failed.append(_not(condition))
    return [*terms, mul(*failed, values[-1])]


def _not(condition: Condition) -> Expr:
    if isinstance(condition, Compare):
        return Bracket(_negated(condition))
    return Add((ONE, Neg(Bracket(condition))))


def _negated(condition: Compare) -> Compare:
    return Compare(condition.left, NEGATED[condition.relation], condition.right)  # type: ignore[arg-type]
