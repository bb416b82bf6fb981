"""Local derivatives, one rule at a time: ∂e/∂x of a formula becomes derivatives of its parts, down to single entries.

Linear rules (sum, constant factor, sign) are applied at once; a product, quotient, power or inner
function whose parts are formulas themselves leaves ∂(part)/∂x to the next line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from graphbp.calculus.letters import free_letters
from graphbp.calculus.lines import Chain, Line, Rule
from graphbp.calculus.table import slope_or_name
from graphbp.calculus.terms import build, key, products
from graphbp.calculus.wording import constant_clause, joined_clauses
from graphbp.notation.prose import Prose, prose
from graphbp.notation.smart import ONE, ZERO, add, div, mul, neg, power
from graphbp.notation.tree import (
    Add,
    Bracket,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    Group,
    Mark,
    Max,
    Mul,
    Neg,
    Number,
    Partial,
    Pow,
    Sum,
    Symbol,
    rebuild,
    walk,
)

Slope = Callable[[Call, int], Expr | None]
Winner = Callable[[Max], Expr]
"""What tells where a max is taken: an indicator over the letters of the max."""

_STRENGTH = (Rule.QUOTIENT, Rule.PRODUCT, Rule.POWER, Rule.CHAIN, Rule.KINK, Rule.SUM)


def bracket_winner(largest: Max) -> Expr:
    """[f = max f]: every entry that is as large as the largest."""
    return Bracket(Compare(largest.body, "=", largest))


@dataclass
class Differentiator:
    """Derivatives with respect to `x`; `changes` are the names whose values depend on it."""

    x: Expr
    changes: frozenset[str]
    slope: Slope = slope_or_name
    winner: Winner = bracket_winner
    rules: dict[Rule, None] = field(default_factory=dict)
    notes: dict[str, Prose] = field(default_factory=dict)

    def depends(self, expr: Expr) -> bool:
        """Whether the value changes with x (where it changes smoothly: conditions do not count)."""
        if isinstance(expr, Symbol):
            return expr.name in self.changes
        if isinstance(expr, Entry):
            return self.depends(expr.base)
        if isinstance(expr, Bracket | Partial):
            return False
        if isinstance(expr, Cases):
            return any(self.depends(value) for value, _ in expr.branches) or self.depends(expr.otherwise)
        return any(self.depends(child) for child in _values(expr))

    # One line

    def expand(self, expr: Expr) -> Expr:
        """The formula with every ∂(formula)/∂x in it taken one rule further."""
        if isinstance(expr, Partial) and expr.x == self.x and not _leaf(expr.y):
            return self.of(expr.y)
        changed = rebuild(expr, lambda child: self.expand(child) if isinstance(child, Expr) else child)
        return tidied(changed) if changed is not expr else expr

    def of(self, expr: Expr) -> Expr:
        """∂expr/∂x by one rule."""
        if not self.depends(expr):
            return ZERO
        if isinstance(expr, Symbol | Entry):
            return Partial(expr, self.x)
        derivative: Expr = getattr(self, f"_{type(expr).__name__.lower()}")(expr)
        return derivative

    def _inner(self, expr: Expr) -> Expr:
        """The derivative of a part: at once if that is easy, else left to the next line."""
        return self.of(expr) if self._easy(expr) else Partial(expr, self.x)

    def _easy(self, expr: Expr, depth: int = 1) -> bool:
        """Whether a derivative is linear, or one elementary function of something linear."""
        if not self.depends(expr) or isinstance(expr, Symbol | Entry):
            return True
        if isinstance(expr, Add | Neg | Group | Sum):
            return all(self._easy(child, depth) for child in _values(expr))
        if isinstance(expr, Mul):
            live = [factor for factor in expr.factors if self.depends(factor)]
            return len(live) == 1 and self._easy(live[0], depth)
        if isinstance(expr, Div):
            return not self.depends(expr.den) and self._easy(expr.num, depth)
        return isinstance(expr, Call) and depth > 0 and all(self._easy(arg, 0) for arg in expr.args)

    # One method per kind

    def _add(self, expr: Add) -> Expr:
        self.rules[Rule.SUM] = None
        kept = [term for term in expr.terms if self.depends(term)]
        self._note_dropped(expr, kept)
        return add(*(self.of(term) for term in kept))

    def _neg(self, expr: Neg) -> Expr:
        return neg(self.of(expr.x))

    def _group(self, expr: Group) -> Expr:
        return self.of(expr.x)

    def _mark(self, expr: Mark) -> Expr:
        return self.of(expr.x)

    def _sum(self, expr: Sum) -> Expr:
        self.rules[Rule.SUM] = None
        inner = self.of(expr.body)
        return ZERO if inner == ZERO else counted(Sum(expr.indices, inner))

    def _mul(self, expr: Mul) -> Expr:
        live = [place for place, factor in enumerate(expr.factors) if self.depends(factor)]
        if len(live) == 1:
            self._note_constant([factor for place, factor in enumerate(expr.factors) if place != live[0]])
            return self._with(expr.factors, live[0], self.of(expr.factors[live[0]]))
        self.rules[Rule.PRODUCT] = None
        return add(*(self._with(expr.factors, place, self._inner(expr.factors[place])) for place in live))

    @staticmethod
    def _with(factors: Sequence[Expr], place: int, new: Expr) -> Expr:
        return mul(*factors[:place], new, *factors[place + 1 :])

    def _div(self, expr: Div) -> Expr:
        if not self.depends(expr.den):
            if not isinstance(expr.den, Number):
                self._note_constant([expr.den])
            return div(self.of(expr.num), expr.den)
        self.rules[Rule.QUOTIENT] = None
        first = div(self._inner(expr.num), expr.den) if self.depends(expr.num) else ZERO
        return add(first, neg(mul(Div(expr.num, expr.den), div(self._inner(expr.den), expr.den))))

    def _pow(self, expr: Pow) -> Expr:
        self.rules[Rule.POWER] = None
        if self.depends(expr.exp):
            return self._exponential(expr)
        exponent = _exact(expr.exp)
        if exponent == Fraction(1, 2):
            return div(self._inner(expr.base), mul(Number(2), expr))
        lower = add(expr.exp, neg(ONE)) if exponent is None else _number(exponent - 1)
        return mul(expr.exp, power(expr.base, lower), self._inner(expr.base))

    def _exponential(self, expr: Pow) -> Expr:
        """u^v with v that changes: u^v · ∂(v log u)."""
        logarithm = Call("log", (expr.base,))
        if not self.depends(expr.base):
            return mul(expr, logarithm, self._inner(expr.exp))
        return mul(expr, self._inner(mul(expr.exp, logarithm)))

    def _call(self, expr: Call) -> Expr:
        live = [slot for slot, arg in enumerate(expr.args) if self.depends(arg)]
        terms = []
        for slot in live:
            outer = self.slope(expr, slot) or slope_or_name(expr, slot)
            if not _leaf(expr.args[slot]):
                self.rules[Rule.CHAIN] = None
            inner = self._inner(expr.args[slot])
            terms.append(div(inner, outer.den) if isinstance(outer, Div) and outer.num == ONE else mul(outer, inner))
            if inner == Partial(expr.args[slot], self.x):
                self._note_slope(expr, slot, outer)
        return add(*terms)

    def _cases(self, expr: Cases) -> Expr:
        self.rules[Rule.KINK] = None
        self.notes["cases"] = ("the derivative case by case",)
        values = tuple((self.of(value), condition) for value, condition in expr.branches)
        otherwise = self.of(expr.otherwise)
        if otherwise == ZERO and all(value == ZERO for value, _ in values):
            return ZERO
        return Cases(values, otherwise)

    def _max(self, expr: Max) -> Expr:
        self.rules[Rule.KINK] = None
        won = self.winner(expr)
        if isinstance(won, Bracket):
            self.notes["max"] = prose("only the largest moves the max: {won} picks it", won=won)
        else:
            told = "only the largest moves the max: {won} is 1 where {entry} is the first of the largest, else 0"
            self.notes["max"] = prose(told, won=won, entry=expr.body)
        return Sum(expr.indices, mul(won, self.of(expr.body)))

    # Reasons

    def _note_dropped(self, expr: Add, kept: Sequence[Expr]) -> None:
        dropped = [
            place
            for place, term in enumerate(expr.terms)
            if term not in kept and not isinstance(_bare(term), Number | Symbol | Entry)
        ]
        if len(kept) == 1 and len(dropped) > 1:
            self.notes["dropped"] = prose("only {term} contains {x}", term=_bare(kept[0]), x=_short(self.x))
        elif dropped and len(expr.terms) <= len(_ORDINALS):
            words = " and the ".join(_ORDINALS[place] for place in dropped)
            verb = "does" if len(dropped) == 1 else "do"
            noun = "term" if len(dropped) == 1 else "terms"
            self.notes["dropped"] = prose(f"the {words} {noun} {verb} not contain {{x}}", x=_short(self.x))

    def _note_slope(self, call: Call, slot: int, outer: Expr) -> None:
        """What the derivative of a function of one entry is, where the line shows nothing else."""
        if isinstance(outer, Call) and outer.order:
            self.notes[f"slope {call.function}"] = prose("{outer} is the slope of {call}", outer=outer, call=call)
        else:
            self.notes[f"slope {call.function}"] = prose("the slope of {call} is {outer}", outer=outer, call=call)

    def _note_constant(self, factors: Sequence[Expr]) -> None:
        named = {key(_short(factor)): _short(factor) for factor in factors if not isinstance(factor, Number)}
        for text, factor in named.items():
            self.notes[f"constant {text}"] = ("", factor)

    def reason(self) -> Prose:
        """Why the line that was made last follows; forgets what it told."""
        clauses: list[Prose] = [(_WORDS[rule],) for rule in _STRENGTH if rule in self.rules and rule in _WORDS]
        if len(clauses) > 1 and Rule.SUM in self.rules:
            clauses = clauses[:-1]
        clauses += [note for name, note in self.notes.items() if not name.startswith("constant")]
        constants = [note[1] for name, note in self.notes.items() if name.startswith("constant")]
        if constants:
            clauses.append(constant_clause(constants))
        self.rules, self.notes = {}, {}
        return joined_clauses(clauses or [("constant factors stay",)])

    def rule(self) -> Rule:
        """The strongest rule used since the last reason."""
        return next((rule for rule in _STRENGTH if rule in self.rules), Rule.LOCAL)


_WORDS = {
    Rule.QUOTIENT: "quotient rule in the form (u/v)′ = u′/v − (u/v)·(v′/v)",
    Rule.PRODUCT: "product rule",
    Rule.POWER: "power rule",
    Rule.CHAIN: "chain rule",
    Rule.SUM: "sum rule",
}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def _values(expr: Expr) -> list[Expr]:
    from graphbp.notation.tree import children

    return [child for child in children(expr) if isinstance(child, Expr)]


def _leaf(expr: Expr) -> bool:
    return isinstance(expr, Symbol) or (isinstance(expr, Entry) and isinstance(expr.base, Symbol))


def _bare(expr: Expr) -> Expr:
    return expr.x if isinstance(expr, Neg) else expr


def _short(expr: Expr) -> Expr:
    """How a factor is named in a sentence: an array by its name."""
    return expr.base if isinstance(expr, Entry) else expr


def _exact(expr: Expr) -> Fraction | None:
    if isinstance(expr, Neg | Group):
        inner = _exact(expr.x)
        return inner if inner is None or isinstance(expr, Group) else -inner
    if isinstance(expr, Div):
        num, den = _exact(expr.num), _exact(expr.den)
        return num / den if num is not None and den else None
    if isinstance(expr, Number) and not isinstance(expr.value, float):
        return Fraction(expr.value)
    return None


def _number(value: Fraction) -> Expr:
    size = Number(abs(value) if value.denominator > 1 else int(abs(value)))
    return size if value >= 0 else Neg(size)


def tidied(expr: Expr) -> Expr:
    """The formula with the zeros, ones and signs tidied that new parts brought."""
    if isinstance(expr, Add):
        return add(*expr.terms)
    if isinstance(expr, Mul):
        return mul(*expr.factors)
    if isinstance(expr, Neg):
        return neg(expr.x)
    if isinstance(expr, Div):
        return div(expr.num, expr.den)
    return counted(expr) if isinstance(expr, Sum) else expr


def counted(expr: Sum) -> Expr:
    """Σ of what does not depend on a letter: as often as the letter runs."""
    used = free_letters(expr.body)
    idle = [index.size for index in expr.indices if index.name not in used]
    left = tuple(index for index in expr.indices if index.name in used)
    times = [Symbol(size) if isinstance(size, str) else Number(size) for size in idle if size is not None]
    body = mul(*times, expr.body)
    return Sum(left, body) if left and body != ZERO else body


def open_partials(expr: Expr, x: Expr) -> bool:
    """Whether a derivative of a formula (not of one entry) is still to be taken."""
    return any(isinstance(part, Partial) and part.x == x and not _leaf(part.y) for part in walk(expr))


def differentiate(body: Expr, differentiator: Differentiator) -> tuple[Line, ...]:
    """Lines from ∂body/∂x down to derivatives of single entries, one rule a line."""
    lines: list[Line] = []
    current: Expr = Partial(body, differentiator.x)
    while open_partials(current, differentiator.x):
        current = differentiator.expand(current)
        rule = differentiator.rule()
        reason = differentiator.reason()
        lines.append(Line(current, rule, reason))
    return tuple(lines)


def differentiate_formula(expr: Expr, wrt: Symbol, derivative_of: Slope | None = None) -> Chain:
    """The derivative of a formula between numbers; σ′ of an unknown or an unopened function keeps its name.

    >>> chain = differentiate_formula(Symbol("w") * Symbol("x") + Symbol("b"), Symbol("w"))
    >>> chain.result, chain.lines[-1].reason[0]
    (Symbol(name='x'), 'sum rule; ')
    """
    worker = Differentiator(wrt, frozenset((wrt.name,)), derivative_of or slope_or_name)
    left = Partial(expr, wrt)
    if not worker.depends(expr):
        return Chain(left, (Line(ZERO, Rule.LOCAL, prose("{x} does not occur", x=wrt)),))
    lines = [
        Line(_itself(line.expr, wrt), line.rule, line.reason)
        for line in (
            differentiate(expr, worker) or (Line(left, Rule.LOCAL, prose("{x} depends only on itself", x=wrt)),)
        )
    ]
    tidy = cancelled(lines[-1].expr)
    if key(tidy) != key(lines[-1].expr):
        lines.append(Line(tidy, Rule.ALGEBRA, ("cancel",)))
    return Chain(left, tuple(_distinct(lines)))


def _itself(expr: Expr, wrt: Symbol) -> Expr:
    """The formula with ∂x/∂x = 1."""
    if isinstance(expr, Partial) and expr.y == wrt == expr.x:
        return ONE
    if isinstance(expr, Partial):
        return expr
    return tidied(rebuild(expr, lambda child: _itself(child, wrt) if isinstance(child, Expr) else child))


def _distinct(lines: Sequence[Line]) -> list[Line]:
    return [line for place, line in enumerate(lines) if not place or line.expr != lines[place - 1].expr]


def cancelled(expr: Expr) -> Expr:
    """The formula with equal factors and numbers of numerator and denominator cancelled; else as it stands."""
    if isinstance(expr, Add):
        return add(*(cancelled(term) for term in expr.terms))
    if isinstance(expr, Cases):
        branches = tuple((cancelled(value), condition) for value, condition in expr.branches)
        return Cases(branches, cancelled(expr.otherwise))
    if not any(isinstance(part, Div) for part in walk(expr)) and not isinstance(expr, Mul):
        return expr
    terms = products(expr, lambda _: False)
    if len(terms) != 1 or any(free_letters(factor) for factor in terms[0].factors):
        return expr
    from graphbp.calculus.factor import cancel

    done = cancel(terms[0])
    new = build(done)
    shorter = len(done.factors) < len(terms[0].factors) or _numbers(expr) > _numbers(new)
    return new if shorter or (not done.factors and new != expr) else expr


def _numbers(expr: Expr) -> int:
    return sum(isinstance(part, Number) for part in walk(expr))
