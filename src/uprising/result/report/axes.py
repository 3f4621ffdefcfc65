"""Axes of a chart: round ticks, days of the calendar, and labels that keep apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from uprising.result.report.words import short_date


def round_ticks(top: float, most: int = 4) -> list[float]:
    """Ticks from 0 to at least `top` in steps of 1, 2, 2.5 or 5 times a power of ten.

    Examples
    --------
    >>> round_ticks(183_000)
    [0.0, 50000.0, 100000.0, 150000.0, 200000.0]
    >>> round_ticks(1.0)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if top <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(top / most))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if top <= most * m * power * (1 + 1e-9))
    count = math.ceil(top / step - 1e-9)
    return [step * k for k in range(count + 1)]


def log_ticks(low: float, top: float) -> list[float]:
    """Powers of ten from at most `low` to at least `top`.

    Examples
    --------
    >>> log_ticks(3.0, 1500.0)
    [1.0, 10.0, 100.0, 1000.0, 10000.0]
    """
    first, last = math.floor(math.log10(max(low, 1e-9))), math.ceil(math.log10(max(top, 1e-9)))
    return [10.0**k for k in range(first, max(last, first + 1) + 1)]


def day_ticks(times: NDArray[np.datetime64], most: int = 7) -> list[tuple[np.datetime64, str]]:
    """Midnights within a span, at most so many, each with its words; a span within a day gets hours."""
    first, last = times[0].astype("datetime64[m]"), times[-1].astype("datetime64[m]")
    days = float((last - first) / np.timedelta64(1, "D"))
    if days < 1.5:
        every = next(h for h in (1, 2, 3, 6, 12) if days * 24 / h <= most)
        start = first.astype("datetime64[D]").astype("datetime64[m]")
        hours = [start + np.timedelta64(every * 60 * k, "m") for k in range(int(48 / every))]
        return [(hour, str(hour)[11:16]) for hour in hours if first <= hour <= last]
    step = next(d for d in (1, 2, 3, 7, 14, 28, 56, 112, 365, 3650, 10**6) if days / d <= most)
    day = first.astype("datetime64[D]")
    if day < first:
        day = day + np.timedelta64(1, "D")
    ticks = []
    while day <= last:
        ticks.append((day.astype("datetime64[m]"), short_date(day)))
        day = day + np.timedelta64(step, "D")
    return ticks


def keep_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, in their order, at least `gap` apart and, if they fit, in [low, high].

    Examples
    --------
    >>> keep_apart([10.0, 11.0, 50.0], 12.0, 0.0, 100.0)
    [4.5, 16.5, 50.0]
    """
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    groups: list[tuple[list[int], float]] = []
    for k in order:
        groups.append(([k], wanted[k]))
        # neighbours that would touch form one block around the mean of what they wanted
        while len(groups) > 1:
            (before, centre), (after, other) = groups[-2], groups[-1]
            if other - centre >= gap * (len(before) + len(after)) / 2:
                break
            both = before + after
            groups[-2:] = [(both, _inside(both, sum(wanted[i] for i in both) / len(both), gap, low, high))]
    placed = [0.0] * len(wanted)
    for members, centre in groups:
        centre = _inside(members, centre, gap, low, high)
        for place, k in enumerate(members):
            placed[k] = centre + (place - (len(members) - 1) / 2) * gap
    return placed


def _inside(members: list[int], centre: float, gap: float, low: float, high: float) -> float:
    half = (len(members) - 1) / 2 * gap
    return min(max(centre, low + half), max(high - half, low + half))


def outline(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    """A line with at most four points a unit of x: first, lowest, highest and last of each unit."""
    columns = np.floor(x).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, columns[1:] != columns[:-1]])
    points: list[tuple[float, float]] = []
    for begin, end in zip(starts, np.r_[starts[1:], len(x)], strict=True):
        part = y[begin:end]
        keep = sorted({0, int(part.argmin()), int(part.argmax()), len(part) - 1})
        points.extend((float(x[begin + k]), float(part[k])) for k in keep)
    return points
