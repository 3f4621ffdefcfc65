"""Moments as people write them: local times in whole minutes, within the years that readers of results can hold."""

from __future__ import annotations

import datetime
import re

from uprising.schema import limit

LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?", re.ASCII)
WITH_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}(:?\d{2}){0,2}(\.\d+)?\s*([zZ]|[+-]\d{2}(:?\d{2})?)", re.ASCII)
DAY_OR_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?", re.ASCII)
NO_TIME = "a local time like 1956-10-16T15:30"
LOCAL = ("a local time without a time zone", "Remove Z or the offset at its end.")


def moment_fault(time: datetime.datetime) -> tuple[str, str] | None:
    """What is expected of a time and how to mend it; None for a time that can be used.

    Examples
    --------
    >>> moment_fault(datetime.datetime(1956, 10, 16, 18))
    >>> moment_fault(datetime.datetime(1525, 3, 1))[0]
    'a year from 1678 to 2261'
    """
    if time.tzinfo is not None:
        return LOCAL
    if time.second or time.microsecond:
        return "a time in whole minutes", "Remove the seconds."
    first, last = limit("first_year"), limit("last_year")
    if not first <= time.year <= last:
        remedy = "Series are read with numpy, pandas and xarray, whose times hold no other years."
        return f"a year from {first} to {last}", remedy
    return None


def parse_moment(text: str) -> datetime.datetime:
    """Read a local time like 1956-10-16T15:30.

    Raises
    ------
    ValueError
        With (expected, remedy, None) as its arguments.
    """
    return _parse(text, LOCAL_TIME)


def parse_day_or_moment(text: str) -> datetime.datetime:
    """Read a day like 1956-10-16 (its beginning), or a local time as people and libraries write it.

    Raises
    ------
    ValueError
        With (expected, remedy, None) as its arguments.

    Examples
    --------
    >>> parse_day_or_moment("1956-10-16").hour, parse_day_or_moment("1956-10-16 15:00:00.000").hour
    (0, 15)
    """
    return _parse(text, DAY_OR_TIME)


def _parse(text: str, form: re.Pattern[str]) -> datetime.datetime:
    if WITH_ZONE.fullmatch(text):
        raise ValueError(*LOCAL, None)
    try:
        if not form.fullmatch(text):
            raise ValueError
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(NO_TIME, "Correct it.", None) from None
    wrong = moment_fault(time)
    if wrong is not None:
        raise ValueError(*wrong, None)
    return time
