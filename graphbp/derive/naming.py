"""Names in the style of a textbook: what a node is in its network decides what it is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from graphbp.derive.units import Unit, by_layer, units
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.names import Label, default_label
from graphbp.notation.styles import Style, filled

Named = tuple[str, Label | None]
LOSSES = ("l", "L", "J", "C", "E", "loss", "cost", "error")
"""What authors call a loss that may go by another letter."""


def styled_labels(network: Network, style: Style) -> Mapping[str, Label]:
    """The labels that the style gives to nodes; none where two nodes would get the same.

    >>> from graphbp.notation import styles
    >>> net = Network()
    >>> z = net.node("z", net.parameter("w") * net.input("x") + net.parameter("b"))
    >>> _ = net.target("t"), net.node("y", "sigmoid(z)"), net.loss("l", "(y - t)**2")
    >>> {name: label.base for name, label in styled_labels(net, styles.get("bishop")).items()}
    {'z': 'a', 'y': 'y', 'w': 'w', 'b': 'w', 't': 't', 'l': 'E'}
    """
    found: dict[str, Label] = {}
    repeated: set[str] = set()
    for name, label in _named(network, style):
        if label is not None:
            repeated |= {name} if found.get(name, label) != label else set()
            found.setdefault(name, label)
    found = {name: label for name, label in found.items() if name not in repeated}
    return _told_apart(network, {**dict(_other_arrays(network, style)), **found})


def _told_apart(network: Network, found: dict[str, Label]) -> dict[str, Label]:
    """The labels without those that another node has too."""
    own = {node.id: network.names_as_written.label(node.id) for node in network.graph.named}
    while True:
        used = Counter({**own, **found}.values())
        clashing = [name for name, label in found.items() if used[label] > 1]
        if not clashing:
            return found
        for name in clashing:
            del found[name]


def _named(network: Network, style: Style) -> Iterator[Named]:
    """Every node that the style names, with its label."""
    layers = by_layer(units(network))
    places = _Places(network, style, layers)
    for layer, members in layers.items():
        for unit in members:
            yield from places.unit(layer, unit)
    yield from places.outputs()
    yield from places.targets()
    yield from places.losses()


class _Places:
    """Which layer, unit and source every node of a network has."""

    def __init__(self, network: Network, style: Style, layers: Mapping[int, tuple[Unit, ...]]) -> None:
        self.network, self.style, self.layers = network, style, layers
        self.many_units = any(len(members) > 1 for members in layers.values())
        self.index: dict[str, str] = {}
        for members in layers.values():
            self.index.update({unit.output: str(place) for place, unit in enumerate(members, 1)})
        inputs = [node.id for node in network.graph.named if node.role is Role.INPUT]
        self.index.update({name: str(place) for place, name in enumerate(inputs, 1)} if len(inputs) > 1 else {})

    def label(self, kind: str, name: str, **places: str) -> Label | None:
        """The label of a node of some kind."""
        return self.style.label(kind, bool(self.network.shape(name)), **places)

    def unit(self, layer: int, unit: Unit) -> Iterator[Named]:
        """The sum, the activation, the weights and the bias of a unit."""
        number = str(layer + self.style.first - 1) if len(self.layers) > 1 else ""
        place = {"layer": number, "unit": self.index[unit.output] if self.many_units else ""}
        last = layer == max(self.layers)
        if unit.a:
            label = self.label("output_sum", unit.z, **place) if last else None
            yield unit.z, label or self.label("sum", unit.z, **place)
            label = self.label("output", unit.a, **place) if last else None
            yield unit.a, label or self.label("activation", unit.a, **place)
        else:
            kinds = ("output",) if last and _called_y(unit.z) else ("output_sum", "sum") if last else ("sum",)
            yield unit.z, next((label for kind in kinds if (label := self.label(kind, unit.z, **place))), None)
        for weight, source in unit.weights:
            yield weight, self.label("weight", weight, **place, source=self.source(unit, source))
        if unit.bias:
            yield unit.bias, self.label("bias", unit.bias, **place)

    def source(self, unit: Unit, source: str) -> str:
        """The number of the unit or input that a weight comes from; none where there is but one."""
        alone = len(unit.weights) == 1 and not self.many_units
        return "" if alone else self.index.get(source, "1")

    def outputs(self) -> Iterator[Named]:
        """Nodes called y that are no units."""
        known = {name for members in self.layers.values() for unit in members for name in (unit.z, unit.a)}
        for node in self.network.graph.named:
            if node.role is Role.VALUE and node.id not in known and _called_y(node.id):
                yield node.id, self.label("output", node.id, unit=default_label(node.id).sub)

    def targets(self) -> Iterator[Named]:
        """The targets, numbered as their author numbered them."""
        found = [node.id for node in self.network.graph.named if node.role is Role.TARGET]
        for place, name in enumerate(found, 1):
            number = default_label(name).sub or str(place)
            yield name, self.label("target", name, unit=number if len(found) > 1 else "")

    def losses(self) -> Iterator[Named]:
        """The loss and the total loss."""
        total, loss = self.network.total_formula, self.network.loss_name
        if loss in LOSSES:
            label = self.style.label("example_loss", False) if total else None
            yield loss, label or self.style.label("loss", False)
        if total and total[0] in LOSSES:
            yield total[0], self.style.label("total", False)


def _other_arrays(network: Network, style: Style) -> Iterator[tuple[str, Label]]:
    """Arrays with the numbers that their authors gave them, in the way of the style."""
    for node in network.graph.named:
        label = default_label(node.id, len(node.shape))
        if node.shape and label.letter and (style.index or style.bold):
            index = filled("W" + style.index.replace("<n>", label.sup), {}) if style.index else label
            scripts = {"sup": index.sup, "sub": label.sub or index.sub} if label.sup else {}
            yield node.id, replace(label, **scripts, bold=label.bold or style.bold)


def _called_y(name: str) -> bool:
    return default_label(name).base == "y"
