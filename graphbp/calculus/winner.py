"""Which entry a max is taken from when several are equally large: the first, in row-major order."""

from __future__ import annotations

from graphbp.calculus.letters import INNER, fresh_letter, names_in, put
from graphbp.calculus.lines import Definition
from graphbp.notation.smart import add, mul
from graphbp.notation.tree import Bracket, Compare, Expr, Index, IndexExpr, Max, Sum


def first_winner(largest: Max, part: Definition, name: str) -> Definition:
    """M: 1 where the body of the max is as large as any after it and larger than any before it, else 0."""
    outer = part.indices
    avoid = names_in(largest, *outer)
    table: dict[str, IndexExpr] = {}
    others: list[Index] = []
    for index in largest.indices:
        letter = fresh_letter(index.name, avoid, INNER)
        avoid.add(letter)
        others.append(Index(letter, index.size))
        table[index.name] = others[-1]
    rival: Expr = put(largest.body, table)
    before = _earlier(others, largest.indices)
    beaten_by = add(
        Bracket(Compare(rival, ">", largest.body)),
        mul(Bracket(Compare(rival, "=", largest.body)), before),
    )
    return Definition(name, (*outer, *largest.indices), Bracket(Compare(Sum(tuple(others), beaten_by), "=", add())))


def _earlier(left: list[Index], right: tuple[Index, ...]) -> Expr:
    """1 where the left place comes before the right one in row-major order."""
    terms = []
    for axis, (one, other) in enumerate(zip(left, right, strict=True)):
        equal = [Bracket(Compare(a, "=", b)) for a, b in zip(left[:axis], right[:axis], strict=True)]
        terms.append(mul(*equal, Bracket(Compare(one, "<", other))))
    return add(*terms)
