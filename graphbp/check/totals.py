"""Mistakes in the total loss: mean or sum lost, only one example, a term of its own forgotten or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from graphbp.check.derivatives import Mutant
from graphbp.check.examples import Examples, sampled_examples
from graphbp.check.exchange import Exchanges
from graphbp.check.mistakes import ROWS, Row
from graphbp.check.shares import Use
from graphbp.check.truth import Cloud, Edits, Share
from graphbp.notation.tree import walk
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction, Program

FEW = 2
"""Points enough to know the shapes in the total's formula."""


class Totals(Exchanges):
    """Wrong derivations of the total's own formula."""

    def _wrong_totals(self) -> Iterator[Mutant]:
        total = self.of
        if self._is_mean():
            yield Mutant("missing-mean", total, "the total is the mean over the examples", partial(self._weighted, 1))
        else:
            says = "the total is the sum over the examples and no mean"
            yield Mutant("extra-mean", total, says, partial(self._weighted, -1))
        says = "the total has a term in the parameter itself, and its gradient is missing"
        yield Mutant("missing-regularisation", total, says, self._without_direct)
        for example in (0, -1):
            says = "the total collects the gradients of all examples"
            yield Mutant("missing-sum", total, says, partial(self._one_example, example))
        yield from self._in_formula(sampled_examples(self.world, FEW).formula_program)

    def _is_mean(self) -> bool:
        formula = self.world.network.total_formula
        return formula is not None and "mean" in {getattr(part, "function", "") for part in walk(formula[1])}

    def _in_formula(self, program: Program) -> Iterator[Mutant]:
        """The rows of known mistakes at each use that leads from the total to the variable itself."""
        start = program.places.get(self.wrt, -1)
        reached = program.reached([place == start for place in range(len(program.nodes))])
        uses = ((step, slot) for step in program.instructions for slot in step.pulls if reached[step.sources[slot]])
        for step, slot in uses:
            place = (step.target, slot)
            for row in ROWS:
                if row.asks(step, slot):
                    yield self._formula_mutant(row.kind, _said(row, step), {place: edit(row)}, row.rank)
            yield self._formula_mutant("sign", "a sign is turned", {place: _negated}, 2)
            if step.op.name in ("add", "sub"):
                says = "a term of the total is missing"
                yield self._formula_mutant("missing-regularisation", says, {place: _lost}, 1)

    def _formula_mutant(self, kind: str, says: str, edits: Edits, rank: int) -> Mutant:
        return Mutant(kind, f"{self.of} -> {self.wrt}", says, partial(self._with_edits, edits), rank)

    def _with_edits(self, edits: Edits, cloud: Cloud) -> np.ndarray:
        assert isinstance(cloud, Examples)
        return cloud.combined(self._parts(cloud), self.wrt, edits=edits)

    def _parts(self, cloud: Examples) -> np.ndarray:
        return np.stack([one.derivative(self.loss, self.wrt) for one in cloud.clouds])

    def _weighted(self, power: int, cloud: Cloud) -> np.ndarray:
        """The share of the examples times their number, or divided by it."""
        if not isinstance(cloud, Examples):
            return cloud.derivative(self.of, self.wrt)
        factor = float(len(cloud.clouds)) ** power
        return np.asarray(cloud.derivative(self.of, self.wrt) + (factor - 1) * self._without_direct(cloud))

    def _without_direct(self, cloud: Cloud) -> np.ndarray:
        if not isinstance(cloud, Examples):
            return cloud.derivative(self.of, self.wrt)
        return cloud.combined(self._parts(cloud), self.wrt, direct=False)

    def _one_example(self, example: int, cloud: Cloud) -> np.ndarray:
        if not isinstance(cloud, Examples):
            return cloud.derivative(self.of, self.wrt)
        return cloud.clouds[example].derivative(self.loss, self.wrt)


def _said(row: Row, step: Instruction) -> str:
    """The row's sentence; parts of the total's formula have no names."""
    shown = {"op": step.op.name, "other": "of that term", "to": "the parameter", "via": "that term"}
    return row.says.format(**shown)


def edit(row: Row) -> Share:
    """The row as an exchange of one pull-back."""

    def share(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
        return row.share(Use(step, values, upstream, slot))

    return share


def _negated(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return -Use(step, values, upstream, slot).share


def _lost(step: Instruction, values: Sequence[Value], upstream: Value, slot: int) -> Value:
    return None
