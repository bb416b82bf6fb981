"""What each operation means: its definition in index form, its shapes, its stable NumPy kernels."""

from graphbp.ops.base import REQUIRED as REQUIRED
from graphbp.ops.base import Domain as Domain
from graphbp.ops.base import Elementwise as Elementwise
from graphbp.ops.base import Op as Op
from graphbp.ops.base import Sample as Sample
from graphbp.ops.base import Signature as Signature
from graphbp.ops.callables import Callables as Callables
from graphbp.ops.registry import get as get
from graphbp.ops.registry import names as names
from graphbp.ops.registry import register as register
