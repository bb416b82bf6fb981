"""What a user calls on a network: load, run, explain, draw, check.  Engines are loaded inside the functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphbp import network
from graphbp.errors import FileProblem, did_you_mean
from graphbp.files import write_whole as write_whole
from graphbp.network.declared import shown

if TYPE_CHECKING:
    from graphbp.api.explanation import Drawing, Explanation, Page
    from graphbp.api.readout import Numbers as Numbers
    from graphbp.check.functions import FunctionReport, GradientReport
    from graphbp.check.verdict import Verdict as Verdict
    from graphbp.engine import Result
    from graphbp.notation.names import Names


class Network(network.Network):
    """A network: declare its nodes, then run, explain or draw it.

    >>> net = Network("one weight")
    >>> w, x = net.parameter("w", 0.5), net.input("x", 3)
    >>> l = net.loss("l", (w * x - 1) ** 2)
    >>> float(net.run()["w"].gradient)
    3.0
    """

    @cached_property
    def names(self) -> Names:
        """How every node is shown: in the network's style, and as its author spelled it for that style."""
        return self.names_as_written if self.style == "lecture" else self._styled()

    def _styled(self) -> Names:
        from graphbp.derive.naming import styled_labels
        from graphbp.notation import styles

        found = styled_labels(self, styles.get(self.style))
        own = self.latex_names if self.style == self.written_style else ()
        return self.names_as_written.renamed({name: label for name, label in found.items() if name not in own})

    def run(self, values: Mapping[str, Any] | None = None, *, dtype: str = "float64") -> Result:
        """The numbers of all nodes forward, and on demand all gradients backward.

        Raises: ValueMissing if a leaf has no number.
        """
        from graphbp import engine

        return engine.run(self, values, dtype=dtype)

    def explain(self, wrt: Iterable[str] | str | None = None, *, only: str | None = None, reading: str | None = None,
                detail: str = "normal", numbers: str = "decimal", digits: int = 4,
                theme: str = "paper") -> Explanation:  # fmt: skip
        """The derivation of the gradients, as a document that shows and saves itself."""
        from graphbp.api.explanation import explain

        return explain(self, wrt, only=only, reading=reading, detail=detail, numbers=numbers, digits=digits,
                       theme=theme)  # fmt: skip

    def draw(self, view: str = "graph", *, show: Iterable[str] | None = None, fold: int | None = None,
             theme: str = "paper", digits: int = 3, wrt: Iterable[str] | str | None = None,
             steps: int | None = None) -> Drawing:  # fmt: skip
        """A picture of the network: its computation graph, its units, the reverse network, or gradient descent.

        Without `fold` and `show` a picture shows as much as can be read on a slide.  The view `descent` shows
        `steps` updates of one parameter or two, named by `wrt`, over the loss.
        """
        from graphbp.api.explanation import draw

        return draw(self, view, show=show, fold=fold, theme=theme, digits=digits, wrt=wrt, steps=steps)

    def check(self, claim: str, *, hint: int = 2) -> Verdict:
        """The verdict on a claim such as "dl/dw1 = …", of one line or of many.

        >>> load("(w*x - t)**2").check("dl/dw = 2*(w*x - t)*x").outcome
        'right'
        """
        from graphbp.api.checking import check

        return check(self, claim, hint)

    def check_many(self, claims: Iterable[str], files: Iterable[str | Path] = (), *, hint: int = 2) -> list[Verdict]:
        """The verdicts on many claims and on files of claims, each in a budget of its own.

        Raises: FileProblem if a file cannot be read.
        """
        from graphbp.api.checking import check_many

        return check_many(self, claims, map(Path, files), hint)

    def check_function(self, function: Callable[..., Any]) -> FunctionReport:
        """The report on a backward pass in NumPy: `function(values)` returns a gradient for each name."""
        from graphbp.api.checking import check_function

        return check_function(self, function)

    def _repr_svg_(self) -> str:
        """The network as notebooks show it."""
        return self.draw()._repr_svg_()

    def sympy(self, name: str, wrt: str | None = None) -> Any:
        """A node as SymPy's expression of the leaves, or its derivative.

        Raises: GraphbpError if there is no such node, or if arrays occur.

        >>> net = load("(w*x - t)**2")
        >>> net.sympy("l", wrt="w")
        2*x*(-t + w*x)
        """
        from graphbp.api.algebra import closed_form

        return closed_form(self, name, wrt)


def numbers(network: Network) -> Numbers:
    """All values and gradients of a network, ready to be printed.

    Raises: ValueMissing if a leaf has no number.
    """
    from graphbp.api.readout import numbers

    return numbers(network)


def load(source: str | Path) -> Network:
    """The network in a file, on standard input (-), in the gallery, or in a formula.

    Raises: GraphbpError, with file and line where there are any.

    >>> load("two-layer").title
    'Two inputs, two hidden units, two outputs'
    >>> load("sigmoid(w*x + b)").loss_name
    'l'
    """
    return Network.of(_load(source))


def loads(text: str) -> Network:
    """The network that the text of a network file describes.

    Raises: GraphbpError, with line and column.

    >>> loads("parameters: {w: 0.5}\\nloss: {l: w**2}").loss_name
    'l'
    """
    from graphbp.importers import yaml_file

    return Network.of(yaml_file.read_network(text))


def _load(source: str | Path) -> network.Network:
    from graphbp import gallery
    from graphbp.importers import expression, yaml_file

    text = str(source)
    if not text.strip():
        raise FileProblem("no network is named", fix="name a file, an example or a formula")
    if text == "-":
        return yaml_file.load_stdin()
    if not isinstance(source, Path) and text in gallery.names() and not Path(text).is_file():
        return gallery.load(text)
    if isinstance(source, Path) or _exists(text):
        return yaml_file.load_file(Path(source))
    if expression.looks_like_formula(text):
        return expression.read_expression(text)
    remedy = did_you_mean(text, gallery.names()) or "graphbp examples lists the networks that come with graphbp"
    raise FileProblem(f"there is no file and no example {shown(text)}", fix=remedy)


def _exists(text: str) -> bool:
    """Whether there is something of that name; a text that cannot be a file's name is none."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def example(name: str) -> Network:
    """A network of the gallery.

    Raises: UsageError if there is none of that name.
    """
    from graphbp import gallery

    return Network.of(gallery.load(name))


def examples() -> Mapping[str, str]:
    """The names of the gallery's networks, each with what it shows.

    >>> examples()["one-neuron"]
    'the shortest derivation with numbers, one sigmoid neuron with two inputs'
    """
    from graphbp import gallery

    return {name: gallery.describe(name) for name in gallery.names()}


def example_text(name: str) -> str:
    """The file of a gallery network.

    Raises: UsageError if there is none of that name.
    """
    from graphbp import gallery

    return gallery.text(name)


def read_literal(text: str) -> Any:
    """A number or a nested list, as it stands in a file.

    Raises: GraphbpError.
    """
    from graphbp.importers.yaml_values import read_literal

    return read_literal(text)


def starter(layers: str | None = None) -> str:
    """A commented network file to start from; `layers` gives widths, as in "2 3 1".

    Raises: UsageError if the widths cannot be read.
    """
    from graphbp.gallery.starter import starter

    return starter(layers)


def from_sympy(expression: Any, title: str = "") -> Network:
    """The network whose loss is a SymPy expression; its symbols become leaves as in a formula.

    Raises: UsageError if the expression holds something that has no counterpart.
    """
    from graphbp.importers.sympy_expression import read_sympy

    return Network.of(read_sympy(expression, title))


def operations() -> Mapping[str, str]:
    """The names of all operations, each with what it does.

    >>> operations()["sigmoid"]
    'Logistic function, squashes a real number into (0, 1).'
    """
    from graphbp import ops
    from graphbp.document.operation import summary

    return {name: summary(name) for name in ops.names()}


def operation(name: str) -> Page:
    """The page of an operation: definition, gradients with their derivation, defaults, kinks.

    Raises: NameProblem if there is none of that name.
    """
    from graphbp import theme
    from graphbp.api.explanation import Page
    from graphbp.document.operation import operation_document

    return Page(lambda pictures: operation_document(name), theme.get("paper"))


def check_endings(paths: Iterable[str | Path], *, picture: bool) -> None:
    """Refuse files whose ending tells no format, before any work is done.

    Raises: UsageError with the endings that do.
    """
    from graphbp.api.explanation import check_endings

    check_endings(paths, picture=picture)


def check_gradient(function: Callable[..., Any], gradient: Any, *, at: Any, **options: Any) -> GradientReport:
    """Whether `gradient` is the gradient of a NumPy function at a point; see `graphbp.check.functions`."""
    from graphbp.check.functions import check_gradient

    return check_gradient(function, gradient, at=at, **options)


def report_verdicts(verdicts: Sequence[Verdict], form: str = "text") -> str:
    """Verdicts as text, json, junit or csv."""
    from graphbp.api.checking import report

    return report(verdicts, form)


def save_verdicts(network: Network, verdicts: Sequence[Verdict], *paths: str | Path, theme: str = "paper") -> None:
    """Write verdicts as documents; the ending tells the format.

    Raises: UsageError for an unknown ending, FileProblem if a file cannot be written.
    """
    from graphbp.api.checking import save_verdicts

    save_verdicts(network, verdicts, *paths, theme=theme)
