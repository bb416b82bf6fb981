"""The base of all operations: a definition stated once, shapes, kernels, and the rule derived from the definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from graphbp.errors import GraphbpError, ShapeError, UsageError, did_you_mean
from graphbp.graph.shape import Shape, Size, broadcast, show_shape
from graphbp.notation.tree import Expr, Index
from graphbp.ops.attributes import checked
from graphbp.ops.operand import Operand, output_letters

if TYPE_CHECKING:
    from graphbp.calculus.lines import Definition, Fact, GradientRule

Value = Any
"""What kernels take and give: a float, or a NumPy array."""

Values = Sequence[Value]
Attrs = Mapping[str, Any]


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED = _Required()
"""The default of an attribute that must be given."""


def options(**defaults: Any) -> Attrs:
    """The attributes of an operation with their defaults, in the order in which they may be given by position."""
    return MappingProxyType(defaults)


SYNONYMS = {"dim": "axis", "keepdim": "keepdims", "kernel_size": "size", "negative_slope": "slope", "dims": "axes"}
"""What other libraries call our attributes."""


class Domain(StrEnum):
    """Where an input may lie, for those who draw random points."""

    REAL = "real"
    POSITIVE = "positive"
    UNIT = "unit"
    SIMPLEX = "simplex"
    CLASSES = "classes"
    CONDITION = "condition"


PROBES: tuple[Shape, ...] = ((), (3,), (4, 3), (2, 4, 3))
"""Shapes that are tried on an operation that names no samples of its own."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A use of an operation: the shapes of its inputs, and its attributes."""

    shapes: tuple[Shape, ...]
    attrs: Attrs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signature:
    """How an operation is called: inputs (the last `optional` ones may be left out), then attributes."""

    inputs: tuple[str, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)
    keyword_only: frozenset[str] = frozenset()
    optional: int = 0

    def __str__(self) -> str:
        needed = len(self.inputs) - self.optional
        parts = [name if slot < needed else f"{name}=None" for slot, name in enumerate(self.inputs)]
        plain = [name for name in self.attrs if name not in self.keyword_only]
        parts += [name if self.attrs[name] is REQUIRED else f"{name}={_show(self.attrs[name])}" for name in plain]
        only = [f"{name}={_show(value)}" for name, value in self.attrs.items() if name in self.keyword_only]
        return ", ".join([*parts, *(["*", *only] if only else [])])


def _show(value: Any) -> str:
    return f"{float(value):g}" if isinstance(value, Fraction) else repr(value)


class Op:
    """An operation.  Stateless: one instance serves all nodes, and nothing that it saw is kept.

    A subclass states `name`, `inputs`, `attrs`, `infer`, `definition` and `forward`; the rest follows.
    `why` says what its gradient means, `kink` what is chosen where no derivative exists, and `differs` where
    PyTorch's function of that name does something else.  A `light` one walks over its numbers once, so that large
    arrays need no blocks.  `inline` is what plain numbers need in Python's own signs: the output from the inputs, then
    the share of each input from `{G}`, `{output}` and the inputs.
    """

    name: ClassVar[str]
    symbol: ClassVar[str] = ""
    inputs: ClassVar[tuple[str, ...]]
    attrs: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    keyword_only: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[int] = 0
    why: ClassVar[str] = ""
    kink: ClassVar[str] = ""
    differs: ClassVar[str] = ""
    condition: ClassVar[bool] = False
    first_winner: ClassVar[bool] = False
    folds: ClassVar[bool] = False
    light: ClassVar[bool] = False
    inline: ClassVar[tuple[str, ...]] = ()

    @property
    def signature(self) -> Signature:
        """How the operation is called."""
        return Signature(self.inputs, self.attrs, frozenset(self.keyword_only), self.optional)

    # Shapes

    # Any makes room for the narrower signatures of subclasses.

    def infer(self, *shapes: Any, **attrs: Any) -> Shape:
        """The shape of the output; messages name inputs as {X}."""
        raise NotImplementedError(self.name)

    def shape(self, *shapes: Shape, **attrs: Any) -> Shape:
        """The shape of the output.

        Raises: ShapeError if the inputs do not fit.
        """
        return self.shape_of(self.inputs, shapes, attrs)

    def shape_of(self, names: Sequence[str], shapes: Sequence[Shape], attrs: Attrs) -> Shape:
        """The shape of the output; errors call the inputs by the given names.

        Raises: ShapeError if the inputs do not fit.
        """
        try:
            return self.infer(*shapes, **self.complete(attrs))
        except ShapeError as error:
            table = dict(zip(self.inputs, names, strict=False))
            fix = _fill(error.fix, table) if error.fix else None
            raise ShapeError(_fill(error.what, table), node=error.node, source=error.source, fix=fix) from None

    def repeated(self, shapes: Sequence[Shape], attrs: Attrs) -> Sequence[Shape]:
        """The shapes to which the inputs are repeated before the operation sees them."""
        return shapes

    def complete(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes with defaults filled in.

        Raises: UsageError on an unknown attribute, one that is missing, or a value of the wrong kind.
        """
        for name in attrs:
            if name not in self.attrs:
                known = ", ".join(self.attrs) or "none"
                near = f"did you mean {SYNONYMS[name]}?" if SYNONYMS.get(name) in self.attrs else None
                fix = near or did_you_mean(name, self.attrs) or f"it takes {known}"
                raise UsageError(f"{self.name} has no option {name}", fix=fix)
        missing = [name for name, value in self.attrs.items() if value is REQUIRED and name not in attrs]
        if missing:
            raise UsageError(f"{self.name} needs {missing[0]}", fix=f"write {self.name}({self.signature})")
        given = {name: checked(self.name, name, value, self.attrs[name]) for name, value in attrs.items()}
        return {**self.attrs, **given}

    # Meaning

    def definition(self, *at_and_operands: Any, **attrs: Any) -> Expr:
        """What the output is: `definition(at, X, W)` with the output's letters `at` and one Operand for each input."""
        raise NotImplementedError(self.name)

    def output_letters(self, shape: Shape, input_shapes: Sequence[Shape]) -> tuple[Index, ...]:
        """The letters of the output's axes in the definition."""
        return output_letters(shape)

    def parts(self, *operands: Operand, **attrs: Any) -> tuple[Definition, ...]:
        """Intermediate results that the definition names, in the order in which they are computed."""
        return ()

    def facts(self, output: Expr, *operands: Expr, **attrs: Any) -> tuple[Fact, ...]:
        """Equalities that hold for output and operands, offered to the derivation."""
        return ()

    def index_form(
        self, input_shapes: Sequence[Shape], attrs: Attrs | None = None,
        names: Sequence[str] | None = None, output: str = "",
    ) -> Definition:  # fmt: skip
        """The definition in index form, over inputs of the given shapes and names."""
        from graphbp.ops.indexform import index_form

        return index_form(self, input_shapes, self.complete(attrs or {}), names, output)

    def rule(
        self, slot: int, input_shapes: Sequence[Shape], attrs: Attrs | None = None,
        names: Sequence[str] | None = None, output: str = "",
    ) -> GradientRule:  # fmt: skip
        """The gradient of one input, derived from the definition."""
        from graphbp.calculus.gradient import derive_gradient

        definition = self.index_form(input_shapes, attrs, names, output)
        return derive_gradient(definition, tuple(definition.shapes)[slot])

    # Numbers

    def forward(self, *inputs: Value, **attrs: Any) -> Value:
        """The output as NumPy computes it, stably."""
        raise NotImplementedError(self.name)

    def scalar(self, *inputs: Any, **attrs: Any) -> float:
        """The output for plain Python numbers; may raise ArithmeticError or ValueError where NumPy gives nan or inf."""
        return float(self.forward(*(np.float64(value) for value in inputs), **attrs))

    def vjp(self, upstream: Value, output: Value, inputs: Values, attrs: Attrs, slot: int) -> Value:
        """The upstream gradient pulled back to one input, by the derived rule unless a kernel is faster."""
        from graphbp.ops.derived import derived_vjp

        return derived_vjp(self, upstream, output, inputs, attrs, slot)

    # What else is known

    def input_names(self, attrs: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the inputs in the definition."""
        return self.inputs

    def formula(self, attrs: Mapping[str, Any]) -> Expr | None:
        """The formula over whole inputs that defines a declared function; None for all other operations."""
        return None

    def differentiable(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> bool:
        """Whether a gradient for this input has a meaning (not for class numbers and conditions)."""
        return not self.condition

    def domain(self, slot: int, shapes: Sequence[Shape], attrs: Attrs) -> Domain:
        """Where this input may lie."""
        return Domain.REAL

    def classes(self, shapes: Sequence[Shape], attrs: Attrs) -> Size:
        """How many classes an input of class numbers tells apart; by default those that the first input scores."""
        scores = shapes[0]
        return scores[0 if len(scores) == 1 else 1]

    def samples(self) -> Sequence[Sample]:
        """Shapes and attributes at which the contract tests hold the operation to its definition; all sizes differ."""
        tried = [Sample(tuple(shapes)) for shapes in product(PROBES, repeat=len(self.inputs))]
        return [sample for sample in tried if self._accepts(sample)][:4]

    def _accepts(self, sample: Sample) -> bool:
        try:
            self.shape(*sample.shapes, **sample.attrs)
        except GraphbpError:
            return False
        return True

    def at_kink(self, *inputs: Value, **attrs: Any) -> Value:
        """Whether, entry by entry, no derivative exists at the inputs."""
        return False

    def elementwise(self, attrs: Mapping[str, Any]) -> bool:
        """Whether it acts entry by entry, so that numbers may be exchanged for arrays."""
        return False


def _fill(text: str, table: Mapping[str, str]) -> str:
    """The text with {X} replaced by the name that stands for X."""
    for key, name in table.items():
        text = text.replace("{" + key + "}", name)
    return text


class Elementwise(Op):
    """An operation that acts entry by entry; its definition speaks of numbers: `definition(z)`."""

    def infer(self, *shapes: Any, **attrs: Any) -> Shape:
        """The inputs' broadcast."""
        try:
            return broadcast(*shapes)
        except ShapeError as error:
            shown = " and ".join(
                f"{{{name}}} is {show_shape(shape)}" for name, shape in zip(self.inputs, shapes, strict=False)
            )
            reason = error.what.rsplit("fit: ", 1)[-1]
            raise ShapeError(
                f"{self.name} cannot pair its inputs: {shown}; {reason}", fix=_transposed(shapes)
            ) from None

    def samples(self) -> Sequence[Sample]:
        """Numbers, and matrices of one shape."""
        return [Sample((shape,) * len(self.inputs)) for shape in (PROBES[0], PROBES[2])]

    def repeated(self, shapes: Sequence[Shape], attrs: Attrs) -> Sequence[Shape]:
        """All inputs in their common shape."""
        return [broadcast(*shapes)] * len(shapes)

    def definition(self, *operands: Any, **attrs: Any) -> Expr:
        """What the output is, for numbers."""
        raise NotImplementedError(self.name)

    def elementwise(self, attrs: Mapping[str, Any]) -> bool:
        """Always."""
        return True


def _transposed(shapes: Sequence[Shape]) -> str | None:
    """A remedy where turning the second operand makes the shapes fit."""
    if len(shapes) != 2 or len(shapes[1]) != 2:
        return "make the sizes equal, or 1, counted from the last axis"
    try:
        broadcast(shapes[0], shapes[1][::-1])
    except ShapeError:
        return "make the sizes equal, or 1, counted from the last axis"
    return "did you mean a transpose (.T)?"
