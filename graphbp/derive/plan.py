"""Which gradients a derivation finds, and in which order: from the loss backward, each exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graphbp.derive.units import Unit, units
from graphbp.errors import NameProblem, UsageError, did_you_mean
from graphbp.graph import Role
from graphbp.network import Network


@dataclass(frozen=True)
class Plan:
    """The nodes whose gradients are found, in order; `active` are all nodes that reach a seed.

    `alone` are the nodes of a network with a single leaf on which all else depends: there d is written for ∂.
    """

    order: tuple[str, ...]
    seeds: tuple[str, ...]
    active: frozenset[str]
    units: tuple[Unit, ...]
    alone: frozenset[str] = frozenset()

    def unit_of(self, node: str) -> Unit | None:
        """The unit whose z or a the node is."""
        return self._homes.get(node)

    def unit_with(self, parameter: str) -> Unit | None:
        """The unit of which the node is a weight or the bias."""
        return self._parameters.get(parameter)

    @cached_property
    def by_sum(self) -> Mapping[str, Unit]:
        """Each unit by its z."""
        return {unit.z: unit for unit in self.units}

    @cached_property
    def _homes(self) -> Mapping[str, Unit]:
        return {name: unit for unit in reversed(self.units) for name in (unit.z, unit.a) if name}

    @cached_property
    def _parameters(self) -> Mapping[str, Unit]:
        pairs = ((name, unit) for unit in reversed(self.units) for name in (unit.bias, *dict(unit.weights)))
        return {name: unit for name, unit in pairs if name}


def plan(network: Network, wrt: Sequence[str] | None) -> Plan:
    """The order of computation for the gradients asked for (default: all parameters).

    Raises: NameProblem on a name that does not exist, UsageError if it does not act on the loss.
    """
    graph = network.graph
    seeds = (network.loss_name,) if network.has_loss else tuple(network.givens)
    active = _ancestors(network, seeds)
    asked = tuple(wrt) if wrt else default_targets(network, active)
    for name in asked:
        _check(network, name, active)
    wanted = _descendants(network, asked) & active
    stop = set(network.givens)
    needed = [
        node.id for node in graph.named if (node.id in wanted and node.id not in seeds) or node.id in stop & wanted
    ]
    found = units(network)
    givens = [name for name in needed if name in stop]
    order = (*givens, *(name for name in _ordered(network, needed, active, found) if name not in stop))
    return Plan(order, seeds, frozenset(active), found, _alone(network, active))


def _alone(network: Network, active: Collection[str]) -> frozenset[str]:
    """The nodes through which every path from the single leaf to the loss passes; none if there are several leaves."""
    graph = network.graph
    chosen = [node.id for node in graph.named if node.id in active]
    if sum(graph[name].leaf for name in chosen) != 1 or not network.has_loss:
        return frozenset()
    found: set[str] = set()
    waiting: set[str] = set(chosen[:1])
    for name in chosen:
        waiting.discard(name)
        if not waiting:
            found.add(name)
        waiting.update(c for c in graph.named_consumers[name] if c in active)
    return frozenset(found)


def default_targets(network: Network, active: Collection[str]) -> tuple[str, ...]:
    """All parameters that act on the loss; where there are none, all inputs."""
    leaves = [node for node in network.graph.named if node.leaf and node.id in active]
    chosen = [node.id for node in leaves if node.role is Role.PARAMETER]
    return tuple(chosen or [node.id for node in leaves if node.role in (Role.INPUT, Role.STATE)])


def _check(network: Network, name: str, active: Collection[str]) -> None:
    if name not in network.graph or not network.graph[name].named:
        known = [node.id for node in network.graph.named]
        raise NameProblem(f"unknown name {name}", fix=did_you_mean(name, known))
    if name not in active:
        raise UsageError(
            f"{name} does not act on {network.loss_name}, so its gradient is 0",
            fix="ask for a node that lies on a path to it",
        )


def _ancestors(network: Network, seeds: Iterable[str]) -> set[str]:
    """The seeds and everything that acts on them."""
    found: set[str] = set(seeds) & set(network.graph.nodes)
    stack = list(found)
    while stack:
        for name in network.graph.named_inputs[stack.pop()]:
            if name not in found:
                found.add(name)
                stack.append(name)
    return found


def _descendants(network: Network, asked: Iterable[str]) -> set[str]:
    """The nodes asked for and everything that they act on; what lies behind a given gradient is not needed."""
    found = set(asked)
    stack = [name for name in found if name not in network.givens]
    while stack:
        for name in network.graph.named_consumers[stack.pop()]:
            if name not in found:
                found.add(name)
                if name not in network.givens:
                    stack.append(name)
    return found


def _ordered(
    network: Network, needed: Sequence[str], active: Collection[str], found: Sequence[Unit]
) -> tuple[str, ...]:
    """By distance to the loss; a unit stays together (activation, sum, then its weights)."""
    graph = network.graph
    level: dict[str, int] = {}
    for node in reversed(graph.named):
        level[node.id] = 1 + max((level[c] for c in graph.named_consumers[node.id] if c in active), default=-1)
    home = {name: unit for unit in found for name in (unit.z, unit.a) if name}
    place = {node.id: number for number, node in enumerate(graph.named)}

    def key(name: str) -> tuple[int, int, int, int]:
        owner = name
        inner = 1
        if name in home:
            owner, inner = home[name].z, 0 if name == home[name].a else 1
        elif graph[name].leaf:
            consumers = [c for c in graph.named_consumers[name] if c in active]
            owner = max(
                (home[c].z if c in home else c for c in consumers), key=lambda c: (level[c], place[c]), default=name
            )
            inner = 2
        return (level[owner], place[owner], inner, place[name])

    return tuple(sorted(needed, key=key))
