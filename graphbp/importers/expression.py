"""A formula in quotes as a network: its names become inputs, targets and parameters by convention."""

from __future__ import annotations

import re

from graphbp.graph import Role
from graphbp.network import Network
from graphbp.notation.reading import parse_formula
from graphbp.notation.tree import symbols

INPUT = re.compile(r"[xX](_?\d+)*")
TARGET = re.compile(r"(t|T|ŷ|[yY]_?hat|target)(_?\d+)*")
DEFINITION = re.compile(r"\s*(?P<name>[^\W\d_]\w*)\s*=(?!=)(?P<formula>.*)", re.DOTALL)


def looks_like_formula(text: str) -> bool:
    """Whether the text can only be meant as a formula, and not as the name of a file or an example.

    >>> looks_like_formula("sigmoid(w*x + b)"), looks_like_formula("two-layer"), looks_like_formula("nets/a.yaml")
    (True, False, False)
    """
    return bool(re.search(r"[(*+=@\s]", text)) and not text.lower().endswith((".yaml", ".yml"))


def role_of(name: str) -> Role:
    """What a name in a formula stands for: x is an input, t a target, anything else a parameter.

    >>> role_of("x1").value, role_of("yhat").value, role_of("w").value
    ('input', 'target', 'parameter')
    """
    if INPUT.fullmatch(name):
        return Role.INPUT
    return Role.TARGET if TARGET.fullmatch(name) else Role.PARAMETER


def read_expression(text: str) -> Network:
    """The network whose loss is the formula; `name = formula` names the loss.

    Raises: GraphbpError if the formula cannot be read.

    >>> net = read_expression("sigmoid(w*x + b)")
    >>> net.loss_name, list(net.leaves)
    ('l', ['w', 'x', 'b'])
    """
    match = DEFINITION.fullmatch(text)
    formula = match["formula"] if match else text
    tree = parse_formula(formula)
    net = Network(text.strip())
    leaves = symbols(tree)
    for leaf in leaves:
        net.leaf(leaf, role_of(leaf))
    net.loss(match["name"] if match else free_name(leaves), tree)
    assert net.graph is not None
    return net


def free_name(taken: tuple[str, ...]) -> str:
    """A name for the loss that the formula does not use itself.

    >>> free_name(("w", "l"))
    'y'
    """
    return next(name for name in ("l", "y", "f", "loss", "value", "result", "formula_value") if name not in taken)
