"""The Taylor remainder as a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphbp.check.functions import GradientReport


def draw(report: GradientReport, path: str) -> None:
    """The remainder over the step width on logarithmic axes, with lines of slope 1 and 2 to compare with."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    points = [(h, rest) for h, rest in report.remainder if rest > 0]
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("step width h")
    axes.set_ylabel("|f(x + hd) − f(x) − h g·d|")
    if points:
        widths = [h for h, _ in points]
        top_h, top = points[0]
        axes.plot(widths, [rest for _, rest in points], "o-", color="#1f5fa8", label="remainder")
        axes.plot(widths, [top * h / top_h for h in widths], ":", color="#888888", label="slope 1: wrong")
        axes.plot(widths, [top * (h / top_h) ** 2 for h in widths], "--", color="#888888", label="slope 2: right")
        axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None} if str(path).endswith(".svg") else None)
