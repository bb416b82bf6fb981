"""Checking claims: what `net.check` and the command line call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from graphbp.errors import UsageError

if TYPE_CHECKING:
    from graphbp.check.checker import Checker
    from graphbp.check.functions import FunctionReport
    from graphbp.check.verdict import Verdict
    from graphbp.network import Network

_CHECKERS: WeakKeyDictionary[Network, tuple[str, Checker]] = WeakKeyDictionary()

HINT = 2
"""The level of hints where nobody asks for one: where and which kind, but not the answer."""


def checker(network: Network) -> Checker:
    """The checker of a network, kept until the network changes."""
    from graphbp.check.checker import Checker

    text = network.canonical()
    known = _CHECKERS.get(network)
    if known is None or known[0] != text:
        # A copy: what is kept for a network must not keep the network itself.
        known = (text, Checker(network.copy()))
        _CHECKERS[network] = known
    return known[1]


def check(network: Network, claim: str, hint: int = HINT) -> Verdict:
    """The verdict on one claim."""
    if hint not in range(4):
        raise UsageError(f"there is no hint {hint}", fix="hints are 0, 1, 2 and 3")
    return checker(network).check(claim, hint)


def check_function(network: Network, function: Callable[..., Any]) -> FunctionReport:
    """The report on a learner's own backward pass in NumPy."""
    from graphbp.check.functions import check_function

    return check_function(network, function)


def report(verdicts: Sequence[Verdict], form: str) -> str:
    """The verdicts as text, json, junit or csv."""
    from graphbp.check.report import FORMATS

    return FORMATS[form](verdicts)


def check_many(network: Network, claims: Iterable[str], files: Iterable[Path] = (), hint: int = HINT) -> list[Verdict]:
    """The verdicts on claims and on files of claims, each in its own budget.

    Raises: FileProblem if a file cannot be read.
    """
    from graphbp.check.many import check_all, tasks

    return check_all(network, tasks(claims, files), hint, checker(network))


def save_verdicts(network: Network, verdicts: Sequence[Verdict], *paths: str | Path, theme: str = "paper") -> None:
    """Write the verdicts as documents; the ending tells the format."""
    from graphbp import formats
    from graphbp import theme as themes
    from graphbp.document.verdict import verdict_document

    chosen = themes.get(theme)
    document = verdict_document(network, verdicts, theme=chosen)
    for path in paths:
        formats.write(document, path, theme=chosen)
