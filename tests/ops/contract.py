"""What every operation must keep to, as checks that a test, or a canary, can run."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphbp import ops
from graphbp.calculus.lines import GradientRule
from graphbp.engine.witness import defined_value, precise_functions, precise_value, with_digits
from graphbp.ops import Domain, Op, Sample
from graphbp.ops.derived import evaluated
from graphbp.ops.literals import kernel_value

DIGITS = 60
STEP = 1e-18

Pull = Callable[[Any, Any, Sequence[Any], Mapping[str, Any], int], Any]


def uses() -> Iterator[tuple[str, Sample]]:
    """Every operation with each of its samples."""
    for name in ops.names():
        for sample in ops.get(name).samples():
            yield name, sample


def label(value: Any) -> str:
    """How a case is called in the test report."""
    if isinstance(value, Sample):
        inner = "-".join("x".join(map(str, shape)) or "number" for shape in value.shapes)
        return "-".join([inner, *(f"{key}{item}".replace(" ", "") for key, item in value.attrs.items())])[:80]
    return str(value)


def draw(op: Op, sample: Sample, salt: str = "") -> list[np.ndarray]:
    """Generic numbers inside the domain of every input; the same for the same operation and sample."""
    random = np.random.default_rng(zlib.crc32(f"{op.name}{sample}{salt}".encode()))
    return [_entries(op, slot, shape, sample, random) for slot, shape in enumerate(sample.shapes)]


def _entries(op: Op, slot: int, shape: tuple[Any, ...], sample: Sample, random: np.random.Generator) -> np.ndarray:
    attrs = op.complete(sample.attrs)
    domain = op.domain(slot, sample.shapes, attrs)
    if domain is Domain.CLASSES:
        return np.asarray(random.integers(0, int(op.classes(sample.shapes, attrs)), shape), float)
    if domain is Domain.CONDITION:
        return np.asarray(random.integers(0, 2, shape), float)
    if domain is Domain.UNIT:
        return np.asarray(random.uniform(0.1, 0.9, shape))
    if domain is Domain.SIMPLEX:
        return _shares(shape, random)
    if domain is Domain.POSITIVE:
        return np.asarray(random.uniform(0.3, 2.0, shape))
    return np.asarray(random.normal(0.0, 1.5, shape))


def _shares(shape: tuple[Any, ...], random: np.random.Generator) -> np.ndarray:
    """Probabilities along the axis of the classes that add up to 1 exactly, as parts of 64."""
    axis = 0 if len(shape) == 1 else 1
    classes = shape[axis]
    parts = random.multinomial(64 - classes, [1 / classes] * classes, (*shape[:axis], *shape[axis + 1 :])) + 1
    return np.moveaxis(parts / 64, -1, axis)


def ready(op: Op, sample: Sample) -> dict[str, Any]:
    """The attributes as kernels take them."""
    return {name: kernel_value(value) for name, value in op.complete(sample.attrs).items()}


def smooth_slots(op: Op, sample: Sample) -> list[int]:
    """The inputs for which a gradient has a meaning."""
    attrs = op.complete(sample.attrs)
    return [slot for slot in range(len(sample.shapes)) if op.differentiable(slot, sample.shapes, attrs)]


def as_floats(precise: Any) -> np.ndarray:
    """Numbers with many digits, rounded to double precision."""
    with np.errstate(over="ignore"):
        return np.asarray(np.frompyfunc(float, 1, 1)(precise), dtype=float)


def assert_close(found: Any, expected: Any, what: str, tolerance: float = 1e-13, scale: float | None = None) -> None:
    """Equal up to rounding, nan and the infinities included."""
    got, want = np.asarray(found, float), np.asarray(expected, float)
    assert got.shape == want.shape, f"{what}: shape {got.shape}, expected {want.shape}"
    finite = np.isfinite(want)
    size = scale if scale is not None else float(np.max(np.abs(want[finite]), initial=0.0))
    np.testing.assert_array_equal(np.isfinite(got), finite, err_msg=what)
    np.testing.assert_array_equal(got[~finite], want[~finite], err_msg=what)
    np.testing.assert_allclose(got[finite], want[finite], rtol=tolerance, atol=tolerance * size, err_msg=what)


def check_forward(op: Op, sample: Sample, inputs: Sequence[Any], digits: int = 30, tolerance: float = 1e-13) -> None:
    """The kernel computes what the definition says with many digits."""
    with np.errstate(all="ignore"):
        found = op.forward(*inputs, **ready(op, sample))
    assert np.shape(found) == op.shape(*sample.shapes, **sample.attrs)
    expected = as_floats(precise_value(op, inputs, sample.attrs, digits))
    size = float(np.max([np.max(np.abs(value), initial=0.0) for value in inputs]))
    assert_close(
        found,
        expected,
        f"{op.name} at {inputs}",
        tolerance,
        None if op.elementwise(sample.attrs) else max(size, _size(expected)),
    )


def _size(values: np.ndarray) -> float:
    return float(np.max(np.abs(values[np.isfinite(values)]), initial=0.0))


def upstream_for(op: Op, sample: Sample, inputs: Sequence[Any]) -> np.ndarray:
    """A generic upstream gradient."""
    random = np.random.default_rng(zlib.crc32(f"upstream{op.name}{sample}".encode()))
    return random.normal(size=op.shape(*sample.shapes, **sample.attrs))


_KNOWN: dict[tuple[Any, ...], Any] = {}


def once(make: Callable[[], Any], *key: Any) -> Any:
    """What was made before for the same key: mutants of a rule are held to the same truth."""
    if key not in _KNOWN:
        _KNOWN[key] = make()
    return _KNOWN[key]


def precise_pull(
    rule: GradientRule, op: Op, sample: Sample, inputs: Sequence[Any], upstream: Any, digits: int = DIGITS
) -> Any:
    """The derived rule evaluated with many digits."""
    elementwise = op.elementwise(op.complete(sample.attrs))
    precise = [with_digits(value, digits) for value in inputs]
    scope = dict(zip(rule.definition.shapes, precise, strict=True))
    scope[rule.definition.name] = defined_value(op, precise, sample.attrs, precise_functions(digits))
    scope[rule.upstream] = with_digits(upstream, digits)
    shape = () if elementwise else np.shape(inputs[list(rule.definition.shapes).index(rule.wrt)])
    return evaluated(rule, scope, np.shape(inputs[0]) if elementwise else shape, precise_functions(digits))


def derived_rule(op: Op, sample: Sample, slot: int) -> GradientRule:
    """The rule that follows from the definition; of an elementwise operation that for numbers."""
    shapes = [()] * len(sample.shapes) if op.elementwise(op.complete(sample.attrs)) else sample.shapes
    rule: GradientRule = once(lambda: op.rule(slot, shapes, sample.attrs), "rule", op.name, repr(sample), slot)
    return rule


def check_rule(op: Op, sample: Sample, slot: int, rule: GradientRule) -> None:
    """The derived rule agrees with differences of the definition at 60 digits, in three directions."""
    inputs = draw(op, sample)
    upstream = upstream_for(op, sample, inputs)
    gradient = precise_pull(rule, op, sample, inputs, upstream)
    truth = once(lambda: list(_slopes(op, sample, inputs, upstream, slot)), "slopes", op.name, repr(sample), slot)
    for direction, expected in truth:
        found = np.sum(gradient * direction)
        assert abs(found - expected) <= 1e-25 * (1 + abs(expected)), (
            f"{op.name} slot {slot}: rule {found}, differences {expected}"
        )


def _slopes(
    op: Op, sample: Sample, inputs: Sequence[Any], upstream: Any, slot: int
) -> Iterator[tuple[np.ndarray, Any]]:
    """Directions, and the slopes that differences of the definition find along them."""
    random = np.random.default_rng(7)
    for _ in range(3):
        direction = random.normal(size=np.shape(inputs[slot]))
        yield with_digits(direction, DIGITS), slope_along(op, sample, inputs, upstream, slot, direction)


def slope_along(op: Op, sample: Sample, inputs: Sequence[Any], upstream: Any, slot: int, direction: Any) -> Any:
    """The slope of Σ upstream · output when one input moves along a direction, by differences with many digits."""
    functions = precise_functions(DIGITS)
    precise = [with_digits(value, DIGITS) for value in inputs]
    step = with_digits(STEP, DIGITS)

    def weighed(sign: int) -> Any:
        moved = list(precise)
        moved[slot] = precise[slot] + sign * step * with_digits(direction, DIGITS)
        return np.sum(with_digits(upstream, DIGITS) * defined_value(op, moved, sample.attrs, functions))

    return (weighed(1) - weighed(-1)) / (2 * step)


def check_kernel(
    op: Op,
    sample: Sample,
    slot: int,
    inputs: Sequence[Any],
    pull: Pull | None = None,
    digits: int = DIGITS,
    tolerance: float = 1e-12,
) -> None:
    """The kernel for gradients computes what the derived rule says with many digits."""
    upstream = upstream_for(op, sample, inputs)
    attrs = ready(op, sample)
    with np.errstate(all="ignore"):
        output = op.forward(*inputs, **attrs)
        found = (pull or op.vjp)(upstream, output, inputs, attrs, slot)
    assert np.shape(found) == np.shape(inputs[slot]), f"{op.name} slot {slot}: shape {np.shape(found)}"
    rule = derived_rule(op, sample, slot)
    expected = once(
        lambda: as_floats(precise_pull(rule, op, sample, inputs, upstream, digits)),
        "gradient", op.name, repr(sample), slot, digits, *(np.asarray(value).tobytes() for value in inputs),
    )  # fmt: skip
    scale = None if op.elementwise(op.complete(sample.attrs)) else max(_size(expected), _size(upstream))
    assert_close(
        found, np.broadcast_to(expected, np.shape(found)), f"{op.name} slot {slot} at {inputs}", tolerance, scale
    )
