"""The loss as a landscape: contour lines over two parameters, or a curve over one, and the way of gradient descent."""

from graphbp.drawing.descent.chart import descent as descent
