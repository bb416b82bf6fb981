"""From a formula to nodes: every operation of it becomes one node, implicit repetitions included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

from graphbp.errors import FormulaError, GraphbpError, NameProblem, ShapeError, Source, UsageError
from graphbp.graph import Node, Role, Shape
from graphbp.notation.tree import (
    Add,
    Array,
    Bracket,
    Call,
    Cases,
    Compare,
    Div,
    Entry,
    Expr,
    Group,
    Hadamard,
    Mark,
    MatMul,
    Mul,
    Neg,
    Pow,
    Symbol,
    Term,
    Transpose,
    walk,
)  # fmt: skip
from graphbp.ops.base import Op
from graphbp.ops.choice import RELATIONS
from graphbp.ops.literals import is_literal, literal_shape, literal_value
from graphbp.ops.registry import get
from graphbp.ops.several import two_at_a_time

MOST_LAYERS = 250
"""How deep a formula may be; writers of formulas recurse."""


class Function(Protocol):
    """A function that the author declared: parameters, and a body or None if it is unknown."""

    @property
    def params(self) -> tuple[str, ...]:
        """The names of the parameters."""

    @property
    def body(self) -> Expr | None:
        """The formula, None if the function is unknown."""


def lower(
    name: str, expr: Expr, shape_of: Callable[[str], Shape], functions: Mapping[str, Function] | None = None,
    *, role: Role = Role.VALUE, source: Source | None = None,
) -> list[Node]:  # fmt: skip
    """The nodes of a named formula, inputs before consumers; the last one is the named node itself, in its role.

    Raises: ShapeError, UsageError, NameProblem or FormulaError with the node's name.

    >>> from graphbp.notation.tree import Symbol
    >>> [(node.id, node.op, node.inputs) for node in lower("z", Symbol("w") * Symbol("x") + 1, lambda _: ())]
    [('z/1', 'mul', ('w', 'x')), ('z/2', None, ()), ('z', 'add', ('z/1', 'z/2'))]
    """
    try:
        return _Lowering(name, shape_of, dict(functions or {}), role, source).run(expr)
    except GraphbpError as error:
        raise error.at(node=name) from None


@dataclass
class _Lowering:
    """Works on an explicit stack, because formulas made in Python may be deep."""

    name: str
    shape_of: Callable[[str], Shape]
    functions: Mapping[str, Function]
    role: Role
    source: Source | None
    nodes: list[Node] = field(default_factory=list)

    def run(self, expr: Expr) -> list[Node]:
        """All nodes of the formula."""
        top = self._visit(expr)
        if top == self.name:
            raise NameProblem(f"{top} uses itself", fix="a network has no cycles")
        last = self.nodes[-1] if self.nodes and self.nodes[-1].id == top and self.nodes[-1].op else None
        if last is None or last.role is Role.IMPLICIT:
            self._node("identity", {}, (top,))
            last = self.nodes[-1]
        self.nodes[-1] = replace(last, id=self.name, owner=self.name, role=self.role, written=_written(expr))
        return self.nodes

    def _visit(self, expr: Term) -> str:
        """The id of the node that holds the value of the formula.

        The stack holds terms with their depth, and builders with the number of values that they take.
        """
        todo: list[tuple[Term | None, Callable[[Sequence[str]], str] | None, int]] = [(expr, None, 1)]
        done: list[str] = []
        while todo:
            term, build, count = todo.pop()
            if term is None:
                assert build is not None
                inputs = done[len(done) - count :]
                del done[len(done) - count :]
                done.append(build(inputs))
                continue
            if count > MOST_LAYERS:
                raise FormulaError("the formula is nested too deeply", fix="give its parts names as nodes of their own")
            inner, build = self._plan(term)
            todo.append((None, build, len(inner)))
            todo.extend((part, None, count + 1) for part in reversed(inner))
        return done[0]

    def _plan(self, term: Term) -> tuple[Sequence[Term], Callable[[Sequence[str]], str]]:
        """What must be computed first, and how the node is then made from it."""
        if isinstance(term, Expr) and is_literal(term):
            return (), lambda _: self._constant(term)
        plan = getattr(self, f"_{type(term).__name__.lower()}", None)
        if plan is None:
            raise FormulaError(f"a formula cannot hold {type(term).__name__.lower()}")
        return plan(term)  # type: ignore[no-any-return]

    def _symbol(self, term: Symbol) -> Any:
        return (), lambda _: term.name

    def _group(self, term: Group | Mark) -> Any:
        return (term.x,), lambda inputs: inputs[0]

    _mark = _group

    def _array(self, term: Array) -> Any:
        raise FormulaError("an array inside a formula holds numbers only", fix="give its entries as nodes of their own")

    def _add(self, term: Add) -> Any:
        signs = [isinstance(part, Neg) and not is_literal(part) for part in term.terms]
        # A leading minus stays a node of its own: −a + b.
        signs[0] = False
        inner = [
            part.x if sign and isinstance(part, Neg) else part for part, sign in zip(term.terms, signs, strict=True)
        ]
        return inner, lambda inputs: self._fold(["sub" if sign else "add" for sign in signs[1:]], inputs)

    def _mul(self, term: Mul | Hadamard) -> Any:
        return term.factors, lambda inputs: self._fold(["mul"] * (len(inputs) - 1), inputs)

    _hadamard = _mul

    def _matmul(self, term: MatMul) -> Any:
        return term.factors, lambda inputs: self._fold(["matmul"] * (len(inputs) - 1), inputs)

    def _fold(self, ops: Sequence[str], inputs: Sequence[str], attrs: Mapping[str, Any] = MappingProxyType({})) -> str:
        result = inputs[0]
        for op, item in zip(ops, inputs[1:], strict=True):
            result = self._node(op, attrs, (result, item))
        return result

    def _neg(self, term: Neg) -> Any:
        return (term.x,), lambda inputs: self._node("neg", {}, inputs)

    def _div(self, term: Div) -> Any:
        return (term.num, term.den), lambda inputs: self._node("div", {}, inputs)

    def _pow(self, term: Pow) -> Any:
        return (term.base, term.exp), lambda inputs: self._node("power", {}, inputs)

    def _transpose(self, term: Transpose) -> Any:
        return (term.x,), lambda inputs: self._node("transpose", {}, inputs)

    def _entry(self, term: Entry) -> Any:
        return (term.base,), lambda inputs: self._node("index", {"places": term.subs}, inputs)

    def _bracket(self, term: Bracket) -> Any:
        return (term.condition,), lambda inputs: inputs[0]

    def _compare(self, term: Compare) -> Any:
        return (term.left, term.right), lambda inputs: self._node(RELATIONS[term.relation], {}, inputs)

    def _cases(self, term: Cases) -> Any:
        (value, condition), *rest = term.branches
        otherwise = Cases(tuple(rest), term.otherwise) if rest else term.otherwise
        return (condition, value, otherwise), lambda inputs: self._node("where", {}, inputs)

    def _call(self, term: Call) -> Any:
        if term.function in self.functions:
            return term.args, lambda inputs: self._user_function(term.function, inputs)
        if term.function in ("max", "min") and len(term.args) > 1:
            if term.options:
                raise UsageError(
                    f"{term.function} of several values takes no options", fix=f"write {term.function}(x, axis=0)"
                )
            name = term.function + "imum"
            return term.args, lambda inputs: self._fold([name] * (len(inputs) - 1), inputs)
        op = get(term.function)
        if op.folds and len(term.args) > len(op.inputs):
            _, attrs = bind_arguments(op, term.args[: len(op.inputs)], dict(term.options))
            return term.args, lambda inputs: self._fold([op.name] * (len(inputs) - 1), inputs, attrs)
        pairs = two_at_a_time(term)
        if pairs is not term:
            return (pairs,), lambda inputs: inputs[0]
        inputs, attrs = bind_arguments(op, term.args, dict(term.options))
        return inputs, lambda names: self._node(op.name, attrs, names)

    def _user_function(self, name: str, inputs: Sequence[str]) -> str:
        function = self.functions[name]
        if len(inputs) != len(function.params):
            raise UsageError(f"{name} takes {len(function.params)} arguments, not {len(inputs)}")
        attrs = {
            "params": function.params,
            "body": function.body,
            "functions": needed_functions(function, self.functions),
        }
        return self._node(f"function:{name}", attrs, inputs)

    # Nodes

    def _fresh(self) -> str:
        return f"{self.name}/{len(self.nodes) + 1}"

    def _constant(self, term: Expr) -> str:
        value = term.x if isinstance(term, Group) else term
        node = Node(self._fresh(), None, (("value", value),), (), literal_shape(term), Role.CONSTANT, self.name,
                    source=self.source)  # fmt: skip
        self.nodes.append(node)
        return node.id

    def _shape(self, name: str) -> Shape:
        if name.startswith(f"{self.name}/"):
            return self.nodes[int(name.rpartition("/")[2]) - 1].shape
        return self.shape_of(name)

    def _node(self, name: str, attrs: Mapping[str, Any], inputs: Sequence[str]) -> str:
        op = get(name)
        shapes = [self._shape(item) for item in inputs]
        full = op.complete(attrs)
        try:
            shape = op.infer(*shapes, **full)
        except ShapeError:
            # Again, for a message that calls the inputs by their names.
            shape = op.shape_of([self._shown(item) for item in inputs], shapes, attrs)
        if len(set(shapes)) > 1:
            wanted = op.repeated(shapes, full)
            inputs = [self._repeat(item, have, want) for item, have, want in zip(inputs, shapes, wanted, strict=True)]
        given = tuple((key, full[key]) for key in attrs)
        node = Node(self._fresh(), name, given, tuple(inputs), shape, Role.VALUE, self.name, source=self.source)
        self.nodes.append(node)
        return node.id

    def _repeat(self, name: str, have: Shape, want: Shape) -> str:
        """The node itself, or its implicit repetition in the shape that its consumer wants."""
        if have == want:
            return name
        node = Node(self._fresh(), "broadcast", (("shape", want),), (name,), want, Role.IMPLICIT, self.name,
                    source=self.source)  # fmt: skip
        self.nodes.append(node)
        return node.id

    def _shown(self, name: str) -> str:
        """How a message calls a node: its name, or the operation that made it."""
        if not name.startswith(f"{self.name}/"):
            return name
        node = self.nodes[int(name.rpartition("/")[2]) - 1]
        if node.op is None:
            return _written(dict(node.attrs)["value"])
        inner = ", ".join(self._shown(item) for item in node.inputs)
        signs = {"add": "+", "sub": "-", "mul": "*", "div": "/", "power": "**", "matmul": "@"}
        if node.op == "transpose" and not node.attrs:
            return f"{inner}.T"
        if node.op == "broadcast":
            return inner
        left_right = f" {signs[node.op]} ".join(map(self._shown, node.inputs)) if node.op in signs else ""
        return f"({left_right})" if left_right else f"{node.op}({inner})"


def bind_arguments(op: Op, args: Sequence[Expr], options: Mapping[str, Any]) -> tuple[list[Expr], dict[str, Any]]:
    """A call's arguments as inputs and attributes.

    Raises: UsageError on too few, too many or unknown ones.
    """
    given_inputs = [name for name in options if name in op.inputs]
    if given_inputs:
        raise UsageError(f"{op.name} takes {given_inputs[0]} by position", fix=f"write {op.name}({op.signature})")
    needed = len(op.inputs) - op.optional
    if len(args) < needed:
        raise UsageError(f"{op.name} takes {_counted(op)}, not {len(args)}", fix=f"write {op.name}({op.signature})")
    taken = _inputs_taken(op, args, needed)
    plain = [name for name in op.attrs if name not in op.keyword_only]
    extra = args[taken:]
    if len(extra) > len(plain):
        only = f"; {', '.join(op.keyword_only)} must be named" if op.keyword_only else ""
        raise UsageError(
            f"{op.name} takes {_counted(op)}, not {len(args)}{only}", fix=f"write {op.name}({op.signature})"
        )
    attrs = {name: literal_value(value) for name, value in zip(plain, extra, strict=False)}
    repeated = [name for name in options if name in attrs]
    if repeated:
        raise UsageError(f"{op.name} gets {repeated[0]} twice")
    attrs |= {name: _attribute(value) for name, value in options.items()}
    op.complete(attrs)
    return list(args[:taken]), attrs


def _inputs_taken(op: Op, args: Sequence[Expr], needed: int) -> int:
    """How many arguments are inputs: an optional input is one that is not a literal."""
    taken = needed
    while taken < min(len(args), len(op.inputs)) and not (isinstance(args[taken], Expr) and is_literal(args[taken])):
        taken += 1
    return taken


def _counted(op: Op) -> str:
    count = len(op.inputs)
    range_of = f"{count - op.optional} or {count}" if op.optional else str(count)
    return f"{range_of} argument{'s' * (count != 1)}"


def _attribute(value: Any) -> Any:
    if isinstance(value, Expr):
        return literal_value(value)
    return tuple(_attribute(item) for item in value) if isinstance(value, list | tuple) else value


def needed_functions(
    function: Function, functions: Mapping[str, Function]
) -> tuple[tuple[str, tuple[str, ...], Expr | None], ...]:
    """The declared functions that the body uses, directly or through others."""
    found: dict[str, Function] = {}
    todo = [function]
    while todo:
        body = todo.pop().body
        for name in _called(body) if body is not None else ():
            if name in functions and name not in found:
                found[name] = functions[name]
                todo.append(functions[name])
    return tuple((name, item.params, item.body) for name, item in found.items())


def _called(body: Expr) -> Iterable[str]:
    return (part.function for part in walk(body) if isinstance(part, Call))


def _written(expr: Expr) -> str:
    from graphbp.notation.plain import PlainWriter

    return PlainWriter().write(expr)
