"""Keeping synthesised people in the user's cache folder, so that the next start takes no time.

One folder a population, named by its key, holds one .npy file a column and a header with sizes and checksums.
A population is written under another name and renamed when it is whole; what doesn't match its header is
made anew. Without room or permission everything still works, only slower.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.caches import cache_folder
from uprising.case.geography import LEAVES
from uprising.case.reading import Case
from uprising.state import Groups, People

PEOPLE = "people"
HEADER = "header.json"
MOST_BYTES = 4 * 1024**3
PART = ".part-"
STALE_SECONDS = 3600.0
"""unfinished folders older than this were left by a process that was killed"""
MAPPED_FROM_BYTES = 4096
PAGE = 4096
FORMAT = 2
"""part of the key: raise it whenever what is kept looks otherwise"""
_log = logging.getLogger(__name__)


def key_of(case: Case, scale: float, version: int | list[float]) -> str:
    """Key of a population: digest of the inputs that shape it, of the scale and of the synthesis' version."""
    tables = case.tables

    def columns(table: str, *names: str) -> list[list[Any]]:
        return [[row[name] for name in names] for row in tables[table].rows]

    content = {
        "version": version,
        "format": FORMAT,
        "scale": scale,
        "places": [
            [row["id"], row["latitude"], row["longitude"]]
            for row in tables["places"].rows
            if row["kind"] in LEAVES
        ],
        "roles": columns("roles", "place", "role", "count"),
        "ages": columns("ages", "role", "sex", "age_low", "age_high", "share"),
        "workplaces": columns("workplaces", "place", "site", "role", "people"),
        "sites": tables["sites"].column("id"),
        "people": case.settings.people.model_dump(),
        "hardship": case.settings.eve.hardship,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_or_make(key: str, make: Callable[[], tuple[People, Groups]]) -> tuple[People, Groups]:
    """The population with this key from the cache, or a new one, which is then kept.

    Arrays are read-only either way.
    """
    folder = cache_folder(PEOPLE)
    kept = load(folder / key)
    if kept is not None:
        return kept
    population = make()
    keep(folder, key, population)
    # mapped files can leave memory when it is short, arrays can't
    kept = load(folder / key)
    if kept is not None:
        return kept
    for structure in population:
        for array in structure:
            array.setflags(write=False)
    return population


def load(entry: Path) -> tuple[People, Groups] | None:
    """The population in a folder, or None where there is none or it doesn't match its header."""
    try:
        header = json.loads((entry / HEADER).read_text(encoding="utf-8"))
        files = header["files"]
        with contextlib.suppress(OSError):
            os.utime(entry)  # the least recently used goes first
        columns: dict[str, NDArray[Any]] = {}
        for name, (size, checksum) in files.items():
            file = entry / f"{name}.npy"
            if file.stat().st_size != size or _checksum(file) != checksum:
                raise ValueError(f"{file.name} is damaged")
            # an empty column can't be mapped
            array = np.load(file, mmap_mode="r" if size >= MAPPED_FROM_BYTES else None, allow_pickle=False)
            array.setflags(write=False)
            columns[name] = np.asarray(array)
        return (
            People(*(columns[f"people.{name}"] for name in People._fields)),
            Groups(*(columns[f"groups.{name}"] for name in Groups._fields)),
        )
    except (FileNotFoundError, NotADirectoryError):
        if not entry.exists():
            return None
        _log.warning("kept people in %s are incomplete; they are made anew", entry)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        _log.warning("kept people in %s can't be used (%s); they are made anew", entry, fault)
    _discard(entry)
    return None


def keep(folder: Path, key: str, population: tuple[People, Groups]) -> None:
    """Write a population into the cache; a failure is only a warning."""
    part = folder / f"{PART}{key[:16]}-{os.getpid()}-{time.monotonic_ns()}"
    people, groups = population
    columns: dict[str, NDArray[Any]] = {f"people.{name}": array for name, array in people._asdict().items()}
    columns |= {f"groups.{name}": array for name, array in groups._asdict().items()}
    try:
        part.mkdir(parents=True)
        files = {}
        for name, array in columns.items():
            file = part / f"{name}.npy"
            with open(file, "wb") as stream:
                np.save(stream, array, allow_pickle=False)
            files[name] = (file.stat().st_size, _checksum(file))
        (part / HEADER).write_text(json.dumps({"files": files}), encoding="utf-8")
        part.rename(folder / key)
    except OSError as fault:
        # another process may have been quicker: then its people, which are the same, are kept
        if not (folder / key / HEADER).exists():
            reason = fault.strerror or fault
            _log.warning(
                "the people can't be kept in %s (%s); the next start makes them anew", folder, reason
            )
        return
    finally:
        # after a rename nothing is left; after a fault or an interruption no half population stays
        shutil.rmtree(part, ignore_errors=True)
    prune(folder, key)


def prune(folder: Path, key: str, most_bytes: int = MOST_BYTES) -> None:
    """Remove the populations used longest ago beyond the given room, and unfinished old ones; never `key`."""
    entries = []
    try:
        children = list(folder.iterdir())
    except OSError:
        return
    for child in children:
        try:
            used = child.stat().st_mtime
            size = sum(file.stat().st_size for file in child.iterdir())
        except OSError:
            continue  # another process removes it at this moment
        if child.name.startswith("."):
            if time.time() - used > STALE_SECONDS:
                shutil.rmtree(child, ignore_errors=True)
        else:
            entries.append((used, size, child))
    total = sum(size for _, size, _ in entries)
    for _, size, child in sorted(entries, key=lambda entry: entry[0]):
        if total <= most_bytes:
            break
        if child.name != key:
            _discard(child)
            total -= size


def _discard(entry: Path) -> None:
    """Remove an entry in one step for all who look, then its files."""
    away = entry.with_name(f"{PART}{entry.name[:16]}-{os.getpid()}-{time.monotonic_ns()}")
    try:
        entry.rename(away)
    except FileNotFoundError:
        return  # another process was quicker
    except OSError as fault:
        _log.warning("%s can't be removed (%s)", entry, fault.strerror)
        return
    shutil.rmtree(away, ignore_errors=True)


def _checksum(file: Path) -> int:
    """CRC-32 of the sums of a file's words, PAGE by PAGE: a CRC of every byte would take five times as long."""
    octets = np.memmap(file, np.uint8, mode="r")
    whole = len(octets) // PAGE * PAGE
    sums = octets[:whole].view("<u8").reshape(-1, PAGE // 8).sum(axis=1, dtype="<u8")
    return zlib.crc32(octets[whole:].data, zlib.crc32(sums.data))
