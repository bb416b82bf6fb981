"""From declarations in any order to the validated graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from graphbp.errors import FormulaError, GraphbpError, GraphError, NameProblem, ShapeError, did_you_mean
from graphbp.graph import SCALAR, Graph, Node, Shape
from graphbp.graph.shape import show_shape
from graphbp.network.declared import Formula, Leaf, UserFunction
from graphbp.notation.tree import Call, Expr, symbols, walk


def assemble(
    leaves: Mapping[str, tuple[Leaf, Shape]],
    formulas: Mapping[str, Formula],
    functions: Mapping[str, UserFunction],
    loss: str | None,
) -> Graph:
    """The graph of all leaves and of all formulas lowered to single operations.

    Raises: NameProblem, FormulaError, GraphError or ShapeError, with node and place.
    """
    check_functions(functions)
    nodes = {name: leaf_node(leaf, shape) for name, (leaf, shape) in leaves.items()}
    shapes: dict[str, Shape] = {name: shape for name, (_, shape) in leaves.items()}
    known = dict.fromkeys([*leaves, *formulas])
    for formula in formulas.values():
        check_names(formula, known, functions)
    for name in computing_order(leaves, formulas):
        for node in _lowered(formulas[name], shapes, functions):
            nodes[node.id] = node
            shapes[node.id] = node.shape
    if loss is not None:
        _check_loss(formulas[loss], shapes[loss])
    return Graph.of(nodes.values(), loss)


def leaf_node(leaf: Leaf, shape: Shape) -> Node:
    """The node of a leaf."""
    return Node(leaf.name, shape=shape, role=leaf.role, owner=leaf.name, source=leaf.source)


def computing_order(leaves: Iterable[str], formulas: Mapping[str, Formula]) -> list[str]:
    """The formulas' names so that each stands behind those that it uses.

    Raises: GraphError on a cycle.
    """
    skeleton = [Node(name, owner=name) for name in leaves]
    skeleton += [Node(item.name, "formula", inputs=symbols(item.expr), owner=item.name, source=item.source)
                 for item in formulas.values()]  # fmt: skip
    return [node.id for node in Graph.of(skeleton) if node.op]


def _lowered(formula: Formula, shapes: Mapping[str, Shape], functions: Mapping[str, UserFunction]) -> Iterable[Node]:
    from graphbp.ops.lower import lower

    try:
        return lower(
            formula.name, formula.expr, shapes.__getitem__, functions, role=formula.role, source=formula.source
        )
    except GraphbpError as error:
        raise error.at(node=formula.name, source=formula.source) from None


def check_names(formula: Formula, known: Collection[str], functions: Mapping[str, UserFunction]) -> None:
    """Refuse a formula that uses names or operations that nobody defined.

    Raises: NameProblem with the nearest known name.
    """
    try:
        for name in symbols(formula.expr):
            if name not in known:
                raise unknown_name(name, known, functions)
        check_calls(formula.expr, functions, known)
    except GraphbpError as error:
        raise error.at(node=formula.name, source=formula.source) from None


def unknown_name(name: str, known: Iterable[str], functions: Iterable[str]) -> NameProblem:
    """The error for a name that stands in a formula and is not defined."""
    from graphbp import ops

    if name in functions or name in ops.names():
        return NameProblem(f"{name} is a function and needs its arguments", fix=f"write {name}(…)")
    remedy = did_you_mean(name, known) or "define it under inputs, parameters, targets or nodes"
    return NameProblem(f"unknown name {name}", fix=remedy)


def check_calls(expr: Expr, functions: Mapping[str, UserFunction], known: Collection[str] = ()) -> None:
    """Refuse calls of what is neither an operation nor a declared function, and wrong argument counts.

    Raises: NameProblem, FormulaError.
    """
    from graphbp import ops

    for part in walk(expr):
        if not isinstance(part, Call):
            continue
        if part.function in functions:
            _check_count(part, functions[part.function])
        elif part.function not in ops.names():
            raise unknown_operation(part.function, [*ops.names(), *functions], known)


def unknown_operation(name: str, callable_names: Iterable[str], known: Iterable[str]) -> NameProblem:
    """The error for a call of something that cannot be called."""
    if name in known:
        return NameProblem(f"{name}(…) is a call, and {name} is a value", fix=f"did you mean {name} * (…)?")
    remedy = did_you_mean(name, callable_names) or f"declare it under functions, or did you mean {name} * (…)?"
    return NameProblem(f"unknown operation {name}", fix=remedy)


def _check_count(part: Call, function: UserFunction) -> None:
    wanted, given = len(function.params), len(part.args)
    if wanted != given or part.options:
        shown = ", ".join(function.params)
        raise FormulaError(f"{part.function}({shown}) takes {wanted} argument{'s' * (wanted != 1)}, and {given} "
                           f"{'is' if given == 1 else 'are'} given")  # fmt: skip


def check_functions(functions: Mapping[str, UserFunction]) -> None:
    """Refuse functions that use unknown names, or themselves.

    Raises: NameProblem, FormulaError, GraphError.
    """
    for name, function in functions.items():
        if function.body is not None:
            _check_body(name, function, functions)
    skeleton = [Node(name, "function", inputs=_called(function, functions), owner=name, source=function.source)
                for name, function in functions.items()]  # fmt: skip
    try:
        Graph.of(skeleton)
    except GraphError as error:
        raise GraphError(f"a function uses itself: {error.what.rpartition(': ')[2]}", source=error.source) from None


def _called(function: UserFunction, functions: Mapping[str, UserFunction]) -> tuple[str, ...]:
    calls = (part.function for part in walk(function.body) if isinstance(part, Call)) if function.body else ()
    return tuple(dict.fromkeys(name for name in calls if name in functions))


def _check_body(name: str, function: UserFunction, functions: Mapping[str, UserFunction]) -> None:
    assert function.body is not None
    try:
        for symbol in symbols(function.body):
            if symbol not in function.params:
                remedy = did_you_mean(symbol, function.params) or "a function sees only its parameters"
                raise NameProblem(f"function {name} uses {symbol}, which is not among its parameters", fix=remedy)
        check_calls(function.body, functions, function.params)
    except GraphbpError as error:
        raise error.at(source=function.source) from None


def _check_loss(formula: Formula, shape: Shape) -> None:
    if shape != SCALAR:
        raise ShapeError(f"the loss {formula.name} has shape {show_shape(shape)}, and a loss is one number",
                         node=formula.name, source=formula.source,
                         fix="make it one with sum(…) or mean(…)")  # fmt: skip


