"""Documents as JSON: every step with its claim in the formula language and in LaTeX, its reason and its evidence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphbp.document.tree import Document, Record
from graphbp.graph.shape import Size
from graphbp.notation.language import Level
from graphbp.notation.latex import ColourlessLatexWriter
from graphbp.notation.named import Named
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.plain import PlainWriter, literal
from graphbp.notation.prose import Prose, written
from graphbp.notation.tree import (
    Affine,
    Bracket,
    Broadcast,
    Compare,
    Correlate,
    Entry,
    Equation,
    Expr,
    FloorMod,
    Index,
    Mul,
    Neg,
    Number,
    Partial,
    Symbol,
    Term,
    Upsample,
    walk,
)  # fmt: skip


def document_json(document: Document) -> str:
    """The document's title and all its steps, one JSON object."""
    writer = _JsonWriter(document)
    data = {
        "title": writer.text(document.title),
        "loss": document.loss,
        "network": finite(document.network()),
        "steps": [writer.step(record) for record in document.records],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


class ClaimWriter(PlainWriter):
    """The formula language as claims are written: numbers to their shown digits, air around derivatives.

    >>> from graphbp.notation.tree import Symbol
    >>> left, right = (Partial(Symbol("l"), Symbol(name)) for name in ("w", "z"))
    >>> ClaimWriter().write(Equation(left, (Symbol("a") * right, Number(0.59331) * Number(-0.13852))))
    'dl/dw = a * dl/dz = 0.5933 * (-0.1385)'
    """

    def relation(self, sign: str) -> str:
        """The sign of a relation."""
        return "=" if sign == "=" else super().relation(sign)

    def write_number(self, term: Number) -> str:
        """A number in full."""
        if term.text is None and isinstance(term.value, float):
            return self.numbers.show(term.value)
        return super().write_number(term)

    def write_mul(self, term: Mul) -> str:
        """A product with its signs."""
        airy = any(isinstance(_bare(factor), Partial) for factor in term.factors) or all(
            isinstance(_bare(factor), Number) for factor in term.factors
        )
        return self.product(term.factors, " * " if airy else "*")


    # What a page shows by its layout, a line of text must say

    def write_symbol(self, term: Symbol) -> str:
        """A name; lⁿ of example n as l[n]."""
        name, power, example = term.name.partition("^")
        return f"{name}[{example}]" if power else name

    def write_compare(self, term: Compare) -> str:
        """Two sides and the relation between them, which is no equals sign of a claim."""
        return f"{self.write(term.left)} {super().relation(term.relation)} {self.write(term.right)}"

    def write_affine(self, term: Affine) -> str:
        """A place such as 2*i+p-1."""
        return re.sub(r"(\d)(?=[^\W\d]|\()", r"\1*", super().write_affine(term))

    def write_floormod(self, term: FloorMod) -> str:
        """e//n or e%n, in parentheses because it may stand beside factors."""
        inner = self.write(term.of) if isinstance(term.of, Index) else f"({self.write(term.of)})"
        return f"({inner}{'//' if term.op == 'floor' else '%'}{term.n})"

    def write_bracket(self, term: Bracket) -> str:
        """1 where the condition holds, else 0."""
        return f"where({self.write(term.condition)}, 1, 0)"

    def level(self, term: Term) -> Level:
        """How tightly the term holds together; a call always does."""
        return Level.ATOM if isinstance(term, Broadcast) and _stands(term) else super().level(term)

    def write_broadcast(self, term: Broadcast) -> str:
        """A column stands up; rows and numbers are repeated by themselves."""
        return self.named("reshape", term.x, term.shape) if _stands(term) else self.write(term.x)

    def write_correlate(self, term: Correlate) -> str:
        """A kernel slid over an array, with the axes that are joined and the stride."""
        options = {"letters": term.letters, "stride": term.stride}
        given = [f"{key}={literal(value)}" for key, value in options.items() if value]
        return f"correlate({', '.join([self.write(term.x), self.write(term.kernel), *given])})"

    def write_upsample(self, term: Upsample) -> str:
        """Entries repeated over windows, cut or filled with zeros to a shape."""
        return self.named("upsample", term.x, term.sizes, *([term.shape] if term.shape else []))


def _stands(term: Broadcast) -> bool:
    """Whether it is a column whose shape is known."""
    return term.axis == "column" and None not in term.shape


def _bare(x: Expr) -> Expr:
    """The formula inside colours and signs."""
    from graphbp.notation.paper import unmarked

    x = unmarked(x)
    return _bare(x.x) if isinstance(x, Neg) else x


class _JsonWriter:
    """Writes the records of one document."""

    def __init__(self, document: Document) -> None:
        self.claims = ClaimWriter(Names(), NumberStyle(document.numbers.digits))
        self.latex = ColourlessLatexWriter(document.names, document.numbers)

    def text(self, prose: Prose) -> str:
        """A sentence whose formulas are in the formula language."""
        return written(prose, self.claims.write)

    def step(self, record: Record) -> dict[str, Any]:
        whole = joined(record)
        return {
            "id": record.id, "rule": record.rule, "node": record.node,
            "claim": self.claims.write(whole), "latex": self.latex.write(whole), "reason": self.text(record.reason),
            "uses": list(record.uses), "numbers": {name: finite(value) for name, value in record.values},
            "evidence": {_KEYS.get(key, key): finite(value) for key, value in record.evidence},
            "letters": letters(whole), "lowest": lowest(whole), "where": [self.named(item) for item in record.where],
        }  # fmt: skip

    def named(self, item: Named) -> dict[str, Any]:
        """What a name stands for."""
        if item.formula is None:
            return {"name": item.name, "along": list(item.along)}
        places = [index.name for index in item.indices]
        sizes = letters(item.formula) | letters(*item.indices)
        text, low = self.claims.write(item.formula), lowest(item.formula)
        return {"name": item.name, "indices": places, "formula": text, "letters": sizes, "lowest": low}


def parts(*terms: Term | Equation) -> Iterator[Term]:
    """All parts of formulas, of both sides of equations."""
    for term in terms:
        for side in (term.left, *term.rights) if isinstance(term, Equation) else (term,):
            yield from walk(side)


def letters(*terms: Term | Equation) -> dict[str, Size | None]:
    """How far every index letter runs."""
    return {part.name: part.size for part in parts(*terms) if isinstance(part, Index)}


def lowest(*terms: Term | Equation) -> list[str]:
    """The arrays whose entries beyond their ends count as −∞; those of all others count as 0."""
    found = (part.base for part in parts(*terms) if isinstance(part, Entry) and part.outside == "lowest")
    return list(dict.fromkeys(base.name for base in found if isinstance(base, Symbol)))


_KEYS = {"error": "max_relative_error"}


def joined(record: Record) -> Equation:
    """The claim and the numbers put into it as one chain."""
    claim, numbers = record.claim, record.numbers
    if numbers is None or numbers.left != claim.left or numbers.rights == claim.rights:
        return claim
    return Equation(claim.left, (*claim.rights, *numbers.rights), claim.relation)


def finite(value: Any) -> Any:
    """A value as JSON can hold it: "nan", "inf" and "-inf" are words."""
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
