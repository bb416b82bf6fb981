"""What all writers of formulas share: one method for each kind of term, and who needs parentheses.

A writer for a language subclasses `Writer` and spells the primitives (fraction, script, root …).
The order of terms and factors is the author's; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from graphbp.notation.language import Level
from graphbp.notation.layerforms import LayerForms
from graphbp.notation.names import Label, Names, function_label
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.owncalls import OwnCalls
from graphbp.notation.paper import leading, literal_place, numeric, positive, trailing, ungrouped, unmarked
from graphbp.notation.tree import (
    Add,
    Affine,
    Array,
    Bracket,
    Broadcast,
    Call,
    Cases,
    Compare,
    Correlate,
    Delta,
    Div,
    Entry,
    Equation,
    Expr,
    FloorMod,
    Group,
    Hadamard,
    Index,
    IndexExpr,
    Mark,
    MatMul,
    Max,
    Mul,
    Neg,
    Number,
    Outer,
    Partial,
    Pow,
    Slice,
    Sum,
    Symbol,
    Term,
    Within,
)  # fmt: skip

_LEVELS: Mapping[type[Term], Level] = {
    **dict.fromkeys((Add, Neg, Compare), Level.SUM),
    **dict.fromkeys((Mul, MatMul, Hadamard, Outer, Correlate, Sum, Max), Level.PRODUCT),
    **dict.fromkeys((Symbol, Partial), Level.ATOM),
    Pow: Level.POWER,
}
"""The kinds that hold together equally tightly in every language."""
_LAYERED = (MatMul, Hadamard, Outer, Correlate)
_BIG = (Sum, Max)


class Writer(LayerForms, OwnCalls):
    """Writes terms in one language; `write` dispatches on the kind of term."""

    def __init__(self, names: Names | None = None, numbers: NumberStyle | None = None) -> None:
        self.names = names or Names()
        self.numbers = numbers or NumberStyle()
        self._known: dict[str, str] = {}
        self._methods: dict[type, Callable[[Any], str]] = {}

    def write(self, term: Term | Equation) -> str:
        """The term, or the equation as a chain, in this writer's language."""
        if isinstance(term, Equation):
            relation = f" {self.relation(term.relation)} "
            return relation.join(self.write(side) for side in (term.left, *term.rights))
        return (self._methods.get(type(term)) or self._method(type(term)))(term)

    def _method(self, kind: type[Term]) -> Callable[[Any], str]:
        """What writes terms of a kind; looked up by its name once."""
        method: Callable[[Any], str] = getattr(self, f"write_{kind.__name__.lower()}")
        self._methods[kind] = method
        return method

    # Levels

    def level(self, term: Term) -> Level:
        """How tightly the term holds together as this writer writes it."""
        fixed = _LEVELS.get(type(term))
        if fixed is not None:
            return fixed
        if isinstance(term, Mark | Broadcast):
            return self.level(term.x)
        if isinstance(term, Number):
            return self.number_level(term)
        if isinstance(term, Div):
            return self.fraction_level
        return self.call_level(term) if isinstance(term, Call) else Level.ATOM

    fraction_level = Level.POWER

    def number_level(self, term: Number) -> Level:
        """A negative number is a sum, a fraction a quotient, any other an atom."""
        if (term.text is None and term.value < 0) or (term.text or "").startswith("-"):
            return Level.SUM
        if "/" in (term.text or ""):
            return Level.PRODUCT
        if isinstance(term.value, Fraction) and term.text is None and "/" in self.numbers.show(term.value):
            return self.fraction_level
        return Level.PRODUCT if "e" in (term.text or self.numbers.show(term.value)) else Level.ATOM

    def call_level(self, term: Call) -> Level:
        """A call is an atom, e^x a power."""
        return Level.POWER if term.function == "exp" and not term.order and not self.e_is_a_node else Level.ATOM

    def wrap(self, term: Expr, least: Level) -> str:
        """The term, in parentheses if it holds together less than asked."""
        written = self.write(term)
        return self.paren(written) if self.level(term) < least else written

    # Index side

    def write_index(self, term: Index) -> str:
        """A letter."""
        return self.label(Label(term.name))

    def write_affine(self, term: Affine) -> str:
        """The sum, a positive constant in front of letters that are all subtracted."""
        letters = [(self.summand(index, len(term.terms)), factor) for index, factor in term.terms]
        constant = [(str(abs(term.const)), 1 if term.const >= 0 else -1)] if term.const or not letters else []
        parts = [*constant, *letters] if term.const > 0 and letters and letters[0][1] < 0 else [*letters, *constant]
        written = ""
        for text, factor in parts:
            sign = self.minus if factor < 0 else "+" if written else ""
            written += f"{sign}{'' if abs(factor) == 1 else abs(factor)}{text}"
        return written

    def summand(self, term: IndexExpr, count: int) -> str:
        """A letter or ⌊e/n⌋ in a sum; e mod n in parentheses beside others."""
        written = self.write(term)
        return self.paren(written) if isinstance(term, FloorMod) and term.op == "mod" and count > 1 else written

    def write_floormod(self, term: FloorMod) -> str:
        """⌊e/n⌋ or e mod n."""
        inner = self.write(term.of)
        if isinstance(term.of, Affine) and len(term.of.terms) + bool(term.of.const) > 1:
            inner = self.paren(inner)
        if term.op == "floor":
            return self.paren(f"{inner}/{term.n}", "⌊⌋")
        return f"{inner}{self.infix('mod')}{term.n}"

    def write_slice(self, term: Slice) -> str:
        """A range start:stop:step."""
        start, stop = ("" if end is None else str(end) for end in (term.start, term.stop))
        return f"{start}:{stop}" + ("" if term.step is None else f":{term.step}")

    def write_within(self, term: Within) -> str:
        """0 ≤ e < size."""
        size = str(term.size) if isinstance(term.size, int) else self.label(Label(term.size))
        return f"0 {self.relation('<=')} {self.write(term.index)} {self.relation('<')} {size}"

    def write_compare(self, term: Compare) -> str:
        """Two sides and the relation between them."""
        return f"{self.write(term.left)} {self.relation(term.relation)} {self.write(term.right)}"

    def subscripts(self, subs: Sequence[IndexExpr]) -> str:
        """The places of an entry: literal ones counted from 1, letters side by side where that is clear."""
        written = self.places(subs)
        if any(isinstance(sub, Affine | FloorMod) and not literal_place(sub) for sub in subs):
            return self.comma.join(written)
        if all(map(literal_place, subs)):
            return ("" if all(len(text) == 1 for text in written) else self.comma).join(written)
        return self.index_gap(not any(map(literal_place, subs))).join(written)

    def places(self, subs: Sequence[IndexExpr]) -> list[str]:
        """Each place: beside letters that stand alone literal ones count from 1, beside sums of letters from 0."""
        shifted = any(isinstance(sub, Affine | FloorMod) and not literal_place(sub) for sub in subs)
        return [
            str(sub.const + 1) if isinstance(sub, Affine) and literal_place(sub) and not shifted else self.write(sub)
            for sub in subs
        ]

    def index_gap(self, plain: bool) -> str:
        """What stands between two subscripts; `plain` ones are single letters."""
        return "" if plain else self.comma

    # Value side

    def write_number(self, term: Number) -> str:
        """A number, as its author spelled it or as the style shows it."""
        if term.text is None and isinstance(term.value, Fraction) and "/" in self.numbers.show(term.value):
            sign = self.minus if term.value < 0 else ""
            return sign + self.fraction(str(abs(term.value.numerator)), str(term.value.denominator))
        return self.digits(self.numbers.show(term.value) if term.text is None or self.numbers.exact else term.text)

    def write_array(self, term: Array) -> str:
        """A literal array."""
        rows = [[self.write(x) for x in row.rows] if isinstance(row, Array) else [self.write(row)] for row in term.rows]
        return self.rows(rows, "matrix")

    def write_symbol(self, term: Symbol) -> str:
        """A name."""
        if term.name not in self._known:
            self._known[term.name] = self.label(self.names.label(term.name))
        return self._known[term.name]

    def write_entry(self, term: Entry) -> str:
        """An entry with its subscripts, or a slice in brackets."""
        if any(isinstance(sub, Slice) for sub in term.subs):
            places = f"{self.comma.strip()} ".join(self.write(sub) for sub in term.subs)
            return self.wrap(term.base, Level.ATOM) + self.paren(places, "[]")
        below = self.subscripts(term.subs)
        if isinstance(term.base, Symbol):
            return self.label(self.names.label(term.base.name), subs=below)
        inner = self.write(term.base)
        return self.lowered(inner if isinstance(term.base, Call) else self.paren(inner), below)

    def write_add(self, term: Add) -> str:
        """A sum in the author's order."""
        return "".join([self.wrap_term(part, first=place == 0) for place, part in enumerate(term.terms)])

    def wrap_term(self, term: Expr, first: bool) -> str:
        """A term of a sum with the sign before it."""
        bare = unmarked(term)
        if isinstance(bare, Neg):
            role = term.role if isinstance(term, Mark) else None
            inner = self.wrap(bare.x, Level.PRODUCT)
            sign = self.minus if first else self.infix("minus")
            return sign + (self.colour(role, inner) if role else inner)
        if isinstance(bare, Add):
            inner = self.paren(self.write(term))
        elif isinstance(bare, Number) and self.number_level(bare) == Level.SUM and not first:
            return self.infix("minus") + self.write(positive(term))
        else:
            inner = self.write(term)
        return inner if first else self.infix("plus") + inner

    def write_mul(self, term: Mul) -> str:
        """A product in the author's order."""
        parts = [self.wrap_factor(factor, place, len(term.factors)) for place, factor in enumerate(term.factors)]
        written = parts[0]
        for place in range(1, len(parts)):
            left, right = term.factors[place - 1], term.factors[place]
            written += (self.infix("dot") if self.dotted(left, right) else self.gap(left, right)) + parts[place]
        return written

    def gap(self, left: Expr, right: Expr) -> str:
        """What stands between two factors that need no dot."""
        return self.infix("juxtapose")

    def wrap_factor(self, factor: Expr, place: int, count: int) -> str:
        """A factor of a product; a Σ needs no parentheses at the end of one."""
        bare = unmarked(factor)
        if isinstance(bare, Mul) or (isinstance(bare, _LAYERED) and place > 0):
            return self.paren(self.write(factor))
        if isinstance(bare, _BIG) and place < count - 1:
            return self.paren(self.write(factor))
        return self.wrap(factor, Level.PRODUCT)

    def dotted(self, left: Expr, right: Expr) -> bool:
        """Whether a product needs its dot: before a digit, and between numbers."""
        lead = leading(right)
        return numeric(lead) and (not isinstance(lead, Neg) or numeric(trailing(left)))

    def write_neg(self, term: Neg) -> str:
        """A minus sign before its operand."""
        return self.minus + self.wrap(term.x, Level.PRODUCT)

    def write_div(self, term: Div) -> str:
        """A quotient."""
        return self.fraction(self.write(ungrouped(term.num)), self.write(ungrouped(term.den)))

    def write_pow(self, term: Pow) -> str:
        """A power."""
        base = unmarked(term.base)
        written = self.paren(self.write(base)) if isinstance(base, Div | Pow) else self.wrap(term.base, Level.ATOM)
        return self.raised(written, self.write(ungrouped(term.exp)))

    def write_call(self, term: Call) -> str:
        """A function of its arguments."""
        special: Callable[[Call], str] | None = getattr(self, f"call_{term.function}", None)
        if special and not term.order:
            return special(term)
        return self.call_any(term)

    def call_any(self, term: Call) -> str:
        """name(arguments), with a prime for the derivative of a function of one argument."""
        name = self.label(function_label(term.function))
        if self.tells_its_place(term):
            return self.fraction(f"∂{name}", f"∂{self.write(term.args[term.order[0]])}")
        if term.order and len(term.args) == 1:
            name = self.primed(name, len(term.order))
        elif term.order:
            name = self.lowered(self.word("∂"), self.comma.join(str(slot + 1) for slot in term.order)) + name
        options = [f"{self.word(key)} = {self.word(str(value))}" for key, value in term.options]
        return name + self.paren(
            f"{self.comma.strip()} ".join([*(self.write(ungrouped(arg)) for arg in term.args), *options])
        )

    def tells_its_place(self, term: Call) -> bool:
        """Whether ∂k/∂x can only mean this slope: x stands in one place, and k is called nowhere else otherwise."""
        if len(term.order) != 1 or len(term.args) == 1 or term.function in self.names.several:
            return False
        place = term.args[term.order[0]]
        return isinstance(place, Symbol) and term.args.count(place) == 1

    def primed(self, name: str, times: int) -> str:
        """σ′."""
        return name + "′" * times

    @cached_property
    def e_is_a_node(self) -> bool:
        """Whether a node is shown as e, so that Euler's number may not be."""
        return Label("e") in self.names.labels.values()

    def call_exp(self, term: Call) -> str:
        """e to a power."""
        if self.e_is_a_node:
            return self.call_any(term)
        return self.raised(self.label(Label("e")), self.write(ungrouped(term.args[0])))

    def call_pi(self, term: Call) -> str:
        """The number π."""
        return self.label(Label("pi"))

    def call_sqrt(self, term: Call) -> str:
        """A root."""
        return self.root(self.write(ungrouped(term.args[0])))

    def call_abs(self, term: Call) -> str:
        """Bars around the operand."""
        return self.paren(self.write(ungrouped(term.args[0])), "||")

    def call_floor(self, term: Call) -> str:
        """Floor brackets around the operand."""
        return self.paren(self.write(ungrouped(term.args[0])), "⌊⌋")

    def call_mod(self, term: Call) -> str:
        """e mod n."""
        return self.infix("mod").join(self.wrap(arg, Level.POWER) for arg in term.args)

    def write_group(self, term: Group) -> str:
        """The author's parentheses, left out where a fraction bar says the same."""
        inner = unmarked(ungrouped(term.x))
        return (
            self.write(inner)
            if isinstance(inner, Div) and self.fraction_level > Level.PRODUCT
            else self.paren(self.write(inner))
        )

    def write_mark(self, term: Mark) -> str:
        """A part in its colour."""
        return self.colour(term.role, self.write(term.x))

    def write_sum(self, term: Sum) -> str:
        """Σ over its letters."""
        return self.over("sum", term)

    def write_max(self, term: Max) -> str:
        """max over its letters."""
        return self.over("max", term)

    def over(self, operator: str, term: Sum | Max) -> str:
        """A big operator with its letters; a sum under it stands in parentheses."""
        body = self.write(term.body)
        written = self.paren(body) if isinstance(unmarked(term.body), Add | Neg) else body
        return self.big(operator, self.comma.join(self.write(index) for index in term.indices), written)

    def write_delta(self, term: Delta) -> str:
        """δ with both indices."""
        return self.label(Label("delta"), subs=self.comma.join(self.places((term.left, term.right))))

    def write_bracket(self, term: Bracket) -> str:
        """[condition]."""
        return self.paren(self.write(term.condition), "[]")

    def write_cases(self, term: Cases) -> str:
        """Values with their conditions."""
        rows = [[self.write(value), f"{self.word('if')} {self.write(when)}"] for value, when in term.branches]
        return self.rows([*rows, [self.write(term.otherwise), self.word("otherwise")]], "cases")

    def write_partial(self, term: Partial) -> str:
        """∂y/∂x; of a longer formula ∂/∂x [formula]."""
        sign = self.word("d") if term.total else "∂"
        below = f"{sign}{self.wrap(term.x, Level.POWER)}"
        if isinstance(term.y, Symbol | Entry):
            return self.fraction(f"{sign}{self.write(term.y)}", below)
        return f"{self.fraction(sign, below)} {self.paren(self.write(term.y), '[]').strip()}"
