"""The network file: YAML whose texts are formulas and numbers of graphbp's own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from graphbp.errors import FileProblem, GraphbpError, GraphError, Source
from graphbp.graph import Role
from graphbp.importers.yaml_tree import LARGEST_FILE, Item, Listing, Scalar, Table, decode, read_tree, too_large
from graphbp.importers.yaml_values import (
    only_keys,
    read_formula,
    read_list,
    read_names,
    read_number,
    read_shape,
    read_table,
    read_text,
    read_value,
    read_whole,
)  # fmt: skip
from graphbp.network import Network
from graphbp.network.declared import shown
from graphbp.notation.styles import preset

KEYS = (
    "graphbp", "title", "description", "inputs", "parameters", "targets", "functions", "layers", "nodes", "loss",
    "given", "data", "total", "learning_rate", "style", "names",
)  # fmt: skip
GROUPS = {"inputs": Role.INPUT, "parameters": Role.PARAMETER, "targets": Role.TARGET}
GRADIENT = re.compile(r"\s*[d∂](?P<loss>\w+?)\s*/\s*[d∂](?P<node>\w+)\s*")
SIGNATURE = re.compile(r"\s*(?P<name>\w+)\s*\((?P<params>[^()]*)\)\s*")
OPEN = "add loss: {l: …}, or given: {dl/dz: ~}, or loss: ~ if the network is meant to end without one"


def load_file(path: Path) -> Network:
    """The network in a file.

    Raises: GraphbpError with file and line.
    """
    return read_network(decode(_content(path), str(path)), str(path))


def load_stdin() -> Network:
    """The network on standard input.

    Raises: GraphbpError with line.
    """
    return read_network(decode(sys.stdin.buffer.read(LARGEST_FILE + 1), "standard input"), "standard input")


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise too_large(path.stat().st_size, str(path))
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise FileProblem(f"{path} is a folder", fix="name a network file") from None
    except FileNotFoundError:
        raise FileProblem(f"there is no file {path}") from None
    except OSError as error:
        raise FileProblem(f"cannot read {path}: {error.strerror}") from None


def read_network(text: str, file: str | None = None) -> Network:
    """The network that a text describes; checked as a whole.

    Raises: GraphbpError with file, line and column.

    >>> net = read_network("inputs: {x: 2}\\nparameters: {w: 0.5}\\nloss: {l: (w*x)**2}")
    >>> net.loss_name, net.arrays["w"].item()
    ('l', 0.5)
    """
    tree = read_tree(text, file)
    if not isinstance(tree, Table):
        raise FileProblem("this is no network file", source=tree.source, fix="write inputs:, nodes:, loss: …")
    network = _Reader(tree).read()
    # Reading the graph once finds everything that does not fit, before any command starts its work.
    assert network.graph is not None
    return network


class _Reader:
    """Declares every section of the file, functions before the formulas that may call them."""

    def __init__(self, tree: Table) -> None:
        self.tree = tree
        self.net = Network()

    def read(self) -> Network:
        only_keys(self.tree, KEYS, "a network file")
        sections: dict[str, Callable[[Item], None]] = {
            "graphbp": self.version, "title": self.title, "description": self.description, "style": self.style,
            "learning_rate": self.learning_rate, "inputs": self.inputs, "parameters": self.parameters,
            "targets": self.targets, "functions": self.functions, "layers": self.layers, "nodes": self.nodes,
            "loss": self.loss, "given": self.given, "data": self.data, "total": self.total, "names": self.names,
        }  # fmt: skip
        for key, read in sections.items():
            if key in self.tree.rows:
                read(self.tree.rows[key][1])
        self.check_open()
        return self.net

    def version(self, item: Item) -> None:
        if read_text(item, "graphbp") != "1":
            raise FileProblem("this version of graphbp reads files that say graphbp: 1", source=item.source)

    def title(self, item: Item) -> None:
        self.net.title = read_text(item, "title")

    def description(self, item: Item) -> None:
        self.net.description = read_text(item, "description")

    def style(self, item: Item) -> None:
        try:
            self.net.style = self.net.written_style = preset(read_text(item, "style"))
        except GraphbpError as error:
            raise error.at(source=item.source) from None

    def learning_rate(self, item: Item) -> None:
        if not isinstance(item, Scalar):
            raise FileProblem("learning_rate must be a number", source=item.source)
        self.net.learning_rate = None if item.empty else float(read_number(item).value)

    def inputs(self, item: Item) -> None:
        self.leaves("inputs", item)

    def parameters(self, item: Item) -> None:
        self.leaves("parameters", item)

    def targets(self, item: Item) -> None:
        self.leaves("targets", item)

    def leaves(self, group: str, item: Item) -> None:
        """A table of names with values; a list of names is a list of symbols."""
        if isinstance(item, Listing):
            for name in item.items:
                self.leaf(GROUPS[group], read_text(name, group), name.source, Scalar("", True, name.source))
            return
        for text, (source, value) in read_table(item, group).rows.items():
            self.leaf(GROUPS[group], text, source, value)

    def leaf(self, role: Role, name: str, source: Source, item: Item) -> None:
        if not isinstance(item, Table):
            self.net.leaf(name, role, read_value(item), source=source)
            return
        only_keys(item, ("value", "shape", "init", "seed"), name)
        parts = {key: part for key, (_, part) in item.rows.items()}
        self.net.leaf(
            name, role,
            read_value(parts["value"]) if "value" in parts else None,
            shape=read_shape(parts["shape"]) if "shape" in parts else None,
            init=read_text(parts["init"], "init") if "init" in parts else None,
            seed=read_whole(parts["seed"], "seed") if "seed" in parts else 0,
            source=source,
        )  # fmt: skip

    def functions(self, item: Item) -> None:
        for text, (source, value) in read_table(item, "functions").rows.items():
            match = SIGNATURE.fullmatch(text)
            if match:
                params = [part.strip() for part in match["params"].split(",")]
                self.net.function(match["name"], params, read_formula(value, text), source=source)
            elif isinstance(value, Listing):
                self.net.function(text, read_names(value, text), source=source)
            else:
                raise FileProblem(f"cannot read the function {shown(text)}", source=source,
                                  fix='write g: [x] if it is unknown, or "swish(x)": "x*sigmoid(x)"')  # fmt: skip

    def layers(self, item: Item) -> None:
        self.net.layers([read_text(part, "a layer") for part in read_list(item, "layers")], source=item.source)

    def nodes(self, item: Item) -> None:
        loss = self.loss_item()
        for name, (source, value) in read_table(item, "nodes").rows.items():
            # `loss: a2` names a node as the loss.
            declare = self.net.loss if isinstance(loss, Scalar) and loss.text == name else self.net.node
            declare(name, read_formula(value, name), source=source)

    def loss_item(self) -> Item | None:
        return self.tree.rows["loss"][1] if "loss" in self.tree.rows else None

    def loss(self, item: Item) -> None:
        if isinstance(item, Scalar):
            if not item.empty and not self.net.has_loss:
                self.net.loss("l", read_formula(item, "loss"), source=item.source)
            return
        for name, (source, value) in self.one(item, "loss"):
            self.net.loss(name, read_formula(value, name), source=source)

    def one(self, item: Item, what: str) -> list[tuple[str, tuple[Source, Item]]]:
        rows = list(read_table(item, what).rows.items())
        if len(rows) != 1:
            cut = any(isinstance(value, Scalar) and value.empty for _, (_, value) in rows)
            fix = (
                'put a formula with commas in quotes: {l: "mse(y, t)"}'
                if cut
                else "name the parts under nodes, and add them up here"
            )
            raise FileProblem(
                f"{what} needs one name and its formula, and {len(rows)} are given", source=item.source, fix=fix
            )
        return rows

    def given(self, item: Item) -> None:
        for text, (source, value) in read_table(item, "given").rows.items():
            match = GRADIENT.fullmatch(text)
            if not match:
                raise FileProblem(f"cannot read the gradient {shown(text)}", source=source, fix="write dl/dz1: 0.31")
            self.net.given(match["node"], read_value(value), loss=match["loss"], source=source)

    def data(self, item: Item) -> None:
        for row in read_list(item, "data"):
            values = {name: read_value(value) for name, (_, value) in read_table(row, "a row of data").rows.items()}
            missing = [name for name, value in values.items() if value is None]
            if missing or not values:
                lacks = f"has no number for {missing[0]}" if missing else "is empty"
                raise FileProblem(f"a row of data {lacks}", source=row.source)
            self.net.row(values, source=row.source)

    def total(self, item: Item) -> None:
        if isinstance(item, Scalar):
            self.net.total("L", read_formula(item, "total"), source=item.source)
            return
        for name, (source, value) in self.one(item, "total"):
            self.net.total(name, read_formula(value, name), source=source)

    def names(self, item: Item) -> None:
        for name, (source, value) in read_table(item, "names").rows.items():
            self.net.rename(name, read_text(value, name), source=source)

    def check_open(self) -> None:
        """A network without loss and given gradients must say so, as it is mostly forgotten."""
        if self.net.has_loss or self.net.givens or "loss" in self.tree.rows:
            return
        raise GraphError("the network has no loss", source=Source(self.tree.source.file), fix=OPEN)
