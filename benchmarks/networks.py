"""Large networks as files: chains, and graphs in which every node uses two of the last ten at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

HEAD = "inputs: {x: 0.5}\nparameters: {w: 0.7, b: 0.1}\nnodes:\n"
MIXED = ("w*{0} + b", "tanh({0} + {1})", "{0}*{1} - b", "sigmoid({0}) + w*{1}", "{0}/(1 + {1}**2)")
REACH = 10


def chain(nodes: int) -> str:
    """Units one behind the other, all with the same weight and bias."""
    lines = (f"  a{k}: sigmoid(w*{_before(k)} + b)" if k % 2 else f"  a{k}: w*{_before(k)} + b"
             for k in range(1, nodes))  # fmt: skip
    return HEAD + "\n".join(lines) + f"\nloss: {{l: ({_before(nodes)} - 0.3)**2}}\n"


def _before(k: int) -> str:
    return f"a{k - 1}" if k > 1 else "x"


def random_graph(nodes: int) -> str:
    """Formulas drawn from a few patterns over earlier nodes; the same file for the same number of nodes."""
    draw = random.Random(nodes)
    return HEAD + "\n".join(_random_lines(nodes, draw)) + "\n"


def _random_lines(nodes: int, draw: random.Random) -> Iterator[str]:
    names = ["x"]
    for k in range(1, nodes):
        formula = draw.choice(MIXED).format(draw.choice(names[-REACH:]), draw.choice(names[-REACH:]))
        names.append(f"a{k}")
        yield f"  a{k}: {formula}"
    yield f"loss: {{l: ({' + '.join(names[-REACH:])})**2}}"


def write(folder: Path, kind: str, nodes: int) -> Path:
    """The file of a network in a folder."""
    path = folder / f"{kind}-{nodes}.yaml"
    path.write_text({"chain": chain, "random": random_graph}[kind](nodes), encoding="utf-8")
    return path
