"""The network view: units as circles z | a in columns, inputs as squares, weights on their edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from graphbp.derive.units import Unit, shape_parameter, units
from graphbp.drawing.diagram import Box, BoxKind, Cell, Diagram, Group, Key, Link
from graphbp.drawing.scene import Content
from graphbp.drawing.views.facts import Result, by_turns, columns, is_array, leaf_role, shape_note, value_of
from graphbp.drawing.views.layer_names import LETTERS, layer_formula
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.names import Label
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Piece
from graphbp.notation.tree import Equation, Expr, Symbol, substitute, walk

LONGEST_NOTE = 14
HIDDEN = frozenset({Role.TARGET, Role.CONSTANT, Role.NOISE, Role.STATE})


class NetworkView:
    """Collects boxes and links of a network; `result` puts numbers into them."""

    def __init__(self, network: Network, result: Result | None = None, digits: int = 3) -> None:
        self.digits = digits
        self.letters: dict[str, Label] = {}
        self.network, self.result, self.graph = network, result, network.graph
        self.units: dict[str, Unit] = {unit.z: unit for unit in units(network)}
        self.inner = {unit.a: unit.z for unit in self.units.values() if unit.a}
        self.sources = {z: self._unit_sources(unit) for z, unit in self.units.items()}

    def _unit_sources(self, unit: Unit) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source for _, source in unit.weights))

    def diagram(self) -> Diagram:
        """The finished diagram."""
        ranks = self.ranks()
        boxes = tuple(self.box(name, rank) for name, rank in ranks.items())
        links = tuple(self.links(ranks))
        title, names = self.network.title, self.network.names
        groups = tuple(self.groups(ranks))
        names = names.renamed({**LETTERS, **self.letters})
        return Diagram(
            "layers",
            boxes,
            links,
            groups,
            title,
            self.description(),
            legend=tuple(self.legend()),
            names=names,
            numbers=NumberStyle(self.digits),
        )

    def ranks(self) -> dict[str, int]:
        """The column of every box, in topological order of the boxes."""
        computed = [node.id for node in self.graph.named if not node.leaf and node.id not in self.inner]
        inputs = {name: tuple(dict.fromkeys(map(self.home, self.used(name)))) for name in computed}
        leaves = dict.fromkeys(name for sources in inputs.values() for name in sources if self.graph[name].leaf)
        rank = columns({**dict.fromkeys(leaves, ()), **inputs}, leaves)
        drawn = [node.id for node in self.graph.named if node.id in rank]
        return {name: rank[name] for name in by_turns(drawn, rank, lambda name: self.graph[name].leaf)}

    def home(self, name: str) -> str:
        """The box that holds a node."""
        return self.inner.get(name, name)

    def used(self, name: str) -> tuple[str, ...]:
        """The nodes whose edges arrive at a box; a unit's parameters stand on its edges instead."""
        if name in self.units:
            return self.sources[name]
        return tuple(source for source in self.graph.named_inputs[name] if self.graph[source].role not in HIDDEN)

    def box(self, name: str, rank: int) -> Box:
        """The box of a unit, an input or any other node."""
        node, array = self.graph[name], is_array(self.network, name)
        note = shape_note(node.shape)
        if name in self.units:
            unit = self.units[name]
            cells = [self.cell(name, "sum"), *([self.cell(unit.a, "activation")] if unit.a else [])]
            bias = None if unit.bias is None else self.cell(unit.bias, "bias")
            kind: BoxKind = "block" if array else "unit"
            return Box(name, kind, tuple(cells), rank, bias=bias, shape=self.shape(unit), note=note)
        if node.leaf:
            return Box(name, "square", (self.cell(name, leaf_role(node.role)),), rank, note=note)
        return Box(
            name, "block" if array else "disc", (self.cell(name, "value"),), rank, note=note or self.remark(name)
        )

    def shape(self, unit: Unit) -> Cell | None:
        """The parameter of an activation, α = 0.2, which has no letter in the legend."""
        name = shape_parameter(self.network, unit.z, unit.a) if unit.a else None
        if not name:
            return None
        cell = self.cell(name, "bias")
        shown = Equation(Symbol(name), (cell.value,)) if isinstance(cell.value, Expr) else None
        return replace(cell, value=shown)

    def cell(self, name: str, role: str) -> Cell:
        """A node with its number, if there is one."""
        value = value_of(self.network, self.result, name) if self.result is not None else None
        return Cell(name, role, Symbol(name), value)

    def remark(self, name: str) -> Content | None:
        """What stands under a plain node: its number, else its formula if that is short."""
        value = value_of(self.network, self.result, name) if self.result is not None else None
        formula = self.network.formulas[name]
        return value or (formula if sum(1 for _ in walk(formula)) <= LONGEST_NOTE else None)

    def links(self, ranks: dict[str, int]) -> Iterator[Link]:
        """All edges; several weights between the same two nodes share one."""
        for name in ranks:
            if name in self.units:
                yield from self.weight_links(self.units[name])
            elif not self.graph[name].leaf:
                yield from (Link(source, name) for source in self.used(name))

    def weight_links(self, unit: Unit) -> Iterator[Link]:
        """The edges into a unit with the weights that they stand for."""
        for source in self.sources[unit.z]:
            weights = [weight for weight, from_ in unit.weights if from_ == source]
            yield Link(source, unit.z, weights[0], self.weight_label(weights))

    def weight_label(self, weights: Iterable[str]) -> Content:
        """The weights' numbers, or their names."""
        pieces: list[Piece] = []
        for weight in weights:
            value = value_of(self.network, self.result, weight) if self.result is not None else None
            pieces += [", ", value or Symbol(weight)]
        return tuple(pieces[1:])

    def groups(self, ranks: dict[str, int]) -> Iterator[Group]:
        """Headings: input, layers, output layer, loss."""
        columns_: dict[int, list[str]] = {}
        for name, rank in ranks.items():
            columns_.setdefault(rank, []).append(name)
        deepest = max((unit.layer for unit in self.units.values()), default=0)
        for rank, names in sorted(columns_.items()):
            heading = self.heading(names, deepest)
            if heading and self.units:
                yield Group(rank, (heading,), self.layer_formula(names) or self.vector(names))

    def layer_formula(self, names: list[str]) -> Content | None:
        """A layer in vectors, the input as a vector; None where names do not tell of vectors."""
        if not all(name in self.units for name in names):
            return None
        found = layer_formula([self.units[name] for name in names], self.network.names)
        if found is None or any(is_array(self.network, name) for name in names):
            return None
        self.letters.update(found[1])
        return found[0]

    def vector(self, names: list[str]) -> Content | None:
        """A column of inputs as one letter, where the layer that reads it is written in vectors."""
        if not all(self.graph[name].leaf for name in names):
            return None
        readers = [unit for unit in self.units.values() if set(self.sources[unit.z]) == set(names)]
        found = layer_formula(readers, self.network.names) if readers else None
        if found is None:
            return None
        self.letters.update(found[1])
        return Symbol(f"layer {readers[0].z} x")

    def legend(self) -> Iterator[Key]:
        """What the parts of a unit mean, where numbers stand in the place of names."""
        scalar = [unit for unit in self.units.values() if unit.a and not is_array(self.network, unit.z)]
        if self.result is None or not scalar or not self.numbered(scalar[0].z):
            return
        z, a, w, b = map(Symbol, LETTERS)
        forms = {substitute(self.network.formulas[str(unit.a)], {Symbol(unit.z): z}) for unit in scalar}
        if len(forms) == 1 and all(unit.function for unit in scalar):
            yield Key("unit", Equation(a, tuple(forms)), (z, a))
        yield Key("weight", ("weight",), (w,))
        if any(unit.bias for unit in scalar):
            yield Key("bias", ("bias",), (b,))

    def numbered(self, name: str) -> bool:
        """Whether the node's number is known."""
        return value_of(self.network, self.result, name) is not None

    def heading(self, names: list[str], deepest: int) -> str | None:
        """The heading of one column, None for a mixed one."""
        if all(name in self.units for name in names):
            layers = {self.units[name].layer for name in names}
            if layers == {deepest} and (deepest > 1 or len(names) > 1) and self.is_output(names):
                return "Output layer"
            return (
                f"Layer {min(layers)}"
                if len(layers) == 1 and deepest > 1
                else ("Neuron" if len(names) == 1 and not is_array(self.network, names[0]) else "Layer")
            )
        if all(self.graph[name].role is Role.INPUT for name in names):
            return "Input" if len(names) == 1 else "Inputs"
        return "Loss" if names == [self.network.loss_name] else None

    def is_output(self, names: list[str]) -> bool:
        """Whether a layer ends the network: only the loss reads it, or nothing does and it has activations."""
        outputs = [self.units[name].output for name in names]
        readers = {reader for output in outputs for reader in self.graph.named_consumers[output]}
        return readers == {self.network.loss_name} if readers else all(self.units[name].a for name in names)

    def description(self) -> str:
        """What a screen reader says of the picture."""
        layers = len({unit.layer for unit in self.units.values()})
        inputs = sum(node.role is Role.INPUT for node in self.graph.named)
        return f"Network with {inputs} inputs and {len(self.units)} units in {layers} layers; edges carry the weights."


def network_view(network: Network, result: Result | None = None, digits: int = 3) -> Diagram:
    """The network as layers of units."""
    return NetworkView(network, result, digits).diagram()
