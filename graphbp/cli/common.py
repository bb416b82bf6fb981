"""What the commands share: the network argument, values from the command line, progress."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from graphbp import api
from graphbp.errors import FileProblem, GraphbpError, Source, UsageError

F = TypeVar("F", bound=Callable[..., Any])


def complete_network(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """The ready-made networks whose names begin so, and files."""
    from click.shell_completion import CompletionItem

    names = [CompletionItem(name) for name in api.examples() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def network_options(function: F) -> F:
    """The network argument and the options that give it numbers."""
    for decorate in reversed(
        [
            click.argument("net", shell_complete=complete_network),
            click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Give a value: w1=0.3."),
            click.option("--values", type=click.Path(), metavar="FILE", help="Read values from a .json or .npz file."),
            click.option("--seed", type=int, help="Another seed for the parameters that are drawn."),
        ]
    ):
        function = decorate(function)
    return function


def show_options(function: F) -> F:
    """How things are shown."""
    for decorate in reversed(
        [
            click.option("--style", help="Notation style.  [default: the network's]"),
            click.option(
                "--theme", default="paper", show_default=True, help="Colours: paper, light, dark, transparent."
            ),
            click.option(
                "--digits", type=click.IntRange(1, 17), default=4, show_default=True, help="Significant digits."
            ),
        ]
    ):
        function = decorate(function)
    return function


def load_network(net: str, settings: Sequence[str] = (), values: str | None = None, seed: int | None = None,
                 style: str | None = None) -> api.Network:  # fmt: skip
    """The network with the values that the command line gives it.

    Raises: GraphbpError.
    """
    network = api.load(net)
    given = {**(read_values(Path(values)) if values else {}), **dict(map(read_setting, settings))}
    if given or seed is not None:
        network = network.with_values(given, seed=seed)
    if style is not None:
        network.style = style
    return network


def read_setting(text: str) -> tuple[str, Any]:
    """Name and value of `w1=0.3`.

    Raises: UsageError, or FormulaError if the value is no number.
    """
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"cannot read --set {text}", fix="write --set w1=0.3")
    try:
        return name.strip(), api.read_literal(value)
    except GraphbpError as error:
        error.source = Source(f"--set {name.strip()}")
        raise


def read_values(path: Path) -> dict[str, Any]:
    """The values in a .json or .npz file.

    Raises: FileProblem if it cannot be read.
    """
    try:
        if path.suffix == ".npz":
            return _read_npz(path)
        table = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileProblem(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise FileProblem(f"cannot read {path}: {error}", fix="values are a JSON table or a .npz file") from None
    if not isinstance(table, dict):
        raise FileProblem(f"{path} holds no table", fix='write {"w1": 0.3}')
    return table


def _read_npz(path: Path) -> dict[str, Any]:
    import zipfile

    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from None


@contextmanager
def progress(words: str) -> Iterator[None]:
    """Say on a terminal what takes its time; say nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield


def text_width() -> int:
    """The terminal's width, 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, 120) if sys.stdout.isatty() else 80


def has_colour() -> bool:
    """Whether colours are wanted: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
