"""Random networks as hypothesis draws them: of numbers, and of vectors, matrices and images, with shared nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import graphbp

Shape = tuple[int, ...]
SCALAR_FORMS = (
    "{a}*{b}", "{a} + {b}", "sigmoid({a})", "tanh({a} - {b})", "{a}*{b} + {c}", "({a} - {b})**2/2", "-{a}",
    "sin({a})*{b}", "{a}/(2 + {b}**2)", "exp(-{a}**2)", "softplus({a})", "{a} - {b}*{c}", "max(0, {a})",
    "where({a} > {b}, {a}*{c}, {b})", "{a}**3 - 2*{b}", "log(1 + {a}**2)", "sqrt(1 + {a}**2)", "leaky_relu({a}, 0.1)",
    "swish({a}) + {b}", "3*{a}/4 - {b}/(1 + exp({c}))", "({a} + {b})*({a} - {c})", "abs({a})*{b}", "gelu({a})",
    "{a}*{a}", "1 - {a}", "erf({a})/2 + {b}*{c}*{a}", "minimum({a}, {b})", "silu({a} - 0.5)",
)  # fmt: skip
ELEMENTWISE = (
    "sigmoid({a})", "tanh({a})", "{a}*{a}", "exp(-{a})", "relu({a})", "1 - {a}", "{a}**2/3", "softplus({a})",
    "log(1 + {a}**2)", "where({a} > 0, {a}, 0.1*{a})", "leaky_relu({a}, 0.2)", "abs({a})", "-{a}", "{a}/(2 + {a}**2)",
    "gelu({a})", "clip({a}, -0.7, 0.9)", "swish({a})", "sin({a}) + 2*{a}",
)  # fmt: skip
BROADCAST = ("{a} + {b}", "{a}*{b}", "{a} - 2*{b}", "{a}/(1 + {b}**2)", "tanh({a} + {b})", "maximum({a}, {b})")
SUMMARIES = ("sum({a})/3", "mean({a}**2)", "sum({a}*{a})", "logsumexp({a})", "max({a})", "sqrt(1 + sum({a}**2))")


@dataclass
class Spec:
    """A network as data: leaves with role and value, nodes with formulas, in order."""

    leaves: dict[str, tuple[str, Any]] = field(default_factory=dict)
    nodes: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    total: str = ""

    def network(self) -> graphbp.Network:
        """The network itself."""
        net = graphbp.Network("random")
        net.function("swish", ["x"], "x*sigmoid(x)")
        for name, (role, value) in self.leaves.items():
            getattr(net, role)(name, value)
        for name, text in self.nodes.items():
            (net.loss if name == "l" else net.node)(name, text)
        for row in self.rows:
            net.example(**row)
        if self.total:
            net.total("L", self.total)
        return net


@st.composite
def scalar_specs(draw: st.DrawFn) -> Spec:
    """Numbers: each formula may use anything before it."""
    spec = Spec({name: ("input" if name[0] == "x" else "parameter", draw(number)) for name in ("w1", "w2", "x1", "b")})
    names = list(spec.leaves)
    for place in range(draw(st.integers(1, 6))):
        a, b, c = (draw(st.sampled_from(names)) for _ in range(3))
        spec.nodes[f"n{place}"] = draw(st.sampled_from(SCALAR_FORMS)).format(a=a, b=b, c=c)
        names.append(f"n{place}")
    end = draw(st.sampled_from(names[4:]))
    spec.nodes["l"] = draw(st.sampled_from(("({e} - t)**2/2 + w1*{n}", "-t*log(sigmoid({e})) + {n}**2/2", "{e}*{n}")))
    spec.nodes["l"] = spec.nodes["l"].format(e=end, n=names[-1])
    spec.leaves["t"] = ("target", draw(number))
    if draw(st.booleans()):
        spec.rows = [{"x1": draw(number), "t": draw(number)} for _ in range(draw(st.integers(2, 3)))]
        spec.total = draw(st.sampled_from(("sum(l)", "mean(l)", "mean(l) + w1**2/10", "2*sum(l)/3 + 0.1*w1*w2")))
    return spec


number = st.integers(-197, 197).map(lambda n: (n + 0.5 * (n % 2)) / 97).map(lambda x: round(x, 3))
seeds = st.integers(0, 2**32 - 1)


class Growing:
    """A network of arrays under construction; `shapes` has every name that formulas may use."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.spec, self.shapes = draw, Spec(), {}
        self.random = np.random.default_rng(draw(seeds))

    def leaf(self, role: str, name: str, shape: Shape) -> str:
        """A leaf of a shape, with numbers of three digits."""
        value = np.round(self.random.uniform(-1.5, 1.5, shape), 3)
        self.spec.leaves[name] = (role, value.tolist())
        self.shapes[name] = shape
        return name

    def weight(self, shape: Shape) -> str:
        """A parameter of a shape: one that is there already (shared), or a new one."""
        fits = [n for n, (role, _) in self.spec.leaves.items() if role == "parameter" and self.shapes[n] == shape]
        if fits and self.draw(st.booleans()):
            return self.draw(st.sampled_from(fits))
        return self.leaf("parameter", f"W{len(self.spec.leaves)}", shape)

    def node(self, text: str, shape: Shape) -> str:
        """A named formula."""
        name = f"Y{len(self.spec.nodes)}"
        self.spec.nodes[name], self.shapes[name] = text, shape
        return name

    def one(self, rank: int | None = None) -> str:
        """A name of a rank; the latest ones are drawn more often."""
        fits = [name for name, shape in self.shapes.items() if rank is None or len(shape) == rank]
        return self.draw(st.sampled_from(fits[-3:] if fits[-3:] and self.draw(st.booleans()) else fits)) if fits else ""

    def values(self) -> list[str]:
        """The computed names."""
        return list(self.spec.nodes)


def elementwise(net: Growing) -> None:
    """One array through a function."""
    a = net.one()
    net.node(net.draw(st.sampled_from(ELEMENTWISE)).format(a=a), net.shapes[a])


def affine(net: Growing) -> None:
    """A layer of a batch, or of one vector."""
    a = net.one(2)
    if not a or net.draw(st.integers(0, 3)) == 0:
        return vector_layer(net)
    n, d = net.shapes[a]
    h = net.draw(st.integers(1, 3))
    turned = net.draw(st.booleans())
    w = net.weight((h, d) if turned else (d, h))
    bias = f" + {net.weight((h,))}" if net.draw(st.booleans()) else ""
    net.node(f"{a} @ {w}{'.T' if turned else ''}{bias}", (n, h))
    return None


def vector_layer(net: Growing) -> None:
    """W x + b."""
    a = net.one(1)
    if a:
        h = net.draw(st.integers(1, 3))
        net.node(f"{net.weight((h, *net.shapes[a]))} @ {a} + {net.weight((h,))}", (h,))


def combined(net: Growing) -> None:
    """Two arrays that broadcast."""
    a, b = net.one(), net.one()
    try:
        shape = np.broadcast_shapes(net.shapes[a], net.shapes[b])
    except ValueError:
        return
    net.node(net.draw(st.sampled_from(BROADCAST)).format(a=a, b=b), shape)


def residual(net: Growing) -> None:
    """x + f(x)."""
    a = net.one()
    form = net.draw(st.sampled_from(ELEMENTWISE)).format(a=a)
    net.node(f"{a} + {form}", net.shapes[a])


def softened(net: Growing) -> None:
    """Shares along an axis."""
    a = net.one()
    if net.shapes[a]:
        axis = net.draw(st.integers(-1, len(net.shapes[a]) - 1))
        name = net.draw(st.sampled_from(("softmax", "log_softmax")))
        net.node(f"{name}({a}, axis={axis})", net.shapes[a])


def reduced(net: Growing) -> None:
    """A sum, mean, variance or largest along an axis."""
    a = net.one()
    shape = net.shapes[a]
    if not shape:
        return
    axis = net.draw(st.integers(0, len(shape) - 1))
    keep = net.draw(st.booleans())
    name = net.draw(st.sampled_from(("sum", "mean", "max", "logsumexp", "var")))
    kept = tuple(1 if place == axis else size for place, size in enumerate(shape) if keep or place != axis)
    net.node(f"{name}({a}, axis={axis}, keepdims={keep})", kept)


def normalised(net: Growing) -> None:
    """Mean and variance written out."""
    a = net.one(2)
    if a:
        axis = net.draw(st.integers(0, 1))
        kept = tuple(1 if place == axis else size for place, size in enumerate(net.shapes[a]))
        m = net.node(f"mean({a}, axis={axis}, keepdims=True)", kept)
        v = net.node(f"mean(({a} - {m})**2, axis={axis}, keepdims=True)", net.shapes[m])
        net.node(f"({a} - {m})/sqrt({v} + 0.1)", net.shapes[a])


def turned(net: Growing) -> None:
    """A transpose."""
    a = net.one(2)
    if a:
        net.node(f"{a}.T", net.shapes[a][::-1])


def attended(net: Growing) -> None:
    """Scores of rows against rows, softmax, and a mixture."""
    a = net.one(2)
    if a:
        n, d = net.shapes[a]
        q, k = net.weight((d, 2)), net.weight((d, 2))
        s = net.node(f"softmax(({a} @ {q}) @ ({a} @ {k}).T/1.5)", (n, n))
        net.node(f"{s} @ {a}", (n, d))


def sliced(net: Growing) -> None:
    """A part of an array."""
    a = net.one()
    shape = net.shapes[a]
    if shape and shape[0] > 1:
        if net.draw(st.booleans()):
            net.node(f"{a}[{net.draw(st.integers(0, shape[0] - 1))}]", shape[1:])
        else:
            net.node(f"{a}[1:{shape[0]}]", (shape[0] - 1, *shape[1:]))


def joined(net: Growing) -> None:
    """Two arrays side by side."""
    a, b = net.one(), net.one()
    one, other = net.shapes[a], net.shapes[b]
    if one and len(one) == len(other) and one[:-1] == other[:-1] and one[-1] + other[-1] < 7:
        net.node(f"concatenate({a}, {b}, axis=-1)", (*one[:-1], one[-1] + other[-1]))


def reshaped(net: Growing) -> None:
    """The same entries in a row, or in another shape."""
    a = net.one()
    shape = net.shapes[a]
    if len(shape) == 2:
        if net.draw(st.booleans()):
            net.node(f"flatten({a})", (shape[0] * shape[1],))
        else:
            net.node(f"reshape({a}, [{shape[1]}, {shape[0]}])", shape[::-1])


def multiplied(net: Growing) -> None:
    """Two matrices that fit, or an inner or outer product."""
    a, b = net.one(), net.one()
    one, other = net.shapes[a], net.shapes[b]
    if len(one) == len(other) == 2 and one[1] == other[0]:
        net.node(f"{a} @ {b}", (one[0], other[1]))
    elif len(one) == len(other) == 2 and one[1] == other[1]:
        net.node(f'einsum("ij,kj->ik", {a}, {b})', (one[0], other[0]))
    elif len(one) == len(other) == 1:
        if one == other:
            net.node(f"dot({a}, {b})", ())
        elif one[0] * other[0] < 10:
            net.node(f"outer({a}, {b})", (*one, *other))
    elif len(one) == 2 and other == one[1:]:
        net.node(f"{a} @ {b}", one[:1])


def convolved(net: Growing) -> None:
    """A sliding kernel, and perhaps pooling."""
    a = net.one(2)
    if not a or min(net.shapes[a]) < 2:
        return
    stride, padding = net.draw(st.integers(1, 2)), net.draw(st.integers(0, 1))
    k = net.weight((2, 2))
    shape = tuple((size + 2 * padding - 2) // stride + 1 for size in net.shapes[a])
    z = net.node(f"conv2d({a}, {k}, stride={stride}, padding={padding})", shape)
    if min(shape) >= 2 and net.draw(st.booleans()):
        name = net.draw(st.sampled_from(("max_pool2d", "avg_pool2d")))
        step = net.draw(st.integers(1, 2))
        net.node(f"{name}({z}, 2, stride={step})", tuple((size - 2) // step + 1 for size in shape))


def looked_up(net: Growing) -> None:
    """Rows of a table by number."""
    table = net.weight((3, 2))
    index = f"c{len(net.spec.leaves)}"
    net.spec.leaves[index] = ("input", [int(i) for i in net.random.integers(0, 3, 3)])
    net.node(f"embedding({index}, {table})", (3, 2))


MOVES: tuple[Callable[[Growing], None], ...] = (
    affine, affine, elementwise, elementwise, combined, combined, residual, softened, reduced, normalised, turned,
    attended, sliced, joined, reshaped, multiplied, multiplied, convolved, looked_up,
)  # fmt: skip


@st.composite
def array_specs(draw: st.DrawFn) -> Spec:
    """Vectors, matrices and images: layers, shared weights, broadcasting, reductions, sliding kernels."""
    net = Growing(draw)
    n, d = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    net.leaf("input", "X", (n, d))
    net.leaf("input", "u", (d,))
    net.leaf("parameter", "W", (d, draw(st.integers(1, 3))))
    net.leaf("parameter", "g", ())
    for _ in range(draw(st.integers(1, 5))):
        draw(st.sampled_from(MOVES))(net)
    ended(net)
    return net.spec


def ended(net: Growing) -> None:
    """A loss of the last node, with a target where it has one, and of another node."""
    last = net.values()[-1] if net.spec.nodes else net.node("X @ W", (net.shapes["X"][0], net.shapes["W"][1]))
    shape = net.shapes[last]
    kinds = ["mse({y}, t)", "squared_error({y}, t)", *SUMMARIES[:2]] + (["cross_entropy({y}, t)"] if shape else [])
    form = net.draw(st.sampled_from(kinds)).format(y=last, a=last)
    if "t)" in form:
        value = np.round(net.random.uniform(0.1, 1, shape), 3)
        share = value / value.sum(axis=-1, keepdims=True) if shape else value
        net.spec.leaves["t"] = ("target", (share if "cross" in form else value).tolist())
    other = net.draw(st.sampled_from(net.values()))
    more = net.draw(st.sampled_from(SUMMARIES)).format(a=other)
    net.spec.nodes["l"] = f"{form} + {more}" if net.draw(st.booleans()) else form
