"""The witness of every step: difference quotients of the consumers' definitions, at seeded random points.

A step claims ∂l/∂v = Σ over consumers c of (local derivative) · ∂l/∂c.  The witness holds every ∂l/∂c fixed,
moves v, and watches Σ c(v) · ∂l/∂c, computed from the formulas as written and nothing else.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.calculus.lines import Definition
from graphbp.calculus.verify import array_of
from graphbp.derive.figures import Functions, gradient_name
from graphbp.derive.local import computed_as
from graphbp.derive.steps import Evidence
from graphbp.errors import GraphbpError
from graphbp.graph import Shape
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.plain import PlainWriter
from graphbp.notation.smart import mul
from graphbp.notation.tree import Call, Expr, Partial, Symbol, symbols

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


def check_step(
    network: Network,
    wrt: str,
    consumers: Sequence[str],
    claims: Sequence[Claim],
    functions: Functions,
    helpers: Sequence[Definition] = (),
) -> Evidence:
    """The evidence that each claim, a formula for ∂l/∂wrt, equals the witness.

    `helpers` define what claims name beside nodes and gradients, in the order in which it is computed.

    Raises: StepFails if a claim is wrong.
    """
    random = _generator(network, wrt, consumers)
    errors: list[float] = []
    for _ in range(TRIES):
        env, sizes = _point(network, wrt, consumers, functions, random)
        direction = random.standard_normal(np.shape(env[wrt]))
        along = partial(_watched, network, wrt, consumers, env, direction, functions)
        expected = smooth_slope(along)
        if expected is None:
            continue
        for helper in helpers:
            env[helper.name] = array_of(helper, env, sizes, functions)
        scale = max(1.0, abs(expected), *(abs(part) for part in along(0.0)))
        for claim in claims:
            found = float(np.sum(_value(claim, env, sizes, functions) * direction))
            errors.append(_error(claim, wrt, found, expected, scale))
        if len(errors) >= POINTS * len(claims):
            break
    return Evidence("difference", len(errors) // max(1, len(claims)), max(errors, default=0.0))


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


def _generator(network: Network, wrt: str, consumers: Sequence[str]) -> np.random.Generator:
    """The same points for the same step, always."""
    text = PlainWriter()
    seed = "|".join([wrt, *consumers, *(text.write(computed_as(network, name)) for name in consumers)])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))


def _value(claim: Claim, env: Mapping[str, Any], sizes: Mapping[str, int], functions: Functions) -> Any:
    if isinstance(claim, Definition):
        return array_of(claim, env, sizes, functions)
    return evaluate(claim, env, sizes, functions)


def _error(claim: Claim, wrt: str, found: float, expected: float, scale: float) -> float:
    error = abs(found - expected) / scale
    if error < TOLERANCE:
        return error
    text = PlainWriter().write(claim.body if isinstance(claim, Definition) else claim)
    raise StepFails(
        f"the step for {wrt} claims {text}, which gives {found:.9g} where differences give {expected:.9g}",
        node=wrt,
        fix="please report this with the network",
    )


def _point(
    network: Network, wrt: str, consumers: Sequence[str], functions: Functions, random: np.random.Generator
) -> tuple[dict[str, Any], dict[str, int]]:
    """Random values for all names in the consumers' formulas, their outputs, and upstream gradients."""
    names = list(
        dict.fromkeys(
            [wrt, *(name for c in consumers for name in symbols(computed_as(network, c)) if name in network.graph)]
        )
    )
    sizes = sizes_of(network.shape(name) for name in (*names, *consumers))
    for attempt in range(TRIES):
        env = {name: _draw(network, name, consumers, sizes, random, positive=attempt % 2 == 1) for name in names}
        with np.errstate(all="ignore"):
            for c in consumers:
                env[c] = evaluate(computed_as(network, c), env, sizes, functions)
        if all(np.all(np.isfinite(np.asarray(env[c], dtype=float))) for c in consumers):
            env |= {gradient_name(network.loss_name, c): _upstream(network, c, env[c], random) for c in consumers}
            return env, sizes
    raise StepFails(f"found no point at which {', '.join(consumers)} can be computed", node=wrt)


def _upstream(network: Network, consumer: str, value: Any, random: np.random.Generator) -> Any:
    """A random upstream gradient; the loss's own is 1."""
    return 1.0 if network.has_loss and consumer == network.loss_name else random.standard_normal(np.shape(value))


def check_local(network: Network, wrt: str, consumer: str, claim: Expr, functions: Functions) -> Evidence:
    """The evidence that a formula for the local derivative ∂consumer/∂wrt is true."""
    upstream = Partial(Symbol(network.loss_name), Symbol(consumer))
    return check_step(network, wrt, [consumer], [mul(claim, upstream)], functions)


def _draw(
    network: Network,
    name: str,
    consumers: Sequence[str],
    sizes: Mapping[str, int],
    random: np.random.Generator,
    positive: bool,
) -> Any:
    """A random value of the node's shape within the domain that its consumers ask for."""
    shape = tuple(sizes[size] if isinstance(size, str) else size for size in network.shape(name))
    domain = next(
        (found for c in consumers if (found := _domain(network, name, computed_as(network, c)))), ops.Domain.REAL
    )
    value = random.uniform(0.2, 0.8, shape) if positive else random.standard_normal(shape)
    if domain is ops.Domain.CLASSES:
        return random.integers(0, 2, shape).astype(float)
    if domain is ops.Domain.SIMPLEX:
        share = random.uniform(0.2, 1.0, shape)
        return share / share.sum(axis=-1, keepdims=True) if shape else share
    if domain in (ops.Domain.POSITIVE, ops.Domain.UNIT):
        return random.uniform(0.2, 0.8, shape)
    return value if shape else float(value)


def _domain(network: Network, name: str, formula: Expr) -> ops.Domain | None:
    """The domain of an input that is handed to an operation as it is."""
    if not isinstance(formula, Call) or formula.function in network.functions:
        return None
    op = ops.get(formula.function)
    shapes = [
        network.shape(arg.name) if isinstance(arg, Symbol) and arg.name in network.graph else () for arg in formula.args
    ]
    for slot, arg in enumerate(formula.args[: len(op.inputs)]):
        if arg == Symbol(name):
            return op.domain(slot, shapes, op.complete(dict(formula.options)))
    return None


def _watched(
    network: Network,
    wrt: str,
    consumers: Sequence[str],
    env: Mapping[str, Any],
    direction: Any,
    functions: Functions,
    h: float,
) -> list[float]:
    """c(v + h·direction) · ∂l/∂c, one number for each consumer."""
    moved = {**env, wrt: env[wrt] + h * direction}
    return [
        float(
            np.sum(
                evaluate(computed_as(network, c), moved, functions=functions) * env[gradient_name(network.loss_name, c)]
            )
        )
        for c in consumers
    ]


def check_whole(network: Network, wrt: str, claim: Expr, functions: Functions) -> Evidence:
    """The evidence for a formula that spans the whole network, at random values of its leaves.

    Raises: StepFails if the difference quotient of the loss contradicts the claim.
    """
    text = PlainWriter().write(claim)
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))
    errors: list[float] = []
    for _ in range(TRIES):
        base, seeds, sizes = _network_point(network, wrt, functions, random)
        direction = random.standard_normal(np.shape(base[wrt]))
        expected = smooth_slope(partial(_losses, network, wrt, base, seeds, direction, sizes, functions))
        if expected is None:
            continue
        env = base | {gradient_name(network.loss_name, name): seed for name, seed in seeds.items()}
        found = float(np.sum(evaluate(claim, env, sizes, functions) * direction))
        errors.append(_error(claim, wrt, found, expected, max(1.0, abs(expected))))
        if len(errors) == POINTS:
            break
    return Evidence("difference", len(errors), max(errors, default=0.0))


def _losses(
    network: Network,
    wrt: str,
    base: Mapping[str, Any],
    seeds: Mapping[str, Any],
    direction: Any,
    sizes: Mapping[str, int],
    functions: Functions,
    h: float,
) -> list[float]:
    """What the seeds weigh, with one node moved and all that follows computed anew."""
    moved = _forward(network, base, {wrt: base[wrt] + h * direction}, sizes, functions)
    return [float(np.sum(moved[name] * seed)) for name, seed in seeds.items()]


def _network_point(
    network: Network, wrt: str, functions: Functions, random: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any], dict[str, int]]:
    """Values of all named nodes at random leaves, and the gradients to start from."""
    sizes = sizes_of(node.shape for node in network.graph.named)
    leaves = [node.id for node in network.graph.named if node.leaf]
    computed = [node.id for node in network.graph.named if not node.leaf]
    for attempt in range(TRIES):
        drawn = {name: _draw(network, name, computed, sizes, random, positive=attempt % 2 == 1) for name in leaves}
        base = _forward(network, drawn, {}, sizes, functions)
        if all(np.all(np.isfinite(np.asarray(value, dtype=float))) for value in base.values()):
            seeds = (
                {network.loss_name: 1.0}
                if network.has_loss
                else {n: random.standard_normal(np.shape(base[n])) for n in network.givens}
            )
            return base, seeds, sizes
    raise StepFails("found no point at which the network can be computed", node=wrt)


def _forward(
    network: Network, drawn: Mapping[str, Any], fixed: Mapping[str, Any], sizes: Mapping[str, int], functions: Functions
) -> dict[str, Any]:
    env = {**drawn, **fixed}
    with np.errstate(all="ignore"):
        for node in network.graph.named:
            if not node.leaf and node.id not in fixed:
                env[node.id] = evaluate(computed_as(network, node.id), env, sizes, functions)
    return env
