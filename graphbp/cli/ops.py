"""graphbp ops: the operations, and one in detail."""

from __future__ import annotations

import click

from graphbp import api
from graphbp.cli.common import has_colour, text_width


@click.command("ops", epilog="\b\nExamples:\ngraphbp ops\ngraphbp ops sigmoid\ngraphbp ops softmax -o softmax.pdf")
@click.argument("name", required=False)
@click.option("-o", "--output", "outputs", multiple=True, metavar="FILE", help="Write the page of one operation.")
def command(name: str | None, outputs: tuple[str, ...]) -> None:
    """List the operations; explain one."""
    if name is None:
        for each, words in api.operations().items():
            click.echo(f"{each}  {words}")
        return
    page = api.operation(name)
    if outputs:
        page.save(*outputs)
    else:
        click.echo(page.text(text_width(), has_colour()), nl=False)
