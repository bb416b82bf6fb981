"""Notation styles: names as in the books, the same numbers in all of them, and a user's own file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphbp
from graphbp import formats
from graphbp.api import Network, load
from graphbp.errors import FileProblem, GraphbpError, UsageError
from graphbp.notation import styles
from graphbp.notation.latex import ColourlessLatexWriter
from graphbp.notation.tree import Symbol

BOOKS = tuple(name for name in styles.names() if name != styles.DEFAULT)
EXPECTED = {
    "d2l": {"z1": "z_{1}^{(1)}", "a2": "h_{2}^{(1)}", "z3": "o_{1}", "y1": r"\hat{y}_{1}", "t1": "y_{1}",
            "w6": "w_{12}^{(2)}", "b1": "b_{1}^{(1)}", "l": "L"},
    "nielsen": {"z1": "z_{1}^{2}", "a2": "a_{2}^{2}", "y1": "a_{1}^{3}", "t1": "y_{1}", "w6": "w_{12}^{3}", "l": "C"},
    "goodfellow": {"z1": "a_{1}^{(1)}", "a2": "h_{2}^{(1)}", "y1": r"\hat{y}_{1}", "t1": "y_{1}",
                   "w6": "W_{1,2}^{(2)}"},
    "cs231n": {"z1": "z_{1,1}", "z3": "s_{1}", "y1": "p_{1}", "t1": "y_{1}", "w6": "W_{2,12}", "l": "L"},
    "ng": {"z1": "z_{1}^{[1]}", "a2": "a_{2}^{[1]}", "y1": r"\hat{y}_{1}", "t1": "y_{1}", "w6": "w_{12}^{[2]}"},
    "bishop": {"z1": "a_{1}^{(1)}", "a2": "z_{2}^{(1)}", "y1": "y_{1}", "t1": "t_{1}", "b3": "w_{10}^{(2)}", "l": "E"},
}  # fmt: skip


def shown(network: Network, *names: str) -> dict[str, str]:
    """Names as LaTeX."""
    writer = ColourlessLatexWriter(network.names)
    return {name: writer.write(Symbol(name)) for name in names}


def styled(name: str, style: str) -> Network:
    """A gallery network in a style."""
    network = load(name)
    network.style = style
    return network


@pytest.mark.parametrize("style", BOOKS)
def test_names_are_those_of_the_book(style: str) -> None:
    assert shown(styled("two-layer", style), *EXPECTED[style]) == EXPECTED[style]


@pytest.mark.parametrize("style", styles.names())
@pytest.mark.parametrize("name", sorted(graphbp.examples()))
def test_a_style_changes_no_number_and_confuses_no_names(style: str, name: str) -> None:
    plain, network = load(name), styled(name, style)
    labels = [network.names.label(node.id) for node in network.graph.named]
    before = [plain.names.label(node.id) for node in plain.graph.named]
    assert len(set(labels)) == len(set(before))
    assert {node.id: node.shape for node in network.graph.named} == {node.id: node.shape for node in plain.graph.named}
    assert network.formulas == plain.formulas
    if plain.has_numbers and plain.has_loss:
        assert np.array_equal(np.asarray(network.run().loss), np.asarray(plain.run().loss), equal_nan=True)


@pytest.mark.parametrize("ending", ["tex", "md", "json", "terminal", "typ", "html"])
def test_every_format_shows_the_names(ending: str) -> None:
    parts = {
        "tex": "z_{1}^{[1]}",
        "md": "z_1^{[1]}",
        "json": "z_{1}^{[1]}",
        "terminal": "z₁^[1]",
        "typ": 'z_(1)^("["1"]")',
        "html": "<mrow><mo>[</mo><mn>1</mn><mo>]</mo></mrow></msubsup>",
    }
    document = styled("two-layer", "ng").explain().document
    text = formats.render(document, ending).decode()
    compact = text.replace(r"\lbrack ", "[").replace(r"\rbrack ", "]").replace("{[}", "[")
    assert parts[ending] in compact
    assert ending == "json" or "is the target" in text


def test_the_target_is_named() -> None:
    for style in BOOKS:
        text = styled("two-layer", style).explain(numbers="none").text()
        assert "is the target" in " ".join(text.split())


def test_names_that_an_author_spelled_win_in_their_own_style() -> None:
    text = "style: ng\nparameters: {w: 2}\ninputs: {x: 1}\nnodes: {z: w*x}\nloss: {l: z**2}\nnames: {w: '\\omega'}\n"
    network = graphbp.loads(text)
    assert shown(network, "w") == {"w": r"\omega"}
    network.style = "nielsen"
    assert shown(network, "w") == {"w": "w"}
    network.style = "lecture"
    assert shown(network, "w") == {"w": r"\omega"}


def test_a_weight_that_two_units_share_keeps_its_name() -> None:
    text = "parameters: {w: 2}\ninputs: {x1: 1, x2: 2}\nnodes: {z1: w*x1, z2: w*x2}\nloss: {l: z1*z2}\n"
    network = graphbp.loads(text)
    network.style = "ng"
    assert shown(network, "w", "z1") == {"w": "w", "z1": "z_{1}"}


def test_arrays_keep_their_orientation() -> None:
    network = graphbp.Network(style="goodfellow")
    W, x = network.parameter("W1", np.ones((3, 2))), network.input("x", [1.0, 2.0])
    network.node("z1", W @ x)
    network.loss("l", "sum(z1)")
    assert shown(network, "W1", "z1") == {"W1": r"\boldsymbol{W}", "z1": r"\boldsymbol{a}"}
    assert network.shape("W1") == (3, 2)


def test_a_style_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        "title = 'my course'\n[numbers]\nweight = '\\theta_{<unit><source>}^{<layer>}'\nloss = 'J'\n", "utf-8"
    )
    network = styled("two-layer", str(file))
    assert shown(network, "w6", "l", "z1") == {"w6": r"\theta_{12}^{2}", "l": "J", "z1": "z_{1}"}
    assert "Names as in my course." in network.explain(numbers="none").text()
    assert "style" not in network.canonical()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[numbers]\nwieght = 'w'", "unknown key wieght"),
        ("[numbers]\nweight = '\\input{x}'", "weight: cannot read the name"),
        ("[numbers]\nweight = 3", "weight"),
        ("numbers = 3", "numbers must be a table"),
        ("not toml", "mine.toml"),
        ("first = 'a'", "first must be a whole number"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(FileProblem, match=complaint):
        styles.get(str(file))


def test_a_style_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no notation style 'nielson'") as caught:
        load("two-layer").style = "nielson"
    assert "nielsen" in str(caught.value.fix)
    with pytest.raises(FileProblem, match="cannot read the notation style"):
        styles.get("missing.toml")


def test_a_network_file_leads_to_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("title = 'x'", "utf-8")
    with pytest.raises(GraphbpError, match="no notation style"):
        graphbp.loads(f"style: {tmp_path / 'mine.toml'}\nloss: {{l: 1}}\n")
