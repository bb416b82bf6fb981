"""Shapes with named sizes: a size is a number, or a letter that is bound when values arrive."""

from __future__ import annotations

from collections.abc import Mapping

from graphbp.errors import ShapeError

Size = int | str
Shape = tuple[Size, ...]

SCALAR: Shape = ()


def show_shape(shape: Shape) -> str:
    """The shape as it is written in messages.

    >>> show_shape((2, "N"))
    '(2, N)'
    >>> show_shape((3,))
    '(3,)'
    """
    inner = ", ".join(str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def broadcast(*shapes: Shape) -> Shape:
    """The common shape under NumPy's broadcasting; a letter equals only itself, never 1.

    Raises: ShapeError if two sizes differ and neither is 1.

    >>> broadcast((4, 1), (3,))
    (4, 3)
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[Size] = []
    for axis in range(-rank, 0):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        wide = [size for size in sizes if size != 1]
        if any(size != wide[0] for size in wide):
            shown = " and ".join(show_shape(shape) for shape in shapes)
            other = next(size for size in wide if size != wide[0])
            raise ShapeError(f"shapes {shown} do not fit: sizes {wide[0]} and {other} differ on axis {axis}")
        result.append(wide[0] if wide else 1)
    return tuple(result)


def bind(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape with every letter replaced by its number.

    Raises: ShapeError if a letter has no number yet.

    >>> bind(("N", 3), {"N": 5})
    (5, 3)
    """
    unbound = [size for size in shape if isinstance(size, str) and size not in sizes]
    if unbound:
        raise ShapeError(
            f"size {unbound[0]} of shape {show_shape(shape)} is not known", fix="give a value that binds it"
        )
    return tuple(sizes[size] if isinstance(size, str) else size for size in shape)
