"""The explicit directed acyclic graph and the shapes of its values."""

from graphbp.graph.node import LEAF_ROLES as LEAF_ROLES
from graphbp.graph.node import Graph as Graph
from graphbp.graph.node import Kept as Kept
from graphbp.graph.node import Node as Node
from graphbp.graph.node import Role as Role
from graphbp.graph.shape import SCALAR as SCALAR
from graphbp.graph.shape import Shape as Shape
from graphbp.graph.shape import Size as Size
