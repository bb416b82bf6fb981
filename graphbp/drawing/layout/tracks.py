"""Tracks: every edge of the computation graph runs forward, and its gradient backward just below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphbp.drawing.diagram import Diagram, Link
from graphbp.drawing.geometry import Rect, smooth
from graphbp.drawing.layout.cards import Card
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.layout.wires import Wire
from graphbp.drawing.scene import Point

HALF_TRACK = 4.4
"""Half the distance between forward and backward lines of one edge, on a slide."""


@dataclass(frozen=True, slots=True)
class Track:
    """The two lines of one edge, each from its start to its tip."""

    link: Link
    forward: Wire
    backward: Wire | None


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where an edge meets a side: the height of the forward and of the backward line."""

    forward: float
    backward: float


def tracks(
    diagram: Diagram,
    rects: Mapping[str, Rect],
    cards: Mapping[str, Card],
    lanes: Mapping[Link, tuple[Point, ...]],
    metrics: Metrics,
) -> Iterator[Track]:
    """All edges, routed between ports that are ordered as their other ends are."""
    home = {link: (diagram.home[link.source].id, diagram.home[link.target].id) for link in diagram.links}
    across = [link for link in diagram.links if link in lanes]
    right = _side(across, home, rects, cards, metrics, 0, lanes)
    left = _side(across, home, rects, cards, metrics, 1, lanes)
    for link in diagram.links:
        source, target = (rects[name] for name in home[link])
        if link in lanes:
            yield _level(link, home, rects, cards, right, left, metrics) or _across(
                link, source, target, right[link], left[link], lanes[link], metrics
            )
        else:
            yield _upright(link, source, target)


def _side(
    links: list[Link],
    home: Mapping[Link, tuple[str, str]],
    rects: Mapping[str, Rect],
    cards: Mapping[str, Card],
    metrics: Metrics,
    end: int,
    lanes: Mapping[Link, tuple[Point, ...]],
) -> dict[Link, _Ends]:
    """Ports on one side of all cards: pairs spread over the side in the order of the other ends' heights."""
    ports: dict[Link, _Ends] = {}
    for name, rect in rects.items():
        own = [link for link in links if home[link][end] == name]
        own.sort(key=lambda link: _height(lanes[link], rects[home[link][1 - end]], end))
        ports.update(zip(own, _ports(rect, cards[name], own, end, metrics), strict=True))
    return ports


def _height(lane: tuple[Point, ...], other: Rect, end: int) -> float:
    """How high the edge goes next: the nearest lane, or the middle of the other card."""
    if lane:
        return lane[-1 if end else 0][1]
    return (other.y0 + other.y1) / 2


def _ports(rect: Rect, made: Card, links: list[Link], end: int, metrics: Metrics) -> list[_Ends]:
    scale = metrics.text / 17.0
    if len(links) == 1 and links[0].flow == "both":
        return [_Ends(rect.y0 + made.head_line(metrics), rect.y0 + made.strip_line(metrics))]
    if end == 0 and all(link.flow == "forward" for link in links):
        middle, step = (rect.y0 + rect.y1) / 2, min(3.0 * scale, (rect.y1 - rect.y0) * 0.6 / max(len(links), 1))
        return [_Ends(y, y) for y in (middle + step * (k - (len(links) - 1) / 2) for k in range(len(links)))]
    half = HALF_TRACK * scale
    room = rect.y1 - rect.y0 - 2 * (half + 3 * scale)
    step = min(27.0 * scale, room / max(len(links) - 1, 1))
    middle = (rect.y0 + rect.y1) / 2
    heights = [middle + step * (k - (len(links) - 1) / 2) for k in range(len(links))]
    return [
        _Ends(y - half, y + half) if link.flow == "both" else _Ends(y, y)
        for y, link in zip(heights, links, strict=True)
    ]


def _level(
    link: Link,
    home: Mapping[Link, tuple[str, str]],
    rects: Mapping[str, Rect],
    cards: Mapping[str, Card],
    right: Mapping[Link, _Ends],
    left: Mapping[Link, _Ends],
    metrics: Metrics,
) -> Track | None:
    """Two cards that have only each other and stand side by side are joined by level lines."""
    source, target = home[link]
    alone = (
        sum(home[other][0] == source for other in right) == 1 and sum(home[other][1] == target for other in left) == 1
    )
    a, b = rects[source], rects[target]
    top, bottom = max(a.y0, b.y0), min(a.y1, b.y1)
    if not alone or bottom - top < metrics.text * 1.2:
        return None
    if link.flow == "forward":
        y = (top + bottom) / 2
        return Track(link, Wire(((a.x1, y), (b.x0, y)), False), None)
    forward = top + cards[source].head_line(metrics)
    backward = bottom - cards[source].head_line(metrics) * 0.82
    if backward - forward < metrics.text * 0.4:
        forward, backward = (top + bottom) / 2 - HALF_TRACK, (top + bottom) / 2 + HALF_TRACK
    return Track(
        link, Wire(((a.x1, forward), (b.x0, forward)), False), Wire(((b.x0, backward), (a.x1, backward)), False)
    )


def _across(
    link: Link, source: Rect, target: Rect, start: _Ends, end: _Ends, lane: tuple[Point, ...], metrics: Metrics
) -> Track:
    """From the right side of one card to the left side of another, through lanes where columns lie between."""
    half = HALF_TRACK * metrics.text / 17.0
    forward = _wire(((source.x1, start.forward), *((x, y - half) for x, y in lane), (target.x0, end.forward)))
    if link.flow == "forward":
        return Track(link, forward, None)
    backward = _wire(
        ((target.x0, end.backward), *((x, y + half) for x, y in reversed(lane)), (source.x1, start.backward))
    )
    return Track(link, forward, backward)


def _wire(points: tuple[Point, ...]) -> Wire:
    return Wire(points, False) if len(points) == 2 else Wire(smooth(points), True)


def _upright(link: Link, source: Rect, target: Rect) -> Track:
    """Between cards of one column: forward on the left, backward on the right."""
    down = source.y0 < target.y0
    start, end = (source.y1, target.y0) if down else (source.y0, target.y1)
    x0, width = max(source.x0, target.x0), min(source.x1, target.x1) - max(source.x0, target.x0)
    forward = Wire(((x0 + 0.3 * width, start), (x0 + 0.3 * width, end)), False)
    backward = Wire(((x0 + 0.82 * width, end), (x0 + 0.82 * width, start)), False)
    return Track(link, forward, backward if link.flow == "both" else None)
