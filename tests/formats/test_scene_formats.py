"""Pictures as files: well formed, readable by machines, the same bytes each time."""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from graphbp import engine, formats, gallery, theme
from graphbp.drawing.picture import picture
from graphbp.drawing.scene import Scene
from graphbp.errors import FileProblem, UsageError
from graphbp.formats.typst.compile import TypesettingError, compile_file, compile_pages

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</svg><script>alert(1)</script> #read("/etc/passwd") \\input{x}'


@pytest.fixture(scope="module")
def graph() -> Scene:
    """The graph of the two-layer network with numbers."""
    network = gallery.load("two-layer")
    return picture(network, "graph", theme.get("paper"), result=engine.run(network))


@pytest.fixture(scope="module")
def layers() -> Scene:
    """The same as a network, in symbols."""
    return picture(gallery.load("two-layer"), "network", theme.get("paper"))


def test_svg_tells_what_it_shows(layers: Scene) -> None:
    root = ElementTree.fromstring(formats.render(layers, "svg"))
    assert root.find(f"{SVG}title").text == layers.title  # type: ignore[union-attr]
    assert root.find(f"{SVG}desc").text  # type: ignore[union-attr]
    groups = list(root.iter(f"{SVG}g"))
    ids = [group.get("id") for group in groups if group.get("id")]
    assert {"z1", "a1", "x1"} <= set(ids)
    assert len(ids) == len(set(ids))
    labels = [group for group in groups if group.get("aria-label")]
    assert {"w₁", "z₁"} <= {group.get("aria-label") for group in labels}
    assert "w_{1}" in {group.get("data-latex") for group in labels}


def test_svg_needs_no_fonts(layers: Scene) -> None:
    text = formats.render(layers, "svg").decode()
    assert "<text" not in text
    assert "font-family" not in text
    references = set(re.findall(r'xlink:href="#([^"]+)"', text))
    assert references <= set(re.findall(r'<symbol id="([^"]+)"', text))


def test_titles_are_only_text(layers: Scene) -> None:
    from dataclasses import replace

    nasty = replace(layers, title=HOSTILE, description=HOSTILE)
    root = ElementTree.fromstring(formats.render(nasty, "svg"))
    assert root.find(f"{SVG}title").text == HOSTILE  # type: ignore[union-attr]
    for name in ("pdf", "png", "dot"):
        assert formats.render(nasty, name)


def test_pdf_text_can_be_selected(layers: Scene) -> None:
    data = formats.render(layers, "pdf")
    streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)
    assert any(b"beginbfchar" in _inflated(stream) or b"beginbfrange" in _inflated(stream) for stream in streams)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream.strip(b"\r\n"))
    except zlib.error:
        return stream


def test_png_has_the_pixels_asked_for(layers: Scene) -> None:
    data = formats.render(layers, "png", options=formats.Options(scale=3))
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (pytest.approx(layers.width * 3, abs=2), pytest.approx(layers.height * 3, abs=2))


def test_dot_is_read_by_graphviz(graph: Scene, tmp_path: Path) -> None:
    import pygraphviz

    network = gallery.load("two-layer")
    path = tmp_path / "graph.dot"
    path.write_bytes(formats.render(graph, "dot"))
    read = pygraphviz.AGraph(str(path))
    assert {node.id for node in network.graph.named} <= set(read.nodes())
    assert read.has_edge("z1", "a1")
    assert read.has_edge("a1", "z1")


@pytest.mark.parametrize("name", ["svg", "pdf", "png", "dot", "typst"])
@pytest.mark.parametrize("colours", sorted(theme.THEMES))
def test_same_bytes_in_every_theme(layers: Scene, name: str, colours: str) -> None:
    chosen = theme.get(colours)
    assert formats.render(layers, name, chosen) == formats.render(layers, name, chosen)


def test_transparent_pictures_have_no_paper(layers: Scene) -> None:
    assert b'class="paper"' in formats.render(layers, "svg")
    assert b'class="paper"' not in formats.render(layers, "svg", theme.get("transparent"))


def test_endings_choose_the_format(layers: Scene, tmp_path: Path) -> None:
    formats.write(layers, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<svg")
    stream = io.BytesIO()
    formats.write(layers, stream, "dot")
    assert stream.getvalue().startswith(b"digraph")
    with pytest.raises(UsageError, match=r"cannot write a picture as"):
        formats.write(layers, tmp_path / "a.jpeg")
    with pytest.raises(UsageError, match="no ending"):
        formats.write(layers, tmp_path / "a")
    with pytest.raises(FileProblem, match="cannot write"):
        formats.write(layers, tmp_path / "none" / "a.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg"]


def test_typst_s_complaints_are_errors() -> None:
    with pytest.raises(TypesettingError, match="日"):
        compile_file("日", "pdf")
    with pytest.raises(TypesettingError, match="unknown variable"):
        compile_file("#nothing", "pdf")
    with pytest.raises(TypesettingError, match="font"):
        compile_file('#set text(font: "No such font")\nx', "pdf")
    assert compile_file("é Ω я − ∂ $x$", "pdf")
    assert len(compile_pages("a #pagebreak() b", "svg")) == 2
