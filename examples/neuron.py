"""A network built, run, explained and drawn in Python."""

import graphbp

net = graphbp.Network("One neuron", learning_rate=0.5)
x1, x2 = net.input("x1", 2), net.input("x2", -1)
w1, w2, b = net.parameter("w1", 0.5), net.parameter("w2", 1.5), net.parameter("b", 0.25)
t = net.target("t", 1)
z = net.node("z", w1 * x1 + w2 * x2 + b)
y = net.node("y", graphbp.sigmoid(z))
net.loss("l", (y - t) ** 2 / 2)
net.rename("t", r"\hat{y}")

result = net.run()
for name in ("z", "y", "l"):
    print(f"{name} = {result[name].value:.4f}")
for name in ("w1", "w2", "b"):
    print(f"dl/d{name} = {result[name].gradient:.4f}")

net.explain(wrt=["w1"]).save("w1.pdf")
net.draw(view="graph").save("graph.svg")
net.save("neuron.yaml")
