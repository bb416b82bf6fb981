"""graphbp run: forward and backward numbers."""

from __future__ import annotations

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
    """The numbers as a table, in colour on a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False)
    for place, (title, header, rows) in enumerate(numbers.tables(digits)):
        if place:
            console.print()
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        table.add_column(header[0], no_wrap=True)
        for name in header[1:]:
            table.add_column(name, justify="right")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
