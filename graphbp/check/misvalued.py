"""Derivations that are right but for the value of one node: its formula was read or computed wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

import numpy as np

from graphbp.check.derivatives import Derivatives, Mutant
from graphbp.check.examples import Examples
from graphbp.check.follow import recomputed
from graphbp.check.forward import changes
from graphbp.check.repairs import swapped
from graphbp.check.sides import Scope, side
from graphbp.check.truth import Cloud, NotKnown
from graphbp.notation.tree import Expr
from graphbp.ops.base import Value

MOST = 300
"""So many wrong formulas are tried, those of the nodes nearest to the variable first."""


class Misvalued(Derivatives):
    """d(of)/d(wrt) with the numbers that come out if one node is computed wrongly."""

    def all(self) -> Iterator[Mutant]:
        """One mutant for the wrong value in this gradient alone, and one where it is used further on, too."""
        return islice(self._all(), MOST)

    def _all(self) -> Iterator[Mutant]:
        for name in self.world.network.formulas:
            if name not in self.program.places:
                continue
            for change in changes(self.world, self.world.network.formulas[name]):
                wrong = swapped(self.world.network.formulas[name], change.old, change.new)
                for rank, further in enumerate((_replaced, recomputed), 1):
                    says = f"in the value of {name}: {change.says}"
                    yield Mutant(change.kind, name, says, partial(self._with_value, name, wrong, further), rank)

    def _with_value(
        self,
        name: str,
        wrong: Expr,
        further: Callable[[Cloud, int, dict[str, np.ndarray]], Sequence[Value]],
        cloud: Cloud,
    ) -> np.ndarray:
        if isinstance(cloud, Examples):
            raise NotKnown("values are exchanged at single points only")
        values = side(wrong, Scope(cloud))
        if values.shape != cloud.value(name).shape:
            raise NotKnown("the wrong value has another shape")
        tables = [further(cloud, row, {name: values}) for row in range(len(cloud.tables))]
        return self.derivative(cloud, {}, None, tables)


def _replaced(base: Cloud, row: int, values: dict[str, np.ndarray]) -> Sequence[Value]:
    """One table with a node's value exchanged and all else as it was."""
    table = list(base.tables[row])
    for name, found in values.items():
        table[base.program.places[name]] = found if base.stacked else found[row][()]
    return table
