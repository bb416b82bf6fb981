"""Diagrams become scenes: every arrangement has its layout."""

from graphbp.drawing.layout.arrange import fit as fit
from graphbp.drawing.layout.arrange import fits as fits
from graphbp.drawing.layout.arrange import layout as layout
from graphbp.drawing.layout.arrange import layout_in_rows as layout_in_rows
from graphbp.drawing.layout.arrange import smallest as smallest
from graphbp.drawing.layout.arrange import too_large as too_large
from graphbp.drawing.layout.metrics import Metrics as Metrics
from graphbp.drawing.layout.metrics import Size as Size
