"""Runs started from the page are kept for a while, not for ever: by age, by number, by size; the oldest go first."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from uprising.server.shelf import SUMMARY

MOST_DAYS, MOST_RUNS, MOST_BYTES = 30, 400, 4_000_000_000
BEAT_SECONDS, ABANDONED_SECONDS = 5.0, 60.0
"""so often a run under way is marked as such; unmarked for so long, it was left by a server that was killed"""


class Kept(NamedTuple):
    """A finished run in the folder of jobs."""

    time: float
    folder: Path
    size: int


def mark(folder: Path) -> None:
    """Mark a run as under way."""
    with suppress(FileNotFoundError):  # it has not got as far as a folder
        os.utime(folder)


def expire(jobs_folder: Path, spared: Collection[Path], now: float | None = None) -> list[Path]:
    """Remove what has been kept long enough, and half runs of servers that were killed.

    Only folders whose names begin with job- are looked at: whatever else lies there is the user's.

    Parameters
    ----------
    jobs_folder : where runs started from the page are kept
    spared : folders to keep whatever their age
    now : seconds since 1970

    Returns
    -------
    list of Path
        Folders removed.
    """
    now = time.time() if now is None else now
    kept, gone = [], []
    for folder in jobs_folder.glob("job-*"):
        if folder.is_symlink() or not folder.is_dir() or folder in spared:
            continue
        try:
            changed = folder.stat().st_mtime
            if (folder / SUMMARY).is_file():
                files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
                kept.append(Kept(changed, folder, sum(files)))
            elif now - changed > ABANDONED_SECONDS:
                gone.append(folder)
        except FileNotFoundError:
            continue  # another server has just removed it
    size = 0
    for rank, run in enumerate(sorted(kept, reverse=True)):
        size += run.size
        if rank >= MOST_RUNS or size > MOST_BYTES or now - run.time > MOST_DAYS * 86_400:
            gone.append(run.folder)
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return gone
