"""Values of the scorecard in words: moments as dates, lags in days or hours, people with separators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def on_record(row: Mapping[str, Any], start: np.datetime64) -> str:
    """The documented value and range of a row; `start` is the start of the calendar.

    A range that only has one end is a bound.
    """
    value = "" if row["documented"] is None else value_text(row["documented"], row, start)
    low, high = row["low"], row["high"]
    if low is not None and high is not None:
        if low == high == row["documented"]:
            return value
        span = _span(low, high, row, start)
    elif low is not None:
        span = f"at least {value_text(low, row, start)}"
    else:
        span = f"at most {value_text(high or 0.0, row, start)}"
    return f"{value} ({span})" if value else span


def simulated(row: Mapping[str, Any], start: np.datetime64) -> str:
    """What the runs say to a row: the value of one run, median and 90 % interval of several."""
    if row["median"] is None or row["q05"] is None or row["q95"] is None:
        return "-"
    middle = value_text(row["median"], row, start)
    if row["happened"] == 0.0:
        return "does not happen"
    if row["runs"] == 1:
        return middle
    text = f"{middle} ({_span(row['q05'], row['q95'], row, start)})"
    if row["happened"] is not None and row["happened"] < 1.0:
        text += f", in {row['happened']:.0%} of runs"
    return text


def _span(low: float, high: float, row: Mapping[str, Any], start: np.datetime64) -> str:
    """A range; the day is written once where both ends fall on it."""
    first, last = value_text(low, row, start), value_text(high, row, start)
    if row["unit"] == "day" and not row["is_lag"] and first[:-5] == last[:-5]:
        last = last[-5:]
    return f"{first} .. {last}"


def value_text(value: float, row: Mapping[str, Any], start: np.datetime64) -> str:
    """A value in words: a moment as a date, a lag in days or hours, people with separators."""
    if row["unit"] == "day" and not row["is_lag"]:
        moment = str(start + np.timedelta64(round(value * 1440), "m"))
        months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
        return f"{int(moment[8:10])} {months[int(moment[5:7]) - 1]} {moment[11:16]}"
    if row["unit"] == "day":
        return f"{value:.1f} d" if abs(value) >= 1 else f"{value * 24:.1f} h"
    if row["unit"] == "1":
        return f"{value:.2f}"
    return f"{value:,.0f}"
