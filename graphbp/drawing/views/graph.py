"""The graph view: a card for every named node, local derivatives on the edges, gradients in the strips."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from graphbp.derive.local import local_derivative, scalar
from graphbp.derive.units import Unit, units
from graphbp.drawing.diagram import Box, Cell, Diagram, Flow, Link
from graphbp.drawing.views.facts import Result, columns, gradient_of, is_array, number, shape_note, value_of
from graphbp.drawing.views.reverse import slope_of_call
from graphbp.errors import GraphbpError
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.tree import Expr, Number, Partial, Symbol, walk

SHOWN = frozenset({"values", "gradients", "locals"})
LONGEST_LABEL = 9
SATELLITES = 2
OPEN_ROLES = frozenset({Role.PARAMETER, Role.VALUE, Role.LOSS, Role.STATE})


class GraphView:
    """Collects cards and links.

    `fold` 1 writes parameters inside the card of the one node that uses them, 2 also shared ones in all
    their cards, and an activation inside the card of its sum, 3 leaves parameters to the formulas;
    `turned` puts the loss into the column of the outputs.
    """

    def __init__(
        self,
        network: Network,
        result: Result | None = None,
        show: Collection[str] = SHOWN,
        fold: int = 0,
        turned: bool = False,
        digits: int = 3,
    ) -> None:
        self.network, self.result, self.graph = network, result, network.graph
        self.show, self.fold, self.digits = show, fold, digits
        self.loss = Symbol(network.loss_name)
        self.backward = "gradients" in show and (network.has_loss or bool(network.givens))
        self.trained = any(node.role is Role.PARAMETER for node in self.graph.named)
        self.named = [node.id for node in self.graph.named if node.role is not Role.CONSTANT]
        self.inner: dict[str, Unit] = {unit.a: unit for unit in units(network) if unit.a} if fold > 1 else {}
        self.unit_of = {unit.z: unit for unit in self.inner.values()}
        self.upstream = self._upstream()
        self.folded = self._folded()
        self.copied = self._copied()
        self.rows = self._rows()
        self.turned = turned and self._can_turn()

    def _folded(self) -> dict[str, str]:
        """Parameters written inside a card, and the node whose card it is."""
        if not self.fold:
            return {}
        lonely = (
            name
            for name in self.named
            if self.graph[name].role is Role.PARAMETER and len(self.graph.named_consumers[name]) == 1
        )
        return {name: self.graph.named_consumers[name][0] for name in lonely}

    def _copied(self) -> frozenset[str]:
        """Parameters of several nodes that are written inside each of their cards, and stand alone for their total."""
        parameters = (name for name in self.named if self.graph[name].role is Role.PARAMETER)
        return frozenset(name for name in parameters if self.fold > 1 and name not in self.folded)

    def _rows(self) -> dict[str, tuple[Cell, ...]]:
        """The parameters inside each card; at level 3 formulas alone tell of them."""
        found: dict[str, list[Cell]] = {}
        for leaf in self.named if self.fold < 3 else ():
            if leaf in self.folded:
                found.setdefault(self.folded[leaf], []).append(self.cell(leaf))
            for user in self.graph.named_consumers[leaf] if leaf in self.copied else ():
                found.setdefault(self.home(user), []).append(self._share(leaf, user))
        return {name: tuple(cells) for name, cells in found.items()}

    def _share(self, leaf: str, user: str) -> Cell:
        """A parameter in the card of one of its users, with what comes back to it from there."""
        shares = getattr(self.result[leaf], "contributions", ()) if self.result and leaf in self.result else ()
        value = next((share.value for share in shares if share.via == user), None)
        return replace(self.cell(leaf), gradient=None, gradient_value=number(value) if self.backward else None)

    def _can_turn(self) -> bool:
        """Whether the loss reads one or two outputs of the last column."""
        loss = self.network.loss_name
        if not self.network.has_loss:
            return False
        outputs = [name for name in self.graph.named_inputs[loss] if not self.graph[name].leaf]
        return 0 < len(outputs) <= 2 and all(self.graph.named_consumers[name] == (loss,) for name in outputs)

    def diagram(self) -> Diagram:
        """The finished diagram."""
        ranks, near = self.ranks()
        boxes = [self.card(name, ranks[name], near.get(name, "")) for name in self.in_order(ranks)]
        about = f"Computation graph of {len(self.named)} nodes: values on solid edges, gradients on dashed ones."
        return Diagram(
            "graph",
            tuple(boxes),
            tuple(self.links(ranks)),
            title=self.network.title,
            description=about,
            names=self.network.names,
            numbers=NumberStyle(self.digits),
        )

    # Columns

    def joined(self, source: str) -> bool:
        """Whether lines start at the node: not at a constant, nor at a parameter that every card repeats."""
        return self.graph[source].role is not Role.CONSTANT and source not in self.copied

    def home(self, name: str) -> str:
        """The card in which a node stands."""
        return self.inner[name].z if name in self.inner else self.folded.get(name, name)

    def sources(self, name: str) -> tuple[str, ...]:
        """The cards whose edges arrive at a card."""
        found = (self.home(source) for source in self.graph.named_inputs[name] if self.joined(source))
        return tuple(dict.fromkeys(source for source in found if source != self.home(name)))

    def ranks(self) -> tuple[dict[str, int], dict[str, str]]:
        """The column of every card, and for leaves of later nodes the node above or below which they stand."""
        computed = [name for name in self.named if not self.graph[name].leaf and self.home(name) == name]
        leaves = [name for name in self.named if self.graph[name].leaf and self.home(name) == name]
        loss = self.network.loss_name
        inputs = {name: self.sources(name) for name in computed}
        own = self._only_users(leaves)
        bare = {loss, *inputs.get(loss, ())} if self.turned else set()
        near = {}
        for name, hung in own.items():
            late = any(not self.graph[source].leaf for source in inputs[name])
            if late and len(hung) <= SATELLITES and name not in bare:
                near.update(dict.fromkeys(hung, name))
        rank = columns({**dict.fromkeys(leaves, ()), **inputs}, leaves)
        for leaf, user in near.items():
            rank[leaf] = rank[user]
        if self.turned:
            rank[loss] -= 1
            rank.update({leaf: max(rank[loss] - 1, 0) for leaf in own.get(loss, ())})
        return {name: rank[name] for name in [*leaves, *computed]}, near

    def _only_users(self, leaves: Iterable[str]) -> dict[str, list[str]]:
        """The leaves that but one card reads, by that card."""
        found: dict[str, list[str]] = {}
        for leaf in leaves:
            users = {self.home(user) for user in self.graph.named_consumers[leaf]}
            if len(users) == 1:
                found.setdefault(users.pop(), []).append(leaf)
        return found

    def in_order(self, ranks: dict[str, int]) -> list[str]:
        """Cards in the order in which their columns are first laid: the loss between two outputs."""
        order = [name for name in self.named if name in ranks]
        if self.turned:
            loss = self.network.loss_name
            order.remove(loss)
            outputs = [name for name in order if name in self.sources(loss) and not self.graph[name].leaf]
            order.insert(order.index(outputs[0]) + 1, loss)
        return order

    # Cards

    def card(self, name: str, rank: int, near: str) -> Box:
        """The box of a node."""
        unit = self.unit_of.get(name)
        cells = [self.cell(name), *([self.cell(unit.a)] if unit and unit.a else [])]
        return Box(
            name,
            "card",
            tuple(cells),
            rank,
            folded=self.rows.get(name, ()),
            note=shape_note(self.graph[name].shape),
            near=near,
        )

    def cell(self, name: str) -> Cell:
        """Name, value, formula and gradient of one node."""
        node = self.graph[name]
        role = "weight" if node.role is Role.PARAMETER else "data" if node.leaf else "value"
        value = value_of(self.network, self.result, name) if "values" in self.show else None
        gradient = Partial(self.loss, Symbol(name)) if self.gets_gradient(name) else None
        number_ = gradient_of(self.result, name) if gradient else None
        return Cell(name, role, Symbol(name), value, self.network.formulas.get(name), gradient, number_)

    def gets_gradient(self, name: str) -> bool:
        """Whether a gradient belongs to the node: parameters and computed nodes, inputs where nothing else is open."""
        node = self.graph[name]
        if not self.backward or name not in self.upstream:
            return False
        return node.role in OPEN_ROLES or (node.role is Role.INPUT and not self.trained)

    def _upstream(self) -> frozenset[str]:
        """The nodes before the loss or before a given gradient."""
        found = {*self.network.givens, *([self.network.loss_name] if self.network.has_loss else [])}
        for node in reversed(self.graph.named):
            if not found.isdisjoint(self.graph.named_consumers[node.id]):
                found.add(node.id)
        return frozenset(found)

    # Edges

    def links(self, ranks: dict[str, int]) -> Iterator[Link]:
        """An edge for every use of a node in another card."""
        for name in self.named:
            if self.graph[name].leaf:
                continue
            for source in self.graph.named_inputs[name]:
                if self.joined(source) and self.home(source) != self.home(name):
                    label, value = self.local(name, source) if "locals" in self.show else (None, None)
                    flow: Flow = "both" if self.gets_gradient(source) and self.gets_gradient(name) else "forward"
                    yield Link(source, name, label=label, value=value, flow=flow)

    def local(self, name: str, source: str) -> tuple[Expr | None, Expr | None]:
        """The local derivative as a formula and as a number; nothing between arrays."""
        if is_array(self.network, name) or is_array(self.network, source):
            return None, None
        written: Expr | None = slope_of_call(self.network.formulas[name], source)
        if written is None and scalar(self.network, name, source):
            try:
                written = local_derivative(self.network, name, source).result
            except GraphbpError:
                written = None
        if written is None or sum(1 for _ in walk(written)) > LONGEST_LABEL:
            written = Partial(Symbol(name), Symbol(source))
        return written, None if isinstance(written, Number) else self._slope(name, source)

    def _slope(self, name: str, source: str) -> Expr | None:
        """The number of a local derivative: the share that came through this edge, by the gradient behind it."""
        if self.result is None or not (name in self.result and source in self.result):
            return None
        upstream: Any = self.result[name].gradient
        shares = [c.value for c in getattr(self.result[source], "contributions", ()) if c.via == name]
        if not upstream or len(shares) != 1 or shares[0] is None:
            return None
        return number(shares[0] / upstream)


def graph_view(
    network: Network,
    result: Result | None = None,
    *,
    show: Collection[str] = SHOWN,
    fold: int = 0,
    turned: bool = False,
    digits: int = 3,
) -> Diagram:
    """The computation graph."""
    return GraphView(network, result, show, fold, turned, digits).diagram()
