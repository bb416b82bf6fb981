"""The witness of every step: difference quotients of the consumers' definitions, at seeded random points.

A step claims ∂l/∂v = Σ over consumers c of (local derivative) · ∂l/∂c.  The witness holds every ∂l/∂c fixed,
moves v, and watches Σ c(v) · ∂l/∂c, computed from the formulas as written and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.calculus.lines import Definition
from graphbp.calculus.verify import array_of
from graphbp.derive.figures import Functions, gradient_name
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
    worst = 0.0
    random = _generator(network, wrt, consumers)
    for _ in range(POINTS):
        env, sizes = _point(network, wrt, consumers, functions, random)
        direction = random.standard_normal(np.shape(env[wrt]))
        expected = _slope_along(network, wrt, consumers, env, direction, functions)
        scale = max(abs(expected), _scale(network, consumers, env, functions))
        for helper in helpers:
            env[helper.name] = array_of(helper, env, sizes, functions)
        for claim in claims:
            found = float(np.sum(_value(claim, env, sizes, functions) * direction))
            worst = max(worst, _error(claim, wrt, found, expected, scale))
    return Evidence("difference", POINTS, worst)


def _generator(network: Network, wrt: str, consumers: Sequence[str]) -> np.random.Generator:
    """The same points for the same step, always."""
    text = PlainWriter()
    seed = "|".join([wrt, *consumers, *(text.write(network.formulas[name]) for name in consumers)])
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
            [wrt, *(name for c in consumers for name in symbols(network.formulas[c]) if name in network.graph)]
        )
    )
    sizes = sizes_of(network.shape(name) for name in (*names, *consumers))
    for attempt in range(TRIES):
        env = {name: _draw(network, name, consumers, sizes, random, positive=attempt % 2 == 1) for name in names}
        with np.errstate(all="ignore"):
            outputs = {c: evaluate(network.formulas[c], env, sizes, functions) for c in consumers}
        if all(np.all(np.isfinite(np.asarray(value, dtype=float))) for value in outputs.values()):
            env |= outputs
            env |= {
                gradient_name(network.loss_name, c): _upstream(network, c, value, random)
                for c, value in outputs.items()
            }
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
    domain = next((found for c in consumers if (found := _domain(network, name, network.formulas[c]))), ops.Domain.REAL)
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


def _watched(network: Network, consumers: Sequence[str], env: Mapping[str, Any], functions: Functions) -> list[float]:
    """c(v) · ∂l/∂c, one number for each consumer."""
    return [
        float(
            np.sum(evaluate(network.formulas[c], env, functions=functions) * env[gradient_name(network.loss_name, c)])
        )
        for c in consumers
    ]


def _scale(network: Network, consumers: Sequence[str], env: Mapping[str, Any], functions: Functions) -> float:
    return max(1.0, *(abs(part) for part in _watched(network, consumers, env, functions)))


def _slope_along(
    network: Network, wrt: str, consumers: Sequence[str], env: Mapping[str, Any], direction: Any, functions: Functions
) -> float:
    """The difference quotient along a direction, Richardson-extrapolated from two step widths."""

    def quotient(h: float) -> float:
        ahead = _watched(network, consumers, {**env, wrt: env[wrt] + h * direction}, functions)
        behind = _watched(network, consumers, {**env, wrt: env[wrt] - h * direction}, functions)
        return (sum(ahead) - sum(behind)) / (2 * h)

    return (4 * quotient(STEP / 2) - quotient(STEP)) / 3


def check_whole(network: Network, wrt: str, claim: Expr, functions: Functions) -> Evidence:
    """The evidence for a formula that spans the whole network, at random values of its leaves.

    Raises: StepFails if the difference quotient of the loss contradicts the claim.
    """
    text = PlainWriter().write(claim)
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))
    worst = 0.0
    for _ in range(POINTS):
        base, seeds, sizes = _network_point(network, wrt, functions, random)
        direction = random.standard_normal(np.shape(base[wrt]))

        def watched(h: float) -> float:
            moved = _forward(network, base, {wrt: base[wrt] + h * direction}, sizes, functions)  # noqa: B023
            return sum(float(np.sum(moved[name] * seed)) for name, seed in seeds.items())  # noqa: B023

        def quotient(h: float) -> float:
            return (watched(h) - watched(-h)) / (2 * h)

        expected = (4 * quotient(STEP / 2) - quotient(STEP)) / 3
        env = base | {gradient_name(network.loss_name, name): seed for name, seed in seeds.items()}
        found = float(np.sum(evaluate(claim, env, sizes, functions) * direction))
        error = abs(found - expected) / max(1.0, abs(expected))
        if not error < TOLERANCE:
            raise StepFails(f"the formula for {wrt} gives {found:.9g} where differences give {expected:.9g}", node=wrt)
        worst = max(worst, error)
    return Evidence("difference", POINTS, worst)


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
                env[node.id] = evaluate(network.formulas[node.id], env, sizes, functions)
    return env
