"""Gradients as code: a NumPy function held against differences, entry by entry."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from graphbp.errors import UsageError

if TYPE_CHECKING:
    from graphbp.network import Network

Function = Callable[[Any], Any]

STEPS = 2.0 ** -np.arange(4, 26, 2)
"""Step widths relative to the size of an entry."""
TOLERANCE = 1e-6
COMPLEX_STEP = 1e-30
SHOWN = 8
"""So many wrong entries are listed one by one."""
SLOPE_WIDTHS = 2.0 ** -np.arange(2, 12)


@dataclass(frozen=True, slots=True)
class EntryReport:
    """One entry of a gradient: where it stands, what is claimed and what is true, and whether a kink lies there."""

    place: tuple[int, ...]
    claimed: float
    true: float
    uncertainty: float
    kink: bool = False

    @property
    def error(self) -> float:
        """The relative difference."""
        return abs(self.claimed - self.true) / max(abs(self.claimed), abs(self.true), 1e-300)

    @property
    def right(self) -> bool:
        """Whether claim and truth agree as far as the truth is known; at a kink nothing is held against a claim."""
        slack = 10 * self.uncertainty + 1e-12
        return self.kink or abs(self.claimed - self.true) <= TOLERANCE * max(abs(self.claimed), abs(self.true)) + slack


@dataclass(frozen=True)
class GradientReport:
    """The report on one gradient, entry by entry.

    `method` is "complex step" or "central differences"; `slope` is the slope of the Taylor remainder
    |f(x + hd) − f(x) − h g·d| over h on a double logarithmic scale: 2 if the gradient is right, 1 if it is wrong.
    """

    name: str
    entries: tuple[EntryReport, ...]
    shape: tuple[int, ...]
    method: str
    slope: float | None = None
    remainder: tuple[tuple[float, float], ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether every entry is right."""
        return not self.problem and all(entry.right for entry in self.entries)

    @property
    def wrong(self) -> tuple[EntryReport, ...]:
        """The entries that are not right, the worst first."""
        return tuple(sorted((entry for entry in self.entries if not entry.right), key=lambda entry: -entry.error))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        if self.problem:
            return [f"{self.name}: {self.problem}"]
        kinks = sum(entry.kink for entry in self.entries)
        told = f"; {kinks} at a kink, where no derivative exists" if kinks else ""
        slope = "" if self.slope is None else f"; slope of the Taylor remainder {self.slope:.2f}"
        if self.ok:
            return [f"{self.name}: right in all {len(self.entries)} entries ({self.method}{slope}{told})"]
        lines = [f"{self.name}: wrong in {len(self.wrong)} of {len(self.entries)} entries ({self.method}{slope}{told})"]
        lines += [
            f"  {_at(entry.place)} claimed {entry.claimed:.6g}, true {entry.true:.6g}" for entry in self.wrong[:SHOWN]
        ]
        if len(self.wrong) > SHOWN:
            lines.append(f"  and {len(self.wrong) - SHOWN} more")
        return lines

    def draw(self, path: str) -> None:
        """Draw the Taylor remainder over the step width, beside lines of slope 1 and 2."""
        from graphbp.check.remainder import draw

        draw(self, path)


@dataclass(frozen=True)
class FunctionReport:
    """The report on a learner's backward pass: one gradient report for each name."""

    gradients: Mapping[str, GradientReport] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all gradients that were returned are right, and none is missing."""
        return (
            bool(self.gradients)
            and not self.missing
            and not self.unknown
            and all(one.ok for one in self.gradients.values())
        )

    def __str__(self) -> str:
        lines = [str(report) for report in self.gradients.values()]
        lines += [f"{name}: not returned" for name in self.missing]
        lines += [f"{name}: the network has no such node" for name in self.unknown]
        return "\n".join(lines)


def check_gradient(function: Function, gradient: Any, *, at: Any, name: str = "gradient") -> GradientReport:
    """Whether `gradient` (an array, or a function of x) is the gradient of a number-valued NumPy function at a point.

    Raises: UsageError if the function gives no single number.

    >>> print(check_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, at=[1.0, -2.0]))
    gradient: right in all 2 entries (complex step; slope of the Taylor remainder 2.00)
    """
    start = np.array(at, dtype=float)
    claimed = np.asarray(gradient(start.copy()) if callable(gradient) else gradient, dtype=float)
    _number(function(start.copy()))
    if claimed.shape != start.shape:
        return GradientReport(name, (), start.shape, "", problem=_misshapen(claimed, start))
    true = _by_complex_steps(function, start)
    method = "central differences" if true is None else "complex step"
    places = list(np.ndindex(start.shape))
    if true is None:
        entries = tuple(_by_differences(function, start, place, float(claimed[place])) for place in places)
    else:
        entries = tuple(_beside(function, start, place, float(claimed[place]), float(true[place])) for place in places)
    slope, remainder = taylor(function, start, claimed)
    return GradientReport(name, entries, start.shape, method, slope, remainder)


def _misshapen(claimed: np.ndarray, start: np.ndarray) -> str:
    from graphbp.graph.shape import show_shape

    problem = f"the gradient has the shape {show_shape(claimed.shape)} and the point {show_shape(start.shape)}"
    return f"{problem}; it is transposed" if claimed.shape == start.shape[::-1] and claimed.ndim > 1 else problem


def _number(value: Any) -> float:
    array = np.asarray(value)
    if array.size != 1:
        raise UsageError(
            f"the function gives {array.size} numbers", fix="a gradient belongs to a function with one number"
        )
    return float(np.real(array.reshape(())))


def _by_complex_steps(function: Function, start: np.ndarray) -> np.ndarray | None:
    """The gradient by complex steps, None if the function takes no complex numbers or is not smooth in them."""
    found = np.zeros(start.shape)
    for place in np.ndindex(start.shape):
        at = start.astype(complex)
        at[place] += 1j * COMPLEX_STEP
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = np.asarray(function(at))
        except (TypeError, ValueError):
            return None
        if value.size != 1 or not np.iscomplexobj(value) or not np.isfinite(value.reshape(())):
            return None
        found[place] = float(np.imag(value.reshape(()))) / COMPLEX_STEP
    return found if _plausible(function, start, found) else None


def _plausible(function: Function, start: np.ndarray, gradient: np.ndarray) -> bool:
    """Whether differences along one direction agree: abs, conj and comparisons of real parts break complex steps."""
    direction = np.random.default_rng(0).standard_normal(start.shape)
    value, uncertainty, kink = _quotient(lambda h: _number(function(start + h * direction)))
    expected = float(np.sum(gradient * direction))
    return kink or abs(value - expected) <= 1e-5 * max(abs(value), abs(expected)) + 100 * uncertainty + 1e-9


def _quotient(line: Callable[[float], float], scale: float = 1.0) -> tuple[float, float, bool]:
    """The derivative at 0 of a function of one number: best estimate over several widths, uncertainty, kink."""
    widths = STEPS * scale
    middle = line(0.0)
    ahead, behind = np.array([line(h) for h in widths]), np.array([line(-h) for h in widths])
    with np.errstate(all="ignore"):
        central = (ahead - behind) / (2 * widths)
        better = (16 * central[1:] - central[:-1]) / 15
        spread = np.abs(np.diff(better))
        gaps = np.abs((ahead - middle) / widths - (middle - behind) / widths)
    if not np.isfinite(spread).any():
        return float(central[-1]), np.inf, False
    best = int(np.nanargmin(spread))
    size = max(float(np.max(np.abs(central[np.isfinite(central)]), initial=0.0)), 1e-300)
    noise = 256 * np.finfo(float).eps * max(abs(middle), 1e-300) / widths[6]
    kink = bool(gaps[6] > 0.5 * gaps[4] and gaps[6] > 1e-5 * size + noise)
    return float(better[best + 1]), float(spread[best]), kink


def _by_differences(function: Function, start: np.ndarray, place: tuple[int, ...], claimed: float) -> EntryReport:
    value, uncertainty, kink = _quotient(_along(function, start, place), max(1.0, abs(float(start[place]))))
    return EntryReport(place, claimed, value, uncertainty, kink)


def _beside(function: Function, start: np.ndarray, place: tuple[int, ...], claimed: float, true: float) -> EntryReport:
    """An entry known by a complex step; where the claim is another, a kink may excuse it."""
    entry = EntryReport(place, claimed, true, 0.0)
    if entry.right:
        return entry
    kink = _quotient(_along(function, start, place), max(1.0, abs(float(start[place]))))[2]
    return EntryReport(place, claimed, true, 0.0, kink)


def _along(function: Function, start: np.ndarray, place: tuple[int, ...]) -> Callable[[float], float]:
    def line(h: float) -> float:
        at = start.copy()
        at[place] += h
        return _number(function(at))

    return line


def taylor(
    function: Function, start: np.ndarray, gradient: np.ndarray
) -> tuple[float | None, tuple[tuple[float, float], ...]]:
    """The slope of the Taylor remainder along a fixed direction, and the remainders; None for a linear function."""
    direction = np.random.default_rng(1).standard_normal(start.shape)
    direction = direction / max(float(np.sqrt(np.sum(direction**2))), 1e-300)
    middle, slope = _number(function(start.copy())), float(np.sum(gradient * direction))
    points = [(float(h), abs(_number(function(start + h * direction)) - middle - h * slope)) for h in SLOPE_WIDTHS]
    floor = 1e3 * np.finfo(float).eps * max(abs(middle), 1e-12)
    usable = [(h, rest) for h, rest in points if np.isfinite(rest) and rest > floor]
    if len(usable) < 3:
        return None, tuple(points)
    h, rest = np.log(np.array(usable[-4:])).T
    return float(np.polyfit(h, rest, 1)[0]), tuple(points)


def check_function(
    network: Network, function: Callable[..., Any], names: Sequence[str] | None = None
) -> FunctionReport:
    """The report on a learner's backward pass at the network's numbers, or at seeded ones where there are none.

    `function` takes a dictionary of the values of all nodes, or the nodes that its parameters name, and
    returns a dictionary of gradients by name.
    Raises: UsageError if it returns something else.
    """
    from graphbp.check.truth import World
    from graphbp.graph import Role

    world = World(network)
    cloud = world.own if network.has_numbers and not network.rows else world.cloud(1)
    graph = cloud.world.plan.graph
    values = {node.id: _plain(cloud.value(node.id)[0]) for node in graph.named}
    given = {f"d{network.loss_name}/d{name}": _plain(found[0]) for name, found in cloud.given.items()}
    returned = _called(function, {**values, **given})
    if not isinstance(returned, Mapping):
        raise UsageError(
            f"the function returns {type(returned).__name__}", fix='return a dictionary such as {"w1": dw1}'
        )
    found = {_node(str(name), network.loss_name): value for name, value in returned.items()}
    wanted = [node.id for node in graph.named if node.role is Role.PARAMETER]
    known = {name: value for name, value in found.items() if name in graph and graph[name].named}
    reports = {
        name: _compared(name, value, np.asarray(cloud.derivative(network.loss_name, name)[0]))
        for name, value in known.items()
    }
    return FunctionReport(
        reports, tuple(name for name in wanted if name not in found), tuple(name for name in found if name not in known)
    )


def _called(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """What the function returns for a dictionary, or for the nodes by which its parameters are called."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    if len(names) > 1 or (names and names[0] in values):
        missing = [name for name in names if name not in values]
        if missing:
            raise UsageError(
                f"the function asks for {missing[0]}, which is no node",
                fix="name its parameters like nodes, or take one dictionary",
            )
        return function(*(values[name] for name in names))
    return function(dict(values))


def _node(name: str, loss: str) -> str:
    """w1 for w1, dw1, dl/dw1 and grad_w1."""
    for start in (f"d{loss}/d", f"d{loss}_d", "grad_"):
        if name.startswith(start):
            return name[len(start) :]
    return name


def _plain(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else np.array(value)


def _compared(name: str, value: Any, true: np.ndarray) -> GradientReport:
    try:
        claimed = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return GradientReport(name, (), true.shape, "", problem="what was returned is no array of numbers")
    if claimed.shape != true.shape:
        return GradientReport(
            name, (), true.shape, "", problem=_misshapen(claimed, true).replace("the point", f"{name}")
        )
    entries = tuple(
        EntryReport(place, float(claimed[place]), float(true[place]), 0.0) for place in np.ndindex(true.shape)
    )
    return GradientReport(name, entries, true.shape, "backpropagation")


def _at(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""
