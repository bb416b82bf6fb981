"""The table of mistakes: every row can bite, every kind has a hint, a true claim matches none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graphbp.check.mistakes import KINDS, ROWS
from graphbp.check.mutate import Mutations
from graphbp.check.truth import World
from graphbp.check.words import HINTS
from graphbp.ops.program import Instruction, pull
from tests.check.cases import checker, names


def test_every_kind_has_a_hint() -> None:
    assert set(HINTS) == set(KINDS)


def test_rows_have_known_kinds() -> None:
    assert {row.kind for row in ROWS} <= set(KINDS)


@pytest.mark.parametrize("name", names())
def test_an_edit_that_changes_nothing_is_the_truth(name: str) -> None:
    world = checker(name).world
    cloud = world.cloud(4)
    of = world.network.loss_name
    for wrt in reached(world, of):
        untouched = Mutations(world, of, wrt).derivative(cloud, {})
        np.testing.assert_allclose(untouched, cloud.derivative(of, wrt), rtol=1e-12)


@pytest.mark.parametrize("name", names())
def test_one_pull_back_exchanged_is_a_backward_pass_with_it(name: str) -> None:
    """What travels on from a changed pull-back is the same as what a whole backward pass finds."""
    world = checker(name).world
    cloud = world.cloud(3)
    of = world.network.loss_name
    for wrt in reached(world, of)[:2]:
        made = Mutations(world, of, wrt)
        for step, slot in made.uses[:4]:
            edits = {(step.target, slot): threefold}
            whole = cloud.gradients(of, wrt, edits)
            np.testing.assert_allclose(made.derivative(cloud, edits), whole, rtol=1e-9, atol=1e-12)


def threefold(step: Instruction, values: Sequence[Any], upstream: Any, slot: int) -> Any:
    """Three times what is truly passed back."""
    return 3.0 * np.asarray(pull(step, values, upstream, slot))


def reached(world: World, of: str) -> list[str]:
    """The leaves on which the loss depends."""
    graph = world.plan.graph
    ends = [of] if of in graph else list(world.network.givens)
    places = [world.plan.program.places[name] for name in ends]
    return [node.id for node in graph.named if node.leaf and any(place in world.between(node.id) for place in places)]


def kind_of(network: str, text: str) -> tuple[str, tuple[str, ...]]:
    """The mistake that is named, and the others that fit."""
    mistake = checker(network).check(text).mistake
    assert mistake is not None
    return mistake.kind, mistake.also


@pytest.mark.parametrize(
    ("network", "text", "kind"),
    [
        ("square-matrices", "dl/dB = (Y - T).T @ R", "layout"),
        ("vector-layer", "dl/dW2 = outer(a1, dl/dz2)", "layout"),
        ("vector-layer", "dl/dW1_ij = dl/dz1_j x_i", "layout"),
        ("square-matrices", "dl/dB = R @ (Y - T)", "transposed"),
        ("weight-tied-autoencoder", "dl/dW = outer(dl/dz, x) + outer(e, h)", "transposed"),
    ],
)
def test_layout_is_all_entries_elsewhere_transposed_is_other_entries(network: str, text: str, kind: str) -> None:
    assert kind_of(network, text)[0] == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [("dl/dz = t - p", "sign"), ("dl/dz = 2*(p - t)", "extra-factor"), ("dl/dz = p", "value-for-gradient")],
)
def test_mistakes_are_named_where_targets_sum_to_1(text: str, kind: str) -> None:
    assert kind_of("softmax-written", text)[0] == kind


def test_the_mistake_is_sought_where_the_learner_derived_something() -> None:
    # The sign could be lost behind dl/ds just as well, but dl/ds was taken as it is.
    mistake = checker("layer-norm-rows").check("dl/dv = -dl/ds/(2*s)").mistake
    assert mistake is not None and (mistake.kind, mistake.where) == ("sign", "s -> v")


def test_two_mistakes_are_not_made_up_for_a_claim_of_0() -> None:
    assert checker("strided-channels").check("dl/dZ = 0*(A - T)").mistake is None
