"""Long networks: every gradient is checked, few steps are told, and telling them takes time in proportion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from graphbp import engine, formats, theme
from graphbp.derive import steps as steps_module
from graphbp.derive import sweep as sweep_module
from graphbp.derive.derive import derive, environment
from graphbp.derive.figures import gradient_name
from graphbp.derive.kernels import network_kernels
from graphbp.derive.shares import Shares
from graphbp.derive.steps import Derivation
from graphbp.derive.witness import StepFails, Witness
from graphbp.document.compose import derivation_document
from graphbp.document.tree import StepBlock, Table
from graphbp.errors import UsageError
from graphbp.network import Network
from graphbp.notation.evaluate import evaluate
from graphbp.notation.paper import uncoloured
from graphbp.notation.smart import mul
from graphbp.notation.tree import Number, Symbol, renamed, template

PATTERNS = ("w*{0} + b", "tanh({0} + {1})", "{0}*{1} - b", "sigmoid({0}) + w*{1}", "{0}/(1 + {1}**2)")


def ladder(rungs: int) -> Network:
    """Every node uses the two before it; the patterns repeat."""
    net = Network("ladder")
    net.input("x", 0.5)
    net.parameter("w", 0.7)
    net.parameter("b", 0.1)
    names = ["x", "x"]
    for k in range(rungs):
        net.node(f"a{k}", PATTERNS[k % len(PATTERNS)].format(names[-1], names[-2]))
        names.append(f"a{k}")
    net.loss("l", f"({names[-1]} - 0.3)**2 + {names[-2]}")
    return net


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dozen steps are many already."""
    for module in (steps_module, sweep_module):
        monkeypatch.setattr(module, "MANY_STEPS", 12)
    yield


def brief(net: Network) -> Derivation:
    return derive(net, ["w"], detail="brief", result=engine.run(net))


@pytest.mark.usefixtures("few")
def test_what_is_found_gives_the_numbers_of_the_engine() -> None:
    net = ladder(40)
    found, env = brief(net).found, environment(net, engine.run(net))
    assert len(found) > 40
    for one in found:
        assert one.formula is not None
        assert isinstance(one.value, Number)
        assert one.evidence.points > 0
        expected = env[gradient_name("l", one.node)]
        np.testing.assert_allclose(evaluate(one.formula, env, functions=network_kernels(net)), expected, rtol=1e-9)
        assert one.value.value == expected


@pytest.mark.usefixtures("few")
def test_steps_find_what_is_said_of_them() -> None:
    """What is told in a table is what the step would say, formula for formula."""
    derivation = brief(ladder(40))
    for step, one in zip(derivation.steps, derivation.found, strict=True):
        assert step.finding == one
        assert uncoloured(step.claim.rights[-1]) == one.formula


@pytest.mark.usefixtures("few")
def test_a_long_brief_document_tells_the_gradients_asked_for() -> None:
    net = ladder(40)
    derivation = brief(net)
    document = derivation_document(derivation, engine.run(net))
    assert [block.anchor for block in document.blocks if isinstance(block, StepBlock)] == [str(len(derivation.steps))]
    table = next(block for block in document.blocks if isinstance(block, Table) and block.header[0] == ("Gradient",))
    assert len(table.rows) == len(derivation.steps)
    assert len(document.records) > len(derivation.steps)
    for ending in sorted({".json", ".md", ".html", ".typ", ".tex", "terminal"}):
        assert formats.render(document, ending, theme.get("paper"), formats.Options(width=80))


def test_a_wrong_share_fails_though_its_pattern_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    net = ladder(20)
    true = Shares._formula

    def spoilt(self: Any, consumer: str, local: Any) -> Any:
        return mul(Number(1.001), true(self, consumer, local)) if consumer == "a7" else true(self, consumer, local)

    monkeypatch.setattr(Shares, "_formula", spoilt)
    # a7 has the pattern of a2, so its own share is only named anew: what is printed stays true.
    derive(net, result=engine.run(net))
    monkeypatch.setattr(Shares, "_formula", lambda self, c, local: mul(Number(1.001), true(self, c, local)))
    with pytest.raises(StepFails):
        derive(net, result=engine.run(net))


def test_patterns_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    check = Witness._checked

    def counting(self: Any, wrt: str, *rest: Any) -> Any:
        counted.append(wrt)
        return check(self, wrt, *rest)

    monkeypatch.setattr(Witness, "_checked", counting)
    sizes = []
    for rungs in (30, 60):
        counted.clear()
        derive(ladder(rungs), result=engine.run(ladder(rungs)))
        sizes.append(len(counted))
    assert sizes[0] == sizes[1] < 20


def test_templates_are_renamings() -> None:
    for formula in ladder(10).formulas.values():
        made = template(formula, ["w", "a3", "x"])([Symbol("p"), Symbol("q"), Symbol("r")])
        assert made == renamed(formula, {"w": "p", "a3": "q", "x": "r"})


def test_a_closed_form_that_nobody_could_write_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="too large for the closed reading"):
        derive(ladder(200), ["w"], "closed")


def test_paths_are_counted_where_they_are_too_many_or_too_long() -> None:
    (step,) = derive(ladder(200), ["w"], "path").about("w").steps
    assert "about 10^" in str(step.substeps[0].reason)
    long = Network("long")
    long.parameter("w", 0.5)
    for k in range(1200):
        long.node(f"a{k}", f"tanh(a{k - 1})" if k else "tanh(w)")
    long.loss("l", "a1199**2")
    (step,) = derive(long, ["w"], "path", "brief").about("w").steps
    assert step.substeps[0].reason[0] == "one path leads from "


@pytest.mark.parametrize("ending", [".json", ".md", ".html", ".typ", ".tex", ".ipynb", "terminal"])
def test_deep_chains_in_every_format(ending: str) -> None:
    net = Network("deep")
    net.parameter("w", 0.5)
    for k in range(1500):
        net.node(f"a{k}", f"tanh(w*a{k - 1})" if k else "w + 1")
    net.loss("l", "(a1499 - 0.3)**2")
    result = engine.run(net)
    document = derivation_document(derive(net, ["w"], result=result), result)
    assert formats.render(document, ending, theme.get("paper"), formats.Options(width=80))
