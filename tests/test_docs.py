"""Pages that commands make say what the code says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import graphbp

DOCS = Path(__file__).parent.parent / "docs"


def _maker(name: str = "make_gallery"):  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["make_gallery", "make_operations"])
def test_pages_are_up_to_date(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--check"])
    assert _maker(name).main() == 0, f"run python docs/{name}.py"


def test_every_network_of_the_course_map_exists() -> None:
    assert {name for _, _, name, _ in _maker().ROWS} <= set(graphbp.examples())
