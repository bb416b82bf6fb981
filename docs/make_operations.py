"""Writes docs/operations.md from the registry of operations.

python docs/make_operations.py            writes the page
python docs/make_operations.py --check    says whether it is up to date
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphbp import ops
from graphbp.calculus.lines import Definition, GradientRule
from graphbp.calculus.table import SLOPES
from graphbp.document.operation import example_use, smooth_slots, summary
from graphbp.notation.names import Names
from graphbp.notation.tree import Call, Entry, Equation, Expr, Partial, Symbol
from graphbp.notation.unicode import UnicodeWriter
from graphbp.ops import Op

PAGE = Path(__file__).parent / "operations.md"
WRITER = UnicodeWriter(Names())

HEAD = """# Operations

Made from the registry by `python docs/make_operations.py`. `graphbp ops NAME` shows one of them in full: its
definition, and its derivative line by line.

An operation states its definition, and its gradient is *derived* from that by the index calculus; the last column of
the first table says as which layer form it is recognised (G is the upstream gradient ∂l/∂output). Nothing else is
declared but

- the slopes of the elementary functions {slopes} (one table, proved by SymPy),
- *facts* about a definition that shorten a derivation, named below,
- the value chosen where no derivative exists, in the second table.

All of these are held by the contract tests to differences of the definition at 60 digits.

Sums over axes take `axis` and `keepdims` by name only, so that `max(0, z)` is the rectifier. Whatever PyTorch calls
`dim`, `keepdim`, `kernel_size` or `negative_slope` gets a message with the name that is used here.

"""


def shown(term: Expr | Equation) -> str:
    """A formula as a piece of code that a table holds."""
    return f"`{WRITER.write(term)}`".replace("|", r"\|")


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def table(*lines: list[str]) -> list[str]:
    """The rows, of which the first is the head."""
    head, *rest = lines
    return [row(*head), row(*["---"] * len(head)), *(row(*line) for line in rest), ""]


def gradient(op: Op) -> str:
    """How the gradient is found, for every input of the example use."""
    use = example_use(op)
    slots = smooth_slots(op, use)
    if not slots:
        return f"none: {op.why}"
    return "<br>".join(_found(op.rule(slot, use.shapes, use.attrs), op) for slot in slots)


def _found(rule: GradientRule, op: Op) -> str:
    name = Symbol(rule.wrt)
    gradient = Partial(Symbol("l"), name)
    if rule.layer is not None:
        return shown(Equation(gradient, (rule.layer,)))
    entry = Partial(Symbol("l"), Entry(name, rule.indices))
    return f"{shown(Equation(entry, (rule.entry,)))} (entry by entry)"


def basis(op: Op) -> str:
    """What the gradient rests on beside the definition."""
    use = example_use(op)
    definition = op.index_form(use.shapes, use.attrs)
    facts = [fact for part in (*definition.parts, definition) for fact in part.facts]
    if _elementary(definition):
        return "declared slope"
    if not facts:
        return "derived" if smooth_slots(op, use) else "–"
    return "derived, with " + ", ".join(shown(Equation(fact.left, (fact.right,))) for fact in facts)


def _elementary(definition: Definition) -> bool:
    """Whether the definition is nothing but an elementary function."""
    body = definition.body
    return isinstance(body, Call) and body.function in SLOPES and all(isinstance(arg, Symbol) for arg in body.args)


def page() -> str:
    """The page."""
    every = [ops.get(name) for name in ops.names()]
    used = ", ".join(f"`{name}`" for name in sorted(SLOPES))
    lines = [HEAD.format(slopes=used)]
    lines += ["## Gradients", ""]
    lines += table(
        ["operation", "what it is", "rests on", "gradient"],
        *([f"`{op.name}({op.signature})`", summary(op.name), basis(op), gradient(op)] for op in every),
    )
    lines += ["## Where no derivative exists", "", "One value is chosen, and the step that uses it says so.", ""]
    lines += table(["operation", "chosen"], *([f"`{op.name}`", op.kink] for op in every if op.kink))
    lines += ["## Where PyTorch differs", "", "What is not listed has PyTorch's name, arguments and defaults.", ""]
    lines += table(["operation", "PyTorch"], *([f"`{op.name}`", op.differs] for op in every if op.differs))
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write the page, or say whether it is up to date."""
    text = page()
    if "--check" in sys.argv:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
