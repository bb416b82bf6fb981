"""Programs as Python functions without loops, for networks that are run again and again.

What is compiled consists of this module's own words, of place numbers, and of what operations say under `inline`:
nothing that an author of a network wrote gets into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from graphbp.errors import GraphbpError
from graphbp.ops.base import Value
from graphbp.ops.program import Instruction, Program, Pulls, settled

WARM = 3
"""The pass from which on it pays: to compile a program takes as long as to run it some twenty times."""
MOST = 5_000
"""Longer programs would keep their user waiting for the compiler."""

Pass = Callable[[Sequence[Value]], list[Value]]


class Straight:
    """Both passes of a program, the backward pass from the gradients at `seeds` along `pulls`.

    With `rows` all nodes are numbers that may be arrays over examples.  Without, gradients at `seeds` are given, and
    receive nothing.
    """

    def __init__(self, program: Program, seeds: Sequence[int], pulls: Pulls, *, rows: bool = False) -> None:
        self.program, self.seeds, self.pulls, self.rows = program, seeds, pulls, rows
        self.fits = len(program.instructions) <= MOST
        self.forwards = self.backwards = 0

    def forward(self, values: Sequence[Value]) -> list[Value] | None:
        """The table with everything computed; None where a run with more care is needed."""
        self.forwards += 1
        return self._tried(self._forward, values) if self.fits and self.forwards >= WARM else None

    def backward(self, values: Sequence[Value], seeds: Mapping[int, Value]) -> list[Value] | None:
        """The gradients that the pulls bring; None where a run with more care is needed."""
        self.backwards += 1
        if not self.fits or self.backwards < WARM:
            return None
        return self._tried(self._backward, [*values, *(seeds[place] for place in self.seeds)])

    def _tried(self, run: Pass, table: Sequence[Value]) -> list[Value] | None:
        try:
            with np.errstate(all="ignore"):
                return run(table)
        except (ArithmeticError, ValueError, GraphbpError):
            # The pass over single instructions answers with inf and nan, or with an error that names its node.
            return None

    @cached_property
    def _forward(self) -> Pass:
        names: dict[str, Any] = {"settled": settled}
        count = len(self.program.nodes)
        lines = [f"v{step.target} = {self._output(step, names)}" for step in self.program.instructions]
        return _function(_row("v", range(count)), lines, _row("v", range(count)), names)

    @cached_property
    def _backward(self) -> Pass:
        names: dict[str, Any] = {"float": float}
        count = len(self.program.nodes)
        gradients = {place: f"g{place}" for place in self.seeds}
        lines = list(self._shares(gradients, names))
        told = ", ".join(gradients.get(place, "None") for place in range(count))
        taken = [*(f"v{place}" for place in range(count)), *(f"g{place}" for place in self.seeds)]
        return _function(", ".join(taken), lines, told, names)

    def _shares(self, gradients: dict[int, str], names: dict[str, Any]) -> Iterator[str]:
        """One line for each share, in the order in which single instructions add them up.

        `gradients` says where the gradient of each place stands.  What is passed on unchanged keeps its name.
        """
        for step, slots in self.pulls:
            for slot in slots if step.target in gradients else ():
                source = step.sources[slot]
                if source in self.seeds and not self.rows:
                    continue
                share, known = self._share(step, slot, gradients[step.target], names), gradients.get(source)
                gradients[source] = share if known is None and share == gradients[step.target] else f"g{source}"
                if gradients[source] != share:
                    yield f"g{source} = {share}" if known is None else f"g{source} = {known} + ({share})"

    def _output(self, step: Instruction, names: dict[str, Any]) -> str:
        if step.op.inline:
            return _filled(step.op.inline[0], step)
        alone = step.number and not self.rows
        name, kernel = f"f{step.target}", step.op.scalar if alone else step.forward
        names[name] = partial(kernel, **step.attrs) if step.attrs else kernel
        call = f"{name}({_row('v', step.sources)})"
        return call if alone or self.rows else f"settled({call})"

    def _share(self, step: Instruction, slot: int, upstream: str, names: dict[str, Any]) -> str:
        if step.op.inline:
            return _filled(step.op.inline[1 + slot], step, upstream)
        names[f"p{step.target}"], names[f"a{step.target}"] = step.vjp, step.attrs
        inputs = f"({_row('v', step.sources)},)"
        share = f"p{step.target}({upstream}, v{step.target}, {inputs}, a{step.target}, {slot})"
        return f"float({share})" if step.number and not self.rows else share


def _row(letter: str, places: Iterable[int]) -> str:
    return ", ".join(f"{letter}{place}" for place in places)


def _filled(pattern: str, step: Instruction, upstream: str = "") -> str:
    inputs = {name: f"v{source}" for name, source in zip(step.op.inputs, step.sources, strict=True)}
    return pattern.format(**inputs, output=f"v{step.target}", G=upstream)


def _function(unpacked: str, lines: Iterable[str], told: str, names: dict[str, Any]) -> Pass:
    """The function that takes a row of numbers apart, runs the lines, and returns another row.

    It sees the given names and nothing else: without built-in names not even a mistake here could open a file.
    """
    body = "\n ".join([f"({unpacked},) = table", *lines, f"return [{told}]"])
    names["__builtins__"] = {}
    exec(compile(f"def run(table):\n {body}\n", "<straight>", "exec"), names)
    made: Pass = names["run"]
    return made
