"""The command line: one module for each command, loaded only when that command runs."""

from __future__ import annotations

import gc
import os
import sys
import threading
from _thread import interrupt_main
from importlib import import_module
from typing import NoReturn

import click

from graphbp import __version__
from graphbp.errors import GraphbpError

COMMANDS = {
    "examples": "List the ready-made networks; show or copy one.",
    "new": "Write a commented network file to start from.",
    "run": "Print the forward and backward numbers.",
    "explain": "Derive the gradients, step by step.",
    "check": "Judge a hand-derived gradient: right or wrong, where first, and which mistake.",
    "draw": "Draw the network, its graph, the reverse network or gradient descent.",
    "ops": "List the operations; explain one.",
    "completion": "Print the completion script of a shell.",
}

EXAMPLES = """\b
Examples:
graphbp explain two-layer -o two-layer.pdf
graphbp draw two-layer --view reverse -o reverse.svg
graphbp run "sigmoid(w*x + b)" --set w=0.5 --set x=2 --set b=0
graphbp new mine.yaml && graphbp explain mine.yaml"""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, from its module `graphbp.cli.<name>`."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"graphbp.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; an unknown one is an error that names the nearest."""
        from graphbp.errors import did_you_mean

        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            remedy = did_you_mean(args[0], COMMANDS) or f"the commands are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {args[0]!r}; {remedy}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(__version__, prog_name="graphbp", message="%(prog)s %(version)s")
def cli() -> None:
    """Error backpropagation, derived step by step: numbers, documents and pictures of any network.

    NET is a network file, - for standard input, the name of a ready-made network, or a formula in quotes.
    """


def main() -> None:
    """Run the command line; every refusal is one message on standard error and exit status 2."""
    # Large networks are millions of small objects that live to the end: look for circles among them seldom.
    gc.set_threshold(1_000_000, 50, 100)
    sys.unraisablehook = _interrupted_again
    try:
        status = cli.main(prog_name="graphbp", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "graphbp"
        refuse(f"{error.format_message().rstrip('.')}; try {command} --help")
    except (click.ClickException, GraphbpError) as error:
        refuse(str(error))
    except click.Abort:
        refuse("interrupted", status=130)
    except (RecursionError, MemoryError) as error:
        refuse(f"the network is too large or too deeply nested ({type(error).__name__})")
    except Exception as error:
        # A mistake of graphbp's own: still one message, and its place for those who mend it.
        if os.environ.get("GRAPHBP_TRACEBACK"):
            raise
        shown = " ".join(str(error).split())[:200]
        what = f"internal error ({type(error).__name__}: {shown})"
        refuse(f"{what}; please report it, with what GRAPHBP_TRACEBACK=1 shows")


def _interrupted_again(event: sys.UnraisableHookArgs) -> None:
    """An interrupt that strikes inside a callback, where Python would only report it, strikes again after it."""
    if issubclass(event.exc_type, KeyboardInterrupt):
        # From another thread and a little later: struck from here it would be lost inside this hook.
        threading.Timer(0.01, interrupt_main).start()
    else:
        sys.__unraisablehook__(event)


def refuse(message: str, status: int = 2) -> NoReturn:
    """Say why nothing was done, and end."""
    click.echo(f"graphbp: {message}", err=True)
    sys.exit(status)
