"""From what is written to the tree: names to nodes, subscripts to entries, signs to products, by shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import Any

from graphbp import ops
from graphbp.check.claim import DIAGONAL, UPDATE, Unreadable
from graphbp.check.reading import functions, products, raw
from graphbp.check.reading.marks import unreadable
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written, walk
from graphbp.check.reading.scripts import letters, place, places, tokens
from graphbp.check.reading.vocabulary import Reading, Scope, Vocabulary, entry_shape
from graphbp.errors import GraphbpError, did_you_mean
from graphbp.graph.shape import Shape, Size
from graphbp.notation.language import Level
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import (
    Add,
    Affine,
    Array,
    Bracket,
    Call,
    Cases,
    Compare,
    Condition,
    Correlate,
    Delta,
    Dilate,
    Div,
    Entry,
    Expr,
    Flip,
    Group,
    Index,
    IndexExpr,
    Max,
    Mul,
    Neg,
    Number,
    Pad,
    Partial,
    Pow,
    Reduce,
    Reshape,
    Slice,
    Sum,
    Symbol,
    Term,
    Transpose,
    Upsample,
)  # fmt: skip

LEVEL = PlainWriter().level


class UnknownName(Unreadable):
    """A name that means nothing; `written` is kept for those who try letters as numbers."""

    written: Written


class Resolver:
    """Reads one line for one network; `inner` takes a dot between two vectors as the inner product."""

    def __init__(self, vocabulary: Vocabulary, text: str, scope: Scope | None = None, inner: bool = False) -> None:
        self.vocabulary, self.text, self.inner = vocabulary, text, inner
        self.network = vocabulary.network
        self.scope = scope or Scope()
        self.used: dict[Expr, Written] = {}
        self.dotted: int | None = None
        self.star: int | None = None
        self.bounds: dict[str, Size] = {}

    # Errors

    def error(self, what: str, at: int, **more: Any) -> Unreadable:
        """An error at a place of the text."""
        return unreadable(what, self.text, at, **more)

    def unknown(self, written: Written) -> Unreadable:
        """A name that means nothing, with the nearest that does."""
        error = UnknownName("", fix=self.vocabulary.nearest(written))
        plain = self.error(f"there is no node {written.shown[:60]}", written.at)
        error.args, error.what = plain.args, plain.what
        error.text, error.line, error.column, error.written = plain.text, plain.line, plain.column, written
        return error

    # Dispatch

    def read(self, x: Expr) -> Typed:
        """The meaning of a part, with its shape."""
        method: Callable[[Any], Typed] = getattr(self, f"read_{type(x).__name__.lower()}")
        return method(x)

    def all(self, xs: tuple[Expr, ...]) -> list[Typed]:
        """The meanings of several parts."""
        return [self.read(x) for x in xs]

    # Leaves

    def read_number(self, x: Number) -> Typed:
        return Typed(x)

    def read_written(self, x: Written) -> Typed:
        reading = self.chosen(x, self.vocabulary.readings(x, self.scope))
        if reading is None:
            return self.constant(x)
        if x.updated:
            return Typed(Call(UPDATE, (reading.expr,)), reading.shape)
        if x.primes:
            raise self.error(f"{x.shown} has a prime, but {reading.words} is no function", x.at, fix="write σ'(z) for the derivative of a function")
        return Typed(reading.expr, reading.shape)

    def chosen(self, x: Written, found: list[Reading]) -> Reading | None:
        """The one reading of a name, None if there is none."""
        if len(found) > 1:
            raise self.ambiguous(x, found)
        if not found:
            return None
        reading = found[0]
        self.in_range(x, reading.expr)
        self.one_name(x, reading.expr)
        return reading

    def ambiguous(self, x: Written, found: list[Reading]) -> Unreadable:
        """A name that fits several nodes."""
        words = [reading.words for reading in found]
        return self.error(f"{x.shown} can be {' or '.join(words)}", x.at, readings=words, fix="write the name as the network does")

    def one_name(self, x: Written, expr: Expr) -> None:
        """ŷ is the target for some and the output for others: beside the target's other name it is unclear."""
        if not isinstance(expr, Symbol | Entry):
            return
        before = self.used.setdefault(expr, x)
        if before.base != x.base and "hat" in (before.accent, x.accent):
            node = expr if isinstance(expr, Symbol) else expr.base
            raise self.error(f"{before.shown} and {x.shown} both mean {getattr(node, 'name', 'it')} here", x.at,
                             fix="write the names as the network does")  # fmt: skip

    def in_range(self, x: Written, expr: Expr) -> None:
        """A place beyond the end in this counting may be legal in the other: then both are told."""
        entry = expr.base if isinstance(expr, Pow) else expr.x if isinstance(expr, Partial) else expr
        if not isinstance(entry, Entry) or not isinstance(entry.base, Symbol):
            return
        shape = self.vocabulary.shapes.get(entry.base.name)
        if shape is not None:
            self.check_places(entry, shape, 1, x.at, x.shown)

    def check_places(self, entry: Entry, shape: Shape, first: int, at: int, shown: str) -> None:
        """Raise if a literal place lies outside the array."""
        pairs = [(sub.const, size) for sub, size in zip(entry.subs, shape, strict=False) if isinstance(sub, Affine) and not sub.terms and isinstance(size, int)]
        if all(-size <= place < size and (place >= 0 or not first) for place, size in pairs):
            return
        other = -1 if not first else 1
        legal = all(0 <= place + other < size for place, size in pairs)
        here = [str(place + first) for place, _ in pairs]
        counting, else_counting = ("1", "0") if first else ("0", "1")
        name = entry.base.name if isinstance(entry.base, Symbol) else "it"
        what = f"{shown[:60]} asks for place {', '.join(here)} of {name}, which has the shape {shape}, counted from {counting}"
        ways = [f"counted from {counting}: outside of {name}", f"counted from {else_counting}: inside"] if legal else []
        raise self.error(what, at, readings=ways, fix="subscripts count from 1, square brackets from 0")

    def constant(self, x: Written) -> Typed:
        """e and π, or the error."""
        if x.base == "pi" and not x.sub and not x.sup:
            return Typed(Number(math.pi, "pi"))
        if x.base == "e" and not x.sub and x.bare:
            return Typed(Call("exp", (Number(int("".join(x.sup)), "".join(x.sup)),)))
        if x.base == "e" and not x.sub and not x.sup:
            return Typed(Call("exp", (Number(1, "1"),)))
        if x.base == "delta" and not x.sup:
            return self.kronecker(x)
        size = self.size(x)
        if size is not None:
            return Typed(size)
        raise self.unknown(x)

    def size(self, x: Written) -> Expr | None:
        """N where a Σ of the line runs up to N, or where an axis of the network is called N."""
        if not x.exact or len(x.shown) != 1:
            return None
        found = {self.bounds[x.shown]} if x.shown in self.bounds else {
            size for shape in self.vocabulary.shapes.values() for size in shape if size == x.shown}
        size = next(iter(found), None)
        if isinstance(size, int):
            return Number(size)
        # As many ones as the axis is long.
        return None if size is None else Sum((Index(x.shown.lower(), size),), Number(1))

    def kronecker(self, x: Written) -> Typed:
        """δ_ij of two letters."""
        run = [token for part in x.sub for token in tokens(part)]
        if len(run) != 2 or not any(token.isalpha() for token in run):
            raise self.unknown(x)
        left, right = (place([token], self.scope.known(), 1) for token in run)
        if left is None or right is None:
            raise self.unknown(x)
        return Typed(Delta(left, right))

    def read_ones(self, x: raw.Ones) -> Typed:
        raise self.error("a vector of ones stands alone", x.at, fix="write the sum that it makes, such as 1^T D")

    # Sums and products

    def read_add(self, x: Add) -> Typed:
        # A bold 1 among terms is the number 1 in every entry.
        terms = [self.read(Number(1, "1") if isinstance(term, raw.Ones) else term) for term in x.terms]
        return products.added([term.as_expr(ungroup(term.expr, Level.SUM, Add)) for term in terms])

    def read_neg(self, x: Neg) -> Typed:
        inner = self.read(x.x)
        return inner.as_expr(Neg(ungroup(inner.expr, Level.PRODUCT)))

    def read_group(self, x: Group) -> Typed:
        inner = self.read(x.x)
        return inner.as_expr(inner.expr if LEVEL(inner.expr) == Level.ATOM else Group(inner.expr))

    def read_boxed(self, x: raw.Boxed) -> Typed:
        return self.read_group(Group(x.x))

    def read_juxtaposed(self, x: raw.Juxtaposed) -> Typed:
        self.refuse_unclear(x)
        factors = list(x.factors)
        summed = self.with_ones(factors)
        return summed if summed is not None else products.side_by_side([self.factor(self.read(factor)) for factor in factors])

    def factor(self, x: Typed) -> Typed:
        """A factor without parentheses that the product implies."""
        return x.as_expr(ungroup(x.expr, Level.POWER))

    def refuse_unclear(self, x: raw.Juxtaposed) -> None:
        """log a b, and a (z), may mean two things."""
        for place, (left, right) in enumerate(zip(x.factors, x.factors[1:], strict=False)):
            at = x.ats[place]
            if isinstance(left, raw.Applied) and left.bare and not isinstance(right, raw.Applied):
                name = left.function
                raise self.error(f"does {name} take what follows here, or not?", at, readings=[f"{name}(a b)", f"{name}(a) b"], fix="put the argument in parentheses")
            if isinstance(left, Written) and isinstance(right, Group | Array) and not x.gaps[place]:
                self.refuse_function(left)
            if isinstance(left, Written) and isinstance(right, Group) and isinstance(right.x, Written | Number) and not x.gaps[place]:
                shown = right.x.shown if isinstance(right.x, Written) else right.x.text
                raise self.error(f"{left.shown}({shown}) is a product or a function's value", at, readings=[f"{left.shown} * {shown}", f"{left.shown} of {shown}"],
                                 fix=f"write {left.shown} * {shown}, or {left.shown} alone")  # fmt: skip

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
            if not rest:
                raise self.error("a vector of ones stands alone", bare.at)
            inner = products.side_by_side([self.factor(self.read(item)) for item in rest])
            total = self.summed(inner, "column" if isinstance(factor, Transpose) else "row")
            return products.side_by_side([*map(self.read, others), total]) if others else total
        return None

    def summed(self, x: Typed, axis: Any) -> Typed:
        """The sum of every column or row."""
        if x.rank < 2:
            return Typed(Reduce(x.expr, "total"))
        assert x.shape is not None
        return Typed(Reduce(x.expr, axis), x.shape[-1:] if axis == "column" else x.shape[:-1])

    def read_signed(self, x: raw.Signed) -> Typed:
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
        if sign == "⊙" and isinstance(factor, raw.Juxtaposed):
            return self.entrywise(left, factor)
        right = self.factor(self.read(factor))
        if sign == "@":
            return products.matmul(left, right)
        if sign == "⊙":
            return products.hadamard(left, right)
        if sign == "⊗":
            return products.outer(left, right)
        if left.scalar or right.scalar or -1 in (left.rank, right.rank):
            return products.times(left, right)
        return self.starred(left, right, at) if sign == "*" else self.dot(left, right, at)

    def entrywise(self, left: Typed, factor: raw.Juxtaposed) -> Typed:
        """a ⊙ b cᵀ: side by side binds closer, unless only (a ⊙ b) cᵀ fits."""
        right = self.read(factor)
        if products.alike(left, right):
            return products.hadamard(left, self.factor(right))
        heads = [self.factor(self.read(part)) for part in factor.factors]
        first = products.hadamard(left, heads[0])
        return products.side_by_side([Typed(Group(first.expr), first.shape, first.row), *heads[1:]]) if products.alike(left, heads[0]) else products.hadamard(left, self.factor(right))

    def starred(self, left: Typed, right: Typed, at: int) -> Typed:
        """* between arrays multiplies entry by entry; where only the matrix product fits, that is asked."""
        plain = products.times(left, right)
        if plain.shape is None and left.rank <= 2 and right.rank <= 2:
            raise self.unclear_star(at)
        if left.shape != right.shape:
            self.star = at
        return plain

    def unclear_star(self, at: int) -> Unreadable:
        """A * that would be a matrix product on paper."""
        return self.error("* multiplies entry by entry, and these shapes do not fit", at, readings=["entry by entry (⊙)", "matrix product (@)"],
                          fix="write @ for the matrix product")  # fmt: skip

    def dot(self, left: Typed, right: Typed, at: int) -> Typed:
        """A dot between arrays; between two columns it may be the inner product."""
        if left.rank == right.rank == 1 and left.row == right.row and left.shape == right.shape:
            self.dotted = at
            return Typed(products.matmul(products.transposed(left), right).expr, ()) if self.inner else products.times(left, right)
        return products.arrays(left, right)

    def divided(self, left: Typed, factor: Expr, at: int) -> Typed:
        """a / b; behind a quotient a factor without a sign is unclear, except in ½ x and 1/N Σ."""
        rest: tuple[Expr, ...] = ()
        if isinstance(factor, raw.Juxtaposed):
            if not self.clear_quotient(left.expr, factor):
                raise self.error("does the factor behind / belong below the line?", at, readings=["(a / b) * c", "a / (b * c)"], fix="write * or parentheses")
            factor, rest = factor.factors[0], factor.factors[1:]
        right = self.factor(self.read(factor))
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
        num, den = self.read(x.num), self.read(x.den)
        shape = products.together(num.shape, den.shape)
        return Typed(Div(ungroup(num.expr, Level.PRODUCT, always=True), ungroup(den.expr, Level.POWER, always=LEVEL(bare(den.expr)) >= Level.POWER)), shape, num.row)

    def read_pow(self, x: Pow) -> Typed:
        transposition = self.letter_t(x)
        if transposition is not None:
            return transposition
        if isinstance(x.base, Written) and x.base.base == "e" and not x.base.sub and not x.base.sup and not self.known(x.base):
            exp = self.read(x.exp)
            return exp.as_expr(Call("exp", (ungroup(exp.expr, Level.SUM, always=True),)))
        if isinstance(x.base, raw.Norm):
            return self.norm_power(x.base, x.exp)
        base, exp = self.read(x.base), self.read(x.exp)
        return base.as_expr(Pow(ungroup(base.expr, Level.ATOM), ungroup(exp.expr, Level.POWER)))

    def known(self, x: Written) -> bool:
        return bool(self.vocabulary.readings(x, self.scope))

    def letter_t(self, x: Pow) -> Typed | None:
        """X^T is a transposition, unless T is a number of the network."""
        if not isinstance(x.exp, Written) or x.exp.base not in ("T", "⊤") or x.exp.sub or x.exp.sup:
            return None
        base = self.read(x.base)
        scalar = [r for r in self.vocabulary.readings(x.exp, self.scope) if r.shape == ()]
        if scalar and base.scalar:
            return None
        if scalar:
            raise self.error("^T is the transpose, or a power with the node T", x.exp.at, readings=["transpose", "power"], fix="write .T or \\top for the transpose")
        return products.transposed(base)

    def read_transpose(self, x: Transpose) -> Typed:
        if isinstance(x.x, raw.Matrix) and len(x.x.rows) == 1:
            return self.column([self.read(item) for item in x.x.rows[0]])
        inner = self.read(x.x)
        return products.transposed(inner.as_expr(ungroup(inner.expr, Level.ATOM)))

    # Functions

    def read_call(self, x: Call) -> Typed:
        args = self.all(x.args)
        return Typed(Call(x.function, tuple(ungroup(arg.expr, Level.SUM, always=True) for arg in args)), args[0].shape, args[0].row)

    def read_applied(self, x: raw.Applied) -> Typed:
        if x.function == "where":
            return self.where(x)
        if x.function == "delta" and len(x.args) == 2:
            return Typed(Delta(*(self.index(arg, x.at) for arg in x.args)))
        args = self.all(x.args)
        plain = tuple(ungroup(arg.expr, Level.SUM, always=True) for arg in args)
        for arg in plain:
            if isinstance(arg, Bracket) and x.function in self.network.functions:
                raise self.error(f"a comparison stands inside {x.function}(…)", x.at)
        name = self.function(x, plain)
        special = self.special(name, plain, x)
        if special is not None:
            return special.as_expr(special.expr if x.power == 1 else Pow(special.expr, Number(x.power, str(x.power))))
        self.arity(name, x, len(plain))
        result = Call(name, plain, tuple(x.options), (0,) * x.primes)
        shape = self.call_shape(name, args, dict(x.options), x)
        expr: Expr = result if x.power == 1 else Pow(result, Number(x.power, str(x.power)))
        if x.base:
            expr = Div(expr, Call("log", (self.base(x),)))
        return Typed(expr, shape, len(args) == 1 and args[0].row)

    def base(self, x: raw.Applied) -> Number:
        if x.function not in ("log",) or not x.base.isdigit():
            raise self.error(f"{x.function} with a subscript is not known", x.at)
        return Number(int(x.base), x.base)

    def function(self, x: raw.Applied, args: tuple[Expr, ...]) -> str:
        """The function's name; f is the activation that the network applies to this argument."""
        name = functions.function_name(x.function, self.network)
        if not functions.generic(x.function) or x.function in self.network.functions:
            if name is None:
                raise self.error(f"there is no function {x.function[:60]}", x.at, fix=did_you_mean(x.function, functions.functions(self.network)))
            return name
        found = functions.activation(x.function, self.network, args[0] if args else Number(0))
        if len(found) > 1:
            raise self.error(f"{x.function} can be {' or '.join(found)}", x.at, readings=list(found), fix="write the function's own name")
        if not found:
            raise self.error(f"there is no function {x.function[:60]}, and no activation that it could mean", x.at)
        return found[0]

    def arity(self, name: str, x: raw.Applied, count: int) -> None:
        """The number of arguments fits."""
        if not count:
            raise self.error(f"{x.function} has no argument", x.at)
        declared = self.network.functions.get(name)
        if declared is not None and len(declared.params) != count:
            raise self.error(f"{name} takes {len(declared.params)} arguments, not {count}", x.at)
        if x.primes and count > 1:
            raise self.error(f"{x.function}' is a derivative of a function of {count} arguments", x.at, fix=f"write ∂{x.function}/∂… instead")

    def special(self, name: str, args: tuple[Expr, ...], x: raw.Applied) -> Typed | None:
        """Functions that have kinds of their own in the tree."""
        options = {key: value for key, value in x.options}
        typed = [self.read(arg) for arg in x.args] if name in ("outer", DIAGONAL) else []
        if name == "outer" and len(args) == 2:
            return products.outer(*typed)
        if name == "dot" and len(args) == 2:
            typed = [self.read(arg) for arg in x.args]
            return products.matmul(*typed) if max(item.rank for item in typed) > 1 else None
        if name == "sech" and len(args) == 1:
            inner = self.read(x.args[0])
            return inner.as_expr(Div(Number(1, "1"), Call("cosh", args)))
        if name == "hadamard" and len(args) == 2:
            return products.hadamard(*(self.factor(self.read(arg)) for arg in x.args))
        if name == "norm" and len(args) == 1:
            return self.read_norm(raw.Norm(x.args[0]))
        if name == DIAGONAL and len(args) == 1:
            shape = typed[0].shape
            return Typed(Call(DIAGONAL, args), None if shape is None else (*shape, *shape) if len(shape) == 1 else shape[:1])
        literal = [self.literal(arg) for arg in args[1:]] + list(options.values())
        kinds: dict[str, Callable[..., Expr]] = {"flip": Flip, "pad": Pad, "dilate": Dilate, "upsample": Upsample, "reshape": Reshape}
        if name in kinds and args and literal and all(isinstance(item, tuple) for item in literal):
            return Typed(kinds[name](args[0], *literal), None)
        if name == "correlate" and len(args) == 2:
            return Typed(Correlate(*args), None)
        if name in functions.STRUCTURAL:
            raise self.error(f"{name} cannot be read with these arguments", x.at)
        return None

    def literal(self, x: Expr) -> object:
        """A number or nested tuple of numbers, None for anything else."""
        if isinstance(x, Number) and isinstance(x.value, int):
            return x.value
        if isinstance(x, Neg):
            inner = self.literal(x.x)
            return -inner if isinstance(inner, int) else None
        if isinstance(x, Group):
            inner = self.literal(x.x)
            return (inner,) if isinstance(inner, int) else inner
        return tuple(self.literal(row) for row in x.rows) if isinstance(x, Array) else None

    def call_shape(self, name: str, args: list[Typed], options: dict[str, Any], x: raw.Applied) -> Shape | None:
        """The shape of a function's value, None if nobody knows."""
        shapes = [arg.shape for arg in args]
        if all(shape == () for shape in shapes):
            return ()
        if name in self.network.functions or x.primes:
            return products.together(*shapes)
        if None in shapes:
            return None
        try:
            op = ops.get(name)
            return op.shape(*[shape for shape in shapes if shape is not None], **options)
        except GraphbpError:
            return products.together(*shapes) if len(shapes) == 1 and not options else None
        except TypeError:
            return None

    def read_functionname(self, x: raw.FunctionName) -> Typed:
        raise self.error(f"{x.function} has no argument", x.at, expected=["("])

    def read_norm(self, x: raw.Norm) -> Typed:
        inner = self.read(x.x)
        plain = ungroup(inner.expr, Level.ATOM)
        if x.order == 1:
            return Typed(Call("sum", (Call("abs", (ungroup(inner.expr, Level.SUM, always=True),)),)))
        square = Pow(plain, Number(2, "2"))
        return Typed(Call("sqrt", (square if inner.scalar else Call("sum", (square,)),)))

    def norm_power(self, x: raw.Norm, exp: Expr) -> Typed:
        """‖x‖² is the sum of squares."""
        whole = self.read_norm(x)
        if x.order == 2 and isinstance(exp, Number) and exp.value == 2 and isinstance(whole.expr, Call):
            return Typed(whole.expr.args[0])
        return Typed(Pow(whole.expr, self.read(exp).expr))

    # Derivatives

    def read_derivative(self, x: raw.Derivative) -> Typed:
        below = self.read(x.x)
        if not isinstance(below.expr, Symbol | Entry):
            raise self.error("a derivative is with respect to a name or an entry of one", x.at)
        above = Typed(Symbol(self.network.loss_name)) if x.y is None else self.varied(x.y, below.expr)
        y = ungroup(above.expr, Level.ATOM, always=True)
        if isinstance(y, Call) and y.args == (below.expr,) and below.scalar and not y.options:
            # dσ(z)/dz is σ′(z).
            return Typed(Call(y.function, y.args, (), (*y.order, 0)))
        return Typed(Partial(y, below.expr, x.total), below.shape if above.scalar else None if not below.scalar else above.shape)

    def varied(self, y: Expr, below: Expr) -> Typed:
        """What is differentiated; a loss may show its arguments, and a function may lack its argument."""
        if isinstance(y, raw.FunctionName):
            return self.read(raw.Applied(y.function, (raw_of(below, y.at),), primes=y.primes, at=y.at))
        if isinstance(y, raw.Juxtaposed) and len(y.factors) == 2 and isinstance(y.factors[0], Written) and isinstance(y.factors[1], Group | Array):
            inner = y.factors[1]
            arguments = inner.rows if isinstance(inner, Array) else (inner.x,)
            if all(isinstance(argument, Written) for argument in arguments):
                return self.read(y.factors[0])
        return self.read(y)

    # Indices

    def index(self, x: Expr, at: int, shift: int = 0) -> IndexExpr:
        """A place inside square brackets, counted from 0."""
        if isinstance(x, raw.Range):
            ends = [None if end is None else self.index(end, at) for end in (x.start, x.stop)]
            numbers = [end.const if isinstance(end, Affine) and not end.terms else None for end in ends]
            if any(number is None and end is not None for number, end in zip(numbers, ends, strict=True)):
                raise self.error("a range needs numbers", at)
            return Slice(*numbers)
        found = self.as_index(x)
        if found is None:
            raise self.error("this is no place of an array", at, expected=["a whole number", "a letter"])
        return found

    def as_index(self, x: Expr) -> IndexExpr | None:
        """A whole number, a letter, or a sum of both; None for anything else."""
        if isinstance(x, Number):
            return Affine((), x.value) if isinstance(x.value, int) and x.value < 10**9 else None
        if isinstance(x, Written):
            return self.letter(x)
        if isinstance(x, Neg):
            inner = self.as_index(x.x)
            return None if inner is None else inner * -1
        if isinstance(x, Add):
            inners = [self.as_index(term) for term in x.terms]
            total: IndexExpr | None = None
            for inner in inners:
                if inner is None:
                    return None
                total = inner if total is None else total + inner
            return total
        return None

    def letter(self, x: Written) -> IndexExpr | None:
        """A single letter that is no node."""
        if not x.exact or len(x.shown) != 1 or x.accent:
            return None
        if x.shown in self.scope.numbers:
            return Affine((), self.scope.numbers[x.shown] - 1)
        if x.shown in self.scope.bound:
            return self.scope.bound[x.shown]
        return None if self.vocabulary.taken(x.shown) else Index(x.shown)

    def read_indexed(self, x: raw.Indexed) -> Typed:
        base = self.read(x.base)
        if not all(isinstance(place, raw.Range) or self.as_index(place) is not None for place in x.places):
            if len(x.places) == 1 and not isinstance(x.base, raw.Indexed):
                return products.side_by_side([self.factor(base), self.factor(self.read_group(Group(x.places[0])))])
            raise self.error("square brackets hold places of an array here", x.at)
        if base.scalar:
            raise self.error("this is a single number and has no entries", x.at, fix="write * before a bracket that is a factor")
        entry = Entry(ungroup(base.expr, Level.ATOM), tuple(self.index(place, x.at) for place in x.places))
        if base.shape is not None:
            if len(entry.subs) > len(base.shape):
                raise self.error(f"{len(entry.subs)} places are asked for, but the shape is {base.shape}", x.at)
            self.check_places(entry, base.shape, 0, x.at, f"[{', '.join(PlainWriter().write(sub) for sub in entry.subs)}]")
        return Typed(entry, None if base.shape is None else entry_shape(entry, base.shape))

    def read_lowered(self, x: raw.Lowered) -> Typed:
        base = self.read(x.base)
        rank = base.rank if base.rank >= 0 else len(x.sub)
        subs = places(x.sub, rank, self.scope.known())
        if subs is None:
            raise self.error("the subscript fits no entry of this", x.at)
        entry = Entry(bare(base.expr), subs)
        if base.shape is not None:
            self.check_places(entry, base.shape, 1, x.at, ",".join(x.sub))
        return Typed(entry, None if base.shape is None else entry_shape(entry, base.shape))

    # Σ

    def read_big(self, x: raw.Big) -> Typed:
        from graphbp.check.reading.families import family_sum

        family = family_sum(self, x)
        if family is not None:
            return family
        size = int(x.limits.last) if x.limits.last.isdigit() and x.limits.first in ("", "1") and len(x.limits.last) < 7 else None
        indices = tuple(Index(letter, size) for letter in x.limits.letters)
        with self.binding(indices):
            body = self.read(x.body)
        inner = ungroup(body.expr, Level.SUM, always=True)
        for index in indices:
            if not any(isinstance(part, Index) and part.name == index.name for part in walk(inner)):
                raise self.error(f"Σ runs over {index.name}, but {index.name} does not occur behind it", x.at)
        if x.operator == "sum":
            return body.as_expr(Sum(indices, self.limited(x, indices, inner)))
        if x.operator == "max" and not x.limits.unequal and x.limits.first in ("", "1"):
            return body.as_expr(Max(indices, inner))
        raise self.error(f"{x.operator} with these limits cannot be read", x.at)

    def limited(self, x: raw.Big, indices: tuple[Index, ...], body: Expr) -> Expr:
        """The summand with what its limits exclude."""
        conditions: list[Condition] = []
        if x.limits.unequal:
            other = place([x.limits.unequal], self.scope.known(), 1)
            assert other is not None
            conditions.append(Compare(indices[0], "!=", other))
        first = int(x.limits.first or 1)
        counted_from_zero = first == 0 and (x.limits.last.endswith("-1") or not x.limits.last)
        if first != 1 and not counted_from_zero:
            if first == 0:
                raise self.error("subscripts count from 1, and this Σ begins at 0", x.at, readings=["counted from 0 to the last but one", "counted from 1"], fix="let it begin at 1")
            conditions.append(Compare(indices[0], ">=", Affine((), first - 1)))
        if first not in (0, 1) and x.limits.last.isdigit():
            conditions.append(Compare(indices[0], "<", Affine((), int(x.limits.last))))
        for condition in conditions:
            body = Mul((Bracket(condition), *(body.factors if isinstance(body, Mul) else (ungroup(body, Level.POWER),))))
        return body

    @contextmanager
    def binding(self, indices: tuple[Index, ...]) -> Iterator[None]:
        """The scope inside a Σ."""
        outer = self.scope
        numbers = {letter: number for letter, number in outer.numbers.items() if letter not in {index.name for index in indices}}
        self.scope = replace(outer, bound={**outer.bound, **{index.name: index for index in indices}}, numbers=numbers)
        try:
            yield
        finally:
            self.scope = outer

    # Arrays, conditions

    def read_array(self, x: Array) -> Typed:
        rows = self.all(x.rows)
        shapes = {row.shape for row in rows}
        inner = next(iter(shapes)) if len(shapes) == 1 else None
        if len(shapes) > 1:
            raise self.error("the rows of the array have different lengths", self.where_of(x))
        return Typed(Array(tuple(ungroup(row.expr, Level.SUM, always=True) for row in rows)), None if inner is None else (len(rows), *inner))

    def where_of(self, x: Expr) -> int:
        """A place inside a part, 0 if none is known."""
        return next((part.at for part in walk(x) if isinstance(part, Written)), 0)

    def read_matrix(self, x: raw.Matrix) -> Typed:
        rows = [[self.read(item) for item in row] for row in x.rows]
        if len({len(row) for row in rows}) > 1:
            raise self.error("the rows of the matrix have different lengths", x.at)
        if len(rows[0]) == 1:
            return self.column([row[0] for row in rows])
        return Typed(Array(tuple(self.column(row).expr for row in rows)), (len(rows), len(rows[0])))

    def column(self, items: list[Typed]) -> Typed:
        """A vector."""
        return Typed(Array(tuple(ungroup(item.expr, Level.SUM, always=True) for item in items)), (len(items),))

    def read_indicator(self, x: raw.Indicator) -> Typed:
        conditions, shape = self.conditions(x.condition)
        exprs: list[Expr] = [Bracket(condition) for condition in conditions]
        return Typed(exprs[0] if len(exprs) == 1 else Mul(tuple(exprs)), shape)

    def conditions(self, x: raw.Comparison) -> tuple[list[Condition], Shape | None]:
        """One comparison for each relation of a chain."""
        sides: list[tuple[Term, Shape | None]] = []
        as_letters = [self.as_index(side) for side in x.sides]
        if all(side is not None for side in as_letters) and any(isinstance(side, Written) for side in x.sides):
            # Letters count from 1, as numbers beside them do.
            sides = [(side - 1 if isinstance(side, Affine) and not side.terms else side, ()) for side in as_letters if side is not None]
        else:
            for side in x.sides:
                found = self.read(side)
                sides.append((ungroup(found.expr, Level.SUM, always=True), found.shape))
        found_conditions: list[Condition] = [Compare(left[0], relation, right[0]) for left, relation, right in zip(sides, x.relations, sides[1:], strict=False)]  # type: ignore[arg-type]
        return found_conditions, products.together(*(side[1] for side in sides))

    def where(self, x: raw.Applied) -> Typed:
        if len(x.args) != 3 or not isinstance(x.args[0], raw.Comparison | raw.Indicator):
            raise self.error("where takes a condition and two values", x.at, fix="write where(z > 0, z, 0)")
        condition = x.args[0].condition if isinstance(x.args[0], raw.Indicator) else x.args[0]
        return self.read_choice(raw.Choice(((x.args[1], (condition,)), (x.args[2], ())), x.at))

    def read_comparison(self, x: raw.Comparison) -> Typed:
        return self.read_indicator(raw.Indicator(x))

    def read_choice(self, x: raw.Choice) -> Typed:
        branches: list[tuple[Expr, Condition]] = []
        shapes: list[Shape | None] = []
        otherwise: Expr | None = None
        for value, conditions in x.branches:
            found = self.read(value)
            shapes.append(found.shape)
            plain = ungroup(found.expr, Level.SUM, always=True)
            if not conditions:
                otherwise = plain
                break
            condition, shape = self.conditions(conditions[0])  # type: ignore[arg-type]
            if len(condition) != 1:
                raise self.error("a case needs one comparison", x.at)
            shapes.append(shape)
            branches.append((plain, condition[0]))
        if otherwise is None:
            otherwise = self.completed(x, branches)
        return Typed(Cases(tuple(branches), otherwise), products.together(*shapes))

    def completed(self, x: raw.Choice, branches: list[tuple[Expr, Condition]]) -> Expr:
        """Without "otherwise" the last case is it, if it is what the others leave."""
        if len(branches) < 2:
            raise self.error("the cases do not say what holds otherwise", x.at, expected=["otherwise"])
        first, last = branches[0][1], branches[-1][1]
        opposite = {"<": (">=", ">"), "<=": (">",), ">": ("<=", "<"), ">=": ("<",), "=": ("!=",), "!=": ("=",)}
        if len(branches) == 2 and isinstance(first, Compare) and isinstance(last, Compare) and (first.left, first.right) == (last.left, last.right) and last.relation in opposite[first.relation]:
            return branches.pop()[0]
        raise self.error("the cases do not say what holds otherwise", x.at, expected=["otherwise"])


def bare(x: Expr) -> Expr:
    """The formula without parentheses around all of it."""
    while isinstance(x, Group):
        x = x.x
    return x


def ungroup(x: Expr, least: Level, *kinds: type[Expr], always: bool = False) -> Expr:
    """The operand without parentheses that the structure implies anyway."""
    if isinstance(x, Group) and (always or LEVEL(x.x) < least or isinstance(x.x, kinds)):
        return x.x
    return x


def raw_of(x: Expr, at: int) -> Expr:
    """A node as it would be written, for a function that lacks its argument."""
    name = x.name if isinstance(x, Symbol) else x.base.name if isinstance(x, Entry) and isinstance(x.base, Symbol) else ""
    return Written(name, exact=True, shown=name, at=at)


__all__ = ["Fraction", "Resolver", "Typed", "UnknownName", "bare", "letters"]
