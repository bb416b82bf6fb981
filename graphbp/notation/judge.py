"""Equality of formulas about numbers, their derivatives and closed forms: the only user of SymPy.

SymPy reorders and cancels, so nothing that it returns is typeset as a step; it says whether two formulas
are the same, and writes a gradient out in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import comb
from typing import Any

import sympy as sp

from graphbp.notation.expressions import NotScalar as NotScalar
from graphbp.notation.expressions import from_sympy as from_sympy
from graphbp.notation.tree import (
    Add,
    Affine,
    Bracket,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    Group,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Number,
    Partial,
    Pow,
    Symbol,
    Term,
    symbols,
)  # fmt: skip

Opener = Callable[[Call], Expr | None]
"""Gives the definition of a call, or None if the function is unknown and stays a symbol."""

BUDGET = 3000
"""How many terms a proof may multiply out; counted, so that the same claim always gets the same answer."""


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + sp.exp(-z))


def _positive(z: Any) -> Any:
    return sp.Piecewise((z, z > 0), (0, True))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": sp.exp, "log": sp.log, "log1p": lambda x: sp.log(1 + x), "sqrt": sp.sqrt, "sin": sp.sin,
    "cos": sp.cos, "tan": sp.tan, "tanh": lambda x: (1 - sp.exp(-2 * x)) / (1 + sp.exp(-2 * x)),
    "sinh": lambda x: (sp.exp(x) - sp.exp(-x)) / 2, "cosh": lambda x: (sp.exp(x) + sp.exp(-x)) / 2, "arctan": sp.atan,
    "erf": sp.erf, "pi": lambda: sp.pi, "sigmoid": _sigmoid, "relu": _positive,
    "softplus": lambda z: sp.log(1 + sp.exp(z)), "abs": lambda x: sp.Piecewise((x, x > 0), (-x, x < 0), (0, True)),
    "sign": lambda x: sp.Piecewise((1, x > 0), (-1, x < 0), (0, True)),
}  # fmt: skip
"""Functions with a SymPy form of their own; hyperbolic ones and σ in exp, so that they meet."""

READABLE: Mapping[str, Callable[..., Any]] = {**FUNCTIONS, "tanh": sp.tanh, "sinh": sp.sinh, "cosh": sp.cosh,
                                              "abs": sp.Abs, "sign": sp.sign}  # fmt: skip
"""The same for people who read the result."""

_RELATIONS: Mapping[str, Any] = {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne}


@cache
def _unknown(name: str) -> Any:
    """A function of which only the name is known; its derivatives are functions g', k'1 of the same kind."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return _unknown(f"{name}'{argindex - 1}")(*self.args)

    return type(name, (sp.Function,), {"fdiff": fdiff})


@dataclass(frozen=True)
class Converter:
    """From the tree to SymPy; one method for each kind that speaks of numbers."""

    opener: Opener = lambda call: None
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: FUNCTIONS)

    def convert(self, term: Term) -> Any:
        """The SymPy expression of a term.

        Raises: NotScalar.
        """
        method = getattr(self, f"_{type(term).__name__.lower()}", None)
        if method is None:
            raise NotScalar(f"a {type(term).__name__.lower()} is no formula about single numbers")
        return method(term)

    def _all(self, terms: Iterable[Term]) -> list[Any]:
        return [self.convert(term) for term in terms]

    def _number(self, term: Number) -> Any:
        value = Fraction(term.value)
        return sp.Rational(value.numerator, value.denominator)

    def _symbol(self, term: Symbol) -> Any:
        return sp.Symbol(term.name, real=True)

    def _entry(self, term: Entry) -> Any:
        if not isinstance(term.base, Symbol) or any(not isinstance(sub, Affine) or sub.terms for sub in term.subs):
            raise NotScalar("an entry with letters stands for many numbers")
        places = ",".join(str(sub.const) for sub in term.subs if isinstance(sub, Affine))
        return sp.Symbol(f"{term.base.name}[{places}]", real=True)

    def _partial(self, term: Partial) -> Any:
        return sp.Symbol(f"d{self.convert(term.y)}/d{self.convert(term.x)}", real=True)

    def _add(self, term: Add) -> Any:
        return sp.Add(*self._all(term.terms))

    def _mul(self, term: Mul | Hadamard) -> Any:
        return sp.Mul(*self._all(term.factors))

    _hadamard = _mul

    def _neg(self, term: Neg) -> Any:
        return -self.convert(term.x)

    def _div(self, term: Div) -> Any:
        den = self.convert(term.den)
        if den == 0:
            raise NotScalar("division by zero")
        return self.convert(term.num) / den

    def _pow(self, term: Pow) -> Any:
        base, exp = self.convert(term.base), self.convert(term.exp)
        if (exp.is_number and not (exp.is_Rational and abs(exp) <= 64)) or (base == 0 and not exp.is_positive):
            raise NotScalar("a power that is too large to be written out")
        return base**exp

    def _group(self, term: Group | Mark) -> Any:
        return self.convert(term.x)

    _mark = _group

    def _bracket(self, term: Bracket) -> Any:
        return sp.Piecewise((1, self.convert(term.condition)), (0, True))

    def _compare(self, term: Compare) -> Any:
        return _RELATIONS[term.relation](self.convert(term.left), self.convert(term.right))

    def _cases(self, term: Cases) -> Any:
        branches = [(self.convert(value), self.convert(condition)) for value, condition in term.branches]
        return sp.Piecewise(*branches, (self.convert(term.otherwise), True))

    def _call(self, term: Call) -> Any:
        args = self._all(term.args)
        if term.order:
            return self._slope(term, args)
        if term.function in self.functions and not term.options:
            return self.functions[term.function](*args)
        opened = self.opener(term)
        return _unknown(term.function)(*args) if opened is None else self.convert(opened)

    def _slope(self, term: Call, args: list[Any]) -> Any:
        """σ′(z): the function's derivative at its argument."""
        places = [sp.Dummy(real=True) for _ in args]
        names = {f"argument {number}": place for number, place in enumerate(places)}
        plain = Call(term.function, tuple(Symbol(name) for name in names), term.options)
        value = self.convert(plain).subs({sp.Symbol(name, real=True): place for name, place in names.items()})
        for slot in term.order:
            value = value.diff(places[slot])
        return value.subs(dict(zip(places, args, strict=True)))


# Equality


def equal(
    a: Expr, b: Expr, budget: int = BUDGET, opener: Opener | None = None, where: Mapping[str, Expr] | None = None
) -> bool:
    """Whether a = b could be proved; False says nothing.

    `where` defines names that stand in either formula by formulas of others, in order of use.

    >>> s = Call("sigmoid", (Symbol("z"),))
    >>> equal(Call("sigmoid", (Symbol("z"),), (), (0,)), s * (1 - s))
    True
    """
    converter = Converter(opener or (lambda call: None))
    try:
        difference = converter.convert(a) - converter.convert(b)
        difference = _inserted(difference, where or {}, converter, budget)
    except (NotScalar, ZeroDivisionError):
        return False
    return difference is not None and vanishes(difference, budget)


def _inserted(value: Any, where: Mapping[str, Expr], converter: Converter, budget: int) -> Any:
    """The value with names replaced by their definitions, the last defined first; None beyond the budget."""
    for name, formula in reversed(list(where.items())):
        symbol = sp.Symbol(name, real=True)
        if value.has(symbol):
            value = value.xreplace({symbol: converter.convert(formula)})
            if value.count_ops() > budget:
                return None
    return value


def vanishes(value: Any, budget: int = BUDGET) -> bool:
    """Whether a SymPy expression is proved to be 0 by multiplying out over exp, log and roots as generators."""
    if value.is_number:
        return bool(value == 0)
    if value.count_ops() > budget or value.has(sp.nan, sp.zoo, sp.oo):
        return False
    generators = Generators(budget)
    plain = generators.replace(value)
    if plain is None or _terms(plain) > budget:
        return False
    numerator = sp.fraction(sp.together(plain))[0]
    for root, power in generators.roots.items():
        if numerator.has(root):
            numerator = sp.rem(sp.expand(numerator), sp.fraction(sp.together(root ** power[1] - power[0]))[0], root)
    return bool(sp.expand(numerator) == 0)


def _terms(value: Any) -> int:
    """An upper bound for the number of terms when everything is multiplied out."""
    if value.is_Add:
        return sum(_terms(arg) for arg in value.args)
    if value.is_Mul:
        product = 1
        for arg in value.args:
            product = min(product * _terms(arg), 10**9)
        return product
    if value.is_Pow and value.exp.is_Integer:
        inner, times = _terms(value.base), abs(int(value.exp))
        return comb(inner + times - 1, times) if inner < 50 else 10**9
    return 1


@dataclass
class Generators:
    """Exponentials, roots and other functions replaced by letters, so that what is left is a rational function."""

    budget: int
    exponentials: dict[Any, Any] = field(default_factory=dict)
    roots: dict[Any, tuple[Any, int]] = field(default_factory=dict)
    others: dict[Any, Any] = field(default_factory=dict)
    shares: dict[Any, int] = field(default_factory=dict)

    def replace(self, value: Any) -> Any:
        """The value over the letters; None if an exponent is too long."""
        for exponential in value.atoms(sp.exp):
            terms = self._split(exponential.args[0])
            if terms is None:
                return None
            for coefficient, unit in terms:
                self.shares[unit] = sp.ilcm(self.shares.get(unit, 1), coefficient.q)
        return self._visit(value)

    def _split(self, exponent: Any) -> list[tuple[Any, Any]] | None:
        if _terms(exponent) > self.budget // 10:
            return None
        terms = sp.Add.make_args(sp.expand(exponent))
        return [term.as_coeff_Mul(rational=True) for term in terms]

    def _visit(self, value: Any) -> Any:
        if isinstance(value, sp.exp):
            return self._exponential(value)
        if value.is_Pow and value.exp.is_Rational and not value.exp.is_Integer:
            return self._root(value)
        if value.is_Pow and not value.exp.is_number:
            return self._symbolic_power(value)
        if value.is_Function or isinstance(value, sp.Piecewise) or value.is_Relational:
            return self.others.setdefault(value, sp.Dummy(real=True))
        if not value.args:
            return value
        return value.func(*(self._visit(arg) for arg in value.args))

    def _exponential(self, value: Any) -> Any:
        product = sp.Integer(1)
        for coefficient, unit in self._split(value.args[0]) or ():
            letter = self.exponentials.setdefault(unit, sp.Dummy(positive=True))
            product *= letter ** (coefficient * self.shares.get(unit, 1))
        return product

    def _symbolic_power(self, value: Any) -> Any:
        """x^(y − 1) as x^y / x."""
        base, product = self._visit(value.base), sp.Integer(1)
        for coefficient, unit in self._split(value.exp) or ():
            letter = self.exponentials.setdefault((base, unit), sp.Dummy(real=True))
            product *= base**coefficient if unit == 1 and coefficient.is_Integer else letter**coefficient
        return product

    def _root(self, value: Any) -> Any:
        base = self._visit(value.base)
        known = next((root for root, power in self.roots.items() if power == (base, int(value.exp.q))), None)
        root = known or sp.Dummy(positive=True)
        self.roots[root] = (base, int(value.exp.q))
        return root ** int(value.exp.p)


# Derivatives and closed forms


@dataclass(frozen=True)
class Nodes:
    """What a proof may know of a network of numbers: the nodes' formulas in order of use, and local derivatives.

    `slopes` maps (consumer, input) to a formula for the local derivative; what is missing is differentiated here.
    """

    formulas: Mapping[str, Expr]
    slopes: Mapping[tuple[str, str], Expr] = field(default_factory=dict)
    opener: Opener = lambda call: None


def gradient_equal(claim: Expr, of: str, wrt: str, nodes: Nodes, budget: int = BUDGET) -> bool:
    """Whether the claim is proved to be d(of)/d(wrt); gradients d(of)/d(node) may stand in it.

    Nodes count as letters first; then those are written out that the claim writes out.
    """
    converter = Converter(nodes.opener)
    try:
        gradients = backpropagate(of, wrt, nodes, converter)
        known = {sp.Symbol(f"d{of}/d{node}", real=True): slope for node, slope in gradients.items()}
        difference = converter.convert(claim).xreplace(known) - gradients[wrt]
        return any(vanishes(stage, budget) for stage in _stages(difference, nodes, converter, budget))
    except (NotScalar, ZeroDivisionError):
        return False


def _stages(value: Any, nodes: Nodes, converter: Converter, budget: int) -> Iterator[Any]:
    """The difference with nodes as letters, with outputs of functions written out, with all written out."""
    yield value
    inside = {str(symbol) for atom in value.atoms(sp.Function) for symbol in atom.free_symbols}
    outputs = {name: formula for name, formula in nodes.formulas.items() if set(symbols(formula)) <= inside}
    for chosen in (outputs, nodes.formulas):
        written = _inserted(value, chosen, converter, budget)
        if written is not None and written != value:
            yield written


def backpropagate(of: str, wrt: str, nodes: Nodes, converter: Converter) -> dict[str, Any]:
    """d(of)/d(node) for every node between, in the nodes' own names; wrt included."""
    names = list(nodes.formulas)
    gradients: dict[str, Any] = {of: sp.Integer(1)}
    for name in reversed(names[: names.index(of) + 1] if of in nodes.formulas else []):
        if name in gradients and name != wrt:
            for symbol in symbols(nodes.formulas[name]):
                share = gradients[name] * _slope(name, symbol, nodes, converter)
                gradients[symbol] = gradients.get(symbol, sp.Integer(0)) + share
    gradients.setdefault(wrt, sp.Integer(0))
    return gradients


def _slope(consumer: str, source: str, nodes: Nodes, converter: Converter) -> Any:
    if (consumer, source) in nodes.slopes:
        return converter.convert(nodes.slopes[consumer, source])
    return converter.convert(nodes.formulas[consumer]).diff(sp.Symbol(source, real=True))


def closed_form(name: str, formulas: Mapping[str, Expr], opener: Opener | None = None) -> Any:
    """The node as a SymPy expression of the leaves.

    Raises: NotScalar.

    >>> closed_form("l", {"z": Symbol("w") * Symbol("x"), "l": Symbol("z") ** 2})
    w**2*x**2
    """
    converter = Converter(opener or (lambda call: None), READABLE)
    value = sp.Symbol(name, real=True)
    for inner, formula in reversed(list(formulas.items())):
        symbol = sp.Symbol(inner, real=True)
        if value.has(symbol):
            value = value.xreplace({symbol: converter.convert(formula)})
    return value


def derivative(name: str, wrt: str, formulas: Mapping[str, Expr], opener: Opener | None = None) -> Any:
    """d(name)/d(wrt) as a SymPy expression of the leaves.

    >>> derivative("l", "w", {"z": Symbol("w") * Symbol("x"), "l": Symbol("z") ** 2})
    2*w*x**2
    """
    outer = {inner: formula for inner, formula in formulas.items() if inner != wrt}
    return closed_form(name, outer, opener).diff(sp.Symbol(wrt, real=True))
