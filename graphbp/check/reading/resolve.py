"""From what is written to the tree: names to nodes, subscripts to entries, signs to products, by shapes."""

from __future__ import annotations

from typing import Any

from graphbp.check.claim import UPDATE, Unreadable
from graphbp.check.reading import functions, products, raw
from graphbp.check.reading.base import LEVEL, bare, ungroup
from graphbp.check.reading.calls import Calls
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written
from graphbp.check.reading.rowwise import is_row
from graphbp.errors import did_you_mean
from graphbp.notation.language import Level
from graphbp.notation.tree import (
    Add,
    Affine,
    Array,
    Call,
    Div,
    Entry,
    Expr,
    Group,
    Mul,
    Neg,
    Number,
    Pow,
    Reduce,
    Slice,
    Symbol,
    Transpose,
)


class Resolver(Calls):
    """Sums, products, quotients and powers; the whole resolver."""

    def read_add(self, x: Add) -> Typed:
        # A bold 1 among terms is the number 1 in every entry.
        """A sum."""
        terms = [self.read(Number(1, "1") if isinstance(term, raw.Ones) else term) for term in x.terms]
        lengths = {term.shape for term in terms if term.rank == 1 and is_row(term.expr)}
        terms = [_flat(term) if term.rank == 2 and term.shape and term.shape[:1] in lengths else term for term in terms]
        return products.added([term.as_expr(ungroup(term.expr, Level.SUM, Add)) for term in terms])

    def read_neg(self, x: Neg) -> Typed:
        """A minus sign."""
        inner = self.read(x.x)
        return inner.as_expr(Neg(ungroup(inner.expr, Level.PRODUCT)))

    def read_group(self, x: Group) -> Typed:
        """Parentheses."""
        inner = self.read(x.x)
        return inner.as_expr(inner.expr if LEVEL(inner.expr) == Level.ATOM else Group(inner.expr))

    def read_boxed(self, x: raw.Boxed) -> Typed:
        """What stands in a box."""
        return self.read_group(Group(x.x))

    def read_juxtaposed(self, x: raw.Juxtaposed) -> Typed:
        """A product without a sign."""
        loss = self.with_arguments(x)
        if loss is not None:
            return loss
        change = self.change(x)
        if change is not None:
            return change
        self.refuse_unclear(x)
        factors = list(x.factors)
        summed = self.with_ones(factors)
        return (
            summed
            if summed is not None
            else products.side_by_side([self.factor(self.read(factor)) for factor in factors])
        )

    def with_arguments(self, x: raw.Juxtaposed) -> Typed | None:
        """J(w, b) shows what the loss depends on."""
        name, arguments = x.factors[:2]
        if len(x.factors) > 2 or not isinstance(name, Written) or not isinstance(arguments, Array):
            return None
        if x.gaps[0] or not all(isinstance(argument, Written) for argument in arguments.rows):
            return None
        found = self.vocabulary.readings(name, self.scope)
        total = self.network.total_formula
        losses = [Symbol(self.network.loss_name), *([Symbol(total[0])] if total else [])]
        return self.read(name) if [reading.expr for reading in found] in [[loss] for loss in losses] else None

    def change(self, x: raw.Juxtaposed) -> Typed | None:
        """Δw: by how much a parameter changes in one step; None if Δ is a factor."""
        sign, name = x.factors[:2]
        if not isinstance(sign, Written) or not isinstance(name, Written) or len(x.factors) > 2:
            return None
        if (sign.base, sign.sub, sign.sup, sign.primes) != ("Delta", (), (), 0) or self.vocabulary.taken("Delta"):
            return None
        found = self.vocabulary.readings(name, self.scope)
        if len(found) != 1 or not self.vocabulary.parameter(found[0].expr):
            return None
        gradients = self.vocabulary.readings(sign, self.scope)
        if found[0].shape and any(reading.shape for reading in gradients):
            raise self.error(
                f"Δ{name.shown} is the change of {name.shown}, or a gradient Δ times {name.shown}",
                x.ats[0],
                readings=["the change in one step", "the product"],
                fix="write the sign between the factors, or w+ - w for the change",
            )
        return Typed(Add((Call(UPDATE, (found[0].expr,)), Neg(found[0].expr))), found[0].shape)

    def refuse_unclear(self, x: raw.Juxtaposed) -> None:
        """log a b, and a (z), may mean two things."""
        for place, (left, right) in enumerate(zip(x.factors, x.factors[1:], strict=False)):
            at = x.ats[place]
            if isinstance(left, raw.Applied) and left.bare and not isinstance(right, raw.Applied):
                name = left.function
                raise self.error(
                    f"does {name} take what follows here, or not?",
                    at,
                    readings=[f"{name}(a b)", f"{name}(a) b"],
                    fix="put the argument in parentheses",
                )
            if isinstance(left, Written) and isinstance(right, Group | Array) and not x.gaps[place]:
                self.refuse_function(left)
            if (
                isinstance(left, Written)
                and isinstance(right, Group)
                and isinstance(right.x, Written | Number)
                and not x.gaps[place]
            ):
                shown = right.x.shown if isinstance(right.x, Written) else right.x.text
                raise self.error(
                    f"{left.shown}({shown}) is a product or a function's value",
                    at,
                    readings=[f"{left.shown} * {shown}", f"{left.shown} of {shown}"],
                    fix=f"write {left.shown} * {shown}, or {left.shown} alone",
                )

    def refuse_function(self, x: Written) -> None:
        """A name that is none and stands before a parenthesis was meant as a function."""
        if x.exact and len(x.shown) > 1 and not self.known(x):
            known = (*functions.functions(self.network), *self.vocabulary.spellings())
            raise self.error(f"there is no function {x.shown[:60]}", x.at, fix=did_you_mean(x.shown, known))

    def with_ones(self, factors: list[Expr]) -> Typed | None:
        """1ᵀ D and D 1 are sums over rows and columns."""
        for place, factor in enumerate(factors):
            bare = factor.x if isinstance(factor, Transpose) else factor
            if not isinstance(bare, raw.Ones) or len(factors) < 2:
                continue
            rest = factors[place + 1 :] if isinstance(factor, Transpose) else factors[:place]
            others = factors[:place] if isinstance(factor, Transpose) else factors[place + 1 :]
            if not rest and not isinstance(factor, Transpose) and others:
                rest, others = others, []
            if not rest:
                raise self.error("a vector of ones stands alone", bare.at)
            inner = products.side_by_side([self.factor(self.read(item)) for item in rest])
            spread = self.spread(inner, factor, place, len(factors))
            if spread is not None:
                return spread
            total = self.summed(inner, "column" if isinstance(factor, Transpose) else "row")
            return products.side_by_side([*map(self.read, others), total]) if others else total
        return None

    def spread(self, inner: Typed, factor: Expr, place: int, count: int) -> Typed | None:
        """b 1 for a number b, and 1 bᵀ for a vector b, repeat b; None if the ones sum."""
        if isinstance(factor, Transpose):
            return None
        if inner.scalar:
            return inner
        if place == 0 and inner.rank == 1 and inner.row and count == 2:
            upright = inner.expr.x if isinstance(inner.expr, Transpose) else inner.expr
            return Typed(upright, inner.shape, row=True)
        return None

    def summed(self, x: Typed, axis: Any) -> Typed:
        """The sum of every column or row."""
        if x.rank < 2:
            return Typed(Reduce(x.expr, "total"))
        assert x.shape is not None
        return Typed(Reduce(x.expr, axis), x.shape[-1:] if axis == "column" else x.shape[:-1])

    def read_signed(self, x: raw.Signed) -> Typed:
        """A term with its sign."""
        result = self.first(x.factors[0], x.signs[0])
        for place, (sign, factor) in enumerate(zip(x.signs, x.factors[1:], strict=True)):
            result = self.combined(result, sign, factor, x.ats[place])
        return result

    def first(self, x: Expr, sign: str) -> Typed:
        """The first factor; (a b) c needs no parentheses."""
        found = self.read(x)
        kinds = (Mul,) if sign in ("*", "·", "×") else ()
        return found.as_expr(ungroup(found.expr, Level.PRODUCT, *kinds))

    def combined(self, left: Typed, sign: str, factor: Expr, at: int) -> Typed:
        """What stands before a sign with what stands behind it."""
        if sign == "/":
            return self.divided(left, factor, at)
        if sign in ("//", "%"):
            raise self.error(f"{sign} is read between places of arrays only", at, fix="write / for a quotient")
        if sign == "⊙" and isinstance(factor, raw.Juxtaposed):
            return self.entrywise(left, factor)
        right = self.factor(self.read(factor))
        if sign == "@":
            return self.at_sign(left, right, at)
        if sign == "⊙":
            return products.hadamard(left, right)
        if sign == "⊗":
            return products.outer(left, right)
        if left.scalar or right.scalar or -1 in (left.rank, right.rank):
            return products.times(left, right)
        return self.starred(left, right, at) if sign == "*" else self.dot(left, right, at)

    def at_sign(self, left: Typed, right: Typed, at: int) -> Typed:
        """left @ right; u @ v.T is an outer product on paper, and an inner one in NumPy if the lengths fit."""
        if not (left.rank == right.rank == 1 and right.row and not left.row):
            return products.matmul(left, right)
        if left.shape == right.shape:
            raise self.error(
                "@ between a vector and a transposed vector",
                at,
                readings=["the outer product, as on paper", "the inner product, as in NumPy"],
                fix="write outer(u, v) or dot(u, v)",
            )
        return products.arrays(left, right)

    def entrywise(self, left: Typed, factor: raw.Juxtaposed) -> Typed:
        """a ⊙ b cᵀ: side by side binds closer, unless only (a ⊙ b) cᵀ fits."""
        right = self.read(factor)
        if products.alike(left, right):
            return products.hadamard(left, self.factor(right))
        heads = [self.factor(self.read(part)) for part in factor.factors]
        first = products.hadamard(left, heads[0])
        return (
            products.side_by_side([Typed(Group(first.expr), first.shape, first.row), *heads[1:]])
            if products.alike(left, heads[0])
            else products.hadamard(left, self.factor(right))
        )

    def starred(self, left: Typed, right: Typed, at: int) -> Typed:
        """* between arrays multiplies entry by entry; where only the matrix product fits, that is asked."""
        plain = products.times(left, right)
        if plain.shape is None and (products.multiplies(left, right) or products.repeats(left, right)):
            raise self.unclear_star(at)
        if left.shape != right.shape:
            self.star = at
        return plain

    def unclear_star(self, at: int) -> Unreadable:
        """A * that would be a matrix product on paper."""
        return self.error(
            "* multiplies entry by entry, and these shapes do not fit",
            at,
            readings=["entry by entry (⊙)", "matrix product (@)"],
            fix="write @ for the matrix product",
        )

    def dot(self, left: Typed, right: Typed, at: int) -> Typed:
        """A dot between arrays; between two columns it may be the inner product."""
        if left.rank == right.rank == 1 and left.row == right.row and left.shape == right.shape:
            self.dotted = at
            return (
                Typed(products.matmul(products.transposed(left), right).expr, ())
                if self.inner
                else products.times(left, right)
            )
        return products.arrays(left, right)

    def divided(self, left: Typed, factor: Expr, at: int) -> Typed:
        """a / b; behind a quotient a factor without a sign is unclear, except in ½ x and 1/N Σ."""
        first: Expr = factor
        rest: list[Expr] = []
        if isinstance(factor, raw.Juxtaposed):
            if not self.clear_quotient(left.expr, factor):
                raise self.error(
                    "does the factor behind / belong below the line?",
                    at,
                    readings=["(a / b) * c", "a / (b * c)"],
                    fix="write * or parentheses",
                )
            first, *rest = factor.factors
        right = self.factor(self.read(first))
        shape = products.together(left.shape, right.shape)
        quotient = Typed(Div(left.expr, right.expr), shape, left.row)
        return products.side_by_side([quotient, *(self.factor(self.read(part)) for part in rest)]) if rest else quotient

    def clear_quotient(self, num: Expr, factor: raw.Juxtaposed) -> bool:
        """Whether everybody reads a / b c as (a / b) c here."""
        den, follower, gap = factor.factors[0], factor.factors[1], factor.gaps[0]
        if isinstance(follower, raw.Big):
            return True
        if isinstance(num, Number) and isinstance(den, Number):
            return gap or isinstance(follower, Group)
        return isinstance(num, Number) and num.value == 1 and gap and isinstance(den, Written)

    def read_div(self, x: Div) -> Typed:
        """A quotient."""
        num, den = self.read(x.num), self.read(x.den)
        shape = products.together(num.shape, den.shape)
        return Typed(
            Div(
                ungroup(num.expr, Level.PRODUCT, always=True),
                ungroup(den.expr, Level.POWER, always=LEVEL(bare(den.expr)) >= Level.POWER),
            ),
            shape,
            num.row,
        )

    def read_raised(self, x: raw.Raised) -> Typed:
        """A power on paper: that of a square matrix may be a product of matrices, and W⁻¹ its inverse."""
        result = self.read_pow(Pow(x.base, x.exp))
        if isinstance(result.expr, Pow) and result.rank > 1:
            self.refuse_matrix_power(result.expr, result.shape, x.at)
        return result

    def read_pow(self, x: Pow) -> Typed:
        """A power, or a superscript that is none."""
        transposition = self.letter_t(x)
        if transposition is not None:
            return transposition
        if (
            isinstance(x.base, Written)
            and x.base.base == "e"
            and not x.base.sub
            and not x.base.sup
            and not self.known(x.base)
        ):
            exp = self.read(x.exp)
            return exp.as_expr(Call("exp", (ungroup(exp.expr, Level.SUM, always=True),)))
        if isinstance(x.base, raw.Norm):
            return self.norm_power(x.base, x.exp)
        base, exp = self.read(x.base), self.read(x.exp)
        return base.as_expr(Pow(ungroup(base.expr, Level.ATOM), ungroup(exp.expr, Level.POWER)))

    def letter_t(self, x: Pow) -> Typed | None:
        """X^T is a transposition, unless T is a number of the network."""
        if not isinstance(x.exp, Written) or x.exp.base not in ("T", "⊤") or x.exp.sub or x.exp.sup:
            return None
        base = self.read(x.base)
        scalar = [r for r in self.vocabulary.readings(x.exp, self.scope) if r.shape == ()]
        if scalar and base.scalar:
            return None
        if scalar:
            raise self.error(
                "^T is the transpose, or a power with the node T",
                x.exp.at,
                readings=["transpose", "power"],
                fix="write .T or \\top for the transpose",
            )
        return products.transposed(base)

    def read_transpose(self, x: Transpose) -> Typed:
        """A transpose."""
        if isinstance(x.x, raw.Matrix) and len(x.x.rows) == 1:
            return self.column([self.read(item) for item in x.x.rows[0]])
        if isinstance(x.x, Array) and not any(isinstance(row, Array) for row in x.x.rows):
            # [1, 2]ᵀ is a column, and so is every vector here.
            return self.read(x.x)
        inner = self.read(x.x)
        return products.transposed(inner.as_expr(ungroup(inner.expr, Level.ATOM)))


def _flat(term: Typed) -> Typed:
    """A column of a matrix's shape beside the vector of one example."""
    assert term.shape is not None
    return term if term.shape[1] != 1 else Typed(Entry(term.expr, (Slice(), Affine())), term.shape[:1])
