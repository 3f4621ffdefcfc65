"""What a change does, over pairs of runs with the same seed: what the page draws while they come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from uprising.experiment.quantities import dates_of, mean_interval, totals_of
from uprising.server.worker import Made

if TYPE_CHECKING:
    from uprising.result import Result

LEVELS = (0.05, 0.5, 0.95)
WORLDS = ("baseline", "what_if")
Pair = tuple[Made, Made]
SERIES = ("crowd", "fighting", "striking", "dead", "fled")
EVERY = 4
"""of so many steps one is kept for drawing"""


def made_of(result: Result) -> Made:
    """What of a run is compared."""
    places = result.places
    series = {}
    for name in SERIES:
        values = places[name]
        whole = values.sum([dimension for dimension in values.dims if dimension != "time"])
        series[name] = whole.values[::EVERY].astype("f8")
    return Made(result.summary, [str(time)[:16] for time in places["time"].values[::EVERY]], series)


def compare(pairs: Sequence[Pair]) -> dict[str, Any] | None:
    """Totals, dates, outcomes and series of both worlds and their differences; None without a pair.

    Parameters
    ----------
    pairs : (baseline, what-if) of each seed
    """
    if not pairs:
        return None
    summaries = [(one.summary, other.summary) for one, other in pairs]
    totals = [(totals_of(one), totals_of(other)) for one, other in summaries]
    dates = [(dates_of(one), dates_of(other)) for one, other in summaries]
    return {
        "pairs": len(pairs),
        "totals": {
            name: _total([(one[name], other[name]) for one, other in totals]) for name in totals[0][0]
        },
        "dates": {name: _date([(one[name], other[name]) for one, other in dates]) for name in dates[0][0]},
        "outcomes": _outcomes([(str(one["outcome"]), str(other["outcome"])) for one, other in summaries]),
        "series": {name: _bands(pairs, name) for name in pairs[0][0].series},
    }


def _total(values: list[tuple[float | None, float | None]]) -> dict[str, Any]:
    known = np.array([pair for pair in values if None not in pair], np.float64).reshape(-1, 2)
    middle = np.median(known, axis=0).tolist() if len(known) else [None, None]
    mean = np.mean(known, axis=0).tolist() if len(known) else [None, None]
    means = {f"{world}_mean": value for world, value in zip(WORLDS, mean, strict=True)}
    return {**dict(zip(WORLDS, middle, strict=True)), **means, "difference": _effect(known), "n": len(known)}


def _date(moments: list[tuple[np.datetime64 | None, np.datetime64 | None]]) -> dict[str, Any]:
    hours = np.array(
        [
            (0.0, (other - one) / np.timedelta64(1, "h"))
            for one, other in moments
            if one is not None and other is not None
        ],
        np.float64,
    ).reshape(-1, 2)
    middle = [_middle([pair[world] for pair in moments]) for world in (0, 1)]
    happened = {
        f"{world}_n": sum(pair[index] is not None for pair in moments) for index, world in enumerate(WORLDS)
    }
    return {
        **dict(zip(WORLDS, middle, strict=True)), **happened, "difference": _effect(hours), "n": len(hours),
    }  # fmt: skip


def _effect(values: NDArray[np.float64]) -> dict[str, Any]:
    """Of differences: quantiles, mean and its 90 % interval (Student's t)."""
    if not len(values):
        return dict.fromkeys(("q05", "median", "q95", "mean", "interval"))
    differences = values[:, 1] - values[:, 0]
    low, middle, high = np.quantile(differences, LEVELS).tolist()
    mean, interval, _ = mean_interval(differences)
    return {"q05": low, "median": middle, "q95": high, "mean": mean, "interval": interval}


def _middle(moments: list[np.datetime64 | None]) -> str | None:
    happened = sorted(moment for moment in moments if moment is not None)
    return str(happened[(len(happened) - 1) // 2]) if happened else None


def _outcomes(ends: list[tuple[str, str]]) -> dict[str, dict[str, float]]:
    """Shares of each outcome in both worlds, the baseline's commonest first."""
    columns = list(zip(*ends, strict=True))
    names = sorted({name for pair in ends for name in pair}, key=lambda name: (-columns[0].count(name), name))
    return {
        name: {world: column.count(name) / len(ends) for world, column in zip(WORLDS, columns, strict=True)}
        for name in names
    }


def _bands(pairs: Sequence[Pair], name: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {"times": pairs[0][0].times}
    for index, world in enumerate(WORLDS):
        at = np.quantile(np.array([pair[index].series[name] for pair in pairs]), LEVELS, axis=0)
        drawn[world] = {
            label: row.round().tolist() for label, row in zip(("q05", "median", "q95"), at, strict=True)
        }
    return drawn
