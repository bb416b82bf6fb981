"""One operation as a page: what it computes, its gradient from the definition, defaults and kinks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from graphbp import ops
from graphbp.calculus.lines import Chain, Definition, GradientRule
from graphbp.document.tree import Block, Document, EquationRow, Equations, Heading, Note, Paragraph, StepBlock, StepLine
from graphbp.errors import GraphbpError
from graphbp.graph.shape import show_shape
from graphbp.notation.names import Names
from graphbp.notation.plain import PlainWriter
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Entry, Expr, Mark, Symbol, Term
from graphbp.ops import Op, Sample

SIGNATURE = re.compile(r"\(([^()]*)\)")


def summary(name: str) -> str:
    """What an operation does, in one sentence.

    >>> summary("sigmoid")
    'Logistic function, squashes a real number into (0, 1).'
    """
    return _words(ops.get(name)).split("  ")[0]


def operation_document(name: str) -> Document:
    """The page of an operation.

    Raises: NameProblem if there is none of that name.
    """
    op = ops.get(name)
    return Document((name,), tuple(_blocks(op)), (summary(name),), names=Names())


def _words(op: Op) -> str:
    return " ".join(line.strip() for line in (op.__doc__ or "").split("\n\n")[0].strip().splitlines())


def _blocks(op: Op) -> Iterator[Block]:
    rest = _words(op).partition("  ")[2].strip()
    yield Paragraph((f"Written {op.name}({op.signature}). {rest}".strip(),))
    if op.kink:
        yield Paragraph((f"Where no derivative exists: {op.kink}.",))
    yield Paragraph((f"PyTorch: {op.differs}." if op.differs else "PyTorch: the same name, arguments and defaults.",))
    use = example_use(op)
    definition = op.index_form(use.shapes, use.attrs)
    yield Heading(("Definition",))
    if shown := _shown(op, use):
        yield Paragraph((shown,))
    yield Equations(tuple(EquationRow(_left(part), (part.body,)) for part in (*definition.parts, definition)))
    if facts := tuple(fact for part in (*definition.parts, definition) for fact in part.facts):
        yield Paragraph(("Known and used:",))
        yield Equations(tuple(EquationRow(fact.left, (fact.right,)) for fact in facts))
    slots = smooth_slots(op, use)
    for slot in slots:
        yield from _gradient(op, use, slot)
    if not slots:
        yield Heading(("No gradient",))
    if op.why:
        yield Note((op.why.replace("{a}", definition.name).replace("{z}", op.inputs[0]),))


def _shown(op: Op, use: Sample) -> str:
    """Of what the page is an example, where that is not plain."""
    named = zip(op.inputs, use.shapes, strict=False)
    shapes = [f"{name} of shape {show_shape(shape)}" for name, shape in named if shape]
    options = [f"{name} = {_option(value)}" for name, value in use.attrs.items()]
    return f"Shown for {', '.join([*shapes, *options])}." if shapes or options else ""


def _option(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_option(item) for item in value)}]"
    if isinstance(value, Term):
        return PlainWriter().write(value)
    return f"{float(value):g}" if isinstance(value, Fraction) else str(value)


def smooth_slots(op: Op, use: Sample) -> list[int]:
    """The inputs of a use for which a gradient has a meaning."""
    attrs = op.complete(use.attrs)
    return [slot for slot in range(len(use.shapes)) if op.differentiable(slot, use.shapes, attrs)]


def _left(definition: Definition) -> Expr:
    return Entry(Symbol(definition.name), definition.indices) if definition.indices else Symbol(definition.name)


def _gradient(op: Op, use: Sample, slot: int) -> Iterator[Block]:
    """The derivation of one input's gradient, line by line."""
    rule = op.rule(slot, use.shapes, use.attrs)
    yield Heading(("The gradient for ", Symbol(rule.wrt)))
    for place, stage in enumerate((*rule.stages, rule)):
        yield from _stage(stage, 2 * place + 1, rule.wrt)
    if rule.indices and rule.remark and rule.remark != rule.chain.lines[-1].reason:
        yield Note(rule.remark)


def _stage(rule: GradientRule, number: int, name: str) -> Iterator[Block]:
    yield StepBlock(number, f"{name}.{number}", _local_title(rule), tuple(_lines(rule.lemmas)))
    title: Prose = ("Times the upstream gradient ", Symbol(rule.upstream))
    yield StepBlock(number + 1, f"{name}.{number + 1}", title, tuple(_lines((rule.chain,))))


def _local_title(rule: GradientRule) -> Prose:
    return "How does one output react to ", Symbol(rule.wrt), "?"


def _lines(chains: tuple[Chain, ...]) -> Iterator[StepLine]:
    for chain in chains:
        for place, line in enumerate(chain.lines):
            right = Mark(line.expr, "result") if place == len(chain.lines) - 1 else line.expr
            yield StepLine((right,), line.reason, chain.left if place == 0 else None)


def example_use(op: Op) -> Sample:
    """The use of an operation that shows it: numbers, the shapes of its documentation, or a tested one.

    >>> example_use(ops.get("matmul")).shapes
    (('N', 'D'), ('D', 'H'))
    """
    count = len(op.inputs)
    written = SIGNATURE.findall(_words(op).partition("Shapes:")[2].partition("->")[0])
    documented = tuple(tuple(size.strip() for size in shape.split(",") if size.strip()) for shape in written)
    numbers = [Sample(((),) * count)] if isinstance(op, ops.Elementwise) else []
    tried = (*numbers, Sample(documented), *op.samples())
    return next(use for use in tried if _fits(op, use))


def _fits(op: Op, use: Sample) -> bool:
    if not len(op.inputs) - op.optional <= len(use.shapes) <= len(op.inputs):
        return False
    try:
        op.index_form(use.shapes, use.attrs)
    except GraphbpError:
        return False
    return True
