"""`python -m graphbp` is the command `graphbp`."""

from graphbp.cli import main

main()
