"""Pictures stay as they were looked at; a change is looked at again and written with tests/drawing/golden.py."""

from __future__ import annotations

import pytest

from tests.drawing.golden import PICTURES, path_of, scene_of, text_of


@pytest.mark.parametrize(("name", "view"), PICTURES)
def test_picture_as_reviewed(name: str, view: str) -> None:
    assert text_of(scene_of(name, view)) == path_of(name, view).read_text("utf-8")
