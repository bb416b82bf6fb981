"""The Python of the notebook's code cells."""

from __future__ import annotations

from graphbp.document.tree import Document, Value

_CHECK = """\
import numpy as np

# The gradients as the steps above find them, against those that backpropagation computes.
shown = {{
{shown}}}
result = net.run()
readings = result.examples[0] if len(result.examples) else result
for name, number in shown.items():
    computed = readings[name].gradient
    assert np.allclose(computed, number), (name, computed, number)
print(f"{{len(shown)}} gradients agree")
"""
_QUOTIENTS = """\
from itertools import islice

# The first entries of each parameter moved a little in both directions: no derivative is used.
h = 1e-5
for name in (node.id for node in net.graph.named if node.role == "parameter"):
    value = np.array(net.arrays[name], dtype=float)
    gradient = np.asarray(result[name].gradient)
    for place in islice(np.ndindex(value.shape), 8):
        step = np.zeros(value.shape)
        step[place] = h
        quotient = (net.run({name: value + step}).loss - net.run({name: value - step}).loss) / (2 * h)
        print(f"{name}{list(place) or ''}: {quotient:.8g} by differences, {gradient[place]:.8g} by backpropagation")
"""


def loading(source: str) -> str:
    """The cell that makes the network."""
    return f"import graphbp\n\nnet = graphbp.loads({quoted(source)})\n"


def drawing() -> str:
    """The cell that shows the network."""
    return "net\n"


def quoted(text: str) -> str:
    """The text as a Python literal, over several lines where nothing in it needs an escape."""
    plain = all(letter.isprintable() or letter == "\n" for letter in text)
    if plain and '"""' not in text and text.endswith("\n"):
        return f'r"""{text}"""' if "\\" in text else f'"""\\\n{text}"""'
    return repr(text)


def checks(document: Document) -> str:
    """The cell that compares all gradients of the steps with those of a run; none where there are no numbers."""
    found: dict[str, Value] = {}
    for record in document.records:
        values = dict(record.values)
        gradient = f"d{document.loss}/d{record.node}"
        if gradient in values and record.numbers is not None:
            found.setdefault(record.node, values[gradient])
    lines = "".join(f"    {name!r}: {value!r},\n" for name, value in found.items())
    return _CHECK.format(shown=lines) if found and document.source else ""


def quotients(document: Document) -> str:
    """The cell that finds the gradients of the parameters without backpropagation."""
    return _QUOTIENTS if checks(document) and document.loss else ""
