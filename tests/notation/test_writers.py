"""Every writer knows every kind of term, and writes it as a person would."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from graphbp.notation.latex import LatexWriter
from graphbp.notation.names import Names, default_label, parse_latex_name
from graphbp.notation.plain import PlainWriter
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import (
    KINDS,
    Bracket,
    Compare,
    Correlate,
    Delta,
    Dilate,
    Entry,
    Equation,
    Flip,
    Index,
    Mark,
    Max,
    Neg,
    Number,
    Outer,
    Pad,
    Partial,
    Reduce,
    Sum,
    Symbol,
    Transpose,
    Upsample,
    Within,
    affine,
)
from graphbp.notation.typst import TypstWriter
from graphbp.notation.unicode import UnicodeWriter
from graphbp.notation.writer import Writer
from tests.notation.strategies import formulas

WRITERS: tuple[type[Writer], ...] = (TypstWriter, LatexWriter, UnicodeWriter, PlainWriter)


@pytest.mark.parametrize("writer", WRITERS)
def test_one_method_for_each_kind(writer: type[Writer]) -> None:
    wanted = {f"write_{kind.__name__.lower()}" for kind in KINDS}
    methods = {name for name in dir(writer) if name.startswith("write_")}
    assert methods == wanted


FORMULAS = [
    (
        "w1*x1 + w2*x2 + b1",
        "w_(1) x_(1) + w_(2) x_(2) + b_(1)",
        "w_{1} x_{1} + w_{2} x_{2} + b_{1}",
        "w₁·x₁ + w₂·x₂ + b₁",
    ),
    ("-a*b", "-a b", "-a b", "−a·b"),
    ("a*(-b)", "a (-b)", "a (-b)", "a·(−b)"),
    ("2*(-3)", "2 ⋅ (-3)", r"2 \cdot (-3)", "2 · (−3)"),
    ("0.4*0.5", "0.4 ⋅ 0.5", r"0.4 \cdot 0.5", "0.4 · 0.5"),
    ("(y - t)**2/2", "frac((y - t)^(2), 2)", r"\frac{(y - t)^{2}}{2}", "(y − t)²/2"),
    ("(1/2)*(y - t)**2", "frac(1, 2) thin (y - t)^(2)", r"\frac{1}{2} \, (y - t)^{2}", "(1/2)·(y − t)²"),
    ("X @ W.T + b", "X W^(⊤) + b", r"X W^{\top} + b", "X·Wᵀ + b"),
    ("sigmoid(z1)", "sigma(z_(1))", r"\sigma(z_{1})", "σ(z₁)"),
    ("exp(-z)", "e^(-z)", "e^{-z}", "e⁻ᶻ"),
    ("a - (b - c)", "a - (b - c)", "a - (b - c)", "a − (b − c)"),
    ("(a + b)**2", "(a + b)^(2)", "(a + b)^{2}", "(a + b)²"),
    ("(a/b)**2", "(frac(a, b))^(2)", r"\left(\frac{a}{b}\right)^{2}", "(a/b)²"),
    ("W1[0, 1]*yhat", "W_(12)^(1) hat(y)", r"W_{12}^{1} \hat{y}", "W₁₂¹·ŷ"),
    ("g(x)", "g(x)", "g(x)", "g(x)"),
    ("sqrt(v + eps)", "sqrt(v + epsilon)", r"\sqrt{v + \epsilon}", "√(v + ε)"),
    ("abs(x)", "abs(x)", r"\lvert x \rvert", "|x|"),
]


@pytest.mark.parametrize(("text", "typst", "latex", "unicode"), FORMULAS)
def test_formulas_in_every_language(text: str, typst: str, latex: str, unicode: str) -> None:
    tree = parse_formula(text)
    assert PlainWriter().write(tree) == text
    assert TypstWriter().write(tree) == typst
    assert LatexWriter().write(tree) == latex
    assert UnicodeWriter().write(tree) == unicode


ROW, COLUMN, A = Index("i", "N"), Index("j", "M"), Index("a", 4)
X, G, K = Symbol("X"), Symbol("G"), Symbol("K")
INDEXED = [
    (Sum((ROW,), Entry(X, (ROW, COLUMN)) * Entry(G, (ROW,))), "Σᵢ Xᵢⱼ·Gᵢ"),
    (Entry(X, (affine((ROW, 2), (COLUMN, 1), -1), A)), "X₂ᵢ₊ⱼ₋₁,ₐ"),
    (Delta(ROW, A), "δᵢ,ₐ"),
    (Max((ROW,), Entry(X, (ROW,))), "maxᵢ Xᵢ"),
    (Bracket(Compare(Symbol("z"), ">", Number(0))), "[z > 0]"),
    (Bracket(Within(ROW, 3)), "[0 ≤ i < 3]"),
    (Partial(Symbol("l"), Entry(X, (ROW, COLUMN))), "∂l/∂Xᵢⱼ"),
    (Partial(Symbol("z"), Symbol("x"), total=True), "dz/dx"),
    (Neg(Sum((ROW,), Entry(X, (ROW,)))) + Symbol("b"), "−Σᵢ Xᵢ + b"),
    (Outer(Symbol("u"), Symbol("v")), "u·vᵀ"),
    (Reduce(G, "column"), "Σ_(rows) G"),
    (Correlate(Pad(G, ((2, 2), (2, 2))), Flip(K, (0, 1))), "pad₂(G) ⋆ K̃"),
    (Dilate(G, (2, 2)), "dilate₂(G)"),
    (Upsample(G, (2, 2)), "repeat_(2×2)(G)"),
    (Transpose(Partial(Symbol("l"), X)), "(∂l/∂X)ᵀ"),
    (Equation(Symbol("a"), (Symbol("b"), Number(2))), "a = b = 2"),
    (Mark(Symbol("w1"), "parameter") * Mark(Partial(Symbol("l"), Symbol("z")), "backward"), "w₁·∂l/∂z"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "text"), INDEXED)
def test_index_and_layer_forms(term: object, text: str) -> None:
    assert UnicodeWriter().write(term) == text  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(formulas())
def test_what_is_written_reads_back(tree: object) -> None:
    text = PlainWriter().write(tree)  # type: ignore[arg-type]
    assert parse_formula(text) == tree


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_latex_is_balanced(tree: object) -> None:
    text = LatexWriter().write(tree)  # type: ignore[arg-type]
    depth = 0
    for char in text.replace(r"\{", "").replace(r"\}", ""):
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\begin") == text.count(r"\end")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulas())
def test_typst_compiles_it(tree: object) -> None:
    import typst

    page = "#set page(width: auto, height: auto)\n$ " + TypstWriter().write(tree) + " $"  # type: ignore[arg-type]
    assert typst.compile(page.encode(), format="svg")


def test_every_kind_compiles_in_typst() -> None:
    import typst

    roles = "\n".join(f"#let ink{role}(x) = x" for role in Mark.roles)
    lines = "\n".join(f"$ {TypstWriter().write(term)} $" for term, _ in INDEXED)  # type: ignore[arg-type]
    assert typst.compile((roles + "\n#set page(height: auto)\n" + lines).encode(), format="svg")


def test_a_writer_without_a_kind_is_noticed() -> None:
    class Forgetful(UnicodeWriter):
        write_sum = None  # type: ignore[assignment]

    with pytest.raises(TypeError):
        Forgetful().write(Sum((ROW,), X))


@pytest.mark.parametrize(
    ("name", "rank", "shown"),
    [
        ("z1", 0, "z₁"),
        ("W1", 2, "W¹"),
        ("b1", 1, "b¹"),
        ("yhat", 0, "ŷ"),
        ("yhat2", 0, "ŷ₂"),
        ("alpha", 0, "α"),
        ("lam", 0, "λ"),
        ("w_1_2", 0, "w₁,₂"),
        ("x_out", 0, "xₒᵤₜ"),
        ("loss", 0, "loss"),
        ("l^n", 0, "lⁿ"),
        ("sigma2", 0, "σ₂"),
    ],
)
def test_default_names(name: str, rank: int, shown: str) -> None:
    assert UnicodeWriter(Names({name: default_label(name, rank)})).write(Symbol(name)) == shown


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        ("z_1", "z₁"),
        (r"\hat{y}_1", "ŷ₁"),
        (r"\hat y_1", "ŷ₁"),
        ("a^{(1)}_{2}", "a₂⁽¹⁾"),
        (r"\theta", "θ"),
        (r"\mathbf{W}^{2}", "W²"),
        (r"z^{1}_{12}", "z₁₂¹"),
        (r"\text{loss}", "loss"),
        (r"w_{\text{out}}", "wₒᵤₜ"),
    ],
)
def test_names_in_latex(latex: str, shown: str) -> None:
    assert UnicodeWriter(Names({"x": parse_latex_name(latex)})).write(Symbol("x")) == shown


def test_sizes_and_subscripts_of_calls_are_no_columns_and_no_options() -> None:
    """reshape(B, [2, 3]) and einsum("ij,jk->ik", A, B) are written as the layer forms that they are."""
    writer = UnicodeWriter()
    assert writer.write(parse_formula("reshape(B, [2, 3])")) == "reshape_(2×3)(B)"
    assert writer.write(parse_formula("reshape(B, shape=[2, -1])")) == "reshape_(2×−1)(B)"
    assert writer.write(parse_formula('einsum("ij,jk->ik", A, B)')) == "einsum_(ij,jk->ik)(A, B)"
