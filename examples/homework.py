"""Gradients derived by hand, judged: one is right, one forgets the slope of the sigmoid."""

import graphbp

net = graphbp.example("one-neuron")
claims = [
    "dl/dw1 = (y - t) * y * (1 - y) * x1",
    "dl/dw1 = (y - t) * x1",
]
for claim in claims:
    verdict = net.check(claim)
    print(f"{verdict.outcome}: {claim}")
    if verdict.outcome == "wrong":
        print(verdict.mistake.explanation if verdict.mistake else "no known mistake")
