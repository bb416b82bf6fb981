"""One consumer's share in the gradient of a number; shares that differ only in names are derived and checked once.

A large network repeats few patterns of formulas.  What a pattern's derivative is, how its parts are coloured and
whether its witness agrees does not depend on names: the first use settles it, every other one only puts its own
names in, and that not before somebody reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphbp.calculus.lines import Chain, Line, Rule
from graphbp.derive.local import Local, local_derivative
from graphbp.derive.steps import Evidence
from graphbp.graph import Role
from graphbp.notation.paper import uncoloured
from graphbp.notation.reading import name_pattern
from graphbp.notation.smart import ONE, mul
from graphbp.notation.traverse import Maker
from graphbp.notation.tree import Call, Equation, Expr, Mark, Mul, Neg, Symbol, Term, renamed, template

if TYPE_CHECKING:
    from graphbp.derive.sweep import Sweep


class Pattern:
    """A share in the names of its first use, and the evidence that it is true."""

    def __init__(self, names: Sequence[str], local: Local, formula: Expr, evidence: Evidence) -> None:
        self.names, self.local, self.formula, self.evidence = names, local, formula, evidence

    @cached_property
    def coloured(self) -> Maker:
        """Makes the share under other names."""
        return template(self.formula, self.names)

    @cached_property
    def plain(self) -> Maker:
        """Makes the share without colours under other names."""
        return template(uncoloured(self.formula), self.names)


class Share:
    """The share of one consumer, in its own names."""

    __slots__ = ("consumer", "pattern", "symbols", "wrt")

    def __init__(self, pattern: Pattern, symbols: Sequence[Symbol], consumer: str, wrt: str) -> None:
        self.pattern, self.symbols, self.consumer, self.wrt = pattern, symbols, consumer, wrt

    @property
    def formula(self) -> Expr:
        """Local derivative times upstream gradient, in the colours of their roles."""
        return self.pattern.coloured(self.symbols)  # type: ignore[no-any-return]

    @property
    def plain(self) -> Expr:
        """The same without colours."""
        return self.pattern.plain(self.symbols)  # type: ignore[no-any-return]

    @property
    def local(self) -> Local:
        """The local derivative, line by line."""
        chain = self.pattern.local.chain
        lines = (Line(self._named(x.expr), x.rule, tuple(map(self._piece, x.reason))) for x in chain.lines)
        return Local(self.consumer, self.wrt, Chain(self._named(chain.left), tuple(lines)))

    def _named(self, term: Any) -> Any:
        return renamed(term, dict(zip(self.pattern.names, (symbol.name for symbol in self.symbols), strict=True)))

    def _piece(self, piece: Any) -> Any:
        if isinstance(piece, Equation):
            return Equation(self._named(piece.left), tuple(map(self._named, piece.rights)), piece.relation)
        return self._named(piece) if isinstance(piece, Term) else piece


class Shares:
    """The shares of one sweep, by consumer and node."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.network = sweep, sweep.network
        self.known: dict[Any, Pattern] = {}
        self._read: dict[str, tuple[Any, tuple[Symbol, ...]]] = {}

    def of(self, consumer: str, wrt: str) -> Share:
        """The share of a consumer whose formula speaks of numbers only.

        Raises: StepFails if the witness contradicts its pattern.
        """
        shape, symbols = self._shape(consumer)
        place = next((place for place, symbol in enumerate(symbols) if symbol.name == wrt), None)
        if place is None:
            alone = Symbol(wrt), Symbol(consumer)
            return Share(self._pattern(consumer, wrt, alone), alone, consumer, wrt)
        key = shape, place, self._named_slope(consumer, wrt)
        if key not in self.known:
            self.known[key] = self._pattern(consumer, wrt, symbols)
        return Share(self.known[key], symbols, consumer, wrt)

    def _shape(self, consumer: str) -> tuple[Any, tuple[Symbol, ...]]:
        """What shares of formulas that differ only in names have in common; the names, the consumer's last.

        There are no names where the text does not tell which words are names.
        """
        if consumer not in self._read:
            text, names = name_pattern(self.network.graph[consumer].written or "")
            upstream = self.sweep.gradient(consumer).total, self._is_loss(consumer)
            symbols = tuple(map(Symbol, (*names, consumer) if text else ()))
            self._read[consumer] = (text, tuple(map(self._about, names)), upstream), symbols
        return self._read[consumer]

    def _about(self, name: str) -> tuple[Any, ...]:
        """What decides of a name how it is coloured, and at which numbers the witness looks."""
        graph = self.network.graph
        parameter = name in graph and graph[name].role is Role.PARAMETER
        return parameter, self.sweep.witness.domains.get(name)

    def _is_loss(self, consumer: str) -> bool:
        return consumer == self.sweep.loss.name

    def _named_slope(self, consumer: str, wrt: str) -> bool:
        """Whether the slope of a unit's activation keeps its name σ′(z): where no numbers are known."""
        if self.sweep.env:
            return False
        unit, formula = self.sweep.plan.unit_of(wrt), self.network.formulas[consumer]
        return unit is not None and unit.a == consumer and isinstance(formula, Call) and formula.args == (Symbol(wrt),)

    def _pattern(self, consumer: str, wrt: str, symbols: Sequence[Symbol]) -> Pattern:
        local = self._local(consumer, wrt)
        formula = self._formula(consumer, local.result)
        evidence = self.sweep.witness.check(wrt, [consumer], [formula])
        return Pattern([symbol.name for symbol in symbols], local, formula, evidence)

    def _local(self, consumer: str, wrt: str) -> Local:
        formula = self.network.formulas[consumer]
        if isinstance(formula, Call) and self._named_slope(consumer, wrt):
            prime = Call(formula.function, formula.args, formula.options, (0,))
            return Local(consumer, wrt, Chain(self.sweep.local(consumer, wrt), (Line(prime, Rule.LOCAL, ()),)))
        return local_derivative(self.network, consumer, wrt)

    def _formula(self, consumer: str, local: Expr) -> Expr:
        if self._is_loss(consumer):
            return local
        return mul(*self._marked(local), Mark(self.sweep.gradient(consumer), "backward"))

    def _marked(self, local: Expr) -> tuple[Expr, ...]:
        if isinstance(local, Neg):
            first, *rest = self._marked(local.x)
            return (Neg(first), *rest)
        if local == ONE:
            return (ONE,)
        if isinstance(local, Symbol) and self._about(local.name)[0]:
            return (Mark(local, "parameter"),)
        return tuple(Mark(factor, "forward") for factor in (local.factors if isinstance(local, Mul) else (local,)))
