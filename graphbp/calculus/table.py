"""Derivatives of elementary functions, each declared once; all others follow from definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphbp.notation.tree import Call, Div, Expr, Mul, Neg, Number, Pow

ONE, TWO, ZERO = Number(1), Number(2), Number(0)


def _call(name: str, x: Expr) -> Expr:
    return Call(name, (x,))


def _square(x: Expr) -> Expr:
    return Pow(x, TWO)


SLOPES: Mapping[str, Callable[[Expr], Expr]] = {
    "exp": lambda x: _call("exp", x),
    "log": lambda x: Div(ONE, x),
    "log1p": lambda x: Div(ONE, ONE + x),
    "sqrt": lambda x: Div(ONE, Mul((TWO, _call("sqrt", x)))),
    "sin": lambda x: _call("cos", x),
    "cos": lambda x: Neg(_call("sin", x)),
    "tan": lambda x: ONE + _square(_call("tan", x)),
    "sinh": lambda x: _call("cosh", x),
    "cosh": lambda x: _call("sinh", x),
    "tanh": lambda x: ONE - _square(_call("tanh", x)),
    "arctan": lambda x: Div(ONE, ONE + _square(x)),
    "erf": lambda x: Div(Mul((TWO, _call("exp", Neg(_square(x))))), _call("sqrt", Call("pi", ()))),
    "abs": lambda x: _call("sign", x),
    "sign": lambda x: ZERO,
    "floor": lambda x: ZERO,
}
"""For every elementary function its slope at x; abs has the slope 0 at 0."""

SMOOTH = frozenset(SLOPES) - {"abs", "sign", "floor"}
"""Those that are differentiable wherever they are defined."""


def slope(call: Call, slot: int) -> Expr | None:
    """The derivative of an elementary function in its argument, None for any other.

    >>> from graphbp.notation.tree import Symbol
    >>> slope(Call("sin", (Symbol("x"),)), 0)
    Call(function='cos', args=(Symbol(name='x'),), options=(), order=())
    """
    known = SLOPES.get(call.function)
    return known(call.args[0]) if known and not call.order and len(call.args) == 1 else None


def slope_or_name(call: Call, slot: int) -> Expr:
    """The derivative of an elementary function; of an unknown one its name with a prime."""
    return slope(call, slot) or Call(call.function, call.args, call.options, (*call.order, slot))
