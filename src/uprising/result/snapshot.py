"""The snapshot of an unfinished run: its settings from the start, and from time to time its state.

`snapshot/` in the run folder holds `state.json` and, once a state was saved, one file of arrays. `state.json`
names that file with its checksum, and replaces its predecessor in one step. So a kill at any moment leaves
the old snapshot or the new one, never parts of both. Every byte is under a checksum.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from uprising.errors import DamagedError, OutputError, UserError
from uprising.result import folder as folders
from uprising.result.checksums import Checksums, checksum, file_checksum
from uprising.result.files import read_regular, sync_folder, write_whole

FORMAT = 1
"""raise it whenever older snapshots can't be read any more"""
ARRAYS = "arrays"
"""entry of state.json: name and checksum of the file of arrays, or null before a state was saved"""


def write_snapshot(
    folder: Path, content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None
) -> None:
    """Save a run's settings and state; the snapshot from before is intact until this one is whole.

    Parameters
    ----------
    folder
        The run folder.
    content
        JSON-able settings and values; `step` is the number of finished steps.
    arrays
        The state's arrays by name; None before the first step.

    Raises
    ------
    OutputError
        The disk is full or refuses; the snapshot from before is intact.
    """
    place = folder / folders.SNAPSHOT
    about = None
    try:
        place.mkdir(exist_ok=True)
        if arrays is not None:
            file = place / f"state-{content['step']:08d}.npz"
            write_whole(file, lambda beside: _write_arrays(beside, arrays))
            about = {"name": file.name, "sha256": file_checksum(file)}
        document = _seal({"format": FORMAT, **content, ARRAYS: about})
        write_whole(place / folders.STATE, lambda beside: _write_bytes(beside, document))
        sync_folder(place)
        sync_folder(folder)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"could not write {place}: {error.strerror or error}") from error
    for other in place.iterdir():
        if other.suffix == ".npz" and (about is None or other.name != about["name"]):
            # the next snapshot tries again
            with contextlib.suppress(OSError):
                other.unlink()


def holds_snapshot(folder: Path) -> bool:
    """Whether a folder holds an unfinished run that can be resumed."""
    return (folder / folders.SNAPSHOT / folders.STATE).is_file() and not (folder / folders.SUMMARY).is_file()


def require_snapshot(folder: Path) -> None:
    """Refuse a folder in which there is no unfinished run.

    Raises
    ------
    UserError
        There is no such folder, its run is finished, or it holds something else.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder")
    if (folder / folders.SUMMARY).is_file():
        raise UserError(f"{folder} holds no interrupted run: the run in it is finished")
    if not (folder / folders.SNAPSHOT / folders.STATE).is_file():
        raise UserError(
            f"{folder} holds no interrupted run (no {folders.SNAPSHOT}/{folders.STATE} in it); "
            "start a run with --out and a new folder"
        )


def read_snapshot(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]] | None]:
    """Read the snapshot of an unfinished run.

    Returns
    -------
    content, arrays
        As given to `write_snapshot`.

    Raises
    ------
    UserError
        There is none.
    DamagedError
        A file of it is missing, or is not what was written.
    """
    require_snapshot(folder)
    name = f"{folders.SNAPSHOT}/{folders.STATE}"
    document = read_regular(folder, name)
    try:
        content = _unseal(document or b"")
    except (ValueError, LookupError, TypeError) as error:
        raise DamagedError(folder, name, f"is not as it was written; {_REMEDY}") from error
    if content["format"] != FORMAT:
        raise UserError(
            f"{folder}: {name} has format {content['format']}, this version reads {FORMAT}; {_REMEDY}"
        )
    about = content.pop(ARRAYS)
    if about is None:
        return content, None
    held = f"{folders.SNAPSHOT}/{about['name']}"
    for damage in Checksums(folder, {held: {about["sha256"]}}, _REMEDY).damaged():
        raise damage
    try:
        with np.load(folder / held, allow_pickle=False) as arrays:
            return content, dict(arrays)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DamagedError(folder, held, f"cannot be read: {error}; {_REMEDY}") from error


def remove_snapshot(folder: Path) -> None:
    """Remove the snapshot of a run that is finished; what can't be removed does no harm beside a summary."""
    shutil.rmtree(folder / folders.SNAPSHOT, ignore_errors=True)


_REMEDY = "the run cannot be resumed from it; start it again with a new --out"


def _seal(content: Mapping[str, Any]) -> bytes:
    """The content as JSON with its own checksum in front."""
    text = json.dumps(content, default=_plain)
    return f'{{"sha256": "{checksum(text.encode())}", "content": {text}}}\n'.encode()


def _unseal(document: bytes) -> dict[str, Any]:
    """The content of a sealed document; a ValueError where it is not byte by byte as it was written."""
    content: dict[str, Any] = json.loads(document)["content"]
    if _seal(content) != document:
        raise ValueError("its checksum is not the one with which it was written")
    return content


def _plain(value: Any) -> Any:
    """numpy scalars and arrays for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} can't be written to a snapshot")


def _write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)
        _sync(file)


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        _sync(file)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
