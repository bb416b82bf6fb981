"""Reads the plain formula language into trees; nothing a user wrote is ever executed."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphbp.errors import FormulaError, Source
from graphbp.notation.language import Level
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import (
    Add,
    Affine,
    Array,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    Group,
    Hadamard,
    MatMul,
    Mul,
    Neg,
    Number,
    Pow,
    Slice,
    Symbol,
    Transpose,
    children,
    renamed,
)  # fmt: skip

if TYPE_CHECKING:
    from lark import Lark

WORDS = {"True": True, "true": True, "False": False, "false": False, "None": None}

MAX_LENGTH = 50_000
MAX_DEPTH = 150
MAX_EXPONENT = 400
MAX_DIGITS = 1000
MAX_PATTERNS = 4096

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE]([+-]?\d+))?")
_BIDI = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_EXPECTED = {
    "NUMBER": "a number", "NAME": "a name", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "COMMA": ",",
    "STAR": "*", "PLUS": "+", "MINUS": "-", "SLASH": "/", "$END": "the end",
}  # fmt: skip


def parse_formula(text: str, *, source: Source | None = None) -> Expr:
    """The formula as a tree that prints back as it was written.

    Raises: FormulaError with the column and what was expected there.

    >>> PlainWriter().write(parse_formula("w1*x1 + (b - 1)**2 / 2"))
    'w1*x1 + (b - 1)**2/2'
    """
    _refuse_hostile(text, source)
    pattern, names = name_pattern(text)
    if pattern not in _KNOWN:
        tree = _parsed(text, source)
        if pattern is None:
            return tree
        if len(_KNOWN) >= MAX_PATTERNS:
            _KNOWN.clear()
        _KNOWN[pattern] = tree, names
    tree, known = _KNOWN[pattern]
    return tree if known == names else renamed(tree, dict(zip(known, names, strict=True)))


# Formulas that differ only in names are parsed once: large networks repeat few patterns thousands of times.
_KNOWN: dict[str | None, tuple[Expr, tuple[str, ...]]] = {}
_FREE_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?!\w|\s*\()")
_MORE_THAN_NAMES = re.compile(r"[\[\]=\"'{}]|\.(?!\d)")


def name_pattern(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The text with its names numbered, and the names; no pattern where a name may be an option or a part.

    >>> name_pattern("w*x + sigmoid(w)")
    ('{0}*{1} + sigmoid({0})', ('w', 'x'))
    """
    if _MORE_THAN_NAMES.search(text):
        return None, ()
    places: dict[str, int] = {}
    pattern = _FREE_NAME.sub(lambda found: f"{{{places.setdefault(found[0], len(places))}}}", text)
    return pattern, tuple(places)


def _parsed(text: str, source: Source | None) -> Expr:
    from lark.exceptions import UnexpectedInput, VisitError

    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _explain(error, text, source) from None
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc.at(source=source) from None
        raise
    except FormulaError as error:
        raise error.at(source=source) from None
    if not isinstance(tree, Expr):
        raise FormulaError(f"{_shown(text)} is no formula", source=source)
    _refuse_depth(tree, text, source)
    return tree


def parse_number(text: str, *, source: Source | None = None) -> Number:
    """A decimal number as the exact fraction that it writes, with its text kept.

    Raises: FormulaError if it is no number, or beyond what double precision holds.

    >>> parse_number("0.15")
    Number(value=Fraction(3, 20), text='0.15')
    """
    text = text.strip()
    match = _NUMBER.fullmatch(text)
    if not match or not text.isascii():
        raise FormulaError(f"{_shown(text)} is not a number", source=source, fix="write it like 0.15, -3 or 1e-3")
    if len(text) > MAX_DIGITS or abs(int(match[3] or 0)) > MAX_EXPONENT:
        raise FormulaError(f"the number {_shown(text)} is out of range", source=source)
    value = Fraction(text)
    if abs(value) > Fraction(2) ** 1023:
        raise FormulaError(f"the number {_shown(text)} is out of range", source=source)
    return Number(int(value) if text.lstrip("+-").isdigit() else value, text)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Transformer, v_args

    from graphbp.notation.grammar import formula_parser

    methods = {name: method for name, method in vars(_Build).items() if not name.startswith("__")}
    inline = v_args(inline=True)(type("Inline", (Transformer,), methods))
    return formula_parser(inline())


def _refuse_hostile(text: str, source: Source | None) -> None:
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula has {len(text)} characters, more than {MAX_LENGTH}", source=source)
    hidden = _BIDI.search(text)
    if hidden:
        raise FormulaError(
            f"the formula holds the invisible character U+{ord(hidden[0]):04X}", source=source, fix="delete it"
        )
    if text.count("(") + text.count("[") <= MAX_DEPTH:
        return
    depth = deepest = 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise FormulaError(f"the brackets are nested {deepest} deep, more than {MAX_DEPTH}", source=source)


def _refuse_depth(tree: Expr, text: str, source: Source | None) -> None:
    """Recursion over trees is safe only because none is deep."""
    layer: list[Any] = [tree]
    for _ in range(MAX_DEPTH * 3):
        layer = [child for term in layer for child in children(term)]
        if not layer:
            return
    raise FormulaError(
        f"{_shown(text)} is nested too deeply", source=source, fix="name its parts as nodes of their own"
    )


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _explain(error: Any, text: str, source: Source | None) -> FormulaError:
    """What was found, where, and what could have stood there."""
    expected = sorted(
        {
            _EXPECTED[name]
            for name in (getattr(error, "expected", None) or getattr(error, "allowed", None) or ())
            if name in _EXPECTED
        }
    )
    column = getattr(error, "column", 0)
    token = getattr(error, "token", None)
    at_end = token is not None and token.type == "$END"
    found = "the end" if at_end else _shown(str(token) if token is not None else getattr(error, "char", "?"))
    where = "at its end" if at_end else f"at column {column}, before {found}"
    fix = f"expected {', '.join(expected)}" if 0 < len(expected) <= 6 else None
    if found == "'='":
        fix = "compare with == inside where(…); options such as axis=0 stand inside a call"
    elif found == "'^'":
        fix = "write a power as x**2"
    return FormulaError(f"cannot read {_shown(text)} {where}", source=source, fix=fix)


_LEVEL = PlainWriter().level


def _inner(x: Any, least: Level, *kinds: type[Expr]) -> Any:
    """The operand without parentheses that the structure implies anyway."""
    if isinstance(x, Group) and (_LEVEL(x.x) < least or isinstance(x.x, kinds)):
        return x.x
    return x


class _Build:
    """Builds the tree while the parser reduces; one method for each rule of the grammar."""

    def number(self, token: Any) -> Expr:
        return parse_number(str(token))

    def symbol(self, token: Any) -> Expr:
        return Symbol(str(token))

    def group(self, x: Expr) -> Expr:
        return Group(x)

    def add(self, left: Expr, right: Expr) -> Expr:
        terms = left.terms if isinstance(left, Add) else (_inner(left, Level.SUM, Add),)
        return Add((*terms, _inner(right, Level.SUM, Add)))

    def subtract(self, left: Expr, right: Expr) -> Expr:
        return self.add(left, self.negate(right))

    def negate(self, x: Expr) -> Expr:
        return Neg(_inner(x, Level.PRODUCT))

    def plus(self, x: Expr) -> Expr:
        return x

    def _product(self, kind: Any, left: Expr, right: Expr) -> Expr:
        first = left.factors if isinstance(left, kind) else (_inner(left, Level.PRODUCT, kind),)
        return kind((*first, _inner(right, Level.POWER)))  # type: ignore[no-any-return]

    def multiply(self, left: Expr, right: Expr) -> Expr:
        return self._product(Mul, left, right)

    def matmul(self, left: Expr, right: Expr) -> Expr:
        return self._product(MatMul, left, right)

    def hadamard(self, left: Expr, right: Expr) -> Expr:
        return self._product(Hadamard, left, right)

    def divide(self, left: Expr, right: Expr) -> Expr:
        return Div(_inner(left, Level.PRODUCT), _inner(right, Level.POWER))

    def raise_to(self, base: Expr, exp: Expr) -> Expr:
        return Pow(_inner(base, Level.ATOM), _inner(exp, Level.POWER))

    def entry(self, base: Expr, *places: Any) -> Expr:
        return Entry(_inner(base, Level.ATOM), places)

    def attribute(self, base: Expr, name: Any) -> Expr:
        if str(name) != "T":
            raise FormulaError(
                f"values have no part .{_shown(str(name))[1:-1]}", fix="only .T, the transpose, may follow a dot"
            )
        return Transpose(_inner(base, Level.ATOM, Number))

    def array(self, *rows: Any) -> Expr:
        return Array(tuple(row for row in rows if row is not None))

    def call(self, name: Any, *arguments: Any) -> Expr:
        given = [argument for argument in arguments if argument is not None]
        options = tuple(argument for argument in given if isinstance(argument, tuple))
        values = [argument for argument in given if not isinstance(argument, tuple)]
        if str(name) == "einsum" and values and isinstance(values[0], str):
            # NumPy and PyTorch write the equation first.
            options = (("equation", values.pop(0)), *options)
        if str(name) == "where" and len(values) == 3 and isinstance(values[0], Compare):
            return Cases(((values[1], values[0]),), values[2])
        if str(name) == "where":
            raise FormulaError("where takes a condition and two values", fix="write where(z > 0, z, 0)")
        for value in values:
            if isinstance(value, Compare):
                raise FormulaError(
                    f"a comparison stands inside {name}(…)",
                    fix="comparisons are read only as the first argument of where(…)",
                )
        names = [key for key, _ in options]
        for key in names:
            if names.count(key) > 1:
                raise FormulaError(f"{name}(…) gets {key} twice")
        return Call(str(name), tuple(x if isinstance(x, Expr) else _Text(x) for x in values), options)

    def compare(self, left: Expr, relation: Any, right: Expr) -> Compare:
        return Compare(left, "=" if str(relation) == "==" else relation.value, right)

    def option(self, name: Any, value: Any) -> tuple[str, Any]:
        return str(name), value

    def string(self, token: Any) -> Any:
        return str(token)[1:-1]

    def plain_number(self, token: Any) -> int | float:
        value = parse_number(str(token)).value
        return value if isinstance(value, int) else float(value)

    def minus_number(self, token: Any) -> int | float:
        return -self.plain_number(token)

    def word(self, token: Any) -> Any:
        return WORDS.get(str(token), str(token))

    def literals(self, *values: Any) -> tuple[Any, ...]:
        return tuple(value for value in values if value is not None)

    def whole(self, token: Any) -> int:
        if not str(token).isdigit() or len(token) > 9:
            raise FormulaError(
                f"{_shown(str(token))} is no place in an array", fix="places are whole numbers counted from 0"
            )
        return int(token)

    def minus_whole(self, token: Any) -> int:
        return -self.whole(token)

    def place(self, value: int) -> Affine:
        return Affine((), value)

    def slice(self, *ends: int | None) -> Slice:
        return Slice(*ends)


def _Text(text: str) -> Expr:
    raise FormulaError(f"the text {_shown(text)} stands where a value belongs", fix="give options by name")
