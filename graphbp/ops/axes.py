"""Axes of a shape: counting from the end, several at once, and messages with real shapes."""

from __future__ import annotations

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, Size, show_shape

Axis = int | tuple[int, ...] | None


def axis_of(axis: int, shape: Shape, op: str, name: str = "x") -> int:
    """The axis counted from 0.

    Raises: ShapeError if the array has no such axis.

    >>> axis_of(-1, (2, 3), "sum")
    1
    """
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise UsageError(f"{op}: axis must be a whole number, not {axis}")
    if not -len(shape) <= axis < len(shape):
        last = f"axes 0 to {len(shape) - 1}" if shape else "no axes"
        raise ShapeError(f"{op}: {{{name}}} is {show_shape(shape)} and has no axis {axis}", fix=f"it has {last}")
    return axis % len(shape)


def axes_of(axis: Axis, shape: Shape, op: str) -> tuple[int, ...]:
    """The axes counted from 0 in ascending order; None means all.

    >>> axes_of(None, (2, 3), "sum")
    (0, 1)
    """
    if axis is None:
        return tuple(range(len(shape)))
    chosen = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted({axis_of(one, shape, op) for one in chosen}))


def reduced(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    """The shape after the axes are reduced."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def number_of(size: Size, op: str, shape: Shape) -> int:
    """The size as a number.

    Raises: ShapeError naming the letter if it is not bound.
    """
    if isinstance(size, str):
        raise ShapeError(f"{op} must compute with size {size} of {{x}}, which is {show_shape(shape)}",
                         fix=f"write a number in place of {size}")  # fmt: skip
    return size
