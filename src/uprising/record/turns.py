"""Documented turns of events, to be set beside the simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from uprising.record.tables import read_record


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
        The case's folder; `record/turns.csv` in it has the columns of schema/record.csv.

    Raises
    ------
    RecordError
        The table has faults; all are named.
    """
    turns = [
        Turn(
            row["kind"],
            np.datetime64(row["time"], "m"),
            np.datetime64(row["time_low"] or row["time"], "m"),
            np.datetime64(row["time_high"] or row["time"], "m"),
            row["text"],
            ";".join(row["source"]),
        )
        for row in read_record(case_folder, "turns")
    ]
    return sorted(turns, key=lambda turn: turn.time)
