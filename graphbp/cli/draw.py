"""graphbp draw: one picture."""

from __future__ import annotations

import click
from click.core import ParameterSource

from graphbp import api
from graphbp.cli.common import load_network, network_options, progress, show_options


@click.command("draw", epilog="\b\nExamples:\ngraphbp draw two-layer -o graph.svg\n"
               "graphbp draw two-layer --view reverse -o reverse.pdf\n"
               "graphbp draw lecture-d3 --view network -o network.png --scale 3\n"
               "graphbp draw one-neuron --view descent --wrt w1 --wrt w2 -o descent.pdf")  # fmt: skip
@network_options
@click.option("-o", "--output", "outputs", multiple=True, required=True, metavar="FILE",
              help="Where to; the ending tells the format.  May be given several times.")  # fmt: skip
@click.option("--view", default="graph", show_default=True, metavar="VIEW", help="graph, network, reverse or descent.")
@click.option("--show", metavar="LIST",
              help="What to write into the graph: values,gradients,locals; other views heed values.")  # fmt: skip
@click.option("--fold", type=click.IntRange(0, 4), metavar="LEVEL",
              help="0: a box for every node; 1: parameters inside the box that uses them; 2: also an activation with "
              "its sum; 3: no parameters; 4: the middle of long networks and wide layers left out.  Without it: "
              "whatever can be read on a slide, and a message where something is left out.")  # fmt: skip
@click.option("--wrt", multiple=True, metavar="NAME", help="View descent: the one or two parameters that move.")
@click.option("--steps", type=click.IntRange(0, 100), metavar="N", help="View descent: how many updates.  [default: 5]")
@click.option("--scale", type=click.FloatRange(0.1, 20), default=2.0, show_default=True,
              help="Pixels for each point of a bitmap.")  # fmt: skip
@show_options
def command(
    net: str, settings: tuple[str, ...], values: str | None, seed: int | None, outputs: tuple[str, ...], view: str,
    show: str | None, fold: int | None, wrt: tuple[str, ...], steps: int | None, scale: float, style: str | None,
    theme: str, digits: int,
) -> None:  # fmt: skip
    """Draw the network, its graph, the reverse network or gradient descent."""
    api.check_endings(outputs, picture=True)
    network = load_network(net, settings, values, seed, style)
    wanted = None if show is None else [part.strip() for part in show.split(",") if part.strip()]
    with progress("drawing"):
        chosen = (
            {"digits": digits}
            if click.get_current_context().get_parameter_source("digits") is not ParameterSource.DEFAULT
            else {}
        )
        drawing = network.draw(view, show=wanted, fold=fold, wrt=wrt, steps=steps, theme=theme, **chosen)
        drawing.save(*outputs, scale=scale)
    for note in drawing.scene.notes:
        click.echo(f"graphbp: {note}", err=True)
