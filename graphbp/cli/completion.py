"""graphbp completion: the completion script of a shell."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", epilog='\b\nExamples:\neval "$(graphbp completion bash)"\n'
               "graphbp completion fish > ~/.config/fish/completions/graphbp.fish")  # fmt: skip
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from graphbp.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "graphbp", "_GRAPHBP_COMPLETE").source())
