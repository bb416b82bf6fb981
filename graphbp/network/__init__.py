"""A network: the graph together with its values, data, names, functions and total."""

from graphbp.network.builder import Network as Network
from graphbp.network.declared import Leaf as Leaf
from graphbp.network.declared import UserFunction as UserFunction
from graphbp.network.variable import Variable as Variable
from graphbp.network.variable import call as call
