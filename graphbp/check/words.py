"""What is said of each kind of mistake: a hint that points at it without giving the answer away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphbp.check.verdict import Mistake

HINTS: Mapping[str, str] = {
    "missing-factor": "A factor is missing. Look at each product in the formula: what stands beside the variable?",
    "extra-factor": "A factor is too much.",
    "missing-activation-derivative": "On the way back through an activation its derivative comes in as a factor.",
    "extra-activation-derivative": "The derivative of an activation comes in once only.",
    "wrong-activation-derivative": "Look at the derivative of the activation again.",
    "activation-for-preactivation": "A node and the sum that it is computed from are mixed up.",
    "missing-upstream": "The gradient that arrives from the loss is missing.",
    "missing-path": "The node acts on the loss along several paths; their gradients are added.",
    "missing-sum": "The gradients of several uses are added up.",
    "wrong-axis": "The sum, or the soft-max, runs along the other axis.",
    "missing-mean": "A mean divides by the number of its terms, its gradient too.",
    "extra-mean": "There is no mean here, so nothing is divided by the number of terms.",
    "sign": "A sign is turned.",
    "transposed": "Something is transposed that should not be, or the other way round. Compare the shapes.",
    "wrong-index": "A quantity of another index stands in the place of the right one.",
    "forward-instead-of-backward-weights": "Going back, the weights lead the other way round: from output to input.",
    "not-rotated": "Going back through a convolution, the kernel is turned.",
    "reversed": "The order of the entries is reversed.",
    "order-of-operations": "The order of the factors matters in a matrix product.",
    "product-rule": "Both factors of the product depend on the variable.",
    "quotient-rule": "Look at the quotient rule again.",
    "missing-condition": "The gradient passes only where the forward pass let the value through.",
    "wrong-kink": "The slopes on both sides of the kink are mixed up.",
    "missing-regularisation": "The loss depends on the parameter itself, too.",
    "updated-weights": "All gradients are taken at the old weights; weights are changed only after that.",
    "value-for-gradient": "A value stands where a gradient belongs.",
    "local-for-total": "This is the derivative of one node alone, not that of the loss.",
    "wrong-definition": "Look at the definition of the node again.",
    "missing-jacobian-terms": "Every output depends on every input; the mixed derivatives are missing.",
    "copied-number": "A number is not the one that it should be.",
    "rounding": "The last digit is off by one.",
    "layout": "The entries are right, but they stand in another layout than the parameter's own.",
}


def hint_of(kind: str) -> str:
    """What may be said of a kind of mistake without giving the answer away."""
    return HINTS.get(kind, "")


def mistake(kind: str, where: str, says: str, also: Sequence[str] = ()) -> Mistake:
    """A mistake with the hint of its kind."""
    return Mistake(kind, where, says, tuple(also), hint_of(kind))
