"""Calls that only documents make, none of which a user can spell: the gradient, its estimate, the best parameters."""

from __future__ import annotations

from abc import abstractmethod

from graphbp.notation.language import Language
from graphbp.notation.names import Label
from graphbp.notation.tree import Call, Equation, Term


class OwnCalls(Language):
    """Functions whose names begin with _, as no user's name does."""

    @abstractmethod
    def write(self, term: Term | Equation) -> str:
        """The term in this language."""

    def call__gradient(self, term: Call) -> str:
        """∇L(θ): all derivatives of the first argument at the second."""
        of, at = term.args
        return self.word("∇") + self.write(of) + self.paren(self.write(at))

    def call__difference(self, term: Call) -> str:
        """Δl/Δw: how much the first argument changes when the second does."""
        above, below = (self.label(Label("Delta")) + self.infix("tight") + self.write(x) for x in term.args)
        return self.fraction(above, below)

    def call__argmin(self, term: Call) -> str:
        """argmin_θ L(θ): where over the first argument the second is smallest."""
        over, of = term.args
        least = self.lowered(self.word("argmin"), self.write(over))
        return least + self.infix("thin") + self.write(of) + self.paren(self.write(over))
