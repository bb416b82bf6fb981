"""How long the checker takes: one claim warm, a claim about a large network, a thousand claims.

Times are those of the processor, so that other work on the machine counts little; of the workers those of the clock.

Run from the root of the repository: python benchmarks/checker.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import graphbp
from graphbp.check.checker import Checker
from graphbp.check.many import Pool
from graphbp.network import Network

RIGHT = "dl/dw1 = ((y1-t1)*y1*(1-y1)*w5 + (y2-t2)*y2*(1-y2)*w7)*a1*(1-a1)*x1"
WRONG = "dl/dw1 = ((y1-t1)*y1*(1-y1)*w5 + (y2-t2)*y2*(1-y2)*w7)*x1"


def chain(length: int) -> Network:
    """A chain of sigmoid units, two nodes each."""
    net = Network("chain")
    net.input("x")
    net.target("t")
    last = "x"
    for place in range(length):
        net.parameter(f"w{place}")
        net.node(f"z{place}", f"w{place}*{last}")
        net.node(f"a{place}", f"sigmoid(z{place})")
        last = f"a{place}"
    net.loss("l", f"({last} - t)**2/2")
    return net


HARD = "dl/dw2 = (y1-t1)*y1*(1-y1)*w5*x1"
"""A path, a derivative and an index are wrong: no single mistake explains it, so all is tried."""


def seconds(job: Callable[[], object], times: int = 1, clock: Callable[[], float] = time.process_time) -> float:
    """The best time of a job."""
    best = float("inf")
    for _ in range(times):
        start = clock()
        job()
        best = min(best, clock() - start)
    return best


def main() -> None:
    """Print the figures."""
    net = graphbp.example("two-layer")
    print(f"first claim: {seconds(lambda: Checker(net).check(RIGHT)):.3f} s")
    judge = Checker(net)
    for name, text in (("right and proved", RIGHT), ("wrong and diagnosed", WRONG)):
        judge.check(text)
        print(f"warm, {name}: {1e3 * seconds(partial(judge.check, text), 5):.1f} ms")
    print(f"first of a gradient, wrong in three ways: {1e3 * seconds(partial(judge.check, HARD)):.0f} ms")
    for length in (100, 667):
        large = chain(length)
        last = length - 1
        text = f"dl/dw{last} = (a{last} - t)*a{last}*(1 - a{last})*a{last - 1}"
        wrong = f"dl/dw{last} = (a{last} - t)*a{last - 1}"
        slow = Checker(large)
        right_time, wrong_time = seconds(partial(slow.check, text)), seconds(partial(slow.check, wrong))
        print(f"{3 * length} nodes, right: {right_time:.2f} s, wrong: {wrong_time:.2f} s")
    texts = [RIGHT, WRONG] * 500
    print(f"1000 claims in workers: {seconds(lambda: Pool(net, 2).run(texts), 1, time.perf_counter):.1f} s")


if __name__ == "__main__":
    main()
