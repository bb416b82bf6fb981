"""How time and memory grow with the network, beside SymPy's derivative of the expression written out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import networks
from measuring import GRAPHBP, Cost, Table, command_cost, growth, shown

SIZES = (1250, 2500, 5000, 10_000, 20_000, 50_000, 100_000)
EXPLAIN = ("explain", "--detail", "brief", "--wrt", "w")
NOTE = """A whole process: start, loading the file, the command, printing.  'times' compares with the line before, and
so does the memory of a further node: where it stays the same, memory grows in proportion."""
LAYERS = (1, 2, 3, 4)
WIDTH = 3


def tables() -> Iterator[Table]:
    """Run and explain on chains and random graphs, then SymPy."""
    with TemporaryDirectory() as folder:
        for kind in ("chain", "random"):
            yield command_table(f"graphbp run, {kind} graphs", ("run",), kind, Path(folder))
            title = f"graphbp {' '.join(EXPLAIN)}, {kind} graphs"
            yield command_table(title, EXPLAIN, kind, Path(folder))
    yield expanded_table()


def command_table(title: str, command: tuple[str, ...], kind: str, folder: Path) -> Table:
    """One command on networks of growing size, loading included."""
    header = ("nodes", "times", "processor time", "times", "a node", "memory", "a further node")
    table = Table(title, header, note=NOTE)
    costs: list[Cost] = []
    for place, size in enumerate(SIZES):
        costs.append(command_cost([*GRAPHBP, *command, str(networks.write(folder, kind, size))]))
        table.rows.append((f"{size:,}", *_compared(costs, place)))
        table.curves.setdefault(title, []).append((size, costs[-1].user))
    return table


def _compared(costs: Sequence[Cost], place: int) -> tuple[str, ...]:
    """The cost of a size beside that of the size before."""
    size, cost = SIZES[place], costs[place]
    time, memory = (shown(cost.user), f"{cost.megabytes:.0f} MB")
    if not place:
        return ("–", time, "–", shown(cost.user / size), memory, "–")
    further = (cost.megabytes - costs[place - 1].megabytes) / (size - SIZES[place - 1])
    times = growth(SIZES[place - 1], size), growth(costs[place - 1].user, cost.user)
    return (times[0], time, times[1], shown(cost.user / size), memory, f"{further * 1024:.1f} KB")


def expanded_table() -> Table:
    """SymPy's derivative of the loss written out as one expression, per layer; graphbp's shared form beside it."""
    from graphbp.api import Network

    header = ("layers", "operations written out", "SymPy diff", "times the line before", "graphbp run, all gradients",
              "times the line before")  # fmt: skip
    table = Table(f"One more layer of {WIDTH} sigmoid units", header, axes=("layers", "seconds of processor time"),
                  note="SymPy differentiates the loss as one expression, with respect to one weight.")  # fmt: skip
    before: tuple[float, float] | None = None
    for layers in LAYERS:
        operations, sympy_time = expanded(layers)
        net = Network.of(scalar_layers(layers))
        start = time.process_time()
        result = net.run()
        _ = {name: result[name].gradient for name in net.arrays}
        ours = time.process_time() - start
        told = (growth(before and before[0], sympy_time), growth(before and before[1], ours))
        table.rows.append((str(layers), f"{operations:,}", shown(sympy_time), told[0], shown(ours), told[1]))
        table.curves.setdefault("SymPy, one gradient", []).append((layers, sympy_time))
        table.curves.setdefault("graphbp, all gradients", []).append((layers, ours))
        before = sympy_time, ours
    return table


def scalar_layers(layers: int):  # type: ignore[no-untyped-def]
    """Fully connected layers, every number a node of its own."""
    from graphbp.network import Network

    net = Network("layers")
    last = [f"x{i}" for i in range(WIDTH)]
    for name in last:
        net.input(name, 0.3)
    for layer in range(1, layers + 1):
        now = []
        for j in range(WIDTH):
            weights = [f"w{layer}_{j}_{i}" for i in range(WIDTH)]
            for weight in weights:
                net.parameter(weight, 0.1)
            net.node(f"z{layer}_{j}", " + ".join(f"{w}*{x}" for w, x in zip(weights, last, strict=True)))
            net.node(f"a{layer}_{j}", f"sigmoid(z{layer}_{j})")
            now.append(f"a{layer}_{j}")
        last = now
    net.loss("l", f"({' + '.join(last)})**2/2")
    return net


def expanded(layers: int) -> tuple[int, float]:
    """The operations of SymPy's derivative of the same loss, and the time that it takes."""
    import sympy

    last = list(sympy.symbols(f"x:{WIDTH}"))
    first = None
    for layer in range(1, layers + 1):
        rows = [sympy.symbols(f"w{layer}_{j}_:{WIDTH}") for j in range(WIDTH)]
        first = first or rows[0][0]
        sums = [sum(w * x for w, x in zip(row, last, strict=True)) for row in rows]
        last = [1 / (1 + sympy.exp(-z)) for z in sums]
    loss = sum(last) ** 2 / 2
    start = time.process_time()
    slope = loss.diff(first)
    spent = time.process_time() - start
    return int(slope.count_ops()), spent
