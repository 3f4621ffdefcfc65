"""Who does what, in real people: the numbers that a step leaves behind, place by place.

Axes: p places, r roles, a acts. place_role counts rows; a row stands for `weight` people, rounded half to even.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.state import DEMONSTRATING, DETAINED, FIGHTING, STRIKING


@numba.njit(nogil=True, cache=True)
def count_people(
    place_role, weight, first_worker, second_worker, crowd, fighting, striking, detained,
):  # fmt: skip
    """crowd[p, r] in the streets, fighting[p] and detained[p] of all roles, striking[p] workers not at work."""
    for p in range(place_role.shape[0]):
        armed = 0
        held = 0
        for r in range(place_role.shape[1]):
            crowd[p, r] = np.rint(place_role[p, r, DEMONSTRATING] * weight)
            armed += place_role[p, r, FIGHTING]
            held += place_role[p, r, DETAINED]
        fighting[p] = np.rint(armed * weight)
        detained[p] = np.rint(held * weight)
        stopped = 0
        for r in (first_worker, second_worker):
            stopped += place_role[p, r, STRIKING] + place_role[p, r, DEMONSTRATING] + place_role[p, r, FIGHTING]
        striking[p] = np.rint(stopped * weight)


@numba.njit(nogil=True, cache=True)
def count_states(first, last, home, role, activity, place_role):
    """Add the rows first to last to place_role[p, r, activity]."""
    for i in range(first, last):
        place_role[home[i], role[i], activity[i]] += 1


@numba.njit(nogil=True, cache=True)
def find_active(place_role, first_act, is_active):
    """is_active[p]: does anybody there do one of the acts from first_act to FIGHTING; returns whether anybody does."""
    anybody = False
    for p in range(place_role.shape[0]):
        is_active[p] = False
        for r in range(place_role.shape[1]):
            for act in range(first_act, FIGHTING + 1):
                is_active[p] |= place_role[p, r, act] != 0
        anybody |= is_active[p]
    return anybody


@numba.njit(nogil=True, cache=True)
def share_above(needed, quantiles, share):
    """share[p] of people whose value is above needed[p]: 1 - the distribution with the quantiles [p, k].

    Between quantiles at equal steps the distribution is a straight line; below the first it is 0, above the last 1.
    """
    last = quantiles.shape[1] - 1
    for p in range(len(needed)):
        row = quantiles[p]
        if needed[p] < row[0]:
            below = 0.0
        elif needed[p] >= row[last]:
            below = 1.0
        else:
            k = np.searchsorted(row, needed[p], side="right") - 1
            low, high = k / last, (k + 1) / last
            slope = (high - low) / (row[k + 1] - row[k])
            below = slope * (needed[p] - row[k]) + low
        share[p] = 1.0 - below
