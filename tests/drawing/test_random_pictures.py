"""Random networks, with shared weights, skipped layers and plain functions: nothing ever overlaps."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphbp import engine, theme
from graphbp.drawing.picture import picture
from graphbp.drawing.views import VIEWS
from graphbp.network import Network
from tests.drawing.geometry import collisions

PAPER = theme.get("paper")


@st.composite
def networks(draw: st.DrawFn, largest: int = 8) -> Network:
    """A connected network of weighted sums, activations and products, ending in one number."""
    net = Network("random")
    known = [str(net.input(f"x{i}", i / 4 + 0.3)) and f"x{i}" for i in range(1, draw(st.integers(1, 3)) + 1)]
    parameters: list[str] = []

    def parameter() -> str:
        if parameters and draw(st.integers(0, 5)) == 0:
            return draw(st.sampled_from(parameters))
        name = f"w{len(parameters) + 1}"
        net.parameter(name, draw(st.integers(-30, 30)) / 10)
        parameters.append(name)
        return name

    for place in range(1, draw(st.integers(1, largest)) + 1):
        recent = known[-4:]
        used = draw(st.lists(st.sampled_from(recent), min_size=1, max_size=3, unique=True))
        kind = draw(st.sampled_from(["unit", "unit", "activation", "product", "skip"]))
        name = f"v{place}"
        if kind == "unit":
            bias = f" + {parameter()}" if draw(st.booleans()) else ""
            net.node(name, " + ".join(f"{parameter()}*{source}" for source in used) + bias)
        elif kind == "activation":
            net.node(name, f"{draw(st.sampled_from(['sigmoid', 'tanh']))}({used[0]})")
        else:
            net.node(name, ("*" if kind == "product" else " + ").join([*used, draw(st.sampled_from(known))]))
        known.append(name)
    loose = [name for name in known if not net.graph.named_consumers[name]]
    net.loss("l", " + ".join(f"{name}**2" for name in loose))
    return net


@settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate]
)
@given(networks(), st.sampled_from(VIEWS), st.booleans())
def test_nothing_overlaps_in_random_networks(net: Network, view: str, numbers: bool) -> None:
    result = engine.run(net) if numbers else None
    assert collisions(picture(net, view, PAPER, result=result)) == []
