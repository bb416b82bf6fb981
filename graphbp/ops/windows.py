"""Windows that slide over an image: sizes, paddings, and views of all windows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, Size, show_shape

Pair = tuple[int, int]
Padding = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A window of size `size`, its steps, the gaps inside it, and the border: top, bottom, left, right."""

    size: Pair
    stride: Pair
    padding: Padding
    dilation: Pair

    def before(self, axis: int) -> int:
        """How many rows or columns the border adds in front."""
        return self.padding[2 * axis]

    def reach(self, axis: int) -> int:
        """How many rows or columns the window spans."""
        return self.dilation[axis] * (self.size[axis] - 1) + 1

    def places(self, axis: int, length: int) -> int:
        """At how many places the window fits."""
        free = length + self.padding[2 * axis] + self.padding[2 * axis + 1] - self.reach(axis)
        return free // self.stride[axis] + 1 if free >= 0 else 0

    def views(self, image: Any, fill: float = 0.0) -> Any:
        """All windows of the last two axes, without copies: (…, places, places, size, size)."""
        top, bottom, left, right = self.padding
        lead = [(0, 0)] * (image.ndim - 2)
        wide = (
            np.pad(image, [*lead, (top, bottom), (left, right)], constant_values=fill) if any(self.padding) else image
        )
        reach = (self.reach(0), self.reach(1))
        views = np.lib.stride_tricks.sliding_window_view(wide, reach, axis=(-2, -1))
        (sy, sx), (dy, dx) = self.stride, self.dilation
        return views[..., ::sy, ::sx, ::dy, ::dx]

    def scatter(self, parts: Any, shape: Shape) -> Any:
        """The sum of all windows' parts, put back on the image: what `views` does, in reverse."""
        top, bottom, left, right = self.padding
        height, width = (int(size) for size in shape[-2:])
        wide = np.zeros((*parts.shape[:-4], height + top + bottom, width + left + right), parts.dtype)
        rows, columns = parts.shape[-4:-2]
        for p in range(self.size[0]):
            for q in range(self.size[1]):
                y, x = p * self.dilation[0], q * self.dilation[1]
                ys = slice(y, y + rows * self.stride[0], self.stride[0])
                xs = slice(x, x + columns * self.stride[1], self.stride[1])
                wide[..., ys, xs] += parts[..., p, q]
        return wide[..., top : top + height, left : left + width]


def window(op: str, size: Any, stride: Any, padding: Any, dilation: Any) -> Window:
    """The window that a call's options describe.

    Raises: UsageError if one of them is not what it must be.

    >>> window("conv2d", 3, 1, 0, 1).size
    (3, 3)
    """
    sizes, gaps = pair(op, "size", size, 1), pair(op, "dilation", dilation, 1)
    steps = sizes if stride is None else pair(op, "stride", stride, 1)
    return Window(sizes, steps, _border(op, padding, sizes, steps, gaps), gaps)


def pair(op: str, name: str, value: Any, least: int) -> Pair:
    """One whole number for both axes, or one for each.

    >>> pair("conv2d", "stride", (1, 2), 1)
    (1, 2)
    """
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or any(not isinstance(one, int) or one < least for one in both):
        raise UsageError(f"{op}: {name} must be a whole number from {least}, or two of them, not {value}")
    return both


def _border(op: str, padding: Any, size: Pair, stride: Pair, dilation: Pair) -> Padding:
    if padding == "valid":
        return (0, 0, 0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise UsageError(f'{op}: padding "same" needs stride 1, not {stride}')
        spare = [gap * (length - 1) for gap, length in zip(dilation, size, strict=True)]
        return (spare[0] // 2, spare[0] - spare[0] // 2, spare[1] // 2, spare[1] - spare[1] // 2)
    given = padding if isinstance(padding, tuple) else (padding,) * 2
    four = (given[0], given[0], given[1], given[1]) if len(given) == 2 else given
    if len(four) != 4 or any(not isinstance(one, int) or one < 0 for one in four):
        raise UsageError(f"{op}: padding must be a whole number from 0, (height, width) or (top, bottom, left, right), "
                         f'"same" or "valid", not {padding}')  # fmt: skip
    return (four[0], four[1], four[2], four[3])


def window_places(op: str, win: Window, image: Shape) -> tuple[int, int]:
    """At how many places the window fits on each axis of the image.

    Raises: ShapeError if it fits nowhere, or an axis has only a letter for a size.
    """
    found = []
    for axis, size in enumerate(image[-2:]):
        count = win.places(axis, _length(op, size, image))
        if count < 1:
            spans = f"{win.reach(0)} by {win.reach(1)}"
            what = f"{op}: a window of {spans} does not fit into {{x}}, which is {show_shape(image)}"
            raise ShapeError(what, fix="use a smaller window or more padding")
        found.append(count)
    return found[0], found[1]


def _length(op: str, size: Size, image: Shape) -> int:
    if isinstance(size, str):
        raise ShapeError(f"{op} must compute with size {size} of {{x}}, which is {show_shape(image)}",
                         fix=f"write a number in place of {size}")  # fmt: skip
    return size
