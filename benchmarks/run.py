"""Speed, measured: python benchmarks/run.py [NAME]… [--write].

Names: growth, start, batches, scalars (default: all).  With --write the tables and charts go to docs/speed.md.
Ratios are taken side by side in one run, in processor time; nothing here is a test.  `scalars` needs micrograd:
pip install 'graphbp[benchmark]'.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# Commands started here find the same graphbp; more than one thread would blur processor time.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

SUITES = {
    "growth": "Growth with the network",
    "start": "Cold and warm start",
    "batches": "Many examples",
    "scalars": "Beside a scalar engine",
}


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SUITES))
    parser.add_argument("--write", action="store_true", help="write docs/speed.md and its charts")
    chosen = parser.parse_args()
    made = {}
    for name in chosen.names or SUITES:
        print(f"## {SUITES[name]}\n", flush=True)
        made[name] = []
        for table in import_module(name).tables():
            made[name].append(table)
            print(table.text() + "\n", flush=True)
    if chosen.write:
        from page import write

        write(ROOT / "docs", {SUITES[name]: tables for name, tables in made.items()}, machine())


def machine() -> str:
    """What the figures were measured with."""
    import numpy

    return (f"Python {platform.python_version()}, NumPy {numpy.__version__}, {platform.system()} {platform.machine()}, "
            f"{os.cpu_count()} cores, shared with other work")  # fmt: skip


if __name__ == "__main__":
    main()
