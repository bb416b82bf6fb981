"""Numbers, arrays, names and shapes out of the YAML tree; numbers are read here and not by YAML."""

from __future__ import annotations

from fractions import Fraction

from graphbp.errors import FileProblem, GraphbpError, did_you_mean
from graphbp.graph import Shape, Size
from graphbp.importers.yaml_tree import QUOTE, Item, Listing, Scalar, Table, decode, read_tree
from graphbp.network.declared import checked_name, shown
from graphbp.notation.reading import parse_number
from graphbp.notation.tree import Array, Expr, Number


def read_value(item: Item) -> Expr | None:
    """A number, a nested list of numbers, or None for ~.

    Raises: GraphbpError with the place.
    """
    if isinstance(item, Scalar):
        return None if item.empty else read_number(item)
    if isinstance(item, Listing):
        return Array(tuple(_entry(part) for part in item.items))
    raise FileProblem("a number or a list of numbers is needed here", source=item.source)


def _entry(item: Item) -> Expr:
    value = read_value(item)
    if value is None:
        raise FileProblem("an array needs a number for every entry", source=item.source)
    return value


def read_number(item: Scalar) -> Number:
    """The number as the author wrote it; a fraction 1/3 too.

    Raises: GraphbpError with the place.
    """
    try:
        above, slash, below = item.text.partition("/")
        if not slash:
            return parse_number(item.text.strip())
        return _fraction(parse_number(above.strip()), parse_number(below.strip()), item)
    except GraphbpError as error:
        raise error.at(source=item.source) from None


def _fraction(above: Number, below: Number, item: Scalar) -> Number:
    if not below.value:
        raise FileProblem(f"{item.text} divides by zero", source=item.source)
    return Number(Fraction(above.value) / Fraction(below.value), f"{above.text}/{below.text}")


def read_literal(text: str) -> Expr:
    """A value as it is written in a file or behind --set.

    Raises: GraphbpError.

    >>> read_literal("0.50").text
    '0.50'
    """
    value = read_value(read_tree(decode(text.encode(), None)))
    if value is None:
        raise FileProblem("a number is needed", fix="write 0.3 or [0.3, 0.4]")
    return value


def read_text(item: Item, what: str) -> str:
    """A text.

    Raises: FileProblem if it is a list or a table.
    """
    if not isinstance(item, Scalar):
        raise FileProblem(f"{what} must be a text", source=item.source, fix=QUOTE)
    return item.text


def read_formula(item: Item, what: str) -> str:
    """The text of a formula, on one line.

    Raises: FileProblem if there is none.
    """
    if not isinstance(item, Scalar):
        raise FileProblem(f"{what} needs a formula, and YAML reads a {_kind(item)} here", source=item.source, fix=QUOTE)
    if item.empty:
        raise FileProblem(f"{what} has no formula", source=item.source, fix=f"write {what}: w*x + b")
    return " ".join(item.text.split())


def _kind(item: Item) -> str:
    return "list" if isinstance(item, Listing) else "table"


def read_table(item: Item, what: str) -> Table:
    """A table; nothing at all is an empty one.

    Raises: FileProblem if it is something else.
    """
    if isinstance(item, Table):
        return item
    if isinstance(item, Scalar) and item.empty:
        return Table(item.source)
    raise FileProblem(f"{what} must be a table of names", source=item.source, fix=f"write {what}: {{name: …}}")


def read_list(item: Item, what: str) -> list[Item]:
    """A list; nothing at all is an empty one.

    Raises: FileProblem if it is something else.
    """
    if isinstance(item, Listing):
        return item.items
    if isinstance(item, Scalar) and item.empty:
        return []
    raise FileProblem(f"{what} must be a list", source=item.source, fix=f"write {what}: […]")


def read_names(item: Item, what: str) -> tuple[str, ...]:
    """A list of names.

    Raises: GraphbpError with the place.
    """
    return tuple(checked_name(read_text(part, what), part.source) for part in read_list(item, what))


def read_shape(item: Item) -> Shape:
    """A shape: whole numbers, and letters for open sizes.

    Raises: GraphbpError with the place.
    """
    return tuple(_size(part) for part in read_list(item, "shape"))


def _size(item: Item) -> Size:
    text = read_text(item, "a size")
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0:
        return int(text)
    if not text[:1].isalpha():
        raise FileProblem(f"{shown(text)} is not a size", source=item.source,
                          fix="a size is a number from 1 on, or a letter")  # fmt: skip
    return checked_name(text, item.source)


def read_whole(item: Item, what: str) -> int:
    """A whole number.

    Raises: FileProblem if it is none.
    """
    text = read_text(item, what)
    if not (text.isascii() and text.lstrip("+").isdigit() and len(text) < 19):
        raise FileProblem(f"{what} must be a whole number, not {shown(text)}", source=item.source)
    return int(text)


def only_keys(table: Table, known: tuple[str, ...], what: str) -> None:
    """Refuse keys that mean nothing.

    Raises: FileProblem with the nearest known key.
    """
    for key, (source, _) in table.rows.items():
        if key not in known:
            remedy = did_you_mean(key, known) or f"known are {', '.join(known)}"
            raise FileProblem(f"{what} has no entry {shown(key)}", source=source, fix=remedy)
