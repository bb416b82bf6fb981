"""A layer's formula in vectors, z¹ = W¹x + b¹, where the names of its units allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from graphbp.derive.units import Unit
from graphbp.notation.names import Label, Names
from graphbp.notation.tree import Add, Equation, Expr, Mul, Symbol

LETTERS: Mapping[str, Label] = {"key z": Label("z"), "key a": Label("a"), "key w": Label("w"), "key b": Label("b")}
"""The letters of a legend, under ids that no node can have."""


def common(labels: Iterable[Label]) -> Label | None:
    """What the names of a layer share if they differ in their subscripts only: z for z¹₁, z¹₂."""
    known = tuple(labels)
    stems = {replace(label, sub="") for label in known}
    if len(stems) != 1 or len({label.sub for label in known}) != len(known) or not all(label.sub for label in known):
        return None
    return next(iter(stems))


def layer_formula(units: Sequence[Unit], names: Names) -> tuple[Equation, dict[str, Label]] | None:
    """The formula of a layer and the labels of its letters, or None where layers carry no superscript of their own."""
    sources = list(dict.fromkeys(source for unit in units for _, source in unit.weights))
    stems = {
        "z": common(names.label(unit.z) for unit in units),
        "x": common(map(names.label, sources)),
        "w": common(names.label(weight) for unit in units for weight, _ in unit.weights),
        "b": common(names.label(unit.bias) for unit in units if unit.bias),
    }
    z, x, w, b = stems["z"], stems["x"], stems["w"], stems["b"]
    if z is None or x is None or w is None or not z.sup or not w.sup or len(w.base) != 1:
        return None
    biased = all(unit.bias for unit in units) and b is not None
    key = f"layer {units[0].z} "
    labels = {
        f"{key}z": replace(z, bold=True),
        f"{key}x": replace(x, bold=True),
        f"{key}w": replace(w, base=w.base.upper()),
    }
    product: Expr = Mul((Symbol(f"{key}w"), Symbol(f"{key}x")))
    if biased and b is not None:
        labels[f"{key}b"] = replace(b, bold=True)
        product = Add((product, Symbol(f"{key}b")))
    return Equation(Symbol(f"{key}z"), (product,)), labels
