"""Operations of more operands than two, and operands that stand in two places, in whole derivations."""

from __future__ import annotations

import numpy as np
import pytest

import graphbp
from graphbp.engine.differences import complex_step
from graphbp.network.save import canonical

NETWORK = """
graphbp: 1
inputs: {u: [1, 0]}
parameters: {c: [0.1, 0.2], d: [0.3, -0.2], X: [[1, 2, 3, 4], [2, 3, 1, 0.5]], W: [[1, 2], [0.5, 1]], k: [1, 0.5, 2],
             E: [[0.3, 0.4], [0.1, 0.2], [0.5, 0.6]]}
nodes:
  Q: concatenate(exp(c), 3*d + 1, d, axis=0)
  R: concatenate(c, c, c)
  S: stack(c, exp(d), c*d, axis=-1)
  T: conv_transpose2d(X, W, stride=2, padding=1)
  U: conv1d(X[0], k, stride=2, padding=1)
  V: einsum("ij,jk,kl->il", X.T, W, E.T)
  F: gelu(erf(embedding(u, E)))
loss: {l: sum(Q**2) + sum(R**3) + sum(S**2) + sum(T**2) + sum(U**2) + sum(V**2) + sum(F)}
"""


@pytest.mark.parametrize("reading", ["unit", "layer", "entry"])
def test_every_line_of_the_derivation_holds(reading: str) -> None:
    # A line that fails its witness is an internal error.
    assert len(graphbp.loads(NETWORK).explain(reading=reading).derivation.steps) > 10


def test_gradients_are_those_of_complex_steps() -> None:
    net = graphbp.loads(NETWORK)
    result = net.run()
    for name in ("c", "d", "X", "W", "k", "E"):
        np.testing.assert_allclose(result[name].gradient, complex_step(net, name), rtol=1e-12, atol=1e-13)


def test_formulas_read_back_as_they_were_written() -> None:
    written = canonical(graphbp.loads(NETWORK))
    assert canonical(graphbp.loads(written)) == written
    assert "ij,jk,kl->il" in written


def test_python_writes_the_equation_first_too() -> None:
    net = graphbp.Network("product")
    a, b = net.parameter("a", [[1, 2], [3, 4]]), net.parameter("b", [1, 2])
    net.loss("l", graphbp.einsum("ij,j->", a, b))
    np.testing.assert_array_equal(net.run()["a"].gradient, [[1, 2], [1, 2]])
