"""Gradient descent by hand: ten steps on one weight and one bias."""

import graphbp

net = graphbp.Network("Descent")
x, t = net.input("x", 2), net.target("t", 0.8)
w, b = net.parameter("w", -1), net.parameter("b", 0)
y = net.node("y", graphbp.sigmoid(w * x + b))
net.loss("l", (y - t) ** 2 / 2)

rate = 2.0
values = {"w": -1.0, "b": 0.0}
for step in range(10):
    result = net.run(values)
    print(f"step {step}: l = {result.loss:.5f}, w = {values['w']:.4f}, b = {values['b']:.4f}")
    values = {name: value - rate * result[name].gradient for name, value in values.items()}
