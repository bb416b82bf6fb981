"""How people call functions: ln, σ, ReLU, and f for whatever the network's activation is."""

from __future__ import annotations

from functools import lru_cache

from graphbp import ops
from graphbp.check.reading.scripts import letter_name
from graphbp.network import Network
from graphbp.notation.evaluate import ELEMENTARY
from graphbp.notation.tree import Call, Entry, Expr, Symbol

ALIASES = {
    "ln": "log",
    "sigma": "sigmoid",
    "logistic": "sigmoid",
    "sigm": "sigmoid",
    "logsig": "sigmoid",
    "sig": "sigmoid",
    "sgn": "sign",
    "th": "tanh",
    "heaviside": "step",
    "lrelu": "leaky_relu",
    "lse": "logsumexp",
    "squareroot": "sqrt",
    "concat": "concatenate",
    "diagonal": "diag",
    "multiply": "hadamard",
    "matmul": "dot",
    "mm": "dot",
    "power": "pow",
    "tr": "trace",
}
STRUCTURAL = (
    "where",
    "outer",
    "diag",
    "flip",
    "pad",
    "dilate",
    "correlate",
    "upsample",
    "reshape",
    "norm",
    "hadamard",
    "sech",
    "pow",
    "square",
    "trace",
)
HIDDEN = frozenset(
    {
        "add",
        "sub",
        "mul",
        "neg",
        "div",
        "index",
        "identity",
        "broadcast",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "power",
        "pi",
    }
)
"""Operations that formulas write with signs; their names are free."""
ACTIVATIONS = ("f", "g", "h", "phi", "varphi", "psi", "act", "activation", "sigma")
"""Letters for an activation function that may be any."""
BARE = frozenset({"log", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sqrt"})
"""Functions whose argument may stand without parentheses."""


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    names = (*ops.names(), *ELEMENTARY, *STRUCTURAL)
    return {name.replace("_", "").lower(): name for name in names if name not in HIDDEN}


def function_name(word: str, network: Network) -> str | None:
    """The function that a word means by itself, or None.

    >>> function_name("ln", Network()), function_name("ReLU", Network()), function_name("w", Network())
    ('log', 'relu', None)
    """
    if word in network.functions:
        return word
    name = letter_name(word)
    folded = name.replace("_", "").lower()
    if len(folded) == 1:
        return None
    if folded in ALIASES and "_" not in name and (folded != "sigma" or name == "sigma"):
        return ALIASES[folded]
    # A short word with an underscore is a letter with a subscript: p_i is not pi.
    return None if "_" in name and len(folded) < 6 else _known().get(folded)


def generic(word: str) -> bool:
    """Whether a word stands for an activation function that may be any."""
    return letter_name(word) in ACTIVATIONS


def functions(network: Network) -> tuple[str, ...]:
    """The names to offer where a function is not known."""
    return (*network.functions, *sorted(_known().values()))


def activations(network: Network, argument: Expr | None = None) -> tuple[str, ...]:
    """The functions of one argument that nodes of the network are, applied to the argument if there is one."""
    if isinstance(argument, Entry):
        argument = argument.base
    found = [
        formula.function
        for formula in network.formulas.values()
        if isinstance(formula, Call)
        and len(formula.args) == 1
        and formula.function not in ("sum", "mean", "log", "exp")
        and (argument is None or formula.args[0] == argument)
    ]
    return tuple(dict.fromkeys(found))


def activation(word: str, network: Network, argument: Expr) -> tuple[str, ...]:
    """The functions that a generic word can mean of this argument; one if it is clear."""
    known = function_name(word, network)
    used = activations(network, argument) if isinstance(argument, Symbol | Entry) else ()
    used = used or activations(network)
    if known is None or known in used or not used:
        return (known,) if known else used
    return (known, *used)
