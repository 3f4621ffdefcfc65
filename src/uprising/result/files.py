"""Files written whole or not at all, and read only where they are regular files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from uprising.errors import DamagedError, OutputError, UserError


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file beside its place and move it there, so that nobody ever sees half of it.

    Parameters
    ----------
    path
        The file.
    write
        Writes the content to the path that it is given.

    Raises
    ------
    UserError
        The name is longer than the file system takes.
    OutputError
        The disk is full or refuses; what was there before is intact.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(beside)
        os.replace(beside, path)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UserError(f"{path}: the name is too long for this file system; give a shorter one") from error
        beside.unlink(missing_ok=True)
        raise OutputError(f"could not write {path}: {error.strerror or error}") from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def sync_file(path: Path) -> None:
    """Wait until a file's content is on the disk, so that it outlives a loss of power.

    Raises
    ------
    OutputError
        The disk is full or refuses.
    """
    _sync(path, os.O_RDWR)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that.

    Raises
    ------
    OutputError
        The disk is full or refuses.
    """
    if hasattr(os, "O_DIRECTORY"):  # Windows writes names through
        _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def sync_tree(folder: Path) -> None:
    """Wait until all files in a folder and below are on the disk.

    Raises
    ------
    OutputError
        The disk is full or refuses.
    """
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)


def _sync(path: Path, mode: int) -> None:
    try:
        descriptor = os.open(path, mode)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(f"could not write {path}: {error.strerror or error}") from error


def clear_leftovers(folder: Path) -> None:
    """Remove what writers that were killed left half-written in a folder and below."""
    for file in folder.rglob(".*.part"):
        file.unlink(missing_ok=True)


def read_regular(folder: Path, name: str) -> bytes | None:
    """Read a file, but never a pipe or a device, which might not end.

    Parameters
    ----------
    folder
        The folder of a run or an ensemble.
    name
        Path of the file inside the folder.

    Returns
    -------
    bytes or None
        None when there is no such file.

    Raises
    ------
    DamagedError
        It is something else than a regular file, or cannot be read.
    """
    descriptor = -1
    try:
        # a pipe without a writer must not hold the reader up
        descriptor = os.open(
            folder / name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DamagedError(folder, name, "is no regular file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedError(folder, name, f"cannot be read: {error.strerror or error}") from error
    except MemoryError:
        raise DamagedError(folder, name, "is too large to be read") from None
    finally:
        if descriptor >= 0:
            os.close(descriptor)
