"""The run folder: what is written where, each file whole or not at all."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uprising import arguments
from uprising.errors import OutputError, UserError
from uprising.result.files import write_whole

if TYPE_CHECKING:
    import pyarrow

SUMMARY = "summary.json"
PROVENANCE = "provenance.json"
EVENTS = "events.parquet"
PEOPLE = "people.parquet"
LOG = "log.txt"
SNAPSHOT = "snapshot"
"""folder inside the folder of an unfinished run: its settings, and from time to time its state"""
STATE = "state.json"
ROWS_AT_ONCE = 1_000_000


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def prepare(path: Path) -> Path:
    """Make an output folder that nobody else writes into, and see that it is empty and can be written.

    Parameters
    ----------
    path
        A folder that does not exist yet or holds nothing but hidden leftovers of a killed process.

    Returns
    -------
    Path
        The same folder.

    Raises
    ------
    UserError
        It is a file, holds something already, or cannot be written.
    """
    path = make_folder(arguments.path("output folder", path))
    refuse_content(path)
    return path


def make_folder(path: Path) -> Path:
    """Make an output folder where there is none, and see that it can be written.

    Raises
    ------
    UserError
        It is a file, or cannot be written.
    """
    try:
        if path.exists() and not path.is_dir():
            raise UserError(f"output folder {path}: there is a file of that name; give another name with --out")
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UserError(
            f"output folder {path} cannot be written ({error.strerror or error}); give another with --out"
        ) from error
    return path


def prepare_file(path: Path) -> Path:
    """See that a file can be written, before the work whose outcome it is to hold.

    Parameters
    ----------
    path
        A file that may exist already, in a folder that does.

    Returns
    -------
    Path
        The same file.

    Raises
    ------
    UserError
        It is a folder, its folder is missing or closed, or its name is too long.
    """
    path = arguments.path("output file", path)
    try:
        if path.is_dir():
            raise UserError(f"output file {path}: there is a folder of that name; give another name")
        # the name itself first, since the folder may be fine and the name too long
        path.exists()
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UserError(
            f"output file {path} cannot be written ({error.strerror or error}); give another name"
        ) from error
    return path


def refuse_content(path: Path) -> None:
    """Refuse an output folder that is not empty, and say what to do about what it holds.

    Raises
    ------
    UserError
        It holds a finished run, an unfinished one, or anything else but hidden leftovers of a killed process.
    """
    if (path / SUMMARY).is_file():
        found = "it holds a finished run; give a new folder with --out"
    elif (path / SNAPSHOT / STATE).is_file():
        found = f"it holds an unfinished run; {resume_command(path)} goes on with it, or give a new folder with --out"
    elif any(not _is_leftover(child) for child in path.iterdir()):
        found = "give a new folder with --out"
    else:
        return
    raise UserError(f"output folder {path} is not empty: {found}")


def resume_command(path: Path) -> str:
    """The command that goes on with an unfinished run, for messages."""
    return f"`uprising run --resume {shlex.quote(str(path))}`"


def remedy_of_unfinished(path: Path) -> str:
    """What to do with a folder that holds no finished run, for messages."""
    if (path / SNAPSHOT / STATE).is_file():
        return f"go on with {resume_command(path)}"
    return "give the folder of a run or an ensemble"


def _is_leftover(child: Path) -> bool:
    """Whether a process that was killed right at its start left this."""
    if child.name == SNAPSHOT and child.is_dir():
        return all(file.name.startswith(".") for file in child.iterdir())
    return child.name.startswith(".")


def write_json(path: Path, content: Any) -> None:
    """Write a JSON document whole."""
    text = json_bytes(content)
    write_whole(path, lambda beside: _write_synced(beside, text))


def json_bytes(content: Any) -> bytes:
    """Make the JSON document that `write_json` writes."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # bytes of a path that are no UTF-8 stand as \\udcXX, which JSON reads as what they were
    return text.encode("utf-8", "backslashreplace")


def write_events(folder: Path, events: pyarrow.Table) -> None:
    """Write events.parquet."""
    import pyarrow.parquet

    write_whole(folder / EVENTS, lambda beside: pyarrow.parquet.write_table(events, str(beside)))


def write_people(folder: Path, people: Any, world: Any) -> None:
    """Write people.parquet: one row a person of the table, places and states by name.

    Parameters
    ----------
    folder
        The run folder.
    people
        Arrays of people (`uprising.state.People`).
    world
        Names: `place_ids` and `site_ids`.
    """
    import numpy as np
    import pyarrow
    import pyarrow.parquet

    from uprising.state import ACTIVITIES, ROLES

    words = {
        "home": list(world.place_ids),
        "role": list(ROLES),
        "sex": ["female", "male"],
        "activity": list(ACTIVITIES),
        "site": list(world.site_ids),
    }

    def rows(first: int, last: int) -> pyarrow.Table:
        columns: dict[str, Any] = {}
        for name, values in people._asdict().items():
            piece = values[first:last]
            if name in words:
                indices = pyarrow.array(piece.astype("i4"), mask=np.asarray(piece.astype("i8") < 0))
                columns[name] = pyarrow.DictionaryArray.from_arrays(indices, words[name])
            else:
                columns[name] = pyarrow.array(piece)
        return pyarrow.table(columns)

    def write(beside: Path) -> None:
        with pyarrow.parquet.ParquetWriter(str(beside), rows(0, 0).schema, compression="zstd") as writer:
            for first in range(0, len(people.home), ROWS_AT_ONCE):
                writer.write_table(rows(first, min(first + ROWS_AT_ONCE, len(people.home))))

    write_whole(folder / PEOPLE, write)


def append_log(folder: Path, *lines: str) -> None:
    """Add lines to log.txt, each with the time.

    Raises
    ------
    OutputError
        The disk is full or refuses.
    """
    try:
        with (folder / LOG).open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.writelines(f"{now()} {line}\n" for line in lines)
    except OSError as error:
        raise OutputError(f"could not write {folder / LOG}: {error.strerror or error}") from error


@cache
def versions() -> dict[str, str]:
    """Versions of this program, Python and the packages that make numbers, and the platform."""
    import platform
    from importlib import metadata

    found = {
        name: metadata.version(name) for name in ("numpy", "numba", "scipy", "xarray", "zarr", "pyarrow")
    }
    return {"python": platform.python_version(), **found, "platform": platform.platform()}


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
