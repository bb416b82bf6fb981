"""The two passes: forward as aligned calculations, backward as numbered steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphbp.derive.steps import Derivation, Rule, Step
from graphbp.derive.words import number_reason
from graphbp.document.pictures import Pictures
from graphbp.document.tree import EquationRow, Equations, Note, StepBlock, StepLine
from graphbp.document.wording import times
from graphbp.notation.plain import PlainWriter
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Equation, Expr, Mark, Partial, Term, children, walk


def forward_pass(derivation: Derivation) -> Equations:
    """Formula, numbers put in, value: one row for each node."""
    return Equations(tuple(_forward_row(step) for step in derivation.forward))


def _forward_row(step: Step) -> EquationRow:
    rights = step.numbers.rights if step.numbers else ()
    *inserted, value = rights or (None,)
    muted = tuple(Mark(right, "muted") for right in inserted if right is not None)
    return EquationRow(
        step.claim.left, (*step.claim.rights, *muted, *([_marked(value, "forward")] if value is not None else []))
    )


def _marked(x: Expr, role: str) -> Expr:
    """The formula in a colour, unless parts of it have one."""
    return x if any(isinstance(part, Mark) for part in walk(x)) else Mark(x, role)


def backward_pass(derivation: Derivation, pictures: Pictures | None = None) -> tuple[StepBlock, ...]:
    """One block for each step; its picture shows what was found before it, and the loss, as done."""
    blocks: list[StepBlock] = []
    done = [derivation.network.loss_name]
    for place, step in enumerate(derivation.told, start=1):
        number = int(step.id) if step.id.isdecimal() else place
        blocks.append(step_block(number, step, pictures, done, derivation.detail == "full"))
        done.append(step.touches.focus)
    return tuple(blocks)


def told_note(derivation: Derivation) -> tuple[Note, ...]:
    """What is left out of a long document that is asked to be brief."""
    if not derivation.results_only:
        return ()
    few, many = len(derivation.told), len(derivation.steps)
    told = f"{few:,} {'is' if few == 1 else 'are'} told here, of the gradients asked for"
    return (Note((f"Of {many:,} steps, all checked, {told}. What the others find stands in the table below.",)),)


def step_block(
    number: int, step: Step, pictures: Pictures | None, done: Sequence[str], full: bool = False
) -> StepBlock:
    """A step as its question, its lines and its picture; what is only assumed is a title and nothing else."""
    if step.rule is Rule.GIVEN:
        lines = (StepLine(step.numbers.rights, step.reason, step.numbers.left),) if step.numbers else ()
        return StepBlock(number, step.id, step.title or step.reason, tuple(map(_with_result, lines)))
    return StepBlock(
        number,
        step.id,
        step.title or step.reason,
        step_lines(step, full),
        (),
        pictures.of_step(step, done) if pictures else None,
    )


def step_lines(step: Step, full: bool = False) -> tuple[StepLine, ...]:
    """The lines of a step: its substeps or its own claim, then the numbers; the result is marked.

    A line that only writes out a definition shows by itself why it is true.
    """
    lines: list[StepLine] = []
    left: Expr | None = None
    steps = step.substeps or (step,)
    for part in steps if full else _tidied(steps):
        reason = () if part.rule is Rule.DEFINE else part.reason
        start = part.claim.left if part.claim.left != left else None
        lines.append(StepLine(part.claim.rights, reason, start, part.claim.relation, factor_shapes(part)))
        left = part.claim.left
    if step.numbers and all(part.claim != step.numbers for part in steps):
        lines.append(_number_line(step, step.numbers, left))
    return (*lines[:-1], _with_result(lines[-1]))


def _tidied(steps: Sequence[Step]) -> list[Step]:
    """The lines without those that are only tidied in the next one; the tidied line takes over their reason."""
    kept: list[Step] = []
    for part in steps:
        last = kept[-1] if kept else None
        if last and part.reason in _TIDYING and part.claim.left == last.claim.left and last.rule is not Rule.DEFINE:
            kept[-1] = replace(part, reason=last.reason)
        else:
            kept.append(part)
    return kept


_TIDYING: tuple[Prose, ...] = (("cancel",),)
"""Reasons of lines that readers of anything but the fullest depth see at a glance."""


def _number_line(step: Step, numbers: Equation, left: Expr | None) -> StepLine:
    return StepLine(numbers.rights, number_reason(step.uses), numbers.left if numbers.left != left else None)


def _with_result(line: StepLine) -> StepLine:
    """The line with its last side marked as the result."""
    last = line.rights[-1]
    if isinstance(last, Mark) and last.role == "result":
        return line
    return replace(line, rights=(*line.rights[:-1], Mark(last, "result")))


def factor_shapes(step: Step) -> tuple[tuple[Expr, str], ...]:
    """The factors of a layer formula with their shapes, the largest that have one; none for what is inside of them."""
    text = PlainWriter()
    found: dict[Expr, str] = {}

    def look(part: Term) -> None:
        shape = step.shapes.get(text.write(part)) if isinstance(part, Expr) else None
        if shape and isinstance(part, Expr):
            found[part] = times(shape)
        elif not isinstance(part, Partial):
            for inner in children(part):
                look(inner)

    for right in step.claim.rights if any(step.shapes.values()) else ():
        look(right)
    return tuple(found.items())
