"""Worked examples of books and courses: numbers are right as they were printed, and their misprints are found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphbp.check.checker import Checker
from graphbp.importers.yaml_file import read_network

FOLDER = Path(__file__).parent / "worked"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def contents(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return table


@cache
def checker(name: str) -> Checker:
    return Checker(read_network(contents(name)["network"]))


def printed() -> list[tuple[str, str, str]]:
    """Network, left side and number of every printed number."""
    return [(name, *line.split(" = ")) for name in NAMES for line in contents(name)["printed"]]


def listed(key: str) -> list[Any]:
    return [(name, item) for name in NAMES for item in contents(name)[key]]


def one_off(number: str) -> Iterator[str]:
    """The number with its last digit one more and one less, where no digit is carried."""
    last = int(number[-1])
    yield from (f"{number[:-1]}{digit}" for digit in (last - 1, last + 1) if 0 <= digit <= 9)


def swapped(number: str) -> Iterator[str]:
    """The number with two digits beside each other exchanged, leading zeros left alone."""
    for place in range(len(number) - 1):
        a, b = number[place : place + 2]
        leading = not number[:place].strip("-0.")
        if a != b and (a + b).isdigit() and not leading:
            yield f"{number[:place]}{b}{a}{number[place + 2 :]}"


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_a_source(name: str) -> None:
    assert len(contents(name)["source"]) > 20


@pytest.mark.parametrize(("name", "left", "number"), printed())
def test_printed_numbers_are_right(name: str, left: str, number: str) -> None:
    verdict = checker(name).check(f"{left} = {number}")
    assert verdict.outcome == "right", verdict


@pytest.mark.parametrize(("name", "claim"), listed("right"))
def test_what_stands_there_is_right(name: str, claim: str) -> None:
    verdict = checker(name).check(claim)
    assert verdict.outcome == "right", verdict


@pytest.mark.parametrize(("name", "claim"), listed("wrong"))
def test_slips_are_found(name: str, claim: list[str]) -> None:
    text, kinds = claim
    verdict = checker(name).check(text)
    assert verdict.outcome == "wrong"
    assert verdict.mistake is not None
    assert verdict.mistake.kind in kinds.split("|"), verdict.mistake


@pytest.mark.parametrize(("name", "left", "number"), printed())
def test_one_unit_off_is_rounding(name: str, left: str, number: str) -> None:
    for misprint in one_off(number):
        verdict = checker(name).check(f"{left} = {misprint}")
        assert verdict.outcome == "wrong", misprint
        assert verdict.mistake is not None and verdict.mistake.kind == "rounding", (misprint, verdict.mistake)


@pytest.mark.parametrize(("name", "left", "number"), printed())
def test_digits_in_another_order_are_copied_wrongly(name: str, left: str, number: str) -> None:
    for misprint in swapped(number):
        verdict = checker(name).check(f"{left} = {misprint}")
        assert verdict.outcome == "wrong", misprint
        assert verdict.mistake is not None and verdict.mistake.kind == "copied-number", (misprint, verdict.mistake)
