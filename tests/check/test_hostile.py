"""Hostile claims: refused, or judged, in less than two seconds; nothing executed."""

from __future__ import annotations

import time

import pytest

from tests.check.cases import checker

CLAIMS = {
    "import": "__import__('os').system('touch owned')",
    "class": "dl/dw1 = ().__class__",
    "tower": "dl/dw1 = 9**9**9",
    "brackets": "dl/dw1 = " + "(" * 100_000 + "1" + ")" * 100_000,
    "megabytes": "dl/dw1 = " + "1 + " * 2_500_000 + "1",
    "name": "dl/d" + "w" * 10_000 + " = 1",
    "nul": "dl/dw1 = \x00",
    "direction": "dl/dw1 = \u202ex1",
    "surrogate": "dl/dw1 = \udcff",
    "terms": "dl/dw1 = " + " + ".join(["x1"] * 5_000),
    "exponentials": "dl/dw1 = exp(exp(exp(exp(x1))))",
    "input": r"\frac{\partial l}{\partial w_1} = \input{/etc/passwd}",
    "shell": r"\write18{ls}",
    "typst": '#read("/etc/passwd")',
    "outer": "dl/dw1 = " + "outer(" * 60 + "x1" + ", x1)" * 60,
    "zero": "dl/dw1 = 1/0",
    "power": "dl/dw1 = x1**(10**300)",
    "empty": "",
    "equals": "= = =",
}


@pytest.mark.parametrize("text", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_hostile_claim_is_answered_soon(text: str) -> None:
    judge = checker("one-neuron")
    judge.check("dl/dw1 = (y - t)*y*(1 - y)*x1")
    start = time.process_time()
    found = judge.check(text)
    assert found.outcome != "right"
    assert time.process_time() - start < 2
    assert found.data()
