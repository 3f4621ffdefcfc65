"""Totals and dates of runs as numbers, their quantiles and intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
CONFIDENCE = 0.9
DEATHS = ("dead_civilian", "dead_security", "dead_hegemon")


def totals_of(summary: Mapping[str, Any]) -> dict[str, float | None]:
    """Totals of a run that are numbers, and `dead`, their sum over sides."""
    totals = summary["totals"]
    found = {
        name: None if value is None else float(value)
        for name, value in totals.items()
        if not isinstance(value, str) and name not in ("peak_crowd_place", "peak_crowd_time")
    }
    if all(found.get(name) is not None for name in DEATHS):
        return {"dead": sum(float(totals[name]) for name in DEATHS), **found}
    return found


def dates_of(summary: Mapping[str, Any]) -> dict[str, np.datetime64 | None]:
    """Dates of a run, in minutes; None where it did not happen."""
    named = {**summary["dates"], "peak_crowd": summary["totals"].get("peak_crowd_time")}
    return {name: None if text is None else np.datetime64(text, "m") for name, text in named.items()}


def quantiles_of_numbers(values: Sequence[float | None]) -> dict[str, Any]:
    """Mean, quantiles and number of the known values."""
    known = np.array([value for value in values if value is not None], np.float64)
    if not len(known):
        return {"n": 0, "mean": None} | {_label(level): None for level in LEVELS}
    at = np.quantile(known, LEVELS)
    return {"n": len(known), "mean": float(known.mean())} | {
        _label(level): float(value) for level, value in zip(LEVELS, at, strict=True)
    }


def quantiles_of_dates(values: Sequence[np.datetime64 | None]) -> dict[str, Any]:
    """Quantiles of dates among the runs where it happened, and the share of those runs."""
    known = np.array([value for value in values if value is not None], "M8[m]")
    head = {"n": len(known), "share": len(known) / len(values) if values else None}
    if not len(known):
        return head | {_label(level): None for level in LEVELS}
    # a date that some run really had, not one between two
    at = np.quantile(known.astype("i8"), LEVELS, method="inverted_cdf").astype("i8")
    return head | {
        _label(level): str(np.datetime64(int(v), "m")) for level, v in zip(LEVELS, at, strict=True)
    }


def mean_interval(values: NDArray[np.float64]) -> tuple[float, tuple[float, float] | None, float | None]:
    """Mean, its 90 % interval by Student's t, and its standard error; None for fewer than two values."""
    from scipy.special import stdtrit

    mean = float(values.mean())
    if len(values) < 2:
        return mean, None, None
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    reach = float(stdtrit(len(values) - 1, 0.5 + CONFIDENCE / 2)) * error
    return mean, (mean - reach, mean + reach), error


def share_interval(count: int, n: int) -> tuple[float, float]:
    """90 % interval of a share (Wilson 1927)."""
    z = _z()
    centre = (count + z * z / 2) / (n + z * z)
    reach = z * math.sqrt(count * (n - count) / n + z * z / 4) / (n + z * z)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def paired_share_interval(only_first: int, only_second: int, n: int) -> tuple[float, float]:
    """90 % interval of the second share minus the first, of n pairs (Bonett and Price 2012, adjusted Wald).

    Parameters
    ----------
    only_first, only_second
        Pairs in which it happened in the first world alone, and in the second alone.
    n
        Pairs.
    """
    first, second = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    difference = second - first
    reach = _z() * math.sqrt((first + second - difference * difference) / (n + 2))
    return max(-1.0, difference - reach), min(1.0, difference + reach)


def _z() -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + CONFIDENCE / 2))


def _label(level: float) -> str:
    return f"q{round(level * 100):02d}"
