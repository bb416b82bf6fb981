"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from graphbp.errors import FileProblem


def write_whole(path: Path, content: bytes) -> None:
    """Write the file whole or not at all.

    Raises: FileProblem if it cannot be written.
    """
    if path.is_dir():
        raise FileProblem(f"cannot write {path}: it is a folder", fix="name a file in it")
    try:
        # A link is followed; a device or a pipe is written to and never replaced.
        place = path.resolve()
        if place.exists() and not place.is_file():
            place.write_bytes(content)
        else:
            _replace(place, content)
    except OSError as error:
        raise FileProblem(f"cannot write {path}: {error.strerror}", fix=_remedy(path)) from None


def _replace(place: Path, content: bytes) -> None:
    """Write a neighbour and give it the name: no reader ever sees half of it."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, _mode(place))
        os.replace(name, place)
    except BaseException:
        os.unlink(name)
        raise


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, else those that a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _remedy(path: Path) -> str | None:
    return f"make the folder {path.parent} first" if not path.parent.exists() else None
