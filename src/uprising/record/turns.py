"""Documented turns of events and grants of demands, to be set beside the simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from uprising.record.tables import read_record

DAY = np.timedelta64(1, "D")
GRANTED = ("granted", "partly", "in principle", "in practice")
"""Status of a demand that the government met, the whole of it before a part."""


class Turn(NamedTuple):
    """A documented turn: its kind (as of events), when, between when and when, in words, and the source."""

    kind: str
    time: np.datetime64
    time_low: np.datetime64
    time_high: np.datetime64
    text: str
    source: str
    subject: tuple[str, ...] | None = None
    """ids of what it is about; empty where no single event of a run is; None where the record names no subjects"""

    @property
    def is_day(self) -> bool:
        """Is only the day known."""
        midnight = self.time_low.astype("datetime64[D]")
        return bool(self.time_high - self.time_low == DAY and self.time_low == midnight)


def documented_turns(case_folder: Path, first: np.datetime64, last: np.datetime64) -> list[Turn]:
    """Read what a case's record says of the turns within a span: turns.csv, then grants of concessions.csv.

    A demand whose grant stands in turns.csv, to the minute, is not taken from concessions.csv again.

    Parameters
    ----------
    case_folder
        The case's folder.
    first, last
        The span, in minutes.

    Returns
    -------
    list of Turn
        In the order of time; empty for a case without a record.

    Raises
    ------
    RecordError
        A table has faults; all of that table are named.
    """
    turns = read_turns(case_folder)
    told = {subject for turn in turns if turn.kind == "concession" for subject in turn.subject or ()}
    turns += [turn for turn in read_grants(case_folder) if turn.subject and turn.subject[0] not in told]
    return sorted((turn for turn in turns if first <= turn.time <= last), key=lambda turn: turn.time)


def read_turns(case_folder: Path) -> list[Turn]:
    """Read the turns of a case's record in the order of time; none where the case has no record of them.

    Parameters
    ----------
    case_folder
        The case's folder; `record/turns.csv` in it has the columns of schema/record.csv.

    Raises
    ------
    RecordError
        The table has faults; all are named.
    """
    rows = read_record(case_folder, "turns")
    has_subjects = any(row["subject"] for row in rows)
    turns = [
        Turn(
            row["kind"],
            np.datetime64(row["time"], "m"),
            np.datetime64(row["time_low"] or row["time"], "m"),
            np.datetime64(row["time_high"] or row["time"], "m"),
            row["text"],
            ";".join(row["source"]),
            row["subject"] or () if has_subjects else None,
        )
        for row in rows
    ]
    return sorted(turns, key=lambda turn: turn.time)


def read_grants(case_folder: Path) -> list[Turn]:
    """Read from record/concessions.csv when each demand was granted: as a whole, else in part or in principle.

    Raises
    ------
    RecordError
        The table has faults; all are named.
    """
    rows = [
        row
        for row in read_record(case_folder, "concessions")
        if row["demand"] and row["status"] in GRANTED and len(row["date"] or "") >= len("YYYY-MM-DD")
    ]
    best: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["status"] != GRANTED[0], row["date"])):
        best.setdefault(row["demand"], row)
    return [_grant(row) for row in best.values()]


def _grant(row: dict[str, Any]) -> Turn:
    """A demand's grant as a turn."""
    time = np.datetime64(row["date"], "m")
    low, high = (time, time) if "T" in row["date"] else (time, time + DAY)
    text = f"{row['status']}: {row['text']}" if row["text"] else row["status"]
    words = text[0].upper() + text[1:]
    noon = np.datetime64(f"{row['date']}T12:00", "m") if high > low else time
    return Turn("concession", noon, low, high, words, ";".join(row["source"]), (row["demand"],))
