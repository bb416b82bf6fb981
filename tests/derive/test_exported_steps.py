"""Exported steps evaluated anew by a script that knows nothing of graphbp: Python's parser, math, differences."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphbp

FUNCTIONS: dict[str, Callable[..., float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "exp": math.exp, "sin": math.sin,
    "cos": math.cos, "log": math.log, "sqrt": math.sqrt,
    "softplus": lambda z: math.log1p(math.exp(z)),
}  # fmt: skip
FORMS = ("{a}*{b}", "{a} + {b}", "sigmoid({a})", "tanh({a} - {b})", "{a}*{b} + {c}", "({a} - {b})**2/2", "-{a}",
         "sin({a})*{b}", "{a}/(2 + {b}**2)", "exp(-{a}**2)", "softplus({a})", "{a} - {b}*{c}")  # fmt: skip
WIDTH = 1e-4


def value(node: ast.AST, env: Mapping[str, float]) -> float:
    """A formula by Python's own grammar."""
    if isinstance(node, ast.Expression):
        return value(node.body, env)
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return env[node.id]
    if isinstance(node, ast.UnaryOp):
        return -value(node.operand, env)
    if isinstance(node, ast.Call):
        return FUNCTIONS[node.func.id](*(value(arg, env) for arg in node.args))  # type: ignore[attr-defined]
    assert isinstance(node, ast.BinOp)
    left, right = value(node.left, env), value(node.right, env)
    table = {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}
    if type(node.op) in table:
        return table[type(node.op)]
    return left / right if isinstance(node.op, ast.Div) else left**right


def compute(text: str, env: Mapping[str, float]) -> float:
    """The number of a formula in text."""
    return value(ast.parse(text, mode="eval"), env)


class Reader:
    """Values, gradients and local derivatives of a network given as text, by differences alone."""

    def __init__(self, leaves: Mapping[str, float], nodes: Mapping[str, str]) -> None:
        self.leaves, self.nodes = leaves, nodes
        self.env = self.forward({})

    def forward(self, fixed: Mapping[str, float]) -> dict[str, float]:
        env = {**self.leaves, **fixed}
        for name, text in self.nodes.items():
            if name not in fixed:
                env[name] = compute(text, env)
        return env

    def slope(self, at: Callable[[float], float]) -> float:
        coarse, fine = ((at(h) - at(-h)) / (2 * h) for h in (WIDTH, WIDTH / 2))
        return (4 * fine - coarse) / 3

    def gradient(self, name: str) -> float:
        return self.slope(lambda h: self.forward({name: self.env[name] + h})["l"])

    def local(self, text: str, name: str) -> float:
        return self.slope(lambda h: compute(text, {**self.env, name: self.env[name] + h}))

    def side(self, text: str, made: Mapping[str, float]) -> float:
        """One side of a claim; dl/dx and dy/dx stand for numbers."""
        known = {**self.env, **made}

        def known_as(match: re.Match[str]) -> str:
            top, below = match[1], match[2]
            number = 1.0 if top == below else self.gradient(below) if top == "l" else self.local(self.nodes[top], below)
            known[f"D{len(known)}"] = number
            return f"D{len(known) - 1}"

        for inner, name in formulas_in(text):
            known[f"D{len(known)}"] = self.local(inner, name)
            text = text.replace(f"d({inner})/d{name}", f"D{len(known) - 1}")
        return compute(re.sub(r"\bd([a-z]\w*)/d([a-z]\w*)", known_as, text), known)


def formulas_in(text: str) -> list[tuple[str, str]]:
    """The derivatives d(formula)/dname in a side of a claim."""
    found = []
    for match in re.finditer(r"\bd\(", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        below = re.match(r"/d([a-z]\w*)", text[end:])
        assert below, text
        found.append((text[match.end() : end - 1], below[1]))
    return found


@st.composite
def networks(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, str]]:
    """Leaves with numbers, and formulas that use anything before them."""
    leaves = {name: draw(st.integers(-15, 15)) / 10 for name in ("w1", "w2", "x1")}
    names, nodes = list(leaves), {}
    for place in range(draw(st.integers(1, 5))):
        a, b, c = (draw(st.sampled_from(names)) for _ in range(3))
        nodes[f"n{place}"] = draw(st.sampled_from(FORMS)).format(a=a, b=b, c=c)
        names.append(f"n{place}")
    nodes["l"] = f"({names[-1]} - 0.3)**2/2 + w1*{names[-1]}"
    return leaves, nodes


@pytest.mark.parametrize("reading", ["unit", "path", "closed", "entry"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(made=networks())
def test_every_exported_line_is_true(reading: str, made: Any, tmp_path: Path) -> None:
    leaves, nodes = made
    net = graphbp.Network("random")
    for name, number in leaves.items():
        (net.input if name == "x1" else net.parameter)(name, number)
    for name, text in nodes.items():
        (net.loss if name == "l" else net.node)(name, text)
    reader = Reader(leaves, nodes)
    net.explain(wrt=["w1", "w2"] if acts(net, "w2") else ["w1"], reading=reading).save(tmp_path / "steps.json")
    steps = json.loads((tmp_path / "steps.json").read_text(encoding="utf-8"))["steps"]
    assert steps
    groups = {step["id"].split(".")[0]: {} for step in steps}
    for step in steps:
        named: dict[str, float] = groups[step["id"].split(".")[0]]
        left, *rights = step["claim"].split(" = ")
        if left.startswith("P_") and left not in named:
            named[left] = reader.side(rights[0], named)
    for step in steps:
        named = groups[step["id"].split(".")[0]]
        left, *rights = step["claim"].split(" = ")
        expected = reader.side(left, named)
        for right in rights:
            exact = bool({*reader.env, *named} & set(re.findall(r"\w+", right))) or "/d" in right
            tolerance = 1e-6 if exact else 2e-3
            found = reader.side(right, named)
            room = tolerance * (abs(expected) + (1 if exact else 0.02))
            assert abs(found - expected) <= room, (step["claim"], right, found, expected)


def acts(net: graphbp.Network, name: str) -> bool:
    """Whether a leaf acts on the loss."""
    import networkx

    return name in networkx.ancestors(net.networkx(), "l")
