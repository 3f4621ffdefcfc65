"""A lock on an output folder: one process writes into it at a time.

The operating system holds the lock and releases it when the process ends, however it ends. So a killed run
leaves nothing behind that has to be removed by hand. The package filelock was weighed: it reports a file
system without locks as a lock that somebody else holds (all errors but ENOSYS), which is the message that
misleads, and its fallback is a file that outlives a killed process.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from uprising.errors import OutputError, UserError
from uprising.result import folder as folders

LOCK = ".lock"
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""what the system answers when another process has the lock (EDEADLK on Windows)"""
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def lock_folder(folder: Path, work: str) -> Iterator[None]:
    """Keep every other process out of an output folder for the duration of the block.

    Parameters
    ----------
    folder
        An existing folder. The lock file lies inside and is removed at the end.
    work
        What is at work there, for the message: "run", "ensemble".

    Raises
    ------
    UserError
        Another process works in the folder.
    OutputError
        The lock file cannot be written.
    """
    file = folder / LOCK
    try:
        descriptor = _open_locked(file)
    except OSError as error:
        raise OutputError(f"could not write {file}: {error.strerror or error}") from error
    if descriptor is None:
        raise UserError(
            f"another {work} is at work in {folder}; wait until it has ended, or give another folder with --out"
        )
    try:
        yield
    finally:
        # on Windows an open file can't be removed: then the next process takes over the file
        with contextlib.suppress(OSError):
            file.unlink()
        os.close(descriptor)


@contextlib.contextmanager
def lock_new_folder(folder: Path, work: str) -> Iterator[None]:
    """Make an output folder, see that it is empty, and keep every other process out for the block.

    Raises
    ------
    UserError
        It is a file, holds something, cannot be written, or another process works in it.
    """
    folders.make_folder(folder)
    # the lock comes first: a process at work is told from a run that was left unfinished
    with lock_folder(folder, work):
        folders.refuse_content(folder)
        yield


def _open_locked(file: Path) -> int | None:
    """Descriptor of the locked file; None where another process holds the lock."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            # whoever held the lock may have removed the file meanwhile: then this is a lock on nothing
            if _is_same(descriptor, file):
                return descriptor
        except OSError as error:
            if error.errno in HELD:
                os.close(descriptor)
                return None
            _log.warning(
                "the file system of %s has no locks (%s); make sure that no second run writes there",
                file.parent,
                error.strerror or error,
            )
            return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_same(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    """Lock an open file, or raise the system's error at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
