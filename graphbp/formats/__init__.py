"""How things look in files: one folder per format, found by its presence, loaded when it is used."""

from graphbp.formats.registry import Format as Format
from graphbp.formats.registry import Options as Options
from graphbp.formats.registry import endings as endings
from graphbp.formats.registry import get as get
from graphbp.formats.registry import names as names
from graphbp.formats.registry import render as render
from graphbp.formats.registry import write as write
