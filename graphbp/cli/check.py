"""graphbp check: the verdict on a hand-derived gradient."""

from __future__ import annotations

import sys

import click

from graphbp import api
from graphbp.cli.common import load_network, network_options, progress


@click.command(
    "check",
    epilog="\b\nExamples:\n"
    'graphbp check two-layer "dl/dw5 = (y1 - t1)*y1*(1 - y1)*a1"\n'
    'graphbp check two-layer "dl/dw5 = 0.0822" --hint 3\n'
    "graphbp check two-layer --claims answers.yaml --format json\n"
    'graphbp check two-layer "dl/dw1 = dl/dz1 * w1" -o verdict.pdf',
)
@network_options
@click.argument("claims", nargs=-1, metavar="[CLAIM]…")
@click.option(
    "--claims",
    "files",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Read claims from a .yaml, .txt, .md, .tex, .csv or .ipynb file, or the steps of explain -o FILE.json.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "csv"]),
    default="text",
    show_default=True,
    help="How verdicts are printed.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write the verdict with its picture; the ending tells the format.  May be given several times.",
)
@click.option(
    "--hint",
    type=click.IntRange(0, 3),
    default=2,
    show_default=True,
    help="0: the verdict only, 1: where, 2: which kind of mistake, 3: the correction.",
)
@click.option("--theme", default="paper", show_default=True, help="Colours: paper, light, dark, transparent.")
def command(
    net: str,
    settings: tuple[str, ...],
    values: str | None,
    seed: int | None,
    claims: tuple[str, ...],
    files: tuple[str, ...],
    form: str,
    outputs: tuple[str, ...],
    hint: int,
    theme: str,
) -> None:
    """Judge a hand-derived gradient: right or wrong, where first, and which mistake."""
    network = load_network(net, settings, values, seed)
    if not claims and not files:
        raise click.UsageError('there is no claim; write one in quotes, as in "dl/dw1 = …", or give --claims FILE')
    with progress("checking"):
        verdicts = network.check_many(claims, files, hint=hint)
        if outputs:
            api.save_verdicts(network, verdicts, *outputs, theme=theme)
    click.echo(api.report_verdicts(verdicts, form))
    sys.exit(0 if all(verdict.ok for verdict in verdicts) else 1)
