"""graphbp run: forward and backward numbers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import zip_longest
from unicodedata import combining, east_asian_width

import click

from graphbp import api
from graphbp.cli.common import load_network, network_options


@click.command("run", epilog="\b\nExamples:\ngraphbp run two-layer\ngraphbp run two-layer --set w1=0.3 --format json\n"
               'graphbp run "(w*x - t)**2" --set w=0.5 --set x=3 --set t=1')  # fmt: skip
@network_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="A table to read, or JSON with all digits.")  # fmt: skip
@click.option("--digits", type=click.IntRange(1, 17), default=4, show_default=True, help="Significant digits.")
def command(net: str, settings: tuple[str, ...], values: str | None, seed: int | None, form: str, digits: int) -> None:
    """Print the forward and backward numbers."""
    network = load_network(net, settings, values, seed)
    numbers = api.numbers(network)
    for warning in numbers.warnings:
        click.echo(f"graphbp: {warning}", err=True)
    if form == "json":
        click.echo(numbers.json())
    else:
        _print_table(numbers, digits)


def _print_table(numbers: api.Numbers, digits: int) -> None:
    """The numbers as tables, headers bold on a terminal."""
    width = shutil.get_terminal_size().columns
    for place, (title, header, rows) in enumerate(numbers.tables(digits)):
        if place:
            click.echo()
        lines = table_lines(header, rows)
        if len(lines[0]) > width or not all(map(_narrow, lines)):
            _print_folded(title, header, rows)
            continue
        tall = max(cell.count("\n") for cell in header) + 1
        head = [*([title] if title else []), *(click.style(line, bold=True) for line in lines[:tall])]
        click.echo("\n".join([*head, *lines[tall:]]))


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Header and rows as lines of one length, names left and numbers right, arrays over several lines.

    >>> table_lines(("node", "value"), [("x", "[1,\\n 2]")])
    ['node  value', 'x       [1,', '         2]']
    """
    tall = max(cell.count("\n") for cell in header)
    low = ["\n" * (tall - cell.count("\n")) + cell for cell in header]
    split = [[cell.split("\n") for cell in row] for row in (low, *rows)]
    widths = [max(len(line) for row in split for line in row[place]) for place in range(len(header))]
    form = "  ".join([f"{{:<{widths[0]}}}", *(f"{{:>{width}}}" for width in widths[1:])])
    return [form.format(*parts) for row in split for parts in zip_longest(*row, fillvalue="")]


def _narrow(line: str) -> bool:
    """Whether every character takes one place on a terminal."""
    return line.isascii() or not any(east_asian_width(char) in "WF" or combining(char) for char in line)


def _print_folded(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table whose cells must be folded to fit, or that holds wide characters."""
    # Not above: it takes as long to load as a small network takes to run.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column(header[0], no_wrap=True)
    for name in header[1:]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, soft_wrap=False).print(table)
