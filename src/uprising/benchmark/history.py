"""The benchmark's history: one line of JSON a measurement."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uprising
from uprising.errors import OutputError, UserError
from uprising.result.folder import now, versions

if TYPE_CHECKING:
    from uprising.benchmark.table import Row


def append(file: Path, rows: Iterable[Row]) -> None:
    """Add a line to the history.

    Raises
    ------
    UserError
        There is no folder for it: the history belongs to a checkout of the project.
    OutputError
        The disk is full or refuses.
    """
    if not file.parent.is_dir():
        raise UserError(f"there is no folder {file.parent} here; --record is for a checkout of the project")
    line = {
        "time": now(),
        "version": uprising.__version__,
        "commit": _commit(file.parent),
        "machine": _machine(),
        **versions(),
        "rows": [row.as_json() for row in rows],
    }
    try:
        with file.open("a", encoding="utf-8") as history:
            history.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
    except OSError as error:
        raise OutputError(f"could not write {file}: {error.strerror or error}") from error


def read(file: Path) -> list[dict[str, Any]]:
    """The history, oldest first."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _commit(folder: Path) -> str | None:
    """The commit that is checked out, with a plus where files differ from it; None outside of a checkout."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _machine() -> str:
    """The processor's name where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
