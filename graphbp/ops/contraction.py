"""Einstein's sums: products over named axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbp.errors import ShapeError, UsageError
from graphbp.graph.shape import Shape, Size, show_shape
from graphbp.notation.smart import mul
from graphbp.notation.tree import Expr, Index, Sum
from graphbp.ops.base import REQUIRED, Attrs, Op, Sample, Value, Values, options
from graphbp.ops.operand import Operand, fresh
from graphbp.ops.registry import register

_TERM = re.compile(r"[A-Za-z]*")


def terms_of(equation: Any) -> tuple[tuple[str, ...], str]:
    """The letters of every operand and of the result, which by default are those that occur once.

    Raises: UsageError if it is no equation.

    >>> terms_of("ij,jk->ik")
    (('ij', 'jk'), 'ik')
    """
    if not isinstance(equation, str):
        raise UsageError("einsum needs its equation", fix='write einsum("ij,jk->ik", x, y)')
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = tuple(left.split(","))
    if not all(_TERM.fullmatch(term) for term in (*terms, right)):
        raise UsageError(f'einsum cannot read "{equation}"', fix='write letters, commas and an arrow: "ij,jk->ik"')
    once = "".join(sorted(letter for letter in set(left) - {","} if left.count(letter) == 1))
    result = right if arrow else once
    strange = [letter for letter in result if letter not in left or result.count(letter) > 1]
    if strange:
        raise UsageError(f'einsum: the letter {strange[0]} of the result of "{equation}" must stand once there, '
                         "and in an operand")  # fmt: skip
    return terms, result


def pairwise(equation: str) -> list[str]:
    """The equations of a product of many taken two at a time, from left to right.

    >>> pairwise("ij,jk,kl->il")
    ['ij,jk->ik', 'ik,kl->il']
    """
    terms, result = terms_of(equation)
    made, have = [], terms[0]
    for place, term in enumerate(terms[1:], 1):
        later = set("".join(terms[place + 1 :]) + result)
        kept = "".join(dict.fromkeys(letter for letter in have + term if letter in later))
        kept = result if place == len(terms) - 1 else kept
        made.append(f"{have},{term}->{kept}")
        have = kept
    return made


@register
class Einsum(Op):
    """Products summed over every letter that the result lacks; written einsum("ij,jk->ik", x, y).

    Shapes: x (N, D), y (D, H) -> (N, H) with "ij,jk->ik".
    """

    name, symbol, inputs, optional = "einsum", r"\operatorname{einsum}", ("x", "y"), 1
    attrs = options(equation=REQUIRED)
    keyword_only = ("equation",)
    why = "Each output is a sum of products, so each factor's slope is the product of the others."
    differs = "no ellipsis; three or more operands are taken two at a time, from left to right"

    def samples(self) -> Sequence[Sample]:
        """Products, a turn, sums over one operand, a diagonal, batches, everything summed."""
        cases: list[tuple[str, tuple[Shape, ...]]] = [
            ("ij,jk->ik", ((2, 3), (3, 4))),
            ("ij->ji", ((2, 3),)),
            ("ij->i", ((2, 3),)),
            ("iij->ij", ((3, 3, 2),)),
            ("bij,bkj->bik", ((2, 3, 4), (2, 5, 4))),
            ("ij,ij->", ((2, 3), (2, 3))),
            ("i,j", ((3,), (4,))),
        ]
        return [Sample(shapes, {"equation": equation}) for equation, shapes in cases]

    def infer(self, *shapes: Shape, equation: Any) -> Shape:
        """The sizes of the result's letters."""
        terms, result = terms_of(equation)
        if len(terms) != len(shapes):
            raise UsageError(f'einsum: "{equation}" speaks of {len(terms)} operands, and there are {len(shapes)}')
        sizes: dict[str, Size] = {}
        for name, term, shape in zip(self.inputs, terms, shapes, strict=False):
            self._read(sizes, name, term, shape)
        return tuple(sizes[letter] for letter in result)

    def _read(self, sizes: dict[str, Size], name: str, term: str, shape: Shape) -> None:
        if len(term) != len(shape):
            raise ShapeError(f'einsum: "{term}" names {len(term)} axes, and {{{name}}} is {show_shape(shape)}')
        for letter, size in zip(term, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                what = f"einsum: {letter} is {sizes[letter]}, and in {{{name}}}, which is {show_shape(shape)}, {size}"
                raise ShapeError(what, fix="give axes of different sizes letters of their own")

    def definition(self, at: tuple[Index, ...], *operands: Operand, equation: str) -> Expr:
        """Σ of the products over the letters that the result lacks."""
        terms, result = terms_of(equation)
        letters = self._letters(at, terms, result, operands)
        factors = [
            operand[tuple(letters[letter] for letter in term)] for operand, term in zip(operands, terms, strict=True)
        ]
        inner = tuple(index for letter, index in letters.items() if letter not in result)
        body = mul(*factors)
        return Sum(inner, body) if inner else body

    def _letters(
        self, at: tuple[Index, ...], terms: Sequence[str], result: str, operands: Sequence[Operand]
    ) -> dict[str, Index]:
        """The index that stands for each letter; inner ones keep clear of those of the output."""
        found = dict(zip(result, at, strict=True))
        taken = {index.name for index in at}
        for term, operand in zip(terms, operands, strict=True):
            for letter, size in zip(term, operand.shape, strict=True):
                if letter not in found:
                    found[letter] = Index(fresh(letter, taken), size)
                    taken.add(found[letter].name)
        return found

    def forward(self, *operands: Value, equation: str) -> Value:
        """NumPy's einsum."""
        return np.einsum(equation, *operands)

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """An einsum of G with the other operand, spread over letters that stand nowhere else."""
        terms, result = terms_of(attrs["equation"])
        term = terms[slot]
        if len(set(term)) < len(term):
            return super().vjp(upstream, output, inputs, attrs, slot)
        others = [place for place in range(len(terms)) if place != slot]
        met = "".join(terms[place] for place in others) + result
        known = "".join(letter for letter in term if letter in met)
        spec = f"{','.join([*(terms[place] for place in others), result])}->{known}"
        found = np.einsum(spec, *(inputs[place] for place in others), upstream)
        shape = np.shape(inputs[slot])
        spread = tuple(size if letter in met else 1 for letter, size in zip(term, shape, strict=True))
        return np.broadcast_to(np.reshape(found, spread), shape)
