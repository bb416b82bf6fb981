"""The network: declared piece by piece in any order, read as an immutable graph with its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from graphbp.errors import FormulaError, GraphbpError, GraphError, NameProblem, Source, UsageError, did_you_mean
from graphbp.graph import Graph, Kept, Role, Shape
from graphbp.network.declared import Formula, Leaf, Row, UserFunction, checked_name, checked_style, defined_twice
from graphbp.network.initial import checked_scheme
from graphbp.network.literals import held, literal
from graphbp.network.values import Values
from graphbp.network.variable import Variable, in_formula
from graphbp.notation.names import Label, Names, parse_latex_name
from graphbp.notation.tree import Call, Expr, Symbol, walk

if TYPE_CHECKING:
    import networkx

Content = Variable | Expr | str | float


class Network:
    """A network under construction; every reading of it is made on demand and kept until it changes.

    >>> net = Network("one neuron")
    >>> w, x = net.parameter("w", 0.5), net.input("x", 2)
    >>> z = net.node("z", w * x)
    >>> net.shape("z"), net.arrays["w"].item()
    ((), 0.5)
    """

    def __init__(self, title: str = "", *, style: str = "lecture", learning_rate: float | None = None) -> None:
        self.title, self.learning_rate = title, learning_rate
        self._style = self.written_style = checked_style(style)
        self.description = ""
        self.functions: dict[str, UserFunction] = {}
        self._leaves: dict[str, Leaf] = {}
        self._formulas: dict[str, Formula] = {}
        self._loss: str | None = None
        self._givens: dict[str, tuple[Expr | None, Source | None]] = {}
        self._given_loss = "l"
        self._rows: list[Row] = []
        self._total: Formula | None = None
        self._latex: dict[str, str] = {}
        self._labels: dict[str, Label] = {}

    @property
    def style(self) -> str:
        """The notation style."""
        return self._style

    @style.setter
    def style(self, style: str) -> None:
        """The notation preset's name."""
        self._style = checked_style(style)
        self._changed()

    # Declaring

    def input(self, name: str, value: Any = None, *, shape: Iterable[int | str] | None = None,
              source: Source | None = None) -> Variable:  # fmt: skip
        """Declare an input: a number, an array, or no value (a symbol); letters in the shape are open sizes."""
        return self.leaf(name, Role.INPUT, value, shape=shape, source=source)

    def parameter(self, name: str, value: Any = None, *, shape: Iterable[int | str] | None = None,
                  init: str | None = None, seed: int = 0, source: Source | None = None) -> Variable:  # fmt: skip
        """Declare a parameter, which training changes; `init` draws its starting numbers from the seed."""
        return self.leaf(name, Role.PARAMETER, value, shape=shape, init=init, seed=seed, source=source)

    def target(self, name: str, value: Any = None, *, shape: Iterable[int | str] | None = None,
               source: Source | None = None) -> Variable:  # fmt: skip
        """Declare a target: what the output should be."""
        return self.leaf(name, Role.TARGET, value, shape=shape, source=source)

    def leaf(self, name: str, role: Role, value: Any = None, *, shape: Iterable[int | str] | None = None,
             init: str | None = None, seed: int = 0, source: Source | None = None) -> Variable:  # fmt: skip
        """Declare a leaf of any role."""
        self._free(checked_name(name, source), source)
        if init is not None:
            checked_scheme(init)
        if value is not None and init is not None:
            raise UsageError(f"{name} has a value and an init", source=source, fix="keep one of the two")
        sizes = None if shape is None else tuple(shape)
        self._leaves[name] = Leaf(name, role, None if value is None else held(value), sizes, init, seed, source)
        self._changed()
        return Variable(self, Symbol(name))

    def function(self, name: str, params: Iterable[str], body: Content | None = None, *,
                 source: Source | None = None) -> None:  # fmt: skip
        """Declare a function of one's own; without a body it is unknown, and g′ stays g′."""
        from graphbp import ops

        self._free(checked_name(name, source), source)
        if name in ops.names():
            raise NameProblem(f"{name} is an operation already", source=source, fix="use another name")
        names = tuple(checked_name(param, source) for param in params)
        if not names or len(set(names)) < len(names):
            raise FormulaError(f"function {name} needs parameters, each with its own name", source=source)
        self.functions[name] = UserFunction(names, None if body is None else self._tree(name, body, source), source)
        self._changed()

    def node(self, name: str, formula: Content, *, source: Source | None = None) -> Variable:
        """Name a formula; the name is a node of every reading."""
        return self._formula(name, formula, Role.VALUE, source)

    def loss(self, name: str, formula: Content, *, source: Source | None = None) -> Variable:
        """Name the formula of the loss, one number."""
        if self._loss is not None:
            raise GraphError(f"the network has a loss already, {self._loss}", source=source,
                             fix="add the two up in one formula")  # fmt: skip
        variable = self._formula(name, formula, Role.LOSS, source)
        self._loss = name
        return variable

    def given(self, node: Variable | str, value: Any = None, *, loss: str = "l",
              source: Source | None = None) -> None:  # fmt: skip
        """Assume that ∂l/∂node is known, as a number or as a symbol only."""
        name = self._name_of(node)
        if self._givens and loss != self._given_loss:
            raise GraphError(f"gradients of two losses are given, {self._given_loss} and {loss}", source=source)
        if name in self._givens:
            raise NameProblem(f"d{loss}/d{name} is given twice", node=name, source=source, fix="keep one of the two")
        self._given_loss = checked_name(loss, source)
        self._givens[name] = (None if value is None else literal(value), source)
        self._changed()

    def example(self, /, **values: Any) -> None:
        """Add one row of data: the values of inputs and targets for one example."""
        self.row(values)

    def row(self, values: Mapping[str, Any], *, source: Source | None = None) -> None:
        """Add one row of data, from a table."""
        self._rows.append(Row({name: held(value) for name, value in values.items()}, source))
        self._changed()

    def total(self, name: str, formula: Content, *, source: Source | None = None) -> None:
        """Name the total loss, a formula of the examples' losses: sum(l), or mean(l) + lam*sum(W**2)/2."""
        self._total = Formula(checked_name(name, source), self._tree(name, formula, source), source=source)
        self._changed()

    def rename(self, node: Variable | str, latex: str, *, source: Source | None = None) -> None:
        """Show the node under a name of one's own, spelled in LaTeX."""
        name = self._name_of(node)
        try:
            self._labels[name], self._latex[name] = parse_latex_name(latex), latex
        except GraphbpError as error:
            raise error.at(node=name, source=source) from None
        self._changed()

    def layers(self, rows: Iterable[str], *, source: Source | None = None) -> Variable:
        """Declare layers in words: "dense 2 sigmoid" writes the nodes W1, b1, z1 and a1."""
        from graphbp.network.layers import declare_layers

        return declare_layers(self, rows, source)

    # Reading

    @cached_property
    def graph(self) -> Graph:
        """The validated graph.

        Raises: GraphbpError if a name, a shape or a formula does not fit.
        """
        from graphbp.network.assemble import assemble
        from graphbp.network.consistent import check_network

        leaves = {name: (leaf, self._values.shape(name)) for name, leaf in self._leaves.items()}
        graph = assemble(leaves, self._formulas, self.functions, self._loss)
        check_network(self, graph)
        return graph

    @cached_property
    def kept(self) -> Kept:
        """What others have made of this network; forgotten when it changes."""
        return Kept()

    @cached_property
    def formulas(self) -> Mapping[str, Expr]:
        """The formula of every computed node, as written."""
        return {name: formula.expr for name, formula in self._formulas.items()}

    @property
    def leaves(self) -> Mapping[str, Leaf]:
        """The declared leaves."""
        return self._leaves

    @property
    def values(self) -> Mapping[str, Expr | None]:
        """The literal of every leaf, with the author's spelling; None for a symbol and for drawn numbers."""
        return self._values.literals

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """The numbers of all leaves that have them; a leaf with numbers in the data only has the first row's."""
        return self._values.arrays

    @property
    def has_numbers(self) -> bool:
        """Whether everything, forward and backward, can be computed."""
        return not self.missing

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """What has no number yet: leaves, functions without a body, and assumed gradients (dl/dz1)."""
        unknown = [name for name, function in self.functions.items() if function.body is None]
        assumed = [f"d{self.loss_name}/d{name}" for name, value in self.givens.items() if value is None]
        return (*(name for name in self._leaves if name not in self.arrays), *unknown, *assumed)

    @cached_property
    def givens(self) -> Mapping[str, Expr | None]:
        """The gradients that are assumed to be known, by node."""
        return {name: value for name, (value, _) in self._givens.items()}

    @cached_property
    def data(self) -> tuple[Mapping[str, Expr], ...]:
        """The rows of data."""
        return tuple({name: literal(value) for name, value in row.values.items()} for row in self._rows)

    @cached_property
    def rows(self) -> tuple[Mapping[str, np.ndarray], ...]:
        """The rows of data as arrays."""
        return self._values.rows

    @property
    def total_formula(self) -> tuple[str, Expr] | None:
        """Name and formula of the total loss; with data it is the sum unless the author says otherwise."""
        if self._total is None and self._rows and self._loss:
            return "L", Call("sum", (Symbol(self._loss),))
        return (self._total.name, self._total.expr) if self._total else None

    @property
    def loss_name(self) -> str:
        """The loss, or the letter that stands for it where gradients are only given."""
        return self._loss or self._given_loss

    @property
    def has_loss(self) -> bool:
        """Whether a loss is defined; without one gradients start from those that are given."""
        return self._loss is not None

    @property
    def names(self) -> Names:
        """How every node is shown."""
        return self.names_as_written

    @cached_property
    def names_as_written(self) -> Names:
        """How every node is shown whatever the style: names that the author spelled, else made from the ids."""
        ranks = {node.id: len(node.shape) for node in self.graph.named}
        made = Names.default(ranks, ranks).renamed(self._labels)
        return replace(made, several=self._called_in_several_ways()) if self.functions else made

    def _called_in_several_ways(self) -> frozenset[str]:
        bodies = [function.body for function in self.functions.values() if function.body is not None]
        parts = (part for formula in (*self.formulas.values(), *bodies) for part in walk(formula))
        calls = {(part.function, part.args) for part in parts if isinstance(part, Call)}
        counts = Counter(function for function, _ in calls)
        return frozenset(function for function in self.functions if counts[function] > 1)

    @property
    def latex_names(self) -> Mapping[str, str]:
        """The names that the author spelled in LaTeX."""
        return self._latex

    def shape(self, name: str) -> Shape:
        """The shape of a node's value.

        Raises: NameProblem if there is no such node.
        """
        if name not in self.graph:
            raise NameProblem(f"unknown name {name}", fix=did_you_mean(name, (node.id for node in self.graph.named)))
        return self.graph[name].shape

    def symbol(self, name: str) -> Variable:
        """The variable of a node, which may still be declared later."""
        return Variable(self, Symbol(checked_name(name)))

    # Copies and texts

    def copy(self) -> Self:
        """A network of its own with the same declarations."""
        return type(self).of(self)

    @classmethod
    def of(cls, other: Network) -> Self:
        """A network of this class with the declarations of the other."""
        made = cls(other.title, style=other.style, learning_rate=other.learning_rate)
        for key in ("functions", "_leaves", "_formulas", "_givens", "_rows", "_latex", "_labels"):
            setattr(made, key, getattr(other, key).copy())
        for key in ("description", "written_style", "_loss", "_given_loss", "_total"):
            setattr(made, key, getattr(other, key))
        if "graph" in other.__dict__:
            made.__dict__["graph"] = other.graph
        return made

    def with_values(self, values: Mapping[str, Any], *, seed: int | None = None) -> Self:
        """A copy with other numbers for leaves or given gradients ("dl/dz1"), and another seed for drawn ones.

        Raises: NameProblem if a name is no leaf.
        """
        from graphbp.network.values import replaced

        made, start = self.copy(), f"d{self.loss_name}/d"
        for name, value in values.items():
            if name.startswith(start) and (node := name.removeprefix(start)) in made._givens:
                made._givens[node] = (literal(value), made._givens[node][1])
        leaves = {name: value for name, value in values.items() if name.removeprefix(start) not in made._givens}
        made._leaves = replaced(self._leaves, leaves, seed)
        # What is asked for here holds for every example.
        made._rows = [Row({name: value for name, value in row.values.items() if name not in leaves}, row.source)
                      for row in self._rows]  # fmt: skip
        # Numbers alone do not change the graph; other shapes do.
        if any(made._values.shape(name) != self._values.shape(name) for name in leaves):
            made._changed()
        return made

    def canonical(self) -> str:
        """The network's file: the same text for the same network, however it was made."""
        from graphbp.network.save import canonical

        return canonical(self)

    def save(self, path: str | Path) -> None:
        """Write the network's file."""
        from graphbp.network.save import save

        save(self, Path(path))

    def networkx(self) -> networkx.MultiDiGraph:
        """The named nodes as a networkx graph, one edge for each use."""
        from graphbp.network.save import as_networkx

        return as_networkx(self)

    def __repr__(self) -> str:
        return f"<Network {self.title!r}: {len(self._leaves)} leaves, {len(self._formulas)} nodes>"

    # Helpers

    @cached_property
    def _values(self) -> Values:
        return Values(self._leaves, self._rows)

    def _formula(self, name: str, content: Content, role: Role, source: Source | None) -> Variable:
        self._free(checked_name(name, source), source)
        self._formulas[name] = Formula(name, self._tree(name, content, source), role, source)
        self._changed()
        return Variable(self, Symbol(name))

    def _tree(self, name: str, content: Content, source: Source | None) -> Expr:
        """The formula as a tree."""
        if isinstance(content, Expr):
            return content
        if not isinstance(content, str):
            if isinstance(content, Variable) and content.network is not self:
                raise UsageError(f"the formula of {name} belongs to another network")
            return in_formula(content)
        from graphbp.notation.reading import parse_formula

        try:
            return parse_formula(content)
        except GraphbpError as error:
            raise error.at(node=name, source=source) from None

    def _free(self, name: str, source: Source | None) -> None:
        tables: tuple[Mapping[str, Any], ...] = (self._leaves, self._formulas, self.functions)
        for table in tables:
            if name in table:
                raise defined_twice(name, table[name].source, source)

    def _name_of(self, node: Variable | str) -> str:
        expr = node.expr if isinstance(node, Variable) else Symbol(node)
        if not isinstance(expr, Symbol):
            raise UsageError("a node is needed here, not a formula", fix='name the formula with net.node("z", …)')
        return expr.name

    def _changed(self) -> None:
        """Forget what was read off the earlier declarations."""
        for key in [key for key in self.__dict__ if isinstance(getattr(type(self), key, None), cached_property)]:
            del self.__dict__[key]
