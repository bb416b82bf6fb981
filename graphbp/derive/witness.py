"""The witness of every step: difference quotients of the consumers' definitions, at seeded random points.

A step claims ∂l/∂v = Σ over consumers c of (local derivative) · ∂l/∂c.  The witness holds every ∂l/∂c fixed,
moves v, and watches Σ c(v) · ∂l/∂c, computed from the formulas as written and nothing else.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.calculus.lines import Definition
from graphbp.calculus.verify import array_of
from graphbp.derive.figures import Functions, gradient_name
from graphbp.derive.local import canonical_calls
from graphbp.derive.steps import Evidence
from graphbp.errors import GraphbpError
from graphbp.graph import Node, Shape
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.plain import PlainWriter
from graphbp.notation.smart import mul
from graphbp.notation.tree import Expr, Partial, Symbol, symbols, transform

POINTS = 3
STEP = 1e-4
TOLERANCE = 2e-6
TRIES = 40
JUMP = 1e-5


class StepFails(GraphbpError):
    """A step that its witness contradicts: an error of graphbp itself, never shown and never skipped."""


def sizes_of(shapes: Iterable[Shape]) -> dict[str, int]:
    """A small number for every letter that stands for a size, all different."""
    letters = sorted({size for shape in shapes for size in shape if isinstance(size, str)})
    return dict(zip(letters, range(2, 2 + len(letters)), strict=True))


Claim = Expr | Definition
"""A formula for the whole gradient, or a definition of its entries."""


class Witness:
    """Checks the steps of one network; steps that differ only in names are checked once."""

    def __init__(self, network: Network, functions: Functions) -> None:
        self.network, self.functions = network, functions
        self.seen: dict[Any, Evidence] = {}
        self._formulas: dict[str, Expr] = {}

    def formula(self, name: str) -> Expr:
        """The formula of a node as it is computed."""
        if name not in self._formulas:
            self._formulas[name] = canonical_calls(self.network, self.network.formulas[name])
        return self._formulas[name]

    @cached_property
    def domains(self) -> Mapping[str, ops.Domain]:
        """Where the values of nodes may lie that are handed to an operation as they are."""
        table: dict[str, ops.Domain] = {}
        for node in self.network.graph:
            if not node.leaf:
                wanted = self._asked(node)
                table |= {name: domain for name, domain in wanted if table.get(name) in (None, ops.Domain.REAL)}
        return table

    def _asked(self, node: Node) -> Iterable[tuple[str, ops.Domain]]:
        op, graph = ops.get(str(node.op)), self.network.graph
        shapes = [graph[name].shape for name in node.inputs]
        for slot, name in enumerate(node.inputs):
            if graph[name].named:
                yield name, op.domain(slot, shapes, op.complete(dict(node.attrs)))

    def check(
        self, wrt: str, consumers: Sequence[str], claims: Sequence[Claim], helpers: Sequence[Definition] = ()
    ) -> Evidence:
        """The evidence that each claim, a formula for ∂l/∂wrt, equals the witness.

        `helpers` define what claims name beside nodes and gradients, in the order in which it is computed.

        Raises: StepFails if a claim is wrong.
        """
        key = self._structure(wrt, consumers, claims, helpers)
        if key not in self.seen:
            self.seen[key] = self._checked(wrt, consumers, claims, helpers, _generator(repr(key)))
        return self.seen[key]

    def check_local(self, wrt: str, consumer: str, claim: Expr) -> Evidence:
        """The evidence that a formula for the local derivative ∂consumer/∂wrt is true."""
        upstream = Partial(Symbol(self.network.loss_name), Symbol(consumer))
        return self.check(wrt, [consumer], [mul(claim, upstream)])

    def _structure(
        self, wrt: str, consumers: Sequence[str], claims: Sequence[Claim], helpers: Sequence[Definition]
    ) -> Any:
        """What is checked, with names replaced by their order of appearance."""
        table: dict[str, str] = {wrt: "v"}

        def change(part: Any) -> Any:
            return Symbol(table.setdefault(part.name, f"n{len(table)}")) if isinstance(part, Symbol) else part

        formulas = tuple(transform(self.formula(c), change) for c in consumers)
        claimed = tuple(transform(_body(claim), change) for claim in claims)
        named = tuple(transform(_body(helper), change) for helper in helpers)
        about = tuple(
            (self.network.shape(name), self.domains.get(name)) if name in self.network.graph else None for name in table
        )
        loss = tuple(c == self.network.loss_name and self.network.has_loss for c in consumers)
        return formulas, claimed, named, about, tuple(table.get(c) for c in consumers), loss

    def _checked(
        self, wrt: str, consumers: Sequence[str], claims: Sequence[Claim], helpers: Sequence[Definition],
        random: np.random.Generator,
    ) -> Evidence:  # fmt: skip
        errors: list[float] = []
        for _ in range(TRIES):
            env, sizes = self._point(wrt, consumers, random)
            direction = random.standard_normal(np.shape(env[wrt]))
            along = partial(self._watched, wrt, consumers, env, direction)
            expected = smooth_slope(along)
            if expected is None:
                continue
            for helper in helpers:
                env[helper.name] = array_of(helper, env, sizes, self.functions)
            scale = max(1.0, abs(expected), *(abs(part) for part in along(0.0)))
            for claim in claims:
                found = float(np.sum(self._value(claim, env, sizes) * direction))
                errors.append(_error(claim, wrt, found, expected, scale))
            if len(errors) >= POINTS * len(claims):
                break
        return Evidence("difference", len(errors) // max(1, len(claims)), max(errors, default=0.0))

    def _value(self, claim: Claim, env: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
        if isinstance(claim, Definition):
            return array_of(claim, env, sizes, self.functions)
        return evaluate(claim, env, sizes, self.functions)

    def _point(
        self, wrt: str, consumers: Sequence[str], random: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, int]]:
        """Random values for all names in the consumers' formulas, their outputs, and upstream gradients."""
        known = self.network.graph
        names = dict.fromkeys([wrt, *(n for c in consumers for n in symbols(self.formula(c)) if n in known)])
        sizes = sizes_of(self.network.shape(name) for name in (*names, *consumers))
        for attempt in range(TRIES):
            env = {name: self._draw(name, sizes, random, positive=attempt % 2 == 1) for name in names}
            with np.errstate(all="ignore"):
                for c in consumers:
                    env[c] = evaluate(self.formula(c), env, sizes, self.functions)
            if all(np.all(np.isfinite(np.asarray(env[c], dtype=float))) for c in consumers):
                env |= {gradient_name(self.network.loss_name, c): self._upstream(c, env[c], random) for c in consumers}
                return env, sizes
        raise StepFails(f"found no point at which {', '.join(consumers)} can be computed", node=wrt)

    def _upstream(self, consumer: str, value: Any, random: np.random.Generator) -> Any:
        """A random upstream gradient; the loss's own is 1."""
        if self.network.has_loss and consumer == self.network.loss_name:
            return 1.0
        return random.standard_normal(np.shape(value))

    def _draw(self, name: str, sizes: Mapping[str, int], random: np.random.Generator, positive: bool) -> Any:
        """A random value of the node's shape within the domain that its consumers ask for."""
        shape = tuple(sizes[size] if isinstance(size, str) else size for size in self.network.shape(name))
        domain = self.domains.get(name, ops.Domain.REAL)
        if domain is ops.Domain.CLASSES:
            return random.integers(0, 2, shape).astype(float)
        if domain is ops.Domain.SIMPLEX:
            share = random.uniform(0.2, 1.0, shape)
            return share / share.sum(axis=-1, keepdims=True) if shape else share
        near = positive or domain in (ops.Domain.POSITIVE, ops.Domain.UNIT)
        value = random.uniform(0.2, 0.8, shape) if near else random.standard_normal(shape)
        return value if shape else float(value)

    def _watched(
        self, wrt: str, consumers: Sequence[str], env: Mapping[str, Any], direction: Any, h: float
    ) -> list[float]:
        """c(v + h·direction) · ∂l/∂c, one number for each consumer."""
        moved = {**env, wrt: env[wrt] + h * direction}
        loss = self.network.loss_name
        return [
            float(np.sum(evaluate(self.formula(c), moved, functions=self.functions) * env[gradient_name(loss, c)]))
            for c in consumers
        ]

    # Formulas that span the network

    def check_whole(self, wrt: str, claim: Expr) -> Evidence:
        """The evidence for a formula that spans the whole network, at random values of its leaves.

        Raises: StepFails if the difference quotient of the loss contradicts the claim.
        """
        random = _generator(PlainWriter().write(claim))
        errors: list[float] = []
        for _ in range(TRIES):
            base, seeds, sizes = self._network_point(wrt, random)
            direction = random.standard_normal(np.shape(base[wrt]))
            expected = smooth_slope(partial(self._losses, wrt, base, seeds, direction, sizes))
            if expected is None:
                continue
            env = base | {gradient_name(self.network.loss_name, name): seed for name, seed in seeds.items()}
            found = float(np.sum(evaluate(claim, env, sizes, self.functions) * direction))
            errors.append(_error(claim, wrt, found, expected, max(1.0, abs(expected))))
            if len(errors) == POINTS:
                break
        return Evidence("difference", len(errors), max(errors, default=0.0))

    def _losses(
        self,
        wrt: str,
        base: Mapping[str, Any],
        seeds: Mapping[str, Any],
        direction: Any,
        sizes: Mapping[str, int],
        h: float,
    ) -> list[float]:
        """What the seeds weigh, with one node moved and all that follows computed anew.

        A gradient that is given holds the whole way behind its node, so what follows such a node stays.
        """
        moved = self._forward(base, {wrt: base[wrt] + h * direction}, sizes, set(seeds))
        return [float(np.sum(moved[name] * seed)) for name, seed in seeds.items()]

    def _network_point(
        self, wrt: str, random: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, int]]:
        """Values of all named nodes at random leaves, and the gradients to start from."""
        network = self.network
        sizes = sizes_of(node.shape for node in network.graph.named)
        leaves = [node.id for node in network.graph.named if node.leaf]
        for attempt in range(TRIES):
            drawn = {name: self._draw(name, sizes, random, positive=attempt % 2 == 1) for name in leaves}
            base = self._forward(drawn, {}, sizes)
            if all(np.all(np.isfinite(np.asarray(value, dtype=float))) for value in base.values()):
                seeds = {name: self._upstream(name, base[name], random) for name in self._ends()}
                return base, seeds, sizes
        raise StepFails("found no point at which the network can be computed", node=wrt)

    def _ends(self) -> tuple[str, ...]:
        return (self.network.loss_name,) if self.network.has_loss else tuple(self.network.givens)

    def _forward(
        self,
        drawn: Mapping[str, Any],
        fixed: Mapping[str, Any],
        sizes: Mapping[str, int],
        ends: Collection[str] = (),
    ) -> dict[str, Any]:
        """All values; who uses one of the `ends` sees the value that was drawn for it."""
        found = {**drawn, **fixed}
        env = {**found, **{name: drawn[name] for name in ends if name in drawn}}
        with np.errstate(all="ignore"):
            for node in self.network.graph.named:
                if not node.leaf and node.id not in fixed:
                    found[node.id] = evaluate(self.formula(node.id), env, sizes, self.functions)
                    env[node.id] = drawn[node.id] if node.id in ends else found[node.id]
        return found


def smooth_slope(watched: Callable[[float], Sequence[float]]) -> float | None:
    """The slope of Σ watched(h) at h = 0 by central differences, Richardson-extrapolated; None at a kink.

    A kink shows where slopes from two step widths differ, or where the slope jumps from left to right
    and the jump does not shrink with the step.

    >>> round(smooth_slope(lambda h: [(1 + h) ** 3]), 9), smooth_slope(lambda h: [abs(h)])
    (3.0, None)
    """
    middle = math.fsum(watched(0.0))
    slopes, jumps = [], []
    for width in (STEP, STEP / 4):
        ends = {h: math.fsum(watched(h)) for h in (width, -width, width / 2, -width / 2)}
        wide, narrow = (ends[width] - ends[-width]) / (2 * width), (ends[width / 2] - ends[-width / 2]) / width
        slopes.append((4 * narrow - wide) / 3)
        jumps.append(abs(ends[width] + ends[-width] - 2 * middle) / width)
    scale = max(1.0, abs(slopes[0]), abs(middle))
    if not abs(slopes[0] - slopes[1]) < TOLERANCE / 2 * scale:
        return None
    return None if jumps[1] > max(0.6 * jumps[0], JUMP * scale) else slopes[0]


def _generator(text: str) -> np.random.Generator:
    """The same points for the same check, always."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def _body(claim: Claim) -> Expr:
    return claim.body if isinstance(claim, Definition) else claim


def _error(claim: Claim, wrt: str, found: float, expected: float, scale: float) -> float:
    error = abs(found - expected) / scale
    if error < TOLERANCE:
        return error
    text = PlainWriter().write(_body(claim))
    raise StepFails(
        f"the step for {wrt} claims {text}, which gives {found:.9g} where differences give {expected:.9g}",
        node=wrt,
        fix="please report this with the network",
    )
