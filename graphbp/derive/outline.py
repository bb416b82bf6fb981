"""A derivation as plain text, one line for each claim: for reviewable tests and for reading in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from graphbp.derive.steps import Derivation, Step
from graphbp.notation.prose import Prose, StepRef, Strong
from graphbp.notation.unicode import UnicodeWriter


def outline(derivation: Derivation) -> str:
    """All steps: number, title, lines with their rules and reasons."""
    writer = UnicodeWriter(derivation.network.names)
    lines = [f"{writer.write(step.numbers or step.claim)}" for step in derivation.forward]
    for step in derivation.steps:
        lines += ["", f"{step.id}. {_sentence(step.title, writer)}", *_lines(step, writer)]
    return "\n".join(lines) + "\n"


def _lines(step: Step, writer: UnicodeWriter) -> Iterator[str]:
    for line in step.substeps or (step,):
        yield f"   {writer.write(line.claim)}    [{line.rule}: {_sentence(line.reason, writer)}]"


def _sentence(sentence: Prose, writer: UnicodeWriter) -> str:
    return "".join(_piece(piece, writer) for piece in sentence)


def _piece(piece: object, writer: UnicodeWriter) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, StepRef):
        return piece.id
    return piece.text if isinstance(piece, Strong) else writer.write(piece)  # type: ignore[arg-type]
