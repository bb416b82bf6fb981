"""Diagrams made by hand: the lecture's network with its numbers, and the small one of a page."""

from __future__ import annotations

from graphbp.drawing.diagram import Box, Cell, Diagram, Group, Link
from graphbp.notation.names import Names, parse_latex_name
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.tree import Number, Symbol

D3 = (
    (((1, -1), (-2, 1)), (1, 0), (4, -2), (0.98, 0.12)),
    (((2, -2), (-1, -1)), (0, 0), (1.84, -2.08), (0.86, 0.11)),
    (((3, -1), (-1, 4)), (-2, 2), (0.48, 1.58), (0.62, 0.83)),
)


def lecture(values: bool = True) -> Diagram:
    """Three layers of two units."""

    def number(x: float) -> Number | None:
        return Number(x) if values else None

    names: dict[str, str] = {}
    boxes = [
        Box(f"x{i}", "square", (Cell(f"x{i}", "data", Symbol(f"x{i}"), number((1, -1)[i - 1])),), 0) for i in (1, 2)
    ]
    links = []
    for layer, (weights, biases, z, a) in enumerate(D3, 1):
        for i in (1, 2):
            out = "y" if layer == 3 else "a"
            zn, an = f"z{layer}{i}", f"{out}{layer}{i}"
            names[zn] = f"z^{layer}_{i}"
            names[an] = f"y_{i}" if layer == 3 else f"a^{layer}_{i}"
            cells = (
                Cell(zn, "sum", Symbol(zn), number(z[i - 1])),
                Cell(an, "activation", Symbol(an), number(a[i - 1])),
            )
            bias = Cell(f"b{layer}{i}", "bias", Symbol(f"b{layer}{i}"), number(biases[i - 1]))
            names[f"b{layer}{i}"] = f"b^{layer}_{i}"
            boxes.append(Box(zn, "unit", cells, layer, bias=bias))
            for j in (1, 2):
                w, source = f"w{layer}{i}{j}", f"x{j}" if layer == 1 else f"a{layer - 1}{j}"
                names[w] = f"w^{layer}_{{{i}{j}}}"
                links.append(Link(source, zn, w, number(weights[j - 1][i - 1]) or Symbol(w)))
    heads = ("Input", "Layer 1", "Layer 2", "Output layer")
    groups = tuple(Group(rank, (head,)) for rank, head in enumerate(heads))
    labels = Names({name: parse_latex_name(latex) for name, latex in names.items()})
    return Diagram(
        "layers", tuple(boxes), tuple(links), groups, "Three layers", "", names=labels, numbers=NumberStyle(3)
    )


def small() -> Diagram:
    """Two inputs, two hidden units, two outputs and the loss, in symbols."""
    boxes = [Box(x, "square", (Cell(x, "data", Symbol(x)),), 0) for x in ("x1", "x2")]
    pairs = {"z1": "a1", "z2": "a2", "z3": "y1", "z4": "y2"}
    weights = {"z1": ("x1", "x2"), "z2": ("x1", "x2"), "z3": ("a1", "a2"), "z4": ("a1", "a2")}
    links = []
    for place, (z, a) in enumerate(pairs.items()):
        boxes.append(Box(z, "unit", (Cell(z, "sum", Symbol(z)), Cell(a, "activation", Symbol(a))), 1 + place // 2))
        for source in weights[z]:
            w = f"w{len(links) + 1}"
            links.append(Link(source, z, w, Symbol(w)))
    boxes.append(Box("l", "disc", (Cell("l", "value", Symbol("l")),), 3))
    links += [Link("y1", "l"), Link("y2", "l")]
    return Diagram("layers", tuple(boxes), tuple(links), title="Two layers")
