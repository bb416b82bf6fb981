"""A commented network file to start from."""

from __future__ import annotations

from graphbp.errors import UsageError

NEURON = """\
graphbp: 1
title: My network

# Numbers, nested lists such as [[1, 2], [3, 4]], or ~ for a symbol without a number.
inputs:
  x1: 0.5
  x2: -1
parameters:
  w1: 0.4
  w2: 0.3
  b: 0.1
targets:
  t: 1

# One line for each node, in any order.  Put a formula in quotes if it holds [ ] { } @ : or #.
nodes:
  z: w1*x1 + w2*x2 + b
  a: sigmoid(z)

# What is differentiated: one number.
loss:
  l: (a - t)**2/2

learning_rate: 0.5

# How names are shown, in LaTeX.
names:
  t: '\\hat{y}'
"""

LAYERS = """\
graphbp: 1
title: A network with layers of %(sizes)s

inputs:
  x: %(x)s
targets:
  t: %(t)s

# Each layer writes the nodes z = W x + b and a: W1, b1, z1, a1, then W2, b2, z2, a2 and so on.
# W is drawn from a seed unless you declare it, for example
# parameters:
#   W1: {shape: [%(second)s, %(first)s], init: xavier, seed: 1}
layers: [%(layers)s]

# What is differentiated: one number.
loss:
  l: squared_error(a%(count)s, t)

learning_rate: 0.5

# How names are shown, in LaTeX.
names:
  t: '\\hat{y}'
"""


def starter(sizes: str | None = None) -> str:
    """A small network with comments; `sizes` ("2 3 1") asks for layers of these widths.

    Raises: UsageError if the sizes cannot be read.
    """
    if sizes is None:
        return NEURON
    widths = _widths(sizes)
    return LAYERS % {
        "sizes": ", ".join(map(str, widths)),
        "x": [_spread(place) for place in range(widths[0])],
        "t": [int(place == 0) for place in range(widths[-1])],
        "first": widths[0],
        "second": widths[1],
        "layers": ", ".join(f"dense {width} sigmoid" for width in widths[1:]),
        "count": len(widths) - 1,
    }


def _spread(place: int) -> float:
    """Starting inputs of both signs, all different."""
    return round((-0.5 if place % 2 else 0.5) * (1 + 0.2 * place), 2)


def _widths(sizes: str) -> list[int]:
    words = sizes.replace(",", " ").split()
    if len(words) < 2 or not all(word.isascii() and word.isdigit() and 0 < int(word) <= 1000 for word in words):
        raise UsageError(f"cannot read the layers {sizes!r}", fix='write sizes from 1 to 1000: --layers "2 3 1"')
    return [int(word) for word in words]
