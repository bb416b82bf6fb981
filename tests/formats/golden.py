"""What the text formats make of one small network; run as a module this writes what the tests compare with."""

from __future__ import annotations

import re
from pathlib import Path

from graphbp import engine, formats, gallery
from graphbp.derive.derive import derive
from graphbp.document.compose import derivation_document
from graphbp.document.tree import Document

FOLDER = Path(__file__).parent / "golden"
TEXTS = ("tex", "md", "json", "html", "ipynb")


def document_of(name: str, pictures: bool = False) -> Document:
    """The document of a gallery network."""
    network = gallery.load(name)
    result = engine.run(network) if network.has_numbers else None
    return derivation_document(derive(network, result=result), result, pictures=pictures)


def text_of(ending: str, name: str = "one-neuron") -> str:
    """The file without rounding errors, which differ between machines, and without style sheets and macros."""
    made = formats.render(document_of(name), ending).decode()
    made = re.sub(r'(?<="max_relative_error": )[^\n]+', '"ε"', made)
    made = re.sub(r"(?<=\d\.)\d{15,}|(?<=\d\.\d{8})\d+", "…", made)
    made = re.sub(r"\d \\+cdot 10\^\{-\d+\}", "ε", made)
    made = re.sub(r"<mn>\d</mn><mo>⋅</mo><msup><mn>10</mn>.*?</msup>", "<mi>ε</mi>", made)
    made = re.sub(r"<style>.*?</style>", "<style>…</style>", made, flags=re.DOTALL)
    return re.sub(r"(?<=documentclass).*(?=\\begin\{document\})", " … ", made, flags=re.DOTALL)


def path_of(ending: str) -> Path:
    """The file that the text is compared with."""
    return FOLDER / f"one-neuron.{ending}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in TEXTS:
        path_of(each).write_text(text_of(each), "utf-8")
