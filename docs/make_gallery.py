"""Writes docs/gallery.md, docs/course.md and the pictures beside them; `--check` only says what is not up to date.

Run from the root of the repository: python docs/make_gallery.py
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import graphbp
from graphbp.errors import GraphbpError

DOCS = Path(__file__).parent
IMAGES = DOCS / "images"
VIEWS = ("network", "graph", "reverse")

ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("A1", "the problem: θ* = argmin L(θ)", "gradient-descent", "explain"),
    ("A2", "one update written out in column vectors, then the next", "gradient-descent", "explain"),
    ("A3", "the worked example L(θ) = ½‖θ − y‖² with ∇L = [θ₁ − y₁, θ₂ − y₂]ᵀ", "gradient-descent", "explain"),
    (
        "A4",
        "the path of the iterates over the loss: start, compute the gradient, move, …",
        "gradient-descent",
        "draw --view descent",
    ),
    ("A5", "all parameters stacked in one vector, and ∇L stacked alike", "stacked-parameters", "explain"),
    ("B1", "chain rule, one path", "chain-rule-one-path", "explain"),
    ("B2", "chain rule, several paths", "chain-rule-two-paths", "explain"),
    ("C1", "a data set: the loss and its gradient are sums over the examples", "lecture-c1", "explain"),
    ("C2", "a slight change of a weight: ∂l/∂w ≈ Δl/Δw, side by side", "one-neuron", "explain"),
    ("D1", "∂l/∂w = forward factor × backward factor", "two-layer", "explain --wrt w1"),
    ("D2", "the forward factor is the input that the weight connects", "one-neuron", "explain --wrt w1"),
    ("D3", "every ∂z/∂w read off the forward values", "lecture-d3", "draw --view network"),
    ("E1", "through the activation", "lecture-e4", "explain"),
    ("E2", "through the next layer", "lecture-e4", "explain"),
    ("E3", "both together", "lecture-e4", "explain"),
    ("E4", "a neuron that runs backward", "lecture-e4", "draw --view reverse"),
    ("E5", "z feeds the output layer", "lecture-e8", "explain"),
    ("E6", "z feeds a hidden layer", "lecture-e8", "explain"),
    ("E7", "the whole reverse network", "lecture-e7", "draw --view reverse"),
    ("E8", "forward pass × backward pass", "lecture-e8", "explain"),
    ("F8", "binary step: its gradient is 0 everywhere", "perceptron", "explain"),
    ("F8", "sigmoid", "one-neuron", "explain"),
    ("F8", "tanh: zero-centred, steeper than the sigmoid", "neuron-tanh", "explain"),
    ("F8", "softmax: not elementwise, its derivative is a matrix", "neuron-softmax", "explain"),
    (
        "F8",
        "softmax and cross-entropy together: p − t, derived in full",
        "softmax-cross-entropy",
        "explain --wrt z --detail full",
    ),
    ("F8", "ReLU: no vanishing for z > 0", "neuron-relu", "explain"),
    ("F8", "leaky ReLU: keeps a gradient for z < 0", "neuron-leaky-relu", "explain"),
    ("F8", "parametric ReLU: learns the slope, ∂l/∂α too", "neuron-prelu", "explain --wrt alpha"),
    ("F9", "vanishing gradient: ten sigmoid layers", "deep-narrow", "explain"),
    ("F10", "ReLU units at zero drop out", "relu-mix", "explain"),
)
"""Rows of a standard lecture on error backpropagation, each with the network and the command that shows it."""


def gallery_page() -> str:
    """All ready-made networks: what each shows, its picture and its commands."""
    lines = [
        "# Gallery",
        "",
        "Every ready-made network; `graphbp examples NAME --copy .` puts its file into your folder.",
        "",
    ]
    for name, shown in graphbp.examples().items():
        net = graphbp.example(name)
        lines += [f"## {name}", "", f"{net.title}: {shown}.", "", f"![{net.title}](images/{name}.svg)", ""]
        lines += [
            "```sh",
            f"graphbp explain {name} -o {name}.pdf",
            f"graphbp draw {name} --view {view_of(name)} -o {name}.svg",
            "```",
            "",
        ]
    return "\n".join(lines)


def course_page() -> str:
    """The course map: one line for each row of the lecture."""
    lines = [
        "# Course map",
        "",
        "Each row of a standard lecture on gradient descent and error backpropagation, and the commands that show it:",
    ]
    lines += ["a document and a picture.", ""]
    lines += ["| row | what it shows | document | picture |", "| --- | --- | --- | --- |"]
    rows = [row for row, *_ in ROWS]
    for row, shown, name, command in ROWS:
        file = row.lower() if rows.count(row) == 1 else name
        verb, _, options = command.partition(" ")
        document = f"graphbp explain {name} {options if verb == 'explain' else ''} -o {file}.pdf"
        picture = f"graphbp draw {name} {options if verb == 'draw' else f'--view {view_of(name)}'} -o {file}.svg"
        lines.append(f"| {row} | {shown} | `{' '.join(document.split())}` | `{' '.join(picture.split())}` |")
    return "\n".join(lines) + "\n"


def view_of(name: str) -> str:
    """The view that shows a network best: the one that the course map draws, else the network."""
    drawn = [command.rpartition(" ")[2] for _, _, network, command in ROWS if network == name and "--view" in command]
    return drawn[0] if drawn else "network"


def pictures() -> Iterator[tuple[Path, bytes]]:
    """The picture of every network, and the first page of the README."""
    with tempfile.TemporaryDirectory() as folder:
        for name in graphbp.examples():
            path = Path(folder) / f"{name}.svg"
            graphbp.example(name).draw(view=view_of(name)).save(path)
            yield IMAGES / path.name, path.read_bytes()
        source = Path(folder) / "two-layer.typ"
        graphbp.example("two-layer").explain().save(source)
        yield IMAGES / "two-layer-page.png", first_page(source)


def first_page(source: Path) -> bytes:
    """The first page of a Typst document as PNG."""
    import typst

    made = typst.compile(str(source), format="png", ppi=100, ignore_system_fonts=True)
    return made[0] if isinstance(made, list) else made  # type: ignore[no-any-return]


def pages() -> dict[Path, str]:
    """The text pages by path."""
    return {DOCS / "gallery.md": gallery_page(), DOCS / "course.md": course_page()}


def main() -> int:
    """Write the pages, or with --check compare them."""
    if "--check" in sys.argv:
        made = {path: text.encode() for path, text in pages().items()} | dict(pictures())
        stale = [
            path.relative_to(DOCS)
            for path, content in made.items()
            if not path.exists() or path.read_bytes() != content
        ]
        for name in stale:
            print(f"docs/{name} is not up to date; run python docs/make_gallery.py", file=sys.stderr)
        return 1 if stale else 0
    IMAGES.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    for path, content in pictures():
        path.write_bytes(content)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GraphbpError as error:
        sys.exit(f"make_gallery: {error}")
