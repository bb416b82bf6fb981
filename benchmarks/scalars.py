"""Fully connected networks beside micrograd, which makes one object for each number of each run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from measuring import Table, in_turn, shown
from micrograd.nn import MLP

from graphbp.api import Network

WIDTHS = ((2, 4, 4, 1), (2, 16, 16, 1), (8, 32, 32, 1))
EXAMPLES = (1, 20)
Job = Callable[[], list[Any]]
Rows = Sequence[Sequence[float]]


def tables() -> Iterator[Table]:
    """Loss and all gradients, on one example and on a batch: as matrices, and with every number a node."""
    header = ("network", "parameters", "examples", "graphbp as", "graphbp", "micrograd", "times faster")
    table = Table("micrograd on the same networks", header, axes=("parameters", "times faster"),
                  note="Forward, backward, and every parameter's gradient read; rectifiers, and the sum of squares as "
                       "loss. The first run, in which graphbp builds its plan, is not counted.")  # fmt: skip
    for widths in WIDTHS:
        for count in EXAMPLES:
            for kind, line in measured(widths, count).items():
                table.rows.append(line)
                name = f"{kind}, {count} example{'s' * (count > 1)}"
                table.curves.setdefault(name, []).append((int(line[1]), float(line[-1])))
    yield table


def measured(widths: tuple[int, ...], count: int) -> dict[str, list[str]]:
    """A line of the table for each form that the network takes in graphbp."""
    random.seed(3)
    model = MLP(widths[0], list(widths[1:]))
    rows = [[random.gauss(0, 1) for _ in range(widths[0])] for _ in range(count)]
    jobs = {"matrices": matrices(model, rows), "numbers": numbers(model, rows)}
    other = theirs(model, rows)
    for job in jobs.values():
        np.testing.assert_allclose(sorted(flat(job())), sorted(other()), rtol=1e-9, atol=1e-12)
        # Networks of numbers are compiled when they are run for the third time.
        job()
    *ours, micrograd = in_turn([*jobs.values(), other], 7 if count == 1 else 3)
    parameters = sum(have * want + want for have, want in pairwise(widths))
    return {kind: ["-".join(map(str, widths)), str(parameters), str(count), kind, shown(mine), shown(micrograd),
                   f"{micrograd / mine:.1f}"] for kind, mine in zip(jobs, ours, strict=True)}  # fmt: skip


def theirs(model: Any, rows: Rows) -> Job:
    """As a user of micrograd writes it."""

    def job() -> list[float]:
        model.zero_grad()
        loss = sum(output * output for output in map(model, rows))
        loss.backward()
        return [loss.data, *(parameter.grad for parameter in model.parameters())]

    return job


def matrices(model: Any, rows: Rows) -> Job:
    """A layer is a matrix and a vector, the examples are the rows of another matrix."""
    net = Network("layers")
    net.input("A0", np.array(rows))
    for k, layer in enumerate(model.layers, 1):
        net.parameter(f"W{k}", np.array([[w.data for w in unit.w] for unit in layer.neurons]))
        net.parameter(f"b{k}", np.array([unit.b.data for unit in layer.neurons]))
        net.node(f"Z{k}", f"A{k - 1} @ W{k}.T + b{k}")
        net.node(f"A{k}", f"relu(Z{k})" if layer.neurons[0].nonlin else f"Z{k}")
    net.loss("l", f"sum(A{len(model.layers)}**2)")
    return reader(net)


def numbers(model: Any, rows: Rows) -> Job:
    """Every number a node of its own, the examples rows of data."""
    net = Network("numbers")
    last = [net.input(f"x{k}", value) for k, value in enumerate(rows[0])]
    for k, layer in enumerate(model.layers):
        now = []
        for j, unit in enumerate(layer.neurons):
            total = net.parameter(f"b{k}_{j}", unit.b.data)
            for i, (weight, value) in enumerate(zip(unit.w, last, strict=True)):
                total = total + net.parameter(f"w{k}_{j}_{i}", weight.data) * value
            z = net.node(f"z{k}_{j}", total)
            now.append(net.node(f"a{k}_{j}", f"relu(z{k}_{j})") if unit.nonlin else z)
        last = now
    net.loss("l", last[0] ** 2)
    for row in rows if len(rows) > 1 else ():
        net.row({f"x{k}": value for k, value in enumerate(row)})
    return reader(net)


def reader(net: Network) -> Job:
    """Runs the network and reads the loss and all gradients."""

    def job() -> list[Any]:
        result = net.run()
        return [result.loss, *result.gradients.values()]

    return job


def flat(found: Sequence[Any]) -> list[float]:
    """All entries, one after the other."""
    return [x for one in found for x in np.ravel(one).tolist()]
