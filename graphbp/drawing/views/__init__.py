"""Views: what of a network is shown, and as what."""

from graphbp.drawing.views.choose import VIEWS as VIEWS
from graphbp.drawing.views.choose import default_view as default_view
from graphbp.drawing.views.choose import view as view
from graphbp.drawing.views.choose import views_of as views_of
