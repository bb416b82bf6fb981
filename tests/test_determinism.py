"""Same input, same bytes: under other hash seeds, other font folders and another time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SETUPS = (
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "271", "TYPST_FONT_PATHS": ".", "SOURCE_DATE_EPOCH": "86400", "TZ": "Asia/Tokyo"},
)
WRITES = (
    ("explain", "two-layer", "page.pdf"),
    ("explain", "affine-softmax", "page.typ"),
    ("draw", "two-layer", "graph.svg"),
    ("draw", "lecture-d3", "graph.png"),
    ("draw", "affine-softmax", "graph.dot"),
)


@pytest.mark.parametrize(("command", "network", "file"), WRITES)
def test_two_runs_write_the_same_bytes(command: str, network: str, file: str, tmp_path: Path) -> None:
    written = []
    for number, setup in enumerate(SETUPS):
        folder = tmp_path / str(number)
        folder.mkdir()
        call = [sys.executable, "-m", "graphbp", command, network, "-o", file]
        subprocess.run(call, cwd=folder, env={**os.environ, **setup}, check=True, timeout=120)
        written.append((folder / file).read_bytes())
    assert written[0] == written[1]
    assert written[0]
