"""graphbp run: forward and backward numbers."""

from __future__ import annotations

from collections.abc import Sequence

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


LONG = 200
"""Tables of more rows are set by hand, as it takes a tenth of the time."""


def _lines(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The table as text, names left and numbers right; nothing if it is too wide or a cell has several lines."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    if sum(widths) + 2 * (len(widths) - 1) > width or any("\n" in cell for column in columns for cell in column):
        return []
    form = "  ".join([f"{{:<{widths[0]}}}", *(f"{{:>{one}}}" for one in widths[1:])])
    return [form.format(*row) for row in (header, *rows)]


def _print_table(numbers: api.Numbers, digits: int) -> None:
    """The numbers as a table, in colour on a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False)
    for place, (title, header, rows) in enumerate(numbers.tables(digits)):
        if place:
            console.print()
        if len(rows) > LONG and not title and (lines := _lines(header, rows, console.width)):
            console.print(Text(lines[0], "bold"))
            click.echo("\n".join(lines[1:]))
            continue
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        table.add_column(header[0], no_wrap=True)
        for name in header[1:]:
            table.add_column(name, justify="right")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
