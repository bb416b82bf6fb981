"""A document made by hand that holds every kind of block."""

from __future__ import annotations

from fractions import Fraction

from graphbp.document.tree import (
    Columns,
    Document,
    EquationRow,
    Equations,
    Givens,
    Heading,
    Note,
    Paragraph,
    Picture,
    ResultBox,
    StepBlock,
    StepLine,
    Table,
)
from graphbp.drawing.scene import Rectangle, Scene
from graphbp.notation.prose import StepRef, Strong
from graphbp.notation.tree import Call, Div, Equation, Expr, Mark, Number, Partial, Symbol, Transpose

HOSTILE = '#read("/etc/passwd") $x$ *b* _i_ \\input{x} <script> // @ref [1] `raw`'

S = Symbol


def number(text: str) -> Number:
    """A number as its author writes it."""
    return Number(Fraction(text), text)


def d(y: str, x: str) -> Partial:
    """∂y/∂x."""
    return Partial(S(y), S(x))


def scene(width: float = 120.0) -> Scene:
    """A box."""
    return Scene(width, 40.0, (Rectangle(role="data", x=1, y=1, w=width - 2, h=38),), "box", "a box")


def long_sum(terms: int) -> Expr:
    """A sum far wider than a page."""
    total = S("w1") * S("x1")
    for place in range(2, terms + 1):
        total = total + S(f"w{place}") * S(f"x{place}")
    return total


def step(number_: int, lines: int = 3) -> StepBlock:
    """A step with its lines, reasons and picture."""
    first = StepLine(
        (Mark(d("y1", "z3"), "forward") * Mark(d("l", "y1"), "backward"),), ("chain rule, one path",), d("l", "z3")
    )
    middle = tuple(
        StepLine((S("y1") * (1 - S("y1")) * d("l", "y1"),), ("slope of the sigmoid",)) for _ in range(lines - 2)
    )
    last = StepLine(
        (number("0.1868") * number("0.7414"), Mark(number("0.1385"), "result")),
        ("insert the result of step ", StepRef("1")),
    )
    return StepBlock(
        number_,
        str(number_),
        ("From ", S("y1"), " back to ", S("z3")),
        (first, *middle, last),
        picture=Picture(scene(), "lit"),
    )


def document() -> Document:
    """Every kind of block once."""
    table = Table(
        (("Sign",), ("Value",)), ((("z",), (number("0.25"),)), (("w",), (number("12.5"),))), ("left", "decimal")
    )
    loss = Div(Number(1), Number(2)) * (S("y1") - S("yhat1")) ** Number(2)
    shaped = StepLine(
        (Transpose(S("W")) @ S("x"),),
        ("layer form",),
        d("l", "x"),
        shapes=((Transpose(S("W")), "3 × 2"), (S("x"), "2")),
    )
    return Document(
        ("A page with everything on it",),
        (
            Columns(((Picture(scene(), "a box", ("a caption",)),), (table,))),
            Heading(("What is given",)),
            Givens((((Equation(S("x1"), (number("0.05"),)), Equation(S("x2"), (number("0.10"),))),),)),
            Heading(("Forward pass",)),
            Equations(
                (
                    EquationRow(
                        S("z"),
                        (S("w") * S("x"), Mark(number("0.5") * number("2"), "muted"), Mark(number("1"), "forward")),
                    ),
                    EquationRow(S("l"), (loss, Mark(number("0.2748"), "muted"))),
                )
            ),
            Heading(("Backward pass",), 2),
            Paragraph(
                (
                    "By step ",
                    StepRef("1"),
                    " and ",
                    Strong("nothing else"),
                    ", ",
                    Equation(S("a"), (Call("sigmoid", (S("z"),)),)),
                    ".",
                )
            ),
            step(1),
            step(2),
            StepBlock(3, "3", ("The layer",), (shaped,), ("Take any entry.",)),
            ResultBox(Equation(d("l", "W"), (S("x"),)), ("A result.",)),
            Note(("A remark.",)),
        ),
        ("A subtitle.",),
        loss="l",
    )
