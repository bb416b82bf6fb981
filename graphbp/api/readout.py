"""The numbers of a run as JSON and as tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbp.engine.result import Readings, Result
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle

TableText = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
MOST_ENTRIES = 60
"""A larger array is shown by its shape and range."""
MOST_COLUMNS = 6


@dataclass(frozen=True, eq=False)
class Numbers:
    """The values and gradients of a run, ready to be printed."""

    network: Network
    result: Result

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        return self.result.warnings

    @property
    def derives(self) -> bool:
        """Whether there is a loss, or a gradient to start from."""
        return self.network.has_loss or bool(self.network.givens)

    def data(self) -> dict[str, Any]:
        """Values and gradients as plain data, full float64; numbers that are not finite as text."""
        loss = self.result.total or (self.network.loss_name if self.derives else None)
        made = {"loss": loss, **_readings(self.result)}
        if self.result.examples:
            made["examples"] = [_readings(example) for example in self.result.examples]
        return made

    def json(self) -> str:
        """The data as JSON, one name on a line."""
        return _indented(self.data(), "")

    def tables(self, digits: int) -> Iterator[TableText]:
        """The tables to print: title, header, rows."""
        style = NumberStyle(digits)
        if self.result.examples:
            yield from self._data_tables(style)
        else:
            yield self._table("", self.result, style)

    def _table(self, title: str, readings: Readings, style: NumberStyle) -> TableText:
        header: tuple[str, ...] = ("node", "value")
        rows: list[tuple[str, ...]] = [(name, show(one.value, style)) for name, one in readings.items()]
        if self.derives:
            header = (*header, f"∂{self.network.loss_name}/∂node")
            rows = [(*row, show(readings[row[0]].gradient, style)) for row in rows]
        return title, header, rows

    def _data_tables(self, style: NumberStyle) -> Iterator[TableText]:
        """What the examples share, its gradients beside those of each example where there is room."""
        loss, examples = self.network.loss_name, self.result.examples
        total = self.result.total or loss
        shown = range(len(examples) if len(examples) <= MOST_COLUMNS else 0)
        columns = [f"∂{loss}/∂node\nexample {place + 1}" for place in shown]
        rows = []
        for name, one in self.result.items():
            each = [show(examples[place][name].gradient if name in examples[place] else None, style) for place in shown]
            rows.append((name, show(one.value, style), *each, show(one.gradient, style)))
        yield "", ("node", "value", *columns, f"∂{total}/∂node"), rows
        for place in shown:
            yield self._table(f"example {place + 1}", examples[place], style)


def numbers(network: Network, values: Mapping[str, Any] | None = None) -> Numbers:
    """Run the network and keep its numbers for printing.

    Raises: ValueMissing if a leaf has no number.
    """
    from graphbp import engine

    return Numbers(network, engine.run(network, values))


def _readings(readings: Readings) -> dict[str, Any]:
    return {
        "values": {name: plain(one.value) for name, one in readings.items()},
        "gradients": {name: plain(one.gradient) for name, one in readings.items()},
    }


def plain(value: Any) -> Any:
    """A number or an array as nested lists of floats; nan and infinities as text.

    >>> plain(np.array([1.0, np.inf]))
    [1.0, 'inf']
    """
    if value is None:
        return None
    if isinstance(value, np.ndarray) and value.ndim:
        return [plain(row) for row in value] if not np.isfinite(value).all() else value.tolist()
    number = float(value)
    return number if math.isfinite(number) else NumberStyle().show(number)


def show(value: Any, style: NumberStyle) -> str:
    """A number or an array for a table; what was not computed is a dash.

    >>> show(np.array([[1.0, 0.5], [2.0, 3.25]]), NumberStyle())
    '[[1, 0.5],\\n [2, 3.25]]'
    """
    if value is None:
        return "–"
    array = np.asarray(value, dtype=float)
    if array.size > MOST_ENTRIES:
        shape = " × ".join(map(str, array.shape))
        return f"{shape} array, {style.show(float(array.min()))} … {style.show(float(array.max()))}"
    return _nested(array, style, " ")


def _nested(array: Any, style: NumberStyle, indent: str) -> str:
    if array.ndim == 0:
        return style.show(float(array))
    comma = ", " if array.ndim == 1 else f",\n{indent}"
    return "[" + comma.join(_nested(row, style, indent + " ") for row in array) + "]"


def _indented(data: Any, indent: str) -> str:
    """JSON with tables spread over lines and arrays kept on one."""
    inner = indent + "  "
    if isinstance(data, dict) and data:
        rows = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_indented(part, inner)}" for key, part in data.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(data, Sequence) and data and isinstance(data[0], dict):
        return "[\n" + ",\n".join(inner + _indented(part, inner) for part in data) + f"\n{indent}]"
    return json.dumps(data, ensure_ascii=False)
