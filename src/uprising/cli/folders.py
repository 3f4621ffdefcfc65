"""New folders for results, named by case and time, each with one owner however many start at once."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from uprising.errors import UserError


@contextlib.contextmanager
def new_folder(parent: Path, case: str, what_if: str | None) -> Iterator[Path]:
    """Make a folder of its own for what the block writes; it is removed if the block fails before it writes.

    The folder is made, not only named, so that programs that start in the same second each get another.

    Parameters
    ----------
    parent
        Folder of folders; made if it is missing.
    case, what_if
        What is simulated, for the name.

    Yields
    ------
    Path
        The folder, empty.

    Raises
    ------
    UserError
        The parent cannot be written.
    """
    world = Path(what_if).stem if what_if else "baseline"
    name = f"{Path(case).absolute().name}-{world}-{datetime.now():%Y%m%d-%H%M%S}"
    folder = _make(parent, name)
    try:
        yield folder
    except BaseException:
        with contextlib.suppress(OSError):  # something was written: it stays
            folder.rmdir()
        raise


def _make(parent: Path, name: str) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for n in itertools.count(1):
            folder = parent / (name if n == 1 else f"{name}-{n}")
            # another program has just made one of this name: take the next
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        raise UserError(
            f"{parent / name} cannot be made ({error.strerror or error}); name a folder with --out"
        ) from error
    raise AssertionError("there are always more names")
