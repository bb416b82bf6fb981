"""Functions, norms and derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graphbp import ops
from graphbp.check.claim import DIAGONAL
from graphbp.check.reading import functions, products, raw
from graphbp.check.reading.base import raw_of, ungroup
from graphbp.check.reading.choices import Choices
from graphbp.check.reading.products import Typed
from graphbp.check.reading.raw import Written, walk
from graphbp.errors import GraphbpError, did_you_mean
from graphbp.graph.shape import Shape
from graphbp.notation.language import Level
from graphbp.notation.tree import (
    Array,
    Bracket,
    Call,
    Correlate,
    Delta,
    Dilate,
    Div,
    Einsum,
    Entry,
    Expr,
    Flip,
    Group,
    Hadamard,
    Neg,
    Number,
    Pad,
    Partial,
    Pow,
    Reshape,
    Symbol,
    Upsample,
)


class Calls(Choices):
    """Everything that is applied to something."""

    def read_call(self, x: Call) -> Typed:
        """A function with its arguments."""
        args = self.all(x.args)
        return Typed(
            Call(x.function, tuple(ungroup(arg.expr, Level.SUM, always=True) for arg in args)),
            args[0].shape,
            args[0].row,
        )

    def read_applied(self, x: raw.Applied) -> Typed:
        """A function applied to what follows it."""
        if x.function == "where":
            return self.where(x)
        if x.bare and isinstance(x.args[0], raw.Big) and isinstance(x.args[0].body, raw.Signed):
            readings = [f"{x.function}(Σ a b)", f"{x.function}(Σ a) b"]
            raise self.error(
                f"where does the argument of {x.function} end?", x.at, readings=readings, fix="put it in parentheses"
            )
        if x.function == "einsum" and x.args and isinstance(x.args[0], raw.Text):
            return self.einsum(x.args[0], x.args[1:])
        if x.function == "delta" and len(x.args) == 2:
            return Typed(Delta(*(self.index(arg, x.at) for arg in x.args)))
        x = self.positional_axis(x)
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
        order = x.slots or (0,) * x.primes
        if any(slot >= len(plain) for slot in order):
            raise self.error(f"{x.function} has no argument number {max(order) + 1}", x.at)
        result = Call(name, plain, tuple(x.options), order)
        shape = self.call_shape(name, args, dict(x.options), x)
        expr: Expr = result if x.power == 1 else Pow(result, Number(x.power, str(x.power)))
        if x.base:
            expr = Div(expr, Call("log", (self.base(x),)))
        return Typed(expr, shape, len(args) == 1 and args[0].row)

    def positional_axis(self, x: raw.Applied) -> raw.Applied:
        """sum(x, 0) and x.mean(1) of programs: the second argument is the axis."""
        if x.function not in ("sum", "mean") or len(x.args) != 2 or x.options:
            return x
        axis = self.literal(x.args[1])
        return x if not isinstance(axis, int) else replace(x, args=x.args[:1], options=(("axis", axis),))

    def base(self, x: raw.Applied) -> Number:
        """The base of a logarithm."""
        if x.function not in ("log",) or not x.base.isdigit():
            raise self.error(f"{x.function} with a subscript is not known", x.at)
        return Number(int(x.base), x.base)

    def function(self, x: raw.Applied, args: tuple[Expr, ...]) -> str:
        """The function's name; f is the activation that the network applies to this argument."""
        name = functions.function_name(x.function, self.network)
        if not functions.generic(x.function) or x.function in self.network.functions:
            if name is None:
                raise self.error(
                    f"there is no function {x.function[:60]}",
                    x.at,
                    fix=did_you_mean(x.function, functions.functions(self.network)),
                )
            return name
        found = functions.activation(x.function, self.network, args[0] if args else Number(0))
        if len(found) > 1:
            raise self.error(
                f"{x.function} can be {' or '.join(found)}",
                x.at,
                readings=list(found),
                fix="write the function's own name",
            )
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
            raise self.error(
                f"{x.function}' is a derivative of a function of {count} arguments",
                x.at,
                fix=f"write ∂{x.function}/∂… instead",
            )

    def special(self, name: str, args: tuple[Expr, ...], x: raw.Applied) -> Typed | None:
        """Functions that have kinds of their own in the tree."""
        options = dict(x.options)
        typed = [self.read(arg) for arg in x.args] if name in ("outer", DIAGONAL) else []
        if name == "outer" and len(args) == 2:
            return products.outer(*typed)
        if name == "dot" and len(args) == 2:
            typed = [self.read(arg) for arg in x.args]
            return products.matmul(*typed) if max(item.rank for item in typed) > 1 else None
        if name == "sech" and len(args) == 1:
            inner = self.read(x.args[0])
            return inner.as_expr(Div(Number(1, "1"), Call("cosh", args)))
        if name in ("pow", "square") and len(args) == (2 if name == "pow" else 1):
            base = self.read(x.args[0])
            exp = args[1] if len(args) > 1 else Number(2, "2")
            return base.as_expr(Pow(ungroup(base.expr, Level.ATOM), ungroup(exp, Level.POWER)))
        if name == "transpose" and len(args) == 1 and not options:
            inner = self.read(x.args[0])
            return products.transposed(inner.as_expr(ungroup(inner.expr, Level.ATOM)))
        if name == "hadamard" and len(args) == 2:
            return products.hadamard(*(self.factor(self.read(arg)) for arg in x.args))
        if name == "norm" and len(args) == 1:
            return self.read_norm(raw.Norm(x.args[0]))
        if name == "trace" and len(args) == 1 and self.read(x.args[0]).rank == 2:
            return Typed(Call("sum", (Call(DIAGONAL, args),)))
        if name == DIAGONAL and len(args) == 1:
            shape = typed[0].shape
            return Typed(
                Call(DIAGONAL, args), None if shape is None else (*shape, *shape) if len(shape) == 1 else shape[:1]
            )
        return self.structural(name, args, x)

    def structural(self, name: str, args: tuple[Expr, ...], x: raw.Applied) -> Typed | None:
        """Functions that move entries and change none, and windows that slide."""
        options = dict(x.options)
        if name == "correlate" and len(args) == 2:
            stride = options.get("stride") or ()
            stride = stride if isinstance(stride, tuple) else (stride, stride)
            return Typed(Correlate(*args, str(options.get("letters", "")), stride), None)
        literal = [self.literal(arg) for arg in args[1:]] + list(options.values())
        kinds: dict[str, Callable[..., Expr]] = {
            "flip": Flip,
            "pad": Pad,
            "dilate": Dilate,
            "upsample": Upsample,
            "reshape": Reshape,
        }
        if name in kinds and args and literal and all(isinstance(item, tuple) for item in literal):
            places = [paired(item) if name == "pad" and isinstance(item, tuple) else item for item in literal]
            return Typed(kinds[name](args[0], *places), None)
        if name in functions.STRUCTURAL:
            raise self.error(f"{name} cannot be read with these arguments", x.at)
        return None

    def einsum(self, spec: raw.Text, args: tuple[Expr, ...]) -> Typed:
        """np.einsum("ij,j->i", W, x)."""
        words, _, out = spec.text.partition("->")
        typed = self.all(args)
        if len(words.split(",")) != len(args) or any(arg.rank not in (-1, len(word)) for word, arg in
                                                     zip(words.split(","), typed, strict=False)):  # fmt: skip
            raise self.error("the letters do not fit the arrays", spec.at)
        sizes = {letter: size for word, arg in zip(words.split(","), typed, strict=True)
                 for letter, size in zip(word, arg.shape or (), strict=False)}  # fmt: skip
        shape = tuple(sizes[letter] for letter in out) if set(out) <= set(sizes) else None
        return Typed(Einsum(spec.text, tuple(ungroup(arg.expr, Level.SUM, always=True) for arg in typed)), shape)

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
        if name in self.network.functions or x.primes or x.slots:
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
        """A function's name alone."""
        raise self.error(f"{x.function} has no argument", x.at, expected=["("])

    def read_norm(self, x: raw.Norm) -> Typed:
        """‖x‖."""
        inner = self.read(x.x)
        plain = ungroup(inner.expr, Level.ATOM)
        if x.order == 1:
            return Typed(Call("sum", (Call("abs", (ungroup(inner.expr, Level.SUM, always=True),)),)))
        square = Pow(plain, Number(2, "2"))
        return Typed(Call("sqrt", (square if inner.scalar else Call("sum", (square,)),)))

    def read_inner(self, x: raw.Inner) -> Typed:
        """⟨x, y⟩, the sum of the products of the entries."""
        left, right = self.read(x.x), self.read(x.y)
        if left.shape != right.shape or left.rank < 1:
            raise self.error("an inner product takes two arrays of one shape", x.at)
        return Typed(Call("sum", (Hadamard((self.factor(left).expr, self.factor(right).expr)),)))

    def norm_power(self, x: raw.Norm, exp: Expr) -> Typed:
        """‖x‖² is the sum of squares."""
        whole = self.read_norm(x)
        if x.order == 2 and isinstance(exp, Number) and exp.value == 2 and isinstance(whole.expr, Call):
            return Typed(whole.expr.args[0])
        return Typed(Pow(whole.expr, self.read(exp).expr))

    def read_derivative(self, x: raw.Derivative) -> Typed:
        """A fraction of two differentials."""
        below = self.below(x)
        if not isinstance(below.expr, Symbol | Entry):
            raise self.error("a derivative is with respect to a name or an entry of one", x.at)
        above = Typed(Symbol(self.network.loss_name)) if x.y is None else self.varied(x.y, below.expr)
        y = ungroup(above.expr, Level.ATOM, always=True)
        if isinstance(y, Call) and y.args.count(below.expr) == 1 and below.scalar and not y.options:
            # dσ(z)/dz is σ′(z), and ∂k(x, y)/∂x the derivative of k in its first place.
            return Typed(Call(y.function, y.args, (), (*y.order, y.args.index(below.expr))))
        return Typed(
            Partial(y, below.expr, x.total), below.shape if above.scalar else None if not below.scalar else above.shape
        )

    def below(self, x: raw.Derivative) -> Typed:
        """What is varied; ∇_a C, where the network has a¹, a², …, means the one of which C is made."""
        if not isinstance(x.x, Written) or x.x.sub or x.x.sup or self.known(x.x):
            return self.read(x.x)
        y = self.vocabulary.readings(x.y, self.scope) if isinstance(x.y, Written) else []
        loss = self.network.loss_name
        if loss is None or [reading.expr for reading in y] != [Symbol(loss)]:
            return self.read(x.x)
        used = self.network.graph.named_inputs[loss]
        kin = [node for node in self.vocabulary.kin.get(x.x.base, ()) if node in used]
        return Typed(Symbol(kin[0]), self.vocabulary.shapes[kin[0]]) if len(kin) == 1 else self.read(x.x)

    def used_call(self, function: str, below: Expr) -> Call | None:
        """∂k/∂x for a function of several arguments: the way in which the network uses it on x."""
        found = [
            part
            for formula in self.network.formulas.values()
            for part in walk(formula)
            if isinstance(part, Call) and part.function == function and len(part.args) > 1 and below in part.args
        ]
        return found[0] if len(set(found)) == 1 else None

    def varied(self, y: Expr, below: Expr) -> Typed:
        """What is differentiated; a loss may show its arguments, and a function may lack its argument."""
        if isinstance(y, raw.FunctionName):
            used = self.used_call(y.function, below)
            if used is not None:
                return Typed(used, None)
            return self.read(raw.Applied(y.function, (raw_of(below, y.at),), primes=y.primes, at=y.at))
        if (
            isinstance(y, raw.Juxtaposed)
            and len(y.factors) == 2
            and isinstance(y.factors[0], Written)
            and isinstance(y.factors[1], Group | Array)
        ):
            inner = y.factors[1]
            arguments = inner.rows if isinstance(inner, Array) else (inner.x,)
            if all(isinstance(argument, Written) for argument in arguments):
                return self.read(y.factors[0])
        return self.read(y)


def paired(widths: object) -> Any:
    """Borders as pairs for the axes in their order; a flat list begins with the last axis, as in `pad(x, [1, 2])`."""
    if not isinstance(widths, tuple) or not all(isinstance(width, int) for width in widths):
        return widths
    return tuple(reversed(list(zip(widths[::2], widths[1::2], strict=False))))
