"""What a case's record says of the numbers and dates that the page shows: like beside like, each with its date.

Taken from record/targets.csv, which the scorecard of page and report reads too. Bounds without a value on record are
left out: they mostly come from other dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from uprising.result.summary import DATES
from uprising.state import SIDES

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.record.targets import Target

COUNTERS = ("wounded", "detained", "fled")
"""Counters of the whole country, named like their variable."""
AT_THE_END = ("final", "at")


def on_record(case: Case) -> dict[str, Any]:
    """Return documented values of the page's counters, of totals of runs, and of their dates.

    Returns
    -------
    dict
        `counters`: by counter, values in the order of the dates that they are of; `totals`: by total of the
        summary; `dates`: by date of the summary, moment and earliest and latest.
    """
    from uprising.record.tables import has_record
    from uprising.record.targets import read_targets

    if not has_record(case.folder):
        return {"counters": {}, "totals": {}, "dates": {}}
    calendar = case.settings.calendar
    start, end = np.datetime64(calendar.start, "m"), np.datetime64(calendar.end, "m")
    capital = case.settings.case.capital
    counters: dict[str, list[dict[str, Any]]] = {}
    totals: dict[str, dict[str, Any]] = {}
    dates: dict[str, dict[str, Any]] = {}
    for target in read_targets(case.folder):
        counter = _counter(target, capital)
        if counter:
            time = np.datetime64(target.end or target.start or calendar.end, "m")
            mark = {**_range(target), "time": str(min(time, end))[:16]}
            counters.setdefault(counter, []).append(mark)
            if target.statistic in ("final", "peak"):
                totals[counter] = mark
        name = _date(target, capital)
        if name and name not in dates:
            moments = {key: _moment(start, value) for key, value in _range(target).items() if key != "source"}
            dates[name] = {"time": moments["documented"], "low": moments["low"], "high": moments["high"],
                           "source": ";".join(target.source)}  # fmt: skip
    return {
        "counters": {name: sorted(marks, key=lambda mark: mark["time"]) for name, marks in counters.items()},
        "totals": totals,
        "dates": dates,
    }


def _counter(target: Target, capital: str) -> str:
    """The counter or total that a target is about; empty where it is about none."""
    if target.kind != "series" or target.documented is None or target.share_of:
        return ""
    is_whole = not target.place and not target.state
    if target.variable == "dead" and is_whole and target.statistic in AT_THE_END and len(target.side) == 1:
        return f"dead_{target.side[0]}" if target.side[0] in SIDES else ""
    if target.variable in COUNTERS and is_whole and not target.side and target.statistic in AT_THE_END:
        return target.variable
    if target.variable == "crowd" and target.place == (capital,) and target.statistic == "peak":
        return "peak_crowd"
    return ""


def _date(target: Target, capital: str) -> str:
    """The date of the summary that a target is about; empty where it is about none."""
    if target.kind != "event" or not target.is_date or target.place not in ((), (capital,)):
        return ""
    wanted = "last_day" if target.variable == "last_fighting" else "first_day"
    if target.statistic != wanted:
        return ""
    return next((name for name, kind in DATES.items() if kind == target.variable), "")


def _range(target: Target) -> dict[str, Any]:
    return {
        "documented": target.documented,
        "low": target.low,
        "high": target.high,
        "source": ";".join(target.source),
    }


def _moment(start: np.datetime64, day: float | None) -> str | None:
    """A moment that the record counts in days from the start of the calendar, to the minute."""
    return None if day is None else str(start + np.timedelta64(round(day * 1440), "m"))[:16]
