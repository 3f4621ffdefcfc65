"""Documented values that are shown beside the simulated curves.

A case's record names its series freely; the beginning of the name says what was counted. Values are shown
where the record gives them for the whole country or for its capital.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from uprising.record.tables import read_record

MEASURES = {
    "demonstrators_total": "crowd",
    "armed_insurgents": "fighting",
    "strike_share": "striking",
    "refugees": "fled",
    "deaths_cumulative": "dead",
    "wounded_cumulative": "wounded",
    "detained": "detained",
}
"""Beginning of a documented series' name: the output variable that it can be set beside."""


class Documented(NamedTuple):
    """One documented value."""

    measure: str
    """output variable"""
    place: str
    time: np.datetime64
    """minutes; the middle of a day where only the day is known"""
    value: float
    low: float
    high: float
    quality: str
    source: str


def read_documented(case_folder: Path) -> list[Documented]:
    """Documented values of record/series.csv that have a simulated counterpart; none without the file.

    Raises
    ------
    RecordError
        The table has faults; all are named.
    """
    found: list[Documented] = []
    for row in read_record(case_folder, "series"):
        measure = _measure(row["series"])
        # spans, months and years have no moment on the axis of a crisis
        if measure is not None and row["end"] is None and len(row["start"]) >= len("1901-12-31"):
            found.append(_value(measure, row))
    return sorted(found, key=lambda value: value.time)


def read_positions(case_folder: Path) -> list[tuple[np.datetime64, str, float]]:
    """Documented positions in the hegemon's council (session, member, position); none without the file.

    Raises
    ------
    RecordError
        The table has faults; all are named.
    """
    return [
        (_middle(row["session"]), row["member"] or "", row["position"])
        for row in read_record(case_folder, "council_positions")
    ]


def _measure(series: str) -> str | None:
    if series.startswith("refugees") and not series.endswith("cumulative"):
        return None
    return next((measure for start, measure in MEASURES.items() if series.startswith(start)), None)


def _value(measure: str, row: dict[str, Any]) -> Documented:
    value = row["value"]
    low, high = (row[name] if row[name] is not None else value for name in ("low", "high"))
    place, source = (";".join(row[name] or ()) for name in ("place", "source"))
    return Documented(measure, place, _middle(row["start"]), value, low, high, row["quality"], source)


def _middle(date: str) -> np.datetime64:
    """The moment, or the middle of a day."""
    time: np.datetime64 = np.datetime64(date, "m")
    return time if "T" in date else time + np.timedelta64(12, "h")
