"""Documents as JSON: every step with its claim in the formula language and in LaTeX, its reason and its evidence."""

from __future__ import annotations

import json
import math
from typing import Any

from graphbp.document.tree import Document, Record
from graphbp.notation.latex import ColourlessLatexWriter
from graphbp.notation.names import Names
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.plain import PlainWriter
from graphbp.notation.prose import Prose, written
from graphbp.notation.tree import Equation, Expr, Mul, Neg, Number, Partial


def document_json(document: Document) -> str:
    """The document's title and all its steps, one JSON object."""
    writer = _JsonWriter(document)
    data = {
        "title": writer.text(document.title),
        "loss": document.loss,
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
        }  # fmt: skip


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
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
