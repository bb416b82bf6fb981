"""Where networks come from: one module for each source, each of which makes only a Network."""
