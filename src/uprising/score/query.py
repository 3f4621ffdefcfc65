"""Queries of targets: from a run to one number.

Moments are days since the start of the case's calendar. A value labelled with a step describes the end of
that step; an event happens at the beginning of the step that it is labelled with, or within it. What did not
happen within the run counts as at the end of the calendar, later than everything in it; a lag to or from what
did not happen counts as the length of the calendar.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from uprising.score.view import UnansweredError, View

if TYPE_CHECKING:
    from uprising.record.targets import Target
    from uprising.score.view import Happening

DAY = np.timedelta64(1, "D")


def evaluate(target: Target, view: View) -> tuple[float, bool]:
    """What a run says to a target.

    Returns
    -------
    value, has_happened
        The value in the target's unit; whether what a date or lag asks for happened at all (True for all
        other statistics).

    Raises
    ------
    UnansweredError
        The run does not tell: the variable, place or side is not in it, or it does not cover the time.
    """
    first, last = _window(target, view)
    if target.kind == "event":
        return _event(target, view, first, last)
    return _series(target, view, first, last)


def _window(target: Target, view: View) -> tuple[np.datetime64, np.datetime64]:
    """Time asked for; the run must cover it, and for dates all documented moments."""
    geography = view.geography
    later = _days_later(target, view)
    first = np.datetime64(target.start, "m") + later if target.start is not None else geography.start
    last = np.datetime64(target.end, "m") + later if target.end is not None else geography.end
    if later:  # what lies outside the calendar then is not asked for
        first, last = (min(max(moment, geography.start), geography.end) for moment in (first, last))
    begins, ends = view.times[0], view.ends[-1]
    needed = last
    if target.statistic == "at":
        needed = first
    elif target.is_date and target.end is None:
        known = [value for value in (target.documented, target.high) if value is not None]
        if known:
            needed = min(last, geography.start + np.timedelta64(int(max(known) * 1440.0), "m"))
    if not geography.start <= first <= last <= geography.end:
        raise UnansweredError(
            f"the time asked for, {first} to {last}, is not within the calendar of the case"
        )
    if first < begins or needed > ends:
        raise UnansweredError(f"the run covers {begins} to {ends}, the target needs {first} to {needed}")
    return first, last


def _days_later(target: Target, view: View) -> np.timedelta64:
    """How many whole days later than documented the event falls whose day start and end count from.

    Whole days, because work, night and light follow the clock. Where it did not happen the calendar's days stand.
    """
    if target.day_of is None or target.day_of.documented is None:
        return np.timedelta64(0, "D")
    simulated, has_happened = evaluate(target.day_of, view)
    if not has_happened:
        return np.timedelta64(0, "D")
    midnight = view.geography.start - view.geography.start.astype("datetime64[D]")
    days = [np.floor(day + midnight / DAY) for day in (simulated, target.day_of.documented)]
    return np.timedelta64(int(days[0] - days[1]), "D")


def _series(target: Target, view: View, first: np.datetime64, last: np.datetime64) -> tuple[float, bool]:
    values = view.values(target)
    if target.statistic == "at":
        return float(values[_step_at(view, first)]), True
    if target.statistic == "increase":
        return float(values[_step_at(view, last)] - values[_step_at(view, first)]), True
    if target.statistic == "final":
        return float(values[_step_at(view, last)]), True
    is_asked = (view.ends > first) & (view.ends <= last)
    if not is_asked.any():
        raise UnansweredError(f"no step of the run ends between {first} and {last}")
    times, asked = view.times[is_asked], values[is_asked]
    if target.statistic == "peak":
        return float(asked.max()), True
    if target.statistic == "lowest":
        return float(asked.min()), True
    if target.statistic == "mean":
        return float(asked.mean()), True
    if target.statistic == "peak_day":
        return _moment(view, times, asked == asked.max() if asked.max() > 0 else np.zeros(len(asked), bool))
    if target.statistic == "rise_lag":
        return _rise_lag(target, view, is_asked)
    level = target.level if target.level is not None else 0.0
    if target.statistic == "first_below_day":
        return _moment(view, times, asked < level)
    has_level = asked >= level
    if target.statistic == "last_day":
        return _moment(view, times[::-1], has_level[::-1])
    return _moment(view, times, has_level)


def _rise_lag(target: Target, view: View, is_asked: NDArray[np.bool_]) -> tuple[float, bool]:
    later = view.values(target)[is_asked]
    earlier = view.values(replace(target, side=tuple((target.after or "").split(";"))))[is_asked]
    share = target.level if target.level is not None else 0.5
    if later.max() <= 0 or earlier.max() <= 0:
        return view.geography.days, False
    steps = [int(np.argmax(values >= share * values.max())) for values in (later, earlier)]
    return float((view.times[steps[0]] - view.times[steps[1]]) / DAY), True


def _event(target: Target, view: View, first: np.datetime64, last: np.datetime64) -> tuple[float, bool]:
    geography = view.geography

    def of_kind(kind: str) -> list[Happening]:
        return [
            event
            for event in view.events
            if event.kind == kind
            and first <= event.time < last
            and (not target.place or geography.is_inside(event.place, target.place))
        ]

    found = of_kind(target.variable)
    if target.statistic == "number":
        return float(len(found)), True
    if target.statistic == "places":
        return float(len({event.place for event in found})), True
    if target.statistic == "quantity":
        return math.fsum(event.quantity for event in found), True
    if target.statistic == "lag":
        before = of_kind(target.after or "")
        if not found or not before:
            return geography.days, False
        return float((found[0].time - before[0].time) / DAY), True
    times = [event.time for event in found]
    if target.statistic == "nth_day":
        places: dict[str, np.datetime64] = {}
        for event in found:
            places.setdefault(event.place, event.time)
        times = sorted(places.values())[int(target.level or 1) - 1 :]
    if not times:
        return geography.days, False
    days = [float((time - geography.start) / DAY) for time in times]
    if target.statistic == "mean_day":
        return float(np.mean(days)), True
    return (days[-1] if target.statistic == "last_day" else days[0]), True


def _step_at(view: View, moment: np.datetime64) -> int:
    """The last step that has ended by a moment; the first step for the moment of its own beginning."""
    return max(int(np.searchsorted(view.ends, moment, side="right")) - 1, 0)


def _moment(view: View, times: NDArray[np.datetime64], is_wanted: NDArray[np.bool_]) -> tuple[float, bool]:
    """Day of the first time wanted, or the end of the calendar."""
    if not is_wanted.any():
        return view.geography.days, False
    return float((times[int(np.argmax(is_wanted))] - view.geography.start) / DAY), True
