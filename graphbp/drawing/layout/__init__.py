"""Diagrams become scenes: every arrangement has its layout."""

from graphbp.drawing.layout.arrange import fit as fit
from graphbp.drawing.layout.arrange import layout as layout
from graphbp.drawing.layout.metrics import Metrics as Metrics
from graphbp.drawing.layout.metrics import Size as Size
