"""Flight (MODEL 6.11): households decide once a day whether to leave the country through an open crossing."""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.draws import uniform
from uprising.kernel.travel import recount
from uprising.state import DEMONSTRATING, DETAINED, FLED


@numba.njit(nogil=True, cache=True)
def want_to_flee(
    seed, day, purpose, first_place, last_place, starts, hazard, age, household, activity, leaving, n_leaving,
):  # fmt: skip
    """leaving[starts[p] ...] lists the first row of each household of place p that leaves; n_leaving[p] how many.

    starts[p] is the first row of place p in the stripe (whole households lie side by side). hazard[p] is per day
    for a household whose youngest adult is 25; older ones are slower to go (a factor e per 15 years above that).
    """
    for p in range(first_place, last_place):
        n_leaving[p] = 0
        likeliest = 1.0 - math.exp(-hazard[p])
        if not likeliest > 0.0:
            continue
        i = starts[p]
        last = starts[p + 1]
        while i < last:
            own = household[i]
            j = i + 1
            while j < last and household[j] == own:
                j += 1
            u = uniform(seed, purpose, own, day)
            if u < likeliest:
                youngest_adult = 200
                for k in range(i, j):
                    if age[k] >= 16 and activity[k] < DETAINED:
                        youngest_adult = min(youngest_adult, np.int64(age[k]))
                rate = hazard[p] * math.exp(-max(0, youngest_adult - 25) / 15.0)
                if youngest_adult < 200 and u < 1.0 - math.exp(-rate):
                    leaving[starts[p] + n_leaving[p]] = i
                    n_leaving[p] += 1
            i = j


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
