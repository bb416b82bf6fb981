"""The numbers of a network's leaves: their shapes, arrays, and rows of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from graphbp.errors import GraphbpError, NameProblem, did_you_mean
from graphbp.graph import SCALAR, Role, Shape
from graphbp.network.declared import Leaf, Row
from graphbp.network.initial import initial
from graphbp.network.literals import bind_sizes, held, literal, literal_shape, to_array
from graphbp.notation.tree import Expr

Held = Expr | np.ndarray


class Values:
    """What the declared leaves and the data say about numbers."""

    def __init__(self, leaves: Mapping[str, Leaf], rows: Sequence[Row]) -> None:
        self.leaves, self._rows = leaves, rows

    def held(self, name: str) -> Held | None:
        """The leaf's own value, else the one in the first row of data."""
        value = self.leaves[name].value
        return self._rows[0].values.get(name) if value is None and self._rows else value

    def shape(self, name: str) -> Shape:
        """The declared shape of a leaf, else that of its value, else a number's.

        Raises: ShapeError if the rows of its value differ.
        """
        leaf, value = self.leaves[name], self.held(name)
        try:
            return leaf.shape if leaf.shape is not None else SCALAR if value is None else literal_shape(value)
        except GraphbpError as error:
            raise error.at(node=name, source=leaf.source) from None

    @cached_property
    def literals(self) -> Mapping[str, Expr | None]:
        """The literal of every leaf, or None."""
        return {name: None if leaf.value is None else literal(leaf.value) for name, leaf in self.leaves.items()}

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """The numbers that values give to the letters in shapes.

        Raises: ShapeError if a value does not have the declared shape.
        """
        sizes: dict[str, int] = {}
        for name, leaf in self.leaves.items():
            value = self.held(name)
            if value is not None:
                _bind(leaf, self.shape(name), value, sizes)
        return sizes

    @cached_property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """The numbers of all leaves that have them, bound and drawn."""
        made = {}
        for name in self.leaves:
            array = self._array(name)
            if array is not None:
                made[name] = array
        return made

    def _array(self, name: str) -> np.ndarray | None:
        leaf, value = self.leaves[name], self.held(name)
        try:
            if value is not None:
                return to_array(value)
            if leaf.init is None:
                return None
            sizes = tuple(self.sizes.get(size, size) if isinstance(size, str) else size for size in self.shape(name))
            return None if any(isinstance(size, str) for size in sizes) else initial(name, leaf.init, sizes, leaf.seed)
        except GraphbpError as error:
            raise error.at(node=name, source=leaf.source) from None

    @cached_property
    def rows(self) -> tuple[Mapping[str, np.ndarray], ...]:
        """The rows of data as arrays."""
        return tuple({name: to_array(value) for name, value in row.values.items()} for row in self._rows)

    def check_rows(self) -> None:
        """Refuse rows that name what is no input or target, leave one out, or have another shape.

        Raises: NameProblem, ShapeError.
        """
        for place, row in enumerate(self._rows, 1):
            try:
                self._check_row(place, row)
            except GraphbpError as error:
                # The place of the row says more than that of the leaf.
                error.source = row.source or error.source
                raise

    def _check_row(self, place: int, row: Row) -> None:
        for name, value in row.values.items():
            # Every example may have its own sizes.
            bind_sizes(row_leaf(name, self.leaves, place).name, self.shape(name), literal_shape(value), {})
        for name in self._rows[0].values:
            if name not in row.values and self.leaves[name].value is None:
                raise NameProblem(f"row {place} of data has no {name}", fix="give it in every row")


def row_leaf(name: str, leaves: Mapping[str, Leaf], place: int) -> Leaf:
    """The input or target that a row of data gives a value to.

    Raises: NameProblem if there is none of that name.
    """
    may = [leaf.name for leaf in leaves.values() if leaf.role not in (Role.PARAMETER, Role.CONSTANT)]
    if name not in may:
        kind = "a parameter" if name in leaves else "unknown"
        raise NameProblem(f"row {place} of data gives {name}, which is {kind}", node=name,
                          fix=did_you_mean(name, may) or "data gives inputs and targets")  # fmt: skip
    return leaves[name]


def _bind(leaf: Leaf, shape: Shape, value: Held, sizes: dict[str, int]) -> None:
    try:
        bind_sizes(leaf.name, shape, literal_shape(value), sizes)
    except GraphbpError as error:
        raise error.at(node=leaf.name, source=leaf.source) from None


def replaced(leaves: Mapping[str, Leaf], values: Mapping[str, Any], seed: int | None) -> dict[str, Leaf]:
    """The leaves with other values and another seed.

    Raises: NameProblem if a value is for something that is no leaf.
    """
    for name in values:
        if name not in leaves:
            raise NameProblem(f"there is no input, parameter or target {name}", fix=did_you_mean(name, leaves))
    made = dict(leaves)
    for name, leaf in leaves.items():
        if name in values:
            made[name] = replace(leaf, value=held(values[name]), init=None)
        elif seed is not None:
            made[name] = replace(leaf, seed=seed)
    return made
