"""Derivations become documents: what is said, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from graphbp.derive.steps import Derivation
from graphbp.derive.units import Unit, units
from graphbp.document.descent import descent
from graphbp.document.facts import network_facts
from graphbp.document.given import given_blocks
from graphbp.document.numeric import comparisons
from graphbp.document.outcome import check_table, evidence_note, example_table, gradient_table
from graphbp.document.passes import backward_pass, forward_pass, told_note
from graphbp.document.pictures import Pictures, pictures_of
from graphbp.document.records import Records
from graphbp.document.signs import notation_table
from graphbp.document.tree import Block, Columns, Document, Heading, Note, Paragraph
from graphbp.document.update import update_step
from graphbp.document.wording import counted, numeral
from graphbp.engine import Result
from graphbp.graph import Role
from graphbp.network import Network
from graphbp.network.save import canonical
from graphbp.notation import styles
from graphbp.notation.names import Label
from graphbp.notation.numbers import NumberStyle
from graphbp.notation.prose import Piece, Prose, prose
from graphbp.notation.tree import Equation, Mark, Mul, Partial, Symbol
from graphbp.theme import Theme


def derivation_document(
    derivation: Derivation,
    result: Result | None = None,
    *,
    digits: int = 4,
    exact: bool = False,
    theme: Theme | None = None,
    pictures: bool = True,
) -> Document:
    """The whole document; without a result it is written in symbols alone."""
    from graphbp import theme as themes

    network = derivation.network
    found = units(network)
    drawn = pictures_of(network, theme or themes.get("paper")) if pictures else None
    table, names = notation_table(network, found, on_edges=drawn is not None and drawn.weights_on_edges)
    findings = tuple(derivation.found)
    update, update_names = _descent(derivation, result, digits)
    blocks: tuple[Block, ...] = (
        Columns(((drawn.whole(),), (table,))) if drawn else table,
        *_style_note(network),
        *_section("What is given", given_blocks(network, found, digits) if result or not network.has_numbers else ()),
        *_section("Forward pass", (*_first_example(result), forward_pass(derivation)) if derivation.forward else ()),
        *_section(_heading(network), _backward(derivation, found, drawn)),
        *(gradient_table(derivation, findings) if len(findings) > 1 else ()),
        *_numbers(derivation, result, digits),
        *evidence_note(findings),
        *update,
    )
    return Document(
        (network.title or "Backpropagation, step by step",),
        blocks,
        subtitle(network, found, digits if result is not None else None),
        names.renamed(update_names),
        NumberStyle(digits, exact),
        Records(derivation, result),
        network.loss_name,
        partial(canonical, network),
        partial(network_facts, network, result),
    )


def _style_note(network: Network) -> tuple[Block, ...]:
    """Whose names these are, and which letter is the target, where they are not the lecture's."""
    style = styles.get(network.style)
    says = f": {style.says}" if style.says else ""
    return (Note((f"Names as in {style.title}{says}.",)),) if network.style != styles.DEFAULT else ()


def _backward(derivation: Derivation, found: Sequence[Unit], drawn: Pictures | None) -> tuple[Block, ...]:
    return (idea(found, derivation), *told_note(derivation), *backward_pass(derivation, drawn))


def _heading(network: Network) -> str:
    return "Backward pass" if network.has_loss or network.givens else "Forward factors"


def _numbers(derivation: Derivation, result: Result | None, digits: int) -> tuple[Block, ...]:
    """What only numbers can tell: every example, and the gradients beside difference quotients."""
    if result is None:
        return ()
    network, wrt = derivation.network, derivation.wrt
    check = check_table(comparisons(network, result, wrt), result.total or network.loss_name)
    return (*example_table(network, result, wrt, digits), *check)


def _descent(
    derivation: Derivation, result: Result | None, digits: int
) -> tuple[tuple[Block, ...], Mapping[str, Label]]:
    """What gradients are for: an update in one vector, else name by name, and the names that it introduces."""
    if result is None:
        return (), {}
    update, labels = descent(derivation, result, digits)
    return (update, labels) if update else update_step(derivation.network, result, derivation.wrt, digits)


def _section(title: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    return (Heading((title,)), *blocks) if blocks else ()


def _first_example(result: Result | None) -> tuple[Block, ...]:
    if result is None or len(result.examples) < 2:
        return ()
    return (Paragraph(("The numbers of the first example, here and in the backward pass:",)),)


def subtitle(network: Network, found: Sequence[Unit], digits: int | None) -> Prose:
    """What kind of network it is, and how its numbers are shown."""
    parts = [network.description] if network.description else [_counts(network, found), _functions(network, found)]
    if digits is not None:
        parts.append(f"{numeral(digits)} significant digit{'' if digits == 1 else 's'}")
    told = network.title.casefold()
    text = " ".join(_sentence(part) for part in parts if part and part.casefold() not in told)
    return (text,) if text else ()


def _sentence(text: str) -> str:
    """The words with a capital letter before, unless a formula stands first, and a full stop behind them."""
    first = text.partition(" ")[0].rstrip(",;:")
    return (text[:1].upper() + text[1:] if first.isalpha() else text).rstrip(".") + "."


def _counts(network: Network, found: Sequence[Unit]) -> str:
    """Two inputs, two hidden units, two outputs."""
    inputs = [node for node in network.graph.named if node.role is Role.INPUT]
    if not found or any(node.shape for node in network.graph.named):
        return ""
    last = max(unit.layer for unit in found)
    hidden, outputs = sum(unit.layer < last for unit in found), sum(unit.layer == last for unit in found)
    words = [(len(inputs), "input"), (hidden, "hidden unit"), (outputs, "output")]
    return ", ".join(counted(count, noun) for count, noun in words if count)


def _functions(network: Network, found: Sequence[Unit]) -> str:
    """Sigmoid units; a function of the author's own is told in the table of signs."""
    names = list(dict.fromkeys(unit.function for unit in found if unit.function))
    if not network.functions.keys().isdisjoint(names):
        return ""
    return f"{' and '.join(names)} units" if names and found else ""


_NO_LOSS = """The gradient of a weight is a forward factor times a backward factor. Without a loss there is no
backward factor yet; the forward factor is the value that the weight multiplies, read off the forward pass."""
_PATHS = """A change of a node reaches {l} along every path that leads there. Along one path the local derivatives are
multiplied; where several paths lead on, their products are added."""
_LAYERS = """Every layer turns the gradient of its output into the gradients of what it was made of, so one sweep back
from the loss finds them all. A gradient has the shape of the array that it belongs to."""
_CLOSED = """A closed form writes a gradient in the leaves alone. What it repeats, backpropagation computes once:
compare the numbers of operations."""
_UNITS = """A weight acts only through the sum that it enters: {product}, forward factor times backward factor.
The forward pass gives the first; one sweep back from the loss gives the second."""


def idea(found: Sequence[Unit], derivation: Derivation) -> Paragraph:
    """The method in two sentences."""
    network = derivation.network
    loss = Symbol(network.loss_name)
    if not network.has_loss and not network.givens:
        return Paragraph(_filled(_NO_LOSS))
    if derivation.reading == "closed":
        return Paragraph(_filled(_CLOSED))
    if not found or derivation.reading == "path":
        return Paragraph(_filled(_PATHS, l=loss))
    if any(network.shape(unit.z) for unit in found):
        return Paragraph(_filled(_LAYERS))
    pairs = [(weight, unit.z) for unit in found for weight, _ in unit.weights]
    w, z = map(Symbol, next((pair for pair in pairs if pair[0] in derivation.wrt), pairs[0]))
    product = Mul((Mark(Partial(z, w), "forward"), Mark(Partial(loss, z), "backward")))
    return Paragraph(_filled(_UNITS, product=Equation(Partial(loss, w), (product,))))


def _filled(text: str, **parts: Piece) -> Prose:
    return prose(text.replace("\n", " "), **parts)
