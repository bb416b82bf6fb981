"""Networks that the corpus of formulas is about; gallery networks are named as they are."""

from __future__ import annotations

from functools import cache

from graphbp.api import load
from graphbp.network import Network


def layers() -> Network:
    """Two dense layers on vectors: W1, W2, z1, a1, z2, a2."""
    net = Network("layers")
    for name, shape in {"W1": (4, 3), "b1": (4,), "W2": (2, 4), "b2": (2,)}.items():
        net.parameter(name, shape=shape)
    net.input("x", shape=(3,))
    net.target("t", shape=(2,))
    net.node("z1", "W1 @ x + b1")
    net.node("a1", "sigmoid(z1)")
    net.node("z2", "W2 @ a1 + b2")
    net.node("a2", "sigmoid(z2)")
    net.loss("l", "sum((a2 - t)**2)/2")
    return net


def softmax() -> Network:
    """Softmax of a vector with cross-entropy written out."""
    net = Network("softmax")
    net.input("x", shape=(3,))
    net.parameter("W", shape=(4, 3))
    net.parameter("b", shape=(4,))
    net.target("t", shape=(4,))
    net.node("z", "W @ x + b")
    net.node("p", "softmax(z)")
    net.loss("l", "-sum(t*log(p))")
    return net


def recurrent() -> Network:
    """Three steps of a scalar recurrent network with shared weights and tanh."""
    net = Network("recurrent")
    for name in ("x1", "x2", "x3", "h0"):
        net.input(name)
    for name in ("w", "u", "b", "v"):
        net.parameter(name)
    net.target("y")
    for step in (1, 2, 3):
        net.node(f"s{step}", f"w*h{step - 1} + u*x{step} + b")
        net.node(f"h{step}", f"tanh(s{step})")
    net.node("o", "v*h3")
    net.loss("E", "(o - y)**2/2")
    return net


def regression() -> Network:
    """Linear regression on a batch, with mean squared error; the target is y."""
    net = Network("regression")
    net.input("X", shape=("N", 3))
    net.parameter("w", shape=(3,))
    net.parameter("b")
    net.target("y", shape=("N",))
    net.node("f", "X @ w + b")
    net.loss("J", "mean((f - y)**2)/2")
    return net


def batch() -> Network:
    """Rows are examples: A1 = ReLU(X W1 + b1), softmax cross-entropy on top."""
    net = Network("batch")
    net.input("X", shape=(5, 3))
    for name, shape in {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}.items():
        net.parameter(name, shape=shape)
    net.target("T", shape=(5, 2))
    net.node("Z1", "X @ W1 + b1")
    net.node("A1", "relu(Z1)")
    net.node("Z2", "A1 @ W2 + b2")
    net.node("P", "softmax(Z2)")
    net.loss("L", "-sum(T*log(P))/5")
    return net


def norm() -> Network:
    """Layer norm written out."""
    net = Network("norm")
    net.input("x", shape=(4,))
    net.parameter("gamma", shape=(4,))
    net.parameter("beta", shape=(4,))
    net.node("mu", "mean(x)")
    net.node("var", "mean((x - mu)**2)")
    net.node("xhat", "(x - mu)/sqrt(var + 0.001)")
    net.node("y", "gamma*xhat + beta")
    net.target("t", shape=(4,))
    net.loss("l", "sum((y - t)**2)")
    return net


def mixed() -> Network:
    """Names that are easily confused: a vector w beside w1, and units called u."""
    net = Network("mixed")
    net.input("x", shape=(3,))
    net.parameter("w", shape=(3,))
    net.parameter("w1")
    net.parameter("T")
    net.target("t")
    net.node("u", "sum(w*x)*w1")
    net.node("a", "tanh(u)")
    net.node("o", "sigmoid(a*T)")
    net.loss("l", "(o - t)**2")
    return net


def bishop() -> Network:
    """Two layers as Bishop names them: a is the sum, z the unit's output; the output layer is linear."""
    net = Network("bishop")
    net.input("x", shape=(3,))
    net.parameter("W1", shape=(4, 3))
    net.parameter("W2", shape=(2, 4))
    net.target("t", shape=(2,))
    net.node("a", "W1 @ x")
    net.node("z", "tanh(a)")
    net.node("y", "W2 @ z")
    net.loss("E", "sum((y - t)**2)/2")
    return net


def deep() -> Network:
    """Three dense layers with Nielsen's cost."""
    net = Network("deep")
    for name, shape in {"W1": (4, 3), "b1": (4,), "W2": (5, 4), "b2": (5,), "W3": (2, 5), "b3": (2,)}.items():
        net.parameter(name, shape=shape)
    net.input("x", shape=(3,))
    net.target("y", shape=(2,))
    for layer, before in ((1, "x"), (2, "a1"), (3, "a2")):
        net.node(f"z{layer}", f"W{layer} @ {before} + b{layer}")
        net.node(f"a{layer}", f"sigmoid(z{layer})")
    net.loss("C", "sum((a3 - y)**2)/2")
    return net


def logit() -> Network:
    """Logistic regression on one example, cross-entropy written out."""
    net = Network("logit")
    for name in ("w1", "w2", "b"):
        net.parameter(name)
    for name in ("x1", "x2"):
        net.input(name)
    net.target("y")
    net.node("z", "w1*x1 + w2*x2 + b")
    net.node("p", "sigmoid(z)")
    net.loss("l", "-y*log(p) - (1 - y)*log(1 - p)")
    return net


def ng() -> Network:
    """Columns are examples, as in Ng's course; their number is m."""
    net = Network("ng")
    net.input("X", shape=(3, "m"))
    for name, shape in {"W1": (4, 3), "b1": (4, 1), "W2": (1, 4), "b2": (1, 1)}.items():
        net.parameter(name, shape=shape)
    net.target("Y", shape=(1, "m"))
    net.node("Z1", "W1 @ X + b1")
    net.node("A1", "tanh(Z1)")
    net.node("Z2", "W2 @ A1 + b2")
    net.node("A2", "sigmoid(Z2)")
    net.loss("J", "-mean(Y*log(A2) + (1 - Y)*log(1 - A2))")
    return net


def d2l() -> Network:
    """A hidden layer with an L2 penalty, as in Dive into Deep Learning."""
    net = Network("d2l")
    net.input("x", shape=(3,))
    net.input("lam")
    net.parameter("W1", shape=(4, 3))
    net.parameter("W2", shape=(2, 4))
    net.target("y", shape=(2,))
    net.node("z", "W1 @ x")
    net.node("h", "relu(z)")
    net.node("o", "W2 @ h")
    net.node("L", "squared_error(o, y)")
    net.node("s", "lam/2*(sum(W1**2) + sum(W2**2))")
    net.loss("J", "L + s")
    return net


def conv() -> Network:
    """A convolution with ReLU."""
    net = Network("conv")
    net.input("X", shape=(5, 5))
    net.parameter("K", shape=(3, 3))
    net.parameter("b")
    net.target("t", shape=(3, 3))
    net.node("Y", "conv2d(X, K) + b")
    net.node("A", "relu(Y)")
    net.loss("l", "squared_error(A, t)")
    return net


NETWORKS = {
    made.__name__: made
    for made in (layers, softmax, recurrent, regression, batch, norm, mixed, bishop, deep, logit, ng, d2l, conv)
}


@cache
def network(name: str) -> Network:
    """A network of this file, or of the gallery."""
    return NETWORKS[name]() if name in NETWORKS else load(name)
