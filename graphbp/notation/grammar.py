"""The parser of formulas, built beforehand: Lark needs longer to build its tables than a small network needs to run.

`python -m graphbp.notation.grammar` builds them anew after a change of `formula.lark`.
"""

from __future__ import annotations

import hashlib
import io
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark, Transformer

GRAMMAR, TABLES = "formula.lark", "formula.tables"


def formula_parser(transformer: Transformer[Any, Any]) -> Lark:
    """The parser, from the tables beside the grammar if they belong to it and to this version of Lark."""
    from lark import Lark

    grammar = _read(GRAMMAR)
    stamp, _, tables = _read(TABLES).partition(b"\n")
    if stamp == _stamp(grammar):
        # Lark.load takes no transformer; what it calls does.
        return Lark.__new__(Lark)._load(io.BytesIO(tables), transformer=transformer)
    return build(grammar, transformer)


def build(grammar: bytes, transformer: Transformer[Any, Any] | None = None) -> Lark:
    """The parser, made from the grammar."""
    from lark import Lark

    return Lark(grammar.decode(), parser="lalr", transformer=transformer, maybe_placeholders=True)


def _read(name: str) -> bytes:
    data = pkgutil.get_data("graphbp.notation", name)
    assert data is not None
    return data


def _stamp(grammar: bytes) -> bytes:
    """What tables depend on."""
    import lark

    return f"lark {lark.__version__} {hashlib.sha256(grammar).hexdigest()}".encode()


def write() -> None:
    """Build the tables beside the grammar."""
    grammar, tables = _read(GRAMMAR), io.BytesIO()
    build(grammar).save(tables)
    Path(__file__).with_name(TABLES).write_bytes(_stamp(grammar) + b"\n" + tables.getvalue())


if __name__ == "__main__":
    write()
