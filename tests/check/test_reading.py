"""The reader of claims: the corpus of formulas, names, ambiguities, messages, hostile texts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbp.check.claim import Claim, ClaimLine, Unreadable
from graphbp.check.reading import language_of, read_claim
from graphbp.errors import GraphbpError
from graphbp.notation.plain import PlainWriter
from graphbp.notation.tree import Number
from tests.check.reading_networks import network

CORPUS = Path(__file__).parent / "corpus"
ARROW = "    > "


def blocks(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Network, text and expected lines of every formula of a corpus file."""
    where = ""
    for block in (CORPUS / name).read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith("##")]
        if lines and lines[0].startswith("@ "):
            where = lines.pop(0)[2:]
        if lines:
            text = "\n".join(line for line in lines if not line.startswith(ARROW))
            yield where, text, [line.removeprefix(ARROW) for line in lines if line.startswith(ARROW)]


def shown(line: ClaimLine) -> str:
    """A line in the corpus's notation."""
    write = PlainWriter().write
    left = "" if line.left is None else write(line.left)
    text = f"{left} {':=' if line.definition else '='} {' = '.join(write(right) for right in line.rights)}"
    text += f" | for all {', '.join(index.name for index in line.free)}" if line.free else ""
    text += f" | {line.where}" if line.where else ""
    return (text + (f" | usual {write(line.usual)}" if line.usual is not None else "")).strip()


def read(text: str, name: str = "two-layer") -> Claim:
    """The claim about a network of the corpus."""
    return read_claim(text, network(name))


def right(text: str, name: str = "two-layer") -> str:
    """The right side of a claim of one line."""
    return PlainWriter().write(read(text, name).lines[0].rights[0])


FORMULAS = list(blocks("formulas.txt"))
REFUSED = list(blocks("refused.txt"))


def test_the_corpus_is_large() -> None:
    assert len(FORMULAS) >= 250
    assert sum(language_of(text) == "latex" for _, text, _ in FORMULAS) >= 100


@pytest.mark.parametrize(
    ("name", "text", "expected"), FORMULAS, ids=[f"{name}: {text[:60]}" for name, text, _ in FORMULAS]
)
def test_corpus(name: str, text: str, expected: list[str]) -> None:
    assert [shown(line) for line in read(text, name).lines] == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"), REFUSED, ids=[f"{name}: {text[:60]}" for name, text, _ in REFUSED]
)
def test_refused(name: str, text: str, expected: list[str]) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text, name)
    error = caught.value
    assert f"{error.line}:{error.column} {error.what}" == expected[0]
    assert list(error.readings) == expected[1:]
    line, caret = error.picture().split("\n")
    assert caret.strip() == "^" and len(caret) <= len(line) + 1


@pytest.mark.parametrize("name", ["two-layer", "layers", "softmax", "batch", "recurrent", "lecture-d3", "lecture-e8"])
def test_every_node_is_found_under_its_id_and_its_printed_name(name: str) -> None:
    from graphbp.notation.latex import LatexWriter
    from graphbp.notation.tree import Symbol
    from graphbp.notation.unicode import UnicodeWriter

    net = network(name)
    for node in net.graph.named:
        for text in (
            node.id,
            UnicodeWriter(net.names).write(Symbol(node.id)),
            f"{{{LatexWriter(net.names).write(Symbol(node.id))}}}",
        ):
            language = "latex" if text.startswith("{") else "plain"
            assert read_claim(f"{text} = 1", net, language).lines[0].left == Symbol(node.id), text


def test_numbers_keep_their_text() -> None:
    number = read("dl/dw1 = 0.08220").lines[0].rights[0]
    assert isinstance(number, Number) and number.text == "0.08220"


def test_a_line_knows_its_place() -> None:
    claim = read("dl/dy1 = y1 - t1\n\n  dl/dz3 = dl/dy1 y1(1 - y1)  # by the chain rule\n   = 0.1")
    assert [(line.n, claim.text[line.start :].startswith(line.text)) for line in claim.lines] == [
        (1, True),
        (2, True),
        (3, True),
    ]
    assert claim.lines[1].text == "dl/dz3 = dl/dy1 y1(1 - y1)" and claim.lines[2].left is None


def test_an_error_in_a_later_line_is_placed_there() -> None:
    with pytest.raises(Unreadable) as caught:
        read("dl/dy1 = y1 - t1\ndl/dw9 = 3")
    assert (caught.value.line, caught.value.column, caught.value.text) == (2, 5, "dl/dw9 = 3")


def test_what_was_expected_is_told() -> None:
    with pytest.raises(Unreadable) as caught:
        read("dl/dw1 = 2 *")
    assert caught.value.expected == ("a value",)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(Unreadable, match="did you mean sigmoid"):
        read("dl/dw1 = sigmod(z1)")


def test_a_line_that_the_derivation_prints_can_be_read() -> None:
    assert right("dl/dW1[i, j] = sum_{k}(W2[k, i]*dl/dz2[k])*x[j]", "layers") == "sum_{k}(W2[k, i]*dl/dz2[k]*x[j])"
    assert right("dp[i]/dz[j] = p[i]*(delta(i, j) - p[j])", "softmax") == "p[i]*(delta(i, j) - p[j])"


@pytest.mark.parametrize(
    "name",
    ["two-layer", "lecture-c1", "lecture-e7", "chain-rule-two-paths", "lecture-e4", "stacked-parameters"],
)
@pytest.mark.parametrize("reading", ["unit", "entry"])
def test_every_line_of_a_derivation_can_be_read(name: str, reading: str) -> None:
    from graphbp.derive.derive import derive

    net, write = network(name), PlainWriter().write
    for step in derive(net, reading=reading).steps:
        for claim in (step.claim, *(line.claim for line in step.substeps)):
            assert read_claim(write(claim), net, "plain").lines, write(claim)


# Hostile texts

HOSTILE = [
    "__import__('os').system('touch x')",
    "().__class__.__bases__",
    "dl/dw1 = 9**9**9",
    "dl/dw1 = " + "(" * 100_000,
    "[" * 100_000 + "]" * 100_000,
    "dl/dw1 = " + "x1 + " * 2_000_000,
    "dl/d" + "w" * 10_000 + " = 1",
    "dl/dw1 = \0",
    "dl/dw1 = \u202e3",
    "dl/dw1 = 1" + " + 1" * 12_000,
    "dl/dw1 = exp(exp(exp(exp(x1))))",
    r"\input{/etc/passwd}",
    r"\write18{ls} = 1",
    '#read("/etc/passwd")',
    "dl/dw1 = \udcff",
    "dl/dw1 = " + "-" * 20_000 + "1",
    "dl/dw1 = " + "x1^" * 15_000 + "2",
    "dl/dw1 = " + "{" * 5_000,
    r"\frac{" * 9_000,
    "dl/dw1 = " + "x1 " * 12_000,
    "=" * 50_000,
    "\n" * 49_000 + "x",
    "dl/dw1 = " + "log " * 10_000 + "x1",
    "dl/dw1 = " + "x1x2" * 10_000,
    "dl/dw1 = " + "sum_k " * 8_000,
    "w_" * 20_000 + " = 1",
    "dl/dw1 = " + "1e999999999",
    "dl/dw1 = " + "9" * 40_000,
    r"\begin{matrix}" * 3_000,
    r"\mathbf" * 7_000 + "{w}",
    r"\hat" * 9_000 + " y = 1",
    "d" * 40_000 + "/" + "d" * 9_000,
    "∂l/∂" * 12_000,
    r"\\ " * 16_000 + "= 1",
    "a_{i" * 9_000,
    "dl/dw1 = " + "[z1 > 0]" * 6_000,
    "dl/dw1 = 1" + "/x1" * 15_000,
    "dl/dw_i" + "_j" * 9_000 + " = 1",
    "$" * 50_000,
    "% " * 20_000,
    "dl/dw1 = " + "a_{ijk}" * 5_000,
    r"\partial l/\partial " * 2_400,
    r"\text{for all " * 3_000,
    "dl/dw1 = 1, " * 4_000,
    r"\sqrt[3]" * 6_000,
    "dl/dw1 = " + "⟨" * 4_000,
    r"dl/dw1 = \prod_{k=1}^{999} \prod_{j=1}^{999} w_k w_j",
    r"\prod_{k=1}^{999} " * 200 + "x_k = 1",
    "dl/dw1 = " + r"\sum_{k=1}^{8} " * 12 + "w_k",
    "the chain " * 390 + ", dl/dw1 = 3",
    "dl/dw1 = 1 " + "by the " * 550,
    "dl/dw1 = " + "||x1|" * 700,
    r"\left\{\begin{array}{ll}" * 150,
    "dl/dw1 = " + "1_{z1>0} " * 400,
    "delta(" * 600,
    "C_1[a] = " * 400,
    "a_i = b_i\n" * 60,
    "dl/dw1 = einsum('" + "i," * 1_500 + "->', x1)",
    "w1 → " * 600 + "1",
    "x1[:, None]" * 300 + " = 1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:30]) for text in HOSTILE])
@pytest.mark.parametrize("language", ["plain", "latex", None])
def test_hostile_texts_are_refused_quickly(text: str, language: str | None) -> None:
    net = network("two-layer")
    begin = time.process_time()
    try:
        read_claim(text, net, language)  # type: ignore[arg-type]
    except GraphbpError as error:
        assert len(str(error)) < 1_000
    assert time.process_time() - begin < 2


SNIPPETS = [
    "\\frac",
    "{",
    "}",
    "^",
    "_",
    "(",
    ")",
    "[",
    "]",
    "\\sum",
    "=",
    "+",
    "-",
    "*",
    "'",
    "\\partial ",
    "d",
    "l",
    "w",
    "1",
    "\\sigma",
    "&",
    "\\\\",
    "\\begin{cases}",
    "\\end{cases}",
    "σ",
    "′",
    "₁",
    "²",
    "ᵀ",
    "Σ_k",
    "\\left",
    "\\right",
    "|",
    "\\text{if}",
    "\\mathbf",
    "\\hat",
    "/",
    "where(",
    "<",
    ",",
    ":",
    "\\top",
    "e",
    "∇",
    "∂",
    "\n",
    "$",
    "\\mathbb{1}",
    " if ",
    " else ",
    "\\over",
    "{,}",
    "@",
    "\\nabla",
    "\\begin{bmatrix}",
    "\\end{bmatrix}",
    "…",
    "1[",
    "sum(",
    "log ",
    ".T",
    ".sum(",
    "0.5",
    "W_{ij}",
    "δ",
    "\\!",
    "⟨",
    "⟩",
    "\\langle",
    "\\prod_{k=1}^{2}",
    "Δ",
    "→",
    "//",
    "%2",
    "'ij,j->i'",
    "[:, None]",
    "^{[2](i)}",
    "_n",
    "\\text{ else }",
    "||",
    "\\partial_",
    " where ",
    ", so ",
    "[a] = ",
]
VALID = [text for _, text, _ in FORMULAS]
NETS = st.sampled_from(["two-layer", "layers", "batch", "lecture-c1"])
LANGUAGES = st.sampled_from(["plain", "latex", None])
QUICK = settings(max_examples=300, deadline=2_000, suppress_health_check=list(HealthCheck), derandomize=True)


def only_our_errors(text: str, name: str, language: str | None) -> None:
    """Read, and let nothing but our own errors pass."""
    try:
        read_claim(text, network(name), language)  # type: ignore[arg-type]
    except GraphbpError as error:
        if isinstance(error, Unreadable):
            error.picture()


@QUICK
@given(st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=25), NETS, LANGUAGES)
def test_random_texts_raise_only_our_errors(parts: list[str], name: str, language: str | None) -> None:
    only_our_errors("".join(parts), name, language)


@QUICK
@given(
    st.sampled_from(VALID),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 4), st.sampled_from(SNIPPETS) | st.text(max_size=2)),
        min_size=1,
        max_size=5,
    ),
    NETS,
    LANGUAGES,
)
def test_mutated_formulas_raise_only_our_errors(
    text: str, changes: list[tuple[float, int, str]], name: str, language: str | None
) -> None:
    for where, cut, put in changes:
        place = int(where * len(text))
        text = text[:place] + put + text[place + cut :]
    only_our_errors(text, name, language)
