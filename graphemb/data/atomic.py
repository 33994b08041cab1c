"""Write to a temporary name in the same folder, rename at the end: a reader never sees half a file."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from graphemb.errors import GraphembError

_SUFFIX = ".part"
_ABANDONED_AFTER = 24 * 3600  # seconds; a writer that was killed leaves its temporary file, a later save of the same name removes it


@contextmanager
def atomic_path(path: str | PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and rename it onto ``path`` when the block ends without an error.

    After any exception (Ctrl-C among them) the temporary file is gone and ``path`` is what it was. A link is written through.
    Two targets that belong together nest: both are complete before either is renamed.

    Raises
    ------
    GraphembError : the place cannot be written to (disk full, missing folder, no permission), named in one line

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "notes.txt") as temporary:
    ...     _ = temporary.write_text("whole or not at all")
    >>> [file.name for file in folder.iterdir()]
    ['notes.txt']
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}{_SUFFIX}")
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        # made here, so that a folder that cannot be written to is known before any work is done
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        _sync(temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise GraphembError(f"cannot write {str(path)!r}: {_reason(error, target)}; nothing was changed there") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    _remove_abandoned(target)


def _sync(path: Path) -> None:
    """Have the bytes on the disk before the name points to them."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError, target: Path) -> str:
    if not target.parent.is_dir():
        return f"there is no folder {str(target.parent)!r}"
    return (error.strerror or str(error) or type(error).__name__).splitlines()[0]


def _remove_abandoned(target: Path) -> None:
    with suppress(OSError):
        for other in target.parent.iterdir():
            if other.name.startswith(f".{target.name[:100]}.") and other.name.endswith(_SUFFIX):
                with suppress(OSError):
                    if time.time() - other.stat().st_mtime > _ABANDONED_AFTER:
                        other.unlink()
