"""The gallery and the course map say what the code says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import graphbp

PATH = Path(__file__).parent.parent / "docs" / "make_gallery.py"


def _maker():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("make_gallery", PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make_gallery", "--check"])
    assert _maker().main() == 0, "run python docs/make_gallery.py"


def test_every_network_of_the_course_map_exists() -> None:
    assert {name for _, _, name, _ in _maker().ROWS} <= set(graphbp.examples())
