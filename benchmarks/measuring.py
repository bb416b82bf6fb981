"""Times and memory of functions and of whole commands, and the tables that hold them."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRAPHBP = (sys.executable, "-m", "graphbp")
LAUNCHER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py")))


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: seconds of the processor, seconds on the clock, memory at its peak."""

    user: float
    wall: float
    megabytes: float


@dataclass
class Table:
    """Figures of one benchmark; `curves` are drawn as a chart: name -> [(x, y), …]."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    axes: tuple[str, str] = ("scalar nodes", "seconds of processor time")

    def text(self) -> str:
        """The table in Markdown, which reads well on a terminal too."""
        cells = [list(self.header), *map(list, self.rows)]
        widths = [max(len(row[k]) for row in cells) for k in range(len(self.header))]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
                 for row in cells]  # fmt: skip
        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        return "\n".join([f"### {self.title}", "", lines[0], rule, *lines[1:], *(["", self.note] if self.note else [])])


def command_cost(command: Sequence[str], folder: str | None = None) -> Cost:
    """One run of a command, its output thrown away; the system's own accounting of the finished process.

    Raises: RuntimeError if the command fails.
    """
    run = subprocess.run([*LAUNCHER, *command], check=False, capture_output=True, cwd=folder, text=True)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)}: {run.stderr}")
    return Cost(*json.loads(run.stdout))


def side_by_side(commands: Sequence[Sequence[str]], times: int, folder: str | None = None) -> list[Cost]:
    """The medians of commands that run in turn, so that a change of the machine's speed meets all alike."""
    runs = [[command_cost(command, folder) for command in commands] for _ in range(times + 1)][1:]
    return [
        Cost(*(statistics.median(getattr(run[k], part) for run in runs) for part in ("user", "wall", "megabytes")))
        for k in range(len(commands))
    ]


def in_turn(jobs: Sequence[Callable[[], object]], times: int = 7) -> list[float]:
    """The median processor seconds of functions that are timed in turn, after a round that is not counted.

    A quick function is called again and again until a round takes LONG_ENOUGH, as those who train call it.
    """
    # A function that leaves circles behind pays for finding them, not for walking over all that others have made.
    gc.collect()
    gc.freeze()
    calls = [max(1, round(LONG_ENOUGH / _seconds(job, 3))) for job in jobs]
    rounds = [[_seconds(job, count) for job, count in zip(jobs, calls, strict=True)] for _ in range(times)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


LONG_ENOUGH = 0.05
"""Seconds of one round: the clock ticks, and one call would pay for what another function left in the caches."""


def _seconds(job: Callable[[], object], calls: int) -> float:
    # What one function leaves behind must not be cleared away in the time of the next.
    gc.collect()
    start = time.process_time()
    for _ in range(calls):
        job()
    return (time.process_time() - start) / calls


def shown(seconds: float) -> str:
    """Seconds in a unit that is easy to read."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def growth(before: float | None, now: float) -> str:
    """How many times more than one line before."""
    return "–" if not before else f"{now / before:.2f}"
