"""Labels in plain letters and in LaTeX, for screen readers and for formats without typesetting."""

from __future__ import annotations

from graphbp.drawing.scene import Label, Scene
from graphbp.notation.latex import LatexWriter
from graphbp.notation.prose import Piece, StepRef, Strong
from graphbp.notation.tree import Equation, Term
from graphbp.notation.unicode import UnicodeWriter


def pieces(label: Label) -> tuple[Piece, ...]:
    """What a label is made of."""
    return label.content if isinstance(label.content, tuple) else (label.content,)


def spoken(label: Label, scene: Scene) -> str:
    """The label in plain letters."""
    writer = UnicodeWriter(scene.names, scene.numbers)
    return "".join(
        writer.write(piece) if isinstance(piece, Term | Equation) else _words(piece) for piece in pieces(label)
    )


def latex(label: Label, scene: Scene) -> str:
    """The formulas of the label."""
    writer = LatexWriter(scene.names, scene.numbers)
    return " ".join(writer.write(piece) for piece in pieces(label) if isinstance(piece, Term | Equation))


def _words(piece: str | StepRef | Strong) -> str:
    return piece if isinstance(piece, str) else piece.text if isinstance(piece, Strong) else piece.id
