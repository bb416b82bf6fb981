"""Pictures that are too wide go on in the next row, as text does.

What the next row reads from earlier ones stands there again, pale, before its first column; a line turns
from the end of each row to the beginning of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from graphbp.drawing.diagram import Box, BoxKind, Cell, Diagram
from graphbp.drawing.geometry import Rect, rounded
from graphbp.drawing.layout.finish import bounds
from graphbp.drawing.layout.metrics import Metrics
from graphbp.drawing.scene import Arrow, Content, Label, Path, Point, Shape, moved
from graphbp.notation.tree import Partial, Symbol

FIRST_GUESS = 6
"""Columns of the first row that is tried."""

TURN, BETWEEN, TWIN = 0.9, 2.4, 0.5
"""In text sizes: how far lines that turn stay off a row, the room between rows, and between a pair of lines."""

Place = Callable[[Diagram], list[Shape]]


@dataclass(frozen=True)
class Row:
    """Some columns of a picture, placed."""

    part: Diagram
    shapes: list[Shape]

    @property
    def around(self) -> Rect:
        """What the row covers."""
        return bounds(self.shapes)

    def find(self, cell: str) -> Rect | None:
        """Where the box of a cell stands."""
        box = self.part.home.get(cell)
        ids = {c.id for c in box.cells} if box else set()
        points = [p for s in self.shapes if s.part in ids and _is_box(s) for p in s.points()]
        return Rect.around(points) if points else None

    def reached(self, cell: str) -> Rect | None:
        """What a line from the next row ends at: the box, with the gradient that stands right of it."""
        rect = self.find(cell)
        seeds = [label for label in self.shapes if label.part == cell and "seed" in label.classes]
        return rect and Rect.around([*rect.corners(), *(p for seed in seeds for p in seed.points())])


def _is_box(shape: Shape) -> bool:
    return not isinstance(shape, Arrow | Label | Path) and bool({"node", "carried"} & set(shape.classes))


def in_rows(diagram: Diagram, place: Place, metrics: Metrics, width: float) -> list[Shape]:
    """The shapes of all rows, each no wider than the paper, and the lines between them."""
    room = width - 2 * metrics.margin
    rows, top = [], 0.0
    for row in _Splitter(diagram, place, room, 4 * TURN * metrics.text).rows():
        around = row.around
        shapes = [moved(shape, -around.x0, top - around.y0) for shape in row.shapes]
        rows.append(Row(row.part, shapes))
        top += around.y1 - around.y0 + BETWEEN * metrics.text
    turns = [shape for before, after in pairwise(rows) for shape in _turn(before, after, metrics)]
    return [*turns, *(shape for row in rows for shape in row.shapes)]


class _Splitter:
    """Finds the columns of each row."""

    def __init__(self, diagram: Diagram, place: Place, room: float, turns: float) -> None:
        self.diagram, self.place, self.room, self.turns = diagram, place, room, turns
        self.ranks = sorted({box.rank for box in diagram.boxes})
        self.made: dict[tuple[int, int], Row] = {}

    def rows(self) -> list[Row]:
        """Rows of about the same number of columns, if these fit; else each as long as it can be."""
        greedy = list(self._greedy())
        count = len(greedy)
        cuts = [round(len(self.ranks) * place / count) for place in range(count + 1)]
        even = [self.row(start, stop) for start, stop in pairwise(cuts)]
        return even if all(map(self.fits, even)) else greedy

    def _greedy(self) -> Iterator[Row]:
        start, size = 0, FIRST_GUESS
        while start < len(self.ranks):
            size = self._longest(start, min(size, len(self.ranks) - start))
            yield self.row(start, start + size)
            start += size

    def _longest(self, start: int, size: int) -> int:
        """The most columns that fit from there on, searched near a guess."""
        while size > 1 and not self.fits(self.row(start, start + size)):
            size -= 1
        while start + size < len(self.ranks) and self.fits(self.row(start, start + size + 1)):
            size += 1
        return size

    def fits(self, row: Row) -> bool:
        """Whether the row is narrow enough, where lines turn also for those."""
        turns = 0.0 if {box.id for box in self.diagram.boxes} <= {box.id for box in row.part.boxes} else self.turns
        return row.around.x1 - row.around.x0 + turns <= self.room

    def row(self, start: int, stop: int) -> Row:
        """The columns from start to stop, placed."""
        if (start, stop) not in self.made:
            part = part_of(self.diagram, self.ranks, start, stop)
            self.made[start, stop] = Row(part, self.place(part))
        return self.made[start, stop]


def part_of(diagram: Diagram, ranks: Sequence[int], start: int, stop: int) -> Diagram:
    """Some columns as a picture of their own."""
    inside = set(ranks[start:stop])
    first = _first_readers(diagram)
    own = [box for box in diagram.boxes if box.rank in inside]
    boxes = [box for box in own if first.get(box.id, box.rank) <= ranks[stop - 1]] or own
    late = [box for box in diagram.boxes if box.rank < ranks[start] <= first.get(box.id, box.rank) <= ranks[stop - 1]]
    boxes += [replace(box, rank=ranks[start] - 1) for box in late]
    held = {cell.id for box in boxes for cell in box.cells}
    links = tuple(link for link in diagram.links if link.target in held)
    onward = {link.source for link in diagram.links if link.source in held and link.target not in held}
    read = dict.fromkeys(link.source for link in links if link.source not in held)
    carried = [_carried(diagram, name, ranks[start] - 1) for name in read]
    if diagram.arrangement == "reverse":
        boxes = [_seeded(box, onward) if box.rank == ranks[stop - 1] else box for box in boxes]
    groups = tuple(group for group in diagram.groups if group.rank in inside)
    return replace(
        diagram, boxes=(*carried, *boxes), links=links, groups=groups, legend=(), whole=diagram,
        onward=frozenset(onward),
    )  # fmt: skip


def _first_readers(diagram: Diagram) -> dict[str, int]:
    """The column in which each leaf is read first: a leaf stands in the row that reads it."""
    if diagram.arrangement == "reverse":
        return {}
    computed, found = {diagram.home[link.target].id for link in diagram.links}, dict[str, int]()
    for link in diagram.links:
        box, rank = diagram.home[link.source], diagram.home[link.target].rank
        if box.id not in computed:
            found[box.id] = min(rank, found.get(box.id, rank)) if box.rank < rank else box.rank
    return found


def _carried(diagram: Diagram, name: str, rank: int) -> Box:
    """What a row reads from an earlier one."""
    box = diagram.home[name]
    cell = next(cell for cell in box.cells if cell.id == name)
    shown = _gradient(box, name) if diagram.arrangement == "reverse" else cell.name
    kind: BoxKind = "card" if box.kind == "card" else "carried"
    return Box(name, kind, (Cell(name, "ghost", shown, cell.value if kind == "card" else None),), rank)


def _gradient(box: Box, name: str) -> Content:
    """∂l/∂name, of a cell in the reverse network; the sign of what is left out stays."""
    known = box.first.gradient if box.first.gradient is not None else box.first.name
    return Partial(known.y, Symbol(name)) if isinstance(known, Partial) else known


def _seeded(box: Box, onward: set[str]) -> Box:
    """The box with the gradient that comes back to it from the next row."""
    name = next((cell.id for cell in box.cells if cell.id in onward), "")
    plain = not name or box.seed is not None or box.kind != "unit"
    return box if plain else replace(box, seed=_gradient(box, name))


def _turn(before: Row, after: Row, metrics: Metrics) -> Iterator[Shape]:
    """The lines from the last column of a row to what the next row reads of it."""
    last = max(box.rank for box in before.part.boxes)
    ends = [
        cell.id
        for box in after.part.boxes
        for cell in box.cells
        if cell.role == "ghost" and cell.id in before.part.home and before.part.home[cell.id].rank == last
    ]
    pairs = [(a, b) for name in ends if (a := before.reached(name)) and (b := after.find(name))]
    if not pairs:
        return
    reach, twin = TURN * metrics.text, TWIN * metrics.text
    right, left = before.around.x1 + reach, after.around.x0 - reach
    below = (before.around.y1 + after.around.y0) / 2
    start = _gathered([(a.x1, _middle(a)) for a, _ in pairs], right - reach / 2)
    end = _gathered([(b.x0, _middle(b)) for _, b in pairs], left + reach / 2)
    line = (start, (right, start[1]), (right, below), (left, below), (left, end[1]), end)
    other = ((start[0], start[1] + twin), (right - twin, start[1] + twin), (right - twin, below - twin),
             (left - twin, below - twin), (left - twin, end[1] + twin), (end[0], end[1] + twin))  # fmt: skip
    forward, backward = _roles(after.part)
    yield from _rails([a for a, _ in pairs], [b for _, b in pairs], start[0], end[0], forward or backward, metrics)
    if forward:
        yield _line(line, forward, metrics)
    if backward:
        yield _line(tuple(reversed(other if forward else line)), backward, metrics)


def _roles(part: Diagram) -> tuple[str, str]:
    """The styles of the forward and of the backward line; "" for none."""
    if part.arrangement == "reverse":
        return "", "backward"
    both = any(link.flow == "both" and part.home[link.source].first.role == "ghost" for link in part.links)
    return "forward" if part.arrangement == "graph" else "wire", "backward" if both else ""


def _middle(rect: Rect) -> float:
    return (rect.y0 + rect.y1) / 2


def _gathered(points: list[Point], x: float) -> Point:
    """The one point, or the middle of a rail in front of several."""
    heights = [y for _, y in points]
    return points[0] if len(points) == 1 else (x, (min(heights) + max(heights)) / 2)


def _rails(
    starts: list[Rect], ends: list[Rect], right: float, left: float, role: str, metrics: Metrics
) -> Iterator[Shape]:
    """Where several boxes are joined to one line: a rail on either side, and its ties."""
    if len(starts) == 1:
        return
    role = "rule" if role == "backward" else role
    for rects, x in ((starts, right), (ends, left)):
        heights = [_middle(rect) for rect in rects]
        yield Path(role=role, width=metrics.line, line=((x, min(heights)), (x, max(heights))), classes=("turn",))
        for rect, y in zip(rects, heights, strict=True):
            near = rect.x1 if x > rect.x1 else rect.x0
            yield Path(role=role, width=metrics.line, line=((x, y), (near, y)), classes=("turn",))


def _line(points: tuple[Point, ...], role: str, metrics: Metrics) -> Arrow:
    line = rounded(points, TURN * metrics.text * 0.7)
    return Arrow(role=role, classes=("turn",), width=metrics.line * 1.2, line=line, curved=True, head=metrics.head)
