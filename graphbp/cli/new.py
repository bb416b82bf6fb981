"""graphbp new: a commented network file to start from."""

from __future__ import annotations

from pathlib import Path

import click

from graphbp import api
from graphbp.errors import FileProblem


@click.command("new", epilog='\b\nExamples:\ngraphbp new mine.yaml\ngraphbp new deep.yaml --layers "2 3 1"')
@click.argument("file", type=click.Path())
@click.option("--layers", metavar='"2 3 1"', help="Sizes: inputs, units of each layer, outputs.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def command(file: str, layers: str | None, force: bool) -> None:
    """Write a commented network file to start from."""
    path, text = Path(file), api.starter(layers)
    if path.exists() and not force:
        raise FileProblem(f"{path} exists already", fix="choose another name, or replace it with --force")
    api.write_whole(path, text.encode())
    click.echo(f"wrote {path}; now try: graphbp explain {path}")
