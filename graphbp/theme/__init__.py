"""What each role looks like: colours, dashes and fonts, for paper, dark slides and transparent pictures."""

from graphbp.theme.styles import THEMES as THEMES
from graphbp.theme.styles import Palette as Palette
from graphbp.theme.styles import Style as Style
from graphbp.theme.styles import Theme as Theme
from graphbp.theme.styles import from_palette as from_palette
from graphbp.theme.styles import get as get
