"""Small ensembles of the template case, and what must be equal in two of their folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import uprising

SEEDS = range(3)
SCALE = 0.02
UNTIL = "1970-05-03"


def study(case: Path | None, out: Path | None, *, one_at_a_time: bool = False, **settings: Any) -> Any:
    """An ensemble of three short runs."""
    if settings.get("resume") is None or case is not None:
        settings = {"seeds": SEEDS, "scale": SCALE, "until": UNTIL, **settings}
    with mock.patch("uprising.experiment.driving.IN_FLIGHT", 1 if one_at_a_time else 256):
        return uprising.ensemble(None if case is None else str(case), out=out, **settings)


def contents(folder: Path) -> dict[str, bytes]:
    """Every byte of the results; what tells time or place of the work is left out."""
    kept = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and (
            name.startswith("series.zarr/") or name in ("events.parquet", "sessions.parquet")
        ):
            kept[name] = file.read_bytes()
    assert any(name.endswith("events.parquet") for name in kept)
    return kept
