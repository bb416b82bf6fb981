"""The page docs/speed.md and its charts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from measuring import Table

INTRODUCTION = """# Speed

What `python benchmarks/run.py --write` measured: {machine}.  Processor time unless a column says otherwise; compare
ratios, which were taken side by side, rather than seconds.
"""


def write(docs: Path, suites: Mapping[str, Sequence[Table]], machine: str) -> None:
    """Write the page and one chart for each suite that has curves."""
    parts = [INTRODUCTION.format(machine=machine)]
    for title, tables in suites.items():
        parts.append(f"## {title}\n")
        for number, (axes, curves) in enumerate(_by_axes(tables).items(), 1):
            path = Path("images") / f"speed-{_plain(title)}-{number}.svg"
            draw(docs / path, axes, curves)
            parts.append(f"![{title}: {axes[1]} against {axes[0]}]({path})\n")
        parts += [table.text() + "\n" for table in tables]
    (docs / "speed.md").write_text("\n".join(parts), encoding="utf-8")


def _by_axes(tables: Sequence[Table]) -> dict[tuple[str, str], dict[str, list[tuple[float, float]]]]:
    found: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = {}
    for table in tables:
        if table.curves:
            found.setdefault(table.axes, {}).update(table.curves)
    return found


def _plain(title: str) -> str:
    return re.sub(r"\W+", "-", title.casefold())


def draw(path: Path, axes: tuple[str, str], curves: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """A chart with logarithmic axes: a straight line of slope one is linear growth."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "graphbp"
    from matplotlib import pyplot

    figure, plot = pyplot.subplots(figsize=(7, 4))
    for style, (name, points) in zip("osD^vP*X" * 2, curves.items(), strict=False):
        plot.plot(*zip(*points, strict=True), marker=style, label=name)
    plot.set(xlabel=axes[0], ylabel=axes[1], yscale="log", xscale="linear" if axes[0] == "layers" else "log")
    plot.grid(alpha=0.3)
    plot.legend(frameon=False, fontsize=9)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
