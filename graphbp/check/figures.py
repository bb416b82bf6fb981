"""Claims in numbers: printed precision, and formulas into which rounded numbers were put."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from graphbp.check.examples import Examples
from graphbp.check.sides import AS_WRITTEN, Manner, Scope, side
from graphbp.check.truth import Cloud
from graphbp.graph import Role
from graphbp.notation.tree import Expr, Index, Number, Partial, Symbol, transform, walk

_DECIMAL = re.compile(r"[+-]?\d*\.\d*([eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+")

SLACK = 1e-13
"""What double precision may leave of a number, in shares of it: printed digits count down to the twelfth or so."""
NOTHING = 1e-14
VAGUE = 0.3
"""A formula in rounded numbers that leaves more than this share of the truth open decides nothing."""


def half_unit(number: Number) -> float:
    """Half a unit of the last printed digit; 0 for whole numbers, which are exact.

    >>> half_unit(Number(Fraction(411, 5000), "0.0822"))
    5e-05
    """
    if number.text is None or not _DECIMAL.fullmatch(number.text):
        return 0.0
    exponent = Decimal(number.text).as_tuple().exponent
    return 0.5 * 10.0**exponent if isinstance(exponent, int) else 0.0


def decimals(term: Expr) -> list[Number]:
    """The decimal numbers in a formula."""
    return [part for part in walk(term) if isinstance(part, Number) and half_unit(part)]


def numeric(term: Expr) -> bool:
    """Whether a formula is made of numbers alone."""
    return not any(isinstance(part, Symbol | Partial | Index) for part in walk(term))


@dataclass(frozen=True, eq=False)
class Estimate:
    """The value of a formula in rounded numbers, and how far rounding may have moved it, entry by entry."""

    value: np.ndarray
    slack: np.ndarray
    printed: bool

    def admits(self, true: np.ndarray) -> np.ndarray:
        """Where the truth rounds to what is written."""
        # Beside a 0 nothing is relative: what rounding leaves of a sum that is 0 counts as 0.
        left = np.where((self.value == 0) | (true == 0), NOTHING, 0.0)
        return np.asarray(np.abs(self.value - true) <= self.slack * (1 + 1e-6) + SLACK * np.abs(true) + left)

    def vague(self, true: np.ndarray) -> bool:
        """Whether so much is left open that agreement means nothing."""
        size = max(float(np.max(np.abs(true), initial=0.0)), float(np.max(np.abs(self.value), initial=0.0)))
        return not self.printed and float(np.max(self.slack, initial=0.0)) > VAGUE * size + 1e-14

    def one_off(self, true: np.ndarray) -> bool:
        """Whether a printed number is one unit of its last digit off, and no more."""
        return (
            self.printed
            and bool(np.all(np.abs(self.value - true) <= 3 * self.slack * (1 + 1e-6)))
            and bool(np.any(self.slack > 0))
        )


def estimate(
    term: Expr,
    scope: Scope,
    free: tuple[Index, ...] = (),
    manner: Manner = AS_WRITTEN,
    exact: frozenset[float] = frozenset(),
) -> Estimate:
    """The formula with its decimals as written, and moved by half a unit each, but for those that are exact."""
    value = side(term, scope, free, manner)
    slack = np.zeros_like(value)
    for place, number in enumerate(_numbers(term)):
        half = Fraction(half_unit(number))
        if half and float(number.value) not in exact:
            up = side(_moved(term, place, half), scope, free, manner)
            down = side(_moved(term, place, -half), scope, free, manner)
            slack = slack + np.abs(up - down) / 2
    return Estimate(value, slack, _bare(term))


def exact_numbers(cloud: Cloud) -> frozenset[float]:
    """The numbers that the network itself is given: its leaves' and the learning rate."""
    world = cloud.world
    leaves = [cloud.value(node.id) for node in world.plan.graph.named if node.leaf]
    found = {abs(float(value)) for values in leaves if values.size <= 1000 for value in values.ravel()}
    return frozenset(found | ({float(world.rate)} if world.rate is not None else set()))


def _bare(term: Expr) -> bool:
    """Whether the formula is one printed number, or an array of such."""
    from graphbp.notation.tree import Array, Group, Neg

    if isinstance(term, Array):
        return all(_bare(row) for row in term.rows)
    return _bare(term.x) if isinstance(term, Neg | Group) else isinstance(term, Number)


def _numbers(term: Expr) -> Iterator[Number]:
    """The numbers in the order in which `transform` meets them."""
    found: list[Number] = []

    def note(part: Any) -> Any:
        if isinstance(part, Number):
            found.append(part)
        return part

    transform(term, note)
    return iter(found)


def replaced(term: Expr, place: int, new: Expr) -> Expr:
    """The formula with its n-th number exchanged."""
    counter = [-1]

    def change(part: Any) -> Any:
        if isinstance(part, Number):
            counter[0] += 1
            if counter[0] == place:
                return new
        return part

    return transform(term, change)  # type: ignore[no-any-return]


def _moved(term: Expr, place: int, by: Fraction) -> Expr:
    number = list(_numbers(term))[place]
    return replaced(term, place, Number(Fraction(number.value) + by))


def rounds_a_node(number: Number, cloud: Cloud, loss: str) -> bool:
    """Whether a decimal number is what some node's value, or its gradient, rounds to."""
    return next(matches(number, cloud, loss), None) is not None


def matches(number: Number, cloud: Cloud, loss: str) -> Iterator[str]:
    """The nodes (z1) and gradients (dl/dz1) whose numbers round to the number, up to sign."""
    half, value = half_unit(number), abs(float(number.value))
    for name, numbers in known_numbers(cloud, loss):
        if np.any(np.abs(np.abs(numbers) - value) <= half * (1 + 1e-6) + SLACK * value):
            yield name


def known_numbers(cloud: Cloud, loss: str) -> Iterator[tuple[str, np.ndarray]]:
    """The values of all named nodes and the gradients of the loss, by name."""
    graph = cloud.world.plan.graph
    named = [node.id for node in graph.named if node.role is not Role.CONSTANT]
    for name in named:
        yield name, cloud.value(name)
    if isinstance(cloud, Examples):
        for name in named:
            if name not in cloud.varying and name != loss:
                yield f"d{cloud.total}/d{name}", cloud.derivative(cloud.total, name)
        return
    if loss not in cloud.program.places:
        return
    seeds = cloud.seeds(loss)
    from graphbp.check.truth import backward

    for row, table in enumerate(cloud.tables):
        found = backward(cloud.program, table, seeds[row])
        for name in named:
            gradient = found[cloud.program.places[name]]
            if gradient is not None and name != loss:
                yield f"d{loss}/d{name}", np.atleast_1d(np.asarray(gradient, float))
