"""A stand-in for small scalar engines such as micrograd, written for this benchmark: one object for each number.

Every operation makes an object that knows its inputs and how a gradient passes to them; backward visits all
objects in reverse topological order.  It has their structure and is none of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable


class Number:
    """One number of a computation, its gradient, and the numbers that it was made from."""

    def __init__(self, data: float, inputs: tuple[Number, ...] = ()) -> None:
        self.data, self.grad, self.inputs = data, 0.0, set(inputs)
        self.pull: Callable[[], None] = lambda: None

    def __add__(self, other: Number) -> Number:
        made = Number(self.data + other.data, (self, other))

        def pull() -> None:
            self.grad += made.grad
            other.grad += made.grad

        made.pull = pull
        return made

    def __mul__(self, other: Number) -> Number:
        made = Number(self.data * other.data, (self, other))

        def pull() -> None:
            self.grad += other.data * made.grad
            other.grad += self.data * made.grad

        made.pull = pull
        return made

    def tanh(self) -> Number:
        """The hyperbolic tangent."""
        made = Number(math.tanh(self.data), (self,))

        def pull() -> None:
            self.grad += (1 - made.data**2) * made.grad

        made.pull = pull
        return made

    def backward(self) -> None:
        """The gradients of everything that this number was made from."""
        order: list[Number] = []
        seen: set[Number] = set()
        stack = [(self, False)]
        while stack:
            one, ready = stack.pop()
            if ready:
                order.append(one)
            elif one not in seen:
                seen.add(one)
                stack.append((one, True))
                stack.extend((item, False) for item in one.inputs)
        self.grad = 1.0
        for one in reversed(order):
            one.pull()
