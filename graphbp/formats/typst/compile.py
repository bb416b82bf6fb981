"""Typst, the way graphbp uses it: fonts from its wheel alone, a fixed date, and nothing that it complains about."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from graphbp.errors import GraphbpError

if TYPE_CHECKING:
    import typst

Page = Literal["pdf", "svg", "png"]

TIMESTAMP = 1_577_836_800
"""2020-01-01: the date inside every file, so that the same input gives the same bytes."""

_ROOT = Path(__file__).parent
_MISSING = "\U000ffffd"
_PROBE = '#set page(width: auto, height: auto)\n#show math.equation: set text(font: "New Computer Modern Math")\n'


class TypesettingError(GraphbpError):
    """Typst refused what graphbp wrote, or has no letter for a sign in a name or a title."""


@cache
def fonts() -> typst.Fonts:
    """The fonts inside Typst's wheel and no others."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _compiler(source: str) -> typst.Compiler:
    import typst

    return typst.Compiler(source.encode(), root=_ROOT, font_paths=fonts(), ignore_system_fonts=True)


def compile_pages(source: str, page: Page, *, ppi: float = 144.0) -> list[bytes]:
    """One file per page of the source (a PDF is one file).

    Raises: TypesettingError on anything that Typst finds wrong, warnings and missing glyphs included.
    """
    import typst

    check_glyphs(source)
    try:
        made, warnings = _compiler(source).compile_with_warnings(
            format=page, ppi=ppi if page == "png" else None, timestamp=TIMESTAMP
        )
    except typst.TypstError as error:
        raise _refused(error.message, error.diagnostic) from error
    if warnings:
        raise _refused(warnings[0].message, warnings[0].diagnostic)
    return made if isinstance(made, list) else [made or b""]


def compile_file(source: str, page: Page, *, ppi: float = 144.0) -> bytes:
    """The one file that the source makes: a PDF, or the first page."""
    return compile_pages(source, page, ppi=ppi)[0]


def query_values(source: str, selector: str) -> list[Any]:
    """The values of all `metadata` that carry the selector, in their order in the source."""
    check_glyphs(source)
    try:
        found: list[Any] = json.loads(_compiler(source).query(selector, field="value"))
    except RuntimeError as error:
        raise _refused(str(error), "") from error
    return found


def check_glyphs(source: str) -> None:
    """Refuse letters that no font in the wheel can show.

    Raises: TypesettingError naming the first such letter.
    """
    for letter in sorted(set(source)):
        if letter > "~" and not _has_glyph(letter):
            raise TypesettingError(
                f"no font has a sign for {letter!r} (U+{ord(letter):04X})",
                fix="use Latin, Greek or Cyrillic letters in names and titles",
            )


@cache
def _has_glyph(letter: str) -> bool:
    if letter.isspace() or "\u200b" <= letter <= "\u2064":
        return True
    return _outlines(letter).isdisjoint(_outlines(_MISSING))


@cache
def _outlines(letter: str) -> frozenset[str]:
    """The outlines of the letter in running text; a letter without a glyph shows the font's empty box."""
    made = _compiler(f'{_PROBE}#text(font: "New Computer Modern", {json.dumps(letter, ensure_ascii=False)})').compile(
        format="svg"
    )
    assert isinstance(made, bytes)
    return frozenset(re.findall(r'<path d="([^"]+)"', made.decode()))


def _refused(message: str, diagnostic: str) -> TypesettingError:
    return TypesettingError(
        f"the typesetter refused: {message}\n{diagnostic}",
        fix="this is an error of graphbp; please report it with the network",
    )
