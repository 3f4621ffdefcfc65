"""The continuous ranked probability score, and the naive guess that a model must beat.

**CRPS** (Gneiting and Raftery 2007) of an ensemble x_1 .. x_n against a value y is

    mean |x_i - y| - mean |x_i - x_j| / 2

over all i, and all i and j. It is 0 for a certain and right forecast, has the unit of the value, and is the
distance |x - y| for a single run.

Numbers of people are scored in orders of magnitude, log10(1 + x). In people the score of an ensemble would be
that of its largest run, and a guess a hundred times too low would look better than one three times too high.
CRPS stays proper under such a transformation. All other units are scored as they are.

**The naive guess** is what somebody would say who knows the country and its calendar but nothing of what
happened, as climatology is to a weather forecast. It is the widest guess that keeps to what can't be
otherwise:

============================ ===========================================================================
quantity                     naive guess
============================ ===========================================================================
moment                       uniform over the calendar: it happens at some time. That it happens at all is
                             given away, which makes the guess harder to beat
lag, duration                uniform in orders of magnitude from one step to the length of the calendar:
                             hours, days and weeks are equally likely
number of people             uniform in orders of magnitude from none to everybody there (people of the place,
                             or of the town around a site; men of that side's forces)
share, position              uniform from 0 to 1
demands, counties            uniform from none to all that the case has
============================ ===========================================================================
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uprising.kernel.engine import elementary

if TYPE_CHECKING:
    from uprising.record.targets import Target
    from uprising.score.view import View

QUANTILES = 999
SCORED_IN = {"person": "log10 person"}
"""Unit in which the CRPS of a unit is given, where that differs."""


def crps(ensemble: ArrayLike, documented: float) -> float:
    """Continuous ranked probability score of an ensemble against one value.

    Parameters
    ----------
    ensemble
        Values of the members [n], n at least 1.
    documented
        The value that came true.

    Returns
    -------
    float
        In the unit of the values, 0 for a perfect forecast.

    Raises
    ------
    ValueError
        The ensemble is empty.

    Examples
    --------
    >>> crps([2.0, 4.0], 3.0)
    0.5
    """
    members = np.sort(np.asarray(ensemble, np.float64).ravel())
    n = len(members)
    if n == 0:
        raise ValueError("an ensemble of no members has no score")
    distance = np.abs(members - documented).mean()
    # sum over all pairs of |x_i - x_j| from the sorted values, in n log n instead of n^2
    weights = 2.0 * np.arange(1, n + 1) - n - 1
    return float(distance - (weights * members).sum() / (n * n))


def scale(values: ArrayLike, unit: str) -> NDArray[np.float64]:
    """Values as they are scored: people in orders of magnitude, all else unchanged."""
    array = np.asarray(values, np.float64)
    return elementary.log10(1.0 + np.maximum(array, 0.0)) if unit == "person" else array


def naive_ensemble(target: Target, view: View) -> NDArray[np.float64]:
    """Quantiles of the naive guess, as they are scored.

    Parameters
    ----------
    target
        What is asked for.
    view
        A run of the case, for its calendar and the sizes of its places.
    """
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    geography = view.geography
    if target.is_date:
        return geography.days * levels
    if target.unit == "day":
        shortest = geography.step_days
        return np.asarray(shortest * elementary.power(geography.days / shortest, levels))
    if target.unit == "person":
        return np.asarray(math.log10(1.0 + view.population(target)) * levels)
    most = {"demand": geography.demands, "county": geography.counties}.get(target.unit, 1)
    return np.asarray(most * levels)
