"""What comes out: all gradients, how they were checked, and one update step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphbp.derive.figures import literal, spell
from graphbp.derive.steps import Derivation, Evidence, Finding
from graphbp.document.tree import Align, Block, Heading, Note, Paragraph, Table
from graphbp.document.wording import times
from graphbp.engine import Result
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Prose, StepRef
from graphbp.notation.tree import (
    Add,
    Array,
    Call,
    Entry,
    Equation,
    Expr,
    Neg,
    Number,
    Partial,
    Symbol,
    position,
)

CHECK_DIGITS = 7
LONGEST_SUM = 24
ROUNDING = 1e-15


def gradient_table(derivation: Derivation, found: Sequence[Finding]) -> tuple[Block, ...]:
    """Everything that was found: its formula, its number, the step that found it if that is told."""
    told = frozenset(step.id for step in derivation.told)
    numbered = any(one.value is not None for one in found)
    what = "gradient" if derivation.result else "forward factor"
    header: tuple[Prose, ...] = ((what.capitalize(),), ("Formula",), *((("Value",),) if numbered else ()), ("Step",))
    rows = tuple(_gradient_row(one, numbered, one.id in told) for one in found)
    align: tuple[Align, ...] = ("left", "left", *(("decimal",) if numbered else ()), "right")
    return (Heading((f"All {what}s",)), Table(header, rows, align))


def _gradient_row(found: Finding, numbered: bool, told: bool) -> tuple[Prose, ...]:
    value = found.formula if found.value is None and isinstance(found.formula, Number) else found.value
    shown: Prose = ("–",) if value is None else (times(_extent(value)),) if isinstance(value, Array) else (value,)
    step = StepRef(found.id) if told else found.id
    return ((found.left,), _formula(found, told), *((shown,) if numbered else ()), (step,))


def _formula(found: Finding, told: bool) -> Prose:
    """The formula, unless it is a long sum that stands in its step."""
    if found.formula is None:
        return ("given",)
    if told and isinstance(found.formula, Add) and len(found.formula.terms) > LONGEST_SUM:
        return (f"a sum of {len(found.formula.terms):,} contributions",)
    return (found.formula,)


def _extent(x: Expr) -> tuple[int, ...]:
    """The sizes of a literal array."""
    return (len(x.rows), *_extent(x.rows[0])) if isinstance(x, Array) else ()


def gradient_of(result: Result, name: str) -> Any:
    """The number of a gradient, if it has one."""
    return result[name].gradient if name in result else None


# Examples


def example_table(network: Network, result: Result, wrt: Sequence[str], digits: int) -> tuple[Block, ...]:
    """Loss and gradients of every example, where there are several and all are numbers."""
    loss = network.loss_name
    names = [name for name in wrt if network.graph[name].role is Role.PARAMETER]
    if not result.examples or any(network.shape(name) for name in names) or not network.has_loss:
        return ()
    signs: list[Prose] = [(Symbol(loss),), *((Partial(Symbol(loss), Symbol(name)),) for name in names)]
    rows = tuple(
        (
            (str(number),),
            *(_cell(value, digits) for value in (example[loss].value, *(example[name].gradient for name in names))),
        )
        for number, example in enumerate(result.examples, start=1)
    )
    decimals: list[Align] = ["decimal"] * len(signs)
    return (Heading(("Every example",)), Table((("Example",), *signs), rows, ("left", *decimals)))


def _cell(value: Any, digits: int) -> Prose:
    return ("–",) if value is None else (spell(literal(value), digits),)


# The numerical check


@dataclass(frozen=True, slots=True)
class Comparison:
    """One gradient beside its difference quotient, for an array at the entry where they differ most.

    `remark` tells the slopes on both sides of a kink.
    """

    node: str
    place: tuple[int, ...]
    analytic: float
    numeric: float
    kink: bool = False
    remark: str = ""

    @property
    def error(self) -> float:
        """The difference relative to the larger of both."""
        scale = max(abs(self.analytic), abs(self.numeric))
        return 0.0 if scale == 0 else abs(self.analytic - self.numeric) / scale

    def remarked(self, remark: str) -> Comparison:
        """The same with a remark."""
        return replace(self, remark=remark)


def check_table(comparisons: Sequence[Comparison], loss: str) -> tuple[Block, ...]:
    """The numerical check of every gradient asked for."""
    if not comparisons:
        return ()
    header: tuple[Prose, ...] = (("Gradient",), ("Analytic",), ("Difference quotient",), ("Relative error",))
    rows = tuple(_check_row(comparison, loss) for comparison in comparisons)
    arrays = any(comparison.place for comparison in comparisons)
    change = Call("_difference", (Symbol(loss), Symbol(comparisons[0].node)))
    quotient = Equation(Partial(Symbol(loss), Symbol(comparisons[0].node)), (change,), "≈")
    about = "Each parameter is moved a little in both directions and the loss computed anew, no derivative is used: "
    worst = " Of an array the entry is shown at which both differ most." if arrays else ""
    kinks = tuple(Note((_sign(one, loss), f": {one.remark}.")) for one in comparisons if one.kink)
    table = Table(header, rows, ("left", "decimal", "decimal", "right"))
    return (Heading(("Numerical check",)), Paragraph((about, quotient, f".{worst}")), table, *kinks)


def _sign(comparison: Comparison, loss: str) -> Expr:
    """∂l/∂w, or ∂l/∂W₁₂."""
    node: Expr = Symbol(comparison.node)
    if comparison.place:
        node = Entry(node, tuple(position(place) for place in comparison.place))
    return Partial(Symbol(loss), node)


def _check_row(comparison: Comparison, loss: str) -> tuple[Prose, ...]:
    style = NumberStyle(CHECK_DIGITS)
    error: Prose = ("at a kink: chosen value",) if comparison.kink else (_error(comparison.error),)
    numbers = (spelled(value, style) for value in (comparison.analytic, comparison.numeric))
    return ((_sign(comparison, loss),), *((number,) for number in numbers), error)


def spelled(value: float, style: NumberStyle) -> Expr:
    """A number as the style shows it, its sign in front."""
    number = Number(abs(value), style.show(abs(value)))
    return Neg(number) if value < 0 else number


def _error(error: float) -> Expr:
    """A relative error to one digit."""
    if error < ROUNDING:
        return Number(0)
    return Number(error, f"{error:.0e}".replace("e-0", "e-"))


# Evidence


def evidence_note(findings: Sequence[Finding]) -> tuple[Block, ...]:
    """How the lines were checked, with the largest error that was seen."""
    found = [one.evidence for one in findings if one.evidence.kind != "given"]
    if not found:
        return ()
    worst = max(evidence.error for evidence in found)
    how = (
        "compared with difference quotients of the formulas as written"
        if _by_differences(found)
        else "compared with its definition"
    )
    text = f"Every line above was evaluated at random numbers and {how}; the largest relative difference is "
    return (Note((text, _error(worst) if worst >= ROUNDING else Number(0), ".")),)


def _by_differences(found: Sequence[Evidence]) -> bool:
    return any(evidence.kind == "difference" for evidence in found)
