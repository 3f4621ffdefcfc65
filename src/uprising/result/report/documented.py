"""Documented values that are shown beside the simulated curves.

A case's record names its series freely; the beginning of the name says what was counted. Values are shown
where the record gives them for the whole country or for its capital.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from uprising.errors import UserError

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
    UserError
        A row that is used has no number or no date; all such rows are named.
    """
    path = case_folder / "record" / "series.csv"
    if not path.is_file():
        return []
    found: list[Documented] = []
    faults: list[str] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            measure = _measure(row.get("series") or "")
            # spans, months and years have no moment on the axis of a crisis
            if measure is None or row.get("end") or len(row.get("start") or "") < len("1901-12-31"):
                continue
            try:
                found.append(_value(measure, row))
            except ValueError as fault:
                faults.append(f"{path}, line {rows.line_num}: {fault}")
    if faults:
        raise UserError(*faults)
    return sorted(found, key=lambda value: value.time)


def read_positions(case_folder: Path) -> list[tuple[np.datetime64, str, float]]:
    """Documented positions in the hegemon's council (session, member, position); none without the file.

    Raises
    ------
    UserError
        A position is no number or a session no date.
    """
    path = case_folder / "record" / "council_positions.csv"
    if not path.is_file():
        return []
    found: list[tuple[np.datetime64, str, float]] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            if not row.get("position"):
                continue
            try:
                time = np.datetime64(row["session"], "m") + np.timedelta64(
                    0 if "T" in row["session"] else 12, "h"
                )
                found.append((time, row["member"], float(row["position"])))
            except ValueError as fault:
                raise UserError(f"{path}, line {rows.line_num}: {fault}") from fault
    return found


def _measure(series: str) -> str | None:
    if series.startswith("refugees") and not series.endswith("cumulative"):
        return None
    return next((measure for start, measure in MEASURES.items() if series.startswith(start)), None)


def _value(measure: str, row: dict[str, str]) -> Documented:
    time = np.datetime64(row["start"], "m")
    if "T" not in row["start"]:
        time = time + np.timedelta64(12, "h")
    value = float(row["value"])
    low, high = (float(row[name]) if row.get(name) else value for name in ("low", "high"))
    return Documented(
        measure,
        row.get("place") or "",
        time,
        value,
        low,
        high,
        row.get("quality") or "",
        row.get("source") or "",
    )
