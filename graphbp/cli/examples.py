"""graphbp examples: list the ready-made networks, show one, copy one."""

from __future__ import annotations

from pathlib import Path

import click

from graphbp import api
from graphbp.errors import FileProblem


@click.command("examples", epilog="\b\nExamples:\ngraphbp examples\ngraphbp examples two-layer --copy .")
@click.argument("name", required=False)
@click.option("--copy", type=click.Path(), metavar="DIR", help="Copy the file of the network into a folder.")
def command(name: str | None, copy: str | None) -> None:
    """List the ready-made networks; show or copy one."""
    if copy is not None:
        _copy([name] if name else list(api.examples()), Path(copy))
    elif name is None:
        for each, description in api.examples().items():
            click.echo(f"{each}  {description}")
    else:
        click.echo(api.example_text(name), nl=False)


def _copy(names: list[str], folder: Path) -> None:
    texts = {name: api.example_text(name) for name in names}
    if not folder.is_dir():
        raise FileProblem(f"there is no folder {folder}", fix="make it first")
    for name, text in texts.items():
        path = folder / f"{name}.yaml"
        if path.exists():
            raise FileProblem(f"{path} exists already", fix="move it away, or copy to another folder")
        api.write_whole(path, text.encode())
        click.echo(path)
