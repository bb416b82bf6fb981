"""The page docs/speed.md and its charts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from measuring import Table

INTRODUCTION = """# Speed

What `python benchmarks/run.py --write` measured: {machine}.  Processor time unless a column says otherwise; compare
ratios, which were taken side by side, rather than seconds.
"""


def write(docs: Path, suites: Mapping[str, Sequence[Table]], machine: str) -> None:
    """Write the page and its charts; of suites that were not run it keeps what it says."""
    page = docs / "speed.md"
    parts = dict(_sections(page.read_text(encoding="utf-8")))
    parts[""] = INTRODUCTION.format(machine=machine)
    parts |= {title: _section(docs, title, tables) for title, tables in suites.items()}
    page.write_text("\n".join(part.rstrip() + "\n" for part in parts.values()), encoding="utf-8")


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """The introduction under no title, then each section under its own."""
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        yield part.partition("\n")[0].removeprefix("## ") if part.startswith("## ") else "", part


def _section(docs: Path, title: str, tables: Sequence[Table]) -> str:
    """The charts of one suite, then its tables."""
    parts = [f"## {title}\n"]
    for number, (axes, curves) in enumerate(_by_axes(tables).items(), 1):
        path = Path("images") / f"speed-{_plain(title)}-{number}.svg"
        draw(docs / path, axes, curves)
        parts.append(f"![{title}: {axes[1]} against {axes[0]}]({path})\n")
    return "\n".join([*parts, *(table.text() + "\n" for table in tables)])


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
