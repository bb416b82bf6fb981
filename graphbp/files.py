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
        path = path.resolve()
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            os.chmod(name, _mode(path))
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise FileProblem(f"cannot write {path}: {error.strerror}", fix=_remedy(path)) from None


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, else those that a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _remedy(path: Path) -> str | None:
    return f"make the folder {path.parent} first" if not path.parent.exists() else None
