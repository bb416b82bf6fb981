"""Many examples at once, beside the same computation written by hand in NumPy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from measuring import Table, in_turn, shown

from graphbp.api import Network

EXAMPLES = 100_000
TIMES = 9
Array = np.ndarray


def tables() -> Iterator[Table]:
    """A graph of numbers, then a graph of matrices."""
    header = ("network", "graphbp", "NumPy by hand", "ratio")
    table = Table(f"{EXAMPLES:,} examples, forward and backward", header,
                  note="The same stable sigmoid on both sides; 1.5 is the aim, 3 must not be missed.")  # fmt: skip
    for name, ours, hand in (("2-2-2, every number a node", *scalar_jobs()), ("8-16-4, matrices", *matrix_jobs())):
        _compare(ours(), hand())
        first, second = in_turn((ours, hand), TIMES)
        table.rows.append((name, shown(first), shown(second), f"{first / second:.2f}"))
    yield table


def _compare(ours: list[Array], hand: list[Array]) -> None:
    for one, other in zip(ours, hand, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def sigmoid(z: Array) -> Array:
    """The logistic function without overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def scalar_jobs():  # type: ignore[no-untyped-def]
    """Two inputs, two hidden units, two outputs; the sum of the losses."""
    draw = np.random.default_rng(1)
    x, t = draw.standard_normal((2, EXAMPLES)), draw.uniform(0, 1, (2, EXAMPLES))
    weights = {f"w{k}": float(value) for k, value in enumerate(draw.standard_normal(8), 1)}
    net = Network("scalars")
    for name in ("x1", "x2"):
        net.input(name, 0.0)
    for name in ("t1", "t2"):
        net.target(name, 0.0)
    for name, value in weights.items():
        net.parameter(name, value)
    for k, (first, second, one, two) in enumerate(
        (("w1", "w2", "x1", "x2"), ("w3", "w4", "x1", "x2"), ("w5", "w6", "a1", "a2"), ("w7", "w8", "a1", "a2")), 1
    ):
        net.node(f"z{k}", f"{first}*{one} + {second}*{two}")
        net.node(f"a{k}", f"sigmoid(z{k})")
    net.loss("l", "((a3 - t1)**2 + (a4 - t2)**2)/2")
    for row in zip(*x, *t, strict=True):
        net.row(dict(zip(("x1", "x2", "t1", "t2"), map(float, row), strict=True)))

    def ours() -> list[Array]:
        result = net.run()
        return [np.asarray(result.loss), *(np.asarray(result[name].gradient) for name in weights)]

    w = np.array(list(weights.values())).reshape(4, 2)

    def hand() -> list[Array]:
        a1, a2 = (sigmoid(w[k, 0] * x[0] + w[k, 1] * x[1]) for k in (0, 1))
        y1, y2 = (sigmoid(w[k, 0] * a1 + w[k, 1] * a2) for k in (2, 3))
        e1, e2 = y1 - t[0], y2 - t[1]
        d3, d4 = e1 * y1 * (1 - y1), e2 * y2 * (1 - y2)
        d1 = (d3 * w[2, 0] + d4 * w[3, 0]) * a1 * (1 - a1)
        d2 = (d3 * w[2, 1] + d4 * w[3, 1]) * a2 * (1 - a2)
        pairs = ((d1, x[0]), (d1, x[1]), (d2, x[0]), (d2, x[1]), (d3, a1), (d3, a2), (d4, a1), (d4, a2))
        return [np.sum((e1 * e1 + e2 * e2) / 2), *(np.sum(d * a) for d, a in pairs)]

    return ours, hand


def matrix_jobs():  # type: ignore[no-untyped-def]
    """One hidden layer of sigmoid units over a batch, squared error."""
    draw = np.random.default_rng(2)
    given = {"X": draw.standard_normal((EXAMPLES, 8)), "T": draw.uniform(0, 1, (EXAMPLES, 4)),
             "W1": draw.standard_normal((16, 8)), "b1": draw.standard_normal(16),
             "W2": draw.standard_normal((4, 16)), "b2": draw.standard_normal(4)}  # fmt: skip
    net = Network("matrices")
    net.input("X", given["X"])
    net.target("T", given["T"])
    for name in ("W1", "b1", "W2", "b2"):
        net.parameter(name, given[name])
    for k, source in ((1, "X"), (2, "A1")):
        net.node(f"Z{k}", f"{source} @ W{k}.T + b{k}")
        net.node(f"A{k}", f"sigmoid(Z{k})")
    net.loss("l", "sum((A2 - T)**2)/2")

    def ours() -> list[Array]:
        result = net.run()
        return [np.asarray(result.loss), *(result[name].gradient for name in ("W1", "b1", "W2", "b2"))]

    def hand() -> list[Array]:
        a1 = sigmoid(given["X"] @ given["W1"].T + given["b1"])
        a2 = sigmoid(a1 @ given["W2"].T + given["b2"])
        error = a2 - given["T"]
        d2 = error * a2 * (1 - a2)
        d1 = (d2 @ given["W2"]) * a1 * (1 - a1)
        return [np.sum(error**2) / 2, d1.T @ given["X"], d1.sum(0), d2.T @ a1, d2.sum(0)]

    return ours, hand
