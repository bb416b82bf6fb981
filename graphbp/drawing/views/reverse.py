"""The reverse view: the network that computes gradients, its units amplifiers with the gain σ′(z)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphbp import ops
from graphbp.derive.local import pull_back
from graphbp.drawing.diagram import Box, BoxKind, Cell, Diagram, Key, Link
from graphbp.drawing.scene import Content
from graphbp.drawing.views.facts import Result, by_turns, columns, gradient_of
from graphbp.drawing.views.network import HIDDEN, NetworkView
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.names import Label
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.smart import add, mul
from graphbp.notation.tree import Call, Equation, Expr, Mark, Number, Partial, Symbol, substitute, walk

UPSTREAM = "gradient that arrives"
"""The id, which no node can have, of the letter δ; a network with a δ of its own gets ∂l/∂z in its place."""

LONGEST_PRODUCT = 14
"""How many terms a formula on an edge may have."""


class ReverseView(NetworkView):
    """Collects what gradients flow through: every node between the inputs and the loss."""

    def __init__(self, network: Network, result: Result | None = None, digits: int = 3) -> None:
        super().__init__(network, result, digits)
        self.loss = Symbol(network.loss_name)
        self.arrays = any(node.shape for node in self.graph.named if not node.leaf)
        self.spelled = any(network.names.label(node.id).base == "delta" for node in self.graph.named)
        self.drawn: dict[str, None] = {}
        self.drawn = self._drawn()

    def _drawn(self) -> dict[str, None]:
        """The boxes, in topological order; leaves between arrays, and where nothing else is differentiated."""
        inner = [name for name in self.computed() if name != self.network.loss_name or self.shows_loss()]
        if self.units and not self.arrays:
            return dict.fromkeys(inner)
        leaves = dict.fromkeys(
            source for name in self.computed() for source in self.used(name) if self.graph[source].leaf
        )
        return dict.fromkeys([*leaves, *inner])

    def used(self, name: str) -> tuple[str, ...]:
        """The nodes that gradients go to; between arrays to weights and biases too, each by a product of its own."""
        if not self.arrays:
            return super().used(name)
        return tuple(source for source in self.graph.named_inputs[name] if self.learned(source))

    def learned(self, name: str) -> bool:
        """Whether a gradient between arrays goes there: not to targets, nor to numbers that nobody learns."""
        node = self.graph[name]
        return node.role not in HIDDEN and (not node.leaf or node.role is Role.PARAMETER or bool(node.shape))

    def computed(self) -> list[str]:
        """The boxes of computed nodes."""
        return [node.id for node in self.graph.named if not node.leaf and node.id not in self.inner]

    def shows_loss(self) -> bool:
        """Whether the loss is a station: it reads plain nodes, by functions whose slopes have a sign of their own."""
        if not self.network.has_loss or self.arrays:
            return True
        loss = self.network.loss_name
        plain = [name for name in self.used(loss) if name not in self.inner and name not in self.units]
        return bool(plain) and plain == list(self.used(loss))

    def diagram(self) -> Diagram:
        """What the view draws."""
        inputs = {
            name: tuple(self.home(s) for s in self.used(name) if self.home(s) in self.drawn) for name in self.drawn
        }
        leaves = [name for name in self.drawn if self.graph[name].leaf]
        rank = columns(inputs, leaves if self.arrays else ())
        links = tuple(self.flows())
        joined = {self.home(end) for link in links for end in (link.source, link.target)}
        joined |= {name for name in self.drawn if name in self.units or not (joined or self.units)}
        order = by_turns(list(self.drawn), rank, lambda name: self.graph[name].leaf)
        boxes = tuple(self.station(name, rank[name]) for name in order if name in joined)
        network, numbers = self.network, NumberStyle(self.digits)
        about = f"Reverse network: gradients flow from the loss to the first layer through {len(self.units)} units."
        return Diagram(
            "reverse",
            boxes,
            links,
            title=network.title,
            description=about,
            formula=self.formula(),
            names=network.names.renamed({UPSTREAM: Label("delta")}),
            numbers=numbers,
            legend=tuple(self.letter(links)),
        )

    def station(self, name: str, rank: int) -> Box:
        """An amplifier, or a plain node where gradients only meet; a given gradient is a source."""
        unit = self.units.get(name)
        gradient, number = Partial(self.loss, Symbol(name)), gradient_of(self.result, name)
        if unit and unit.a:
            cell = Cell(name, "amplifier", self.gain(name, unit.a), gradient=gradient, gradient_value=number)
            return Box(name, "unit", (cell, Cell(unit.a, "amplifier", Symbol(unit.a))), rank, seed=self.seed(unit.a))
        kind: BoxKind = "source" if name in self.network.givens else "gradient" if self.graph[name].leaf else "disc"
        if name == self.network.loss_name and self.network.has_loss:
            return Box(
                name, "disc", (Cell(name, "backward", Number(1), gradient=Equation(gradient, (Number(1),))),), rank
            )
        return Box(name, kind, (Cell(name, "backward", gradient, gradient_value=number),), rank)

    def gain(self, z: str, a: str) -> Expr:
        """The slope of the activation: σ′(z), or ∂a/∂z where the formula is not one call."""
        formula = self.network.formulas[a]
        return local_derivative(formula, a, z)

    def seed(self, name: str) -> Content | None:
        """The gradient that is known before the backward pass starts, at an output."""
        if name in self.network.givens:
            return Partial(self.loss, Symbol(name)) if name not in self.drawn else None
        if (
            self.network.has_loss
            and self.network.loss_name not in self.drawn
            and self.network.loss_name in self.graph.named_consumers[name]
        ):
            return Partial(self.loss, Symbol(name))
        return None

    def flows(self) -> Iterator[Link]:
        """The edges between stations, each with the factor that it multiplies by."""
        for name in self.drawn:
            if self.arrays:
                yield from self.products(name)
            elif name in self.units:
                links = self.weight_links(self.units[name])
                yield from (link for link in links if self.home(link.source) in self.drawn)
            elif not self.graph[name].leaf:
                for source in self.used(name):
                    if self.home(source) in self.drawn and self.graph[source].role not in HIDDEN:
                        yield Link(source, name, label=local_derivative(self.network.formulas[name], name, source))

    def products(self, name: str) -> Iterator[Link]:
        """The edges of a station between arrays, each with what it makes of the gradient that arrives."""
        for source in () if self.graph[name].leaf else self.used(name):
            if self.home(source) in self.drawn:
                yield Link(source, name, label=self.product(name, source))

    def product(self, name: str, source: str) -> Expr:
        """δ Wᵀ, Xᵀ δ, Σ δ: the share of a gradient in layer form; ∂name/∂source where it is long or has none."""
        share = pull_back(self.network, name, source)
        form = share.layer if share.layer is not None or share.rule.indices else share.named(share.rule.entry)
        if form is None:
            return local_derivative(self.network.formulas[name], name, source)
        parts = {Symbol(part.name): part.written for part in share.rule.definition.parts if part.written is not None}
        arriving = {} if self.spelled else {Partial(self.loss, Symbol(name)): Symbol(UPSTREAM)}
        found: Expr = substitute(substitute(form, parts), arriving)
        return found if sum(1 for _ in walk(found)) <= LONGEST_PRODUCT else Partial(Symbol(name), Symbol(source))

    def letter(self, links: Iterable[Link]) -> Iterator[Key]:
        """What δ is, if it stands on an edge."""
        formulas = [link.label for link in links if isinstance(link.label, Expr)]
        if any(part == Symbol(UPSTREAM) for formula in formulas for part in walk(formula)):
            yield Key("upstream", ("the gradient that arrives",), (Symbol(UPSTREAM),))

    def formula(self) -> Content | None:
        """The whole pass in one line, where there is but one amplifier."""
        amplifiers = [unit for unit in self.units.values() if unit.a]
        if len(amplifiers) != 1 or self.arrays:
            return None
        unit = amplifiers[0]
        assert unit.a is not None
        left = Mark(Partial(self.loss, Symbol(unit.z)), "backward")
        gain = Mark(self.gain(unit.z, unit.a), "forward")
        terms = [
            mul(Mark(Symbol(weight), "parameter"), Mark(Partial(self.loss, Symbol(later.z)), "backward"))
            for later in self.units.values()
            for weight, source in later.weights
            if source == unit.a
        ]
        upstream = add(*terms) if terms else Mark(Partial(self.loss, Symbol(unit.a)), "backward")
        return Equation(left, (mul(gain, upstream),))


def slope_of_call(formula: Expr, wrt: str) -> Call | None:
    """f′(x) or, of a function of the user's own, ∂k/∂x where the formula is one call on names, else None."""
    if not isinstance(formula, Call) or formula.order or formula.options:
        return None
    slots = [slot for slot, argument in enumerate(formula.args) if argument == Symbol(wrt)]
    if len(slots) != 1 or not all(isinstance(argument, Symbol) for argument in formula.args):
        return None
    if len(formula.args) > 1 and formula.function in ops.names():
        return None
    return Call(formula.function, formula.args, (), (slots[0],))


def local_derivative(formula: Expr, name: str, wrt: str) -> Expr:
    """The slope of a call, else ∂name/∂wrt."""
    return slope_of_call(formula, wrt) or Partial(Symbol(name), Symbol(wrt))


def reverse_view(network: Network, result: Result | None = None, digits: int = 3) -> Diagram:
    """The network run backward."""
    return ReverseView(network, result, digits).diagram()
