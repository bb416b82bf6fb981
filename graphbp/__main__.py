"""`python -m graphbp` and the command `graphbp`."""

import sys


def main() -> None:
    """Run the command line; an interrupt while it is still loading ends it as quietly as one later on."""
    try:
        from graphbp.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("\ngraphbp: interrupted\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
