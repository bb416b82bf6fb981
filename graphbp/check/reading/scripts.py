"""Sub- and superscripts as text: letters, numbers, and which entry they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graphbp.check.reading.raw import Script
from graphbp.notation.names import GREEK
from graphbp.notation.tree import Affine, Index, IndexExpr, Slice, affine

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱʲᵏˡᵐᴸᵀ", "0123456789+-()nijklmLT", strict=True))
SPELLED = {letter: name for name, letter in GREEK.items()} | {"ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta", "ς": "sigma"}
LOW, HIGH = "".join(SUBSCRIPTS), "".join(SUPERSCRIPTS)
LETTER = rf"[^\W\d_{LOW}{HIGH}]"
WORD = re.compile(rf"{LETTER}(?:{LETTER}|[0-9]|[\u0300-\u036f]|_(?=[^\W_{LOW}{HIGH}]))*")
BELOW = re.compile(rf"_\s*(\{{[^{{}}]*\}}|\([^()]*\)|[^\W_])|([{LOW}]+(?:,[{LOW}]+)*)")
_TOKEN = re.compile(r"\d+|[^\W\d_]|[-+:*·]")


def lowered(text: str) -> str:
    """Small letters below the line as ordinary ones."""
    return "".join(SUBSCRIPTS.get(char, char) for char in text)


def raised(text: str) -> str:
    """Small letters above the line as ordinary ones."""
    return "".join(SUPERSCRIPTS.get(char, char) for char in text)


def letter_name(text: str) -> str:
    """A Greek letter by its English name; any other text as it is.

    >>> letter_name("σ"), letter_name("w")
    ('sigma', 'w')
    """
    return SPELLED.get(text, text)


def parts(text: str) -> Script:
    """A script's parts between commas, without spaces and outer brackets.

    >>> parts("(i, j+1)"), parts("12")
    (('i', 'j+1'), ('12',))
    """
    text = re.sub(r"\s+", "", text)
    while len(text) > 1 and text[0] + text[-1] in ("()", "[]", "{}", "<>", "⟨⟩"):
        text = text[1:-1]
    return tuple(part for part in text.replace("−", "-").split(",") if part)


def tokens(part: str) -> list[str]:
    """The letters, numbers and signs of one part; empty if it holds anything else.

    >>> tokens("k1"), tokens("j+1"), tokens("new")
    (['k', '1'], ['j', '+', '1'], ['n', 'e', 'w'])
    """
    found = _TOKEN.findall(part)
    return found if "".join(found) == part else []


def letters(script: Sequence[str]) -> tuple[str, ...]:
    """The single letters of a script, in order."""
    return tuple(dict.fromkeys(token for part in script for token in tokens(part) if token.isalpha()))


def filled(script: Script, numbers: Mapping[str, int]) -> Script:
    """The script with letters replaced by numbers, and sums worked out.

    >>> filled(("k1", "l+1"), {"k": 3, "l": 2})
    ('31', '3')
    """
    return tuple(_filled(part, numbers) for part in script)


def _filled(part: str, numbers: Mapping[str, int]) -> str:
    found = tokens(part)
    if not any(token in numbers for token in found):
        return part
    put = [str(numbers.get(token, token)) for token in found]
    text = "".join(put)
    if re.fullmatch(r"\d+([-+]\d+)+", text) and len(text) < 12:
        return str(sum(int(term) for term in re.findall(r"[-+]?\d+", text)))
    return text


def place(found: Sequence[str], known: Mapping[str, Index], first: int) -> IndexExpr | None:
    """One place of an array from its tokens; numbers are counted from `first`."""
    if list(found) in ([":"], ["*"], ["·"]):
        return Slice()
    result, sign, ready = Affine(), 1, False
    for token in found:
        if token in "+-":
            sign, ready = (1 if token == "+" else -1), False
        elif ready or token in ":*·" or len(token) > 9:
            return None
        else:
            result = affine(
                result, (Affine((), int(token)) if token.isdigit() else known.get(token, Index(token)), sign)
            )
            ready = True
    if not ready:
        return None
    # A letter counted from 1 is one more than its place counted from 0.
    result = affine(result, first * (sum(factor for _, factor in result.terms) - 1))
    single = len(result.terms) == 1 and not result.const and result.terms[0][1] == 1
    return result.terms[0][0] if single else result


def places(script: Sequence[str], rank: int, known: Mapping[str, Index]) -> tuple[IndexExpr, ...] | None:
    """The places that a subscript means in an array of this rank, or None if it fits none.

    >>> places(("12",), 2, {})
    (Affine(terms=(), const=0), Affine(terms=(), const=1))
    """
    if rank == 0 or not script:
        return None
    pieces = [tokens(part) for part in script]
    if len(pieces) == 1 and rank > 1:
        run = [char for token in pieces[0] for char in (token if token.isdigit() else [token])]
        if len(run) != rank or any(token in "+-" for token in run):
            return None
        pieces = [[token] for token in run]
    if len(pieces) != rank or not all(pieces):
        return None
    found = [place(piece, known, 1) for piece in pieces]
    return None if any(item is None for item in found) else tuple(item for item in found if item is not None)
