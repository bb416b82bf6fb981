"""What a command costs from a cold start, beside a program that does nothing but load click."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import GRAPHBP, Table, shown, side_by_side

TIMES = 5
EMPTY = """import click
@click.command()
@click.version_option("1", prog_name="empty")
def main():
    pass
main()
"""
COMMANDS = {
    "graphbp --version": ("--version",),
    "graphbp run two-layer": ("run", "two-layer"),
    "graphbp explain two-layer": ("explain", "two-layer"),
    "graphbp explain two-layer -o x.pdf": ("explain", "two-layer", "-o", "x.pdf"),
    "graphbp draw two-layer -o x.svg": ("draw", "two-layer", "-o", "x.svg"),
}


def tables() -> Iterator[Table]:
    """Whole processes, in turn with the empty program; then a picture in a process that has made one before."""
    with TemporaryDirectory() as folder:
        # An installed program has its byte code; the first round, which is not counted, writes it.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        program = Path(folder) / "empty.py"
        program.write_text(EMPTY, encoding="utf-8")
        every = [[sys.executable, str(program), "--version"], *([*GRAPHBP, *words] for words in COMMANDS.values())]
        costs = side_by_side(every, TIMES, folder)
        header = ("command", "on the clock", "processor time", "times the empty program")
        table = Table("Cold start", header, note="Medians of whole processes that run in turn.")
        for name, cost in zip(["empty click program", *COMMANDS], costs, strict=True):
            table.rows.append((name, shown(cost.wall), shown(cost.user), f"{cost.user / costs[0].user:.2f}"))
        yield table
        yield warm(Path(folder))


def warm(folder: Path) -> Table:
    """The second and later pictures and pages of one process."""
    import graphbp

    net = graphbp.example("two-layer")
    table = Table("Warm: in a process that has made one before", ("job", "on the clock"))
    for name, job in (
        ("picture .svg", lambda: net.draw().save(str(folder / "x.svg"))),
        ("picture .pdf", lambda: net.draw().save(str(folder / "x.pdf"))),
        ("derivation .pdf", lambda: net.explain().save(str(folder / "y.pdf"))),
    ):
        job()
        times = []
        for _ in range(TIMES):
            start = time.perf_counter()
            job()
            times.append(time.perf_counter() - start)
        table.rows.append((name, shown(sorted(times)[len(times) // 2])))
    return table
