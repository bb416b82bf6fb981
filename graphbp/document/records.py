"""The steps of a derivation as records: what programs read instead of pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from graphbp.derive.figures import gradient_name
from graphbp.derive.steps import Derivation, Step
from graphbp.derive.total import first_example
from graphbp.document.tree import Record, Value
from graphbp.notation.tree import Entry, Partial, Symbol, Term, children

if TYPE_CHECKING:
    from graphbp.engine import Result

LARGEST = 4096
"""Arrays with more entries are left out of records."""


class Records(Sequence[Record]):
    """Every step, after the lines that lead to it, with the full numbers of what it speaks of; made when first read."""

    def __init__(self, derivation: Derivation, result: Result | None = None) -> None:
        self.derivation, self.result = derivation, result

    @cached_property
    def made(self) -> tuple[Record, ...]:
        """The records."""
        readings = None if self.result is None else first_example(self.result)
        steps = (part for step in self.derivation.steps for part in (*step.substeps, step))
        return tuple(_record(part, self.derivation, readings) for part in steps)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | Sequence[Record]:
        return self.made[place]

    def __len__(self) -> int:
        return len(self.made)


def _record(step: Step, derivation: Derivation, readings: Any) -> Record:
    found = () if readings is None else tuple(dict(_values(step, derivation, readings)).items())
    evidence = {"kind": step.evidence.kind, "points": step.evidence.points, "error": step.evidence.error}
    told = (step.claim, step.reason, step.uses, step.numbers)
    return Record(step.id, str(step.rule), step.node, *told, tuple(evidence.items()), found, step.where)


def _values(step: Step, derivation: Derivation, readings: Any) -> Iterator[tuple[str, Value]]:
    """The numbers of the names and gradients in the claim, in the order in which they are mentioned."""
    for name, value in _numbers(step, derivation, readings):
        if np.size(value) <= LARGEST:
            yield name, np.asarray(value, dtype=float).tolist()


def _numbers(step: Step, derivation: Derivation, readings: Any) -> Iterator[tuple[str, Any]]:
    loss, graph = derivation.network.loss_name, derivation.network.graph
    for part in (part for side in (step.claim.left, *step.claim.rights) for part in _mentioned(side)):
        if isinstance(part, Symbol) and part.name in graph:
            yield part.name, readings[part.name].value
        elif isinstance(part, Partial) and part.y == Symbol(loss):
            node = part.x.base if isinstance(part.x, Entry) else part.x
            if isinstance(node, Symbol) and node.name in graph and readings[node.name].gradient is not None:
                yield gradient_name(loss, node.name), readings[node.name].gradient


def _mentioned(term: Term) -> Iterator[Term]:
    """Names and derivatives from left to right; the names inside of a derivative of a name are not mentioned."""
    if isinstance(term, Symbol) or (isinstance(term, Partial) and isinstance(term.y, Symbol | Entry)):
        yield term
    else:
        yield from (part for child in children(term) for part in _mentioned(child))
