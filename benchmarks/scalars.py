"""Fully connected networks beside a scalar engine that makes one object for each number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from measuring import Table, in_turn, shown
from scalar_engine import Number

from graphbp.api import Network

WIDTHS = ((2, 4, 4, 1), (2, 16, 16, 1), (8, 32, 32, 1))
EXAMPLES = (1, 20)


def tables() -> Iterator[Table]:
    """Forward and backward on one example and on a batch."""
    header = ("network", "parameters", "examples", "graphbp", "stand-in", "times faster")
    table = Table("A scalar engine on the same networks", header, axes=("parameters", "times faster"),
                  note="The stand-in has the structure of micrograd and is written for this benchmark.")  # fmt: skip
    for widths in WIDTHS:
        for count in EXAMPLES:
            parameters = sum(have * want + want for have, want in pairwise(widths))
            ours, other = jobs(widths, count)
            for one, same in zip(ours(), other(), strict=True):
                np.testing.assert_allclose(one, same, rtol=1e-9)
            first, second = in_turn((ours, other), 3)
            table.rows.append(("-".join(map(str, widths)), str(parameters), str(count), shown(first), shown(second),
                               f"{second / first:.0f}"))  # fmt: skip
            name = f"{count} example{'s' * (count > 1)}"
            table.curves.setdefault(name, []).append((parameters, second / first))
    yield table


def jobs(widths: tuple[int, ...], count: int):  # type: ignore[no-untyped-def]
    """The two ways to find the loss and all gradients."""
    draw = np.random.default_rng(3)
    x = draw.standard_normal((count, widths[0]))
    pairs = list(pairwise(widths))
    weights = [draw.standard_normal((want, have)) / have for have, want in pairs]
    biases = [draw.standard_normal(want) for _, want in pairs]
    net = Network("layers")
    net.input("A0", x)
    for k, (w, b) in enumerate(zip(weights, biases, strict=True), 1):
        net.parameter(f"W{k}", w)
        net.parameter(f"b{k}", b)
        net.node(f"A{k}", f"tanh(A{k - 1} @ W{k}.T + b{k})")
    net.loss("l", f"sum(A{len(pairs)}*A{len(pairs)})")
    names = [f"{letter}{k}" for k in range(1, len(pairs) + 1) for letter in "Wb"]

    def ours() -> list[np.ndarray]:
        result = net.run()
        return [np.asarray(result.loss), *(result[name].gradient for name in names)]

    def other() -> list[np.ndarray]:
        w = [[[Number(float(v)) for v in row] for row in layer] for layer in weights]
        b = [[Number(float(v)) for v in layer] for layer in biases]
        loss = Number(0.0)
        for row in x:
            values = [Number(float(v)) for v in row]
            for matrix, shift in zip(w, b, strict=True):
                values = [_unit(line, values, start) for line, start in zip(matrix, shift, strict=True)]
            for value in values:
                loss = loss + value * value
        loss.backward()
        found = [[np.array([[v.grad for v in line] for line in matrix]), np.array([v.grad for v in shift])]
                 for matrix, shift in zip(w, b, strict=True)]  # fmt: skip
        return [np.asarray(loss.data), *(array for pair in found for array in pair)]

    return ours, other


def _unit(weights: list[Number], values: list[Number], start: Number) -> Number:
    total = start
    for weight, value in zip(weights, values, strict=True):
        total = total + weight * value
    return total.tanh()
