"""Formulas in graphbp's own formula language: what files hold and what can be read again."""

from __future__ import annotations

from collections.abc import Sequence

from graphbp.notation.language import Level
from graphbp.notation.names import Label
from graphbp.notation.paper import unmarked
from graphbp.notation.tree import (
    Array,
    Broadcast,
    Call,
    Cases,
    Compare,
    Correlate,
    Delta,
    Dilate,
    Div,
    Einsum,
    Entry,
    Expr,
    Flip,
    FloorMod,
    Group,
    Hadamard,
    MatMul,
    Max,
    Mul,
    Neg,
    Number,
    Outer,
    Pad,
    Partial,
    Pow,
    Reduce,
    Reshape,
    Sum,
    Symbol,
    Transpose,
    Upsample,
)  # fmt: skip
from graphbp.notation.writer import Writer

_RELATIONS = {"=": "==", "<=": "<=", ">=": ">=", "!=": "!="}


class PlainWriter(Writer):
    """Writes formulas so that `graphbp.notation.reading` reads the same tree.

    >>> from graphbp.notation.tree import Symbol
    >>> PlainWriter().write((Symbol("a") - Symbol("t")) ** 2 / 2)
    '(a - t)**2/2'
    """

    minus = "-"
    fraction_level = Level.PRODUCT

    def label(self, label: Label, subs: str = "", sups: str = "") -> str:
        """A name with its scripts, accent and weight."""
        return label.base

    def write_symbol(self, term: Symbol) -> str:
        """A name."""
        return term.name

    def word(self, text: str) -> str:
        """An upright word."""
        return text

    def digits(self, text: str) -> str:
        """A number as it was shown, with its sign and power of ten."""
        return text

    def paren(self, inner: str, kind: str = "()") -> str:
        """Brackets around the inner part."""
        return f"({inner})" if kind == "()" else f"{kind[0]}{inner}{kind[1]}"

    def fraction(self, num: str, den: str) -> str:
        """A quotient."""
        return f"{num}/{den}"

    def raised(self, base: str, exp: str) -> str:
        """A superscript."""
        return f"{base}**{exp}"

    def lowered(self, base: str, sub: str) -> str:
        """A subscript."""
        return f"{base}[{sub}]"

    def root(self, x: str) -> str:
        """A square root."""
        return f"sqrt({x})"

    def big(self, operator: str, below: str, body: str) -> str:
        """A big operator with what runs below it."""
        return f"{operator}_{below}({body})"

    def infix(self, operator: str) -> str:
        """An operator between two operands."""
        return {"plus": " + ", "minus": " - ", "mod": " % ", "odot": "*", "star": ", "}.get(operator, "*")

    def colour(self, role: str, x: str) -> str:
        """A part in the colour of its role."""
        return x

    def rows(self, rows: Sequence[Sequence[str]], kind: str) -> str:
        """A matrix, or cases behind a brace."""
        return "[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]"

    def relation(self, sign: str) -> str:
        """The sign of a relation."""
        return _RELATIONS.get(sign, sign)

    def call_level(self, term: Call) -> Level:
        """A call holds together as an atom."""
        return Level.ATOM

    # Where the structure itself must survive

    def write_array(self, term: Array) -> str:
        """A literal array."""
        return "[" + ", ".join(self.write(row) for row in term.rows) + "]"

    def write_number(self, term: Number) -> str:
        """A number, as its author spelled it or as the style shows it."""
        if term.text is not None:
            return term.text
        return repr(term.value) if isinstance(term.value, float) else str(term.value)

    def number_level(self, term: Number) -> Level:
        """A quotient of whole numbers holds together as one."""
        if term.text is None and term.value < 0:
            return Level.SUM
        return Level.PRODUCT if "/" in self.write_number(term) else Level.ATOM

    def write_entry(self, term: Entry) -> str:
        """An entry with its subscripts, or a slice in brackets."""
        return f"{self.wrap(term.base, Level.ATOM)}[{', '.join(self.write(sub) for sub in term.subs)}]"

    def write_floormod(self, term: FloorMod) -> str:
        """⌊e/n⌋ or e mod n."""
        return f"({self.write(term.of)}){'//' if term.op == 'floor' else '%'}{term.n}"

    def write_mul(self, term: Mul) -> str:
        """A product in the author's order."""
        return self.product(term.factors, "*")

    def write_matmul(self, term: MatMul) -> str:
        """A matrix product."""
        return self.product(term.factors, " @ ")

    def write_hadamard(self, term: Hadamard) -> str:
        """An entry-by-entry product."""
        return self.product(term.factors, " ⊙ ")

    def product(self, factors: Sequence[Expr], operator: str) -> str:
        """The factors; all but the first need parentheses if they are products themselves."""
        first = self.write(factors[0])
        if self.level(factors[0]) < Level.PRODUCT or (
            type(unmarked(factors[0])) in (Mul, MatMul, Hadamard) and operator == self._sign(factors[0])
        ):
            first = self.paren(first)
        return operator.join([first, *(self.wrap(factor, Level.POWER) for factor in factors[1:])])

    def _sign(self, x: Expr) -> str:
        return {Mul: "*", MatMul: " @ ", Hadamard: " ⊙ "}.get(type(unmarked(x)), "")

    def write_div(self, term: Div) -> str:
        """A quotient."""
        return f"{self.wrap(term.num, Level.PRODUCT)}/{self.wrap(term.den, Level.POWER)}"

    def write_neg(self, term: Neg) -> str:
        """A minus sign before its operand."""
        return "-" + self.wrap(term.x, Level.PRODUCT)

    def write_pow(self, term: Pow) -> str:
        """A power."""
        exp = self.write(term.exp) if self.level(term.exp) >= Level.POWER else self.paren(self.write(term.exp))
        return f"{self.wrap(term.base, Level.ATOM)}**{exp}"

    def write_call(self, term: Call) -> str:
        """A function of its arguments."""
        if term.function == "pi":
            # Names are the author's own, so the formula language spells the number out.
            return "(4*arctan(1))"
        leading = [literal(value) for key, value in term.options if key == "equation"]
        written = [
            *leading,
            *(self.write(arg) for arg in term.args),
            *(f"{key}={literal(value)}" for key, value in term.options if key != "equation"),
        ]
        primes = "'" * len(term.order) if len(term.args) == 1 else "".join(f"'{slot + 1}" for slot in term.order)
        return f"{term.function}{primes}({', '.join(written)})"

    def write_group(self, term: Group) -> str:
        """The author's parentheses, left out where a fraction bar says the same."""
        return f"({self.write(term.x)})"

    def write_transpose(self, term: Transpose) -> str:
        """A transpose."""
        base = self.paren(self.write(term.x)) if isinstance(term.x, Number) else self.wrap(term.x, Level.ATOM)
        return f"{base}.T"

    def write_compare(self, term: Compare) -> str:
        """Two sides and the relation between them."""
        return f"{self.write(term.left)} {self.relation(term.relation)} {self.write(term.right)}"

    def write_partial(self, term: Partial) -> str:
        """∂y/∂x."""
        y, x = (
            self.write(side) if isinstance(side, Symbol | Entry) else self.paren(self.write(side))
            for side in (term.y, term.x)
        )
        return f"d{y}/d{x}"

    def write_sum(self, term: Sum) -> str:
        """Σ over its letters."""
        return f"sum_{{{','.join(self.write(i) for i in term.indices)}}}({self.write(term.body)})"

    def write_max(self, term: Max) -> str:
        """max over its letters."""
        return f"max_{{{','.join(self.write(i) for i in term.indices)}}}({self.write(term.body)})"

    def write_delta(self, term: Delta) -> str:
        """δ with both indices."""
        return f"delta({self.write(term.left)}, {self.write(term.right)})"

    def write_cases(self, term: Cases) -> str:
        """Values with their conditions."""
        written = self.write(term.otherwise)
        for value, condition in reversed(term.branches):
            written = f"where({self.write(condition)}, {self.write(value)}, {written})"
        return written

    def named(self, name: str, *arguments: object) -> str:
        """A call in the formula language."""
        return f"{name}({', '.join(self.write(x) if isinstance(x, Expr) else literal(x) for x in arguments)})"

    def write_outer(self, term: Outer) -> str:
        """u vᵀ."""
        return self.named("outer", term.x, term.y)

    def write_reduce(self, term: Reduce) -> str:
        """A sum along an axis."""
        axis = {"column": ", axis=0", "row": ", axis=1", "total": ""}[term.axis]
        return f"sum({self.write(term.x)}{axis})"

    def write_broadcast(self, term: Broadcast) -> str:
        """What is repeated."""
        return self.write(term.x)

    def write_flip(self, term: Flip) -> str:
        """What is turned round."""
        return self.named("flip", term.x, term.axes)

    def write_pad(self, term: Pad) -> str:
        """A border of zeros."""
        return self.named("pad", term.x, term.widths)

    def write_dilate(self, term: Dilate) -> str:
        """Zeros between neighbours."""
        return self.named("dilate", term.x, term.steps)

    def write_correlate(self, term: Correlate) -> str:
        """A kernel slid over an array."""
        return self.named("correlate", term.x, term.kernel)

    def write_upsample(self, term: Upsample) -> str:
        """Entries repeated over windows."""
        return self.named("upsample", term.x, term.sizes)

    def write_einsum(self, term: Einsum) -> str:
        """A sum of products over named axes."""
        return self.named("einsum", term.spec, *term.args)

    def write_reshape(self, term: Reshape) -> str:
        """The same entries in another shape."""
        return self.named("reshape", term.x, term.shape)


def literal(value: object) -> str:
    """An option as it is written in a call; tuples are lists."""
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
