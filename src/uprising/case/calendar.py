"""The crisis clock of a case: a part of it, its number of steps, the time of a step."""

from __future__ import annotations

import numpy as np

from uprising.case.moments import NO_TIME, parse_day_or_moment
from uprising.case.reading import Case
from uprising.errors import UserError


def cut_calendar(case: Case, start: str | None, until: str | None) -> Case:
    """Cut the crisis clock of a case to a part.

    Parameters
    ----------
    case
        The case with its whole clock.
    start, until
        ISO dates or times; None for the case's own. A date as `until` includes the day.

    Returns
    -------
    Case
        The case with its clock from `start` to before the end; the same one where nothing is cut.

    Raises
    ------
    UserError
        One of the two is no date, or they are outside the clock or the wrong way round.
    """
    calendar = case.settings.calendar
    first, last = np.datetime64(calendar.start), np.datetime64(calendar.end)
    begin = first if start is None else _time(start, first)
    end = last if until is None else _time(until, first)
    if until is not None and len(str(until)) == 10:
        end = end + np.timedelta64(1, "D")
    begin, end = begin.astype("datetime64[m]"), end.astype("datetime64[m]")
    if not first <= begin < end <= last:
        raise UserError(
            f"the crisis clock of {case.id} runs from {str(first)[:16]} to {str(last)[:16]}; "
            f"{begin!s} to {end!s} is not inside, or ends before it starts"
        )
    if begin == first and end == last:
        return case
    return case.with_calendar(start=begin.item(), end=end.item())


def count_steps(case: Case) -> int:
    """Count the steps of a case's crisis clock."""
    calendar = case.settings.calendar
    span = np.datetime64(calendar.end) - np.datetime64(calendar.start)
    return int(span / np.timedelta64(calendar.step_minutes, "m"))


def time_of_step(case: Case, step: int) -> np.datetime64:
    """Compute the time at which a step begins; that of step 0 is the clock's start."""
    calendar = case.settings.calendar
    return np.datetime64(calendar.start) + np.timedelta64(step * calendar.step_minutes, "m")


def _time(given: str, example: np.datetime64) -> np.datetime64:
    """The moment of an option; a day stands for its beginning."""
    try:
        return np.datetime64(parse_day_or_moment(given), "m")
    except ValueError as wrong:
        expected, remedy, _ = wrong.args
        if expected == NO_TIME:
            raise UserError(f"{given!r} is not a date like {str(example)[:10]}") from None
        raise UserError(f"{given!r}: expected {expected}. {remedy}") from None
