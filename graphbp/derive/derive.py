"""The derivation of gradients: reads a network, makes every step, and proves each one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.derive.closed import closed_steps
from graphbp.derive.entries import entry_step, read_target
from graphbp.derive.exact import exact_functions, exact_values
from graphbp.derive.figures import gradient_name
from graphbp.derive.forward import forward_steps
from graphbp.derive.kernels import network_kernels
from graphbp.derive.open import open_steps
from graphbp.derive.paths import path_steps
from graphbp.derive.plan import plan
from graphbp.derive.steps import MANY_STEPS, Derivation, Reading, Step, Told
from graphbp.derive.sweep import Detail, Sweep
from graphbp.derive.total import first_example, only_in_total, total_steps
from graphbp.network import Network
from graphbp.notation.tree import Number

if TYPE_CHECKING:
    from graphbp.engine.result import Readings, Result

NUMBER_CHOICES = ("decimal", "exact", "none")


def derive(
    network: Network, wrt: Sequence[str] | None = None, reading: Reading = "unit", detail: Detail = "normal", *,
    result: Result | None = None, digits: int = 4, exact: bool = False,
) -> Derivation:  # fmt: skip
    """All steps from the loss backward to the gradients asked for (default: those of all parameters).

    With a `result` of `engine.run` the steps carry its numbers, `exact` as fractions; without one they are
    symbolic.

    Raises: NameProblem or UsageError if `wrt` names no node that acts on the loss, or if `exact` numbers are
    asked for and an operation leaves the fractions.
    """
    functions = network_kernels(network)
    # The steps are filled in with the first example, and a row's spelling goes with its number.
    values = {**network.values, **(network.data[0] if network.data else {})}
    written = {name: value for name, value in values.items() if isinstance(value, Number)}
    fractions: dict[str, Any] | None = None
    env: dict[str, Any] = {}
    if result is not None and exact:
        env = fractions = exact_values(network, exact_functions(functions))
    elif result is not None:
        env = environment(network, first_example(result))
    short = detail == "brief" and len(network.formulas) > MANY_STEPS
    forward = forward_steps(network, env, written, digits, short)
    if not network.has_loss and not network.givens:
        steps = open_steps(network, wrt, env, written, functions, digits)
        told = Told.made(steps), Told.made([step.finding for step in steps])
        return Derivation(network, tuple(step.node for step in steps), reading, detail, forward, *told, {})
    targets = [read_target(network, text) for text in wrt or ()]
    outside = only_in_total(network)
    inner = [target.node for target in targets if target.node not in outside]
    chosen = plan(network, inner)
    sweep = Sweep(network, chosen, "full" if reading == "entry" else detail, digits, env, written, functions, fractions)
    leaves = tuple(node for node in chosen.order if network.graph[node].leaf)
    asked = tuple(dict.fromkeys(target.node for target in targets)) or (*leaves, *outside)
    nodes, more = _steps(sweep, reading, inner or leaves) if inner or not targets else ((), [])
    formulas = {step.node: step.claim.rights[-1] for step in more}
    formulas |= {name: sweep.formula(name) for name in asked if name in sweep.proved}
    for target in targets:
        if target.places:
            more.append(entry_step(sweep, target, str(len(nodes) + len(more) + 1)))
    more += total_steps(network, asked, len(nodes) + len(more) + 1, digits, result)
    told = Told(nodes, sweep.step, more), Told(nodes, sweep.finding, [step.finding for step in more])
    return Derivation(network, asked, reading, detail, forward, *told, formulas)


def _steps(sweep: Sweep, reading: Reading, asked: Sequence[str]) -> tuple[Sequence[str], list[Step]]:
    """The nodes of the sweep, each gradient proved and its step told when it is read, or other readings' steps."""
    others = {"path": path_steps, "closed": closed_steps}
    if reading in others:
        return (), others[reading](sweep, asked)
    sweep.prove()
    return sweep.plan.order, []


def environment(network: Network, result: Readings) -> dict[str, Any]:
    """Values by name, and gradients as dl/dname, for all named nodes that have them."""
    env: dict[str, Any] = {}
    for node in network.graph.named:
        found = result[node.id]
        env[node.id] = _plain(found.value)
        if found.gradient is not None:
            env[gradient_name(network.loss_name, node.id)] = _plain(found.gradient)
    return env


def _plain(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value
