"""Documented turns of events, to be set beside the simulated ones."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from uprising.errors import UserError


class Turn(NamedTuple):
    """A documented turn: its kind (as of events), when, between when and when, in words, and the source."""

    kind: str
    time: np.datetime64
    time_low: np.datetime64
    time_high: np.datetime64
    text: str
    source: str


def read_turns(case_folder: Path) -> list[Turn]:
    """Turns of a case's record in the order of time; none where the case has no record of them.

    Parameters
    ----------
    case_folder
        The case's folder; `record/turns.csv` in it has the columns kind, time, time_low,
        time_high, text, source.

    Raises
    ------
    UserError
        A line of the table cannot be read; all faults are named.
    """
    path = case_folder / "record" / "turns.csv"
    if not path.is_file():
        return []
    turns: list[Turn] = []
    faults: list[str] = []
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        missing = [name for name in Turn._fields if name not in (table.fieldnames or [])]
        if missing:
            raise UserError(f"{path}, line 1: the columns {', '.join(missing)} are missing")
        for row in table:
            if any(row[name] is None for name in Turn._fields):
                faults.append(f"{path}, line {table.line_num}: {len(Turn._fields)} cells expected")
                continue
            try:
                if not row["time"]:
                    raise ValueError
                time = np.datetime64(row["time"], "m")
                low = np.datetime64(row["time_low"] or row["time"], "m")
                high = np.datetime64(row["time_high"] or row["time"], "m")
            except ValueError:
                faults.append(
                    f"{path}, line {table.line_num}: the times must look like 1901-12-31T18:30, "
                    f"got {row['time']!r}, {row['time_low']!r}, {row['time_high']!r}"
                )
                continue
            turns.append(Turn(row["kind"], time, low, high, row["text"], row["source"]))
    if faults:
        raise UserError(*faults)
    return sorted(turns, key=lambda turn: turn.time)
