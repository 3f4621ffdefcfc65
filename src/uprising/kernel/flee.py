"""Flight (MODEL 6.11): households decide once a day whether to leave the country through an open crossing."""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.draws import uniform, words
from uprising.kernel.travel import recount
from uprising.state import DEMONSTRATING, DETAINED, FLED

BLOCK = 1024
"""rows gone through at a time"""
WORDS = 2.0**32
"""how many values a word of a draw may have"""


@numba.njit(nogil=True)
def wants_to(u, hazard, first, last, age, household, activity):
    """Does the household whose rows begin at first go, given its draw u?"""
    youngest_adult = 200
    k = first
    while k < last and household[k] == household[first]:
        if age[k] >= 16 and activity[k] < DETAINED:
            youngest_adult = min(youngest_adult, np.int64(age[k]))
        k += 1
    rate = hazard * math.exp(-max(0, youngest_adult - 25) / 15.0)
    return youngest_adult < 200 and u < 1.0 - math.exp(-rate)


@numba.njit(nogil=True, cache=True)
def want_to_flee(
    seed, day, purpose, first_place, last_place, starts, hazard, age, household, activity, leaving, n_leaving,
):  # fmt: skip
    """leaving[starts[p] ...] lists the first row of each household of place p that leaves; n_leaving[p] how many.

    starts[p] is the first row of place p in the stripe (whole households lie side by side). hazard[p] is per day
    for a household whose youngest adult is 25; older ones are slower to go (a factor e per 15 years above that).
    Hardly a draw is below even that of the youngest, which its first word tells: it holds the leading bits.
    """
    heads, owners = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    leading = np.empty(BLOCK, np.uint64)
    for p in range(first_place, last_place):
        n_leaving[p] = 0
        likeliest = 1.0 - math.exp(-hazard[p])
        if not likeliest > 0.0:
            continue
        bound = np.uint64(likeliest * WORDS)
        last = starts[p + 1]
        before = np.int32(-1)
        for start in range(starts[p], last, BLOCK):
            n = 0
            for i in range(start, min(start + BLOCK, last)):
                heads[n], owners[n] = i, household[i]
                n += household[i] != before
                before = household[i]
            for k in range(n):
                leading[k] = words(seed, purpose, owners[k], day)[0]
            for k in range(n):
                if leading[k] <= bound and wants_to(
                    uniform(seed, purpose, owners[k], day), hazard[p], heads[k], last, age, household, activity
                ):
                    leaving[starts[p] + n_leaving[p]] = heads[k]
                    n_leaving[p] += 1


@numba.njit(nogil=True, cache=True)
def leave(
    tick, starts, leaving, n_leaving,
    home, role, household, team, block, activity, site, since,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    fled_by_place,
):  # fmt: skip
    """The households listed leave the country; returns the rows that left.

    Members who are detained or dead stay behind. Insurgents who leave take themselves out of the fight.
    """
    left = 0
    for p in range(len(n_leaving)):
        for h in range(n_leaving[p]):
            k = np.int64(leaving[starts[p] + h])
            own = household[k]
            while k < starts[p + 1] and household[k] == own:
                before = activity[k]
                if before < DETAINED:
                    recount(
                        k, before, FLED, home, role, household, team, block, team_workplace,
                        household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out,
                        place_role,
                    )  # fmt: skip
                    if before >= DEMONSTRATING:
                        site[k] = -1
                    activity[k] = FLED
                    since[k] = tick
                    fled_by_place[home[k]] += 1
                    left += 1
                k += 1
    return left
