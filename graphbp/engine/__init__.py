"""Numbers: forward, backward as sums of contributions, examples, and witnesses that know no rule."""

from graphbp.engine.result import Contribution as Contribution
from graphbp.engine.result import NodeResult as NodeResult
from graphbp.engine.result import Result as Result
from graphbp.engine.running import run as run
