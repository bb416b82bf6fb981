"""Formulas in Python: variables with the ordinary operators, and calls of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphbp.errors import UsageError
from graphbp.network.literals import literal
from graphbp.notation.tree import Call, Cases, Compare, Expr, Number, Relation, as_expr

if TYPE_CHECKING:
    from graphbp.network.builder import Network

MOST_TERMS = 20_000
"""A formula without names for its parts grows exponentially when its parts are used twice."""


class Variable:
    """A formula that belongs to a network; operators make longer formulas.

    >>> from graphbp.network import Network
    >>> net = Network()
    >>> x, w = net.input("x"), net.parameter("w")
    >>> (w * x + 1).expr == (w.expr * x.expr + 1)
    True
    """

    __slots__ = ("expr", "network", "size")
    # NumPy arrays on the left leave the operator to us.
    __array_ufunc__ = None
    # Without this, `for entry in x` would ask for x[0], x[1], … for ever.
    __iter__ = None

    def __init__(self, network: Network, expr: Expr, size: int = 1) -> None:
        if size > MOST_TERMS:
            raise UsageError("the formula has become too long", fix='give its parts names with net.node("z", …)')
        self.network, self.expr, self.size = network, expr, size

    def __repr__(self) -> str:
        return f"Variable({self.expr})"

    def __add__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: a * b)

    def __rmul__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: b * a)

    def __truediv__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: b / a)

    def __pow__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: a**b)

    def __rpow__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: b**a)

    def __matmul__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: a @ b)

    def __rmatmul__(self, other: Any) -> Variable:
        return self._with(other, lambda a, b: b @ a)

    def __neg__(self) -> Variable:
        return Variable(self.network, -self.expr, self.size + 1)

    def __abs__(self) -> Variable:
        return call("abs", self)

    def __lt__(self, other: Any) -> Comparison:
        return Comparison(self, "<", other)

    def __le__(self, other: Any) -> Comparison:
        return Comparison(self, "<=", other)

    def __gt__(self, other: Any) -> Comparison:
        return Comparison(self, ">", other)

    def __ge__(self, other: Any) -> Comparison:
        return Comparison(self, ">=", other)

    def __getitem__(self, places: Any) -> Variable:
        return Variable(self.network, self.expr[places], self.size + 1)

    def __bool__(self) -> bool:
        raise UsageError("a formula is neither true nor false", fix="use graphbp.where(condition, a, b)")

    @property
    def T(self) -> Variable:
        """The last two axes exchanged."""
        return Variable(self.network, self.expr.T, self.size + 1)

    def _with(self, other: Any, join: Any) -> Variable:
        if isinstance(other, Variable):
            self._same_network(other)
            return Variable(self.network, join(self.expr, other.expr), self.size + other.size + 1)
        return Variable(self.network, join(self.expr, in_formula(other)), self.size + 2)

    def _same_network(self, other: Variable) -> None:
        if other.network is not self.network:
            raise UsageError("a formula mixes variables of two networks", fix="build it in one network")


class Comparison:
    """Two formulas compared, to be used as the condition of `where`."""

    __slots__ = ("left", "right", "term")

    def __init__(self, left: Variable, relation: Relation, right: Any) -> None:
        self.left, self.right = left, right
        self.term = Compare(left.expr, relation, in_formula(right))

    def __bool__(self) -> bool:
        raise UsageError("a comparison of formulas is neither true nor false", fix="use graphbp.where(z > 0, a, b)")


def in_formula(value: Any) -> Expr:
    """A Python value as part of a formula: a variable's formula, or a literal (a negative number as −|n|).

    >>> in_formula(-2)
    Neg(x=Number(value=2, text=None))
    """
    if isinstance(value, Variable):
        return value.expr
    if isinstance(value, int) and not isinstance(value, bool):
        return as_expr(value)
    tree = literal(value)
    if isinstance(tree, Number) and (tree.text or str(tree.value)).startswith("-"):
        return -literal(-value)
    return tree


def call(name: str, *args: Any, **options: Any) -> Variable:
    """The call of an operation or of a declared function on variables and numbers.

    Raises: UsageError if no argument is a variable.
    """
    if name == "where":
        return where(*args, **options)
    if name == "einsum" and args and isinstance(args[0], str):
        # NumPy and PyTorch write the equation first.
        return call(name, *args[1:], equation=args[0], **options)
    variables = [arg for arg in args if isinstance(arg, Variable)]
    if not variables:
        raise UsageError(f"{name}(…) needs a variable of a network among its arguments",
                         fix='make one with net.input("x", 0.5)')  # fmt: skip
    for other in variables:
        variables[0]._same_network(other)
    tree = Call(name, tuple(in_formula(arg) for arg in args), tuple(options.items()))
    return Variable(variables[0].network, tree, 1 + sum(variable.size for variable in variables))




def where(condition: Any, value: Any, otherwise: Any) -> Variable:
    """The value where the condition holds, else the other.

    Raises: UsageError if the condition is no comparison.
    """
    if not isinstance(condition, Comparison):
        raise UsageError("where takes a condition and two values", fix="write graphbp.where(z > 0, z, 0)")
    size = 1 + sum(part.size for part in (condition.left, value, otherwise) if isinstance(part, Variable))
    tree = Cases(((in_formula(value), condition.term),), in_formula(otherwise))
    for part in (condition.right, value, otherwise):
        if isinstance(part, Variable):
            condition.left._same_network(part)
    return Variable(condition.left.network, tree, size)
