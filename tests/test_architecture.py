"""Who may import whom, how large modules are, what is documented, and what loads when."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "graphbp"
MODULES = sorted(PACKAGE.rglob("*.py"))
COMPILES = PACKAGE / "engine" / "straight.py"

EVERYBODY = {"errors", "files"}
GRAPH = {"graph"}
NOTATION = {"notation", "graph.shape"}
CALCULUS = NOTATION | {"calculus"}
OPS = CALCULUS | GRAPH | {"ops"}
NETWORK = OPS | {"network"}
ENGINE = NETWORK | {"engine"}
DERIVE = ENGINE | {"derive"}
CHECK = DERIVE | {"check"}
PICTURE = NOTATION | {"drawing.diagram", "drawing.scene", "drawing.geometry"}
PAGE = PICTURE | {"document.tree"}
COMPOSE = CHECK | PAGE | {"document", "drawing", "theme"}
FORMATS = PAGE | {"formats", "theme", "drawing.measure"}

LAW: dict[str, set[str]] = {
    "graphbp": {"__any__"},
    "errors": set(),
    "files": set(),
    "graph": GRAPH,
    "notation": NOTATION,
    "calculus": CALCULUS,
    "ops": OPS,
    "network": NETWORK,
    "engine": ENGINE,
    "derive": DERIVE,
    "check": CHECK,
    "theme": {"theme"},
    "drawing.geometry": set(),
    "drawing.diagram": PICTURE,
    "drawing.scene": PICTURE,
    "drawing.measure": FORMATS,
    "drawing": COMPOSE | {"formats.typst"},
    "document.tree": PAGE,
    "document": COMPOSE,
    "formats": FORMATS,
    "importers": NETWORK | {"importers"},
    "gallery": NETWORK | {"importers", "gallery"},
    "api": {"__any__"},
    "__main__": {"cli"},
    "cli": {"api", "cli", "__version__"},
}
"""What each part may import, beside errors and files; the longest matching name decides.

Imports inside functions and under TYPE_CHECKING obey the same law: who mentions a part knows of it.
"""

HEAVY = ("sympy", "networkx", "matplotlib", "pygraphviz", "typst")
HOMES = {"sympy": {"notation/judge.py"}}
"""Libraries that only these modules may import."""


def module_name(path: Path) -> str:
    """The dotted name inside the package; the package itself is ""."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that is imported anywhere in the file, inside functions and TYPE_CHECKING too, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                yield (f"{base}.{alias.name}" if is_package(base) else base), node.lineno


def is_package(module: str) -> bool:
    """Whether names imported from the module may be modules themselves."""
    return (ROOT / module.replace(".", "/")).is_dir()


def rule_for(name: str) -> set[str]:
    """The law of the longest name that fits."""
    parts = (name or "graphbp").split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in LAW:
            return LAW[".".join(parts[:length])]
    raise AssertionError(f"no law for {name}")



def allowed(importer: str, imported: str) -> bool:
    """Whether the law lets one module import the other (both without the leading `graphbp.`)."""
    law = rule_for(importer) | EVERYBODY
    if "__any__" in law:
        return True
    parts = imported.split(".")
    return any(".".join(parts[:length]) in law for length in range(1, len(parts) + 1))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_import_is_lawful(path: Path) -> None:
    importer = module_name(path)
    for imported, line in imports(path):
        if imported == "graphbp" or not imported.startswith("graphbp."):
            continue
        inner = imported.removeprefix("graphbp.")
        assert allowed(importer, inner), f"{path.relative_to(ROOT)}:{line} may not import {imported}"


def test_the_law_bites() -> None:
    assert not allowed("formats.svg.write", "derive.steps")
    assert not allowed("graph.node", "notation.tree")
    assert not allowed("notation.tree", "graph.node")
    assert not allowed("document.tree", "derive.steps")
    assert not allowed("cli.run", "network.builder")
    assert not allowed("engine.running", "derive.plan")
    assert allowed("document.compose", "derive.steps")
    assert allowed("notation.tree", "graph.shape")


@pytest.mark.parametrize("library", HOMES)
def test_libraries_stay_at_home(library: str) -> None:
    users = {str(path.relative_to(PACKAGE)) for path in MODULES
             for imported, _ in imports(path) if imported.split(".")[0] == library}  # fmt: skip
    assert users <= HOMES[library]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_short_and_nothing_is_executed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "split the module"
    # Loops that are written out are compiled in one place, from words that no author of a network wrote.
    banned = {"eval", "sympify", "__import__"} | (set() if path == COMPILES else {"exec", "compile"})
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path}:{node.lineno}: bare except"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in banned, f"{path}:{node.lineno}"


def public(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The public functions and classes of a module, and the public methods of its public classes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield "module", tree
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                yield from ((f"{node.name}.{part.name}", part) for part in node.body
                            if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"))  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_has_a_first_line(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_public_names_are_documented() -> None:
    """Overriding methods inherit documentation; a class that reads or writes tells what its methods for kinds are."""
    documented = {name.rpartition(".")[2] for path in MODULES for name, node in public(path)
                  if name != "module" and ast.get_docstring(node)}  # type: ignore[arg-type]  # fmt: skip
    missing = [f"{path.relative_to(ROOT)} {name}" for path in MODULES for name, node in public(path)
               if not ast.get_docstring(node) and name.rpartition(".")[2] not in documented  # type: ignore[arg-type]
               and not name.rpartition(".")[2].startswith(("read_", "write_"))]
    assert not missing


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after the code."""
    script = f"{code}\nimport sys; print(' '.join(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.split(".")[0] for name in run.stdout.splitlines()[-1].split()}


HELP = """
import sys, contextlib, io
sys.argv = ["graphbp", {word!r}]
from graphbp.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
"""


@pytest.mark.parametrize("code", ["import graphbp", HELP.format(word="--help"), HELP.format(word="--version")])
def test_nothing_heavy_loads_at_start(code: str) -> None:
    assert not loaded(code) & {*HEAVY, "numpy", "yaml", "lark", "rich"}


RUN = """
import sys, contextlib, io
sys.argv = ["graphbp", "run", "two-layer", "--format", "json"]
from graphbp.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
"""


def test_run_needs_numpy_alone() -> None:
    assert not loaded(RUN) & set(HEAVY)
