"""Window sums as layers: Σ_u A[u] B[s·a + d·u + c] is A, slid over a padded B."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbp.calculus.letters import coefficient, free_letters
from graphbp.graph.shape import Shape
from graphbp.notation.tree import Affine, Correlate, Dilate, Entry, Expr, Index, IndexExpr, Pad, affine


@dataclass(frozen=True, slots=True)
class Axis:
    """One sliding axis: B is read at stride · out + step · inner + shift."""

    out: Index
    inner: Index
    stride: int
    step: int
    shift: int


def correlation(
    kernel: Entry, x: Entry, sums: Sequence[Index], out: Sequence[Index], sizes: tuple[Shape | None, Shape | None]
) -> Expr | None:
    """Σ over `sums` of kernel · x as a Correlate with axes `out`, or None; `sizes` are the shapes of both."""
    if not all(isinstance(sub, Index) for sub in kernel.subs) or x.outside == "lowest" or sizes[1] is None:
        return None
    axes = [_axis(sub, sums, out) for sub in x.subs]
    count = sum(axis is not None for axis in axes)
    sliding = [axis for axis in axes[len(axes) - count :] if axis is not None]
    if not count or len(sliding) != count:
        return None
    head = [sub for sub in x.subs[: len(x.subs) - count] if isinstance(sub, Index)]
    if len(head) != len(x.subs) - count or not _in_place(kernel, sums, out, sliding, head):
        return None
    if not all(
        isinstance(size, int)
        for size in (*sizes[1][-count:], *(axis.inner.size for axis in sliding), *(axis.out.size for axis in sliding))
    ):
        return None
    image = _image(x.base, sliding, [int(size) for size in sizes[1][-count:]])
    steps = tuple(axis.step for axis in sliding)
    slid = Dilate(kernel.base, steps) if max(steps) > 1 else kernel.base
    letters = _letters(
        [sub.name for sub in kernel.subs[: len(kernel.subs) - count] if isinstance(sub, Index)],
        [sub.name for sub in head],
        [index.name for index in out[: len(out) - count]],
    )
    stride = tuple(axis.stride for axis in sliding)
    return Correlate(image, slid, letters, stride if max(stride) > 1 else ())


def _axis(sub: IndexExpr, sums: Sequence[Index], out: Sequence[Index]) -> Axis | None:
    """How an index slides; None if it does not."""
    names = free_letters(sub)
    inner = [index for index in sums if index.name in names]
    outer = [index for index in out if index.name in names]
    if not isinstance(sub, Affine) or len(inner) != 1 or len(outer) != 1 or len(names) != 2 or len(sub.terms) != 2:
        return None
    stride, step = coefficient(sub, outer[0].name), coefficient(sub, inner[0].name)
    return Axis(outer[0], inner[0], stride, step, affine(sub).const) if stride > 0 and step > 0 else None


def _in_place(
    kernel: Entry, sums: Sequence[Index], out: Sequence[Index], sliding: Sequence[Axis], head: Sequence[Index]
) -> bool:
    """Whether the sliding letters are the last axes of kernel and output, in order, and all others are channels."""
    count = len(sliding)
    if len(kernel.subs) < count or list(kernel.subs[-count:]) != [axis.inner for axis in sliding]:
        return False
    if list(out[-count:]) != [axis.out for axis in sliding]:
        return False
    own = [sub for sub in kernel.subs[:-count] if isinstance(sub, Index)]
    known = {index.name for index in (*own, *head)}
    plain_out = [index.name for index in out[:-count]]
    plain_sums = [index.name for index in sums if index not in [axis.inner for axis in sliding]]
    distinct = len({index.name for index in own}) == len(own) and len({index.name for index in head}) == len(head)
    return distinct and known == {*plain_out, *plain_sums} and not set(plain_out) & set(plain_sums)


def _image(base: Expr, sliding: Sequence[Axis], sizes: Sequence[int]) -> Expr:
    """The array with zeros around it (or cropped) so that the kernel has as many places as the output has entries."""
    widths = []
    for axis, size in zip(sliding, sizes, strict=True):
        places, window = int(axis.out.size or 1), (int(axis.inner.size or 1) - 1) * axis.step + 1
        before = -axis.shift
        after = axis.stride * (places - 1) + window + axis.shift - size
        enough = (size + before - window) // axis.stride + 1
        widths.append((before, 0 if after < 0 and enough == places else after))
    return Pad(base, tuple(widths)) if any(width != (0, 0) for width in widths) else base


def _letters(kernel: Sequence[str], x: Sequence[str], out: Sequence[str]) -> str:
    """Channel letters as one letter each."""
    names = list(dict.fromkeys((*kernel, *x, *out)))
    used = {name for name in names if len(name) == 1 and name.isascii() and name.islower()}
    spare = (letter for letter in "nocmxyzwuv" if letter not in used)
    short = {name: name if name in used else next(spare) for name in names}
    return f"{_word(kernel, short)},{_word(x, short)}->{_word(out, short)}" if names else ""


def _word(names: Sequence[str], short: dict[str, str]) -> str:
    return "".join(short[name] for name in names)
