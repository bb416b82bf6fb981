"""Tables of numbers: set by hand where they fit, and by rich where they do not; a reader sees no difference."""

from __future__ import annotations

import pytest

from graphbp import api
from graphbp.cli.run import _print_folded, _print_table, table_lines


def folded(capsys: pytest.CaptureFixture[str], numbers: api.Numbers) -> list[str]:
    for title, header, rows in numbers.tables(4):
        _print_folded(title, header, rows)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("name", [name for name in api.examples() if api.example(name).has_numbers])
def test_both_ways_give_one_table(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    numbers = api.numbers(api.example(name))
    _print_table(numbers, 4)
    by_hand = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in by_hand if line] == [line for line in folded(capsys, numbers) if line]


def test_what_does_not_fit_is_folded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    numbers = api.numbers(api.loads("inputs: {x: [1.234567, 2.345678, 3.456789, 4.567891]}\nloss: {l: sum(x*x)}"))
    _print_table(numbers, 17)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_wide_characters_keep_the_columns_straight(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = api.numbers(api.loads("inputs: {重み: 2}\nloss: {l: 重み*重み}"))
    _print_table(numbers, 4)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines[1]) == len(table_lines(("node", "value"), [("x", "1")])[0]) + len("  ∂l/∂node") - 2
