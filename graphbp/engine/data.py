"""Rows of data as columns, made once for a network and kept until its rows change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from graphbp.network import Network

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Data:
    """The rows of a network, and what is read off them."""

    rows: Sequence[Row]
    defaults: Mapping[str, Any]

    @cached_property
    def names(self) -> frozenset[str]:
        """The leaves that some row gives a value to."""
        return frozenset().union(*self.rows)

    @cached_property
    def columns(self) -> Mapping[str, np.ndarray]:
        """For every such leaf its numbers in all rows; a row without it takes the leaf's own."""
        return {
            name: np.array([row.get(name, self.defaults.get(name)) for row in self.rows], float) for name in self.names
        }


def data_of(network: Network) -> Data:
    """The network's data; a network without rows has one example, which changes nothing."""
    return network.kept.once(Data, lambda: Data(network.rows or ({},), network.arrays))
