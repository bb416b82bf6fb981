"""What stands on the edges of the computation graph: local derivatives, each in a place of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphbp.drawing.diagram import Link
from graphbp.drawing.geometry import Rect
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.pen import Board, Pen, sag
from graphbp.drawing.layout.tracks import Track
from graphbp.drawing.layout.wires import MIDDLE, barbs, middle_places
from graphbp.drawing.scene import Content, Label
from graphbp.notation.tree import Equation, Expr

SHARES = (0.3, 0.26, 0.34, 0.38, 0.22, 0.43, 0.48, 0.53, 0.58, 0.63, 0.68, 0.18)
SHIFTS = (0.0, -0.25, 0.25, -0.42, 0.42)
"""Where on its edge, from the source on, a label looks for a place, and how far above or below its middle."""


@dataclass(frozen=True)
class Placed:
    """The label of one edge: its lines, and the stretches of the edge that they need."""

    labels: tuple[Label, ...] = ()
    gaps: tuple[Rect, ...] = ()


def line_spans(link: Link, stacked: bool, pen: Pen, metrics: Metrics) -> list[float]:
    """The widths of a label's lines: one above and one below a level edge, else one on the edge."""
    if link.label is None:
        return []
    if stacked and link.value is not None:
        return [pen.extent(part, metrics.small, linear=True).span for part in (link.label, link.value)]
    return [pen.extent(edge_label(link), metrics.small, linear=True).span]


def edge_label(link: Link) -> Content:
    """symbol = number, or whichever of the two there is; a long symbol stands for itself."""
    assert link.label is not None
    if isinstance(link.label, Expr) and isinstance(link.value, Expr) and link.value != link.label:
        return Equation(link.label, (link.value,))
    return link.label


def place_labels(rects: Iterable[Rect], routed: Mapping[Link, Track], pen: Pen, metrics: Metrics) -> dict[Link, Placed]:
    """A place for every label that finds one; one that finds none is asked first in the next round."""
    walls = tuple(rects)
    tracks_ = [track for track in routed.values() if track.link.label is not None]
    tracks_.sort(key=lambda t: (-abs(t.forward.line[0][1] - t.forward.line[-1][1]), t.link.part))
    best: dict[Link, Placed] = {}
    for _ in range(metrics.rounds):
        found = _round(tracks_, _ground(walls, routed, metrics), pen, metrics)
        best = found if len(found) > len(best) else best
        missing = [track for track in tracks_ if track.link not in found]
        if not missing or len(missing) > len(tracks_) // 3:
            break
        tracks_ = [*missing, *(track for track in tracks_ if track.link in found)]
    return best


def _ground(walls: Iterable[Rect], routed: Mapping[Link, Track], metrics: Metrics) -> Board:
    """Cards and lines, before any label stands."""
    board = Board()
    for rect in walls:
        board.block(rect.grown(metrics.pad))
    for track in routed.values():
        for wire, part in ((track.forward, track.link.part), (track.backward, f"{track.link.part} backward")):
            if wire:
                board.rule([*wire.segments, *barbs(wire, metrics.head)], part)
    return board


def _round(tracks_: list[Track], board: Board, pen: Pen, metrics: Metrics) -> dict[Link, Placed]:
    """Labels in a break of their edge, or one line above and one below a level edge."""
    found = {}
    for track in tracks_:
        place = _stacked(track, board, pen, metrics) or _broken(track, board, pen, metrics)
        if place:
            found[track.link] = place
        elif metrics.strict and len(found) * 3 < len(tracks_):
            break
    return found


def _broken(track: Track, board: Board, pen: Pen, metrics: Metrics) -> Placed | None:
    content = edge_label(track.link)
    extent = pen.extent(content, metrics.small, linear=True)
    upright = abs(track.forward.line[0][0] - track.forward.line[-1][0]) < 1
    shares, lower = MIDDLE if upright else SHARES, sag(extent, metrics.small)
    places = middle_places(
        track.forward, extent.span, extent.height, metrics.pad * 0.7, metrics.head[0], shares, SHIFTS, lower
    )
    free = board.first_free(places, track.link.part)
    if free is None:
        return None
    board.block(free[0])
    label = pen.label(content, free[1], metrics.small, "forward", part=track.link.part, classes=("local",), linear=True)
    return Placed((label,), (free[0],))


def _stacked(track: Track, board: Board, pen: Pen, metrics: Metrics) -> Placed | None:
    """The symbol above a level edge and its number below."""
    link, ((x0, y0), (x1, y1)) = track.link, (track.forward.line[0], track.forward.line[-1])
    if abs(y1 - y0) > 1 or link.value is None or link.label is None or track.forward.curved:
        return None
    x, labels, rects = (x0 + x1 - metrics.head[0] * 0.8) / 2, [], []
    for content, turn in ((link.label, -1), (link.value, 1)):
        extent = pen.extent(content, metrics.small, linear=True)
        y = (
            y0
            + turn * (metrics.small * 0.55 + metrics.pad)
            + (extent.descent - metrics.small * 0.1 if turn < 0 else 0.0) * turn
        )
        labels.append(
            pen.label(content, (x, y), metrics.small, "forward", part=link.part, classes=("local",), linear=True)
        )
        rects.append(
            Rect.centred(x, y0 + turn * (metrics.small * 0.55 + metrics.pad), extent.span + 2, metrics.small * 0.95)
        )
    if (
        any(board.trouble(rect, link.part) for rect in rects)
        or max(r.x1 - r.x0 for r in rects) > abs(x1 - x0) - metrics.head[0]
    ):
        return None
    for rect in rects:
        board.block(rect)
    return Placed(tuple(labels))
