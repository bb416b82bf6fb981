"""A reader of exported steps that knows nothing of graphbp: Python's parser, NumPy, and complex steps for the truth.

It rebuilds the network from the file's own `network`, computes every node and every gradient anew, and evaluates each
side of each claim for all values of its index letters.  The language of claims is the one that docs/commands.md tells.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from tests.derive.reread_functions import BY_ENTRY, FUNCTIONS, largest, power

H = 1e-30
"""The complex step: f(x + ih) = f(x) + ih f'(x) to the last digit."""
NAME = r"[^\W\d]\w*"
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])")


# The language


def group_end(text: str, start: int) -> int:
    """The place behind the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[place], 0)
        if not depth:
            return place + 1
    raise AssertionError(text)


def operand(text: str, start: int) -> int:
    """The place behind a name, an entry, or a formula in parentheses."""
    if text[start] == "(":
        return group_end(text, start)
    match = re.match(NAME, text[start:])
    assert match, text[start:]
    end = start + match.end()
    return group_end(text, end) if text[end : end + 1] == "[" else end


def derivatives(text: str) -> str:
    """dy/dx as D("y", "x")."""
    place = 0
    while match := re.compile(rf"(?<![\w.])d(?=\(|{NAME})").search(text, place):
        start = match.end()
        middle = operand(text, start)
        if text[middle : middle + 2] != "/d":
            place = start
            continue
        end = operand(text, middle + 2)
        made = f"D({text[start:middle]!r}, {text[middle + 2 : end]!r})"
        text, place = text[: match.start()] + made + text[end:], match.start() + len(made)
    return text


@lru_cache(maxsize=20000)
def parsed(text: str) -> ast.expr:
    """A side of a claim as a tree of Python's."""
    text = derivatives(text.replace("⊙", "*"))
    text = re.sub(r"\b(sum|max)_\{([^}]*)\}\(", lambda m: f'{m[1].upper()}("{m[2]}", ', text)
    text = re.sub(rf"({NAME})('+)\(", lambda m: f'PRIME("{m[1]}", ', text)
    return ast.parse(text.strip(), mode="eval").body


def sides(claim: str) -> list[str]:
    """The sides of a claim; the equals signs of options have no air around them."""
    return claim.split(" = ")


@dataclass
class Part:
    """A name beside the nodes: its places and the formula of its entry."""

    name: str
    indices: Sequence[str]
    formula: str
    letters: Mapping[str, int]
    lowest: Sequence[str]


@dataclass(frozen=True)
class Scope:
    """What names stand for: arrays by name, letters as axes of a grid, and parts that are computed when they change."""

    arrays: Mapping[str, Any]
    letters: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    lowest: Sequence[str] = ()
    parts: Sequence[Part] = ()

    def bound(self, names: Sequence[str], sizes: Mapping[str, int]) -> Scope:
        """New letters as new leading axes."""
        depth = max((np.ndim(x) for x in self.letters.values()), default=0)
        made = dict(self.letters)
        for place, name in enumerate(names):
            made[name] = np.arange(sizes[name]).reshape((-1,) + (1,) * (depth + len(names) - 1 - place))
        return replace(self, letters=made, sizes={**self.sizes, **sizes})

    def plain(self) -> Scope:
        """No letters: whole arrays."""
        return replace(self, letters={})


class Steps:
    """One file: the network with all its numbers, and the truth of every claim."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.loss = data, data["loss"]
        network = data["network"]
        self.nodes = {node["name"]: node for node in network["nodes"]}
        self.own = {head: body for head, body in network["functions"].items() if body is not None}
        self.sizes = dict(network["sizes"])
        self.total = network.get("total")
        rows = network.get("examples") or [{}]
        self.sizes.setdefault("N", len(rows))
        leaves = {name: np.array(node["value"]) for name, node in self.nodes.items() if "value" in node}
        self.rows = [{**leaves, **{key: np.array(value, dtype=float) for key, value in row.items()}} for row in rows]
        self.env = self.forward({})
        self.known: dict[Any, Any] = {}

    # Values

    def forward(self, fixed: Mapping[str, Any], row: int = 0) -> dict[str, Any]:
        """All nodes, some of them held."""
        env = {**self.rows[row], **fixed}
        for name, node in self.nodes.items():
            if "formula" in node and name not in fixed:
                env[name] = self.value(node["formula"], Scope(env))
        return env

    def value(self, text: str, scope: Scope) -> Any:
        """A formula's value: an array, or an array over the grid of the letters."""
        return self.of(parsed(text), scope)

    def of(self, node: ast.expr, scope: Scope) -> Any:
        """A part of a formula."""
        return getattr(self, type(node).__name__.lower())(node, scope)

    def constant(self, node: ast.Constant, scope: Scope) -> Any:
        """A number or a text."""
        return node.value

    def name(self, node: ast.Name, scope: Scope) -> Any:
        """A letter, a size, a node or a part."""
        if node.id in scope.letters:
            return scope.letters[node.id]
        if node.id in scope.arrays:
            return scope.arrays[node.id]
        if node.id in self.sizes:
            return self.sizes[node.id]
        return {"True": True, "False": False, "None": None}[node.id]

    def unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        """A sign."""
        inner = self.of(node.operand, scope)
        return -inner if isinstance(node.op, ast.USub) else inner

    def binop(self, node: ast.BinOp, scope: Scope) -> Any:
        """Two operands; the operator says what they do."""
        left, right = self.of(node.left, scope), self.of(node.right, scope)
        table: dict[type, Callable[[Any, Any], Any]] = {
            ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
            ast.FloorDiv: np.floor_divide, ast.Mod: np.mod, ast.MatMult: np.matmul, ast.Pow: power,
        }  # fmt: skip
        if isinstance(node.op, ast.MatMult):
            left, right = (self.of(side, scope.plain()) for side in (node.left, node.right))
        return table[type(node.op)](left, right)

    def compare(self, node: ast.Compare, scope: Scope) -> Any:
        """A chain of comparisons."""
        values = [np.real(self.of(item, scope)) for item in (node.left, *node.comparators)]
        table: dict[type, Callable[[Any, Any], Any]] = {
            ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
            ast.Eq: np.equal, ast.NotEq: np.not_equal,
        }  # fmt: skip
        held: Any = True
        for op, left, right in zip(node.ops, values, values[1:], strict=False):
            held = np.logical_and(held, table[type(op)](left, right))
        return held

    def list(self, node: ast.List, scope: Scope) -> Any:
        """A literal array."""
        return np.array([self.of(item, scope) for item in node.elts])

    def tuple(self, node: ast.Tuple, scope: Scope) -> Any:
        """Places or an option of several numbers."""
        return tuple(self.of(item, scope) for item in node.elts)

    def attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        """The transpose."""
        assert node.attr == "T"
        inner = self.of(node.value, scope)
        return np.swapaxes(inner, -1, -2) if np.ndim(inner) > 1 else inner

    def subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        """An entry or a slice; what lies beyond the ends is 0 or −∞."""
        base = np.asarray(self.of(node.value, scope.plain()))
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(place, ast.Slice) for place in places) or not scope.letters:
            return base[tuple(self.place(place, scope) for place in places)]
        found = [self.of(place, scope) for place in places]
        widened = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in ("dilate", "pad")
        if isinstance(node.value, ast.Name) or widened:
            return self.picked(base, found, ast.unparse(node.value) in scope.lowest)
        # A formula between arrays has an axis of size 1, or none, where all entries are the same.
        found = found[len(found) - base.ndim :]
        places = [place * 0 if size == 1 else place for place, size in zip(found, base.shape, strict=True)]
        return self.picked(base, places)

    def place(self, node: ast.expr, scope: Scope) -> Any:
        """A place between square brackets."""
        if not isinstance(node, ast.Slice):
            return self.of(node, scope)
        return slice(*(None if end is None else self.of(end, scope) for end in (node.lower, node.upper, node.step)))

    def picked(self, base: Any, places: Sequence[Any], low: bool = False) -> Any:
        """Entries of an array."""
        inside: Any = True
        for place, size in zip(places, base.shape, strict=True):
            inside = inside & (place >= 0) & (place < size)
        clipped = tuple(np.clip(place, 0, size - 1) for place, size in zip(places, base.shape, strict=True))
        return np.where(inside, base[clipped], -np.inf if low else 0.0)

    def call(self, node: ast.Call, scope: Scope) -> Any:
        """A function, a sum over letters, or a derivative."""
        name = node.func.id  # type: ignore[attr-defined]
        if name in ("SUM", "MAX"):
            return self.over(name, node, scope)
        if name == "D":
            y, x = (arg.value for arg in node.args)  # type: ignore[attr-defined]
            return self.derivative(y, x, scope)
        own = next((head for head in self.own if head.startswith(f"{name}(")), None)
        inner = scope if name in BY_ENTRY or own else scope.plain()
        args = [self.of(arg, inner) for arg in node.args]
        options = {str(key.arg): self.option(key.value, scope) for key in node.keywords}
        if own:
            heads = own[len(name) + 1 : -1].split(", ")
            return self.value(self.own[own], Scope(dict(zip(heads, args, strict=True))))
        args = [arg if name != "einsum" or isinstance(arg, str) else np.asarray(arg) for arg in args]
        if name in ("flip", "pad", "dilate", "upsample", "reshape"):
            args[1:] = [self.option(arg, scope) for arg in node.args[1:]]
        return FUNCTIONS[name](*args, **options)

    def option(self, node: ast.expr, scope: Scope) -> Any:
        """A literal: lists are tuples, texts that name a size are its number."""
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(self.option(item, scope) for item in node.elts)
        found = self.of(node, scope)
        return self.sizes.get(found, found) if isinstance(found, str) else found

    def over(self, name: str, node: ast.Call, scope: Scope) -> Any:
        """Σ or max over new leading axes."""
        names = node.args[0].value.split(",")  # type: ignore[attr-defined]
        inner = scope.bound(names, {letter: scope.sizes[letter] for letter in names})
        found = np.asarray(self.of(node.args[1], inner))
        grid = np.broadcast_shapes(found.shape, *(np.shape(inner.letters[letter]) for letter in names))
        found, axes = np.broadcast_to(found, grid), tuple(range(len(names)))
        return np.sum(found, axis=axes) if name == "SUM" else largest(found, axis=axes)

    # Derivatives

    def derivative(self, y: str, x: str, scope: Scope) -> Any:
        """dy/dx for a node, a part, or a formula, at the places that x has."""
        tree = parsed(x)
        base, places = x, ()
        if isinstance(tree, ast.Subscript):
            base = ast.unparse(tree.value)
            items = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
            places = tuple(self.place(item, scope) for item in items)
        head = re.match(NAME, y)
        whole = head is not None and (head[0] == y or (y[len(head[0])] == "[" and group_end(y, len(head[0])) == len(y)))
        if whole and y == self.loss and self.loss != base:
            return self.at(self.gradient(base, scope), places, scope)
        if whole and self.total and y == self.total["name"]:
            return self.at(self.gradient_of_total(base), places, scope)
        if whole and head and head[0] == self.loss and y != self.loss and not self.nodes[self.loss]["shape"]:
            rows = np.stack([self.gradient(base, scope, row) for row in range(len(self.rows))])
            example = self.of(parsed(y).slice, scope)  # type: ignore[attr-defined]
            return rows[example] if rows.ndim == 1 else rows
        return self.moved(y, base, places, scope, whole and head is not None and head[0] == base)

    def at(self, array: Any, places: Sequence[Any], scope: Scope) -> Any:
        """The entries asked for, or the whole."""
        if not places:
            return array
        sliced = any(isinstance(place, slice) for place in places) or not scope.letters
        return np.asarray(array)[tuple(places)] if sliced else self.picked(np.asarray(array), places)

    def moved(self, y: str, base: str, places: Sequence[Any], scope: Scope, itself: bool) -> Any:
        """Every entry of x moved by a complex step, all parts behind it computed anew, and y watched."""
        x = np.asarray(scope.arrays[base], dtype=complex)
        watched = []
        for place in np.ndindex(x.shape):
            shifted = x.copy()
            shifted[place] += 1j * H
            arrays = self.again(scope, {base: shifted if x.shape else shifted[()]}, None if itself else y)
            watched.append(np.imag(self.value(y, replace(scope, arrays=arrays))) / H)
        grid = np.broadcast_shapes(*(np.shape(item) for item in (*watched, *places)))
        stack = np.stack([np.broadcast_to(item, grid) for item in watched]).reshape((*x.shape, *grid))
        if not places:
            return stack if x.shape else stack[()]
        own = np.ogrid[tuple(slice(size) for size in grid)]
        return stack[(*(np.broadcast_to(place, grid) for place in places), *own)]

    def again(self, scope: Scope, moved: Mapping[str, Any], y: str | None) -> dict[str, Any]:
        """The arrays with the parts that come after a moved one; the node that is watched too."""
        arrays = {**scope.arrays, **moved}
        for part in scope.parts:
            if part.name not in moved and part.name not in self.nodes:
                arrays[part.name] = self.entries(part, replace(scope, arrays=arrays))
        head = re.match(NAME, y) if y else None
        if head and head[0] in self.nodes and head[0] not in moved:
            arrays[head[0]] = self.watched(head[0], moved, replace(scope, arrays=arrays))
        return arrays

    def watched(self, name: str, moved: Mapping[str, Any], scope: Scope) -> Any:
        """A node from its own formula; from its index form if a part of that has moved."""
        if not set(moved) <= set(self.nodes):
            return self.entries(next(part for part in scope.parts if part.name == name), scope)
        return self.value(self.nodes[name]["formula"], Scope(scope.arrays))

    def entries(self, part: Part, scope: Scope) -> Any:
        """The whole array of a part."""
        sizes = {letter: self.size(size) for letter, size in part.letters.items()}
        inner = replace(scope, letters={}, sizes=sizes, lowest=part.lowest).bound(part.indices, sizes)
        shape = tuple(sizes[letter] for letter in part.indices)
        return np.broadcast_to(self.value(part.formula, inner), shape)

    def size(self, size: Any) -> int:
        """A size as a number."""
        return self.sizes[size] if isinstance(size, str) else size

    def gradient(self, name: str, scope: Scope, row: int = 0) -> Any:
        """∂l/∂(node), the whole network computed anew for every entry; ∂l/∂(part) through its node's index form."""
        if name not in self.nodes:
            return self.of_part(name, scope)
        if (name, row) not in self.known:
            env = self.env if row == 0 else self.forward({}, row)
            self.known[name, row] = self.slopes(env[name], lambda x: self.forward({name: x}, row)[self.loss])
        return self.known[name, row]

    def slopes(self, value: Any, result: Callable[[Any], Any]) -> Any:
        """The derivative of one number by every entry of an array."""
        x, made = np.asarray(value, dtype=complex), np.zeros(np.shape(value))
        for place in np.ndindex(x.shape):
            shifted = x.copy()
            shifted[place] += 1j * H
            made[place] = np.imag(result(shifted if x.shape else shifted[()])) / H
        return made if x.shape else made[()]

    def of_part(self, name: str, scope: Scope) -> Any:
        """Σ ∂l/∂(node) · ∂node/∂(part)."""
        node = next(part.name for part in scope.parts if part.name in self.nodes)
        upstream = 1.0 if node == self.loss else self.gradient(node, scope)

        def weighed(x: Any) -> Any:
            return np.sum(self.again(scope, {name: x}, node)[node] * upstream)

        return self.slopes(scope.arrays[name], weighed)

    def gradient_of_total(self, name: str) -> Any:
        """∂L/∂(leaf) over all examples."""
        assert self.total is not None
        text = self.total["formula"]

        def result(x: Any) -> Any:
            losses = np.stack([self.forward({name: x}, row)[self.loss] for row in range(len(self.rows))])
            return self.value(text, Scope({**self.rows[0], name: x, self.loss: losses}))

        return self.slopes(self.rows[0][name], result)

    def share(self, along: Sequence[str]) -> Any:
        """The gradient that arrives along one path: products of local derivatives."""
        *way, end = along
        upstream = 1.0 if end == self.loss else self.gradient(end, Scope(self.env))
        for node, consumer in reversed(list(zip(way, along[1:], strict=True))):
            text, weight = self.nodes[consumer]["formula"], upstream

            def watched(x: Any, node: str = node, text: str = text, weight: Any = weight) -> Any:
                return np.sum(self.value(text, Scope({**self.env, node: x})) * weight)

            upstream = self.slopes(self.env[node], watched)
        return upstream

    # Claims

    def scope_of(self, step: Mapping[str, Any]) -> Scope:
        """What the names of a claim stand for."""
        arrays = dict(self.env)
        sizes = {letter: self.size(size) for letter, size in step["letters"].items()}
        parts = [Part(item["name"], item["indices"], item["formula"], item["letters"], item["lowest"])
                 for item in step["where"] if "formula" in item]  # fmt: skip
        scope = Scope(arrays, {}, sizes, step["lowest"], parts)
        for item in step["where"]:
            if "along" in item:
                arrays[item["name"]] = self.share(item["along"])
        for part in parts:
            found = self.entries(part, scope)
            if part.name in self.nodes:
                assert np.allclose(found, self.env[part.name]), ("index form", part)
            else:
                arrays[part.name] = found
        return scope

    def wrong_lines(self) -> Iterator[str]:
        """Every side of a claim that does not have the value of the left side."""
        for step in self.data["steps"]:
            scope = self.scope_of(step)
            left, *rights = sides(step["claim"])
            free = [letter for letter in step["letters"] if letter in letters_of(left)]
            inner = scope.bound(free, scope.sizes)
            grid = tuple(scope.sizes[letter] for letter in free)
            expected = self.expected(left, inner, grid)
            for right in rights:
                told = self.differs(right, expected, inner, grid)
                if told:
                    yield f"{step['id']} {step['rule']}: {step['claim']} | {right} | {told}"

    def expected(self, left: str, scope: Scope, grid: tuple[int, ...]) -> Any:
        """The left side."""
        found = np.asarray(self.value(left, scope))
        return np.broadcast_to(found, grid) if grid else found

    def differs(self, right: str, expected: Any, scope: Scope, grid: tuple[int, ...]) -> str:
        """What is wrong with a side; nothing if it is right to its last digit."""
        names = set(re.findall(rf"(?<!\.){NAME}", right)) - set(FUNCTIONS)
        numeric = (
            not names & (set(self.nodes) | set(scope.letters) | set(self.sizes))
            and "/d" not in right
            and (not names & {part.name for part in scope.parts} and not re.search(r"\b[CP]_\d", right))
        )
        found = self.shaped(self.value(right, scope), expected, grid)
        if isinstance(found, str):
            return found
        room = self.rounding(right, expected, scope, grid) if numeric else 1e-9 * (1 + np.abs(expected))
        worst = np.max(np.abs(found - expected) - room, initial=-1)
        return "" if worst <= 0 else f"{found} is not {expected}"

    def shaped(self, found: Any, expected: Any, grid: tuple[int, ...]) -> Any:
        """A side in the shape of the left one, as NumPy repeats it; a vector may stand as a row."""
        found = np.real(np.asarray(found))
        if grid:
            return np.broadcast_to(found, grid)
        if expected.ndim == 1 and found.shape == (1, *expected.shape):
            return found[0]
        try:
            return np.broadcast_to(found, expected.shape)
        except ValueError:
            return f"shape {found.shape} is not {expected.shape}"

    def rounding(self, right: str, expected: Any, scope: Scope, grid: tuple[int, ...]) -> Any:
        """How far off a side may be whose numbers are rounded to the digits shown."""
        base = self.value(right, scope)
        room = np.full(np.shape(expected), 1e-12)
        for match in NUMBER.finditer(right):
            half = half_unit(match[0])
            if half:
                moved = right[: match.start()] + repr(float(match[0]) + half) + right[match.end() :]
                gap = self.shaped(self.of(parsed.__wrapped__(moved), scope) - base, expected, grid)
                room = room + 1.001 * np.abs(gap)
        return room


def half_unit(text: str) -> float:
    """Half a unit in the last place of a number as it is printed; whole numbers of less than four digits are exact."""
    mantissa, _, exponent = text.partition("e")
    if "." not in mantissa and not exponent and len(mantissa) < 4:
        return 0.0
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def letters_of(text: str) -> set[str]:
    """The names between square brackets."""
    return {name for inside in re.findall(r"\[([^\]]*)\]", text) for name in re.findall(NAME, inside)}
