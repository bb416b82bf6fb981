"""From pieces to what is written: one LALR grammar, its trees, and messages where it does not fit."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from graphbp.check.reading import raw
from graphbp.check.reading.marks import Piece, unreadable
from graphbp.check.reading.raw import Comparison, Written, children
from graphbp.errors import GraphbpError
from graphbp.notation.reading import MAX_DEPTH, parse_number
from graphbp.notation.tree import Add, Array, Call, Div, Expr, Group, Neg, Pow, Transpose

if TYPE_CHECKING:
    from lark import Lark

Equality = tuple[str, Expr]
"""A side of a line with the sign before it: "", "=", "≈" or ":="."""

WORDS = {
    "NUMBER": "a number", "NAME": "a name", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "COMMA": ",",
    "SIGN": "+ or -", "TIMES": "* or /", "EQUALS": "=", "RELATION": "< or >", "CALL_CLOSE": ")", "CLOSE": "}",
    "OVER": "}", "CALL": "(", "FUNCTION": "a function", "$END": "the end", "INDICATOR_CLOSE": "]", "BAR_CLOSE": "|",
    "NORM_CLOSE": "‖", "ANGLE_CLOSE": "⟩", "ELSE": "else", "OTHERWISE": "otherwise", "CELL": "&", "OPERATOR_CLOSE": "}",
}  # fmt: skip
MAX_SUMS = 12
"""So many Σ may stand inside of each other."""
OPENERS = ("NUMBER", "NAME", "LPAR")


def parse(pieces: list[Piece], text: str, start: int, end: int, language: str) -> list[Equality]:
    """The sides of a line, as written.

    Raises: Unreadable with the place and what was expected there.
    """
    from lark import Token
    from lark.exceptions import UnexpectedToken, VisitError

    parser = _parser(language).parse_interactive()
    try:
        for piece in pieces:
            parser.feed_token(Token(piece.kind, piece.value, start_pos=piece.at, end_pos=piece.end))
        sides: list[Equality] = parser.feed_eof()  # type: ignore[no-untyped-call]
    except UnexpectedToken as error:
        raise _explain(error, parser, pieces, text, start, end) from None
    except VisitError as error:
        if isinstance(error.orig_exc, GraphbpError):
            raise error.orig_exc from None
        raise
    for _, side in sides:
        _refuse_depth(side, text, start)
    return sides


def _explain(error: Any, parser: Any, pieces: list[Piece], text: str, start: int, end: int) -> GraphbpError:
    """What was found, where, and what could have stood there."""
    expected = {WORDS[kind] for kind in error.expected if kind in WORDS}
    if all(kind in error.expected for kind in OPENERS):
        expected = {"a value"}
    elif "BESIDE" in error.expected:
        expected = {
            word
            for kind, word in WORDS.items()
            if kind in error.expected and kind in ("RPAR", "RSQB", "CLOSE", "CALL_CLOSE", "EQUALS", "COMMA")
        }
        expected |= {"+", "-", "*", "/"}
    at_end = error.token.type == "$END"
    at = end if at_end else error.token.start_pos
    while at_end and at > start and text[at - 1].isspace():
        at -= 1
    found = text[at : error.token.end_pos or at + 1].strip() if not at_end else ""
    what = "the line ends where a value is missing" if at_end else f"{found[:40] or 'this'} cannot stand here"
    return unreadable(what, text, at, expected=sorted(expected))


def _refuse_depth(tree: Expr, text: str, start: int) -> None:
    """Recursion over trees is safe only because none is deep."""
    layer: list[tuple[Any, int]] = [(tree, 0)]
    for _ in range(MAX_DEPTH * 2):
        layer = [(child, sums + isinstance(term, raw.Big)) for term, sums in layer for child in children(term)]
        if not layer:
            return
        if max(sums for _, sums in layer) > MAX_SUMS:
            break
    raise unreadable("the line is nested too deeply", text, start)


@lru_cache(maxsize=2)
def _parser(language: str) -> Lark:
    from lark import Lark, Transformer, v_args
    from lark.lexer import Lexer

    class Given(Lexer):
        """Takes the pieces that our own lexers made."""

        def __init__(self, conf: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any) -> Any:
            """Nothing: pieces are fed one by one."""
            return iter(())

    folder = resources.files("graphbp.check.reading")
    grammar = "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in ("core.lark", f"{language}.lark"))
    methods = {name: method for name, method in vars(_Build).items() if not name.startswith("__")}
    inline = v_args(inline=True)(type("Inline", (Transformer,), methods))
    return Lark(grammar, parser="lalr", lexer=Given, start="line", transformer=inline(), maybe_placeholders=False)


def _kind(x: Any) -> str:
    return str(getattr(x, "type", ""))


def _flip(signs: list[Any], x: Expr) -> Expr:
    """The value behind its signs."""
    for sign in reversed(signs):
        x = Neg(x) if sign.value == "-" else x
    return x


class _Build:
    """Builds what is written while the parser reduces; one method for each rule of the grammar."""

    def line(self, *parts: Any) -> list[Equality]:
        sides: list[Equality] = []
        relation = ""
        for part in parts:
            if _kind(part) == "EQUALS":
                relation = part.value
            else:
                sides.append((relation, part))
        return sides

    def conditional(self, value: Expr, _if: Any, condition: Comparison, _else: Any, other: Expr) -> Expr:
        return raw.Choice(((value, (condition,)), (other, ())))

    def chosen(self, _if: Any, condition: Comparison, _then: Any, value: Expr, _else: Any, other: Expr) -> Expr:
        return raw.Choice(((value, (condition,)), (other, ())))

    def sum(self, *parts: Any) -> Expr:
        terms: list[Expr] = []
        signs: list[Any] = []
        for part in parts:
            if _kind(part) == "SIGN":
                signs.append(part)
            else:
                # The first of several signs between two terms joins them.
                terms.append(_flip(signs, part))
                signs = []
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def product(self, *parts: Any) -> Expr:
        factors, signs, ats = [parts[0]], [], []
        flips: list[Any] = []
        for part in parts[1:]:
            if _kind(part) == "TIMES":
                signs.append(part.value)
                ats.append(part.start_pos)
            elif _kind(part) == "SIGN":
                flips.append(part)
            else:
                factors.append(_flip(flips, part))
                flips = []
        return raw.Signed(tuple(factors), tuple(signs), tuple(ats))

    def beside(self, first: Expr, gap: Any, rest: Expr) -> Expr:
        if isinstance(rest, raw.Juxtaposed):
            return raw.Juxtaposed((first, *rest.factors), (gap.value, *rest.gaps), (gap.start_pos, *rest.ats))
        return raw.Juxtaposed((first, rest), (gap.value,), (gap.start_pos,))

    def big(self, token: Any, *body: Any) -> Expr:
        operator, limits = token.value
        return raw.Big(operator, limits, _flip(list(body[:-1]), body[-1]), token.start_pos)

    def operated(self, token: Any, below: Expr, _close: Any, value: Expr) -> Expr:
        return raw.Derivative(value, below, token.value, token.start_pos)

    def raised(self, base: Expr, power: Any, *exponent: Any) -> Expr:
        value = _flip(list(exponent[:-1]), exponent[-1])
        return Pow(base, value) if power.value == "**" else raw.Raised(base, value, power.start_pos)

    def braced(self, base: Expr, power: Any, exponent: Expr, _close: Any) -> Expr:
        return raw.Raised(base, exponent, power.start_pos)

    def bare_call(self, token: Any, argument: Expr) -> Expr:
        function = token.value
        return raw.Applied(
            function.word, (argument,), (), function.primes, function.power, function.base, True, function.at
        )

    def transposed(self, base: Expr, _token: Any) -> Expr:
        return Transpose(base)

    def lowered(self, base: Expr, token: Any) -> Expr:
        if isinstance(base, raw.Norm):
            return raw.Norm(base.x, 1 if token.value == ("1",) else 2)
        return raw.Lowered(base, token.value, token.start_pos)

    def indexed(self, base: Expr, token: Any, *places: Any) -> Expr:
        return raw.Indexed(base, tuple(place for place in places if isinstance(place, Expr)), token.start_pos)

    def range(self, *parts: Any) -> Expr:
        colon = next(place for place, part in enumerate(parts) if _kind(part) == "COLON")
        return raw.Range(parts[0] if colon else None, parts[-1] if colon < len(parts) - 1 else None)

    def number(self, token: Any) -> Expr:
        return parse_number(str(token.value))

    def name(self, token: Any) -> Expr:
        return token.value  # type: ignore[no-any-return]

    def text(self, token: Any) -> Expr:
        return raw.Text(str(token.value), token.start_pos)

    def ones(self, token: Any) -> Expr:
        return raw.Ones(token.start_pos)

    def function_name(self, token: Any) -> Expr:
        return raw.FunctionName(token.value.word, token.value.primes, token.value.at)

    def call(self, token: Any, _open: Any, *arguments: Any) -> Expr:
        function = token.value
        values: list[Expr] = []
        options: list[tuple[str, object]] = []
        for argument in arguments:
            option = _option(argument)
            if option is not None and function.word not in ("where",):
                options.append(option)
            elif isinstance(argument, Expr):
                values.append(argument)
        return raw.Applied(
            function.word,
            tuple(values),
            tuple(options),
            function.primes,
            function.power,
            function.base,
            False,
            function.at,
            function.slots,
        )

    def method(self, base: Expr, token: Any, opening: Any, *arguments: Any) -> Expr:
        inner = base.x if isinstance(base, Group) else base
        return self.call(token, opening, inner, *arguments)

    def group(self, _open: Any, x: Expr, _close: Any) -> Expr:
        return Group(x)

    def indicator(self, _open: Any, condition: Comparison, _close: Any) -> Expr:
        return raw.Indicator(condition)

    def listed(self, *parts: Any) -> Expr:
        return Array(tuple(part for part in parts if isinstance(part, Expr)))

    def bracketed(self, *parts: Any) -> Expr:
        values = tuple(part for part in parts if isinstance(part, Expr))
        if len(values) == 1 and not isinstance(values[0], raw.Boxed | Array):
            return raw.Boxed(values[0])
        return Array(tuple(Array((value.x,)) if isinstance(value, raw.Boxed) else value for value in values))

    def inner(self, token: Any, left: Expr, _comma: Any, right: Expr, _close: Any) -> Expr:
        return raw.Inner(left, right, token.start_pos)

    def absolute(self, _open: Any, x: Expr, _close: Any) -> Expr:
        return Call("abs", (x,))

    def norm(self, _open: Any, x: Expr, _close: Any) -> Expr:
        return raw.Norm(x)

    def fraction(self, _open: Any, num: Expr, _over: Any, den: Expr, _close: Any) -> Expr:
        return Div(num, den)

    def derivative(self, token: Any, above: Expr, _over: Any, below: Expr, _close: Any) -> Expr:
        return raw.Derivative(above, below, token.value, token.start_pos)

    def root(self, _open: Any, x: Expr, _close: Any) -> Expr:
        return Call("sqrt", (x,))

    def brace(self, _open: Any, x: Expr, _close: Any) -> Expr:
        return x

    def matrix(self, token: Any, *parts: Any) -> Expr:
        return raw.Matrix(tuple(part for part in parts if isinstance(part, tuple)), token.start_pos)

    def row(self, *parts: Any) -> tuple[Expr, ...]:
        return tuple(part for part in parts if isinstance(part, Expr))

    def cases(self, token: Any, *parts: Any) -> Expr:
        return raw.Choice(tuple(part for part in parts if isinstance(part, tuple)), token.start_pos)

    def case_if(self, value: Expr, *parts: Any) -> Any:
        return value, (parts[-1],)

    def case_else(self, value: Expr, *parts: Any) -> Any:
        return value, ()

    def comparison(self, *parts: Any) -> Comparison:
        at = next(part.start_pos for part in parts if _kind(part) == "RELATION")
        return Comparison(tuple(part for part in parts if isinstance(part, Expr)),
                          tuple(part.value for part in parts if _kind(part) == "RELATION"), at)  # fmt: skip


def _option(argument: Any) -> tuple[str, object] | None:
    """axis=0 inside a call, which reads like a comparison."""
    if (
        not isinstance(argument, Comparison)
        or argument.relations != ("=",)
        or not isinstance(argument.sides[0], Written)
    ):
        return None
    value = _literal(argument.sides[1])
    return None if value is None else (argument.sides[0].shown, value)


def _literal(x: Expr) -> object:
    from graphbp.notation.tree import Number

    if isinstance(x, Number):
        return x.value if isinstance(x.value, int) else float(x.value)
    if isinstance(x, Neg):
        inner = _literal(x.x)
        return -inner if isinstance(inner, int | float) else None
    if isinstance(x, raw.Text):
        return x.text
    if isinstance(x, Array):
        return tuple(_literal(row) for row in x.rows)
    if isinstance(x, raw.Boxed | Group):
        inner = _literal(x.x)
        return (inner,) if isinstance(x, raw.Boxed) else inner
    return {"True": True, "False": False}.get(x.shown) if isinstance(x, Written) else None
