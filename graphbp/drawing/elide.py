"""Long networks and wide layers told by their ends: what stands between them becomes one box that counts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from graphbp.drawing.diagram import Box, BoxKind, Cell, Diagram, Link


def without_middle(diagram: Diagram, kept: int) -> Diagram:
    """The first and the last columns, `kept` of them together, and a box for those between."""
    ranks = sorted({box.rank for box in diagram.boxes})
    if len(ranks) <= kept + 1:
        return diagram
    first = ranks[: (kept + 1) // 2]
    last = ranks[len(ranks) - kept // 2 :]
    place = {rank: at for at, rank in enumerate([*first, None, *last])}
    gone = [box for box in diagram.boxes if box.rank not in place]
    gap = _gap(diagram, "⋯", len(first), f"{len(ranks) - kept} columns")
    boxes = [replace(box, rank=place[box.rank]) for box in diagram.boxes if box.rank in place]
    groups = tuple(replace(group, rank=place[group.rank]) for group in diagram.groups if group.rank in place)
    return replace(_told(diagram, [*boxes, gap], gone, dict.fromkeys((box.id for box in gone), gap)), groups=groups)


def without_crowds(diagram: Diagram, most: int) -> Diagram:
    """At most so many boxes in each column, the first ones and the last, and a box for those between."""
    boxes: list[Box] = []
    gaps: dict[str, Box] = {}
    gone: list[Box] = []
    for rank in sorted({box.rank for box in diagram.boxes}):
        column = [box for box in diagram.boxes if box.rank == rank]
        core = [box for box in column if not box.near]
        dropped = core[max(most - 2, 1) : -1] if len(core) > most else []
        lost = {box.id for box in dropped}
        dropped += [box for box in column if box.near in lost]
        gap = _gap(diagram, f"⋮{rank}", rank, f"{len(lost)} more")
        for box in column:
            if lost and box.id == core[-1].id:
                boxes.append(gap)
            if box not in dropped:
                boxes.append(box)
        gone += dropped
        gaps.update(dict.fromkeys((box.id for box in dropped), gap))
    return _told(diagram, boxes, gone, gaps) if gone else diagram


def without_parameters(diagram: Diagram) -> Diagram:
    """The diagram without weights on its lines and without biases."""
    boxes = tuple(replace(box, bias=None, shape=None) for box in diagram.boxes)
    links = tuple(replace(link, label=None, value=None) if link.via else link for link in diagram.links)
    return replace(diagram, boxes=boxes, links=links, legend=tuple(key for key in diagram.legend if key.kind == "unit"))


def crowd(diagram: Diagram) -> int:
    """How many boxes the fullest column holds."""
    ranks = [box.rank for box in diagram.boxes if not box.near]
    return max(map(ranks.count, set(ranks)), default=0)


def columns(diagram: Diagram) -> int:
    """How many columns there are."""
    return len({box.rank for box in diagram.boxes})


def _gap(diagram: Diagram, id: str, rank: int, note: str) -> Box:
    kind: BoxKind = "card" if diagram.arrangement == "graph" else "gap"
    return Box(id, kind, (Cell(id, "ghost", (id[0],)),), rank, note=(note,))


def _told(diagram: Diagram, boxes: Iterable[Box], gone: Iterable[Box], gaps: Mapping[str, Box]) -> Diagram:
    """The diagram with links that lead into the gaps; what hung on a left out box alone goes with it."""
    instead = {cell.id: gaps[box.id].id for box in gone for cell in box.cells}
    links: dict[tuple[str, str], Link] = {}
    for link in diagram.links:
        source, target = instead.get(link.source, link.source), instead.get(link.target, link.target)
        if source != target:
            kept = link if (source, target) == (link.source, link.target) else _plain(link, source, target)
            links.setdefault((source, target), kept)
    return replace(diagram, boxes=tuple(boxes), links=tuple(links.values()))


def _plain(link: Link, source: str, target: str) -> Link:
    """The link without what only one of many has."""
    return replace(link, source=source, target=target, via="", label=None, value=None)
