"""All steps of all readings and depths of many random networks, read back from their JSON: the figures of a long run.

Run it as `python -m tests.derive.many_networks [COUNT] [SORT]`; COUNT networks (1000) of numbers, then of arrays.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import graphbp
from graphbp.errors import GraphbpError
from tests.derive.random_networks import Spec, array_specs, scalar_specs
from tests.derive.reread import Steps

READINGS = ("unit", "layer", "entry", "path", "closed")
DEPTHS = ("brief", "normal", "full")


def exported(net: graphbp.Network, reading: str, depth: str) -> dict[str, object]:
    """The steps as a file holds them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "steps.json"
        net.explain(reading=reading, detail=depth).save(path)
        return dict(json.loads(path.read_text(encoding="utf-8")))


def faults(spec: Spec, reading: str, depth: str, seen: Counter[str]) -> list[str]:
    """The wrong lines of one derivation; a reading that does not apply must say which ones do."""
    try:
        data = exported(spec.network(), reading, depth)
    except GraphbpError as error:
        assert reading in ("path", "closed") and "--reading" in str(error), (spec, error)
        seen["refused"] += 1
        return []
    steps = Steps(data)
    seen["lines"] += len(steps.data["steps"])
    seen["files"] += 1
    return [f"{reading}/{depth} {line}" for line in steps.wrong_lines()]


def run(sort: str, count: int) -> None:
    """Draw networks of one sort, and print what was found."""
    seen: Counter[str] = Counter()
    wrong: list[tuple[Spec, str]] = []
    start = time.process_time()

    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given({"scalar": scalar_specs, "array": array_specs}[sort](), st.sampled_from(DEPTHS))
    def check(spec: Spec, drawn: str) -> None:
        seen["networks"] += 1
        if seen["networks"] % 100 == 0:
            print(sort, dict(seen), "wrong:", len(wrong), flush=True)
        for reading in READINGS:
            # Lines about arrays take long to check at every entry: one depth for each reading.
            for depth in DEPTHS if sort == "scalar" else (drawn,):
                try:
                    found = faults(spec, reading, depth, seen)
                except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
                    found = [f"{reading}/{depth} {type(error).__name__}: {error}"]
                for line in found[:1] if not any(known[0] is spec for known in wrong) else ():
                    print(spec.nodes, "\n   ", line[:900], flush=True)
                wrong.extend((spec, line) for line in found)

    check()
    print(sort, dict(seen), "wrong:", len(wrong), f"{time.process_time() - start:.0f} s")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for sort in sys.argv[2:] or ("scalar", "array"):
        run(sort, count)
