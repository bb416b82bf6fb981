"""From a line full of δs to a short one: contract, use facts, fold names, cancel, draw out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from graphbp.calculus.contract import Shapes, Solved, contract_all
from graphbp.calculus.factor import cancel, collect, common
from graphbp.calculus.fold import Pattern, never, normal, packed, pattern_of, pattern_of_fact, rewrite
from graphbp.calculus.letters import where
from graphbp.calculus.lines import Definition, Fact, Line, Rule
from graphbp.calculus.terms import Product, build, conditions, has_delta, key, products
from graphbp.calculus.wording import joined_clauses, listed, merged
from graphbp.notation.prose import Piece, Prose
from graphbp.notation.smart import ZERO
from graphbp.notation.tree import Add, Call, Cases, Equation, Expr, Number, Pow, Sum, Symbol, rebuild, walk


@dataclass
class Trail:
    """The lines so far; a line that says the same as the one before is not written."""

    lines: list[Line] = field(default_factory=list)

    @property
    def last(self) -> Expr:
        """The right side reached."""
        return self.lines[-1].expr

    @property
    def last_line(self) -> Line:
        """The line reached."""
        return self.lines[-1]

    def add(self, expr: Expr, rule: Rule, reason: Prose) -> bool:
        """A further line, if it differs from the last."""
        if self.lines and key(self.last) == key(expr):
            return False
        self.lines.append(Line(expr, rule, reason))
        return True


@dataclass(frozen=True)
class Known:
    """What a line may be rewritten with: names of parts (the last first), facts, and shapes."""

    shapes: Shapes
    parts: tuple[Definition, ...] = ()
    facts: tuple[Fact, ...] = ()

    def names(self) -> list[tuple[str, Pattern]]:
        """The patterns of all named parts that are worth finding, the last first."""
        found = [(part.name, pattern_of(part)) for part in reversed(self.parts)]
        return [(name, pattern) for name, pattern in found if pattern.telling]


def simplify(trail: Trail, known: Known) -> None:
    """Lines from the trail's last one to the shortest form."""
    _contract(trail, known)
    for _ in range(8):
        if not any([_use_facts(trail, known), _fold(trail, known), _cancel(trail), _draw_out(trail)]):
            break
    trail.add(without_roots(trail.last), Rule.ALGEBRA, ("the square of a root is what stands under it",))


def without_roots(expr: Expr) -> Expr:
    """The formula with √x² = x."""
    inside = rebuild(expr, lambda child: without_roots(child) if isinstance(child, Expr) else child)
    if (
        isinstance(inside, Pow)
        and inside.exp == Number(2)
        and isinstance(inside.base, Call)
        and inside.base.function == "sqrt"
    ):
        return inside.base.args[0]
    return inside


# Contract


def _contract(trail: Trail, known: Known) -> None:
    trail.lines[-1] = replace(trail.last_line, expr=conditions(trail.last))
    kept, solved = contract_all(products(trail.last), known.shapes)
    if not solved and not has_delta(trail.last):
        return
    expr = normal(build(*kept))
    if solved:
        trail.add(expr, Rule.CONTRACT, contraction_reason(solved))
    else:
        trail.add(expr, Rule.ALGEBRA, _tidied(trail.last))


def _tidied(before: Expr) -> Prose:
    if any(isinstance(part, Cases) and has_delta(part) for part in walk(before)):
        return ("a factor [condition] is 1 where the condition holds, else 0",)
    return (
        ("multiply out",) if any(isinstance(part, Add) and has_delta(part) for part in walk(before)) else ("in order",)
    )


def contraction_reason(groups: Sequence[tuple[Solved, ...]]) -> Prose:
    """Which terms are left, and what is read as 0."""
    distinct = list(dict.fromkeys(groups))
    clauses: list[Prose] = [_left_over(distinct[0])]
    clauses += [merged(["in another term only ", *listed(_equations(group)), _verb(group)]) for group in distinct[1:]]
    zero = list(dict.fromkeys(name for group in distinct for item in group for name in item.zero))
    if zero:
        clauses.append(
            merged(
                [
                    *listed([Symbol(name) for name in zero]),
                    " is read as 0 outside its range" if len(zero) == 1 else " are read as 0 outside their ranges",
                ]
            )
        )
    return joined_clauses(clauses)


def _left_over(group: tuple[Solved, ...]) -> Prose:
    equations = _equations(group)
    if any(item.tiled for item in group):
        return merged(["the windows do not overlap: only the term with ", *listed(equations), " is left"])
    return merged(["only the term with ", *listed(equations), " is left"])


def _equations(group: tuple[Solved, ...]) -> list[Piece]:
    return [where(item.letter, item.value) for item in group]


def _verb(group: tuple[Solved, ...]) -> str:
    return " is left" if len(group) == 1 else " are left"


# Facts and names


def _use_facts(trail: Trail, known: Known) -> bool:
    changed = False
    for fact in known.facts:
        new = normal(rewrite(trail.last, pattern_of_fact(fact)))
        if new != normal(trail.last):
            shown = Equation(fact.left, (fact.right,))
            changed |= trail.add(new, Rule.FACT, merged([*fact.reason, ": " if fact.reason else "", shown]))
    return changed


def _fold(trail: Trail, known: Known) -> bool:
    expr, found = trail.last, []
    for name, pattern in known.names():
        new = rewrite(expr, pattern)
        if new != expr:
            expr = new
            found.append(Symbol(name))
    if not found:
        return False
    return trail.add(normal(expr), Rule.SUBSTITUTE, merged(["that is ", *listed(found), " again"]))


# Algebra


def _cancel(trail: Trail) -> bool:
    terms = [_cancelled_inside(term) for term in products(trail.last, never)]
    new = build(*collect([cancel(term) for term in terms]))
    return trail.add(new, Rule.ALGEBRA, ("cancel",)) if key(new) != key(normal(trail.last)) else False


def _cancelled_inside(term: Product) -> Product:
    """The product with its Σs and sums cancelled inside."""
    packed_term = packed(build(term)) or term
    nums = tuple(rebuild(num, _cancelled) if isinstance(num, Sum | Add) else num for num in packed_term.nums)
    return Product(packed_term.coef, (), nums, packed_term.dens)


def _cancelled(child: Expr) -> Expr:
    if not isinstance(child, Expr):
        return child
    return build(*collect([cancel(_cancelled_inside(term)) for term in products(child, never)]))


def _draw_out(trail: Trail) -> bool:
    terms = [packed(build(term)) or term for term in products(trail.last, never)]
    shared = common(terms)
    if shared is None:
        return False
    names: list[Piece] = list(shared.nums[:-1])
    if shared.dens or shared.coef.denominator > 1:
        names.append(build(Product(abs(shared.coef) / shared.coef.numerator, dens=shared.dens)))
    if not names:
        return False
    return trail.add(build(shared), Rule.ALGEBRA, merged(["factor out ", *listed(names)]))


def is_zero(expr: Expr) -> bool:
    """Whether a formula is the number 0."""
    return expr == ZERO
