"""graphbp explain: the derivation, as a document or in the terminal."""

from __future__ import annotations

import click

from graphbp import api
from graphbp.cli.common import (
    has_colour,
    load_network,
    network_options,
    progress,
    show_options,
    text_width,
)  # fmt: skip


@click.command("explain", epilog="\b\nExamples:\ngraphbp explain two-layer\n"
               "graphbp explain two-layer -o two-layer.pdf\n"
               "graphbp explain two-layer --wrt w5 --wrt w6 -o part.pdf -o part.typ\n"
               "graphbp explain two-layer --only dl/dw1 --detail brief")  # fmt: skip
@network_options
@click.option("-o", "--output", "outputs", multiple=True, metavar="FILE",
              help="Where to; the ending tells the format.  May be given several times.")  # fmt: skip
@click.option("--wrt", multiple=True, metavar="NAME", help="Only what these gradients need.")
@click.option("--only", metavar="dl/dw1", help="Only the step that finds this gradient.")
@click.option("--reading", default=None, metavar="READING",
              help="unit, layer, entry, path or closed.  [default: unit for numbers, layer for arrays]")  # fmt: skip
@click.option("--detail", type=click.Choice(["brief", "normal", "full"]), default="normal", show_default=True,
              help="How many lines a step has.")  # fmt: skip
@click.option("--numbers", type=click.Choice(["decimal", "exact", "none"]), default="decimal", show_default=True,
              help="How numbers are shown.")  # fmt: skip
@show_options
def command(
    net: str, settings: tuple[str, ...], values: str | None, seed: int | None, outputs: tuple[str, ...],
    wrt: tuple[str, ...], only: str | None, reading: str | None, detail: str, numbers: str, style: str | None,
    theme: str, digits: int,
) -> None:  # fmt: skip
    """Derive the gradients, step by step."""
    api.check_endings(outputs, picture=False)
    network = load_network(net, settings, values, seed, style)
    with progress("deriving"):
        explanation = network.explain(wrt or None, only=only, reading=reading, detail=detail, numbers=numbers,
                                      digits=digits, theme=theme)  # fmt: skip
        if outputs:
            explanation.save(*outputs)
            return
        text = explanation.text(text_width(), has_colour())
    click.echo(text, nl=False)
