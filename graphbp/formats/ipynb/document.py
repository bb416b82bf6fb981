"""Documents as notebooks (nbformat 4.5): text cells as in Markdown, code cells that compute the numbers again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from graphbp.document.tree import Block, Columns, Document, Heading, Picture, StepBlock
from graphbp.formats.ipynb.code import checks, drawing, loading, quotients
from graphbp.formats.markdown.document import MarkdownDocument
from graphbp.formats.markdown.text import inline, md_line, md_text
from graphbp.theme import Theme

Cell = dict[str, Any]

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}


def document_notebook(document: Document, theme: Theme) -> str:
    """The whole notebook."""
    cells = [{**cell, "id": f"cell-{place}"} for place, cell in enumerate(_cells(document, theme), 1)]
    book = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


class _NotebookText(MarkdownDocument):
    """Markdown for notebooks: formulas on their own lines between double dollar signs, pictures in code cells."""

    def displayed(self, latex: str) -> str:
        return f"$${inline(latex).strip('$`')}$$"

    def picture(self, block: Picture) -> str:
        return "" if self.document.source else f"> {md_line(md_text(block.alt))}"


def _cells(document: Document, theme: Theme) -> Iterator[Cell]:
    """Opening, the network, the text in parts, and what checks it."""
    text = _NotebookText(document)
    yield _markdown(text.opening())
    if document.source:
        yield _code(loading(document.source()))
        yield _code(drawing(), _outputs(document, theme))
    for part in _parts(document.blocks):
        written = "\n\n".join(filter(None, map(text.block, part)))
        if written:
            yield _markdown(written)
    yield from (_code(source) for source in (checks(document), quotients(document)) if source)


def _parts(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks in cells: a new one for every heading and every step, and after every step."""
    part: list[Block] = []
    for block in blocks:
        if part and (isinstance(block, Heading | StepBlock) or isinstance(part[-1], StepBlock)):
            yield part
            part = []
        part.append(block)
    if part:
        yield part


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(source: str, outputs: Sequence[Cell] = ()) -> Cell:
    return {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": list(outputs),
        "source": source.splitlines(keepends=True),
    }  # fmt: skip


def _outputs(document: Document, theme: Theme) -> list[Cell]:
    """The picture that the cell will show, for readers who do not run it."""
    scene = next((picture.scene for picture in _pictures(document.blocks)), None)
    if scene is None:
        return []
    from graphbp.formats.svg.compose import compose

    drawn = compose(scene, theme).splitlines(keepends=True)
    data = {"image/svg+xml": drawn, "text/plain": [scene.description or "picture"]}
    return [{"output_type": "display_data", "data": data, "metadata": {}}]


def _pictures(blocks: Sequence[Block]) -> Iterator[Picture]:
    for block in blocks:
        if isinstance(block, Picture):
            yield block
        elif isinstance(block, Columns):
            for column in block.columns:
                yield from _pictures(column)
