"""The notation table: every sign of a network and what it means, signs of one kind in one row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from graphbp.derive.units import Unit
from graphbp.document.tree import Table
from graphbp.document.wording import extent, separated
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.names import Label, Names
from graphbp.notation.prose import Prose
from graphbp.notation.tree import Call, Expr, Partial, Symbol, walk

FEW = 2
MOST_VALUES = 12
"""More intermediate values than these go by a generic sign."""
LETTERS = {"input": "j", "weight": "k", "parameter": "k"}


@dataclass(frozen=True, slots=True)
class Family:
    """Nodes of one kind whose names differ in their indices only."""

    kind: str
    members: tuple[str, ...]
    sign: str
    label: Label


def notation_table(network: Network, units: Sequence[Unit], *, on_edges: bool = False) -> tuple[Table, Names]:
    """The table, and the network's names with those of generic signs (x_j) added.

    `on_edges` tells that the picture writes each weight on its edge.
    """
    kinds = _Kinds(network, units, on_edges)
    families = kinds.families
    rows = [kinds.row(group) for group in _merged(families, kinds)]
    rows += [kinds.total_row()] if network.total_formula else []
    rows += [*kinds.function_rows(), *kinds.given_rows()]
    generic = {family.sign: family.label for family in families}
    table = Table((("Sign",), ("Meaning",)), tuple(row for row in rows if row), ("left", "left"))
    return table, network.names.renamed(generic)


class _Kinds:
    """What each node of a network is, in one word."""

    def __init__(self, network: Network, units: Sequence[Unit], on_edges: bool) -> None:
        self.network, self.units, self.on_edges = network, units, on_edges
        self.scalar = all(node.shape == () for node in network.graph.named)
        self.kinds = dict(self.kind_of())
        self.values = list(self.kinds.values()).count("value")
        last = max((unit.layer for unit in units), default=0)
        self.last = {unit.output for unit in units if unit.layer == last}

    def kind_of(self) -> Iterable[tuple[str, str]]:
        """(node, kind) in the order of the table."""
        weights = {weight for unit in self.units for weight, _ in unit.weights}
        biases = {unit.bias for unit in self.units}
        sums, activations = {unit.z for unit in self.units}, {unit.a for unit in self.units}
        for node in self.network.graph.named:
            if node.role is Role.PARAMETER:
                yield node.id, "weight" if node.id in weights else "bias" if node.id in biases else "parameter"
            elif node.role is Role.VALUE:
                yield node.id, "sum" if node.id in sums else "activation" if node.id in activations else "value"
            else:
                yield node.id, node.role.value

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The nodes by kind and by how their names are made, in the order of the table."""
        order = (
            "input",
            "sum",
            "activation",
            "value",
            "target",
            "weight",
            "bias",
            "parameter",
            "state",
            "noise",
            "loss",
        )
        found: dict[tuple[str, object], list[str]] = {}
        for name, kind in self.kinds.items():
            if kind in order:
                found.setdefault((kind, self.pattern(name, kind)), []).append(name)
        made = [self.family(kind, tuple(members)) for (kind, _), members in found.items()]
        return tuple(sorted(made, key=lambda family: order.index(family.kind)))

    def pattern(self, name: str, kind: str) -> object:
        """What members of one family have in common."""
        label, shape = self.network.names.label(name), self.network.shape(name)
        own = name if shape or (kind == "value" and self.values <= MOST_VALUES) else ""
        return label.base, label.accent, bool(label.sub), bool(label.sup), label.sub.count(","), own

    def family(self, kind: str, members: tuple[str, ...]) -> Family:
        """A family under its generic sign, or under its one member's name."""
        label = self.network.names.label(members[0])
        if len(members) == 1:
            return Family(kind, members, members[0], label)
        labels = [self.network.names.label(member) for member in members]
        return Family(kind, members, f"any {members[0]}", generic_label(labels, LETTERS.get(kind, "i")))

    def row(self, group: Sequence[Family]) -> tuple[Prose, Prose]:
        """Signs and meaning of families that share a row."""
        signs: list[Expr] = [Symbol(name) for family in group for name in self.shown(family)]
        return separated(signs), self.meaning(group)

    def shown(self, family: Family) -> tuple[str, ...]:
        """Few names are listed, many go by their generic sign."""
        listed = family.kind == "bias" and len(family.members) <= FEW
        return family.members if listed or len(family.members) == 1 else (family.sign,)

    def meaning(self, group: Sequence[Family]) -> Prose:
        """What the signs of a row stand for."""
        first = group[0]
        shape = self.network.shape(first.members[0])
        size = f", {extent(shape)}" if shape else ""
        special = {
            "value": self.value_meaning,
            "loss": self.loss_meaning,
            "target": self.target_meaning,
            "bias": self.bias_meaning,
        }
        if first.kind in special:
            return (*special[first.kind](first), *([size] if size else []))
        if first.kind in ("sum", "activation"):
            return self.unit_meaning(group, size)
        return (self.word(first.kind, bool(shape)) + size,)

    def unit_meaning(self, group: Sequence[Family], size: str) -> Prose:
        """Weighted sums and activations, with the letters that count units and layers."""
        first = group[0]
        word = self.word(first.kind, bool(self.network.shape(first.members[0])))
        where = self.counting(first)
        if len(group) > 1:
            signs = separated(Symbol(name) for name in self.shown(group[-1]))
            return (word.removesuffix(" of a unit"), *(where or ()), f"{size}; in the output layer ", *signs)
        if where:
            return (word.removesuffix(" of a unit"), *where, *([size] if size else []))
        last = first.kind == "activation" and set(first.members) <= self.last
        return (f"{word}{' of the output layer' if last else ''}{size}",)

    def counting(self, family: Family) -> Prose | None:
        """of unit i in layer j, if that is what the scripts say."""
        layers = {name: str(unit.layer) for unit in self.units for name in (unit.z, unit.a) if name}
        labels = {name: self.network.names.label(name) for name in family.members}
        if len(family.members) == 1 or any(self.network.shape(name) for name in family.members):
            return None
        apart = {_layer(label) - int(layers[name]) for name, label in labels.items()}
        if len(apart) == 1 and family.label.sup.strip("()[]") == "i":
            return (" of unit ", Symbol("j"), " in layer ", Symbol("i"))
        if all(label.sub.partition(",")[2] == layers[name] for name, label in labels.items()):
            return (" of unit ", Symbol("i"), " in layer ", Symbol("j"))
        return None

    def word(self, kind: str, array: bool) -> str:
        """The meaning of a kind in words."""
        words = {
            "input": "input",
            "sum": "weighted sums of a layer" if array else "weighted sum of a unit",
            "activation": "activation",
            "weight": "weights" if array else "weight",
            "bias": "biases" if array else "bias",
            "parameter": "parameter",
            "state": "state",
            "noise": "noise",
            "loss": "loss of this example" if self.scalar else "loss",
        }
        return words[kind] + (", written on its edge" if kind == "weight" and self.on_edges and not array else "")

    def value_meaning(self, family: Family) -> Prose:
        """The formula says what a value is, unless it is long."""
        formula = self.network.formulas[family.members[0]]
        short = len(family.members) == 1 and sum(1 for _ in walk(formula)) <= 8
        return ("the value of ", formula) if short else ("intermediate value",)

    def loss_meaning(self, family: Family) -> Prose:
        """A loss compares with targets; anything else that is differentiated is a value."""
        targets = any(kind == "target" for kind in self.kinds.values())
        return (
            (self.word("loss", False),)
            if targets or self.network.loss_name in ("l", "L")
            else self.value_meaning(family)
        )

    def bias_meaning(self, family: Family) -> Prose:
        """Biases are named with their weighted sums where both are numbered alike."""
        array = bool(self.network.shape(family.members[0]))
        table = {unit.bias: self.network.names.label(unit.z) for unit in self.units if unit.bias}
        labels = {name: self.network.names.label(name) for name in family.members}
        alike = all((table[name].sub, table[name].sup) == (label.sub, label.sup) for name, label in labels.items())
        sums = next(
            (other for other in self.families if other.kind == "sum" and len(other.members) == len(family.members)),
            None,
        )
        if alike and sums and not array:
            return ("bias in ", Symbol(self.shown(sums)[0]))
        return (self.word("bias", array),)

    def target_meaning(self, family: Family) -> Prose:
        """Targets are named with their outputs where each has its own."""
        outputs = [other for other in self.families if other.kind == "activation" and set(other.members) <= self.last]
        if len(outputs) == 1 and len(outputs[0].members) == len(family.members):
            return ("target of output ", Symbol(self.shown(outputs[0])[0]))
        return ("target",)

    def total_row(self) -> tuple[Prose, Prose]:
        name, formula = self.network.total_formula or ("", Symbol(""))
        summed = formula == Call("sum", (Symbol(self.network.loss_name),))
        return (Symbol(name),), ("total loss, the sum over all examples",) if summed else ("total loss, ", formula)

    def function_rows(self) -> list[tuple[Prose, Prose]]:
        """The functions that formulas mention by a letter; unknown ones share a row."""
        from graphbp import ops
        from graphbp.ops.base import Elementwise

        rows: list[tuple[Prose, Prose]] = []
        z = Symbol("z")
        for call in self.calls:
            own = self.network.functions.get(call.function)
            if own is not None and own.body is not None:
                rows.append(((Call(call.function, tuple(map(Symbol, own.params))),), (own.body,)))
            elif call.function in _LETTERED and isinstance(op := ops.get(call.function), Elementwise):
                rows.append(((Call(call.function, (z,)),), (_LETTERED[call.function], op.definition(z))))
        open_calls = [
            call
            for call in self.calls
            if call.function in self.network.functions and self.network.functions[call.function].body is None
        ]
        if open_calls:
            noun = "functions whose formulas are" if len(open_calls) > 1 else "a function whose formula is"
            rows.append((separated(open_calls), (f"{noun} left open",)))
        several = [call for call in open_calls if call.function in self.network.names.several and len(call.args) > 1]
        slopes = [Call(call.function, call.args, (), (0,)) for call in several]
        rows += [
            ((slope,), ("slope of ", call, " in its first place")) for slope, call in zip(slopes, several, strict=True)
        ]
        return rows

    @cached_property
    def calls(self) -> Sequence[Call]:
        """One call of each function, in the order of the formulas."""
        formulas = self.network.formulas.values()
        calls = (part for formula in formulas for part in walk(formula) if isinstance(part, Call))
        return tuple({call.function: call for call in calls}.values())

    def given_rows(self) -> list[tuple[Prose, Prose]]:
        loss = Symbol(self.network.loss_name)
        signs = [Partial(loss, Symbol(name)) for name in self.network.givens]
        return (
            [(separated(signs), ("gradients that are given" if len(signs) > 1 else "a gradient that is given",))]
            if signs
            else []
        )


_LETTERED: Mapping[str, str] = {"sigmoid": "sigmoid function, "}
"""Functions whose sign does not say their name."""


def _merged(families: Sequence[Family], kinds: _Kinds) -> list[list[Family]]:
    """Families in rows: hidden and output activations of units share one."""
    rows: list[list[Family]] = []
    for family in families:
        last = rows[-1] if rows else []
        shares = family.kind == "activation" and len(last) == 1 and last[0].kind == "activation"
        same_shape = shares and kinds.network.shape(last[0].members[0]) == kinds.network.shape(family.members[0])
        if shares and same_shape and set(family.members) <= kinds.last and not set(last[0].members) & kinds.last:
            last.append(family)
        else:
            rows.append([family])
    return rows


def generic_label(labels: Sequence[Label], letter: str) -> Label:
    """A name that stands for all of them: letters where they differ.

    >>> generic_label([Label("w", "1"), Label("w", "2")], "k").sub
    'k'
    >>> generic_label([Label("a", "11", "1"), Label("a", "12", "2")], "i")
    Label(base='a', sub='jk', sup='i', accent='', bold=False)
    """
    sups, subs = [label.sup for label in labels], [label.sub for label in labels]
    layered = len(set(sups)) > 1
    sup = re.sub(r"\w+", "i", sups[0]) if layered else sups[0]
    return replace(labels[0], sup=sup, sub=_generic(subs, "j" if layered else letter))


def _layer(label: Label) -> int:
    """The number above a name, bare or in brackets."""
    number = label.sup.strip("()[]")
    return int(number) if number.isdecimal() else 0


def _generic(subs: Sequence[str], letter: str) -> str:
    """Letters for subscripts that differ, two for two-digit ones; behind a comma stands the layer j."""
    if len(set(subs)) == 1:
        return subs[0]
    if any("," in sub for sub in subs):
        return ",".join([_letters([sub.split(",")[0] for sub in subs], "i"), *"jkl"[: subs[0].count(",")]])
    return _letters(subs, letter)


def _letters(subs: Sequence[str], letter: str) -> str:
    double = all(len(sub) == 2 and sub.isdigit() for sub in subs)
    pairs = {"i": "ik", "j": "jk", "k": "ij"}
    return pairs[letter] if double else letter
