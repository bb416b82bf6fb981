"""What an attribute may hold: one row for each name, whichever operations have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from graphbp.errors import UsageError


def checked(op: str, name: str, value: Any, default: Any) -> Any:
    """The value of an attribute as kernels take it.

    None stands for "not given" where it is the default.

    Raises: UsageError if it is of another kind.

    >>> checked("sum", "keepdims", 1, False)
    True
    """
    if value is None and default is None:
        return None
    kind, wanted = KINDS[name]
    found = kind(value)
    if found is None:
        raise UsageError(f"{op}: {name} must be {wanted}, not {_shown(value)}")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    return f'"{value}"' if isinstance(value, str) else str(value)


# Each kind gives the value as it is kept, or None if it is of another kind.


def _anything(value: Any) -> Any:
    return value


def _number(value: Any) -> Any:
    """Floats, fractions, and the long decimals of witnesses; True is no number here."""
    return None if isinstance(value, bool) or not hasattr(value, "__float__") else value


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    return value if _whole(value) is not None and value > 0 else None


def _flag(value: Any) -> bool | None:
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _wholes(value: Any) -> Any:
    several = value if isinstance(value, tuple) else (value,)
    return value if all(_whole(one) is not None for one in several) else None


def _different_wholes(value: Any) -> Any:
    repeated = isinstance(value, tuple) and len(set(map(repr, value))) < len(value)
    return None if repeated else _wholes(value)


def _border(value: Any) -> Any:
    return _word(value) or _wholes(value)


def _sizes(value: Any) -> Any:
    several = value if isinstance(value, tuple) else (value,)
    return value if all(_word(one) or _whole(one) is not None for one in several) else None


def _places(value: Any) -> Any:
    return value if isinstance(value, tuple) else None


Kind = Callable[[Any], Any]

KINDS: Mapping[str, tuple[Kind, str]] = MappingProxyType(
    {
        **dict.fromkeys(("slope", "alpha", "threshold", "min", "max", "min_val", "max_val"), (_number, "a number")),
        **dict.fromkeys(("correction", "start_dim", "end_dim"), (_whole, "a whole number")),
        **dict.fromkeys(("groups", "num_classes"), (_count, "a whole number from 1")),
        **dict.fromkeys(("size", "stride", "dilation", "output_padding", "pad"), (_wholes, "whole numbers")),
        **dict.fromkeys(("axis", "axes"), (_different_wholes, "a whole number, or several different ones")),
        **dict.fromkeys(("reduction", "approximate", "equation"), (_word, "a word in quotes")),
        **dict.fromkeys(("params", "body", "functions"), (_anything, "")),
        "keepdims": (_flag, "True or False"),
        "padding": (_border, 'a whole number, several, "same" or "valid"'),
        "shape": (_sizes, "a size, or several"),
        "places": (_places, "places such as x[0, 1:3]"),
    }
)
"""What is checked, and how a message calls it."""
